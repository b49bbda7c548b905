"""A SQLite file of any earlier version enters; the same file with the tables, triggers and views of this one leaves."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from biobert_demo.store.database import Database, StoreUnavailable
from biobert_demo.store.label_schema import create_labels
from biobert_demo.store.learning_schema import create_learning

if TYPE_CHECKING:
    import sqlite_utils

MIGRATION_SET = "biobert_demo"
APPLICATION_ID = 0x42424456
"""Written into the file's header ("BBDV"), so that no other program's database is taken for a store."""

_TABLES = (
    """CREATE TABLE projects (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        guideline TEXT NOT NULL DEFAULT '',
        created TEXT NOT NULL
    )""",
    """CREATE TABLE project_labels (
        project_id INTEGER NOT NULL REFERENCES projects(id),
        position INTEGER NOT NULL,
        name TEXT NOT NULL,
        shown TEXT NOT NULL,
        color TEXT,
        shortcut TEXT,
        PRIMARY KEY (project_id, name)
    )""",
    """CREATE TABLE texts (
        id INTEGER PRIMARY KEY,
        hash TEXT NOT NULL UNIQUE,
        text TEXT NOT NULL
    )""",
    """CREATE TABLE documents (
        id INTEGER PRIMARY KEY,
        project_id INTEGER NOT NULL REFERENCES projects(id),
        hash TEXT NOT NULL REFERENCES texts(hash),
        name TEXT NOT NULL,
        title TEXT NOT NULL,
        length INTEGER NOT NULL,
        passages TEXT NOT NULL,
        relations TEXT NOT NULL DEFAULT '[]',
        added TEXT NOT NULL,
        UNIQUE (project_id, name, hash)
    )""",
    "CREATE INDEX documents_hash ON documents (hash)",
    """CREATE TABLE prediction_sets (
        id INTEGER PRIMARY KEY,
        hash TEXT NOT NULL REFERENCES texts(hash),
        model TEXT NOT NULL,
        created TEXT NOT NULL,
        UNIQUE (hash, model)
    )""",
    """CREATE TABLE predictions (
        set_id INTEGER NOT NULL REFERENCES prediction_sets(id),
        ordinal INTEGER NOT NULL,
        start_at INTEGER NOT NULL,
        end_at INTEGER NOT NULL CHECK (0 <= start_at AND start_at < end_at),
        text TEXT NOT NULL,
        label TEXT NOT NULL,
        score REAL,
        identifiers TEXT,
        others TEXT,
        PRIMARY KEY (set_id, ordinal)
    ) WITHOUT ROWID""",
    """CREATE TABLE reviews (
        id INTEGER PRIMARY KEY,
        document_id INTEGER NOT NULL REFERENCES documents(id),
        author TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('review', 'gold')),
        created TEXT NOT NULL,
        updated TEXT NOT NULL,
        revision INTEGER NOT NULL DEFAULT 0,
        is_complete INTEGER NOT NULL DEFAULT 0,
        completed TEXT,
        labels TEXT,
        note TEXT NOT NULL DEFAULT '',
        is_flagged INTEGER NOT NULL DEFAULT 0,
        undoable INTEGER,
        redoable INTEGER,
        unseen INTEGER NOT NULL DEFAULT 0,
        accepted INTEGER NOT NULL DEFAULT 0,
        rejected INTEGER NOT NULL DEFAULT 0,
        ignored INTEGER NOT NULL DEFAULT 0,
        UNIQUE (document_id, author, kind)
    )""",
    """CREATE TABLE steps (
        id INTEGER PRIMARY KEY,
        review_id INTEGER NOT NULL REFERENCES reviews(id),
        number INTEGER NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('suggest', 'edit', 'undo', 'redo')),
        author TEXT NOT NULL,
        created TEXT NOT NULL,
        target INTEGER,
        summary TEXT NOT NULL DEFAULT '',
        seen INTEGER NOT NULL,
        request TEXT NOT NULL,
        batch TEXT,
        set_id INTEGER REFERENCES prediction_sets(id),
        UNIQUE (review_id, number),
        UNIQUE (request, review_id)
    )""",
    "CREATE INDEX steps_batch ON steps (batch) WHERE batch IS NOT NULL",
    "CREATE INDEX steps_target ON steps (review_id, target) WHERE target IS NOT NULL",
    """CREATE TABLE corrections (
        step_id INTEGER NOT NULL REFERENCES steps(id),
        ordinal INTEGER NOT NULL,
        action TEXT NOT NULL,
        span_id TEXT,
        start_at INTEGER,
        end_at INTEGER,
        text TEXT,
        label TEXT,
        identifiers TEXT,
        score REAL,
        model TEXT,
        others TEXT,
        note TEXT,
        is_flagged INTEGER,
        labels TEXT,
        PRIMARY KEY (step_id, ordinal)
    ) WITHOUT ROWID""",
    """CREATE TABLE spans (
        id INTEGER PRIMARY KEY,
        review_id INTEGER NOT NULL REFERENCES reviews(id),
        span_id TEXT NOT NULL,
        start_at INTEGER NOT NULL,
        end_at INTEGER NOT NULL,
        text TEXT NOT NULL,
        label TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('unseen', 'accepted', 'rejected', 'ignored')),
        identifiers TEXT,
        score REAL,
        model TEXT,
        author TEXT,
        suggested TEXT,
        others TEXT,
        note TEXT NOT NULL DEFAULT '',
        is_flagged INTEGER NOT NULL DEFAULT 0,
        UNIQUE (review_id, span_id)
    )""",
    """CREATE TABLE skips (
        document_id INTEGER NOT NULL REFERENCES documents(id),
        author TEXT NOT NULL,
        created TEXT NOT NULL,
        PRIMARY KEY (document_id, author)
    ) WITHOUT ROWID""",
    """CREATE TABLE preferences (
        author TEXT NOT NULL,
        name TEXT NOT NULL,
        value TEXT NOT NULL,
        updated TEXT NOT NULL,
        PRIMARY KEY (author, name)
    ) WITHOUT ROWID""",
)

_HISTORY = ("texts", "prediction_sets", "predictions", "steps", "corrections")
"""Tables that only grow."""

_GUARDS = (
    *(
        f"""CREATE TRIGGER {table}_no_{event} BEFORE {event.upper()} ON {table}
        BEGIN SELECT RAISE(ABORT, 'the history of {table} only grows: {event} is forbidden'); END"""
        for table in _HISTORY
        for event in ("update", "delete")
    ),
    # INSERT OR REPLACE from a program without recursive triggers would pass the two above.
    """CREATE TRIGGER steps_in_order BEFORE INSERT ON steps
    WHEN NEW.number <> 1 + (SELECT coalesce(max(number), 0) FROM steps WHERE review_id = NEW.review_id)
        OR EXISTS (SELECT 1 FROM steps WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'the history of steps only grows: each number follows the one before'); END""",
    """CREATE TRIGGER corrections_once BEFORE INSERT ON corrections
    WHEN EXISTS (SELECT 1 FROM corrections WHERE step_id = NEW.step_id AND ordinal = NEW.ordinal)
    BEGIN SELECT RAISE(ABORT, 'the history of corrections only grows: replacing is forbidden'); END""",
)

_TOKENIZER = 'tokenize = "unicode61 remove_diacritics 2"'
_SEARCH = (
    f"CREATE VIRTUAL TABLE text_search USING fts5(text, content = 'texts', content_rowid = 'id', {_TOKENIZER})",
    """CREATE TRIGGER texts_searchable AFTER INSERT ON texts
    BEGIN INSERT INTO text_search (rowid, text) VALUES (NEW.id, NEW.text); END""",
    f"""CREATE VIRTUAL TABLE span_search
    USING fts5(text, label, state, note, content = 'spans', content_rowid = 'id', {_TOKENIZER})""",
    """CREATE TRIGGER spans_searchable AFTER INSERT ON spans
    BEGIN
        INSERT INTO span_search (rowid, text, label, state, note)
        VALUES (NEW.id, NEW.text, NEW.label, NEW.state, NEW.note);
    END""",
    """CREATE TRIGGER spans_unsearchable AFTER DELETE ON spans
    BEGIN
        INSERT INTO span_search (span_search, rowid, text, label, state, note)
        VALUES ('delete', OLD.id, OLD.text, OLD.label, OLD.state, OLD.note);
    END""",
    """CREATE TRIGGER spans_searched_anew AFTER UPDATE ON spans
    WHEN (OLD.id, OLD.text, OLD.label, OLD.state, OLD.note) <> (NEW.id, NEW.text, NEW.label, NEW.state, NEW.note)
    BEGIN
        INSERT INTO span_search (span_search, rowid, text, label, state, note)
        VALUES ('delete', OLD.id, OLD.text, OLD.label, OLD.state, OLD.note);
        INSERT INTO span_search (rowid, text, label, state, note)
        VALUES (NEW.id, NEW.text, NEW.label, NEW.state, NEW.note);
    END""",
    f"""CREATE VIRTUAL TABLE note_search
    USING fts5(note, content = 'reviews', content_rowid = 'id', {_TOKENIZER})""",
    """CREATE TRIGGER reviews_searchable AFTER INSERT ON reviews
    BEGIN INSERT INTO note_search (rowid, note) VALUES (NEW.id, NEW.note); END""",
    """CREATE TRIGGER reviews_searched_anew AFTER UPDATE OF note ON reviews WHEN OLD.note <> NEW.note
    BEGIN
        INSERT INTO note_search (note_search, rowid, note) VALUES ('delete', OLD.id, OLD.note);
        INSERT INTO note_search (rowid, note) VALUES (NEW.id, NEW.note);
    END""",
)

_VIEWS = (
    """CREATE VIEW current_spans AS
    SELECT p.name AS project, d.name AS document, r.author AS reviewer, r.kind, r.is_complete,
        s.start_at, s.end_at, s.text AS mention, s.label, s.state, coalesce(s.identifiers, '[]') AS identifiers,
        s.score, s.model, s.author AS decided_by, s.suggested, s.note, s.is_flagged,
        d.id AS document_id, r.id AS review_id, s.span_id, d.hash
    FROM spans s JOIN reviews r ON r.id = s.review_id JOIN documents d ON d.id = r.document_id
        JOIN projects p ON p.id = d.project_id""",
    """CREATE VIEW gold_mentions AS
    SELECT project, document, reviewer, kind, start_at, end_at, mention, label, identifiers, model, score,
        document_id, review_id, hash
    FROM current_spans WHERE state = 'accepted' AND is_complete""",
    """CREATE VIEW predicted_mentions AS
    SELECT p.name AS project, d.name AS document, m.model, m.created, n.start_at, n.end_at, n.text AS mention,
        n.label, n.score, coalesce(n.others, '[]') AS others, coalesce(n.identifiers, '[]') AS identifiers,
        d.id AS document_id, d.hash
    FROM predictions n JOIN prediction_sets m ON m.id = n.set_id JOIN documents d ON d.hash = m.hash
        JOIN projects p ON p.id = d.project_id""",
    """CREATE VIEW corrections_log AS
    SELECT s.created, s.author, p.name AS project, d.name AS document, r.author AS reviewer, r.kind,
        s.number AS step, s.kind AS step_kind, s.target, s.summary, s.batch, s.seen < s.number - 1 AS is_merged,
        coalesce((SELECT u.kind = 'undo' FROM steps u WHERE u.review_id = s.review_id AND u.target = s.number
            ORDER BY u.number DESC LIMIT 1), 0) AS is_undone,
        c.action, c.span_id, c.start_at, c.end_at, c.text AS mention, c.label, c.score, c.model, c.note,
        d.id AS document_id, r.id AS review_id, s.id AS step_id, c.ordinal
    FROM steps s LEFT JOIN corrections c ON c.step_id = s.id JOIN reviews r ON r.id = s.review_id
        JOIN documents d ON d.id = r.document_id JOIN projects p ON p.id = d.project_id""",
    """CREATE VIEW document_states AS
    SELECT p.name AS project, d.name AS document, d.title, d.length, r.author AS reviewer, r.kind,
        r.is_complete, r.completed, r.revision, r.unseen, r.accepted, r.rejected, r.ignored, r.is_flagged, r.note, r.updated,
        r.author IS NOT NULL AND EXISTS
            (SELECT 1 FROM skips k WHERE k.document_id = d.id AND k.author = r.author) AS is_skipped,
        d.id AS document_id, r.id AS review_id, d.hash
    FROM documents d JOIN projects p ON p.id = d.project_id LEFT JOIN reviews r ON r.document_id = d.id""",
    """CREATE VIEW annotator_progress AS
    SELECT p.name AS project, r.author, count(*) AS opened, sum(r.is_complete) AS completed,
        sum((SELECT count(*) FROM steps s JOIN corrections c ON c.step_id = s.id WHERE s.review_id = r.id
            AND s.kind = 'edit' AND s.author = r.author
            AND c.action IN ('add', 'remove', 'relabel', 'rebound', 'reject'))) AS corrections,
        max(r.completed) AS last_completed, p.id AS project_id
    FROM reviews r JOIN documents d ON d.id = r.document_id JOIN projects p ON p.id = d.project_id
    GROUP BY p.id, r.author""",
)


def _create(db: sqlite_utils.Database) -> None:
    for statement in (*_TABLES, *_GUARDS, *_SEARCH, *_VIEWS):
        db.execute(statement)


MIGRATIONS: Sequence[tuple[str, Callable[[sqlite_utils.Database], None]]] = (
    ("create", _create),
    ("learning", create_learning),
    ("labels", create_labels),
)
"""Name and function of each migration, in order. A released one is never changed; a new one is added at the end."""


def applied_migrations(connection: sqlite3.Connection) -> list[str] | None:
    """The names of the migrations that made the file, in order; None for a file without any table of ours."""
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "_sqlite_migrations" not in tables:
        return None
    rows = connection.execute(
        "SELECT name FROM _sqlite_migrations WHERE migration_set = ? ORDER BY id", (MIGRATION_SET,)
    )
    return [name for (name,) in rows]


def check_kind(connection: sqlite3.Connection, path: object) -> list[str]:
    """The names of the applied migrations; raises StoreUnavailable for another program's file and for a newer store."""
    applied = applied_migrations(connection)
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if tables and application != APPLICATION_ID:
        raise StoreUnavailable(
            f"{path} is a SQLite file of another program (application id {application}); choose another file.",
            "foreign",
        )
    known = {name for name, _ in MIGRATIONS}
    if newer := [name for name in applied or () if name not in known]:
        raise StoreUnavailable(
            f"{path} was written by a newer version of this program (it has the change {newer[-1]!r}); nothing was "
            "touched. Update the program, or set BIOBERT_DEMO_HOME to another folder.",
            "newer",
        )
    return applied or []


def is_current(applied: Sequence[str]) -> bool:
    """Whether no migration is left to apply."""
    return len(applied) == len(MIGRATIONS)


def migrate(database: Database, connection: sqlite3.Connection) -> None:
    """Apply the missing migrations in one transaction; two processes that start together apply them once."""
    # sqlite-utils imports pandas where it is installed, a third of a second that opening a store need not pay.
    from sqlite_utils import Database as UtilsDatabase
    from sqlite_utils.migrations import Migrations

    migrations = Migrations(MIGRATION_SET)
    for name, function in MIGRATIONS:
        migrations(name=name)(function)
    connection.execute("BEGIN IMMEDIATE")
    try:
        check_kind(connection, database.path)
        migrations.apply(UtilsDatabase(connection, execute_plugins=False))
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
