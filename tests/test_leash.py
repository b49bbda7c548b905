"""Commands enter; that they run at low priority, hold their file, and end with whoever started them is checked."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from training_desk import ROOT, eventually, is_dead

from biobert_demo.leash import EXIT_ORPHAN, is_held, leash

TELL = "import os, signal; print(os.getpid(), os.nice(0), flush=True); signal.pause()"


def start(command: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)})


def test_the_command_takes_the_place_of_the_process_at_low_priority_and_holds_its_file(tmp_path: Path) -> None:
    lock = tmp_path / "process.lock"
    assert not is_held(lock)
    with start(leash([sys.executable, "-c", TELL], lock, nice=3)) as process:
        assert process.stdout is not None
        pid, nice = map(int, process.stdout.readline().split())
        assert (pid, nice) == (process.pid, os.nice(0) + 3)
        assert is_held(lock)
        process.kill()
        process.wait()
    assert not is_held(lock)
    assert lock.exists()


def test_the_exit_code_and_the_arguments_are_those_of_the_command() -> None:
    command = [sys.executable, "-c", "import sys; print(sys.argv[1:]); sys.exit(7)", "--", "--parent", "two words"]
    with start(leash(command)) as process:
        assert process.communicate()[0] == "['--', '--parent', 'two words']\n"
        assert process.returncode == 7


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a trainer has to look for its parent itself")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_it_is_killed_when_the_process_that_started_it_is(number: int, tmp_path: Path) -> None:
    lock = tmp_path / "process.lock"
    program = (
        "import subprocess, sys; from biobert_demo.leash import leash; from pathlib import Path\n"
        f"subprocess.run(leash([sys.executable, '-c', {TELL!r}], Path({str(lock)!r})))"
    )
    with start([sys.executable, "-c", program]) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline().split()[0])
        parent.send_signal(number)
        parent.wait()
    eventually(lambda: is_dead(pid))
    eventually(lambda: not is_held(lock))


def test_it_does_not_begin_where_the_parent_is_gone_already() -> None:
    with start(leash([sys.executable, "-c", "print('begun')"], parent=os.getppid() + 1)) as process:
        assert process.communicate()[0] == ""
        assert process.returncode == EXIT_ORPHAN
