"""Records of runs enter; small PNG pictures with readable words leave."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from trainer.plots import plot_learning_curves, plot_reliability, plot_training, read_metrics

MOST_BYTES = 80_000


@pytest.fixture
def metrics(tmp_path: Path) -> Path:
    lines = []
    for step in range(50, 5_050, 50):
        lines.append({"step": step, "pieces": step * 2_000, "loss": 1 / step + 0.01 * (step % 7)})
        if step % 500 == 0:
            names = ["main", "ncbi_disease", "bc5cdr", "bc5cdr.Disease", "bc2gm", "linnaeus", "species800", "biored"]
            lines.append(
                {"step": step, "pieces": step * 2_000} | {f"dev_{name}": 0.5 + step / 12_000 for name in names}
            )
    path = tmp_path / "metrics.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def assert_picture(path: Path) -> None:
    data = path.read_bytes()
    assert data.startswith(b"\x89PNG")
    assert 2_000 < len(data) < MOST_BYTES


def test_training_is_drawn_small(metrics: Path, tmp_path: Path) -> None:
    plot_training(metrics, tmp_path / "training.png")
    assert_picture(tmp_path / "training.png")


def test_a_run_without_scores_or_losses_is_drawn_too(tmp_path: Path) -> None:
    (tmp_path / "m.jsonl").write_text('{"step": 1, "pieces": 3, "dev_main": 0.1}\n', encoding="utf-8")
    plot_training(tmp_path / "m.jsonl", tmp_path / "one.png")
    assert_picture(tmp_path / "one.png")
    (tmp_path / "m.jsonl").write_text("", encoding="utf-8")
    plot_training(tmp_path / "m.jsonl", tmp_path / "none.png")
    assert_picture(tmp_path / "none.png")


@pytest.mark.parametrize("counts", [[3, 5, 8, 9, 12, 20, 31, 44, 80, 300], [0] * 9 + [4], [0] * 10])
def test_reliability_is_drawn_small(counts: list[int], tmp_path: Path) -> None:
    bins = [
        {"count": count, "mean_score": (place + 0.5) / 10 if count else 0.0, "share_right": place / 10}
        for place, count in enumerate(counts)
    ]
    (tmp_path / "calibration.json").write_text(json.dumps({"temperature": 1.3, "bins": bins}), encoding="utf-8")
    plot_reliability(tmp_path / "calibration.json", tmp_path / "reliability.png")
    assert_picture(tmp_path / "reliability.png")


def test_learning_curves_of_several_runs_are_drawn_small(metrics: Path, tmp_path: Path) -> None:
    plot_learning_curves({"bert": metrics, "biobert": metrics, "minilm": metrics}, tmp_path / "curves.png")
    assert_picture(tmp_path / "curves.png")
    plot_learning_curves({}, tmp_path / "none.png")
    assert_picture(tmp_path / "none.png")


def test_a_line_cut_off_by_a_kill_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "m.jsonl").write_text('{"step": 1, "pieces": 3}\n{"step": 2, "pie', encoding="utf-8")
    assert read_metrics(tmp_path / "m.jsonl") == [{"step": 1, "pieces": 3}]


def test_drawing_is_not_loaded_before_it_is_needed() -> None:
    code = "import sys, trainer.plots, trainer.model_card; sys.exit('matplotlib' in sys.modules)"
    root = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0
