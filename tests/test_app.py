"""The page is started as a process; that its worker comes with it, and goes with it however it ends, is checked."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from training_desk import ROOT, TrainingDesk, eventually, is_dead

from biobert_demo.training_queue import is_worker_there

PAGE = ROOT / "tests" / "journeys" / "serve_word_list.py"
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[TrainingDesk]:
    desk = TrainingDesk(tmp_path)
    yield desk
    desk.close()


@pytest.fixture
def start_page(desk: TrainingDesk) -> Iterator[Start]:
    """A function that starts the page on a free port, and returns its process when the page is there."""
    processes: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, str(PAGE), "--port", "0", *arguments, "ready"],
            stdout=subprocess.PIPE,
            text=True,
            cwd=desk.home,
            env={**os.environ, **desk.environment, "GRADIO_TEMP_DIR": str(desk.home / "uploads")},
            # As a shell does: Ctrl-C reaches the whole group of processes that it started.
            process_group=0,
        )
        processes.append(process)
        assert process.stdout is not None
        assert any(re.search(r"http://\S+", line) for line in process.stdout)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(("number", "exit_code"), [(signal.SIGINT, 0), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_the_worker_comes_and_goes_with_the_page(
    desk: TrainingDesk, start_page: Start, number: int, exit_code: int
) -> None:
    run = desk.queue(steps=10_000, seconds=0.02)
    page = start_page()
    trainer = eventually(lambda: desk.run(run).pid)
    assert is_worker_there(desk.settings)
    os.killpg(page.pid, number)
    assert page.wait(timeout=60) == exit_code
    assert not is_worker_there(desk.settings)
    assert is_dead(trainer)
    assert (desk.run(run).state, desk.run(run).attempts) == ("queued", 0)


def test_a_killed_pages_worker_ends_after_the_run_under_way_and_the_next_page_has_one(
    desk: TrainingDesk, start_page: Start
) -> None:
    run = desk.queue(steps=60, seconds=0.02)
    page = start_page()
    eventually(lambda: desk.run(run).step >= 3)
    page.kill()
    page.wait()
    eventually(lambda: not is_worker_there(desk.settings))
    assert (desk.run(run).state, desk.run(run).attempts) == ("promoted", 0)
    again = desk.queue()
    start_page()
    eventually(lambda: desk.run(again).state == "promoted")


def test_a_page_without_a_worker_starts_none(desk: TrainingDesk, start_page: Start) -> None:
    page = start_page("--no-worker")
    page.terminate()
    page.wait(timeout=60)
    assert not (desk.home / "worker.log").exists()
