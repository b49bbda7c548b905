"""Fine-tuning runs that differ in one thing enter; the scores and the time of each leave.

A run that is already finished in its folder is not repeated, so a comparison that was stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trainer.evaluation import EvaluationSet, LabelScore, as_records, evaluate
from trainer.presets import find_preset
from trainer.run import RunSettings, TrainingSet, fine_tune_ner, say

Score = tuple[str, str]
"""A corpus and a label of it."""


@dataclass(frozen=True)
class Variant:
    """One of the runs that are compared; `name` is also its folder's."""

    name: str
    training: TrainingSet
    settings: RunSettings


@dataclass(frozen=True)
class Outcome:
    """What a run learned and what it took; `scores` maps "dev" or "test" to the rows of a score table."""

    name: str
    pieces: int
    seconds: float
    documents: int
    scores: Mapping[str, Sequence[LabelScore]]
    metrics: Path

    def mean_f1(self, part: str) -> float:
        """The mean F1 over corpora of each one's mean over its labels, in percent, as on dev while training."""
        return mean_over_corpora({(row.corpus, row.label): row.f1 for row in self.scores[part]})


def settings_of(options: argparse.Namespace, preset_name: str) -> RunSettings:
    """A run's settings from what all fine-tuning commands share; no gazetteer, as not every encoder takes one."""
    return RunSettings(
        preset_name,
        find_preset(preset_name),
        epochs=options.epochs,
        learning_rate=options.learning_rate,
        max_pieces=options.max_pieces,
        seed=options.seed,
        evaluations=options.evaluations,
        patience=options.patience,
        mixed_precision=options.mixed_precision,
        sampling=options.sampling,
    )


def run_variant(variant: Variant, output: Path, sets: Mapping[str, Sequence[EvaluationSet]]) -> Outcome:
    """Fine-tune (or take as it is) one variant in `output/name`, and score it on the sets of each part."""
    say(f"{variant.name}:")
    folder = output / variant.name
    model_folder = fine_tune_ner(variant.training, variant.settings, folder)
    progress = json.loads((folder / "progress.json").read_text(encoding="utf-8"))
    recognizer = _load_on_best_device(model_folder)
    return Outcome(
        variant.name,
        progress["pieces"],
        progress["seconds"],
        sum(map(len, variant.training.corpora.values())),
        {part: evaluate(recognizer.recognize, [s for s in of_part if s.documents]) for part, of_part in sets.items()},
        folder / "metrics.jsonl",
    )


def mean_over_corpora(f1: Mapping[Score, float]) -> float:
    """The mean over corpora of the mean over each one's labels; 0 for nothing."""
    by_corpus: dict[str, list[float]] = {}
    for (corpus, _), value in f1.items():
        by_corpus.setdefault(corpus, []).append(value)
    means = [sum(values) / len(values) for values in by_corpus.values()]
    return sum(means) / len(means) if means else 0.0


def describe_outcome(outcome: Outcome) -> dict[str, Any]:
    """An outcome as plain values, for JSON."""
    return {
        "name": outcome.name,
        "word_pieces": outcome.pieces,
        "seconds": round(outcome.seconds, 1),
        "documents": outcome.documents,
        "scores": {part: as_records(rows) for part, rows in outcome.scores.items()},
    }


def format_minutes(seconds: float) -> str:
    """Minutes with one decimal: "12.3 min"."""
    return f"{seconds / 60:.1f} min"


def _load_on_best_device(model_folder: Path) -> Any:
    from accelerate import PartialState

    from biobert_demo.recognition import EntityRecognizer

    recognizer = EntityRecognizer.load(model_folder)
    recognizer.model.to(PartialState().device)
    return recognizer
