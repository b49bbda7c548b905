"""Runs are queued, started, followed, cancelled, ended and recovered; what they learned and changed can be read again."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from many_at_once import at_once, processes_at_once
from store_desk import TEXT, Clock, Desk, add

from biobert_demo.errors import BadInput
from biobert_demo.store import FILE_NAME, RunExample, RunRefused, SpanChange, Store, TrainingRun, schema
from biobert_demo.store.runs import MOST_ATTEMPTS


def queue(desk: Desk, task: Any = "ner", **options: Any) -> TrainingRun:
    return desk.store.runs.queue(task, **{"trigger": "hand", "author": "Ann"} | options)


def start(desk: Desk, task: Any = "ner", pid: int = 7, **options: Any) -> TrainingRun:
    return desk.store.runs.claim(queue(desk, task, **options).id, pid)


def test_a_run_goes_from_queued_to_its_end(desk: Desk) -> None:
    run = queue(desk, settings={"seed": 3, "method": "auto"}, project_id=desk.project.id, trigger="count")
    assert (run.state, run.task, run.trigger, run.author) == ("queued", "ner", "count", "Ann")
    assert (run.project_id, run.settings, run.attempts) == (desk.project.id, {"seed": 3, "method": "auto"}, 0)
    assert desk.store.runs.queued() == run
    assert desk.store.runs.running() is None
    desk.clock.forward(seconds=5)
    begun = desk.store.runs.claim(run.id, 77)
    assert (begun.state, begun.pid, begun.phase) == ("running", 77, "waiting")
    assert begun.created < (begun.started or "") == begun.heartbeat
    assert desk.store.runs.running() == begun
    assert desk.store.runs.queued() is None
    desk.clock.forward(seconds=5)
    assert desk.store.runs.beat(run.id, phase="training", step=4, steps=9, seconds_left=60.5, loss=0.25, dev_f1=0.5)
    desk.store.runs.note(run.id, "Half a minute more.")
    now = desk.store.runs.get(run.id)
    assert (now.phase, now.step, now.steps, now.seconds_left, now.loss, now.dev_f1) == (
        "training",
        4,
        9,
        60.5,
        0.25,
        0.5,
    )
    assert now.message == "Half a minute more."
    assert (now.heartbeat or "") > (begun.heartbeat or "")
    assert desk.store.runs.beat(run.id, phase="comparing")
    now = desk.store.runs.get(run.id)
    assert (now.step, now.seconds_left, now.loss, now.dev_f1) == (0, None, 0.25, 0.5)
    ended = desk.store.runs.finish(run.id, "refused", "Worse on genes.")
    assert (ended.state, ended.message, ended.pid, ended.is_ended) == ("refused", "Worse on genes.", None, True)
    assert ended.finished is not None
    assert desk.store.runs.last("ner") == ended
    assert desk.store.runs.list() == [ended]


def test_one_run_of_a_task_is_queued_and_the_queued_one_leaves_again(desk: Desk) -> None:
    first = queue(desk)
    assert queue(desk, author="Bo", trigger="nightly", settings={"seed": 9}) == first
    other_task = queue(desk, "qa")
    assert other_task.id != first.id
    assert desk.store.runs.queued() == first
    assert desk.store.runs.queued("qa") == other_task
    desk.store.runs.claim(first.id, 1)
    assert queue(desk).id not in (first.id, other_task.id)


def test_one_run_is_running_over_all_tasks(desk: Desk) -> None:
    run = start(desk, pid=41)
    waiting = queue(desk, "qa")
    with pytest.raises(RunRefused, match=rf"Run {run.id} \(ner\) is running in process 41"):
        desk.store.runs.claim(waiting.id, 42)
    desk.store.runs.finish(run.id, "failed", "No memory.")
    assert desk.store.runs.claim(waiting.id, 42).state == "running"


@pytest.mark.parametrize("state", ["running", "promoted", "refused", "failed", "cancelled"])
def test_only_a_queued_run_can_be_started(desk: Desk, state: Any) -> None:
    run = start(desk)
    if state != "running":
        desk.store.runs.finish(run.id, state)
    with pytest.raises(RunRefused, match=f"is {state}, not queued"):
        desk.store.runs.claim(run.id, 8)
    assert desk.store.runs.get(run.id).state == state


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda runs: runs.queue("pos", trigger="hand", author="Ann"), "'pos'"),
        (lambda runs: runs.queue("ner", trigger="moon", author="Ann"), "'moon'"),
        (lambda runs: runs.queue("ner", trigger="hand", author="Ann", project_id=99), "no project 99"),
        (lambda runs: runs.queue("ner", trigger="hand", author="Ann", settings={"f": print}), "must be JSON"),
        (lambda runs: runs.get(99), "no training run 99"),
        (lambda runs: runs.claim(99, 1), "no training run 99"),
        (lambda runs: runs.beat(99, phase="training"), "no training run 99"),
        (lambda runs: runs.note(99, "x"), "no training run 99"),
        (lambda runs: runs.request_cancel(99, "Ann"), "no training run 99"),
        (lambda runs: runs.finish(99, "failed"), "no training run 99"),
        (lambda runs: runs.finish(1, "running"), "not as 'running'"),
        (lambda runs: runs.add_metrics(99, [{"step": 1}]), "does not fit the store"),
        (lambda runs: runs.add_metrics(1, [{"step": {1, 2}}]), "must be JSON"),
    ],
)
def test_what_cannot_be_is_told(desk: Desk, call: Callable[[Any], Any], words: str) -> None:
    queue(desk, "qa")
    with pytest.raises(BadInput, match=words):
        call(desk.store.runs)
    assert [run.state for run in desk.store.runs.list()] == ["queued"]


def test_a_queued_run_is_cancelled_at_once_and_a_running_one_at_its_next_beat(desk: Desk) -> None:
    run = queue(desk)
    cancelled = desk.store.runs.request_cancel(run.id, "Bo")
    assert (cancelled.state, cancelled.message) == ("cancelled", "Cancelled by Bo before it was started.")
    run = start(desk)
    assert desk.store.runs.beat(run.id, phase="training")
    asked = desk.store.runs.request_cancel(run.id, "Bo")
    assert (asked.state, asked.is_cancel_requested) == ("running", True)
    assert not desk.store.runs.beat(run.id, phase="training", step=3)
    ended = desk.store.runs.finish(run.id, "cancelled", "Cancelled.")
    assert desk.store.runs.request_cancel(run.id, "Cy") == ended
    assert desk.query("SELECT cancelled_by FROM training_runs ORDER BY id") == [("Bo",), ("Bo",)]


def test_a_process_whose_run_is_no_longer_its_own_is_told_to_stop(desk: Desk) -> None:
    run = start(desk, pid=7)
    assert desk.store.runs.beat(run.id, phase="training", pid=7)
    desk.store.runs.recover(lambda run: False)
    assert not desk.store.runs.beat(run.id, phase="training", step=5, pid=7)
    desk.store.runs.claim(run.id, 8)
    assert not desk.store.runs.beat(run.id, phase="training", step=5, pid=7)
    assert desk.store.runs.get(run.id).step == 0
    assert desk.store.runs.beat(run.id, phase="training", step=6, pid=8)


def test_the_first_end_of_a_run_counts(desk: Desk) -> None:
    run = start(desk)
    ended = desk.store.runs.finish(run.id, "promoted", "Better.")
    assert desk.store.runs.finish(run.id, "failed", "Its process ended.") == ended
    assert not desk.store.runs.beat(run.id, phase="training")


def test_a_run_whose_process_is_gone_is_queued_again_three_times_at_most(desk: Desk) -> None:
    run = start(desk, settings={"seed": 5})
    assert desk.store.runs.recover(lambda run: True) == []
    for attempt in range(1, MOST_ATTEMPTS):
        desk.store.runs.beat(run.id, phase="training", step=9)
        (again,) = desk.store.runs.recover(lambda run: run.pid != 7)
        assert (again.id, again.state, again.attempts, again.pid) == (run.id, "queued", attempt, None)
        assert "goes on from its last checkpoint" in again.message
        assert again.settings == {"seed": 5}
        desk.clock.forward(minutes=1)
        begun = desk.store.runs.claim(run.id, 7)
        assert (begun.started, begun.message) == (run.started, "")
    desk.store.runs.beat(run.id, phase="comparing")
    (given_up,) = desk.store.runs.recover(lambda run: False)
    assert (given_up.state, given_up.attempts) == ("failed", MOST_ATTEMPTS)
    assert f"ended {MOST_ATTEMPTS} times" in given_up.message
    assert "'comparing'" in given_up.message
    assert desk.store.runs.recover(lambda run: False) == []


def test_a_run_that_was_stopped_in_good_order_has_not_failed(desk: Desk) -> None:
    run = start(desk)
    for _ in range(MOST_ATTEMPTS + 1):
        (again,) = desk.store.runs.recover(lambda run: False, is_failure=False)
        assert (again.state, again.attempts) == ("queued", 0)
        desk.store.runs.claim(run.id, 7)


def test_a_dead_run_to_be_cancelled_is_cancelled(desk: Desk) -> None:
    run = start(desk)
    desk.store.runs.request_cancel(run.id, "Ann")
    assert [one.state for one in desk.store.runs.recover(lambda run: False)] == ["cancelled"]


def test_a_dead_run_gives_way_to_the_queued_one_which_reads_newer_corrections(desk: Desk) -> None:
    run = start(desk)
    queued = queue(desk)
    (ended,) = desk.store.runs.recover(lambda run: False)
    assert (ended.id, ended.state) == (run.id, "failed")
    assert f"run {queued.id}" in ended.message
    assert desk.store.runs.queued() == queued


def test_a_run_that_ends_while_its_process_is_looked_for_stays_ended(desk: Desk) -> None:
    run = start(desk)

    def ends(run: TrainingRun) -> bool:
        desk.store.runs.finish(run.id, "promoted")
        return False

    assert desk.store.runs.recover(ends) == []
    assert desk.store.runs.get(run.id).state == "promoted"


def test_a_page_that_polls_gets_only_new_measurements(desk: Desk) -> None:
    run = start(desk)
    other = desk.store.runs.queue("qa", trigger="hand", author="Ann")
    desk.store.runs.add_metrics(run.id, [{"step": 1, "loss": 0.5}, {"step": 2, "loss": float("nan"), "dev_f1": 0.75}])
    desk.store.runs.add_metrics(other.id, [{"step": 1}])
    rows = desk.store.runs.metrics(run.id)
    assert [(row["step"], row["loss"]) for row in rows] == [(1, 0.5), (2, None)]
    assert rows[1]["dev_f1"] == 0.75
    desk.store.runs.add_metrics(run.id, [{"step": 3, "loss": 0.25}])
    assert [row["step"] for row in desk.store.runs.metrics(run.id, after=rows[-1]["number"])] == [3]
    assert desk.store.runs.metrics(run.id, after=10**6) == []


def example(desk: Desk, review: int, document: int, part: Any = "training") -> RunExample:
    return RunExample(document, review, 1, "hash", part, desk.project.id)


def change(document: int, review: int | None, word: str, outcome: Any, after: str = "Disease") -> SpanChange:
    start = TEXT.index(word)
    return SpanChange(document, review, start, start + len(word), word, "Disease", outcome, "", after, 0, 25)


def reviewed(desk: Desk, name: str, author: str = "Ann") -> tuple[int, int]:
    """(document id, review id) of a completed document."""
    document = desk.add(name)
    review = desk.open_review(document, author)
    desk.act("complete", review)
    return document, review.id


def test_a_run_keeps_what_it_learned_from(desk: Desk) -> None:
    (a, first), (b, second) = reviewed(desk, "a"), reviewed(desk, "b")
    run = start(desk)
    desk.store.runs.keep_examples(run.id, [example(desk, first, a)])
    rows = [example(desk, first, a, "held_out"), example(desk, second, b)]
    desk.store.runs.keep_examples(run.id, reversed(rows))
    assert desk.store.runs.examples(run.id) == rows
    for wrong in (
        [example(desk, 99, a)],
        [example(desk, first, 99)],
        [example(desk, first, a, "elsewhere")],
        [rows[0], rows[0]],
    ):
        with pytest.raises(BadInput, match="does not fit the store"):
            desk.store.runs.keep_examples(run.id, wrong)
    assert desk.store.runs.examples(run.id) == rows


def test_what_changed_is_read_in_pages_by_outcome(desk: Desk) -> None:
    document, review = reviewed(desk, "a")
    run = start(desk)
    rows = [
        change(document, review, "allergy", "now_right"),
        change(document, None, "penicillin", "now_wrong", ""),
        change(document, review, "lumositis", "now_right"),
        change(document, review, "mice", "still_wrong", "Species"),
    ]
    desk.store.runs.keep_changes(run.id, rows)
    desk.store.runs.keep_changes(run.id, rows)
    assert desk.store.runs.changes(run.id) == (rows, 4)
    assert desk.store.runs.changes(run.id, offset=1, limit=2) == (rows[1:3], 4)
    assert desk.store.runs.changes(run.id, "now_right", limit=1) == (rows[:1], 2)
    assert desk.store.runs.changes(run.id, "still_right") == ([], 0)
    counts = {"now_right": 2, "now_wrong": 1, "still_wrong": 1, "still_right": 0}
    assert desk.store.runs.count_changes(run.id) == counts
    with pytest.raises(BadInput, match="does not fit the store"):
        desk.store.runs.keep_changes(run.id, [change(document, review, "mice", "better")])
    assert desk.store.runs.count_changes(run.id) == counts


@pytest.mark.parametrize("table", ["run_metrics", "run_examples", "span_changes"])
def test_what_a_run_did_cannot_be_changed_once_it_has_ended(desk: Desk, table: str) -> None:
    document, review = reviewed(desk, "a")
    run = start(desk)
    desk.store.runs.add_metrics(run.id, [{"step": 1}])
    desk.store.runs.keep_examples(run.id, [example(desk, review, document)])
    desk.store.runs.keep_changes(run.id, [change(document, review, "mice", "now_right")])
    desk.store.runs.finish(run.id, "promoted")
    other = sqlite3.connect(desk.store.path)
    for sql in (f"DELETE FROM {table}", f"UPDATE {table} SET run_id = 1"):
        with pytest.raises(sqlite3.IntegrityError, match="only grows"):
            other.execute(sql)
    other.close()


def decide(desk: Desk, run: TrainingRun, version: str, is_promoted: bool) -> int:
    """The id of a run's model, after the run has ended."""
    models = desk.store.models
    model = models.register(
        "ner", version, f"/{version}", run_id=run.id, weights_hash=version, decision={"is_promoted": is_promoted}
    )
    if is_promoted:
        models.promote(model.id, author="gate", reason="Better.", kind="gate")
    desk.store.runs.finish(run.id, "promoted" if is_promoted else "refused", model_id=model.id)
    return model.id


def test_a_correction_has_a_receipt_for_each_run_that_used_it(desk: Desk) -> None:
    (a, first), (b, second) = reviewed(desk, "a"), reviewed(desk, "b")
    models = []
    for version, is_promoted in (("old", True), ("new", True), ("bad", False)):
        run = start(desk)
        desk.store.runs.keep_examples(run.id, [example(desk, first, a), example(desk, second, b, "held_out")])
        desk.store.runs.keep_changes(
            run.id, [change(a, first, "mice", "still_wrong"), change(a, first, "allergy", "now_right")]
        )
        models.append(decide(desk, run, version, is_promoted))
    unfinished = start(desk)
    desk.store.runs.keep_examples(unfinished.id, [example(desk, first, a)])
    found = [(one.model_number, one.part, one.start, one.outcome) for one in desk.store.runs.receipts(first)]
    places = [(TEXT.index("allergy"), "now_right"), (TEXT.index("mice"), "still_wrong")]
    assert found == [(number, "training", *place) for number in (2, 1, 3) for place in places]
    served = [(one.model_id, one.is_promoted, one.is_served) for one in desk.store.runs.receipts(first)[::2]]
    assert served == [(models[1], True, True), (models[0], True, False), (models[2], False, False)]
    without_places = desk.store.runs.receipts(second)
    assert [(one.part, one.start, one.label, one.outcome) for one in without_places] == [("held_out", None, "", "")] * 3
    assert desk.store.runs.receipts(99) == []
    desk.store.models.promote(models[2], author="Ann", reason="I looked at it.", kind="override")
    assert [one.model_number for one in desk.store.runs.receipts(first)[::2]] == [3, 2, 1]


def test_new_documents_are_those_completed_since_a_run_read_them(desk: Desk, clock: Clock) -> None:
    runs, project = desk.store.runs, desk.project
    other = desk.store.projects.create("Other")
    assert runs.count_new() == 0
    reviewed(desk, "a")
    reviewed(desk, "a", "Bo")
    desk.open_review(desk.add("unfinished"))
    assert (runs.count_new(), runs.count_new(project.id), runs.count_new(other.id)) == (1, 1, 0)
    clock.forward(minutes=1)
    run = start(desk)
    clock.forward(minutes=1)
    reviewed(desk, "b")
    assert runs.count_new() == 2
    clock.forward(minutes=1)
    runs.finish(run.id, "failed")
    assert runs.count_new() == 2
    run = start(desk, project_id=other.id)
    runs.finish(run.id, "refused")
    assert runs.count_new() == 2
    run = start(desk, project_id=project.id)
    runs.finish(run.id, "refused")
    assert runs.count_new() == 0
    clock.forward(minutes=1)
    review = desk.open_review(1)
    review = desk.save(review, add("BRX7", "Gene")).review
    assert runs.count_new() == 0
    desk.act("undo", desk.act("undo", review).review)
    desk.act("complete", desk.open_review(1))
    assert runs.count_new() == 1
    assert runs.count_new(task="qa") == 0


def test_the_last_run_of_a_task_is_the_one_that_ended_last(desk: Desk, clock: Clock) -> None:
    assert desk.store.runs.last("ner") is None
    for task, state in (("ner", "refused"), ("ner", "failed"), ("qa", "promoted")):
        desk.store.runs.finish(start(desk, task).id, state)  # type: ignore[arg-type]
        clock.forward(minutes=1)
    last = desk.store.runs.last("ner")
    assert last is not None
    assert last.state == "refused"
    last = desk.store.runs.last("ner", ("failed", "cancelled"))
    assert last is not None
    assert last.state == "failed"
    assert [run.id for run in desk.store.runs.list("ner")] == [2, 1]
    assert [run.id for run in desk.store.runs.list(limit=1)] == [3]


def test_threads_that_queue_at_once_get_one_run_and_one_of_those_that_start_it_wins(desk: Desk) -> None:
    ids = {run.id for run in at_once(8, lambda i: queue(desk, author=f"Ann {i}"))}
    assert len(ids) == 1
    (id,) = ids
    answers = at_once(8, lambda i: desk.store.runs.claim(id, 100 + i))
    winners = [one for one in answers if isinstance(one, TrainingRun)]
    assert len(winners) == 1
    assert desk.store.runs.get(id) == winners[0]


def test_processes_that_queue_and_start_at_once_have_one_run(desk: Desk) -> None:
    desk.store.close()
    assert len(set(processes_at_once(desk.folder, *[("queue",)] * 4))) == 1
    with desk.open() as store:
        other = store.runs.queue("qa", trigger="hand", author="Ann")
    answers = processes_at_once(desk.folder, ("claim", "1"), ("claim", str(other.id)), ("claim", "1"))
    assert sum(isinstance(one, int) for one in answers) == 1
    refused = [one for one in answers if isinstance(one, str)]
    assert all(one.startswith("RunRefused: ") for one in refused)
    desk.reopen()
    assert len([run for run in desk.store.runs.list() if run.state == "running"]) == 1


def test_two_runs_cannot_be_running_whoever_writes_it(desk: Desk) -> None:
    start(desk)
    waiting = queue(desk, "qa")
    other = sqlite3.connect(desk.store.path)
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        other.execute("UPDATE training_runs SET state = 'running' WHERE id = ?", (waiting.id,))
    other.close()


def test_a_store_from_before_there_were_runs_is_brought_up_to_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:1])
        Store.open(tmp_path, backups=False).close()
    with sqlite3.connect(tmp_path / FILE_NAME) as other:
        other.execute("INSERT INTO projects (name, created) VALUES ('Trial', '2031-05-07')")
    other.close()
    with Store.open(tmp_path, backups=False) as store:
        assert [project.name for project in store.projects.list()] == ["Trial"]
        assert store.runs.list() == []
        assert store.runs.queue("ner", trigger="hand", author="Ann", project_id=1).project_id == 1
        assert store.check() == []
        assert len(store.backups()) == 1


def test_a_copy_holds_runs_and_models_and_going_back_to_it_brings_them_back(desk: Desk) -> None:
    document, review = reviewed(desk, "a")
    run = start(desk)
    desk.store.runs.keep_examples(run.id, [example(desk, review, document)])
    decide(desk, run, "first", True)
    copy = desk.store.backup()
    desk.clock.forward(minutes=1)
    decide(desk, start(desk), "second", True)
    desk.store.restore(copy)
    assert [run.state for run in desk.store.runs.list()] == ["promoted"]
    promoted = desk.store.models.promoted("ner")
    assert promoted is not None
    assert promoted.version == "first"
    assert len(desk.store.runs.receipts(review)) == 1
