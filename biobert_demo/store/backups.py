"""A store's file enters; checked copies of it leave, few enough to keep, and a copy can take the file's place."""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from biobert_demo.errors import BadInput
from biobert_demo.store.database import Database, StoreUnavailable
from biobert_demo.store.schema import check_kind

KEPT_NEWEST = 5
KEPT_DAYS = 14
"""Kept are the newest five copies, and the newest of each of the last fourteen days that have one."""

INTERVAL = timedelta(hours=24)
"""How old the newest copy gets while the program runs."""

START_INTERVAL = timedelta(minutes=10)
"""A start makes no copy where there is one younger than this, so that a script of many commands does not copy each time."""

_STAMP = "%Y%m%dT%H%M%S.%fZ"
_LOG = logging.getLogger(__name__)


def backup(database: Database, target: Path | None = None) -> Path:
    """A checked copy of the store as it is now, a single file, while others go on reading and saving.

    Without a target it goes into the backup folder, and copies that are too many are removed. Raises BadInput where the
    target exists, StoreUnavailable where it cannot be written or the copy is not whole.
    """
    path = target or database.backup_folder / f"{database.path.stem}-{database.today().strftime(_STAMP)}.sqlite"
    if path.exists():
        raise BadInput(f"{path} exists already; choose another name for the copy.")
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with database.translated():
            source = database.connect()
        try:
            _copy(source, partial, path)
            os.replace(partial, path)
            _flush_folder(path.parent)
        finally:
            source.close()
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise StoreUnavailable(f"No copy was made: {path} cannot be written ({error}).", "unreachable") from error
    if target is None:
        for expired in choose_expired(list_backups(database), database.today()):
            expired.unlink(missing_ok=True)
    return path


def restore(database: Database, source: Path) -> Path | None:
    """Replace the store's content with a copy's, in one transaction; the path of a copy of what was there before.

    The copy is checked first. A file that is damaged is moved aside (its new path leaves) and the copy takes its place;
    programs that have such a file open must be closed before. None leaves where there was no file.
    """
    _check_copy(source)
    try:
        if not database.path.exists():
            _put_in_place(database, source)
            return None
        try:
            saved = backup(database)
        except StoreUnavailable as error:
            if error.reason != "damaged":
                raise
            aside = _move_aside(database)
            _put_in_place(database, source)
            return aside
    except OSError as error:
        raise StoreUnavailable(f"Nothing was restored: {error}.", "unreachable") from error
    with database.translated():
        copy, live = sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True), database.connect()
        try:
            copy.backup(live)
        finally:
            copy.close()
            live.close()
    return saved


def list_backups(database: Database) -> list[Path]:
    """The copies in the backup folder, newest first."""
    return sorted(database.backup_folder.glob(f"{database.path.stem}-*.sqlite"), key=lambda path: path.name)[::-1]


def made_at(path: Path) -> datetime | None:
    """When a copy was made, from its name; None for a file named otherwise, which is never removed."""
    try:
        return datetime.strptime(path.stem.rpartition("-")[2], _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def choose_expired(paths: Iterable[Path], now: datetime) -> list[Path]:
    """The copies that are neither among the newest five nor the newest of one of the last fourteen days."""
    dated = sorted(((made, path) for path in paths if (made := made_at(path)) is not None), reverse=True)
    newest_of_day: dict[object, Path] = {}
    for made, path in dated:
        if now - made < timedelta(days=KEPT_DAYS):
            newest_of_day.setdefault(made.date(), path)
    kept = {path for _, path in dated[:KEPT_NEWEST]} | set(newest_of_day.values())
    return [path for _, path in dated if path not in kept]


def is_due(database: Database, interval: timedelta) -> bool:
    """Whether the newest copy is older than the interval and the store has changed since."""
    made = [one for path in list_backups(database) if (one := made_at(path)) is not None]
    if not made:
        return True
    if database.today() - max(made) < interval:
        return False
    files = (database.path, database.path.with_name(f"{database.path.name}-wal"))
    changed = max(file.stat().st_mtime for file in files if file.exists())
    return changed > max(made).timestamp()


class BackupKeeper:
    """A background thread that makes a copy at the start and then daily; a failure is logged and tried again."""

    def __init__(self, database: Database, check_seconds: float = 600.0) -> None:
        self._database = database
        self._check_seconds = check_seconds
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="store-backups", daemon=True)

    def start(self) -> None:
        """Begin; the caller does not wait."""
        self._thread.start()

    def stop(self) -> None:
        """End after the copy that is being made, if any."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        interval = START_INTERVAL
        while True:
            try:
                if is_due(self._database, interval):
                    backup(self._database)
            except (StoreUnavailable, BadInput, OSError) as error:
                _LOG.warning("No copy of the store was made: %s", error)
            interval = INTERVAL
            if self._stopped.wait(self._check_seconds):
                return


def _copy(source: sqlite3.Connection, partial: Path, path: Path) -> None:
    partial.unlink(missing_ok=True)
    copy = sqlite3.connect(partial, isolation_level=None)
    try:
        source.backup(copy)
        # A copy is one file that can be moved about: no write-ahead log beside it.
        copy.execute("PRAGMA journal_mode = DELETE")
        _check_whole(copy, path)
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        reason = "damaged" if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) else "unreachable"
        if code == sqlite3.SQLITE_FULL:
            reason = "full"
        raise StoreUnavailable(f"No copy was made as {path}: {error}.", reason) from error  # type: ignore[arg-type]
    finally:
        copy.close()
    with partial.open("rb+") as file:
        os.fsync(file.fileno())


def _check_whole(connection: sqlite3.Connection, path: Path) -> None:
    found = [message for (message,) in connection.execute("PRAGMA integrity_check(5)")]
    if found != ["ok"]:
        raise StoreUnavailable(f"The copy {path} is not whole: {'; '.join(found)}.", "damaged")


def _check_copy(source: Path) -> None:
    if not source.is_file():
        raise BadInput(f"There is no file {source} to restore from.")
    try:
        copy = sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)
        try:
            if not check_kind(copy, source):
                raise BadInput(f"{source} holds no store; choose one of the copies made by `biobert-demo backup`.")
            _check_whole(copy, source)
        finally:
            copy.close()
    except sqlite3.Error as error:
        raise StoreUnavailable(
            f"{source} cannot be restored: it is damaged or no SQLite file ({error}); nothing was changed.", "damaged"
        ) from error


def _put_in_place(database: Database, source: Path) -> None:
    database.path.parent.mkdir(parents=True, exist_ok=True)
    partial = database.path.with_name(f"{database.path.name}.{os.getpid()}.partial")
    copy = sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)
    try:
        _copy(copy, partial, database.path)
        os.replace(partial, database.path)
        _flush_folder(database.path.parent)
    finally:
        copy.close()
        partial.unlink(missing_ok=True)


def _move_aside(database: Database) -> Path:
    aside = database.path.with_name(f"{database.path.name}.damaged-{database.today().strftime(_STAMP)}")
    for suffix in ("", "-wal", "-shm"):
        part = database.path.with_name(database.path.name + suffix)
        if part.exists():
            os.replace(part, aside.with_name(aside.name + suffix))
    return aside


def _flush_folder(folder: Path) -> None:
    # Without it a power cut may forget the new name. Windows has no such call, and no need of it.
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
