"""What a run measured, learned from and changed enters; rows leave, and the receipts that follow for one review."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from biobert_demo.errors import BadInput
from biobert_demo.store.rows import to_json

Part = Literal["training", "held_out"]
Outcome = Literal["now_right", "now_wrong", "still_wrong", "still_right"]
OUTCOMES: tuple[Outcome, ...] = ("now_right", "now_wrong", "still_wrong", "still_right")

_EXAMPLE = "document_id, review_id, revision, hash, part, project_id"
_CHANGE = (
    "document_id, review_id, start_at, end_at, text, label, outcome, label_before, label_after, sentence_start, "
    "sentence_end"
)


@dataclass(frozen=True, slots=True)
class RunExample:
    """A review, as it stood at `revision`, that a run learned from or was judged by; `hash` is that of the text."""

    document_id: int
    review_id: int
    revision: int
    hash: str
    part: Part
    project_id: int


@dataclass(frozen=True, slots=True)
class SpanChange:
    """A place that a person decided on, and what the old and the new model say there.

    `label` is what the person says, `before` and `after` what each model gave ("": nothing). Offsets are code points
    of the document's text, also those of the sentence around it.
    """

    document_id: int
    review_id: int | None
    start: int
    end: int
    text: str
    label: str
    outcome: Outcome
    before: str
    after: str
    sentence_start: int
    sentence_end: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a correction in one run. A review that a run used without keeping a place has `start` None.

    `is_promoted`: the run's model has been promoted at some time; `is_served`: it is the promoted one now.
    """

    run_id: int
    model_id: int | None
    model_number: int | None
    part: Part
    start: int | None
    end: int | None
    label: str
    outcome: Outcome | Literal[""]
    is_promoted: bool
    is_served: bool = False


def insert_metrics(connection: sqlite3.Connection, run_id: int, rows: Iterable[Mapping[str, Any]], now: str) -> None:
    """Append measurements; numbers that are not finite become null."""
    values = [(run_id, now, _measured(row)) for row in rows]
    with _known_references(run_id):
        connection.executemany("INSERT INTO run_metrics (run_id, created, measured) VALUES (?, ?, ?)", values)


def load_metrics(connection: sqlite3.Connection, run_id: int, after: int) -> list[dict[str, Any]]:
    """The measurements of a run with a `number` above `after`, oldest first."""
    rows = connection.execute(
        "SELECT id, measured FROM run_metrics WHERE run_id = ? AND id > ? ORDER BY id", (run_id, after)
    )
    return [{**json.loads(measured), "number": number} for number, measured in rows]


def replace_examples(connection: sqlite3.Connection, run_id: int, rows: Iterable[RunExample]) -> None:
    """The reviews of a run, instead of those kept before."""
    values = [
        (run_id, one.document_id, one.review_id, one.revision, one.hash, one.part, one.project_id) for one in rows
    ]
    connection.execute("DELETE FROM run_examples WHERE run_id = ?", (run_id,))
    with _known_references(run_id):
        connection.executemany(f"INSERT INTO run_examples (run_id, {_EXAMPLE}) VALUES (?, ?, ?, ?, ?, ?, ?)", values)


def load_examples(connection: sqlite3.Connection, run_id: int) -> list[RunExample]:
    """The reviews of a run, by document."""
    rows = connection.execute(
        f"SELECT {_EXAMPLE} FROM run_examples WHERE run_id = ? ORDER BY document_id, review_id", (run_id,)
    )
    return [RunExample(*row) for row in rows]


def replace_changes(connection: sqlite3.Connection, run_id: int, rows: Iterable[SpanChange]) -> None:
    """The places of a run, in the order given, instead of those kept before."""
    values = [
        (
            run_id, ordinal, one.document_id, one.review_id, one.start, one.end, one.text, one.label, one.outcome,
            one.before, one.after, one.sentence_start, one.sentence_end,
        )
        for ordinal, one in enumerate(rows)
    ]  # fmt: skip
    connection.execute("DELETE FROM span_changes WHERE run_id = ?", (run_id,))
    with _known_references(run_id):
        connection.executemany(f"INSERT INTO span_changes (run_id, ordinal, {_CHANGE}) VALUES (?{', ?' * 12})", values)


def load_changes(
    connection: sqlite3.Connection, run_id: int, outcome: str | None, offset: int, limit: int
) -> tuple[list[SpanChange], int]:
    """(a page of the places with an outcome, how many there are in all)."""
    where = "FROM span_changes WHERE run_id = :run AND (:outcome IS NULL OR outcome = :outcome)"
    values = {"run": run_id, "outcome": outcome, "limit": max(0, limit), "offset": max(0, offset)}
    (total,) = connection.execute(f"SELECT count(*) {where}", values).fetchone()
    rows = connection.execute(f"SELECT {_CHANGE} {where} ORDER BY ordinal LIMIT :limit OFFSET :offset", values)
    return [SpanChange(*row) for row in rows], total


def count_outcomes(connection: sqlite3.Connection, run_id: int) -> dict[str, int]:
    """How many places there are of each outcome, in the order of OUTCOMES, zeros included."""
    rows = connection.execute("SELECT outcome, count(*) FROM span_changes WHERE run_id = ? GROUP BY outcome", (run_id,))
    found = dict(rows.fetchall())
    return {outcome: found.get(outcome, 0) for outcome in OUTCOMES}


def load_receipts(connection: sqlite3.Connection, review_id: int) -> list[Receipt]:
    """What became of a review's corrections in the runs that came to a decision: promoted ones first, newest first."""
    rows = connection.execute(
        "SELECT e.run_id, m.id, m.number, e.part, c.start_at, c.end_at, coalesce(c.label, ''), coalesce(c.outcome, ''), "
        "coalesce(m.state IN ('promoted', 'retired') OR EXISTS (SELECT 1 FROM promotions p WHERE p.model_id = m.id), 0) "
        "AS is_promoted, coalesce(m.state = 'promoted', 0) "
        "FROM run_examples e JOIN training_runs r ON r.id = e.run_id LEFT JOIN model_states m ON m.id = r.model_id "
        "LEFT JOIN span_changes c ON c.run_id = e.run_id AND c.review_id = e.review_id "
        "WHERE e.review_id = ? AND r.state IN ('promoted', 'refused') "
        "ORDER BY is_promoted DESC, e.run_id DESC, c.start_at, c.end_at, c.ordinal",
        (review_id,),
    )
    return [
        Receipt(run, model, number, part, start, end, label, outcome, bool(is_promoted), bool(is_served))
        for run, model, number, part, start, end, label, outcome, is_promoted, is_served in rows
    ]


def _measured(row: Mapping[str, Any]) -> str:
    finite = {
        key: None if isinstance(value, float) and not math.isfinite(value) else value for key, value in row.items()
    }
    try:
        return to_json(finite)
    except (TypeError, ValueError) as error:
        raise BadInput(f"The measurement {str(finite)[:80]} must be JSON, but it is not ({error}).") from error


@contextmanager
def _known_references(run_id: int) -> Iterator[None]:
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise BadInput(
            f"What run {run_id} wants to keep does not fit the store ({error}): each row needs a run, document, review "
            "and project that are there, a known part or outcome, and a review at most once."
        ) from error
