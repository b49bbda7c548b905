"""A queued training run enters; an ended one leaves: its trainer is started, watched, stopped, and started again.

The trainer is a process of its own. Whatever becomes of it, of the process that watches it or of the disk, the run is
marked in the store with a sentence, and goes on from its checkpoint: a later supervisor finds it where this one ended.
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Literal

from biobert_demo.errors import BiobertDemoError
from biobert_demo.leash import is_held, leash, python
from biobert_demo.settings import Settings
from biobert_demo.store import Store, StoreUnavailable
from biobert_demo.store.runs import MOST_ATTEMPTS, RunRefused, TrainingRun

Why = Literal["ended", "cancelled", "stopped", "stalled"]

_LOG = logging.getLogger(__name__)
_PACKAGES = Path(__file__).resolve().parents[1]
_FRESH_SECONDS = 60.0
_LOG_TAIL = 4_000
_LITTLE_ROOM = 200_000
_NO_ROOM = ("No space left on device", "no room left", "disk is full", "File too large")
_NO_MEMORY = ("MemoryError", "allocate memory", "out of memory")


class Busy(BiobertDemoError):
    """Another process is training in the same folder."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: between two looks at a trainer, from asking it to stop to killing it, without any sign of life before
    it counts as hung, and of rest before the first and the second further attempt."""

    look: float = 0.5
    grace: float = 5.0
    stalled: float = 1_800.0
    pauses: tuple[float, ...] = (5.0, 30.0)


DEFAULT_PATIENCE = Patience()


class Supervisor:
    """Does queued runs, one at a time for all processes that share a folder. `watch` sees the run at every look."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        patience: Patience | None = None,
        watch: Callable[[TrainingRun], None] = lambda run: None,
    ) -> None:
        self._store = store
        self._settings = settings
        self._patience = patience or DEFAULT_PATIENCE
        self._watch = watch
        self._working = threading.Lock()
        self._stop = threading.Event()
        self._is_last = False

    def work_off(self) -> None:
        """Do all queued runs, oldest first; returns at once where another thread of this process is at it."""
        # Looked at again after the lock was given back: whoever came in vain meanwhile had queued something.
        while not self._is_ending and self._has_work():
            if not self._working.acquire(blocking=False):
                return
            try:
                with self.turn(wait=True):
                    self._work()
            except Busy:
                return
            finally:
                self._working.release()

    @contextmanager
    def turn(self, *, wait: bool) -> Iterator[None]:
        """Be the only process that may start trainers; raises Busy where another one is and this one shall not wait."""
        from filelock import FileLock, Timeout

        lock = FileLock(self._settings.home / "training.lock")
        while True:
            try:
                # Those who only look hold it for a moment too.
                lock.acquire(timeout=self._patience.look, poll_interval=0.05)
                break
            except Timeout as error:
                if not wait or self._is_ending:
                    raise Busy(self._busy_sentence()) from error
        try:
            yield
        finally:
            lock.release()

    def train(self, run_id: int) -> TrainingRun:
        """Do one run until it has ended, was cancelled, or this supervisor is stopped. Only in one's `turn`."""
        while True:
            why, exit_code = self._attempt(run_id)
            # Said now, for it may take a while until it can be written down.
            reason = self._explain(run_id, why, exit_code)
            run = self._insist(partial(self._settle, run_id, why, reason))
            if run is None:
                return self._store.runs.get(run_id)
            if run.state != "queued" or self._is_ending:
                return run
            pauses = self._patience.pauses
            if run.attempts and self._stop.wait(pauses[min(run.attempts, len(pauses)) - 1]):
                return run
            run = self._store.runs.get(run_id)
            if run.state != "queued":
                return run

    def recover(self) -> list[TrainingRun]:
        """Mark runs whose trainer is gone; they are queued again, given up, or cancelled where that was asked for."""
        running = self._store.runs.running()
        if running is None or self.is_alive(running):
            return []
        return self._take_back(running, "The computer, the worker or the training process stopped while it ran.")

    def is_alive(self, run: TrainingRun) -> bool:
        """Whether the process of a running run is there."""
        if is_held(self._lock_of(run.id)):
            return True
        # A trainer that somebody started by hand holds no file; its process id tells something while it beats.
        return _has_process(run.pid) and _seconds_since(run.heartbeat) < _FRESH_SECONDS

    def stop(self) -> None:
        """End the trainer within seconds; its run is queued again, to go on from its checkpoint."""
        self._stop.set()

    def stop_after_this(self) -> None:
        """Let the run under way come to its end, and begin no other."""
        self._is_last = True

    def wait(self, seconds: float) -> bool:
        """Whether this process has come to rest, within some seconds."""
        if not self._working.acquire(timeout=seconds):
            return False
        self._working.release()
        return True

    @property
    def _is_ending(self) -> bool:
        return self._is_last or self._stop.is_set()

    def _has_work(self) -> bool:
        running = self._store.runs.running()
        return self._store.runs.queued() is not None or (running is not None and not self.is_alive(running))

    def _work(self) -> None:
        while not self._is_ending:
            self.recover()
            run = self._store.runs.queued()
            if run is None:
                return
            if self._store.runs.running() is None:
                self.train(run.id)
            elif self._stop.wait(self._patience.look):
                return

    def _attempt(self, run_id: int) -> tuple[Why, int]:
        """Start the trainer and see it out; the exit code is that of the process, negative for a signal."""
        folder = self._folder_of(run_id)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with (folder / "log.txt").open("ab") as log:
                process = subprocess.Popen(
                    leash(trainer_command(self._settings, run_id), self._lock_of(run_id)),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env=trainer_environment(self._settings),
                    # A group of its own, or Ctrl-C in the terminal would reach it before anybody decided what it means;
                    # not a session of its own, since Linux weighs the priorities of processes within a session only.
                    process_group=0,
                )
        except OSError as error:
            _LOG.warning("The trainer of run %s could not be started: %s", run_id, error)
            return "ended", error.errno or 1
        _LOG.info("Run %s: trainer started as process %s.", run_id, process.pid)
        try:
            why = self._see_out(process, run_id)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        _LOG.info("Run %s: trainer %s, exit code %s.", run_id, why, process.returncode)
        return why, process.returncode

    def _see_out(self, process: subprocess.Popen[bytes], run_id: int) -> Why:
        why: Why = "ended"
        beat: str | None = None
        # Monotonic: a laptop that sleeps, or a clock that is set, must not make a healthy trainer look hung.
        beaten = time.monotonic()
        asked = 0.0
        while True:
            try:
                process.wait(timeout=self._patience.look)
                return why
            except subprocess.TimeoutExpired:
                now = time.monotonic()
            run = self._look(run_id)
            if run is not None and run.heartbeat != beat:
                beat, beaten = run.heartbeat, now
            if why == "ended":
                if run is not None and run.is_cancel_requested:
                    why = "cancelled"
                elif self._stop.is_set():
                    why = "stopped"
                elif now - beaten > self._patience.stalled:
                    why = "stalled"
                if why != "ended":
                    process.terminate()
                    asked = now
            elif now - asked > self._patience.grace and process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)

    def _look(self, run_id: int) -> TrainingRun | None:
        """The run as it is, shown to whoever watches; None while the store cannot be read."""
        try:
            run = self._store.runs.get(run_id)
            self._watch(run)
        except StoreUnavailable as error:
            _LOG.warning("Run %s cannot be looked at just now: %s", run_id, error)
            return None
        return run

    def _explain(self, run_id: int, why: Why, exit_code: int) -> str:
        if why == "stopped":
            return "It was interrupted, since the worker was closed."
        if why == "stalled":
            minutes = f"{self._patience.stalled / 60:.0f} minutes"
            return f"The training process gave no sign of life for {minutes} and was ended."
        free = shutil.disk_usage(self._settings.home).free
        return explain_end(exit_code, _read_tail(self._folder_of(run_id) / "log.txt"), free)

    def _settle(self, run_id: int, why: Why, reason: str) -> TrainingRun:
        """Mark a run whose trainer has ended, unless the trainer did so itself."""
        run = self._store.runs.get(run_id)
        if run.is_ended:
            return run
        if run.is_cancel_requested:
            return self._store.runs.finish(run_id, "cancelled", "Cancelled.")
        if run.state == "queued":
            if why == "stopped" or self._store.runs.running() is not None:
                return run
            # It died before it could claim the run; claimed here, it counts as an attempt like any other.
            self._store.runs.claim(run_id, os.getpid())
        elif self.is_alive(run):
            # Somebody has started the same run by hand.
            return run
        self._take_back(self._store.runs.get(run_id), reason, is_failure=why != "stopped")
        return self._store.runs.get(run_id)

    def _take_back(self, run: TrainingRun, why: str, is_failure: bool = True) -> list[TrainingRun]:
        """Queue a running run again, or end it, with the reason."""
        taken = self._store.runs.recover(lambda one: one.id != run.id, is_failure=is_failure)
        for one in taken:
            if one.state == "queued":
                what = f"It goes on from its checkpoint (attempt {one.attempts + 1} of {MOST_ATTEMPTS})."
            elif one.attempts >= MOST_ATTEMPTS:
                log = self._folder_of(one.id) / "log.txt"
                what = f"It was given up after {MOST_ATTEMPTS} attempts; the model in use is unchanged. See {log}."
            else:
                what = one.message
            self._store.runs.note(one.id, f"{why} {what}")
            _LOG.warning("Run %s: %s %s", one.id, why, what)
        return [self._store.runs.get(one.id) for one in taken]

    def _insist(self, action: Callable[[], TrainingRun]) -> TrainingRun | None:
        """The result of writing into the store, tried until it works; None where this supervisor is stopped before."""
        pause = self._patience.look
        while True:
            try:
                return action()
            except StoreUnavailable as error:
                if error.reason not in ("locked", "full", "read-only", "unreachable"):
                    raise
                _LOG.warning("How a run ended cannot be written down just now: %s", error)
            except RunRefused as error:
                _LOG.warning("%s", error)
            if self._stop.wait(pause):
                return None
            pause = min(30.0, 2 * pause)

    def _folder_of(self, run_id: int) -> Path:
        return self._settings.home / "runs" / str(run_id)

    def _lock_of(self, run_id: int) -> Path:
        return self._folder_of(run_id) / "process.lock"

    def _busy_sentence(self) -> str:
        running = self._store.runs.running()
        what = "Another training run is about to start" if running is None else f"Run {running.id} is under way"
        return f"{what}, and only one may be; wait for it (--wait), or cancel it (biobert-demo finetune --cancel)."


def trainer_command(settings: Settings, run_id: int) -> list[str]:
    """The command line that does a run."""
    return [*(settings.trainer or (*python(), "-m", "trainer")), "learn", "--run", str(run_id)]


def trainer_environment(settings: Settings) -> dict[str, str]:
    """The environment of a trainer: the same data, and a core's worth of air for whoever reads meanwhile."""
    threads = str(training_threads())
    path = os.pathsep.join(filter(None, [str(_PACKAGES), os.environ.get("PYTHONPATH")]))
    return {
        **os.environ,
        "BIOBERT_DEMO_HOME": str(settings.home.absolute()),
        "PYTHONPATH": path,
        "OMP_NUM_THREADS": threads,
        "RAYON_NUM_THREADS": threads,
        "PYTHONUNBUFFERED": "1",
    }


def training_threads() -> int:
    """How many threads a trainer gets: one fewer than there are processors for us, and what OMP_NUM_THREADS allows."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    allowed = os.environ.get("OMP_NUM_THREADS", "")
    return max(1, min(cores - 1, int(allowed) if allowed.isdigit() else cores))


def explain_end(exit_code: int, log: str, free: int = _LITTLE_ROOM) -> str:
    """The sentence for a trainer that ended without ending its run; `log` is the end of what it wrote.

    `free` is how many bytes the disk has left: where it has none, there is no room for a log either.
    """
    if free < _LITTLE_ROOM or any(words in log for words in _NO_ROOM):
        return "The disk was full while it trained; free some space."
    if exit_code == -signal.SIGKILL or any(words in log for words in _NO_MEMORY):
        return "The training process was killed from outside, as happens where memory runs out; close other programs."
    lines = [line for line in log.split("\n") if line.strip()]
    if exit_code < 0:
        return f"The training process was ended by the signal {signal.Signals(-exit_code).name}."
    if lines:
        return f"The training process ended with: {lines[-1].strip()[:300].removeprefix('trainer: ').rstrip('.')}."
    return f"The training process ended with exit code {exit_code} and without a word."


def _read_tail(path: Path) -> str:
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _LOG_TAIL))
            return file.read().decode("utf-8", "replace")
    except OSError:
        # The run is marked all the same.
        return ""


def _has_process(pid: int | None) -> bool:
    if pid is None:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    """Whether a process is dead and only keeps its id: so do orphans in a container without an init to reap them."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        # Gone just now, which the next look shows, or a system without such files.
        return False
    return status.rpartition(")")[2].split()[0] == "Z"


def _seconds_since(moment: str | None) -> float:
    if moment is None:
        return float("inf")
    return abs((datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds())
