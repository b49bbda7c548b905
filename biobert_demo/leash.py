"""A command enters; the same command leaves, in this process: at low priority, and ended with whoever started it.

    python -m biobert_demo.leash --parent PID [--hold FILE] [--nice 10] -- COMMAND...

`--hold` names a file that stays locked while the command runs, however it ends: its end cannot be missed, and nothing
else that later gets its process id can be taken for it (`is_held`).
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

NICE = 10
EXIT_ORPHAN = 69
"""The parent was gone before the command began."""

_PR_SET_PDEATHSIG = 1
_OUT_OF_MEMORY_SCORE = "500"


def leash(command: Sequence[str], hold: Path | None = None, nice: int = NICE, parent: int | None = None) -> list[str]:
    """The arguments of a process that becomes `command` on a leash held by `parent`, by default this process.

    On Linux it is the thread that starts it, not only the process, that must live as long as the command.
    """
    held = [] if hold is None else ["--hold", str(hold)]
    parent = os.getpid() if parent is None else parent
    start = [*python(), "-m", "biobert_demo.leash", "--parent", str(parent), "--nice", str(nice)]
    return [*start, *held, "--", *command]


def python() -> list[str]:
    """The interpreter of this process, which does not import what happens to lie in the folder it is started in."""
    return [sys.executable, "-P"]


def is_held(path: Path) -> bool:
    """Whether a command that holds this file is running."""
    import fcntl

    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        # Shared, so that two who look at the same time do not take each other for the command.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Put on the leash, and become the command."""
    parser = argparse.ArgumentParser(prog="python -m biobert_demo.leash", allow_abbrev=False)
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--hold", type=Path)
    parser.add_argument("--nice", type=int, default=NICE)
    parser.add_argument("command", nargs="+")
    options = parser.parse_args(arguments)
    _die_with_parent()
    if os.getppid() != options.parent:
        # It died before the kernel was asked to tell.
        sys.exit(EXIT_ORPHAN)
    _step_back(options.nice)
    if options.hold is not None:
        _hold(options.hold)
    os.execvp(options.command[0], options.command)


def _die_with_parent() -> None:
    """Ask Linux to kill this process when the one that started it is gone; elsewhere the command has to look itself."""
    if sys.platform != "linux":
        return
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")


def _step_back(nice: int) -> None:
    """Let others have the processor first, and let the system end this process first where memory runs out."""
    os.nice(nice)
    score = Path("/proc/self/oom_score_adj")
    if score.exists():
        score.write_text(_OUT_OF_MEMORY_SCORE, encoding="ascii")


def _hold(path: Path) -> None:
    import fcntl

    # Never closed: the lock stays with the open file across the exec, until the process has ended.
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    os.set_inheritable(descriptor, True)


if __name__ == "__main__":
    main()
