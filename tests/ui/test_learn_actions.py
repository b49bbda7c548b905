"""A store where a laboratory has taught models enters; whether the tab tells, starts and promotes what it should is seen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from learning_story import tell

from biobert_demo.errors import BadInput
from biobert_demo.settings import Settings
from biobert_demo.store import Store
from biobert_demo.training_plan import TrainingPlan
from biobert_demo.ui.learn_actions import CHANGES_AT_ONCE, LearnActions, describe_plan
from biobert_demo.ui.people import People
from biobert_demo.ui.store_state import StoreState


class Bench:
    """The tab without a page: `call(name, **payload)` is what a script's `server.NAME` does."""

    def __init__(self, home: Path, people: People | None = None) -> None:
        self.stores = StoreState(lambda: Store.open(home, backups=False))
        self.settings = replace(Settings.from_environment({}), home=home)
        self.actions = LearnActions(self.stores, people or People(), self.settings)
        self._functions = {one.__name__: one for one in self.actions.server_functions()}
        self.request: Any = None

    @property
    def store(self) -> Store:
        return self.stores.store()

    def call(self, name: str, **payload: Any) -> dict[str, Any]:
        answer = self._functions[name](payload, self.request)
        json.dumps(answer)
        return answer


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "home")
    yield made
    made.stores.close()


@pytest.fixture
def told(bench: Bench) -> dict[str, int]:
    return tell(bench.store)


# ---------------------------------------------------------------- an empty store


def test_an_empty_store_is_shown_as_one(bench: Bench) -> None:
    assert bench.actions.look_at_run()["run"] is None
    assert bench.actions.look_at_result() == {"run": None}
    lessons = bench.actions.look_at_lessons(None)
    assert (lessons["new"], lessons["completed"], lessons["mentions"]) == (0, 0, [])
    assert bench.actions.look_at_models()["models"] == []
    assert bench.actions.look_at_curve() == ([], {"forecasts": [], "labels": []})


def test_nothing_is_queued_where_there_is_nothing_to_learn_from(bench: Bench) -> None:
    with pytest.raises(BadInput, match="nothing to learn from"):
        bench.actions.start("ann", None)
    assert bench.store.runs.list() == []


# ---------------------------------------------------------------- looking


def test_lessons_are_counted_once_a_document(bench: Bench, told: dict[str, int]) -> None:
    before = bench.actions.look_at_lessons(None)
    review = bench.store.reviews.open(told["document"], "bob")
    bench.store.reviews.complete(review.id, author="bob", seen=review.revision.number, key="bob")
    after = bench.actions.look_at_lessons(None)
    assert before["completed"] == after["completed"] == 4
    assert (before["new"], after["new"]) == (0, 1)
    counts = {one["name"]: one["count"] for one in before["mentions"]}
    assert counts["Disease"] == 7
    assert list(counts.values()) == sorted(counts.values(), reverse=True)


def test_a_document_that_somebody_only_touched_is_told_apart(bench: Bench, told: dict[str, int]) -> None:
    from biobert_demo.documents import Document
    from biobert_demo.review import Correction

    (id,) = bench.store.documents.add(told["project"], [Document("n", "New BRX7.")], lambda problem: None).added_ids
    review = bench.store.reviews.open(id, "ann")
    add = Correction("add", start=4, end=8, text="BRX7", label="Gene")
    bench.store.reviews.save(review.id, [add], author="ann", seen=review.revision.number, key="k")
    lessons = bench.actions.look_at_lessons(None)
    assert (lessons["completed"], lessons["touched"]) == (4, 1)
    assert bench.actions.look_at_lessons(told["project"])["touched"] == 1


def test_the_last_decision_is_shown_with_its_reasons_and_scores(bench: Bench, told: dict[str, int]) -> None:
    result = bench.actions.look_at_result()
    assert result["run"]["id"] == told["run"]
    assert (result["decision"]["model"], result["decision"]["parent"]) == (5, 3)
    assert {row["set"] for row in result["decision"]["table"]} == {"corrections", "BioRED", "NCBI disease"}
    assert result["changes"] == {"now_right": 3, "now_wrong": 1, "still_wrong": 1, "still_right": 1}


def test_a_run_that_is_on_hides_the_decision_of_none(bench: Bench, told: dict[str, int]) -> None:
    run = bench.store.runs.queue("ner", trigger="hand", author="ann")
    bench.store.runs.claim(run.id, 1)
    bench.store.runs.beat(run.id, phase="training", step=3, steps=12, seconds_left=90, loss=0.5)
    shown = bench.actions.look_at_run()
    assert (shown["run"]["id"], shown["run"]["share"], shown["run"]["left"]) == (run.id, 0.25, "about 2 minutes")
    assert bench.actions.look_at_result()["run"]["id"] == told["run"]


def test_a_queued_run_without_a_worker_says_so(bench: Bench, told: dict[str, int]) -> None:
    bench.store.runs.queue("ner", trigger="hand", author="ann")
    assert bench.actions.look_at_run()["needsWorker"] is True
    from filelock import FileLock

    with FileLock(bench.settings.home / "worker.lock"):
        assert bench.actions.look_at_run()["needsWorker"] is False


def test_models_are_listed_with_what_can_be_done(bench: Bench, told: dict[str, int]) -> None:
    shown = bench.actions.look_at_models("me")
    assert [one["number"] for one in shown["models"]] == [5, 4, 3, 2, 1]
    assert [one["state"] for one in shown["models"]] == ["promoted", "refused", "retired", "retired", "retired"]
    assert (shown["earlier"], shown["author"]) == (3, "")
    assert bench.actions.look_at_models("ann")["author"] == "ann"


def test_the_curve_counts_documents_learned_from(bench: Bench, told: dict[str, int]) -> None:
    points, forecasts = bench.actions.look_at_curve()
    assert [point[:2] for point in points if point[2] == "all labels"] == [[0, 70.0], [1, 78.5], [2, 82.0], [3, 83.5]]
    assert {"all labels", "Disease", "Drug / chemical", "Gene"} == {point[2] for point in points}
    assert "Cannot be told yet" in forecasts["forecasts"][0]["sentence"], "from three documents nothing can be foretold"


# ---------------------------------------------------------------- changes


def test_changes_come_with_their_sentence_and_what_each_model_says(bench: Bench, told: dict[str, int]) -> None:
    answer = bench.call("list_changes", run=told["run"], outcome="now_wrong", offset=0)
    (one,) = answer["changes"]
    assert one["sentence"][one["start"] : one["end"]] == "headache"
    assert (one["label"], one["before"], one["after"], one["was"], one["is"]) == ("Disease", "Disease", "", True, False)
    assert answer["total"] == 1


def test_changes_are_given_a_page_at_a_time(bench: Bench, told: dict[str, int]) -> None:
    run = bench.store.runs.queue("ner", trigger="hand", author="ann")
    bench.store.runs.claim(run.id, 1)
    (change,) = bench.store.runs.changes(told["run"], "now_wrong")[0]
    bench.store.runs.keep_changes(run.id, [change] * (CHANGES_AT_ONCE + 3))
    first, rest = (
        bench.call("list_changes", run=run.id, outcome="now_wrong", offset=offset) for offset in (0, CHANGES_AT_ONCE)
    )
    assert [len(first["changes"]), len(rest["changes"])] == [CHANGES_AT_ONCE, 3]
    assert first["total"] == rest["total"] == CHANGES_AT_ONCE + 3


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("list_changes", {}),
        ("list_changes", {"run": 1, "outcome": "<b>", "offset": 0}),
        ("list_changes", {"run": 1, "outcome": "now_right", "offset": "1; DROP TABLE"}),
        ("promote_model", {"model": 999, "author": "ann", "reason": "x"}),
        ("promote_model", {"model": "4", "author": "ann", "reason": "x"}),
        ("pin_model", {"model": None}),
        ("compare_two", {"a": 1}),
        ("compare_two", {"a": 1, "b": True}),
    ],
)
def test_what_no_page_sends_is_answered_with_a_sentence(
    bench: Bench, told: dict[str, int], name: str, payload: dict[str, Any]
) -> None:
    assert bench.call(name, **payload)["error"]


# ---------------------------------------------------------------- runs


def test_learning_is_asked_for_once_and_can_be_cancelled(bench: Bench, told: dict[str, int]) -> None:
    assert bench.actions.start("ann", None) == ""
    assert bench.actions.start("bob", None) == ""
    queued = bench.store.runs.queued("ner")
    assert queued is not None
    assert (queued.author, queued.trigger, queued.project_id) == ("ann", "hand", None)
    assert "other" not in bench.actions.cancel("bob")
    assert bench.store.runs.get(queued.id).state == "cancelled"
    assert bench.actions.cancel("bob") == "No run is on."


def test_who_asks_for_other_documents_than_are_queued_hears_of_it(bench: Bench, told: dict[str, int]) -> None:
    bench.actions.start("ann", told["project"])
    assert "queued already" in bench.actions.start("ann", None)


def test_a_plan_is_kept_and_told(bench: Bench) -> None:
    assert bench.actions.read_plan() == TrainingPlan(0, None)
    assert bench.actions.keep_plan(50.0, " 02:00 ") == TrainingPlan(50, "02:00")
    assert bench.actions.read_plan() == TrainingPlan(50, "02:00")
    assert bench.actions.keep_plan(None, "") == TrainingPlan(0, None)


@pytest.mark.parametrize(("after", "nightly"), [(-1, ""), (1.5, ""), ("many", ""), (0, "25:00"), (0, "soon")])
def test_a_plan_that_is_none_is_refused(bench: Bench, after: Any, nightly: str) -> None:
    with pytest.raises(BadInput):
        bench.actions.keep_plan(after, nightly)
    assert bench.actions.read_plan() == TrainingPlan(0, None)


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (TrainingPlan(), "Learns only when somebody asks for it."),
        (TrainingPlan(1), "Learns by itself after 1 newly completed document."),
        (TrainingPlan(50, "02:00"), "after 50 newly completed documents and every night at 02:00"),
    ],
)
def test_a_plan_is_a_sentence(plan: TrainingPlan, words: str) -> None:
    assert words in describe_plan(plan)


# ---------------------------------------------------------------- models


def test_an_override_needs_a_name_and_a_reason(bench: Bench, registered: dict[str, int]) -> None:
    refused = registered["refused"]
    for payload in (
        {"author": "", "reason": "why"},
        {"author": "me", "reason": "why"},
        {"author": "ann", "reason": " "},
    ):
        assert bench.call("promote_model", model=refused, **payload)["error"]
        assert bench.store.models.get(refused).state == "refused"
    answer = bench.call("promote_model", model=refused, author="ann", reason="<b>we need it</b>")
    assert "error" not in answer
    last = bench.store.models.promotions("ner")[-1]
    assert (last.model_id, last.kind, last.author, last.reason) == (refused, "override", "ann", "<b>we need it</b>")


def test_who_decides_on_an_old_list_is_told(bench: Bench, registered: dict[str, int]) -> None:
    seen = bench.actions.look_at_models()["seen"]
    bench.call("promote_model", model=registered["refused"], author="ann", reason="first", seen=seen)
    answer = bench.call("promote_model", model=registered["base"], author="bob", reason="second", seen=seen)
    assert "meanwhile" in answer["error"]
    assert bench.store.models.get(registered["refused"]).state == "promoted"


def test_rolling_back_needs_a_name_alone(bench: Bench, registered: dict[str, int]) -> None:
    assert bench.call("roll_back", author="me")["error"]
    answer = bench.call("roll_back", author="ann")
    assert "Model 1 serves again" in answer["message"]
    assert answer["value"]["models"][-1]["state"] == "promoted"
    assert "earlier model" in bench.call("roll_back", author="ann")["error"]


def test_a_damaged_model_is_not_put_into_use(bench: Bench, registered: dict[str, int]) -> None:
    model = bench.store.models.get(registered["refused"])
    next(Path(model.folder).glob("*.safetensors")).write_bytes(b"broken")
    assert bench.call("promote_model", model=model.id, author="ann", reason="why")["error"]
    assert bench.store.models.get(registered["good"]).state == "promoted"


def test_pinning_is_undone_by_the_same_button(bench: Bench, told: dict[str, int]) -> None:
    for is_pinned in (True, False):
        bench.call("pin_model", model=told["refused"], isPinned=is_pinned)
        assert bench.store.models.get(told["refused"]).is_pinned is is_pinned


def test_two_models_are_compared(bench: Bench, told: dict[str, int]) -> None:
    answer = bench.call("compare_two", a=told["refused"], b=told["model"])
    assert (answer["a"], answer["b"]) == (4, 5)
    row = next(one for one in answer["rows"] if (one["set"], one["label"]) == ("corrections", ""))
    assert (row["a"], row["b"]) == (82.5, 83.5)


class SignedOut(People):
    """People who have accounts, none of whom has signed in."""

    def __init__(self) -> None:
        from unittest.mock import MagicMock

        super().__init__(MagicMock(__contains__=lambda self, name: True))


def test_where_people_sign_in_a_name_from_the_page_is_worth_nothing(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "home", SignedOut())
    told = tell(bench.store)
    for name in ("promote_model", "roll_back", "pin_model", "list_changes", "compare_two"):
        answer = bench.call(name, author="ann", reason="why", model=told["refused"])
        assert "not signed in" in answer["error"]
    assert bench.store.models.get(told["refused"]).state == "refused"
    bench.stores.close()


@pytest.fixture
def registered(bench: Bench, lexicon_model: Path) -> dict[str, int]:
    """Real folders: a base, a promoted model, a refused one."""
    from biobert_demo.models import ModelRegistry

    bench.settings = replace(bench.settings, ner_model=lexicon_model)
    bench.actions = LearnActions(bench.stores, People(), bench.settings)
    bench._functions = {one.__name__: one for one in bench.actions.server_functions()}
    registry = ModelRegistry(bench.store, bench.settings)
    base = registry.base("ner")
    good, refused = (
        registry.add_candidate(
            "ner", lexicon_model, parent=base, run_id=None, labels=base.labels, decision={"is_promoted": is_good}
        )
        for is_good in (True, False)
    )
    registry.promote(good.id, author="gate", reason="better", kind="gate")
    return {"base": base.id, "good": good.id, "refused": refused.id}
