"""A task and a project enter; one training run in the foreground, its progress and the gate's reasons leave."""

from __future__ import annotations

import argparse
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from biobert_demo.commands.opening import opened_store, project_to_read
from biobert_demo.commands.terminal import EXIT_FAILED, EXIT_INTERRUPTED, fail, say
from biobert_demo.errors import BadInput

if TYPE_CHECKING:
    from biobert_demo.store import Store
    from biobert_demo.store.runs import TrainingRun

EXIT_REFUSED = 3
_QUIET_SECONDS = 10.0

_PHASES = {
    "": "starting",
    "waiting": "starting",
    "reading": "reading the corrections",
    "training": "learning",
    "checking": "checking on documents held out in turn",
    "comparing": "comparing with the model in use",
    "deciding": "deciding",
    "saving": "saving",
}


def register(commands: Any) -> None:
    """Add `finetune`."""
    one = commands.add_parser(
        "finetune",
        help="learn from the corrections, now and here",
        description="Exit codes: 0 the new model is in use; 3 it is not better, for the reasons printed; 1 failed; "
        "130 cancelled.",
    )
    one.add_argument("--task", choices=("ner", "qa"), default="ner", help="what to learn (default: %(default)s)")
    one.add_argument("--project", metavar="NAME", help="learn from this project alone (default: from all)")
    one.add_argument("--seed", type=int, help="another seed of what is left to chance")
    one.add_argument("--method", metavar="NAME", help="how to learn (default: auto)")
    one.add_argument("--author", default="command line", help="who asks (default: %(default)s)")
    what = one.add_mutually_exclusive_group()
    what.add_argument("--wait", action="store_true", help="where another run is under way, wait for its end")
    what.add_argument("--cancel", action="store_true", help="instead, cancel the runs that are under way or queued")
    one.set_defaults(run=finetune)


def finetune(options: argparse.Namespace) -> int:
    """`biobert-demo finetune`: the same code as the worker's, watched by a person."""
    if options.cancel:
        return _cancel(options.author)
    if options.task == "qa":
        raise BadInput("The model that answers questions cannot be fine-tuned yet; leave --task out, or give ner.")
    from biobert_demo.settings import Settings
    from biobert_demo.supervision import Busy, Supervisor

    with opened_store() as store:
        progress = _Progress(store, options.author)
        supervisor = Supervisor(store, Settings.from_environment(), watch=progress.watch)
        try:
            with supervisor.turn(wait=options.wait):
                supervisor.recover()
                if (other := store.runs.running()) is not None:
                    return fail(f"Run {other.id} is under way in process {other.pid}; wait for its end.", EXIT_FAILED)
                run = _queue(store, options)
                with _interrupts(progress.cancel):
                    run = supervisor.train(run.id)
        except Busy as error:
            return fail(str(error), EXIT_FAILED)
        return _tell_end(store, run)


def _cancel(author: str) -> int:
    with opened_store() as store:
        runs = [run for run in (store.runs.running(), store.runs.queued("ner"), store.runs.queued("qa")) if run]
        for run in runs:
            store.runs.request_cancel(run.id, author)
            say(f"Run {run.id} ({run.state}) is cancelled.")
        if not runs:
            say("No run is under way or queued.")
    return 0


def _queue(store: Store, options: argparse.Namespace) -> TrainingRun:
    project = None if options.project is None else project_to_read(store, options.project).id
    settings = {name: value for name in ("seed", "method") if (value := getattr(options, name)) is not None}
    run = store.runs.queue(
        options.task, trigger="command", author=options.author, project_id=project, settings=settings
    )
    if (run.project_id, dict(run.settings)) != (project, settings):
        raise BadInput(
            f"Run {run.id}, which {run.author} asked for, is queued with other settings; have a worker do it first "
            "(biobert-demo worker), or take it back (biobert-demo finetune --cancel)."
        )
    return run


def _tell_end(store: Store, run: TrainingRun) -> int:
    if run.state == "promoted":
        for reason in _reasons(store, run):
            print(reason)
        say(f"Run {run.id}: the new model is in use.")
        return 0
    if run.state == "refused":
        for reason in _reasons(store, run) or [run.message]:
            print(reason)
        say(f"Run {run.id}: the new model is not used, for the reasons above; the old one stays.")
        return EXIT_REFUSED
    if run.state == "cancelled":
        return fail(f"Run {run.id} was cancelled; the model in use is unchanged.", EXIT_INTERRUPTED)
    return fail(f"Run {run.id} ({run.state}): {run.message}", EXIT_FAILED)


def _reasons(store: Store, run: TrainingRun) -> list[str]:
    """The gate's sentences, those against the new model first."""
    if run.model_id is None:
        return []
    reasons = store.models.get(run.model_id).decision.get("reasons", [])
    return [one["sentence"] for one in sorted(reasons, key=lambda one: not one["is_against"])]


class _Progress:
    """Tells on standard error how far a run is: at each new phase, and now and then within one."""

    def __init__(self, store: Store, author: str) -> None:
        self._store = store
        self._author = author
        self._phase: str | None = None
        self._attempts = 0
        self._told = 0.0
        self._is_cancelling = False

    def cancel(self) -> None:
        """Cancel the run at the next look."""
        self._is_cancelling = True

    def watch(self, run: TrainingRun) -> None:
        """See the run as it is now."""
        if self._is_cancelling and not run.is_cancel_requested:
            say("Cancelling ...")
            self._store.runs.request_cancel(run.id, self._author)
        if run.attempts > self._attempts:
            self._attempts = run.attempts
            say(run.message)
        now = time.monotonic()
        if run.phase != self._phase or (run.steps and now - self._told > _QUIET_SECONDS):
            self._phase, self._told = run.phase, now
            say(f"Run {run.id}: {describe_progress(run)}")


def describe_progress(run: TrainingRun) -> str:
    """Phase, step, loss, score and time left, as far as they are known."""
    parts = [_PHASES.get(run.phase, run.phase)]
    if run.steps:
        parts.append(f"step {run.step:,} of {run.steps:,}")
    if run.loss is not None:
        parts.append(f"loss {run.loss:.3f}")
    if run.dev_f1 is not None:
        # Trainers tell shares or percent.
        parts.append(f"F1 {run.dev_f1 * 100 if run.dev_f1 <= 1 else run.dev_f1:.1f}")
    if run.seconds_left is not None:
        minutes = run.seconds_left / 60
        parts.append(f"about {max(1, round(minutes))} min left" if minutes >= 1 else "less than a minute left")
    return ", ".join(parts)


@contextmanager
def _interrupts(cancel: Callable[[], None]) -> Iterator[None]:
    """Ctrl-C, and SIGTERM, call the function instead of ending the program, which has a process to end first."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda *_: cancel()) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
