"""What shall be learned enters; training runs leave, each with its progress and its end."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from biobert_demo.errors import BadInput, BiobertDemoError
from biobert_demo.store.database import Database
from biobert_demo.store.projects import load_project
from biobert_demo.store.rows import to_json
from biobert_demo.store.run_records import (
    Outcome,
    Receipt,
    RunExample,
    SpanChange,
    count_outcomes,
    insert_metrics,
    load_changes,
    load_examples,
    load_metrics,
    load_receipts,
    replace_changes,
    replace_examples,
)

Task = Literal["ner", "qa"]
Trigger = Literal["hand", "count", "nightly", "command"]
RunState = Literal["queued", "running", "promoted", "refused", "failed", "cancelled"]
Phase = Literal["", "waiting", "reading", "training", "checking", "comparing", "deciding", "saving"]

TASKS: tuple[Task, ...] = ("ner", "qa")
TRIGGERS: tuple[Trigger, ...] = ("hand", "count", "nightly", "command")
ENDED: tuple[RunState, ...] = ("promoted", "refused", "failed", "cancelled")
DECIDED: tuple[RunState, ...] = ("promoted", "refused")
"""How a run ends that came to a decision of the gate."""

MOST_ATTEMPTS = 3
"""A run whose process has died this often is given up."""

_COLUMNS = (
    "id, task, project_id, trigger, author, state, created, started, finished, heartbeat, pid, phase, step, steps, "
    "seconds_left, loss, dev_f1, message, settings, attempts, is_cancel_requested, model_id"
)


class RunRefused(BiobertDemoError):
    """A run that cannot be started as things stand; the message says why."""


@dataclass(frozen=True, slots=True)
class TrainingRun:
    """One execution of fine-tuning; `project_id` None means all projects. Times are ISO 8601 in UTC.

    `started` is the first start, which a run that was interrupted keeps; `attempts` counts the interruptions.
    """

    id: int
    task: Task
    project_id: int | None
    trigger: Trigger
    author: str
    state: RunState
    created: str
    started: str | None = None
    finished: str | None = None
    heartbeat: str | None = None
    pid: int | None = None
    phase: Phase = ""
    step: int = 0
    steps: int = 0
    seconds_left: float | None = None
    loss: float | None = None
    dev_f1: float | None = None
    message: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    attempts: int = 0
    is_cancel_requested: bool = False
    model_id: int | None = None

    @property
    def is_ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in ENDED


class Runs:
    """`store.runs`. One run at most is running, and one at most of each task is queued, whoever asks at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def queue(
        self,
        task: Task,
        *,
        trigger: Trigger,
        author: str,
        project_id: int | None = None,
        settings: Mapping[str, Any] | None = None,
    ) -> TrainingRun:
        """A new queued run; where one of the task is queued already, that one, as it is, leaves again.

        Raises BadInput for an unknown task, trigger or project, and for settings that are no JSON.
        """
        check_task(task)
        if trigger not in TRIGGERS:
            raise BadInput(f"A run is started by one of {', '.join(TRIGGERS)}, not by {trigger!r}.")
        try:
            values = to_json(dict(settings or {}))
        except (TypeError, ValueError) as error:
            raise BadInput(f"The settings of a run must be JSON, but they are not ({error}).") from error
        with self._database.write() as connection:
            if queued := _find(connection, "state = 'queued' AND task = ?", task):
                return queued
            if project_id is not None:
                load_project(connection, project_id)
            cursor = connection.execute(
                "INSERT INTO training_runs (task, project_id, trigger, author, state, created, settings) "
                "VALUES (?, ?, ?, ?, 'queued', ?, ?)",
                (task, project_id, trigger, author, self._database.now(), values),
            )
            return _load(connection, int(cursor.lastrowid or 0))

    def claim(self, id: int, pid: int) -> TrainingRun:
        """Start a queued run in the process `pid`; raises RunRefused where it is not queued or another one is running."""
        with self._database.write() as connection:
            run = _load(connection, id)
            if run.state != "queued":
                raise RunRefused(f"Run {id} is {run.state}, not queued, so it cannot be started; queue a new one.")
            if other := _find(connection, "state = 'running'"):
                raise RunRefused(
                    f"Run {other.id} ({other.task}) is running in process {other.pid}, and only one may at a time; wait "
                    "for it, or cancel it."
                )
            now = self._database.now()
            connection.execute(
                "UPDATE training_runs SET state = 'running', pid = ?, started = coalesce(started, ?), heartbeat = ?, "
                "phase = 'waiting', step = 0, steps = 0, seconds_left = NULL, message = '' WHERE id = ?",
                (pid, now, now, id),
            )
            return _load(connection, id)

    def get(self, id: int) -> TrainingRun:
        """The run with an id; raises BadInput where there is none."""
        with self._database.read() as connection:
            return _load(connection, id)

    def running(self) -> TrainingRun | None:
        """The run that is running."""
        with self._database.read() as connection:
            return _find(connection, "state = 'running'")

    def queued(self, task: Task | None = None) -> TrainingRun | None:
        """The run that has been queued longest, of a task if given."""
        with self._database.read() as connection:
            return _find(connection, "state = 'queued' AND task = coalesce(?, task) ORDER BY id", task)

    def last(self, task: Task, states: Iterable[RunState] = DECIDED) -> TrainingRun | None:
        """The run of a task that ended last in one of these states; by default of those that came to a decision."""
        condition = "task = ? AND state IN (SELECT value FROM json_each(?)) ORDER BY finished DESC, id DESC"
        with self._database.read() as connection:
            return _find(connection, condition, task, to_json(list(states)))

    def beat(
        self,
        id: int,
        *,
        phase: Phase,
        step: int = 0,
        steps: int = 0,
        seconds_left: float | None = None,
        loss: float | None = None,
        dev_f1: float | None = None,
        pid: int | None = None,
    ) -> bool:
        """Tell how far a run is. False: stop, since cancelling was asked for or it is no longer running.

        With `pid`, a run that another process has taken over is no longer running for this one. A loss or score that
        is not given stays what it was.
        """
        with self._database.write() as connection:
            run = _load(connection, id)
            if run.state != "running" or (pid is not None and pid != run.pid):
                return False
            connection.execute(
                "UPDATE training_runs SET heartbeat = ?, phase = ?, step = ?, steps = ?, seconds_left = ?, "
                "loss = coalesce(?, loss), dev_f1 = coalesce(?, dev_f1) WHERE id = ?",
                (self._database.now(), phase, step, steps, seconds_left, loss, dev_f1, id),
            )
            return not run.is_cancel_requested

    def note(self, id: int, message: str) -> None:
        """Replace the sentence that is shown with a run."""
        with self._database.write() as connection:
            _load(connection, id)
            connection.execute("UPDATE training_runs SET message = ? WHERE id = ?", (message, id))

    def request_cancel(self, id: int, author: str) -> TrainingRun:
        """End a queued run at once, and have a running one stop at its next beat; one that has ended stays as it is."""
        with self._database.write() as connection:
            state = _load(connection, id).state
            if state in ("queued", "running"):
                connection.execute(
                    "UPDATE training_runs SET is_cancel_requested = 1, cancelled_by = coalesce(cancelled_by, ?) "
                    "WHERE id = ?",
                    (author, id),
                )
            if state == "queued":
                self._end(connection, id, "cancelled", f"Cancelled by {author} before it was started.")
            return _load(connection, id)

    def finish(self, id: int, state: RunState, message: str = "", model_id: int | None = None) -> TrainingRun:
        """End a run. The first end counts: one that has ended leaves as it is. Without a message the last one stays."""
        if state not in ENDED:
            raise BadInput(f"A run ends as {', '.join(ENDED)}, not as {state!r}.")
        with self._database.write() as connection:
            if not _load(connection, id).is_ended:
                self._end(connection, id, state, message, model_id)
            return _load(connection, id)

    def recover(self, is_alive: Callable[[TrainingRun], bool], *, is_failure: bool = True) -> list[TrainingRun]:
        """Runs whose process is gone, dealt with: queued again with one more attempt, to go on from their checkpoint.

        One that was to be cancelled is cancelled. One that died three times fails, and so does one beside a queued run
        of its task, which reads the newest corrections anyway. Without `is_failure`, as where the app was closed in good
        order, it does not count as an attempt.
        """
        run = self.running()
        if run is None or is_alive(run):
            return []
        with self._database.write() as connection:
            # It may have ended, or been recovered and started by another process, since it was looked at.
            now = _load(connection, run.id)
            if (now.state, now.pid, now.attempts) != (run.state, run.pid, run.attempts):
                return []
            attempts = now.attempts + is_failure
            connection.execute("UPDATE training_runs SET attempts = ? WHERE id = ?", (attempts, run.id))
            queued = _find(connection, "state = 'queued' AND task = ?", run.task)
            if now.is_cancel_requested:
                self._end(connection, run.id, "cancelled", "Cancelled; its process ended without a word.")
            elif attempts >= MOST_ATTEMPTS:
                self._end(
                    connection,
                    run.id,
                    "failed",
                    f"Its process ended {MOST_ATTEMPTS} times before it was done, the last time in the phase "
                    f"{now.phase!r}; look into runs/{run.id} for what was logged, and queue a new run.",
                )
            elif queued is not None:
                self._end(
                    connection,
                    run.id,
                    "failed",
                    f"Its process ended before it was done; run {queued.id}, which was queued meanwhile, learns from the "
                    "newest corrections instead.",
                )
            else:
                connection.execute(
                    "UPDATE training_runs SET state = 'queued', pid = NULL, seconds_left = NULL, message = ? WHERE id = ?",
                    ("Its process ended before it was done; it goes on from its last checkpoint.", run.id),
                )
            return [_load(connection, run.id)]

    def add_metrics(self, id: int, rows: Iterable[Mapping[str, Any]]) -> None:
        """Append what was measured: each row names its `step`, and `pieces`, `loss`, `learning_rate`, `dev_f1` ..."""
        with self._database.write() as connection:
            insert_metrics(connection, id, rows, self._database.now())

    def metrics(self, id: int, after: int = 0) -> list[dict[str, Any]]:
        """What was measured, oldest first; each row has a `number`, and those above `after` leave."""
        with self._database.read() as connection:
            return load_metrics(connection, id, after)

    def keep_examples(self, id: int, rows: Iterable[RunExample]) -> None:
        """Keep which reviews a run learns from and is judged by, instead of those kept before it began anew."""
        with self._database.write() as connection:
            replace_examples(connection, id, rows)

    def examples(self, id: int) -> list[RunExample]:
        """The reviews that a run learned from and was judged by."""
        with self._database.read() as connection:
            return load_examples(connection, id)

    def keep_changes(self, id: int, rows: Iterable[SpanChange]) -> None:
        """Keep what the two models say at the places that people decided on, in this order."""
        with self._database.write() as connection:
            replace_changes(connection, id, rows)

    def changes(
        self, id: int, outcome: Outcome | None = None, offset: int = 0, limit: int = 100
    ) -> tuple[list[SpanChange], int]:
        """(a page of the places with an outcome, or of all; how many there are)."""
        with self._database.read() as connection:
            return load_changes(connection, id, outcome, offset, limit)

    def count_changes(self, id: int) -> dict[str, int]:
        """How many places there are of each outcome."""
        with self._database.read() as connection:
            return count_outcomes(connection, id)

    def receipts(self, review_id: int) -> list[Receipt]:
        """What became of a review's corrections; of models that were promoted first, newest first."""
        with self._database.read() as connection:
            return load_receipts(connection, review_id)

    def count_new(self, project_id: int | None = None, *, task: Task = "ner") -> int:
        """How many documents were completed since a run that would have read them started, and came to a decision.

        Such a run is of the document's project or of all. Spans are what "ner" learns from; of other tasks none count.
        """
        if task != "ner":
            return 0
        with self._database.read() as connection:
            (count,) = connection.execute(
                "SELECT count(DISTINCT d.id) FROM reviews r JOIN documents d ON d.id = r.document_id "
                "WHERE r.is_complete AND d.project_id = coalesce(?, d.project_id) AND NOT EXISTS ("
                "SELECT 1 FROM training_runs t WHERE t.task = ? AND t.state IN ('promoted', 'refused') "
                "AND coalesce(t.project_id, d.project_id) = d.project_id AND t.started >= r.completed)",
                (project_id, task),
            ).fetchone()
            return count

    def list(self, task: Task | None = None, limit: int = 50) -> list[TrainingRun]:
        """The newest runs, newest first, of a task if given."""
        with self._database.read() as connection:
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM training_runs WHERE task = coalesce(?, task) ORDER BY id DESC LIMIT ?",
                (task, max(0, limit)),
            )
            return [_decode(row) for row in rows]

    def _end(
        self, connection: sqlite3.Connection, id: int, state: RunState, message: str, model_id: int | None = None
    ) -> None:
        connection.execute(
            "UPDATE training_runs SET state = ?, finished = ?, pid = NULL, seconds_left = NULL, "
            "message = coalesce(nullif(?, ''), message), model_id = ? WHERE id = ?",
            (state, self._database.now(), message, model_id, id),
        )


def check_task(task: str) -> None:
    """Raise BadInput for a task that is none."""
    if task not in TASKS:
        raise BadInput(f"A task is one of {', '.join(TASKS)}, but it is {task!r}.")


def _load(connection: sqlite3.Connection, id: int) -> TrainingRun:
    run = _find(connection, "id = ?", id)
    if run is None:
        raise BadInput(f"There is no training run {id}; choose one of those that are listed.")
    return run


def _find(connection: sqlite3.Connection, condition: str, *values: Any) -> TrainingRun | None:
    row = connection.execute(f"SELECT {_COLUMNS} FROM training_runs WHERE {condition} LIMIT 1", values).fetchone()
    return None if row is None else _decode(row)


def _decode(row: tuple[Any, ...]) -> TrainingRun:
    values = dict(zip(_COLUMNS.split(", "), row, strict=True))
    values["settings"] = json.loads(values["settings"])
    values["is_cancel_requested"] = bool(values["is_cancel_requested"])
    return TrainingRun(**values)
