"""Data folders enter; when a worker starts runs, how it ends, and that nothing is lost when all is killed, is checked."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import pytest
from training_desk import ROOT, TrainingDesk, eventually, is_dead

from biobert_demo.leash import is_held
from biobert_demo.store.runs import TrainingRun
from biobert_demo.training_plan import TrainingPlan
from biobert_demo.training_queue import is_worker_there, keep_plan, request_run
from biobert_demo.worker import Triggers

KILLS = 21


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[TrainingDesk]:
    desk = TrainingDesk(tmp_path)
    yield desk
    desk.close()


class WallClock:
    def __init__(self, text: str) -> None:
        self.set(text)

    def set(self, text: str) -> None:
        self.time = datetime.fromisoformat(f"2031-{text}")

    def __call__(self) -> datetime:
        return self.time


def end_run(desk: TrainingDesk, run: TrainingRun, state: str) -> None:
    desk.store.runs.claim(run.id, os.getpid())
    desk.store.runs.finish(run.id, state)  # type: ignore[arg-type]


def test_after_so_many_completed_documents_a_run_is_queued(desk: TrainingDesk) -> None:
    keep_plan(desk.store, TrainingPlan(after=2))
    triggers = Triggers(desk.store, desk.settings)
    assert triggers.check() is None
    desk.complete_document()
    assert triggers.check() is None
    desk.complete_document()
    run = triggers.check()
    assert run is not None
    assert (run.trigger, run.state) == ("count", "queued")
    assert triggers.check() is None
    end_run(desk, run, "refused")
    assert triggers.check() is None


@pytest.mark.parametrize("state", ["failed", "cancelled"])
def test_a_run_that_failed_or_was_cancelled_is_not_started_over_and_over(desk: TrainingDesk, state: str) -> None:
    keep_plan(desk.store, TrainingPlan(after=1))
    desk.complete_document()
    triggers = Triggers(desk.store, desk.settings)
    run = triggers.check()
    assert run is not None
    end_run(desk, run, state)
    assert triggers.check() is None
    assert Triggers(desk.store, desk.settings).check() is None
    desk.complete_document()
    again = triggers.check()
    assert again is not None
    assert again.id != run.id


def test_at_night_a_run_is_queued_if_there_is_anything_new(desk: TrainingDesk) -> None:
    keep_plan(desk.store, TrainingPlan(nightly="02:00"))
    clock = WallClock("05-07 01:59")
    triggers = Triggers(desk.store, desk.settings, clock)
    clock.set("05-07 02:00")
    assert triggers.check() is None
    desk.complete_document()
    clock.set("05-07 12:00")
    assert triggers.check() is None
    clock.set("05-08 02:00")
    run = triggers.check()
    assert run is not None
    assert run.trigger == "nightly"
    end_run(desk, run, "promoted")
    clock.set("05-08 02:01")
    assert triggers.check() is None


def test_a_night_in_which_another_run_goes_on_is_made_up_for_after_it(desk: TrainingDesk) -> None:
    keep_plan(desk.store, TrainingPlan(nightly="02:00"))
    desk.complete_document()
    clock = WallClock("05-07 01:59")
    triggers = Triggers(desk.store, desk.settings, clock)
    other = desk.queue()
    clock.set("05-07 02:00")
    assert triggers.check() is None
    end_run(desk, other, "failed")
    clock.set("05-07 02:30")
    run = triggers.check()
    assert run is not None
    assert run.trigger == "nightly"


def test_a_worker_does_what_is_queued_when_it_starts_and_what_it_is_told_of(desk: TrainingDesk) -> None:
    first = desk.queue()
    worker = desk.start_worker()
    eventually(lambda: desk.run(first).state == "promoted")
    assert is_worker_there(desk.settings)
    second = request_run(desk.store, desk.settings, trigger="hand", author="Ann")
    # Well before the minute in which it would look by itself.
    eventually(lambda: desk.run(second).state == "promoted", seconds=50)
    worker.terminate()
    assert worker.wait() == 0
    assert not is_worker_there(desk.settings)


def test_a_second_worker_says_so_and_is_not_needed(desk: TrainingDesk) -> None:
    desk.start_worker()
    eventually(lambda: is_worker_there(desk.settings))
    command = [sys.executable, "-m", "biobert_demo.cli", "worker"]
    second = subprocess.run(
        command, env={**os.environ, **desk.environment}, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert second.returncode == 0
    assert "Another worker serves" in second.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_stopped_worker_ends_its_trainer_and_the_next_one_goes_on(desk: TrainingDesk, number: int) -> None:
    run = desk.queue(steps=30, seconds=0.02)
    worker = desk.start_worker()
    eventually(lambda: desk.run(run).step >= 5)
    pid = desk.run(run).pid
    worker.send_signal(number)
    assert worker.wait() == 0
    assert pid is not None
    assert is_dead(pid)
    assert (desk.run(run).state, desk.run(run).attempts) == ("queued", 0)
    desk.start_worker()
    eventually(lambda: desk.run(run).state == "promoted")
    assert [start >= 4 for start in desk.starts(run)] == [False, True]


def test_a_worker_whose_parent_was_killed_ends_after_the_run_under_way(desk: TrainingDesk) -> None:
    run = desk.queue(steps=30, seconds=0.02)
    parent = desk.start_worker_of_a_parent()
    assert parent.stdout is not None
    worker = int(parent.stdout.readline())
    eventually(lambda: desk.run(run).step >= 3)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    later = desk.queue()
    eventually(lambda: is_dead(worker))
    assert (desk.run(run).state, desk.run(run).attempts) == ("promoted", 0)
    assert desk.run(later).state == "queued"


def test_importing_the_worker_imports_nothing_heavy() -> None:
    program = "import sys, biobert_demo.worker; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    heavy = {"torch", "gradio", "transformers", "spacy", "pandas", "numpy", "trainer", "sqlite_utils"}
    assert heavy.isdisjoint(loaded.stdout.split())


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a trainer has to look for its parent itself")
def test_killed_at_random_points_every_run_is_marked_and_finished_and_nothing_is_lost(desk: TrainingDesk) -> None:
    desk.complete_document()
    desk.promote_model()
    before = desk.precious()
    chance = random.Random(4)
    # (what is killed, from which step on; -1: as soon as the trainer's process is there, before it has claimed the run)
    plan = [(["worker", "trainer", "both"][i % 3], chance.randint(-1, 7)) for i in range(KILLS)]
    chance.shuffle(plan)
    worker = desk.start_worker()
    runs = [request_run(desk.store, desk.settings, trigger="hand", author="Ann", options=SLOW)]
    for victim, step in plan:
        run = wait_for_step(desk, runs, step)
        pids = [run.pid] if run.pid is not None and not is_dead(run.pid) else []
        if pids and victim != "worker":
            kill(pids[0])
        if not pids or victim != "trainer":
            worker.kill()
            worker.wait()
            # No trainer goes on computing without its worker.
            wait_until_dead(desk, run, pids)
            worker = desk.start_worker()
        assert desk.precious() == before
        assert desk.store.check() == []
    finish(desk, runs[-1])
    runs.append(finish(desk, request_run(desk.store, desk.settings, trigger="hand", author="Ann")))
    for run in map(desk.run, runs):
        assert (run.state, run.attempts < 3) in (("promoted", True), ("failed", False))
        assert run.state == "promoted" or "given up after 3 attempts" in run.message
        assert desk.starts(run) == sorted(desk.starts(run))
    assert desk.run(runs[-1]).state == "promoted"
    assert desk.store.runs.running() is None
    assert desk.precious() == before
    assert desk.store.check() == []


SLOW = {"steps": 8, "seconds": 0.01}


def wait_for_step(desk: TrainingDesk, runs: list[TrainingRun], step: int) -> TrainingRun:
    """The last of the runs when it has come as far; a further one is queued where it ended before."""

    def is_there() -> TrainingRun | None:
        now = desk.run(runs[-1])
        if now.is_ended:
            runs.append(request_run(desk.store, desk.settings, trigger="hand", author="Ann", options=SLOW))
            return None
        if step < 0 and is_held(lock_of(desk, now)):
            return now
        # One that is dead, and not yet known to be, was killed by the step before.
        is_alive = now.pid is not None and not is_dead(now.pid)
        return now if now.state == "running" and now.step >= step and is_alive else None

    found = eventually(is_there)
    assert found is not None
    return found


def wait_until_dead(desk: TrainingDesk, run: TrainingRun, pids: list[int]) -> None:
    eventually(lambda: all(is_dead(pid) for pid in pids) and not is_held(lock_of(desk, run)))


def finish(desk: TrainingDesk, run: TrainingRun) -> TrainingRun:
    return eventually(lambda: desk.run(run) if desk.run(run).is_ended else None)  # type: ignore[return-value]


def kill(pid: int) -> None:
    # It may have ended of itself since it was looked at.
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def lock_of(desk: TrainingDesk, run: TrainingRun) -> Path:
    return desk.home / "runs" / str(run.id) / "process.lock"
