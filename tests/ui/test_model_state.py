"""Loaders that succeed, fail or take their time enter; what waits for them, and what people are told, is checked."""

from __future__ import annotations

import threading

import pytest
from word_list import WordListRecognizer

from biobert_demo.documents import Document
from biobert_demo.errors import ModelUnavailable
from biobert_demo.ui.model_state import ModelState

TEXT = "An allergy to penicillin."


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
