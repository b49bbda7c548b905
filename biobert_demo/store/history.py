"""A review's rows and one new step enter; the step is appended, and the current spans and counts follow it."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from biobert_demo.errors import BadInput
from biobert_demo.label_views import present_revision
from biobert_demo.labels import LabelNames
from biobert_demo.review import STATES, ReviewedSpan, Revision, Step, check_step, sort_spans
from biobert_demo.store.documents import DOCUMENT_COLUMNS, DOCUMENT_TABLES, StoredDocument, decode_document
from biobert_demo.store.labels import load_names
from biobert_demo.store.rows import (
    CORRECTION_COLUMNS,
    SPAN_COLUMNS,
    decode_list,
    decode_span,
    encode_correction,
    encode_list,
    encode_span,
    load_steps,
)

ReviewKind = Literal["review", "gold"]

REVIEW_COLUMNS = (
    "r.id, r.author, r.kind, r.updated, r.revision, r.is_complete, r.labels, r.note, r.is_flagged, "
    "r.undoable, r.redoable, r.completed"
)
_REVIEW_WIDTH = len(REVIEW_COLUMNS.split(", "))


@dataclass(frozen=True, slots=True)
class Review:
    """One annotator's layer on one document (kind "review"), or an adjudicated one ("gold"), as it stands.

    Inside the store labels have the names of the history; what leaves it has present ones (`present_review`).
    """

    id: int
    document: StoredDocument
    author: str
    kind: ReviewKind
    revision: Revision
    updated: str
    completed: str | None = None


def load_review(connection: sqlite3.Connection, id: int) -> Review:
    """The review with an id, from its current spans; raises BadInput where there is none."""
    row = connection.execute(
        f"SELECT {REVIEW_COLUMNS}, {DOCUMENT_COLUMNS} FROM {DOCUMENT_TABLES} JOIN reviews r ON r.document_id = d.id "
        "WHERE r.id = ?",
        (id,),
    ).fetchone()
    if row is None:
        raise BadInput(f"There is no review {id}; open the document again.")
    return decode_review(row, load_spans(connection, id))


def decode_review(row: Sequence[Any], spans: tuple[ReviewedSpan, ...]) -> Review:
    """The review of a row of REVIEW_COLUMNS and DOCUMENT_COLUMNS."""
    id, author, kind, updated, number, is_complete, labels, note, is_flagged, undoable, redoable, completed = row[
        :_REVIEW_WIDTH
    ]
    revision = Revision(
        number, spans, bool(is_complete), decode_list(labels), note, bool(is_flagged), undoable, redoable
    )
    return Review(id, decode_document(tuple(row[_REVIEW_WIDTH:])), author, kind, revision, updated, completed)


def load_spans(connection: sqlite3.Connection, review_id: int) -> tuple[ReviewedSpan, ...]:
    """The current spans of a review in the order of a Revision."""
    rows = connection.execute(f"SELECT {SPAN_COLUMNS} FROM spans WHERE review_id = ?", (review_id,))
    return sort_spans(map(decode_span, rows))


def present_review(
    connection: sqlite3.Connection,
    review: Review,
    names: LabelNames | None = None,
    *,
    hidden: bool | Iterable[str] = False,
) -> Review:
    """The review as it leaves the store: in present names, without hidden labels except those of `hidden`."""
    names = names or load_names(connection, review.document.project_id)
    return replace(review, revision=present_revision(review.revision, names, review.completed, hidden=hidden))


def find_review(connection: sqlite3.Connection, document_id: int, author: str, kind: str) -> int | None:
    """The id of an author's review of a document."""
    row = connection.execute(
        "SELECT id FROM reviews WHERE document_id = ? AND author = ? AND kind = ?", (document_id, author, kind)
    ).fetchone()
    return None if row is None else row[0]


def insert_review(connection: sqlite3.Connection, document_id: int, author: str, kind: str, now: str) -> int:
    """A new, empty review."""
    cursor = connection.execute(
        "INSERT INTO reviews (document_id, author, kind, created, updated) VALUES (?, ?, ?, ?, ?)",
        (document_id, author, kind, now, now),
    )
    return int(cursor.lastrowid or 0)


def append_step(
    connection: sqlite3.Connection,
    review: Review,
    step: Step,
    *,
    seen: int,
    request: str,
    batch: str | None = None,
    set_id: int | None = None,
    steps: Sequence[Step] | None = None,
) -> Review:
    """Check the step against the whole history, append it, and bring the current spans to where it leads.

    Raises EditRefused where the step does not fit.
    """
    history = load_steps(connection, review.id) if steps is None else steps
    revision = check_step(review.document.document.text, history, step)
    cursor = connection.execute(
        "INSERT INTO steps (review_id, number, kind, author, created, target, summary, seen, request, batch, set_id) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            review.id, step.number, step.kind, step.author, step.created, step.target, step.summary, seen, request,
            batch, set_id,
        ),
    )  # fmt: skip
    connection.executemany(
        f"INSERT INTO corrections (step_id, {CORRECTION_COLUMNS}) VALUES (?{', ?' * 14})",
        [(cursor.lastrowid, *encode_correction(i, one)) for i, one in enumerate(step.corrections)],
    )
    _update_spans(connection, review.id, review.revision.spans, revision.spans)
    _update_review(connection, review.id, revision, step.created)
    completed = (review.completed or step.created) if revision.is_complete else None
    return replace(review, revision=revision, updated=step.created, completed=completed)


def known_steps(connection: sqlite3.Connection, request: str) -> list[tuple[int, int, bool]]:
    """(review id, step number, whether it was merged) of the steps that a client's request made before."""
    rows = connection.execute(
        "SELECT review_id, number, seen < number - 1 FROM steps WHERE request = ? ORDER BY id", (request,)
    )
    return [(review_id, number, bool(is_merged)) for review_id, number, is_merged in rows]


def _update_spans(
    connection: sqlite3.Connection, review_id: int, old: Iterable[ReviewedSpan], new: Iterable[ReviewedSpan]
) -> None:
    before = {span.id: span for span in old}
    after = {span.id: span for span in new}
    gone = [(review_id, id) for id in before if id not in after]
    connection.executemany("DELETE FROM spans WHERE review_id = ? AND span_id = ?", gone)
    assignments = ", ".join(f"{column} = ?" for column in SPAN_COLUMNS.split(", "))
    connection.executemany(
        f"UPDATE spans SET {assignments} WHERE review_id = ? AND span_id = ?",
        [(*encode_span(span), review_id, id) for id, span in after.items() if id in before and before[id] != span],
    )
    connection.executemany(
        f"INSERT INTO spans (review_id, {SPAN_COLUMNS}) VALUES (?{', ?' * 14})",
        [(review_id, *encode_span(span)) for id, span in after.items() if id not in before],
    )


def _update_review(connection: sqlite3.Connection, review_id: int, revision: Revision, now: str) -> None:
    counts = count_states(revision)
    connection.execute(
        "UPDATE reviews SET updated = ?, revision = ?, completed = CASE WHEN ? THEN coalesce(completed, ?) END, "
        "is_complete = ?, labels = ?, note = ?, is_flagged = ?, undoable = ?, redoable = ?, "
        "unseen = ?, accepted = ?, rejected = ?, ignored = ? WHERE id = ?",
        (
            now, revision.number, revision.is_complete, now, revision.is_complete, encode_list(revision.labels),
            revision.note, revision.is_flagged, revision.undoable, revision.redoable, *counts.values(), review_id,
        ),
    )  # fmt: skip


def count_states(revision: Revision) -> dict[str, int]:
    """How many spans are in each of the four states, in the order of STATES."""
    counts = Counter(span.state for span in revision.spans)
    return {state: counts[state] for state in STATES}
