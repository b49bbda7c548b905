"""A running training run enters; signs of life leave for the store, and word comes back whether to go on."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from biobert_demo.errors import BiobertDemoError
from trainer.run import say

if TYPE_CHECKING:
    from biobert_demo.store import Store, TrainingRun
    from biobert_demo.store.runs import Phase
    from trainer.fine_tuning import Progress, Watch

BEAT_SECONDS = 1.0

_Item = TypeVar("_Item")


class Cancelled(BiobertDemoError):
    """The run shall stop; `is_final` where somebody cancelled it, rather than its process being asked to end."""

    def __init__(self, message: str, is_final: bool) -> None:
        super().__init__(message)
        self.is_final = is_final


class Pulse:
    """Tells the store how far the run is, and raises Cancelled where the run shall stop."""

    def __init__(self, store: Store, run: TrainingRun, clock: Callable[[], float] = time.monotonic) -> None:
        self._store, self._run, self._clock = store, run, clock
        self._parent = os.getppid()
        self._is_stopped = False
        self._last = float("-inf")
        self._phase: Phase = "waiting"

    def stop(self, *_: object) -> None:
        """As a signal handler: the run stops at its next beat."""
        self._is_stopped = True

    def enter(self, phase: Phase, sentence: str = "") -> None:
        """Begin a phase; the sentence is shown with the run."""
        self._phase, self._last = phase, float("-inf")
        if sentence:
            say(sentence)
            self._store.runs.note(self._run.id, sentence)
        self.beat()

    def beat(
        self,
        step: int = 0,
        steps: int = 0,
        seconds_left: float | None = None,
        loss: float | None = None,
        dev_f1: float | None = None,
    ) -> None:
        """Tell how far the phase is, at most once a second."""
        if self._is_stopped or os.getppid() != self._parent:
            is_cancelled = self._store.runs.get(self._run.id).is_cancel_requested
            raise Cancelled("The training process was asked to stop.", is_cancelled)
        now = self._clock()
        if now - self._last < BEAT_SECONDS:
            return
        self._last = now
        goes_on = self._store.runs.beat(
            self._run.id, phase=self._phase, step=step, steps=steps, seconds_left=seconds_left, loss=loss,
            dev_f1=dev_f1, pid=os.getpid(),
        )  # fmt: skip
        if not goes_on:
            raise Cancelled("The run was cancelled.", True)

    def through(self, items: Iterable[_Item], count: int) -> Iterator[_Item]:
        """The same items, with a beat for each."""
        started = self._clock()
        for number, item in enumerate(items, 1):
            yield item
            self.beat(number, count, (self._clock() - started) / number * (count - number))

    def watch(self, metrics: Path, curve_set: str, *, is_shown: bool) -> Watch:
        """What the fine-tuning calls after each step. Where `is_shown`, what it measured goes into the store too."""
        sent = len(self._store.runs.metrics(self._run.id)) if is_shown else 0
        first: tuple[float, int] | None = None
        loss: float | None = None

        def watch(progress: Progress, latest: float | None) -> None:
            nonlocal sent, first, loss
            now = self._clock()
            first = first or (now, progress.pieces)
            loss = loss if latest is None else latest
            done, left = progress.pieces - first[1], progress.total - progress.pieces
            seconds = (now - first[0]) / done * left if done else None
            if is_shown and latest is not None:
                sent = self._send(metrics, sent, curve_set)
            self.beat(progress.pieces, progress.total, seconds, loss, progress.scores.get(curve_set))

        return watch

    def _send(self, metrics: Path, sent: int, curve_set: str) -> int:
        """Lines of the metrics file that the store has not got yet; returns how many lines it has then."""
        lines = metrics.read_text(encoding="utf-8").splitlines()
        rows = []
        for line in lines[sent:]:
            row = json.loads(line)
            if (score := row.pop(f"dev_{curve_set}", None)) is not None:
                row["dev_f1"] = score
            rows.append({name: value for name, value in row.items() if not name.startswith("dev_") or name == "dev_f1"})
        if rows:
            self._store.runs.add_metrics(self._run.id, rows)
        return max(sent, len(lines))
