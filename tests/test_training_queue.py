"""Wishes for runs enter; what is queued, what a worker hears of it, and what is said where it cannot be told, is checked."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from training_desk import TrainingDesk

from biobert_demo.errors import BadInput
from biobert_demo.training_plan import TrainingPlan
from biobert_demo.training_queue import (
    FILE_NAME,
    TrainingQueue,
    is_worker_there,
    keep_plan,
    read_plan,
    request_run,
)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[TrainingDesk]:
    desk = TrainingDesk(tmp_path)
    yield desk
    desk.close()


def hear(desk: TrainingDesk) -> list[int]:
    """The runs that a worker would hear of, in order."""
    heard: list[int] = []
    queue = TrainingQueue(desk.settings, on_run=heard.append)
    while (task := queue.huey.dequeue()) is not None:
        queue.huey.execute(task)
    return heard


def test_a_run_is_queued_in_the_store_and_the_worker_hears_of_it(desk: TrainingDesk) -> None:
    run = request_run(desk.store, desk.settings, trigger="hand", author="Ann", options={"seed": 3})
    assert desk.store.runs.queued() == run
    assert (run.task, run.author, dict(run.settings)) == ("ner", "Ann", {"seed": 3})
    assert hear(desk) == [run.id]
    assert hear(desk) == []


def test_a_second_wish_finds_the_run_that_is_queued(desk: TrainingDesk) -> None:
    first = request_run(desk.store, desk.settings, trigger="hand", author="Ann")
    second = request_run(desk.store, desk.settings, trigger="count", author="Bo")
    assert second == first
    assert hear(desk) == [first.id, first.id]


def test_in_immediate_mode_tasks_are_done_at_once(desk: TrainingDesk) -> None:
    heard: list[object] = []
    queue = TrainingQueue(desk.settings, heard.append, lambda: heard.append("minute"), is_immediate=True)
    queue.wake(7)
    queue.wake()
    assert heard == [7, "minute"]


def test_each_minute_is_one_to_look_around(desk: TrainingDesk) -> None:
    queue = TrainingQueue(desk.settings)
    assert [type(task).__name__ for task in queue.huey.read_periodic(None)] == ["look_around"]


def test_messages_are_json(desk: TrainingDesk) -> None:
    request_run(desk.store, desk.settings, trigger="hand", author="Ann")
    with sqlite3.connect(desk.home / FILE_NAME) as connection:
        ((data,),) = connection.execute("SELECT data FROM task").fetchall()
    connection.close()
    assert json.loads(data)["args"] == [1]


def test_a_queue_that_cannot_be_written_to_leaves_the_run_queued(
    desk: TrainingDesk, caplog: pytest.LogCaptureFixture
) -> None:
    (desk.home / FILE_NAME).mkdir()
    run = request_run(desk.store, desk.settings, trigger="hand", author="Ann")
    assert desk.store.runs.queued() == run
    assert "within a minute" in caplog.text


def test_a_damaged_queue_is_put_aside_and_made_anew(desk: TrainingDesk, caplog: pytest.LogCaptureFixture) -> None:
    (desk.home / FILE_NAME).write_bytes(b"no database " * 1000)
    run = request_run(desk.store, desk.settings, trigger="hand", author="Ann")
    assert hear(desk) == [run.id]
    assert "damaged" in caplog.text
    assert (desk.home / "queue.damaged").read_bytes().startswith(b"no database")


def test_without_redis_installed_it_is_said_what_to_do(desk: TrainingDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huey.storage.Redis", None)
    with pytest.raises(BadInput, match=r"pip install 'biobert-demo\[redis\]'"):
        TrainingQueue(replace(desk.settings, redis="redis://127.0.0.1:1/0"))


def test_an_address_that_is_none_of_redis_is_refused(desk: TrainingDesk) -> None:
    pytest.importorskip("redis", reason="not run: needs the extra redis")
    with pytest.raises(BadInput, match=r"'ftp://:\*\*\*@nowhere'"):
        TrainingQueue(replace(desk.settings, redis="ftp://:secret@nowhere"))


def test_a_redis_that_cannot_be_reached_leaves_the_run_queued(
    desk: TrainingDesk, caplog: pytest.LogCaptureFixture
) -> None:
    pytest.importorskip("redis", reason="not run: needs the extra redis")
    settings = replace(desk.settings, redis="redis://:secret@127.0.0.1:1/0")
    run = request_run(desk.store, settings, trigger="hand", author="Ann")
    assert desk.store.runs.queued() == run
    assert "redis://:***@127.0.0.1:1/0" in caplog.text
    assert "secret" not in caplog.text


def test_the_plan_is_the_setting_until_one_is_kept(desk: TrainingDesk) -> None:
    settings = replace(desk.settings, train_after=25)
    assert read_plan(desk.store, settings) == TrainingPlan(25)
    keep_plan(desk.store, TrainingPlan(0, "02:00"))
    assert read_plan(desk.store, settings) == TrainingPlan(0, "02:00")


def test_no_worker_is_there_before_one_was_started(desk: TrainingDesk) -> None:
    assert not is_worker_there(desk.settings)
    assert not is_worker_there(replace(desk.settings, home=desk.home / "nowhere"))
    assert not (desk.home / "nowhere").exists()
