"""Loaders that succeed, fail or take their time enter; what waits for them, and what people are told, is checked."""

from __future__ import annotations

import gc
import json
import threading
import weakref
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import pytest
from model_shelf import Shelf, word_list
from word_list import WordListRecognizer

from biobert_demo.documents import Document
from biobert_demo.errors import ModelUnavailable
from biobert_demo.ui.model_state import ModelState
from biobert_demo.ui.status import status_of_model

TEXT = "An allergy to penicillin."
ONE = {"allergy": ("Disease", 0.9)}
TWO = {"penicillin": ("Chemical", 0.8)}
NOON = datetime(2031, 5, 7, 14, 2)


def two_models() -> tuple[Shelf, ModelState]:
    """Two models that find different words; the first one serves."""
    shelf = Shelf(lambda: word_list("m1", ONE), lambda: word_list("m2", TWO))
    models = ModelState(shelf, poll_seconds=None, clock=lambda: NOON)
    models.wait()
    return shelf, models


def found(models: ModelState) -> tuple[str, list[str]]:
    """(version, words) of one answer."""
    served = models.serving()
    (document,) = served.recognize([Document("1", TEXT)])
    return served.version, [one.text for one in document.annotations]


def shown(models: ModelState) -> tuple[str, str]:
    """(kind, text) of the line on the page."""
    value = json.loads(status_of_model(models.status))
    return value["kind"], value["text"]


def test_callers_wait_while_the_model_loads() -> None:
    gate = threading.Event()

    def load() -> WordListRecognizer:
        gate.wait()
        return WordListRecognizer()

    models = ModelState(load)
    models.start()
    found: list[Document] = []
    waiting = threading.Thread(target=lambda: found.extend(models.recognize([Document("1", TEXT)])))
    waiting.start()
    assert models.status.kind == "loading"
    assert not found
    gate.set()
    waiting.join()
    assert [a.text for a in found[0].annotations] == ["allergy", "penicillin"]
    assert (models.status.kind, models.status.version) == ("ready", "word-list")


def test_the_model_is_loaded_once_however_many_ask() -> None:
    loads: list[int] = []

    def load() -> WordListRecognizer:
        loads.append(1)
        return WordListRecognizer()

    models = ModelState(load)
    callers = [threading.Thread(target=models.serving) for _ in range(5)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    models.start()
    assert len(loads) == 1


def test_a_failure_is_told_in_its_own_sentence() -> None:
    def load() -> WordListRecognizer:
        raise ModelUnavailable("There is no model folder at nowhere; check the path.")

    models = ModelState(load)
    assert models.wait().kind == "failed"
    with pytest.raises(ModelUnavailable, match="no model folder at nowhere"):
        models.recognize([Document("1", TEXT)])


def test_an_unexpected_failure_ends_the_waiting_too(caplog: pytest.LogCaptureFixture) -> None:
    def load() -> WordListRecognizer:
        raise MemoryError("no room")

    models = ModelState(load)
    assert models.wait().kind == "failed"
    assert "MemoryError: no room" in models.status.sentence
    assert "test_model_state.py" in caplog.text, "the terminal shows where"


def test_nothing_is_loaded_before_it_is_asked_for() -> None:
    models = ModelState(WordListRecognizer)
    assert models.status.kind == "loading"
    assert models.wait(timeout=30).kind == "ready"


def test_another_model_takes_over_without_a_restart_and_the_page_says_since_when() -> None:
    shelf, models = two_models()
    told: list[str] = []
    models.on_swap(told.append)
    assert found(models) == ("m1", ["allergy"])
    models.follow()
    assert shelf.loaded == [1], "nothing is loaded while nothing changes"
    shelf.promote(2)
    models.follow()
    assert found(models) == ("m2", ["penicillin"])
    assert shown(models) == ("done", "Model 2 is serving since 14:02 · m2")
    shelf.promote(1)
    models.follow()
    assert found(models) == ("m1", ["allergy"])
    assert told == ["m2", "m1"]


def test_the_day_is_told_where_it_was_not_today() -> None:
    now = [NOON]
    models = ModelState(Shelf(lambda: word_list("m1")), poll_seconds=None, clock=lambda: now[0])
    models.wait()
    now[0] = datetime(2031, 5, 8, 9, 0)
    models.follow()
    assert models.status.sentence == "Model 1 is serving since 7 May, 14:02"


def test_the_watching_thread_takes_over_by_itself() -> None:
    shelf = Shelf(lambda: word_list("m1", ONE), lambda: word_list("m2", TWO))
    models = ModelState(shelf, poll_seconds=0.001)
    swapped = {version: threading.Event() for version in ("m1", "m2")}
    models.on_swap(lambda version: swapped[version].set())
    models.start()
    assert swapped["m1"].wait(30)
    shelf.promote(2)
    assert swapped["m2"].wait(30)
    assert found(models) == ("m2", ["penicillin"])
    models.stop()
    models._thread.join(30)
    assert not models._thread.is_alive()


class Halting(WordListRecognizer):
    """Says that it has begun, then waits for leave to go on."""

    version = "halting"

    def __init__(self) -> None:
        super().__init__(ONE)
        self.begun, self.leave = threading.Event(), threading.Event()

    def recognize(self, documents: Iterable[Document]) -> Iterator[Document]:
        self.begun.set()
        assert self.leave.wait(30)
        yield from super().recognize(documents)


def test_what_was_asked_before_the_change_is_answered_by_the_old_model_and_others_do_not_wait_for_it() -> None:
    old = Halting()
    shelf = Shelf(lambda: old, lambda: word_list("m2", TWO))
    models = ModelState(shelf, poll_seconds=None)
    models.wait()
    answers: list[tuple[str, list[str]]] = []
    asking = threading.Thread(target=lambda: answers.append(found(models)))
    asking.start()
    assert old.begun.wait(30)
    shelf.promote(2)
    models.follow()
    assert found(models) == ("m2", ["penicillin"])
    assert answers == []
    old.leave.set()
    asking.join(30)
    assert answers == [("halting", ["allergy"])]


def test_the_old_model_serves_while_the_new_one_loads() -> None:
    shelf, models = two_models()
    begun, leave = threading.Event(), threading.Event()

    def slow() -> WordListRecognizer:
        begun.set()
        assert leave.wait(30)
        return word_list("m3", TWO)

    shelf.put(slow)
    shelf.promote(3)
    following = threading.Thread(target=models.follow)
    following.start()
    assert begun.wait(30)
    assert found(models) == ("m1", ["allergy"])
    assert shown(models) == ("done", "Model 1 is serving since 14:02; model 3 is being loaded · m1")
    leave.set()
    following.join(30)
    assert found(models) == ("m3", ["penicillin"])


class CannotRead(WordListRecognizer):
    def suggest(self, documents: Iterable[Document]) -> Any:
        raise RuntimeError("shapes do not match")


def cannot_load() -> WordListRecognizer:
    raise ModelUnavailable("The folder is damaged; restore it.")


@pytest.mark.parametrize(
    ("make", "reason"),
    [(cannot_load, "The folder is damaged; restore it."), (CannotRead, "RuntimeError: shapes do not match")],
    ids=["cannot be loaded", "cannot read a sentence"],
)
def test_a_model_that_cannot_serve_leaves_the_old_one_serving_and_the_page_says_why(make: Any, reason: str) -> None:
    shelf, models = two_models()
    shelf.put(make)
    shelf.promote(3)
    models.follow()
    assert found(models) == ("m1", ["allergy"])
    kind, text = shown(models)
    assert kind == "warning"
    assert text.startswith("Model 3 was not taken over: ")
    assert reason in text
    assert text.endswith("Model 1 is serving since 14:02 · m1")
    models.follow()
    assert shelf.loaded == [1, 3], "it is not tried again and again"
    assert shown(models) == (kind, text)
    shelf.promote(1)
    models.follow()
    assert shown(models) == ("done", "Model 1 is serving since 14:02 · m1")
    shelf.promote(3)
    models.follow()
    assert shelf.loaded == [1, 3, 3], "promoted anew it is tried anew"


def test_a_substitute_never_takes_the_place_of_a_model_that_serves() -> None:
    shelf, models = two_models()
    shelf.promote(2, problem="Model 7 is promoted, but cannot serve.")
    models.follow()
    assert found(models) == ("m1", ["allergy"])
    assert shown(models) == (
        "warning",
        "Model 7 is promoted, but cannot serve. Model 1 is serving since 14:02 · m1",
    )
    shelf.promote(2)
    models.follow()
    assert (found(models)[0], models.status.problem) == ("m2", "")


def test_a_substitute_serves_where_nothing_does_and_makes_way_for_what_was_promoted() -> None:
    shelf = Shelf(lambda: word_list("m1", ONE), lambda: word_list("m2", TWO))
    shelf.promote(1, problem="Model 2 is promoted, but cannot serve.")
    models = ModelState(shelf, poll_seconds=None, clock=lambda: NOON)
    models.wait()
    assert shown(models) == (
        "warning",
        "Model 2 is promoted, but cannot serve. Model 1 is serving since 14:02 · m1",
    )
    shelf.promote(2)
    models.follow()
    assert shown(models) == ("done", "Model 2 is serving since 14:02 · m2")


def test_where_the_first_model_does_not_load_the_next_good_one_serves() -> None:
    shelf = Shelf(lambda: word_list("m1", ONE), cannot_load, cannot_load)
    shelf.promote(3)
    shelf.others = [2, 1]
    models = ModelState(shelf, poll_seconds=None, clock=lambda: NOON)
    assert models.wait().kind == "ready"
    assert shelf.loaded == [3, 2, 1]
    assert found(models) == ("m1", ["allergy"])
    kind, text = shown(models)
    assert (kind, "The folder is damaged" in text) == ("warning", True)
    models.follow()
    models.follow()
    assert shelf.loaded == [3, 2, 1]
    assert shown(models) == (kind, text)


def test_after_a_failed_start_a_later_promotion_serves() -> None:
    shelf = Shelf(cannot_load, lambda: word_list("m2", TWO))
    models = ModelState(shelf, poll_seconds=None)
    assert models.wait().kind == "failed"
    models.follow()
    assert shelf.loaded == [1]
    shelf.promote(2)
    models.follow()
    assert found(models) == ("m2", ["penicillin"])


def test_the_same_weights_under_a_number_are_not_loaded_again() -> None:
    shelf, models = two_models()
    shelf.choice = shelf.choice.__class__(shelf.choice.folder, shelf.choice.version, 9)
    models.follow()
    assert shelf.loaded == [1]
    assert shown(models)[1] == "Model 9 is serving since 14:02 · m1"


def test_a_source_that_breaks_does_not_stop_the_serving(caplog: pytest.LogCaptureFixture) -> None:
    shelf, models = two_models()
    shelf.current = lambda: 1 / 0  # type: ignore[assignment, return-value]
    models._follow_safely()
    assert found(models) == ("m1", ["allergy"])
    assert models.status.kind == "ready"
    assert "ZeroDivisionError" in caplog.text


def test_the_old_model_goes_with_its_last_request() -> None:
    shelf, models = two_models()
    kept = models.serving()
    old = weakref.ref(kept.recognizer)
    shelf.promote(2)
    models.follow()
    gc.collect()
    assert old() is not None, "somebody still reads with it"
    assert [one.text for one in kept.recognize([Document("1", TEXT)])[0].annotations] == ["allergy"]
    del kept
    gc.collect()
    assert old() is None


def test_no_answer_mixes_two_models_however_often_they_change() -> None:
    shelf, models = two_models()
    wanted = {"m1": ["allergy"], "m2": ["penicillin"]}
    answers: list[tuple[str, list[str]]] = []
    is_over = threading.Event()

    def ask() -> None:
        while not is_over.is_set():
            answers.append(found(models))

    asking = [threading.Thread(target=ask) for _ in range(4)]
    for one in asking:
        one.start()
    for number in [2, 1] * 100:
        shelf.promote(number)
        models.follow()
    is_over.set()
    for one in asking:
        one.join(30)
    assert answers
    assert all(wanted[version] == words for version, words in answers)
    assert len(shelf.loaded) == 201
