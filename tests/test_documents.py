"""Documents: offsets are checked when one is made, passages do not overlap, joining keeps every offset."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biobert_demo.annotations import Annotation
from biobert_demo.documents import Document, Passage, Sentence, Span, Token, check_annotation
from biobert_demo.errors import InvalidSpan


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (3, 2), (-5, -2)])
def test_span_that_runs_backwards_or_starts_before_the_text_is_refused(start: int, end: int) -> None:
    with pytest.raises(InvalidSpan, match=f"{start}-{end}"):
        Span(start, end)


def test_span_knows_its_length_and_its_text() -> None:
    assert len(Span(2, 5)) == 3
    assert Span(2, 5).of("aμ\U0001d6fcb\u0301c") == "\U0001d6fcb\u0301"
    assert len(Span(4, 4)) == 0


def test_kinds_of_spans_differ() -> None:
    assert Token(0, 1) != Sentence(0, 1)
    assert Token(0, 1) == Token(0, 1)
    assert {Token(0, 1), Token(0, 1)} == {Token(0, 1)}


@pytest.mark.parametrize(
    "passages",
    [
        [(0, 11)],
        [(-1, 3)],
        [(5, 3)],
        [(0, 6), (5, 10)],
        [(5, 10), (0, 5)],
        [(0, 5), (5, 12)],
    ],
)
def test_passage_outside_the_text_or_over_another_is_refused(passages: list[tuple[int, int]]) -> None:
    with pytest.raises(InvalidSpan, match="Document d1: the passage title"):
        Document("d1", "0123456789", tuple(Passage("title", *place) for place in passages))


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        (Annotation(0, 3, "fur", "Chemical"), "'Fur'"),
        (Annotation(3, 6, "Fur", "Chemical"), "'ose'"),
        (Annotation(8, 11, "xyz", "Chemical"), "'de'"),
        (Annotation(90, 93, "Fur", "Chemical"), "''"),
    ],
)
def test_annotation_whose_text_is_elsewhere_is_refused_with_what_was_found(annotation: Annotation, words: str) -> None:
    text = "Furosemide"
    with pytest.raises(InvalidSpan) as failure:
        Document("d1", text, annotations=(annotation,))
    assert words in str(failure.value)
    assert "d1" in str(failure.value)
    with pytest.raises(InvalidSpan):
        check_annotation(annotation, text, "d1")


def test_document_without_passages_has_one_over_all_its_text() -> None:
    assert Document("d1", "abc").passages == (Passage("text", 0, 3),)
    assert Document("d1", "").passages == (Passage("text", 0, 0),)


def test_annotations_are_sorted_by_place_and_the_text_stays() -> None:
    document = Document("d1", "ab cd", annotations=(Annotation(0, 2, "ab", "Gene"),))
    changed = document.with_annotations(iter([Annotation(3, 5, "cd", "Gene"), Annotation(0, 2, "ab", "Disease")]))
    assert [a.start for a in changed.annotations] == [0, 3]
    assert changed.text == document.text
    assert len(document.annotations) == 1


@given(
    st.lists(st.tuples(st.sampled_from(["title", "abstract"]), st.text(max_size=12)), min_size=1, max_size=5),
    st.sampled_from(["\n", "", " ", "\r\n\r\n"]),
)
def test_joined_passages_cover_exactly_their_texts(blocks: list[tuple[str, str]], separator: str) -> None:
    document = Document.from_passages("d1", blocks, separator)
    assert [(p.kind, document.text[p.start : p.end]) for p in document.passages] == blocks
    assert document.text == separator.join(text for _, text in blocks)
