"""Queued runs and trainers that end in every way enter; how the runs are marked, and what goes on, is checked."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from training_desk import HASTY, ROOT, TrainingDesk, eventually, is_dead, is_gone

from biobert_demo.store import Store, StoreUnavailable
from biobert_demo.store.runs import TrainingRun
from biobert_demo.supervision import Busy, explain_end, trainer_command, trainer_environment, training_threads


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[TrainingDesk]:
    desk = TrainingDesk(tmp_path)
    yield desk
    desk.close()


class Pids:
    """Notes which processes a run had, and acts once when a step is reached."""

    def __init__(self, desk: TrainingDesk, step: int = 10**9, act: object = None) -> None:
        self.desk, self.step, self.act = desk, step, act
        self.seen: list[int] = []

    def __call__(self, run: TrainingRun) -> None:
        if run.pid is not None and run.pid not in self.seen:
            self.seen.append(run.pid)
        if run.step >= self.step and callable(self.act):
            act, self.act = self.act, None
            act(run)


@pytest.mark.parametrize("end", ["promoted", "refused", "failed", "cancelled"])
def test_a_run_ends_as_its_trainer_says_and_leaves_no_process(desk: TrainingDesk, end: str) -> None:
    run = desk.queue(end=end, seconds=0.05)
    pids = Pids(desk)
    desk.supervisor(watch=pids).work_off()
    assert (desk.run(run).state, desk.run(run).message, desk.run(run).attempts) == (end, f"It was {end}.", 0)
    assert all(is_gone(pid) for pid in pids.seen)


def test_queued_runs_are_done_in_order_and_what_is_queued_meanwhile_too(desk: TrainingDesk) -> None:
    first = desk.queue()
    second: list[TrainingRun] = []
    pids = Pids(desk, step=1, act=lambda run: second.append(desk.queue()))
    desk.supervisor(watch=pids).work_off()
    assert [run.state for run in desk.store.runs.list()] == ["promoted"] * (1 + len(second))
    assert desk.run(first).state == "promoted"


def test_a_trainer_that_dies_is_started_again_from_its_checkpoint(desk: TrainingDesk) -> None:
    run = desk.queue(steps=5, die={"0": 3, "1": 5})
    desk.supervisor().work_off()
    assert (desk.run(run).state, desk.run(run).attempts) == ("promoted", 2)
    assert desk.starts(run) == [0, 2, 4]


def test_after_three_attempts_a_run_is_given_up_with_a_sentence(desk: TrainingDesk) -> None:
    desk.promote_model()
    before = desk.precious()
    run = desk.queue(steps=5, die={"0": 1, "1": 1, "2": 1})
    desk.supervisor().work_off()
    ended = desk.run(run)
    assert (ended.state, ended.attempts) == ("failed", 3)
    assert "killed from outside" in ended.message
    assert "given up after 3 attempts; the model in use is unchanged" in ended.message
    assert desk.precious() == before
    assert desk.queue(steps=1).id != run.id


def test_what_the_trainer_said_last_is_told(desk: TrainingDesk) -> None:
    run = desk.queue(end="", word="trainer: The base model is gone; restore it.")
    desk.supervisor().work_off()
    assert desk.run(run).message.startswith("The training process ended with: The base model is gone; restore it.")
    assert desk.run(run).state == "failed"


def test_a_trainer_that_cannot_even_begin_fails_the_run_after_as_many_attempts(desk: TrainingDesk) -> None:
    run = desk.queue()
    settings = replace(desk.settings, trainer=(sys.executable, "-c", "import sys; sys.exit('The library is broken.')"))
    desk.settings = settings
    desk.supervisor().work_off()
    assert desk.run(run).state == "failed"
    assert "The library is broken" in desk.run(run).message


def test_a_log_that_cannot_be_written_is_a_failed_attempt(desk: TrainingDesk) -> None:
    run = desk.queue()
    (desk.home / "runs").write_text("a file in the place of the folder")
    desk.supervisor().work_off()
    assert desk.run(run).state == "failed"


@pytest.mark.parametrize("is_deaf", [False, True])
def test_cancelling_ends_the_trainer_within_seconds_even_a_deaf_one(desk: TrainingDesk, is_deaf: bool) -> None:
    run = desk.queue(steps=10_000, seconds=0.02, deaf=is_deaf)
    pids = Pids(desk, step=2, act=lambda run: desk.store.runs.request_cancel(run.id, "Ann"))
    desk.supervisor(watch=pids).work_off()
    assert desk.run(run).state == "cancelled"
    assert pids.seen
    assert all(is_gone(pid) for pid in pids.seen)


def test_a_stopped_supervisor_ends_its_trainer_and_the_next_one_goes_on(desk: TrainingDesk) -> None:
    run = desk.queue(steps=40, seconds=0.02)
    for times in (1, 2, 3, 4):
        supervisor = desk.supervisor(patience=HASTY)
        supervisor._watch = Pids(desk, step=4 * times, act=lambda run, s=supervisor: s.stop())  # type: ignore[misc]
        supervisor.work_off()
        stopped = desk.run(run)
        assert (stopped.state, stopped.attempts) == ("queued", 0)
        assert "interrupted, since the worker was closed" in stopped.message
    desk.supervisor().work_off()
    assert (desk.run(run).state, desk.run(run).attempts) == ("promoted", 0)
    starts = desk.starts(run)
    assert len(starts) == 5
    assert starts == sorted(starts)
    assert starts[1] >= 3


def test_a_trainer_without_a_sign_of_life_is_ended(desk: TrainingDesk) -> None:
    run = desk.queue(silent=True)
    desk.supervisor(patience=replace(HASTY, stalled=0.5)).work_off()
    assert desk.run(run).state == "failed"
    assert "no sign of life" in desk.run(run).message


def test_a_run_whose_process_is_gone_is_taken_up_by_the_next_supervisor(desk: TrainingDesk) -> None:
    run = desk.queue(steps=3)
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    desk.store.runs.claim(run.id, gone.pid)
    desk.supervisor().work_off()
    assert (desk.run(run).state, desk.run(run).attempts) == ("promoted", 1)


def test_a_run_that_was_to_be_cancelled_when_everything_was_killed_is_cancelled(desk: TrainingDesk) -> None:
    run = desk.queue()
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    desk.store.runs.claim(run.id, gone.pid)
    desk.store.runs.request_cancel(run.id, "Ann")
    desk.supervisor().work_off()
    assert desk.run(run).state == "cancelled"


def test_a_trainer_that_somebody_started_by_hand_is_left_alone(desk: TrainingDesk) -> None:
    run = desk.queue()
    desk.store.runs.claim(run.id, os.getpid())
    supervisor = desk.supervisor()
    assert supervisor.is_alive(desk.run(run))
    assert supervisor.recover() == []
    supervisor.work_off()
    assert desk.run(run).state == "running"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system reaps orphans")
def test_a_zombie_is_not_alive(desk: TrainingDesk) -> None:
    zombie = subprocess.Popen([sys.executable, "-c", ""])
    eventually(lambda: is_dead(zombie.pid))
    run = desk.store.runs.claim(desk.queue().id, zombie.pid)
    assert not desk.supervisor().is_alive(run)
    zombie.wait()


def test_two_supervisors_take_turns(desk: TrainingDesk) -> None:
    first, second = desk.supervisor(), desk.supervisor()
    with first.turn(wait=False):
        with pytest.raises(Busy, match="only one may be"), second.turn(wait=False):
            pass
        thread = threading.Thread(target=second.work_off)
        run = desk.queue()
        thread.start()
        assert desk.run(run).state == "queued"
    thread.join()
    assert desk.run(run).state == "promoted"


def test_a_disk_that_is_full_marks_the_run_and_the_next_attempt_goes_on(
    desk: TrainingDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = desk.queue(steps=2, fill=3_000_000)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    # A limit on the size of files stands in for the end of the disk: writing fails with an OSError likewise. Processes
    # started from here inherit it; the signal that would kill them at once is ignored by Python.
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, limits[1]))
    try:
        desk.supervisor().work_off()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert desk.run(run).state == "failed"
    assert "The disk was full while it trained; free some space." in desk.run(run).message
    again = desk.queue(steps=2, fill=3_000_000)
    desk.supervisor().work_off()
    assert desk.run(again).state == "promoted"


def test_a_run_that_cannot_be_marked_now_is_marked_when_there_is_room_again(
    desk: TrainingDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = desk.queue(steps=2, die={"0": 2})
    refusals = iter([True, True, False])
    recover = desk.store.runs.recover

    def recover_unless_full(*arguments: object, **options: object) -> list[TrainingRun]:
        if next(refusals, False):
            raise StoreUnavailable("Not saved: there is no room left.", "full")
        return recover(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(desk.store.runs, "recover", recover_unless_full)
    desk.supervisor().work_off()
    assert (desk.run(run).state, desk.run(run).attempts) == ("promoted", 1)


def test_a_store_that_cannot_be_read_for_a_moment_does_not_disturb_the_run(
    desk: TrainingDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = desk.queue(steps=20, seconds=0.02)
    looks = 0

    def watch(run: TrainingRun) -> None:
        nonlocal looks
        looks += 1
        if looks % 2:
            raise StoreUnavailable("Not saved: another program keeps the file locked.", "locked")

    desk.supervisor(watch=watch).work_off()
    assert (desk.run(run).state, desk.run(run).attempts) == ("promoted", 0)


def test_a_grandchild_does_not_survive_a_deaf_trainer(desk: TrainingDesk, tmp_path: Path) -> None:
    pid_file = tmp_path / "grandchild"
    program = tmp_path / "parent.py"
    program.write_text(
        "import os, signal, subprocess, sys, time\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        "from biobert_demo.store import Store\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"with Store.open({str(desk.home)!r}, backups=False) as store:\n"
        "    store.runs.claim(int(sys.argv[3]), os.getpid())\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"open({str(pid_file)!r}, 'w').write(str(child.pid))\n"
        "time.sleep(600)\n"
    )
    desk.settings = replace(desk.settings, trainer=(sys.executable, str(program)))
    run = desk.queue()

    def cancel_once_there(run: TrainingRun) -> None:
        if pid_file.exists() and pid_file.read_text():
            desk.store.runs.request_cancel(run.id, "Ann")

    desk.supervisor(watch=cancel_once_there).work_off()
    assert desk.run(run).state == "cancelled"
    eventually(lambda: is_dead(int(pid_file.read_text())))


def test_the_real_trainer_is_asked_for_where_no_other_is_named(desk: TrainingDesk, tmp_path: Path) -> None:
    command = trainer_command(replace(desk.settings, trainer=()), 7)
    assert command == [sys.executable, "-P", "-m", "trainer", "learn", "--run", "7"]
    environment = trainer_environment(desk.settings)
    listed = subprocess.run(
        [*command[:-3], "--help"], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert listed.returncode == 0
    assert "usage: python -m trainer" in listed.stdout


def test_a_trainer_leaves_a_processor_to_others(desk: TrainingDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(4)), raising=False)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert training_threads() == 3
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    assert training_threads() == 2
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0}, raising=False)
    assert training_threads() == 1
    assert trainer_environment(desk.settings)["OMP_NUM_THREADS"] == "1"


@pytest.mark.parametrize(
    ("exit_code", "log", "expected"),
    [
        (-signal.SIGKILL, "step 3\n", "killed from outside, as happens where memory runs out"),
        (1, "Traceback\nMemoryError\n", "as happens where memory runs out"),
        (1, "RuntimeError: [enforce fail at alloc_cpu.cpp] can't allocate memory: you tried", "memory runs out"),
        (1, "OSError: [Errno 28] No space left on device: '/x'\n", "The disk was full"),
        (-signal.SIGSEGV, "", "ended by the signal SIGSEGV"),
        (2, "first\ntrainer: The folder is gone.\n\n", "ended with: The folder is gone."),
        (5, " \n", "exit code 5 and without a word"),
    ],
)
def test_each_end_has_its_sentence(exit_code: int, log: str, expected: str) -> None:
    assert expected in explain_end(exit_code, log)


def test_a_full_disk_is_told_though_there_was_no_room_for_a_log() -> None:
    assert "The disk was full" in explain_end(1, "", free=0)


def test_the_store_stays_usable_while_a_run_goes_on(desk: TrainingDesk) -> None:
    run = desk.queue(steps=30, seconds=0.01)
    thread = threading.Thread(target=desk.supervisor().work_off)
    thread.start()
    with Store.open(desk.home, backups=False) as store:
        projects = 0
        while not store.runs.get(run.id).is_ended:
            store.projects.create(f"Trial {projects}")
            projects += 1
    thread.join()
    assert desk.run(run).state == "promoted"
    assert len(desk.store.projects.list()) >= projects > 0
