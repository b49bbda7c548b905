"""Model folders of runs enter `average_models`; the mean of their weights, calibrated and described, leaves."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

from biobert_demo.errors import BadInput, ModelUnavailable
from biobert_demo.recognition import EntityRecognizer
from trainer.averaging import average_models
from trainer.model_card import write_model_card
from trainer.presets import Preset
from trainer.run import RunSettings, TrainingSet, fine_tune_ner

SETTINGS = {"epochs": 1.0, "evaluations": 1, "progress": False, "learning_rate": 1e-3}


@pytest.fixture(scope="module")
def runs(sample: TrainingSet, tiny_encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("runs")
    preset = Preset(str(tiny_encoder), 1e-3, 1)
    return [
        fine_tune_ner(sample, RunSettings("tiny", preset, seed=seed, **SETTINGS), folder / str(seed)) for seed in (1, 2)
    ]


def test_the_weights_are_the_mean_and_the_card_names_each_run(
    runs: list[Path], sample: TrainingSet, tmp_path: Path
) -> None:
    folder = average_models(runs, tmp_path / "mean", sample.dev)
    first, second, mean = (load_file(f / "model.safetensors") for f in (*runs, folder))
    for name, tensor in mean.items():
        assert tensor.allclose((first[name] + second[name]) / 2, atol=1e-6)
    assert any(not first[name].allclose(second[name]) for name in first)
    assert EntityRecognizer.load(folder).annotate("penicillin") is not None
    assert (folder / "calibration.json").exists()
    assert [run["seed"] for run in json.loads((folder / "run.json").read_text())["averaged"]] == [1, 2]
    write_model_card(folder)
    assert "mean of those of 2 runs" in (folder / "README.md").read_text(encoding="utf-8")


def test_what_cannot_be_averaged_is_told(runs: list[Path], sample: TrainingSet, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="at least two"):
        average_models(runs[:1], tmp_path / "mean", sample.dev)
    with pytest.raises(BadInput, match="already"):
        average_models(runs, runs[0], sample.dev)
    with pytest.raises(BadInput, match=r"no run\.json"):
        average_models([runs[0], tmp_path], tmp_path / "mean", sample.dev)
    other = shutil.copytree(runs[1], tmp_path / "other")
    config = json.loads((other / "config.json").read_text())
    config["id2label"]["1"] = "B-Else"
    (other / "config.json").write_text(json.dumps(config))
    with pytest.raises(BadInput, match="other tags"):
        average_models([runs[0], other], tmp_path / "mean", sample.dev)
    smaller = shutil.copytree(runs[1], tmp_path / "smaller")
    weights = load_file(smaller / "model.safetensors")
    save_file({name: tensor[:1].contiguous() for name, tensor in weights.items()}, smaller / "model.safetensors")
    with pytest.raises(BadInput, match="another shape"):
        average_models([runs[0], smaller], tmp_path / "mean", sample.dev)
    (smaller / "model.safetensors").write_bytes(b"damaged")
    with pytest.raises(ModelUnavailable, match="no readable"):
        average_models([runs[0], smaller], tmp_path / "mean", sample.dev)
