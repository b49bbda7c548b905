"""A copy is whole, made while others save, kept as long as it should be, and can take the store's place."""

from __future__ import annotations

import sqlite3
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from store_desk import Clock, Desk, add

from biobert_demo.errors import BadInput
from biobert_demo.store import Store, StoreUnavailable, made_at, restore_store
from biobert_demo.store.backups import BackupKeeper, choose_expired, is_due
from biobert_demo.store.database import Database


def state(store: Store) -> list[object]:
    """All that a store holds of its only project."""
    project = store.projects.default()
    reviews = list(store.reviews.iterate(project.id))
    histories = [store.reviews.history(review.id) for review in reviews]
    return [project, list(store.documents.iterate(project.id)), reviews, histories]


@pytest.fixture
def busy(desk: Desk) -> Desk:
    """A store with two reviewed documents."""
    for name in ("1", "2"):
        review = desk.open_review(desk.add(name, suggested="allergy=Disease"))
        desk.save(review, add("mice", "Species"), add("BRX7", "Gene"))
    return desk


def test_a_copy_opens_as_a_store_that_is_whole_and_the_same(busy: Desk, tmp_path: Path) -> None:
    target = busy.store.backup(tmp_path / "elsewhere" / "copy.sqlite")
    assert [path.name for path in target.parent.iterdir()] == ["copy.sqlite"]
    with Store.open(target, backups=False) as copy:
        assert copy.check() == []
        assert state(copy) == state(busy.store)


def test_going_back_to_a_copy_keeps_what_was_there_as_another(busy: Desk) -> None:
    before = state(busy.store)
    copy = busy.store.backup()
    busy.clock.forward(minutes=1)
    busy.save(busy.open_review(1), add("lumositis", "Disease"))
    after = state(busy.store)
    other_tab = busy.open()
    saved = busy.store.restore(copy)
    assert saved is not None
    assert state(busy.store) == state(other_tab) == before
    assert other_tab.check() == []
    other_tab.close()
    assert busy.store.backups() == [saved, copy]
    busy.clock.forward(minutes=1)
    busy.store.restore(saved)
    assert state(busy.store) == after


def test_an_edit_from_before_going_back_is_told_so(busy: Desk) -> None:
    copy = busy.store.backup()
    newer = busy.save(busy.open_review(1), add("lumositis", "Disease")).review
    busy.clock.forward(minutes=1)
    busy.store.restore(copy)
    with pytest.raises(Exception, match="has only 2; reload"):
        busy.save(newer, add("penicillin", "Chemical"))


def test_a_damaged_store_is_moved_aside_for_a_copy(busy: Desk) -> None:
    before = state(busy.store)
    copy = busy.store.backup()
    busy.store.close()
    damaged = b"no database " * 1000
    busy.store.path.write_bytes(damaged)
    aside = restore_store(busy.folder, copy)
    assert aside is not None
    assert aside.read_bytes() == damaged
    assert state(busy.reopen()) == before


def test_a_copy_becomes_the_store_of_an_empty_folder(busy: Desk, tmp_path: Path) -> None:
    copy = busy.store.backup()
    assert restore_store(tmp_path / "new", copy) is None
    with Store.open(tmp_path / "new", backups=False) as store:
        assert state(store) == state(busy.store)


def test_a_copy_that_is_not_whole_replaces_nothing(busy: Desk, tmp_path: Path) -> None:
    before = state(busy.store)
    copy = busy.store.backup()
    whole = copy.read_bytes()
    connection = sqlite3.connect(tmp_path / "foreign.sqlite")
    connection.execute("CREATE TABLE recipes (id)")
    connection.close()
    (tmp_path / "cut.sqlite").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "holes.sqlite").write_bytes(whole[:20_000] + bytes(30_000) + whole[50_000:])
    (tmp_path / "text.sqlite").write_text("not a database at all, but longer than a header" * 50)
    (tmp_path / "empty.sqlite").write_bytes(b"")
    for name in ("foreign", "cut", "holes", "text", "empty", "missing"):
        source = tmp_path / f"{name}.sqlite"
        with pytest.raises((StoreUnavailable, BadInput), match=f"{name}.sqlite"):
            busy.store.restore(source)
    assert state(busy.store) == before
    assert busy.store.backups() == [copy]


def test_a_copy_never_overwrites_a_file(busy: Desk, tmp_path: Path) -> None:
    target = tmp_path / "notes.sqlite"
    target.write_text("mine")
    with pytest.raises(BadInput, match="exists already"):
        busy.store.backup(target)
    assert target.read_text() == "mine"


def test_a_copy_that_cannot_be_written_is_told_and_leaves_nothing(busy: Desk, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailable, match="No copy was made"):
        busy.store.backup(tmp_path / "file" / "copy.sqlite")
    assert busy.store.check() == []


def test_copies_made_while_others_save_are_whole(busy: Desk, tmp_path: Path) -> None:
    stop = threading.Event()
    saved = []

    def annotate() -> None:
        review = busy.open_review(1)
        while not stop.is_set():
            word = "penicillin" if len(saved) % 2 else "Velocumab"
            review = busy.save(review, add(word, "Chemical")).review
            saved.append(review.revision.number)
            review = busy.act("undo", review).review

    thread = threading.Thread(target=annotate)
    thread.start()
    try:
        for i in range(6):
            copy = busy.store.backup(tmp_path / f"{i}.sqlite")
            with Store.open(copy, backups=False) as store:
                assert store.check() == []
    finally:
        stop.set()
        thread.join()
    assert saved


def test_the_newest_five_and_one_of_each_of_fourteen_days_are_kept() -> None:
    now = datetime(2031, 5, 20, 12, tzinfo=UTC)

    def path(moment: datetime) -> Path:
        return Path(f"biobert-demo-{moment.strftime('%Y%m%dT%H%M%S.%fZ')}.sqlite")

    hourly = [path(now - timedelta(hours=6 * i)) for i in range(120)]
    own = [Path("biobert-demo-before-the-move.sqlite")]
    expired = choose_expired([*own, *reversed(hourly)], now)
    kept = [one for one in hourly if one not in expired]
    assert own[0] not in expired
    assert kept[:5] == hourly[:5]
    days = [made.date() for one in kept if (made := made_at(one))]
    assert sorted(set(days)) == [(now - timedelta(days=i)).date() for i in range(13, -1, -1)] or len(set(days)) == 15
    assert all(days.count(day) == 1 for day in days[5:])


def test_making_a_copy_removes_those_that_are_too_many(busy: Desk) -> None:
    for _ in range(8):
        busy.store.backup()
        busy.clock.forward(hours=1)
    assert len(busy.store.backups()) == 5
    busy.clock.forward(days=30)
    busy.store.backup()
    assert len(busy.store.backups()) == 5


def test_a_copy_is_due_at_the_start_and_daily_where_something_changed(tmp_path: Path) -> None:
    clock = Clock()
    clock.time = datetime.now(UTC) - timedelta(days=3)
    desk = Desk(tmp_path / "home", clock)
    database = Database(desk.store.path, clock=clock)
    day, start = timedelta(hours=24), timedelta(minutes=10)
    assert is_due(database, day)
    desk.store.backup()
    clock.forward(minutes=9)
    assert not is_due(database, start)
    clock.forward(minutes=2)
    assert is_due(database, start)
    assert not is_due(database, day)
    clock.forward(days=1)
    assert is_due(database, day)
    clock.time = datetime.now(UTC) + timedelta(minutes=1)
    desk.store.backup()
    clock.forward(days=5)
    assert not is_due(database, day)
    desk.store.close()


def test_opening_a_store_makes_a_copy_in_the_background(busy: Desk) -> None:
    busy.store.close()
    with Store.open(busy.folder, clock=busy.clock):
        pass
    (copy,) = busy.reopen().backups()
    with Store.open(copy, backups=False) as store:
        assert state(store) == state(busy.store)


def test_a_copy_that_fails_in_the_background_is_logged(busy: Desk, caplog: pytest.LogCaptureFixture) -> None:
    busy.folder.joinpath("backups").write_text("a file where the folder should be")
    keeper = BackupKeeper(Database(busy.store.path))
    keeper.start()
    keeper.stop()
    assert "No copy of the store was made" in caplog.text
