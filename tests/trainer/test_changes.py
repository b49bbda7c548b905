"""Reviews and what two models find enter; each place is now right, now wrong, or as before."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biobert_demo.annotations import Annotation
from biobert_demo.documents import Document
from biobert_demo.reviewed import ReviewedDocument
from biobert_demo.store.run_records import SpanChange
from trainer.changes import find_changes

TEXT = "Velocumab blocks BRX7. It cured foxes of severe lumositis! Patients had rash."
Marks = list[tuple[str, str]]
GENE, FOX, ILL, RASH = ("BRX7", "Gene"), ("foxes", "Species"), ("severe lumositis", "Disease"), ("rash", "Disease")
ALL = ("Chemical", "Gene", "Species", "Disease")


def spans(*marks: tuple[str, str]) -> tuple[Annotation, ...]:
    return tuple(Annotation(TEXT.index(it), TEXT.index(it) + len(it), it, label) for it, label in marks)


def review(
    accepted: Marks,
    labels: tuple[str, ...] = (),
    rejected: tuple[Annotation, ...] = (),
    ignored: tuple[Annotation, ...] = (),
) -> ReviewedDocument:
    document = Document("1", TEXT).with_annotations(spans(*accepted))
    return ReviewedDocument(document, frozenset(labels), rejected, ignored, document_id=5, review_id=9)


def changes(reviewed: ReviewedDocument, before: Marks, after: Marks) -> list[SpanChange]:
    return find_changes([reviewed], [spans(*before)], [spans(*after)])


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([], [GENE], ("now_right", "", "Gene")),
        ([GENE], [], ("now_wrong", "Gene", "")),
        ([GENE], [GENE], ("still_right", "Gene", "Gene")),
        ([], [], ("still_wrong", "", "")),
        ([("BRX7", "Chemical")], [GENE], ("now_right", "Chemical", "Gene")),
        ([("blocks BRX7", "Gene")], [GENE], ("now_right", "Gene", "Gene")),
        ([("blocks BRX7", "Gene"), GENE], [FOX], ("now_wrong", "Gene", "")),
    ],
)
def test_an_accepted_mention_is_right_where_it_is_found_as_it_is(
    before: Marks, after: Marks, expected: tuple[str, str, str]
) -> None:
    (change,) = changes(review([GENE]), before, after)
    assert (change.text, change.label) == GENE
    assert (change.outcome, change.before, change.after) == expected


@pytest.mark.parametrize(
    ("before", "after", "outcome"),
    [
        ([RASH], [], "now_right"),
        ([], [RASH], "now_wrong"),
        ([RASH], [RASH], "still_wrong"),
        ([], [], "still_right"),
        ([RASH], [("rash", "Chemical")], "now_right"),
    ],
)
def test_a_rejected_mention_is_right_where_it_is_not_found(before: Marks, after: Marks, outcome: str) -> None:
    (change,) = changes(review([], rejected=spans(RASH)), before, after)
    assert (change.text, change.label, change.outcome) == (*RASH, outcome)


@pytest.mark.parametrize(
    ("before", "after", "outcome"),
    [([RASH], [], "now_right"), ([], [RASH], "now_wrong"), ([RASH], [("rash", "Gene")], "still_wrong")],
)
def test_what_is_found_where_a_complete_review_has_nothing_is_wrong(before: Marks, after: Marks, outcome: str) -> None:
    (change,) = changes(review([], ALL), before, after)
    assert (change.text, change.label, change.outcome) == ("rash", "", outcome)
    assert changes(review([]), before, after) == []
    assert changes(review([], ("Species",)), before, after) == []


def test_what_overlaps_an_accepted_mention_is_told_there_alone() -> None:
    (change,) = changes(review([ILL], ALL), [("lumositis", "Disease")], [ILL])
    assert (change.text, change.outcome, change.before) == ("severe lumositis", "now_right", "Disease")


def test_ignored_spans_and_words_for_people_are_left_out() -> None:
    people = ("Patients", "Species")
    assert changes(review([people], ALL, ignored=spans(RASH)), [RASH, people], [("had rash", "Disease")]) == []
    assert changes(review([], rejected=spans(people)), [], [people]) == []


def test_each_change_knows_its_document_review_and_sentence() -> None:
    gene, ill = changes(review([GENE, ILL]), [], [])
    assert (gene.document_id, gene.review_id) == (5, 9)
    assert TEXT[gene.sentence_start : gene.sentence_end] == "Velocumab blocks BRX7."
    assert TEXT[ill.sentence_start : ill.sentence_end] == "It cured foxes of severe lumositis!"


def test_a_place_in_two_sentences_or_between_passages_has_all_of_both() -> None:
    crossing = ("BRX7. It", "Gene")
    (change,) = changes(review([crossing]), [], [])
    assert (
        TEXT[change.sentence_start : change.sentence_end]
        == "Velocumab blocks BRX7. It cured foxes of severe lumositis!"
    )
    document = Document.from_passages("1", [("title", "BRX7 in"), ("abstract", "foxes")])
    crossing_passages = Annotation(5, 13, "in\nfoxes", "Gene")
    reviewed = ReviewedDocument(document.with_annotations([crossing_passages]), document_id=1)
    (change,) = find_changes([reviewed], [()], [()])
    assert (change.sentence_start, change.sentence_end) == (0, 13)


def test_documents_outside_a_store_are_left_out() -> None:
    assert find_changes([replace(review([GENE]), document_id=None)], [()], [()]) == []


def test_predictions_have_to_be_parallel_to_the_documents() -> None:
    with pytest.raises(ValueError):
        find_changes([review([GENE])], [], [])


TEXTS = st.text("aα \n.é🙂B", min_size=3, max_size=40)


@st.composite
def reviewed_documents(draw: st.DrawFn) -> tuple[ReviewedDocument, list[Annotation], list[Annotation]]:
    text = draw(TEXTS)

    def annotations() -> list[Annotation]:
        places = draw(
            st.lists(st.tuples(st.integers(0, len(text) - 1), st.integers(1, 6), st.sampled_from(ALL)), max_size=4)
        )
        return [
            Annotation(start, end, text[start:end], label)
            for start, length, label in places
            for end in (min(len(text), start + length),)
        ]

    document = Document("1", text).with_annotations(annotations())
    labels = draw(st.sets(st.sampled_from(ALL)))
    one = ReviewedDocument(document, frozenset(labels), tuple(annotations()), tuple(annotations()), document_id=1)
    return one, annotations(), annotations()


@given(reviewed_documents())
def test_whatever_is_reviewed_and_found_the_changes_are_true(
    drawn: tuple[ReviewedDocument, list[Annotation], list[Annotation]],
) -> None:
    one, before, after = drawn
    found = find_changes([one], [before], [after])
    text = one.document.text
    for change in found:
        assert change.text == text[change.start : change.end]
        assert 0 <= change.sentence_start <= change.start < change.end <= change.sentence_end <= len(text)
        assert change.label or change.before or change.after
        if change.outcome == "still_right" and (change.start, change.end, change.label) in {
            it.key for it in one.document.annotations
        }:
            assert change.before == change.after == change.label
    turned = {"now_right": "now_wrong", "now_wrong": "now_right"}
    back = find_changes([one], [after], [before])
    assert [turned.get(it.outcome, it.outcome) for it in found] == [it.outcome for it in back]
    same = {it.outcome for it in find_changes([one], [before], [before])}
    assert same <= {"still_right", "still_wrong"}
