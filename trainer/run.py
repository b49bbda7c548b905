"""The story of a fine-tuning run, top-down: corpora -> examples -> train -> calibrate -> evaluate -> model card."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from biobert_demo.alignment import TagSet
from biobert_demo.annotations import LABEL_NAMES
from biobert_demo.documents import Document
from biobert_demo.errors import BadInput
from biobert_demo.labels import MOST_LABELS
from trainer.evaluation import EvaluationSet
from trainer.presets import Preset


@dataclass(frozen=True)
class TrainingSet:
    """Documents to learn from by corpus, dev sets to choose on, and the labels each corpus annotates."""

    corpora: Mapping[str, Sequence[Document]]
    annotated: Mapping[str, Sequence[str]]
    dev: Sequence[EvaluationSet]
    notes: Sequence[str] = ()


FREE_SETTINGS = ("progress", "evaluations", "patience", "mixed_precision")
"""What may differ when a run is resumed."""


@dataclass(frozen=True)
class RunSettings:
    """A NER run as the command line describes it; written into the model folder as `run.json`."""

    preset_name: str
    preset: Preset
    labels: tuple[str, ...] = LABEL_NAMES
    epochs: float | None = None
    learning_rate: float | None = None
    max_pieces: int | None = None
    seed: int = 1
    evaluations: int = 8
    patience: int = 0
    missing: str = "unknown"
    mixed_precision: str = "auto"
    sampling: Mapping[str, float] = field(default_factory=dict)
    gazetteer: Path | None = None
    initial: Path | None = None
    augment: float = 0.0
    added: str = ""
    progress: bool = True


def fine_tune_ner(training: TrainingSet, settings: RunSettings, folder: Path) -> Path:
    """Run (or resume) the whole story in `folder`; returns the model folder, `folder/model`.

    A finished run is taken as it is. Raises BadInput where there is nothing to learn from, or where the folder holds
    another run. The model folder is one that transformers loads as it is, with fp32 weights, `run.json`,
    `metrics.jsonl` and `calibration.json` beside them.
    """
    from transformers.utils import logging

    from biobert_demo.gazetteer import Gazetteer
    from biobert_demo.word_pieces import WordPieces
    from trainer.examples import ExampleBuilder
    from trainer.fine_tuning import FineTuningSettings, fine_tune, set_seed, wait_for_everyone
    from trainer.ner import NerSettings, NerTask, build_examples, load_encoder

    if not any(training.corpora.values()):
        raise BadInput("There is no training document; check --data and --corpora, or see `python -m trainer corpora`.")
    if len(settings.labels) > MOST_LABELS:
        raise BadInput(f"There are {len(settings.labels)} labels, more than {MOST_LABELS}; choose with --own-labels.")
    unknown = sorted(set(settings.sampling) - set(training.corpora))
    if unknown:
        raise BadInput(f"--sampling names {unknown[0]!r}, but the corpora are {', '.join(training.corpora)}.")
    model_folder = folder / "model"
    if is_main_process():
        _claim_folder(folder, settings, training)
    if (model_folder / "run.json").exists():
        say(f"The run in {folder} is finished; its model is taken as it is.")
        return model_folder
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    preset = settings.preset
    tag_set = TagSet(settings.labels)
    set_seed(settings.seed)
    gazetteer = Gazetteer.load(settings.gazetteer) if settings.gazetteer else None
    model, tokenizer = load_encoder(preset, tag_set, settings.initial, gazetteer is not None)
    builder = ExampleBuilder(WordPieces(tokenizer), tag_set, missing=settings.missing, gazetteer=gazetteer)
    examples = build_examples(builder, training.corpora, training.annotated)
    left_out = sum(example.left_out for example in examples)
    say(f"{len(examples)} examples; {left_out} overlapping or unaligned spans left out of the tag sequences.")
    task = NerTask(
        model,
        tokenizer,
        tag_set,
        examples,
        training.dev,
        NerSettings(pieces_per_batch=preset.pieces_per_batch, seed=settings.seed),
        settings.sampling,
        gazetteer,
    )
    progress = fine_tune(
        task,
        FineTuningSettings(
            epochs=settings.epochs or (None if settings.max_pieces else preset.epochs),
            learning_rate=settings.learning_rate or preset.learning_rate,
            seed=settings.seed,
            evaluations=settings.evaluations,
            patience=settings.patience,
            max_pieces=settings.max_pieces,
            mixed_precision=settings.mixed_precision,
            progress=settings.progress,
        ),
        folder,
    )
    say(f"Best on dev: {progress.best:.4f} at step {progress.best_step}, {progress.pieces} word pieces seen.")
    if is_main_process():
        _finish(folder, training, settings, asdict(progress))
    wait_for_everyone()
    return model_folder


def _claim_folder(folder: Path, settings: RunSettings, training: TrainingSet) -> None:
    """Note down what is learned in this folder; raise BadInput where an earlier run there learned something else."""
    described = describe_run(settings, training, {})
    noted = {name: value for name, value in described["settings"].items() if name not in FREE_SETTINGS}
    noted |= {name: described[name] for name in ("documents", "annotated")}
    noted = json.loads(json.dumps(noted))
    path = folder / "settings.json"
    before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else noted
    for name, value in noted.items():
        if before.get(name, value) != value:
            raise BadInput(
                f"The folder {folder} holds a run with {name} {before[name]}, not {value}; "
                "give another --output, or remove the folder to start again."
            )
    folder.mkdir(parents=True, exist_ok=True)
    write_json(path, noted)


def _finish(folder: Path, training: TrainingSet, settings: RunSettings, progress: Mapping[str, Any]) -> None:
    """best/ becomes model/, with its calibration and records; run.json comes last, so it marks a whole folder."""
    model_folder = folder / "model"
    shutil.rmtree(model_folder, ignore_errors=True)
    shutil.copytree(folder / "best", model_folder)
    join_metrics(settings.initial, folder / "metrics.jsonl", model_folder / "metrics.jsonl")
    calibrate_folder(model_folder, training.dev)
    write_json(model_folder / "run.json", describe_run(settings, training, progress))


def calibrate_folder(model_folder: Path, dev: Sequence[EvaluationSet]) -> None:
    """Choose temperature and least score on dev; they go into the folder's config.json, the figures beside it."""
    from biobert_demo.recognition import EntityRecognizer
    from trainer.calibration import calibrate

    if not dev:
        return
    calibration = calibrate(EntityRecognizer.load(model_folder), dev)
    update_config(
        model_folder,
        calibration_temperature=calibration.temperature,
        minimum_score=calibration.minimum_score,
    )
    write_json(model_folder / "calibration.json", asdict(calibration))
    say(
        f"Temperature {calibration.temperature}: expected calibration error "
        f"{calibration.error_before:.3f} -> {calibration.error_after:.3f}; spans below {calibration.minimum_score} "
        "are left out."
    )


def join_metrics(initial: Path | None, own: Path, target: Path) -> None:
    """The metrics of all stages in one file: an earlier run's come first, and this run's word pieces count on from them."""
    lines: list[str] = []
    if initial is not None and (initial / "metrics.jsonl").exists():
        lines = (initial / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    before = json.loads(lines[-1]) if lines else {"pieces": 0, "step": 0}
    for line in own.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        lines.append(json.dumps({**record, **{name: record[name] + before[name] for name in ("step", "pieces")}}))
    target.write_text("".join(line + "\n" for line in lines), encoding="utf-8")


def describe_run(settings: RunSettings, training: TrainingSet, progress: Mapping[str, Any]) -> dict[str, Any]:
    """What the model card needs to know about a run."""
    public = asdict(replace(settings, preset=replace(settings.preset, base=Path(settings.preset.base).name)))
    public["gazetteer"] = settings.gazetteer is not None
    public["initial"] = settings.initial is not None
    before = settings.initial / "run.json" if settings.initial else None
    earlier = json.loads(before.read_text(encoding="utf-8")) if before and before.exists() else None
    return {
        "earlier": [*earlier.pop("earlier", []), earlier] if earlier else [],
        "settings": public,
        "progress": progress,
        "documents": {name: len(documents) for name, documents in training.corpora.items()},
        "annotated": {name: sorted(labels) for name, labels in training.annotated.items()},
        "dev": {dev.name: len(dev.documents) for dev in training.dev},
        "notes": list(training.notes),
    }


def update_config(model_folder: Path, **values: Any) -> None:
    """Set fields in the folder's config.json, keeping the rest."""
    path = model_folder / "config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    write_json(path, config | values)


def write_json(path: Path, value: Any) -> None:
    """Readable JSON with a line break at the end."""
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False, sort_keys=False) + "\n", encoding="utf-8")


def say(message: str) -> None:
    """One line for the person who waits, on stderr; of several processes only the main one speaks."""
    if is_main_process():
        print(message, file=sys.stderr, flush=True)


def is_main_process() -> bool:
    """Whether this process is the one that writes files: the only one, or the first of an `accelerate launch`."""
    return os.environ.get("RANK", "0") == "0"
