"""Documents under review and models that take over from each other enter; what each review is offered is checked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from model_shelf import Shelf, word_list

from biobert_demo.doubt import RankSettings
from biobert_demo.ui.model_state import ModelState
from biobert_demo.ui.predicting import Predictor
from biobert_demo.ui.ranking import Ranker
from biobert_demo.ui.store_state import StoreState

TEXT = "An allergy to penicillin can cause an anaphylactic reaction."
OLD = {"allergy": ("Disease", 0.9), "penicillin": ("Gene", 0.4)}
NEW = {"penicillin": ("Chemical", 0.95), "allergy": ("Disease", 0.97), "anaphylactic reaction": ("Disease", 0.9)}


@pytest.fixture
def shelf() -> Shelf:
    return Shelf(lambda: word_list("old", OLD), lambda: word_list("new", NEW))


@pytest.fixture
def desk(shelf: Shelf, desk_of: Callable[..., Any]) -> Any:
    """A desk whose models change with `shelf.promote(number)` and `desk.models.follow()`."""
    models = ModelState(shelf, poll_seconds=None)
    models.wait()
    return desk_of(models=models)


def take_over(desk: Any, shelf: Shelf, number: int) -> None:
    """Another model serves, and the background has read what it was told to."""
    shelf.promote(number)
    desk.models.follow()
    opened, others = desk.store.predictions.outdated(desk.models.status.version, 100)
    desk.predictor._read_missing([*opened, *others])


def spans(value: dict[str, Any]) -> list[tuple[str, str, str, str | None]]:
    """(text, label, state, model) of every span."""
    text = value["document"]["text"]
    return [(text[s["start"] : s["end"]], s["label"], s["state"], s["model"]) for s in value["spans"]]


def test_new_suggestions_come_when_the_document_is_opened_and_never_into_an_open_editor(
    desk: Any, shelf: Shelf
) -> None:
    first, second = desk.add(TEXT, "Penicillin and penicillin.")
    value = desk.open(first)
    take_over(desk, shelf, 2)
    accepted = desk.act("save", value, corrections=[{"action": "accept", "span": value["spans"][0]["id"]}])
    assert "error" not in accepted, "the page need not be reloaded after a model has changed"
    value = accepted["value"]
    assert spans(value) == [("allergy", "Disease", "accepted", "old"), ("penicillin", "Gene", "unseen", "old")]
    items = [{"document": second, "start": 0, "end": 10, "text": "Penicillin"}]
    items.append({"document": first, "start": 14, "end": 24, "text": "penicillin"})
    value = desk.act("apply_identical", value, label="Chemical", items=items)["value"]
    assert spans(value) == [("allergy", "Disease", "accepted", "old"), ("penicillin", "Chemical", "accepted", "old")]
    value = desk.act("undo", value)["value"]
    assert spans(value)[1] == ("penicillin", "Gene", "unseen", "old")
    assert spans(desk.open(first)) == [
        ("allergy", "Disease", "accepted", "old"),
        ("penicillin", "Chemical", "unseen", "new"),
        ("anaphylactic reaction", "Disease", "unseen", "new"),
    ]


def test_moving_to_a_document_brings_the_new_suggestions(desk: Any, shelf: Shelf) -> None:
    first, second = desk.add(TEXT, TEXT + " Again.")
    desk.open(second)
    value = desk.open(first)
    take_over(desk, shelf, 2)
    moved = desk.act("skip", value)["value"]
    assert moved["document"]["id"] == second
    assert {model for *_, model in spans(moved)} == {"new"}
    back = desk.act("previous", moved)["value"]
    assert back["document"]["id"] == first
    assert {model for *_, model in spans(back)} == {"new"}


def test_what_was_rejected_stays_rejected_whichever_model_serves(desk: Any, shelf: Shelf) -> None:
    (first,) = desk.add(TEXT)
    value = desk.open(first)
    desk.act("save", value, corrections=[{"action": "reject", "span": value["spans"][0]["id"]}])
    for number, others in (
        (2, [("penicillin", "Chemical", "unseen", "new"), ("anaphylactic reaction", "Disease", "unseen", "new")]),
        (1, [("penicillin", "Gene", "unseen", "old")]),
        (2, [("penicillin", "Chemical", "unseen", "new"), ("anaphylactic reaction", "Disease", "unseen", "new")]),
    ):
        take_over(desk, shelf, number)
        assert spans(desk.open(first)) == [("allergy", "Disease", "rejected", "old"), *others]
    findings = desk.store.check()
    assert findings == []


def test_completed_documents_are_left_alone(desk: Any, shelf: Shelf) -> None:
    (first,) = desk.add(TEXT)
    desk.act("complete", desk.open(first))
    before = desk.open(first)
    take_over(desk, shelf, 2)
    assert desk.open(first) == before
    assert not desk.store.predictions.has(desk.store.documents.get(first).hash, "new")


def test_after_a_rollback_nothing_is_read_twice(desk: Any, shelf: Shelf) -> None:
    (first,) = desk.add(TEXT)
    desk.open(first)
    take_over(desk, shelf, 2)
    desk.open(first)
    shelf.promote(1)
    desk.models.follow()
    served = desk.models.serving()
    served.recognizer.suggest = lambda documents: pytest.fail("it has read this text already")
    assert desk.predictor.read_now(desk.store.documents.get(first)).version == "old"
    assert {model for *_, model in spans(desk.open(first))} == {"old"}


def test_open_documents_are_read_by_the_new_model_first(desk: Any, shelf: Shelf) -> None:
    told: list[tuple[list[int], list[int]]] = []

    class Listing(Predictor):
        def read_ahead(self, first: Iterable[int], last: Iterable[int] = ()) -> None:
            told.append((list(first), list(last)))

    (done,) = desk.add(TEXT)
    desk.act("complete", desk.open(done))
    untouched, opened, _ = desk.add(TEXT, TEXT + " 2", TEXT + " 3")
    desk.predictor._read_missing([untouched])
    desk.open(opened)
    desk.models.on_swap(Listing(desk.models, desk.stores).read_anew)
    shelf.promote(2)
    desk.models.follow()
    assert told == [([opened], [untouched])]


def test_the_background_reads_what_another_model_has_to_read_again(desk: Any, shelf: Shelf) -> None:
    (first,) = desk.add(TEXT)
    desk.open(first)
    has_read = threading.Event()

    class Noting(Predictor):
        def _read(self, *arguments: Any) -> None:
            super()._read(*arguments)
            has_read.set()

    desk.models.on_swap(Noting(desk.models, desk.stores).read_anew)
    shelf.promote(2)
    desk.models.follow()
    assert has_read.wait(30)
    assert desk.store.predictions.has(desk.store.documents.get(first).hash, "new")


def test_what_waits_already_stays_between_what_is_open_and_the_rest(desk: Any) -> None:
    ids = desk.add(*(f"{TEXT} {number}" for number in range(6)))
    predictor = Predictor(desk.models, desk.stores)
    predictor._thread = threading.current_thread()  # nothing works it off
    predictor.read_ahead(ids[:2])
    predictor.read_ahead([ids[2], ids[1]], [ids[3], ids[0]])
    assert list(predictor._waiting) == [ids[2], ids[1], ids[0], ids[3]]


def test_predictions_are_kept_under_the_model_that_made_them_although_another_serves_by_now(
    desk: Any, shelf: Shelf
) -> None:
    (first,) = desk.add(TEXT)
    stored = desk.store.documents.get(first)
    served = desk.models.serving()
    suggest = served.recognizer.suggest

    def change_meanwhile(documents: Any) -> Any:
        found = list(suggest(documents))
        shelf.promote(2)
        desk.models.follow()
        return found

    served.recognizer.suggest = change_meanwhile
    assert desk.predictor.read_now(stored).version == "old"
    kept = desk.store.predictions.latest(stored.hash)
    assert (kept.model, [one.label for one in kept.annotations]) == ("old", ["Disease", "Gene"])
    assert desk.predictor.version == "new"


def test_the_queue_is_ranked_by_what_the_serving_model_found(desk: Any, shelf: Shelf) -> None:
    ids = desk.add(TEXT)
    desk.predictor._read_missing(ids)
    take_over(desk, shelf, 2)
    ranker = Ranker(RankSettings(random_share=0.0), served=lambda: desk.predictor.version)
    assert ranker(desk.store, 1).reasons == {ids[0]: ()}
    take_over(desk, shelf, 1)
    assert ranker(desk.store, 1).reasons == {ids[0]: ("unsure: 1 of 2 mentions below 0.6",)}


def test_a_folder_without_a_store_is_left_as_it_is(desk: Any, tmp_path: Any) -> None:
    stores = StoreState.at(tmp_path / "nothing here")
    Predictor(desk.models, stores).read_anew("new")
    assert not (tmp_path / "nothing here").exists()


def test_a_store_that_cannot_be_read_is_no_reason_to_stop(
    desk: Any, tmp_path: Any, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "biobert-demo.sqlite").write_bytes(b"this is no database" * 100)
    Predictor(desk.models, StoreState.at(tmp_path)).read_anew("new")
    assert "not read by new yet" in caplog.text
