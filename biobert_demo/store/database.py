"""The path of a SQLite file enters; short transactions on it leave, safe from many threads and several processes."""

from __future__ import annotations

import os
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from biobert_demo.errors import BadInput, BiobertDemoError

Reason = Literal["locked", "read-only", "full", "damaged", "newer", "foreign", "unreachable", "closed"]

BUSY_SECONDS = 10.0
"""How long a transaction waits for another one before it gives up."""

_PRAGMAS = (
    "PRAGMA foreign_keys = ON",
    # FULL: a commit returns after the write-ahead log was flushed to the disk, so that "saved" survives a power cut.
    "PRAGMA synchronous = FULL",
    # Without it, INSERT OR REPLACE would delete rows without asking the triggers that forbid it.
    "PRAGMA recursive_triggers = ON",
    "PRAGMA cell_size_check = ON",
    "PRAGMA cache_size = -16384",
    "PRAGMA journal_size_limit = 67108864",
)

_REASONS: dict[int, Reason] = {
    sqlite3.SQLITE_BUSY: "locked",
    sqlite3.SQLITE_LOCKED: "locked",
    sqlite3.SQLITE_READONLY: "read-only",
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_CORRUPT: "damaged",
    sqlite3.SQLITE_NOTADB: "damaged",
    sqlite3.SQLITE_CANTOPEN: "unreachable",
    sqlite3.SQLITE_PERM: "unreachable",
    sqlite3.SQLITE_IOERR: "unreachable",
}

_SENTENCES: dict[Reason, str] = {
    "locked": "Not saved: another program keeps {path} locked for more than {seconds:g} seconds; close whatever has it "
    "open (an SQL browser, a copy that hangs) and try again.",
    "read-only": "Not saved: {path} cannot be written to ({detail}); make the file and its folder writable, or set "
    "BIOBERT_DEMO_HOME to a folder that is.",
    "full": "Not saved: there is no room left for {path} ({detail}); free some space and try again. What was saved "
    "before is safe.",
    "damaged": "{path} is damaged or is no SQLite file ({detail}); move it away and run `biobert-demo restore` with one "
    "of the copies in {backups}.",
    "unreachable": "{path} cannot be opened or read ({detail}); check that the folder exists, that it may be written "
    "to, and that the disk is attached.",
    "closed": "The store {path} is closed; open it again.",
}


class StoreUnavailable(BiobertDemoError):
    """The store cannot be used as it is: `reason` says in a word why, the message what to do. Nothing half is kept."""

    def __init__(self, message: str, reason: Reason) -> None:
        super().__init__(message)
        self.reason: Reason = reason


class Database:
    """Connections to one file. Each transaction borrows one; writers of a process wait for each other in a queue."""

    def __init__(
        self, path: Path, busy_seconds: float = BUSY_SECONDS, clock: Callable[[], datetime] | None = None
    ) -> None:
        self.path = path
        self._busy_seconds = busy_seconds
        self._clock = clock or (lambda: datetime.now(UTC))
        self._idle: list[sqlite3.Connection] = []
        self._process = os.getpid()
        self._is_closed = False
        # SQLite lets writers poll; a lock wakes the next one of this process at once.
        self._writing = threading.Lock()

    @property
    def backup_folder(self) -> Path:
        """Where copies of the file lie."""
        return self.path.parent / "backups"

    def today(self) -> datetime:
        """The time now, in UTC."""
        return self._clock().astimezone(UTC)

    def now(self) -> str:
        """The time now as the store writes it: ISO 8601 in UTC with milliseconds, which sorts as text."""
        return self.today().isoformat(timespec="milliseconds")

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A connection in a transaction that sees one state of the file, whatever is written meanwhile."""
        with self.translated(), self._borrowed() as connection:
            connection.execute("BEGIN")
            # Nothing was changed; in a damaged file a COMMIT may fail where this does not.
            yield from self._transaction(connection, "ROLLBACK")

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A connection in a transaction that is on the disk when the block is left, or leaves no trace when it raises.

        Raises StoreUnavailable where the file is locked, read-only, damaged or on a full disk.
        """
        if not self._writing.acquire(timeout=self._busy_seconds):
            raise self.unavailable("locked")
        try:
            with self.translated(), self._borrowed() as connection:
                self._begin(connection)
                yield from self._transaction(connection, "COMMIT")
        finally:
            self._writing.release()

    def connect(self) -> sqlite3.Connection:
        """A new connection of the caller's own, without a transaction; sqlite3's errors come as they are."""
        connection = sqlite3.connect(
            self.path, timeout=self._busy_seconds, isolation_level=None, check_same_thread=False
        )
        try:
            for pragma in _PRAGMAS:
                connection.execute(pragma)
        except BaseException:
            connection.close()
            raise
        return connection

    def close(self) -> None:
        """Close what is idle now and the rest when it comes back."""
        self._is_closed = True
        while self._idle:
            self._idle.pop().close()

    def unavailable(self, reason: Reason, detail: object = "") -> StoreUnavailable:
        """The error, in words, for a reason."""
        sentence = _SENTENCES[reason].format(
            path=self.path, detail=detail, seconds=self._busy_seconds, backups=self.backup_folder
        )
        return StoreUnavailable(sentence, reason)

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Turns sqlite3's errors about the file, and values it cannot hold, into ours; bugs in SQL stay what they are."""
        try:
            yield
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", None)
            reason = None if code is None else _REASONS.get(code & 0xFF)
            if reason is None:
                raise
            raise self.unavailable(reason, error) from error
        except UnicodeEncodeError as error:
            raise BadInput(
                f"The text {error.object[:40]!r} has half of a surrogate pair at {error.start}, which is no character; "
                "remove it."
            ) from error
        except OverflowError as error:
            raise BadInput(f"A number is too large to be stored or looked up ({error}).") from error

    @contextmanager
    def _borrowed(self) -> Iterator[sqlite3.Connection]:
        if self._process != os.getpid():
            # SQLite's connections must not be carried over a fork; they are left to the parent.
            self._process, self._idle = os.getpid(), []
        if self._is_closed:
            raise self.unavailable("closed")
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self.connect()
        try:
            yield connection
        finally:
            if self._is_closed or connection.in_transaction:
                connection.close()
            else:
                self._idle.append(connection)

    def _begin(self, connection: sqlite3.Connection) -> None:
        """Take the file's write lock. SQLite's own wait sleeps up to 0.1 s at a time, in which others pass by."""
        deadline = time.monotonic() + self._busy_seconds
        connection.execute("PRAGMA busy_timeout = 0")
        try:
            while True:
                try:
                    connection.execute("BEGIN IMMEDIATE")
                    return
                except sqlite3.OperationalError as error:
                    if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                        raise
                time.sleep(random.uniform(0.0005, 0.003))
        finally:
            connection.execute(f"PRAGMA busy_timeout = {int(self._busy_seconds * 1000)}")

    def _transaction(self, connection: sqlite3.Connection, end: str) -> Iterator[sqlite3.Connection]:
        try:
            yield connection
            connection.execute(end)
        except BaseException:
            # A full disk may have rolled back already.
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
