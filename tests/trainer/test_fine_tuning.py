"""A task enters `fine_tune`; its best weights leave, also where the run was killed on the way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from toy_task import SETTINGS, ToyTask, weights_of

from biobert_demo.errors import BadInput
from trainer import fine_tuning
from trainer.fine_tuning import TrainingDiverged, fine_tune

REPOSITORY = Path(fine_tuning.__file__).parents[1]


class Killed(BaseException):
    """Ends a run at once, as a signal would: nothing in the loop may catch it."""


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that nothing disturbed."""
    folder = tmp_path_factory.mktemp("runs") / "whole"
    fine_tune(ToyTask(), SETTINGS, folder)
    return folder


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def read_records(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]


def assert_same_run(folder: Path, whole: Path) -> None:
    ended, expected = read_json(folder / "progress.json"), read_json(whole / "progress.json")
    timeless = {"seconds"}
    assert {k: v for k, v in ended.items() if k not in timeless} == {
        k: v for k, v in expected.items() if k not in timeless
    }
    for ours, theirs in zip(weights_of(folder), weights_of(whole), strict=True):
        assert torch.allclose(ours, theirs, atol=1e-6)


def test_the_loss_falls_and_the_best_weights_are_kept(whole_run: Path) -> None:
    progress = read_json(whole_run / "progress.json")
    losses = [record["loss"] for record in read_records(whole_run) if "loss" in record]
    assert losses[-1] < losses[0] / 2, losses
    assert progress["finished"]
    assert progress["best"] == pytest.approx(
        max(record["dev_main"] for record in read_records(whole_run) if "dev_main" in record), abs=1e-5
    )
    assert weights_of(whole_run)


def test_metrics_are_json_lines_with_step_epoch_pieces_and_seconds(whole_run: Path) -> None:
    records = read_records(whole_run)
    assert all({"step", "epoch", "pieces", "seconds"} <= set(record) for record in records)
    assert [r["step"] for r in records if "loss" in r] == [50, 60]
    scored = [r for r in records if "dev_main" in r]
    assert len(scored) == 4
    assert scored[-1]["step"] == 60
    assert set(scored[0]) >= {"dev_main", "dev_line"}
    assert [r["pieces"] for r in records] == sorted(r["pieces"] for r in records)


def test_a_finished_run_leaves_no_checkpoint_and_is_not_repeated(whole_run: Path) -> None:
    assert sorted(path.name for path in whole_run.iterdir()) == ["best", "metrics.jsonl", "progress.json"]
    task = ToyTask()
    assert fine_tune(task, SETTINGS, whole_run).finished
    assert task.steps == 0


def test_a_run_killed_with_signal_9_goes_on_as_if_nothing_had_happened(tmp_path: Path, whole_run: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}
    script = Path(__file__).with_name("toy_task.py")
    killed = subprocess.run([sys.executable, script, tmp_path / "run", "47"], env=environment, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert read_json(tmp_path / "run" / "checkpoint" / "progress.json")["step"] == 46
    resumed = ToyTask()
    fine_tune(resumed, SETTINGS, tmp_path / "run")
    assert resumed.steps == 60 - 46
    assert_same_run(tmp_path / "run", whole_run)
    assert [r["step"] for r in read_records(tmp_path / "run") if "dev_main" in r] == [
        r["step"] for r in read_records(whole_run) if "dev_main" in r
    ]


def test_two_processes_share_the_steps_and_write_as_one(tmp_path: Path, whole_run: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1", "ACCELERATE_USE_CPU": "true"}
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    command = [*launch, str(Path(__file__).with_name("toy_task.py")), str(tmp_path), "0"]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    together, alone = read_json(tmp_path / "progress.json"), read_json(whole_run / "progress.json")
    assert together["finished"]
    # Fifteen batches an epoch are eight steps of two, so one batch is taken twice.
    assert together["total"] == pytest.approx(alone["total"] * 16 / 15, rel=0.02)
    assert together["step"] == pytest.approx(alone["step"] / 2, abs=3)
    scored = [record for record in read_records(tmp_path) if "dev_main" in record]
    assert len(scored) == 4
    assert scored[-1]["step"] == together["step"]
    assert together["best"] > scored[0]["dev_main"]
    assert weights_of(tmp_path)


def test_what_was_written_after_the_last_checkpoint_is_not_told_twice(tmp_path: Path, whole_run: Path) -> None:
    with pytest.raises(Killed):
        fine_tune(ToyTask(raise_before(50)), replace(SETTINGS, save_minutes=0.0), tmp_path)
    with pytest.raises(Killed):
        fine_tune(ToyTask(raise_before(6)), replace(SETTINGS, save_minutes=99.0), tmp_path)
    with (tmp_path / "metrics.jsonl").open("a", encoding="utf-8") as stream:
        stream.write('{"step": 6')
    fine_tune(ToyTask(), SETTINGS, tmp_path)
    timeless = [{k: v for k, v in r.items() if k not in ("seconds", "loss")} for r in read_records(whole_run)]
    assert [{k: v for k, v in r.items() if k not in ("seconds", "loss")} for r in read_records(tmp_path)] == timeless
    assert_same_run(tmp_path, whole_run)


@pytest.mark.parametrize(
    ("renamed", "occurrence"),
    [
        ("checkpoint.new -> checkpoint", 1),
        ("checkpoint -> checkpoint.old", 1),
        ("checkpoint.new -> checkpoint", 20),
        ("best.new -> best", 1),
        ("best -> best.old", 1),
        ("best.new -> best", 2),
        ("progress.json.tmp -> progress.json", 61),
    ],
)
def test_a_kill_before_any_rename_leaves_a_run_that_goes_on(
    renamed: str, occurrence: int, tmp_path: Path, whole_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename, seen = os.replace, []

    def rename_until_killed(source: Path, target: Path) -> None:
        seen.append(f"{source.name} -> {target.name}")
        if seen.count(renamed) == occurrence:
            raise Killed
        rename(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(fine_tuning.os, "replace", rename_until_killed)
        with pytest.raises(Killed):
            fine_tune(ToyTask(), SETTINGS, tmp_path)
    fine_tune(ToyTask(), SETTINGS, tmp_path)
    assert_same_run(tmp_path, whole_run)


def raise_before(step: int) -> Callable[[int], None]:
    def check(current: int) -> None:
        if current == step:
            raise Killed

    return check


def test_the_weights_before_are_restored_where_a_kill_left_only_them(tmp_path: Path, whole_run: Path) -> None:
    with pytest.raises(Killed):
        fine_tune(ToyTask(raise_before(50)), SETTINGS, tmp_path)
    (tmp_path / "best").rename(tmp_path / "best.old")
    later = ToyTask(scores=[-9.0] * 4)
    fine_tune(later, SETTINGS, tmp_path)
    assert weights_of(tmp_path)


@pytest.mark.parametrize(
    ("scores", "patience", "evaluations", "best_step"),
    [
        ([0.5, 0.4, 0.3, 0.9], 2, 3, 15),
        ([0.5, 0.4, 0.6, 0.5], 2, 4, 45),
        ([0.5, 0.4, 0.3, 0.2], 0, 4, 15),
        ([0.5, 0.5, 0.5, 0.9], 2, 3, 45),
    ],
)
def test_a_run_stops_early_when_scores_no_longer_rise(
    scores: list[float], patience: int, evaluations: int, best_step: int, tmp_path: Path
) -> None:
    task = ToyTask(scores=scores)
    progress = fine_tune(task, replace(SETTINGS, patience=patience, save_minutes=99), tmp_path)
    assert len(task.evaluated) == evaluations
    assert progress.best == max(scores[:evaluations])
    assert progress.best_step == pytest.approx(best_step, abs=2)
    assert progress.finished


@pytest.mark.parametrize("evaluations", [1, 3, 7])
def test_dev_is_scored_as_often_as_asked_and_at_the_end(evaluations: int, tmp_path: Path) -> None:
    task = ToyTask()
    progress = fine_tune(task, replace(SETTINGS, evaluations=evaluations, save_minutes=99), tmp_path)
    assert len(task.evaluated) == evaluations
    assert read_records(tmp_path)[-1]["step"] == progress.step


@pytest.mark.parametrize(
    ("epochs", "max_pieces", "fewest", "most"),
    [(None, 300, 300, 332), (1, 300, 300, 332), (4, 10_000_000, 1_100, 1_500), (None, 2_000, 2_000, 2_032)],
)
def test_a_budget_of_word_pieces_ends_the_run(
    epochs: float | None, max_pieces: int, fewest: int, most: int, tmp_path: Path
) -> None:
    progress = fine_tune(ToyTask(), replace(SETTINGS, epochs=epochs, max_pieces=max_pieces, save_minutes=99), tmp_path)
    assert fewest <= progress.pieces <= most


def test_the_learning_rate_rises_and_then_falls_to_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rates: list[float] = []
    monkeypatch.setattr(fine_tuning.torch.optim, "AdamW", lambda groups, lr, fused: Watched(groups, lr))

    class Watched(torch.optim.SGD):
        def step(self, closure: Any = None) -> Any:
            rates.append(self.param_groups[0]["lr"])
            return super().step(closure)

    fine_tune(ToyTask(), replace(SETTINGS, warmup=0.25, save_minutes=99), tmp_path)
    peak = rates.index(max(rates))
    assert rates[:peak] == sorted(rates[:peak])
    assert rates[peak:] == sorted(rates[peak:], reverse=True)
    assert peak == pytest.approx(15, abs=2)
    assert max(rates) == pytest.approx(SETTINGS.learning_rate, rel=0.1)
    assert rates[-1] < SETTINGS.learning_rate / 20


def test_a_loss_that_is_no_number_ends_the_run_with_what_to_do(tmp_path: Path) -> None:
    class Broken(ToyTask):
        def loss(self, model: Any, tensors: Any) -> torch.Tensor:
            return super().loss(model, tensors) * float("nan")

    with pytest.raises(TrainingDiverged, match=r"nan at step 0; try a lower learning rate than 0\.05"):
        fine_tune(Broken(), SETTINGS, tmp_path)


def test_nothing_to_learn_from_is_told(tmp_path: Path) -> None:
    class Empty(ToyTask):
        def epoch_batches(self, epoch: int) -> list[Any]:
            return []

    with pytest.raises(BadInput, match="no batch to learn from"):
        fine_tune(Empty(), SETTINGS, tmp_path)
    with pytest.raises(BadInput, match="when to stop"):
        fine_tune(ToyTask(), replace(SETTINGS, epochs=None), tmp_path)
