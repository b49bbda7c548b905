"""A file that is locked, read-only, full, damaged, foreign or newer is told in a sentence, and nothing half is left."""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from store_desk import TEXT, Clock, Desk, add, shown

from biobert_demo.documents import Document
from biobert_demo.review import Correction
from biobert_demo.store import Store, StoreUnavailable, schema
from biobert_demo.store.database import Database


@pytest.fixture
def other(desk: Desk) -> Iterator[sqlite3.Connection]:
    """Another program with the same file open."""
    connection = sqlite3.connect(desk.store.path, isolation_level=None)
    yield connection
    connection.close()


def fails(reason: str, call: Callable[[], Any]) -> str:
    with pytest.raises(StoreUnavailable) as raised:
        call()
    assert raised.value.reason == reason
    return str(raised.value)


def test_a_locked_file_is_told_after_a_while_and_the_save_can_be_repeated(
    desk: Desk, other: sqlite3.Connection
) -> None:
    review = desk.open_review(desk.add())
    with desk.open(busy_seconds=0.05) as store:
        other.execute("BEGIN IMMEDIATE")
        options: Any = {"author": "Ann", "seen": 0, "key": "k"}
        sentence = fails("locked", lambda: store.reviews.save(review.id, [add("mice", "Species")], **options))
        assert "keeps" in sentence
        assert str(desk.store.path) in sentence
        assert store.reviews.get(review.id) == review
        other.execute("ROLLBACK")
        result = store.reviews.save(review.id, [add("mice", "Species")], **options)
    assert not result.was_known
    assert shown(desk.store.reviews.get(review.id)) == ["mice=Species accepted"]


def test_a_writer_waits_for_another_program_that_is_soon_done(desk: Desk, other: sqlite3.Connection) -> None:
    review = desk.open_review(desk.add())
    other.execute("BEGIN IMMEDIATE")
    saved: list[Any] = []
    thread = threading.Thread(target=lambda: saved.append(desk.save(review, add("mice", "Species"))))
    thread.start()
    assert desk.store.reviews.get(review.id) == review
    other.execute("COMMIT")
    thread.join()
    assert shown(saved[0].review) == ["mice=Species accepted"]


def test_a_read_only_file_can_be_read_but_tells_that_it_cannot_be_written(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    review = desk.save(desk.open_review(desk.add()), add("allergy", "Disease")).review
    desk.store.close()

    def connect(database: Database) -> sqlite3.Connection:
        uri = f"{database.path.as_uri()}?mode=ro"
        return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)

    with monkeypatch.context() as patch:
        patch.setattr(Database, "connect", connect)
        with desk.open() as store:
            assert store.reviews.get(review.id) == review
            call = lambda: store.reviews.save(review.id, [add("mice", "Species")], author="Ann", seen=1, key="k")  # noqa: E731
            assert "cannot be written to" in fails("read-only", call)
            assert store.reviews.get(review.id) == review
    assert desk.reopen().reviews.get(review.id) == review


def limit_size(monkeypatch: pytest.MonkeyPatch, pages: int) -> None:
    """SQLite itself says that the disk is full when the file would get larger."""
    connect = Database.connect

    def connect_small(database: Database) -> sqlite3.Connection:
        connection = connect(database)
        connection.execute(f"PRAGMA max_page_count = {pages}")
        return connection

    monkeypatch.setattr(Database, "connect", connect_small)


def test_a_full_disk_is_told_and_what_did_not_fit_left_no_trace(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.act("complete", desk.open_review(desk.add("first")))
    ((pages,),) = desk.query("PRAGMA page_count")
    desk.store.close()
    with monkeypatch.context() as patch:
        limit_size(patch, pages + 40)
        desk.store = desk.open()
        documents = [Document(str(i), f"{TEXT} {i} " + "more words " * 30) for i in range(1000)]
        sentence = fails("full", lambda: desk.store.documents.add(desk.project.id, iter(documents), print))
        assert "no room left" in sentence
        count = desk.store.documents.count(desk.project.id)
        assert (count - 1) % 200 == 0
        review = desk.open_review(1)
        note = "x" * 400_000
        fails("full", lambda: desk.save(review, add("mice", "Species"), Correction("annotate", note=note)))
        assert desk.store.reviews.get(review.id) == review
        assert desk.store.check() == []
    assert desk.reopen().documents.count(desk.project.id) == count
    assert shown(desk.save(review, add("mice", "Species")).review) == ["mice=Species accepted"]


@pytest.mark.parametrize("content", [b"this is no database" * 100, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_file_that_is_no_database_is_told_and_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "biobert-demo.sqlite"
    path.write_bytes(content)
    assert "biobert-demo restore" in fails("damaged", lambda: Store.open(tmp_path))
    assert path.read_bytes() == content


def test_damage_inside_the_file_is_told_rather_than_guessed_at(tmp_path: Path) -> None:
    with Store.open(tmp_path, backups=False) as store:
        project = store.projects.default()
        store.documents.add(project.id, [Document(str(i), f"{i} {TEXT}" * 20) for i in range(300)], print)
        path = store.path
    whole = path.read_bytes()
    # Past the tables of tables, without which nothing could be opened at all.
    start = len(whole) // 3
    path.write_bytes(whole[:start] + b"\xaa" * 200_000 + whole[start + 200_000 :])
    with Store.open(tmp_path, backups=False) as store:
        findings = store.check()
        assert findings
        assert all(finding.kind in ("file", "reference") for finding in findings)
        fails("damaged", lambda: list(store.documents.iterate(project.id)))
        fails("damaged", store.backup)
        assert store.backups() == []


def test_a_newer_store_is_told_and_not_touched(desk: Desk) -> None:
    desk.store.close()
    connection = sqlite3.connect(desk.store.path)
    connection.execute(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('biobert_demo', 'time_travel', '')"
    )
    connection.commit()
    connection.close()
    before = desk.store.path.read_bytes()
    assert "newer version of this program (it has the change 'time_travel')" in fails("newer", desk.open)
    assert desk.store.path.read_bytes() == before
    connection = sqlite3.connect(desk.store.path)
    connection.execute("DELETE FROM _sqlite_migrations WHERE name = 'time_travel'")
    connection.commit()
    connection.close()
    desk.reopen()


def test_another_programs_database_is_told_and_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "recipes.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE recipes (id)")
    connection.close()
    before = path.read_bytes()
    assert "of another program" in fails("foreign", lambda: Store.open(path))
    assert path.read_bytes() == before


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    fails("unreachable", lambda: Store.open(tmp_path / "file" / "home"))
    fails("unreachable", lambda: Store.open(tmp_path / "file" / "x.sqlite"))


def test_a_closed_store_says_so(desk: Desk) -> None:
    desk.store.close()
    assert "open it again" in fails("closed", desk.store.projects.list)
    desk.reopen()


def test_a_folder_or_a_file_name_the_same_store(tmp_path: Path) -> None:
    with Store.open(str(tmp_path), backups=False) as store:
        assert store.path == tmp_path / "biobert-demo.sqlite"
        id = store.projects.create("mine").id
    for path in (tmp_path / "biobert-demo.sqlite", str(tmp_path / "biobert-demo.sqlite")):
        with Store.open(path, backups=False) as store:
            assert store.projects.get(id).name == "mine"


def test_an_older_store_is_copied_and_brought_up_to_date_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    review = desk.save(desk.open_review(desk.add()), add("mice", "Species")).review
    desk.store.close()

    def add_table(db: Any) -> None:
        db["moods"].create({"id": int, "mood": str}, pk="id")

    with monkeypatch.context() as patch:
        patch.setattr(schema, "MIGRATIONS", [*schema.MIGRATIONS, ("moods", add_table)])
        with desk.open() as store, desk.open() as again:
            assert store.reviews.get(review.id) == again.reviews.get(review.id) == review
            (copy,) = store.backups()
    assert desk.query("SELECT count(*) FROM moods") == [(0,)]
    fails("newer", desk.open)
    assert desk.store.path.unlink() is None
    copy.rename(desk.store.path)
    assert desk.reopen().reviews.get(review.id) == review


def test_a_change_that_fails_leaves_the_store_as_it_was(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.store.close()

    def fail(db: Any) -> None:
        db.execute("DROP VIEW gold_mentions")
        db.execute("CREATE TABLE projects (id)")

    with monkeypatch.context() as patch:
        patch.setattr(schema, "MIGRATIONS", [*schema.MIGRATIONS, ("broken", fail)])
        with pytest.raises(sqlite3.OperationalError, match="already exists"):
            desk.open()
    assert desk.reopen().projects.default() == desk.project
    assert desk.query("SELECT * FROM gold_mentions") == []


def test_a_save_is_flushed_before_it_returns(desk: Desk) -> None:
    connection = Database(desk.store.path).connect()
    try:
        settings = [
            connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    finally:
        connection.close()
    assert settings == ["wal", 2, 1]


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE steps SET author = 'Eve'",
        "DELETE FROM steps",
        "UPDATE corrections SET label = 'Gene'",
        "DELETE FROM corrections",
        "UPDATE texts SET text = 'x'",
        "DELETE FROM texts",
        "UPDATE predictions SET score = 1",
        "DELETE FROM predictions",
        "DELETE FROM prediction_sets",
        "UPDATE prediction_sets SET model = 'x'",
        "INSERT OR REPLACE INTO steps SELECT * FROM steps WHERE number = 1",
        "INSERT OR REPLACE INTO steps SELECT id, review_id, 9, kind, author, created, target, summary, seen, 'new', "
        "batch, set_id FROM steps WHERE number = 1",
        "INSERT OR REPLACE INTO corrections SELECT * FROM corrections",
        "INSERT INTO steps SELECT 99, review_id, 7, kind, author, created, target, summary, seen, 'new', batch, set_id "
        "FROM steps WHERE number = 1",
    ],
)
def test_history_cannot_be_changed_by_any_program(desk: Desk, other: sqlite3.Connection, sql: str) -> None:
    desk.save(desk.open_review(desk.add(suggested="allergy=Disease")), add("mice", "Species"))
    tables = ("texts", "prediction_sets", "predictions", "steps", "corrections")
    before = [desk.query(f"SELECT * FROM {table}") for table in tables]
    assert all(before)
    with pytest.raises(sqlite3.IntegrityError, match="only grows"):
        other.execute(sql)
    assert [desk.query(f"SELECT * FROM {table}") for table in tables] == before


@pytest.mark.parametrize(
    ("sql", "kind", "words"),
    [
        ("UPDATE spans SET label = 'Gene'", "review", "do not follow from its history"),
        ("DELETE FROM spans", "review", "do not follow"),
        ("UPDATE reviews SET accepted = 7", "review", r"counts \[1, 7, 0, 0\]"),
        ("UPDATE reviews SET is_complete = 1", "review", "do not follow"),
        ("UPDATE reviews SET completed = '2031'", "review", "when it was completed"),
        ("UPDATE reviews SET revision = 1", "review", "do not follow"),
        ("UPDATE documents SET hash = 'x'", "reference", "refers to a row of texts"),
        ("DROP TRIGGER texts_no_update; UPDATE texts SET text = 'x'", "text", "is another one"),
        ("DROP TRIGGER predictions_no_update; UPDATE predictions SET start_at = 1", "prediction", "not there"),
        ("DROP TRIGGER corrections_no_update; UPDATE corrections SET text = 'x'", "review", "cannot be replayed"),
        ("DROP TRIGGER steps_no_update; UPDATE steps SET kind = 'undo', target = 1", "review", "cannot be replayed"),
        ("INSERT INTO span_search (span_search) VALUES ('delete-all')", "search", "span_search does not match"),
    ],
)
def test_the_check_finds_what_was_changed_behind_its_back(tmp_path: Path, sql: str, kind: str, words: str) -> None:
    desk = Desk(tmp_path / "home", Clock())
    desk.save(desk.open_review(desk.add(suggested="allergy=Disease")), add("mice", "Species"))
    assert desk.store.check() == []
    connection = sqlite3.connect(desk.store.path)
    connection.executescript(sql)
    connection.close()
    findings = desk.store.check()
    desk.store.close()
    assert kind in {finding.kind for finding in findings}
    assert any(re.search(words, finding.message) for finding in findings), findings
