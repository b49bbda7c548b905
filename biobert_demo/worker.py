"""A data folder enters; its training runs leave: asked for by hand, due after so many documents, or at night.

One worker serves a folder. It is light: what trains is another process, which it starts, watches and ends.
"""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from huey.consumer import Consumer

from biobert_demo.errors import BiobertDemoError
from biobert_demo.settings import Settings
from biobert_demo.store import Store
from biobert_demo.store.runs import ENDED, TrainingRun
from biobert_demo.supervision import Patience, Supervisor
from biobert_demo.training_plan import is_night_due
from biobert_demo.training_queue import TrainingQueue, read_plan

LOCK_NAME = "worker.lock"
_LOOK_SECONDS = 0.2
_END_SECONDS = 20.0
_HEALTH_SECONDS = 10.0

_LOG = logging.getLogger(__name__)


def run_worker(settings: Settings, parent: int | None = None, patience: Patience | None = None) -> int:
    """Do training runs until told to stop (SIGTERM, SIGINT, SIGHUP) or, with `parent`, until that process is gone.

    A stopped worker ends its trainer and queues the run again; one whose parent is gone ends after the run under way.
    Returns 0, also where another worker serves the folder already.
    """
    from filelock import FileLock, Timeout

    settings.home.mkdir(parents=True, exist_ok=True)
    lock = FileLock(settings.home / LOCK_NAME)
    try:
        # Whoever asks whether a worker is there holds the lock for a moment.
        lock.acquire(timeout=1.0, poll_interval=0.05)
    except Timeout:
        _LOG.warning("Another worker serves %s; this one is not needed.", settings.home)
        return 0
    try:
        with Store.open(settings.home, backups=False) as store:
            _Worker(settings, store, patience).run(parent)
    finally:
        lock.release()
    return 0


class Triggers:
    """Looks, once a minute, whether a run is due: after so many new documents, or at the time of night."""

    def __init__(self, store: Store, settings: Settings, clock: Callable[[], datetime] = datetime.now) -> None:
        self._store = store
        self._settings = settings
        self._clock = clock
        self._last = clock()
        self._is_night_due = False
        self._given_up: tuple[int, int] | None = None

    def check(self) -> TrainingRun | None:
        """Queue the run that is due, if there is anything new to learn from and no other is queued or running."""
        plan = read_plan(self._store, self._settings)
        now = self._clock()
        self._is_night_due |= is_night_due(plan.nightly, self._last, now)
        self._last = now
        runs = self._store.runs
        if not (plan.after or self._is_night_due) or runs.queued("ner") or runs.running():
            return None
        is_night, self._is_night_due = self._is_night_due, False
        new = runs.count_new()
        if is_night and new:
            return runs.queue("ner", trigger="nightly", author="nightly")
        if plan.after and new - self._count_given_up(new) >= plan.after:
            return runs.queue("ner", trigger="count", author=f"after {plan.after} documents")
        return None

    def _count_given_up(self, new: int) -> int:
        """How many of the new documents a run was to learn from that failed or was cancelled: that is not tried over and
        over by itself, but when as many again have come."""
        last = self._store.runs.last("ner", ENDED)
        if last is None or last.state not in ("failed", "cancelled"):
            return 0
        if self._given_up is None or self._given_up[0] != last.id:
            self._given_up = (last.id, new)
        return self._given_up[1]


class _Consumer(Consumer):
    """Leaves signals to the worker: to huey SIGINT means to wait for the end of a run, SIGHUP to start itself again."""

    def _set_signal_handlers(self) -> None:
        pass


class _Worker:
    """Huey's consumer with two threads: one may train for an hour, the other goes on looking each minute."""

    def __init__(self, settings: Settings, store: Store, patience: Patience | None) -> None:
        self._triggers = Triggers(store, settings)
        self._supervisor = Supervisor(store, settings, patience)
        queue = TrainingQueue(settings, on_run=lambda run_id: self._work_off(), on_minute=self._look_around)
        # Redis tells at once; asked anew, it is only where it cannot be reached, and each time that is logged.
        delay = 10.0 if settings.redis else 0.5
        self._consumer = _Consumer(queue.huey, workers=2, max_delay=delay, shutdown_timeout=_END_SECONDS)
        self._signal: int | None = None
        queue.wake()

    def run(self, parent: int | None) -> None:
        for number in _stopping_signals():
            signal.signal(number, self._note_signal)
        self._consumer.start()
        _LOG.info("The worker is ready, process %s.", os.getpid())
        try:
            self._block(parent)
        finally:
            self._supervisor.stop()
            self._consumer.stop(graceful=True)

    def _block(self, parent: int | None) -> None:
        checked = time.monotonic()
        while self._signal is None:
            if parent is not None and os.getppid() != parent:
                _LOG.warning("The page is gone; the worker ends after the run under way.")
                self._supervisor.stop_after_this()
                while self._signal is None and not self._supervisor.wait(_LOOK_SECONDS):
                    pass
                return
            if time.monotonic() - checked > _HEALTH_SECONDS:
                self._consumer.check_worker_health()
                checked = time.monotonic()
            time.sleep(_LOOK_SECONDS)
        _LOG.info("The worker stops, since it was sent %s.", signal.Signals(self._signal).name)

    def _look_around(self) -> None:
        with _told():
            self._triggers.check()
        self._work_off()

    def _work_off(self) -> None:
        with _told():
            self._supervisor.work_off()

    def _note_signal(self, number: int, _frame: object) -> None:
        # Nothing else: a handler runs between any two steps of the main thread, also while that holds a lock.
        self._signal = number


@contextmanager
def _told() -> Iterator[None]:
    """What is wrong with the store or the disk goes into the log; in a minute it may be right again."""
    try:
        yield
    except (BiobertDemoError, OSError) as error:
        _LOG.warning("%s", error)


def _stopping_signals() -> list[int]:
    """What ends a worker; SIGHUP only where it was not started with nohup."""
    hangup = [signal.SIGHUP] if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN else []
    return [signal.SIGTERM, signal.SIGINT, *hangup]
