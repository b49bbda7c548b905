"""A project, or all of them, enters; how much there is to learn from in what people decided leaves."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field

from biobert_demo.store.database import Database


@dataclass(frozen=True, slots=True)
class LessonCounts:
    """Documents of each kind, and accepted mentions by label, most frequent first.

    `completed`: somebody has completed them; `touched`: nobody has, but something in them was accepted or rejected.
    `mentions` are those of completed documents, each document once: adjudicated where it was, else as completed last.
    """

    completed: int = 0
    touched: int = 0
    mentions: Mapping[str, int] = field(default_factory=dict)


class Lessons:
    """`store.lessons`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self, project_id: int | None = None) -> LessonCounts:
        """What can be learned from now, in one project or in all."""
        with self._database.read() as connection:
            return _count(connection, project_id)


def _count(connection: sqlite3.Connection, project_id: int | None) -> LessonCounts:
    completed, touched = connection.execute(
        "SELECT count(CASE WHEN is_complete THEN 1 END), count(CASE WHEN NOT is_complete AND decided THEN 1 END) FROM ("
        "SELECT max(r.is_complete) AS is_complete, sum(r.accepted + r.rejected) AS decided "
        "FROM reviews r JOIN documents d ON d.id = r.document_id WHERE d.project_id = coalesce(?, d.project_id) "
        "GROUP BY d.id)",
        (project_id,),
    ).fetchone()
    rows = connection.execute(
        "SELECT s.label, count(*) AS mentions FROM spans s JOIN ("
        "SELECT r.id, row_number() OVER (PARTITION BY d.id ORDER BY r.kind = 'gold' DESC, r.updated DESC, r.id DESC) "
        "AS place FROM reviews r JOIN documents d ON d.id = r.document_id "
        "WHERE r.is_complete AND d.project_id = coalesce(?, d.project_id)) chosen ON chosen.id = s.review_id "
        "WHERE chosen.place = 1 AND s.state = 'accepted' GROUP BY s.label ORDER BY mentions DESC, s.label",
        (project_id,),
    )
    return LessonCounts(completed, touched, dict(rows.fetchall()))
