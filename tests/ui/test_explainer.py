"""A text and a place in it enter; the sentence that is explained, and what goes with it, is checked."""

from __future__ import annotations

from typing import Any

import pytest
from word_list import WordListRecognizer

from biobert_demo.errors import BadInput
from biobert_demo.ui.explainer import explain_part

TEXT = "💊 An allergy to penicillin. BRCA1 was found in E. coli. Nothing here."


def explain(**request: Any) -> dict[str, Any]:
    return explain_part(WordListRecognizer().explain, {"text": TEXT, **request})


@pytest.mark.parametrize(
    ("request_", "index"),
    [({}, 0), ({"start": 0}, 0), ({"start": 30}, 1), ({"start": 999}, 2), ({"index": 2}, 2), ({"index": 99}, 2)],
)
def test_the_sentence_around_a_place_or_with_a_number_is_chosen(request_: dict[str, int], index: int) -> None:
    answer = explain(**request_)
    assert answer["index"] == index
    assert answer["sentence"] == answer["sentences"][index]


def test_the_answer_holds_pieces_softmax_and_spans_of_that_sentence() -> None:
    answer = explain(start=30)
    assert answer["sentence"] == "BRCA1 was found in E. coli."
    assert [token["piece"] for token in answer["tokens"]][:2] == ["[CLS]", "BRCA1"]
    assert answer["tags"][0] == "O"
    assert set(answer["tags"]) >= {"B-Gene", "I-Gene", "B-Species"}
    assert [answer["sentence"][s["start"] : s["end"]] for s in answer["spans"]] == ["BRCA1", "E. coli"]
    assert {label["name"] for label in answer["labels"]} == {"Disease", "Chemical", "Gene", "Species"}


def test_without_a_sentence_the_way_out_is_told() -> None:
    with pytest.raises(BadInput, match="highlight a text first"):
        explain_part(WordListRecognizer().explain, {"text": " "})
