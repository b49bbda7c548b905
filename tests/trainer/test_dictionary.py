"""Annotated documents enter `collect_names`; `match_names` finds the same names in other documents."""

from __future__ import annotations

import pytest

from biobert_demo.annotations import Annotation
from biobert_demo.documents import Document
from trainer.dictionary import collect_names, match_names


def annotated(text: str, *mentions: tuple[str, str]) -> Document:
    spans = []
    position = 0
    for mention, label in mentions:
        start = text.index(mention, position)
        position = start + len(mention)
        spans.append(Annotation(start, position, mention, label))
    return Document("1", text, annotations=tuple(spans))


TRAINING = [
    annotated("Rash and skin rash from BRX7 in E. coli", ("Rash", "Disease"), ("skin rash", "Disease")),
    annotated("BRX7 is BRX7 is BRX7", ("BRX7", "Gene"), ("BRX7", "Gene"), ("BRX7", "Chemical")),
    annotated("a p of xBRX7", ("p", "Gene"), ("BRX7", "Disease")),
]
NAMES = collect_names(TRAINING, ["Disease", "Gene", "Chemical"])


def test_names_are_word_sequences_with_their_most_frequent_label() -> None:
    assert NAMES == {("rash",): "Disease", ("skin", "rash"): "Disease", ("brx7",): "Gene"}


def test_only_the_wanted_labels_are_collected() -> None:
    assert collect_names(TRAINING, ["Gene"]) == {("brx7",): "Gene"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A skin rash.", [(2, 11, "skin rash", "Disease")]),
        ("SKIN  RASH", [(0, 10, "SKIN  RASH", "Disease")]),
        ("skin and rash", [(9, 13, "rash", "Disease")]),
        ("rash brx7\nBRX7", [(0, 4, "rash", "Disease"), (5, 9, "brx7", "Gene"), (10, 14, "BRX7", "Gene")]),
        ("rashes", []),
        ("", []),
    ],
)
def test_the_longest_name_at_each_place_is_found(text: str, expected: list[tuple[int, int, str, str]]) -> None:
    (found,) = match_names([Document("1", text)], NAMES)
    assert [(a.start, a.end, a.text, a.label) for a in found.annotations] == expected


def test_without_names_nothing_is_found() -> None:
    (found,) = match_names([annotated("a rash", ("rash", "Disease"))], {})
    assert found.annotations == ()
