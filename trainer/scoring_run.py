"""A model folder and corpora enter; its scores, a dictionary's beside them, and the model card leave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from biobert_demo.recognition import EntityRecognizer
from trainer.dictionary import collect_names, match_names
from trainer.evaluation import (
    EvaluationSet,
    LabelScore,
    as_records,
    collect_errors,
    format_table,
    score_rows,
    strip,
)
from trainer.merging import read_test_sets, read_training_set
from trainer.model_card import write_model_card
from trainer.run import say, write_json


def score_model_folder(folder: Path, data: Path, part: str, names: Sequence[str] | None) -> str:
    """Score the folder's model on the `part` of each corpus; writes evaluation.json and README.md; returns a table."""
    recognizer = EntityRecognizer.load(folder)
    sets = [s for s in read_test_sets(data, names, part) if s.documents]
    rows: list[LabelScore] = []
    errors: dict[str, Any] = {}
    for evaluation_set in sets:
        say(f"Scoring {evaluation_set.name}: {len(evaluation_set.documents)} documents ...")
        predicted = [d.annotations for d in recognizer.recognize(strip(evaluation_set.documents))]
        rows.extend(score_rows(evaluation_set, predicted))
        errors[evaluation_set.name] = asdict(collect_errors(evaluation_set, predicted))
    baseline = score_dictionary(data, sets)
    write_json(
        folder / "evaluation.json",
        {"part": part, "scores": as_records(rows), "dictionary": as_records(baseline), "errors": errors},
    )
    write_model_card(folder)
    return format_table(rows, baseline)


def score_dictionary(data: Path, sets: Sequence[EvaluationSet]) -> list[LabelScore]:
    """The dictionary baseline: each corpus's own training names, looked up in its test documents."""
    training = read_training_set(data, [s.name for s in sets])
    rows: list[LabelScore] = []
    for evaluation_set in sets:
        names = collect_names(training.corpora.get(evaluation_set.name, ()), evaluation_set.labels)
        predicted = [d.annotations for d in match_names(strip(evaluation_set.documents), names)]
        rows.extend(score_rows(evaluation_set, predicted))
    return rows
