"""Documents and a recogniser enter; what the tab shows step by step, and when something breaks, is checked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from word_list import WordListRecognizer

from biobert_demo.documents import Document
from biobert_demo.errors import Problem
from biobert_demo.settings import find_assets
from biobert_demo.ui.model_state import ModelState
from biobert_demo.ui.read import _read, read_samples


def read(models: ModelState, documents: Iterable[Document]) -> list[tuple[dict[str, Any], dict[str, Any] | None]]:
    """(status, value or None where the pane is left as it is) of every step."""
    problems: list[Problem] = []
    steps = []
    for status, value, *_ in _read(models, lambda: documents, problems, are_named=True):
        steps.append((json.loads(status), json.loads(value) if isinstance(value, str) else None))
    return steps


def test_the_first_text_comes_first_and_all_come_last() -> None:
    models = ModelState(WordListRecognizer)
    models.wait()
    steps = read(models, [Document(str(n), "An allergy.") for n in range(100)])
    counts = [len(value["documents"]) for _, value in steps if value]
    assert counts == [1, 3, 7, 15, 31, 63, 100]
    assert [status["kind"] for status, _ in steps[:-1]] == ["working"] * (len(steps) - 1)
    assert (steps[-1][0]["kind"], steps[-1][0]["text"]) == ("done", "Found 100 mentions in 100 texts.")
    assert len({value["run"] for _, value in steps if value}) == 1


def test_a_model_that_breaks_while_reading_is_told() -> None:
    class Breaking(WordListRecognizer):
        def recognize(self, documents: Iterable[Document]) -> Iterator[Document]:
            raise RuntimeError("not enough memory")

    steps = read(ModelState(Breaking), [Document("1", "An allergy.")])
    assert steps[-1][0]["kind"] == "failed"
    assert "not enough memory" in steps[-1][0]["text"]


@pytest.mark.parametrize("documents", [[], [Document("1", "  ")]])
def test_without_any_text_one_sentence_says_so(documents: list[Document]) -> None:
    steps = read(ModelState(WordListRecognizer), documents)
    assert steps[-1][0]["kind"] == "failed"
    assert steps[-1][0]["text"].endswith(".") or "empty" in steps[-1][0]["text"]
    assert all(value is None for _, value in steps)


def test_the_examples_are_there_and_begin_with_one_sentence() -> None:
    samples = read_samples(find_assets())
    assert len(samples) >= 4
    assert samples[0] == ("One sentence", "An allergy to penicillin can cause an anaphylactic reaction.")
    assert all(title and text and "\ufffd" not in text for title, text in samples)
