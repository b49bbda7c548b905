"""A store enters; the same store with tables for training runs, model versions and promotions leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite_utils

_TABLES = (
    """CREATE TABLE training_runs (
        id INTEGER PRIMARY KEY,
        task TEXT NOT NULL,
        project_id INTEGER REFERENCES projects(id),
        trigger TEXT NOT NULL,
        author TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'promoted', 'refused', 'failed', 'cancelled')),
        created TEXT NOT NULL,
        started TEXT,
        finished TEXT,
        heartbeat TEXT,
        pid INTEGER,
        phase TEXT NOT NULL DEFAULT '',
        step INTEGER NOT NULL DEFAULT 0,
        steps INTEGER NOT NULL DEFAULT 0,
        seconds_left REAL,
        loss REAL,
        dev_f1 REAL,
        message TEXT NOT NULL DEFAULT '',
        settings TEXT NOT NULL DEFAULT '{}',
        attempts INTEGER NOT NULL DEFAULT 0,
        is_cancel_requested INTEGER NOT NULL DEFAULT 0,
        cancelled_by TEXT,
        model_id INTEGER REFERENCES model_versions(id)
    )""",
    # Two processes that queue or start at the same time are told apart here, whatever they read before.
    "CREATE UNIQUE INDEX training_runs_one_queued ON training_runs (task) WHERE state = 'queued'",
    "CREATE UNIQUE INDEX training_runs_one_running ON training_runs (state) WHERE state = 'running'",
    """CREATE TABLE run_metrics (
        id INTEGER PRIMARY KEY,
        run_id INTEGER NOT NULL REFERENCES training_runs(id),
        created TEXT NOT NULL,
        measured TEXT NOT NULL
    )""",
    "CREATE INDEX run_metrics_run ON run_metrics (run_id, id)",
    """CREATE TABLE run_examples (
        run_id INTEGER NOT NULL REFERENCES training_runs(id),
        document_id INTEGER NOT NULL REFERENCES documents(id),
        review_id INTEGER NOT NULL REFERENCES reviews(id),
        revision INTEGER NOT NULL,
        hash TEXT NOT NULL,
        part TEXT NOT NULL CHECK (part IN ('training', 'held_out')),
        project_id INTEGER NOT NULL REFERENCES projects(id),
        PRIMARY KEY (run_id, review_id)
    ) WITHOUT ROWID""",
    "CREATE INDEX run_examples_review ON run_examples (review_id)",
    """CREATE TABLE span_changes (
        run_id INTEGER NOT NULL REFERENCES training_runs(id),
        ordinal INTEGER NOT NULL,
        document_id INTEGER NOT NULL REFERENCES documents(id),
        review_id INTEGER REFERENCES reviews(id),
        start_at INTEGER NOT NULL,
        end_at INTEGER NOT NULL CHECK (0 <= start_at AND start_at < end_at),
        text TEXT NOT NULL,
        label TEXT NOT NULL,
        outcome TEXT NOT NULL CHECK (outcome IN ('now_right', 'now_wrong', 'still_wrong', 'still_right')),
        label_before TEXT NOT NULL,
        label_after TEXT NOT NULL,
        sentence_start INTEGER NOT NULL,
        sentence_end INTEGER NOT NULL,
        PRIMARY KEY (run_id, ordinal)
    ) WITHOUT ROWID""",
    "CREATE INDEX span_changes_review ON span_changes (review_id, run_id)",
    """CREATE TABLE model_versions (
        id INTEGER PRIMARY KEY,
        task TEXT NOT NULL,
        number INTEGER NOT NULL,
        version TEXT NOT NULL,
        parent_id INTEGER REFERENCES model_versions(id),
        run_id INTEGER REFERENCES training_runs(id),
        folder TEXT NOT NULL,
        created TEXT NOT NULL,
        labels TEXT,
        weights_hash TEXT NOT NULL,
        data_hash TEXT NOT NULL DEFAULT '',
        scores TEXT NOT NULL DEFAULT '{}',
        decision TEXT NOT NULL DEFAULT '{}',
        is_base INTEGER NOT NULL DEFAULT 0,
        is_pinned INTEGER NOT NULL DEFAULT 0,
        note TEXT NOT NULL DEFAULT '',
        deleted TEXT,
        UNIQUE (task, number)
    )""",
    # Deleting one version removes its folder, so no two versions may share one. Bases lie outside and are never deleted.
    "CREATE UNIQUE INDEX model_versions_folder ON model_versions (folder) WHERE deleted IS NULL AND is_base = 0",
    """CREATE TABLE promotions (
        id INTEGER PRIMARY KEY,
        task TEXT NOT NULL,
        model_id INTEGER NOT NULL REFERENCES model_versions(id),
        kind TEXT NOT NULL CHECK (kind IN ('gate', 'override', 'rollback', 'base')),
        author TEXT NOT NULL,
        reason TEXT NOT NULL,
        created TEXT NOT NULL
    )""",
    "CREATE INDEX promotions_task ON promotions (task, id)",
    "CREATE INDEX promotions_model ON promotions (model_id)",
)

_KEPT_OF_A_MODEL = (
    "id, task, number, version, parent_id, run_id, created, labels, weights_hash, data_hash, scores, decision, is_base"
)
_GUARDS = (
    *(
        f"""CREATE TRIGGER promotions_no_{event} BEFORE {event.upper()} ON promotions
        BEGIN SELECT RAISE(ABORT, 'the history of promotions only grows: {event} is forbidden'); END"""
        for event in ("update", "delete")
    ),
    """CREATE TRIGGER promotions_in_order BEFORE INSERT ON promotions
    WHEN EXISTS (SELECT 1 FROM promotions WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'the history of promotions only grows: replacing is forbidden'); END""",
    """CREATE TRIGGER model_versions_no_delete BEFORE DELETE ON model_versions
    BEGIN SELECT RAISE(ABORT, 'the history of model_versions only grows: delete is forbidden'); END""",
    f"""CREATE TRIGGER model_versions_no_update BEFORE UPDATE OF {_KEPT_OF_A_MODEL} ON model_versions
    BEGIN SELECT RAISE(ABORT, 'the history of model_versions only grows: update is forbidden'); END""",
    # While a run goes on it may begin anew; what it did is history once it has ended.
    *(
        f"""CREATE TRIGGER {table}_no_{event} BEFORE {event.upper()} ON {table}
        WHEN (SELECT state FROM training_runs WHERE id = OLD.run_id) NOT IN ('queued', 'running')
        BEGIN SELECT RAISE(ABORT, 'the history of {table} only grows: {event} is forbidden'); END"""
        for table in ("run_metrics", "run_examples", "span_changes")
        for event in ("update", "delete")
    ),
)

_VIEWS = (
    """CREATE VIEW model_states AS
    SELECT m.id, m.task, m.number, m.version, m.parent_id, m.run_id, m.folder, m.created, m.labels, m.weights_hash,
        m.data_hash, m.scores, m.decision, m.is_base, m.is_pinned, m.note,
        CASE
            WHEN m.deleted IS NOT NULL THEN 'deleted'
            WHEN m.id = (SELECT p.model_id FROM promotions p WHERE p.task = m.task ORDER BY p.id DESC LIMIT 1)
                THEN 'promoted'
            WHEN EXISTS (SELECT 1 FROM promotions p WHERE p.model_id = m.id) THEN 'retired'
            WHEN json_extract(m.decision, '$.is_promoted') = 0 THEN 'refused'
            ELSE 'candidate'
        END AS state
    FROM model_versions m""",
)


def create_learning(db: sqlite_utils.Database) -> None:
    """The migration "learning"."""
    for statement in (*_TABLES, *_GUARDS, *_VIEWS):
        db.execute(statement)
