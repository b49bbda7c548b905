"""Settings enter; that a worker is beside this process, again after it died, and gone at the end, is checked."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from training_desk import TrainingDesk, eventually, is_gone

from biobert_demo.training_queue import is_worker_there
from biobert_demo.worker_keeper import WorkerKeeper, worker_beside


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TrainingDesk]:
    desk = TrainingDesk(tmp_path)
    for name, value in desk.environment.items():
        monkeypatch.setenv(name, value)
    yield desk
    desk.close()


def test_a_worker_is_there_while_the_block_lasts(desk: TrainingDesk) -> None:
    run = desk.queue(seconds=0.01)
    with worker_beside(desk.settings):
        eventually(lambda: desk.run(run).state == "promoted")
        assert is_worker_there(desk.settings)
    assert not is_worker_there(desk.settings)
    assert "The worker stops" in (desk.home / "worker.log").read_text()


def test_no_worker_is_started_where_none_is_wanted(desk: TrainingDesk) -> None:
    with worker_beside(replace(desk.settings, is_worker_on=False)):
        pass
    assert not (desk.home / "worker.log").exists()


def test_a_killed_worker_leaves_no_zombie_and_another_one_goes_on(desk: TrainingDesk) -> None:
    run = desk.queue(steps=20, seconds=0.02)
    keeper = WorkerKeeper(desk.settings)
    keeper.start()
    try:
        eventually(lambda: desk.run(run).step >= 3)
        first, trainer = keeper.pid, desk.run(run).pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        eventually(lambda: is_gone(first))
        eventually(lambda: desk.run(run).state == "promoted")
        assert desk.run(run).attempts == 1
        assert desk.starts(run)[1] >= 2
        assert trainer is not None
        assert keeper.pid not in (None, first)
    finally:
        keeper.stop()
    assert keeper.pid is None


def test_stopping_ends_the_worker_and_the_trainer_under_way(desk: TrainingDesk) -> None:
    run = desk.queue(steps=10_000, seconds=0.02)
    with worker_beside(desk.settings):
        trainer = eventually(lambda: desk.run(run).pid)
    assert is_gone(trainer)
    assert desk.run(run).state == "queued"


def test_a_worker_that_ends_at_once_is_not_started_without_end(desk: TrainingDesk) -> None:
    keeper = WorkerKeeper(desk.settings, [sys.executable, "-c", "print('no'); raise SystemExit(1)"])
    keeper.start()
    log = desk.home / "worker.log"
    eventually(lambda: log.exists() and log.read_text().count("no") >= 2)
    keeper.stop()
    assert log.read_text().count("no") < 10


def test_a_command_that_is_not_there_is_told_and_does_no_harm(
    desk: TrainingDesk, caplog: pytest.LogCaptureFixture
) -> None:
    keeper = WorkerKeeper(desk.settings, [str(desk.home / "no such program")])
    keeper.start()
    eventually(lambda: "could not be started" in caplog.text)
    keeper.stop()
    assert keeper.pid is None


def test_a_long_log_makes_room(desk: TrainingDesk) -> None:
    log = desk.home / "worker.log"
    log.write_bytes(b"x" * 1_100_000)
    with worker_beside(desk.settings):
        eventually(lambda: log.exists() and log.stat().st_size < 1_000_000)
    assert (desk.home / "worker.log.1").stat().st_size == 1_100_000
