"""A store enters; the same store with a history of each project's labels, and views in their present names, leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite_utils

_TABLES = (
    """CREATE TABLE label_changes (
        id INTEGER PRIMARY KEY,
        project_id INTEGER NOT NULL REFERENCES projects(id),
        kind TEXT NOT NULL CHECK (kind IN ('add', 'remove', 'rename', 'merge', 'split', 'hide', 'show')),
        old TEXT NOT NULL,
        new TEXT NOT NULL DEFAULT '',
        author TEXT NOT NULL,
        created TEXT NOT NULL,
        detail TEXT
    )""",
    "CREATE INDEX label_changes_project ON label_changes (project_id, id)",
    # What biobert_demo.labels makes of the changes, for those who read the file with SQL.
    """CREATE TABLE label_names (
        project_id INTEGER NOT NULL REFERENCES projects(id),
        written TEXT NOT NULL,
        name TEXT NOT NULL,
        is_hidden INTEGER NOT NULL,
        PRIMARY KEY (project_id, written)
    ) WITHOUT ROWID""",
)

_GUARDS = (
    *(
        f"""CREATE TRIGGER label_changes_no_{event} BEFORE {event.upper()} ON label_changes
        BEGIN SELECT RAISE(ABORT, 'the history of label_changes only grows: {event} is forbidden'); END"""
        for event in ("update", "delete")
    ),
    """CREATE TRIGGER label_changes_in_order BEFORE INSERT ON label_changes
    WHEN EXISTS (SELECT 1 FROM label_changes WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'the history of label_changes only grows: replacing is forbidden'); END""",
)

_VIEWS = (
    "DROP VIEW gold_mentions",
    "DROP VIEW current_spans",
    """CREATE VIEW current_spans AS
    SELECT p.name AS project, d.name AS document, r.author AS reviewer, r.kind, r.is_complete,
        s.start_at, s.end_at, s.text AS mention, coalesce(n.name, s.label) AS label, s.state,
        coalesce(s.identifiers, '[]') AS identifiers,
        s.score, s.model, s.author AS decided_by, s.suggested, s.note, s.is_flagged,
        d.id AS document_id, r.id AS review_id, s.span_id, d.hash,
        s.label AS written_label, coalesce(n.is_hidden, 0) AS is_hidden
    FROM spans s JOIN reviews r ON r.id = s.review_id JOIN documents d ON d.id = r.document_id
        JOIN projects p ON p.id = d.project_id
        LEFT JOIN label_names n ON n.project_id = d.project_id AND n.written = s.label""",
    """CREATE VIEW gold_mentions AS
    SELECT project, document, reviewer, kind, start_at, end_at, mention, label, identifiers, model, score,
        document_id, review_id, hash
    FROM current_spans WHERE state = 'accepted' AND is_complete AND NOT is_hidden""",
)


def create_labels(db: sqlite_utils.Database) -> None:
    """The migration "labels"."""
    for statement in (*_TABLES, *_GUARDS, *_VIEWS):
        db.execute(statement)
