"""A training set enters `fine_tune_ner`; a model folder that finds names in other text leaves."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from biobert_demo.annotations import LABEL_NAMES, Annotation
from biobert_demo.documents import Document
from biobert_demo.errors import BadInput
from biobert_demo.recognition import EntityRecognizer
from trainer import fine_tuning
from trainer.evaluation import EvaluationSet, evaluate
from trainer.presets import Preset
from trainer.run import RunSettings, TrainingSet, fine_tune_ner

DRUGS = ["velocumab", "tarinib", "osmirol", "fenadrine"]
DISEASES = ["lumositis", "dorvanemia", "glareism", "mirthosis"]


def settings_for(encoder: Path, **values: object) -> RunSettings:
    preset = Preset(str(encoder), 8e-3, 1, encoder_dropout=0.0, pieces_per_batch=256)
    defaults = {"max_pieces": 16_000, "evaluations": 2, "progress": False}
    return RunSettings("tiny", preset, **(defaults | values))


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, tiny_encoder: Path, sample: TrainingSet) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "finished"
    fine_tune_ner(sample, settings_for(tiny_encoder), folder)
    return folder


def test_a_tiny_model_learns_the_sample(finished: Path, sample: TrainingSet) -> None:
    losses = [
        json.loads(line)["loss"]
        for line in (finished / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
        if '"loss"' in line
    ]
    assert losses[-1] < losses[0] / 4
    recognizer = EntityRecognizer.load(finished / "model")
    trained = EvaluationSet("all_labels", sample.corpora["all_labels"], LABEL_NAMES)
    scores = {row.label: row.f1 for row in evaluate(recognizer.recognize, [trained])}
    assert min(scores.values()) > 90, scores


def test_the_model_folder_is_whole_and_finds_names_in_other_text(finished: Path) -> None:
    model = finished / "model"
    assert {"config.json", "model.safetensors", "run.json", "metrics.jsonl", "calibration.json"} <= {
        path.name for path in model.iterdir()
    }
    calibration = json.loads((model / "calibration.json").read_text(encoding="utf-8"))
    config = json.loads((model / "config.json").read_text(encoding="utf-8"))
    assert config["calibration_temperature"] == calibration["temperature"]
    found = EntityRecognizer.load(model).annotate("Loss of GLK2 causes lumositis.")
    assert [(a.text, a.label) for a in found] == [("GLK2", "Gene"), ("lumositis", "Disease")]
    assert all(0 < a.score <= 1 for a in found)


def test_the_records_say_what_was_learned_and_no_path(finished: Path, tiny_encoder: Path) -> None:
    text = (finished / "model" / "run.json").read_text(encoding="utf-8")
    run = json.loads(text)
    assert run["documents"] == {"all_labels": 20, "genes_only": 4}
    assert run["annotated"]["genes_only"] == ["Gene"]
    assert run["settings"]["max_pieces"] == 16_000
    assert run["progress"]["finished"]
    assert str(tiny_encoder.parent) not in text


def test_a_finished_run_is_taken_as_it_is(
    finished: Path, tiny_encoder: Path, sample: TrainingSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fine_tuning, "fine_tune", lambda *arguments: pytest.fail("it was repeated"))
    again = settings_for(tiny_encoder, evaluations=5, patience=1)
    assert fine_tune_ner(sample, again, finished) == finished / "model"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"max_pieces": 99}, "max_pieces 16000, not 99"),
        ({"missing": "outside"}, "missing unknown, not outside"),
        ({"learning_rate": 0.5}, "learning_rate None, not 0.5"),
        ({"seed": 2}, "seed 1, not 2"),
    ],
)
def test_a_folder_that_holds_another_run_is_left_alone(
    change: dict[str, object], message: str, finished: Path, tiny_encoder: Path, sample: TrainingSet
) -> None:
    with pytest.raises(BadInput, match=f"holds a run with {message}; give another --output"):
        fine_tune_ner(sample, settings_for(tiny_encoder, **change), finished)


def test_a_folder_with_other_documents_is_left_alone(finished: Path, tiny_encoder: Path, sample: TrainingSet) -> None:
    fewer = replace(sample, corpora={**sample.corpora, "genes_only": sample.corpora["genes_only"][:2]})
    with pytest.raises(BadInput, match="holds a run with documents"):
        fine_tune_ner(fewer, settings_for(tiny_encoder), finished)


def test_a_model_goes_on_from_an_earlier_one_and_remembers_its_stages(
    finished: Path, tiny_encoder: Path, sample: TrainingSet, tmp_path: Path
) -> None:
    settings = settings_for(tiny_encoder, initial=finished / "model", max_pieces=500, learning_rate=1e-5)
    model = fine_tune_ner(sample, settings, tmp_path)
    run = json.loads((model / "run.json").read_text(encoding="utf-8"))
    assert [stage["progress"]["pieces"] >= 16_000 for stage in run["earlier"]] == [True]
    assert run["progress"]["best"] > 0.5


@pytest.mark.parametrize(
    ("settings", "training", "message"),
    [
        ({"sampling": {"bc9": 2.0}}, {}, "--sampling names 'bc9', but the corpora are all_labels, genes_only"),
        ({"labels": tuple(f"L{i}" for i in range(32))}, {}, "32 labels, more than 31"),
        ({}, {"corpora": {"empty": []}}, "no training document"),
    ],
)
def test_what_cannot_be_learned_is_told_before_anything_is_written(
    settings: dict[str, object],
    training: dict[str, object],
    message: str,
    tiny_encoder: Path,
    sample: TrainingSet,
    tmp_path: Path,
) -> None:
    with pytest.raises(BadInput, match=message):
        fine_tune_ner(replace(sample, **training), settings_for(tiny_encoder, **settings), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_without_documents_to_choose_on_the_last_weights_are_kept_uncalibrated(
    tiny_encoder: Path, sample: TrainingSet, tmp_path: Path
) -> None:
    settings = settings_for(tiny_encoder, max_pieces=2_000)
    model = fine_tune_ner(replace(sample, dev=[EvaluationSet("none", [], ["Gene"])]), settings, tmp_path)
    run = json.loads((model / "run.json").read_text(encoding="utf-8"))
    assert run["progress"]["best_step"] == run["progress"]["step"]
    assert json.loads((model / "config.json").read_text(encoding="utf-8"))["calibration_temperature"] == 1.0


def two_half_annotated_corpora() -> TrainingSet:
    """Sentences with a drug and a disease each; one corpus annotates the drugs only, the other the diseases only."""

    def make(number: int, label: str) -> Document:
        drug, disease = DRUGS[number % 4], DISEASES[number // 4 % 4]
        text = f"we gave {drug} against {disease} ."
        mentions = {"Chemical": drug, "Disease": disease}
        spans = [
            Annotation(text.index(mention), text.index(mention) + len(mention), mention, of)
            for of, mention in mentions.items()
            if label in (of, "both")
        ]
        return Document(f"{label}-{number}", text, annotations=tuple(spans))

    return TrainingSet(
        {"drugs": [make(n, "Chemical") for n in range(16)], "diseases": [make(n, "Disease") for n in range(16)]},
        {"drugs": ["Chemical"], "diseases": ["Disease"]},
        [EvaluationSet("both", [make(n, "both") for n in range(16)], ["Chemical", "Disease"])],
    )


def test_half_annotated_corpora_teach_both_labels_where_missing_is_unknown(tiny_encoder: Path, tmp_path: Path) -> None:
    training = two_half_annotated_corpora()
    scores = {}
    for missing in ("unknown", "outside"):
        settings = settings_for(tiny_encoder, missing=missing, max_pieces=6_000)
        model = fine_tune_ner(training, settings, tmp_path / missing)
        scores[missing] = json.loads((model / "run.json").read_text(encoding="utf-8"))["progress"]["best"]
    assert scores["unknown"] > 0.95, scores
    assert scores["outside"] < scores["unknown"] - 0.1, scores
