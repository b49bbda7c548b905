"""Settings of any run enter `dry_run_settings`; those of a minute's run that needs no network leave."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from biobert_demo.recognition import EntityRecognizer
from trainer.__main__ import main
from trainer.dry_run import build_tokenizer, dry_run_settings, dry_run_training_set, is_on_this_machine, read_sample
from trainer.presets import Preset, find_preset
from trainer.run import RunSettings


def test_the_command_runs_from_the_sample_to_a_model_that_finds_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["ner", "--dry-run", "--preset", "no/such-encoder", "--output", str(tmp_path), "--gazetteer", "none"]
    assert main(command) == 0
    told = capsys.readouterr().err
    assert "no/such-encoder is not on this machine; a tiny encoder with random weights stands in for it." in told
    model = tmp_path / "dry-run" / "model"
    assert f"The model is in {model}" in told
    run = json.loads((model / "run.json").read_text(encoding="utf-8"))
    assert run["progress"]["best"] > 0.6
    assert run["notes"] == ["a dry run on invented sentences: the scores say nothing about real text"]
    assert (model / "calibration.json").exists()
    found = EntityRecognizer.load(model).annotate("Velocumab relieved lumositis in the bright fox.")
    assert {(a.text, a.label) for a in found} >= {("Velocumab", "Chemical"), ("lumositis", "Disease")}


def test_a_dry_run_starts_anew_and_leaves_a_real_run_alone(tmp_path: Path) -> None:
    (tmp_path / "dry-run" / "model").mkdir(parents=True)
    (tmp_path / "progress.json").write_text("{}", encoding="utf-8")
    dry_run_settings(RunSettings("bert", Preset("no/such-encoder", 1e-5, 1)), tmp_path / "dry-run")
    assert not (tmp_path / "dry-run" / "model").exists()
    assert (tmp_path / "progress.json").exists()


def test_an_encoder_that_is_here_is_used(
    tiny_encoder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = RunSettings("mine", find_preset(str(tiny_encoder)), epochs=30, max_pieces=10**9, missing="outside")
    settings = dry_run_settings(asked, tmp_path / "dry-run")
    assert settings.preset.base == str(tiny_encoder)
    assert settings.missing == "outside"
    assert (settings.max_pieces or 0) < 10_000
    assert capsys.readouterr().err == ""


def test_what_is_on_this_machine_is_known_without_asking_a_hub(tiny_encoder: Path) -> None:
    assert is_on_this_machine(str(tiny_encoder))
    assert not is_on_this_machine("no/such-encoder")
    assert not is_on_this_machine("./no/such/folder")


def test_the_sample_has_corpora_that_annotate_different_labels() -> None:
    training = dry_run_training_set()
    labels = {
        name: {a.label for document in documents for a in document.annotations}
        for name, documents in training.corpora.items()
    }
    assert labels == {name: set(annotated) for name, annotated in training.annotated.items()}
    assert 20 <= sum(len(documents) for documents in training.corpora.values()) <= 30
    trained = {document.text for documents in training.corpora.values() for document in documents}
    assert not trained & {document.text for document in training.dev[0].documents}
    assert len(read_sample("dev")) == 6


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("The rash", ["the", "r", "##a", "##s", "##h"]),
        ("NEWT newt", ["newt", "newt"]),
        ("μ", ["[UNK]"]),
    ],
)
def test_the_tiny_vocabulary_holds_repeated_words_and_spells_the_rest(text: str, pieces: list[str]) -> None:
    assert build_tokenizer(["The newt, the NEWT.", "a rash"]).tokenize(text) == pieces
