"""Models are registered, promoted by one row, pinned and marked as deleted; nobody can rewrite which one was served."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest
from many_at_once import at_once, processes_at_once
from store_desk import Desk

from biobert_demo.errors import BadInput
from biobert_demo.store import ModelVersion, PromotionRefused, Store
from biobert_demo.store.models import peek


def register(desk: Desk, version: str, task: Any = "ner", **options: Any) -> ModelVersion:
    return desk.store.models.register(task, version, f"/models/{version}", **{"weights_hash": version} | options)


def adopt(desk: Desk, weights: str, folder: str = "/base") -> ModelVersion:
    return desk.store.models.adopt_base("ner", f"ner-{weights}", folder, labels=["Gene"], weights_hash=weights)


def promote(desk: Desk, model: ModelVersion, kind: Any = "gate", **options: Any) -> None:
    desk.store.models.promote(model.id, **{"author": "Ann", "reason": "Better.", "kind": kind} | options)


def promoted(desk: Desk) -> ModelVersion:
    found = desk.store.models.promoted("ner")
    assert found is not None
    return found


def states(desk: Desk) -> dict[str, str]:
    return {model.version: model.state for model in desk.store.models.list("ner")}


def test_a_model_keeps_what_it_was_registered_with(desk: Desk) -> None:
    run = desk.store.runs.queue("ner", trigger="hand", author="Ann")
    base = adopt(desk, "aa")
    model = register(
        desk,
        "ner-bb",
        parent_id=base.id,
        run_id=run.id,
        labels=["Gene", "Zelllinie μ"],
        weights_hash="bbbb",
        data_hash="dddd",
        scores={"old": {"Gene": 88.1}},
        decision={"is_promoted": True, "reasons": [{"sentence": "Better."}]},
        note="the first one",
    )
    assert (model.number, model.version, model.folder, model.state) == (2, "ner-bb", "/models/ner-bb", "candidate")
    assert (model.parent_id, model.run_id, model.labels) == (base.id, run.id, ("Gene", "Zelllinie μ"))
    assert (model.weights_hash, model.data_hash, model.note) == ("bbbb", "dddd", "the first one")
    assert model.scores == {"old": {"Gene": 88.1}}
    assert model.decision["reasons"] == [{"sentence": "Better."}]
    assert not model.is_base
    assert desk.store.models.get(model.id) == model
    assert [desk.store.models.find("ner", one) for one in (2, "2", " ner-bb ")] == [model] * 3
    assert [desk.store.models.find("ner", one) for one in ("7", "ner-", "")] == [None] * 3
    assert desk.store.models.find("qa", 2) is None


def test_numbers_count_from_one_in_each_task(desk: Desk) -> None:
    numbers = [register(desk, f"{task}-{i}", task).number for i in range(2) for task in ("ner", "qa")]
    assert numbers == [1, 1, 2, 2]
    assert [model.version for model in desk.store.models.list("qa")] == ["qa-0", "qa-1"]


def test_the_state_follows_from_the_promotions(desk: Desk) -> None:
    assert desk.store.models.promoted("ner") is None
    adopt(desk, "aa")
    good = register(desk, "good", decision={"is_promoted": True})
    bad = register(desk, "bad", decision={"is_promoted": False})
    assert states(desk) == {"ner-aa": "promoted", "good": "candidate", "bad": "refused"}
    promote(desk, good)
    assert states(desk) == {"ner-aa": "retired", "good": "promoted", "bad": "refused"}
    promote(desk, bad, "override")
    assert states(desk) == {"ner-aa": "retired", "good": "retired", "bad": "promoted"}
    assert promoted(desk) == desk.store.models.get(bad.id)
    promote(desk, good, "rollback")
    assert states(desk) == {"ner-aa": "retired", "good": "promoted", "bad": "retired"}
    history = [(one.model_id, one.kind, one.author) for one in desk.store.models.promotions("ner")]
    assert history == [
        (1, "base", "biobert-demo"),
        (good.id, "gate", "Ann"),
        (bad.id, "override", "Ann"),
        (good.id, "rollback", "Ann"),
    ]
    assert desk.store.models.last_promotion("ner") == desk.store.models.promotions("ner")[-1]


def test_promoting_the_promoted_model_changes_nothing(desk: Desk) -> None:
    model = register(desk, "one")
    promote(desk, model)
    promote(desk, model, "override", author="Bo")
    assert len(desk.store.models.promotions("ner")) == 1


def test_a_decision_made_on_an_earlier_promotion_is_refused(desk: Desk) -> None:
    adopt(desk, "aa")
    seen = desk.store.models.promotions("ner")[-1].id
    mine, theirs = register(desk, "mine"), register(desk, "theirs")
    promote(desk, theirs, author="Bo", seen=seen)
    with pytest.raises(PromotionRefused, match="Model 3 was promoted by Bo meanwhile"):
        promote(desk, mine, seen=seen)
    assert promoted(desk).version == "theirs"
    promote(desk, mine, seen=desk.store.models.promotions("ner")[-1].id)
    assert promoted(desk).version == "mine"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"author": " "}, "needs the name"),
        ({"kind": "override", "reason": " "}, "needs a reason"),
        ({"kind": "dice"}, "'dice'"),
    ],
)
def test_a_promotion_without_name_or_reason_is_refused(desk: Desk, options: dict[str, Any], words: str) -> None:
    model = register(desk, "one")
    with pytest.raises(BadInput, match=words):
        promote(desk, model, **{"kind": "gate"} | options)
    assert desk.store.models.promotions("ner") == []


def test_what_is_not_there_is_told(desk: Desk) -> None:
    for call in (
        lambda: desk.store.models.get(9),
        lambda: desk.store.models.pin(9),
        lambda: desk.store.models.note(9, "x"),
        lambda: desk.store.models.mark_deleted(9),
        lambda: desk.store.models.promote(9, author="Ann", reason="", kind="gate"),
    ):
        with pytest.raises(BadInput, match="no model with the id 9"):
            call()
    for wrong in ({"parent_id": 9}, {"run_id": 9}):
        with pytest.raises(BadInput, match="cannot be registered"):
            register(desk, "one", **wrong)
    with pytest.raises(BadInput, match="'pos'"):
        register(desk, "one", "pos")
    with pytest.raises(BadInput, match="scores of a model must be JSON"):
        register(desk, "one", scores={"f1": float("nan")})
    assert desk.store.models.list("ner") == []


def test_no_two_models_share_a_folder_unless_one_was_deleted(desk: Desk) -> None:
    model = register(desk, "one")
    with pytest.raises(BadInput, match="no other model may have the folder /models/one"):
        register(desk, "one")
    desk.store.models.mark_deleted(model.id)
    assert register(desk, "one").number == 2
    assert desk.store.models.find("ner", "one") == desk.store.models.get(2)


def test_the_first_base_is_promoted_and_the_same_weights_again_are_the_same_model(desk: Desk) -> None:
    base = adopt(desk, "aa")
    assert (base.number, base.version, base.state, base.is_base) == (1, "ner-aa", "promoted", True)
    assert adopt(desk, "aa") == base
    moved = adopt(desk, "aa", "/other/installation")
    assert (moved.id, moved.folder) == (base.id, "/other/installation")
    assert len(desk.store.models.promotions("ner")) == 1


def test_a_new_base_takes_the_place_of_a_base_but_never_of_a_labs_own_model(desk: Desk) -> None:
    adopt(desk, "aa")
    second = adopt(desk, "bb")
    assert (second.number, second.state) == (2, "promoted")
    promote(desk, register(desk, "own"))
    third = adopt(desk, "cc")
    assert (third.number, third.state) == (4, "candidate")
    assert promoted(desk).version == "own"


def test_a_base_that_somebody_went_back_to_stays_until_another_one_ships(desk: Desk) -> None:
    first, second = adopt(desk, "aa"), adopt(desk, "bb")
    promote(desk, first, "rollback")
    assert adopt(desk, "bb").state == "retired"
    assert promoted(desk).id == first.id
    assert adopt(desk, "cc").state == "promoted"
    # The settings name the one before again, and nobody chose anything since.
    assert adopt(desk, "bb") == desk.store.models.get(second.id)
    assert promoted(desk).id == second.id


def test_a_pinned_model_a_base_the_promoted_one_and_its_parent_are_not_deleted(desk: Desk) -> None:
    base = adopt(desk, "aa")
    parent = register(desk, "parent", parent_id=base.id)
    child = register(desk, "child", parent_id=parent.id)
    promote(desk, child)
    pinned = desk.store.models.pin(register(desk, "pinned").id)
    assert pinned.is_pinned
    old = register(desk, "old")
    for model, words in ((base, "a base"), (parent, "the parent"), (child, "it is promoted"), (pinned, "pinned")):
        with pytest.raises(PromotionRefused, match=words):
            desk.store.models.mark_deleted(model.id)
    assert desk.store.models.mark_deleted(old.id).state == "deleted"
    assert desk.store.models.mark_deleted(old.id).state == "deleted"
    with pytest.raises(PromotionRefused, match="was deleted, so it cannot be promoted"):
        promote(desk, old)
    with pytest.raises(PromotionRefused, match="nothing is left to pin"):
        desk.store.models.pin(old.id)
    assert desk.store.models.mark_deleted(desk.store.models.pin(pinned.id, False).id).state == "deleted"
    assert desk.store.models.note(old.id, "it was slow").note == "it was slow"


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE promotions SET author = 'Eve'",
        "DELETE FROM promotions",
        "INSERT OR REPLACE INTO promotions SELECT id, task, 2, kind, 'Eve', reason, created FROM promotions",
        "DELETE FROM model_versions",
        "UPDATE model_versions SET weights_hash = 'x'",
        "UPDATE model_versions SET decision = '{}'",
    ],
)
def test_nobody_can_rewrite_what_was_served(desk: Desk, sql: str) -> None:
    adopt(desk, "aa")
    register(desk, "bb")
    before = [desk.query(f"SELECT * FROM {table}") for table in ("promotions", "model_versions")]
    other = sqlite3.connect(desk.store.path)
    with pytest.raises(sqlite3.IntegrityError, match="only grows"):
        other.execute(sql)
    other.close()
    assert [desk.query(f"SELECT * FROM {table}") for table in ("promotions", "model_versions")] == before


def test_threads_that_adopt_a_base_at_once_adopt_it_once(desk: Desk) -> None:
    assert {model.id for model in at_once(8, lambda i: adopt(desk, "aa"))} == {1}
    assert len(desk.store.models.promotions("ner")) == 1


def test_processes_that_adopt_and_promote_at_once_leave_one_base_and_one_winner(desk: Desk) -> None:
    desk.store.close()
    assert processes_at_once(desk.folder, *[("adopt",)] * 3) == [1, 1, 1]
    desk.reopen()
    models = [register(desk, f"model-{i}") for i in range(3)]
    seen = desk.store.models.promotions("ner")[-1].id
    desk.store.close()
    answers = processes_at_once(desk.folder, *[("promote", str(model.id), str(seen)) for model in models])
    desk.reopen()
    won = [(model, one) for model, one in zip(models, answers, strict=True) if isinstance(one, int)]
    assert len(won) == 1
    assert promoted(desk).id == won[0][0].id
    assert len(desk.store.models.promotions("ner")) == 2


def test_looking_into_a_store_makes_and_changes_nothing(desk: Desk) -> None:
    assert peek(desk.folder / "elsewhere" / "biobert-demo.sqlite", "ner") == ([], [])
    assert not (desk.folder / "elsewhere").exists()
    base = adopt(desk, "aa")
    models, promotions = peek(desk.store.path, "ner")
    assert (models, promotions) == ([base], desk.store.models.promotions("ner"))


def test_looking_into_a_store_from_before_there_were_models_finds_none(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from biobert_demo.store import schema

    path = desk.folder / "old.sqlite"
    with monkeypatch.context() as patch:
        patch.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:1])
        Store.open(path, backups=False).close()
    before = path.read_bytes()
    assert peek(path, "ner") == ([], [])
    assert path.read_bytes() == before
