"""A project and an author enter; a light row for each document and the progress of each annotator leave."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime

from biobert_demo.review import STATES
from biobert_demo.store.labels import load_names


@dataclass(frozen=True, slots=True)
class DocumentSummary:
    """What a list shows of a document: `title` is its first line, cut where long; `revision` 0 if it was never opened.

    `counts` says how many spans are unseen, accepted, rejected and ignored in the author's review, those of hidden
    labels left out; the review is `review_id`, None where there is none. `updated` is when that review changed last.
    """

    document_id: int
    name: str
    title: str
    length: int
    is_complete: bool
    is_skipped: bool
    is_flagged: bool
    revision: int
    counts: dict[str, int]
    review_id: int | None
    note: str
    updated: str | None


@dataclass(frozen=True, slots=True)
class AnnotatorProgress:
    """How far an annotator has come in a project: documents opened, completed and completed today, and the spans
    added, removed, relabelled, moved or rejected."""

    author: str
    opened: int
    completed: int
    corrections: int
    today: int


def load_summaries(connection: sqlite3.Connection, project_id: int, author: str) -> list[DocumentSummary]:
    """One row for each document of the project, in the order they were added."""
    rows = connection.execute(
        "SELECT d.id, d.name, d.title, d.length, coalesce(r.is_complete, 0), k.author IS NOT NULL, "
        "coalesce(r.is_flagged, 0), coalesce(r.revision, 0), coalesce(r.unseen, 0), coalesce(r.accepted, 0), "
        "coalesce(r.rejected, 0), coalesce(r.ignored, 0), r.id, coalesce(r.note, ''), r.updated "
        "FROM documents d LEFT JOIN reviews r ON r.document_id = d.id AND r.author = ? AND r.kind = 'review' "
        "LEFT JOIN skips k ON k.document_id = d.id AND k.author = ? WHERE d.project_id = ? ORDER BY d.id",
        (author, author, project_id),
    ).fetchall()
    hidden = _count_hidden(connection, project_id, author)
    return [
        DocumentSummary(
            id, name, title, length, bool(is_complete), bool(is_skipped), bool(is_flagged), revision,
            {
                state: count - hidden.get((review_id, state), 0)
                for state, count in zip(STATES, (unseen, accepted, rejected, ignored))
            },
            review_id, note, updated,
        )
        for id, name, title, length, is_complete, is_skipped, is_flagged, revision, unseen, accepted, rejected, ignored,
        review_id, note, updated in rows
    ]  # fmt: skip


def _count_hidden(connection: sqlite3.Connection, project_id: int, author: str) -> dict[tuple[int, str], int]:
    """How many spans of hidden labels are in each state of the author's reviews, by (review id, state)."""
    names = load_names(connection, project_id)
    written = [name for label in names.hidden for name in names.written_as(label)]
    if not written:
        return {}
    rows = connection.execute(
        "SELECT r.id, s.state, count(*) FROM spans s JOIN reviews r ON r.id = s.review_id "
        "JOIN documents d ON d.id = r.document_id WHERE d.project_id = ? AND r.author = ? "
        f"AND s.label IN ({', '.join('?' * len(written))}) GROUP BY r.id, s.state",
        (project_id, author, *written),
    )
    return {(review_id, state): count for review_id, state, count in rows}


def load_progress(connection: sqlite3.Connection, project_id: int, now: datetime) -> list[AnnotatorProgress]:
    """One row for each annotator of the project, by name; today begins at midnight where the program runs."""
    midnight = now.astimezone().replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
    rows = connection.execute(
        "SELECT a.author, a.opened, a.completed, a.corrections, (SELECT count(*) FROM reviews r "
        "JOIN documents d ON d.id = r.document_id WHERE d.project_id = a.project_id AND r.author = a.author "
        "AND r.completed >= ?) FROM annotator_progress a WHERE a.project_id = ? ORDER BY a.author",
        (midnight.isoformat(timespec="milliseconds"), project_id),
    )
    return [AnnotatorProgress(*row) for row in rows]
