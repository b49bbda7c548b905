"""A folder or a file enters; the store in it leaves: projects, documents, predictions and everybody's reviews."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from datetime import datetime
from pathlib import Path
from types import TracebackType

from biobert_demo.store import backups, checks, schema
from biobert_demo.store.database import BUSY_SECONDS, Database
from biobert_demo.store.documents import Documents
from biobert_demo.store.lesson_counts import Lessons
from biobert_demo.store.models import Models
from biobert_demo.store.predictions import Predictions
from biobert_demo.store.preferences import Preferences
from biobert_demo.store.projects import Projects
from biobert_demo.store.queue import Queue
from biobert_demo.store.reviews import Reviews
from biobert_demo.store.runs import Runs
from biobert_demo.store.search import Field, SearchHit, search

FILE_NAME = "biobert-demo.sqlite"
_SUFFIXES = (".sqlite", ".sqlite3", ".db")


class Store:
    """One SQLite file with the nouns as attributes; safe to share between threads, and the file between processes."""

    def __init__(self, database: Database, keeper: backups.BackupKeeper | None = None) -> None:
        self._database = database
        self._keeper = keeper
        self.projects = Projects(database)
        self.documents = Documents(database)
        self.predictions = Predictions(database)
        self.reviews = Reviews(database)
        self.queue = Queue(database)
        self.preferences = Preferences(database)
        self.runs = Runs(database)
        self.models = Models(database)
        self.lessons = Lessons(database)

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        backups: bool = True,
        *,
        busy_seconds: float = BUSY_SECONDS,
        clock: Callable[[], datetime] | None = None,
    ) -> Store:
        """The store in a folder (its file is `biobert-demo.sqlite`) or in a file; made, or brought up to date, if need be.

        With `backups` a copy is made in the background now and daily. Raises StoreUnavailable, and changes nothing,
        for a file that is damaged, locked, read-only, of another program or of a newer version of this one.
        """
        database = Database(find_file(path), busy_seconds, clock)
        _prepare(database)
        keeper = _keep_backups(database) if backups else None
        return cls(database, keeper)

    @property
    def path(self) -> Path:
        """The SQLite file."""
        return self._database.path

    def search(
        self,
        query: str,
        project_id: int,
        author: str | None = None,
        fields: Collection[Field] | None = None,
        limit: int = 50,
    ) -> list[SearchHit]:
        """Hits in names, texts, mentions, labels, states and notes; see `biobert_demo.store.search`."""
        return search(self._database, query, project_id, author, fields, limit)

    def backup(self, target: str | os.PathLike[str] | None = None) -> Path:
        """A checked copy as a single file, by default among the daily ones; others go on working meanwhile."""
        return backups.backup(self._database, None if target is None else Path(target))

    def backups(self) -> list[Path]:
        """The copies in the backup folder, newest first."""
        return backups.list_backups(self._database)

    def restore(self, source: str | os.PathLike[str]) -> Path | None:
        """Go back to a copy; what was there before is copied first, and that copy's path leaves."""
        saved = backups.restore(self._database, Path(source))
        _prepare(self._database)
        return saved

    def check(self) -> list[checks.StoreFinding]:
        """What is wrong with the file, its references, or reviews that do not follow from their history."""
        return checks.check(self._database)

    def close(self) -> None:
        """Wait for a copy that is being made, and close the file; calls after it raise StoreUnavailable."""
        if self._keeper is not None:
            self._keeper.stop()
        self._database.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def restore_store(path: str | os.PathLike[str], source: str | os.PathLike[str]) -> Path | None:
    """`Store.restore` for a file that cannot be opened, or is not there; see `backups.restore` for what leaves."""
    database = Database(find_file(path))
    try:
        saved = backups.restore(database, Path(source))
        _prepare(database)
        return saved
    finally:
        database.close()


def find_file(path: str | os.PathLike[str]) -> Path:
    """The store's file: the path itself where it is a file or named like one, else the one in that folder."""
    place = Path(path).expanduser()
    if place.is_file() or (place.suffix in _SUFFIXES and not place.is_dir()):
        return place
    return place / FILE_NAME


def _prepare(database: Database) -> None:
    """Make the file, or bring it up to date, and switch it to write-ahead logging."""
    try:
        database.path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise database.unavailable("unreachable", error) from error
    with database.translated():
        connection = database.connect()
        try:
            applied = schema.check_kind(connection, database.path)
            if not schema.is_current(applied):
                if applied:
                    backups.backup(database)
                connection.execute("PRAGMA journal_mode = WAL")
                schema.migrate(database, connection)
            elif connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
                connection.execute("PRAGMA journal_mode = WAL")
        finally:
            connection.close()


def _keep_backups(database: Database) -> backups.BackupKeeper:
    keeper = backups.BackupKeeper(database)
    keeper.start()
    return keeper
