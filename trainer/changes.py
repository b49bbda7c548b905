"""Reviewed documents and what two models find in them enter; each place that is right or wrong now, or as before, leaves.

Two kinds of places: those a person decided on, and, in complete documents, those where a model finds what is not there.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from biobert_demo.annotations import Annotation
from biobert_demo.documents import Document, Sentence
from biobert_demo.recognition import drop_person_words
from biobert_demo.reviewed import ReviewedDocument
from biobert_demo.segmentation import split_sentences
from biobert_demo.store.run_records import Outcome, SpanChange


def find_changes(
    reviewed: Sequence[ReviewedDocument],
    promoted: Sequence[Sequence[Annotation]],
    candidate: Sequence[Sequence[Annotation]],
) -> list[SpanChange]:
    """What became of each place, in the order of documents and texts; predictions are parallel to the documents.

    `label` is what a person says: of an accepted mention its label; of a rejected one the label that it is not; "" where
    a complete review has nothing but a model finds something. `before` and `after` are the label at just this place, or
    else that of the mention that overlaps it most: it may be the right label with other boundaries, which is wrong. Ignored
    spans, words for people and documents without an id in a store are left out.
    """
    return [
        change
        for one, before, after in zip(reviewed, promoted, candidate, strict=True)
        if one.document_id is not None
        for change in _changes_of(one, one.document_id, drop_person_words(before), drop_person_words(after))
    ]


def _changes_of(
    one: ReviewedDocument, document_id: int, before: Sequence[Annotation], after: Sequence[Annotation]
) -> Iterator[SpanChange]:
    sentences = _sentences(one.document)
    found_before, found_after = {it.key for it in before}, {it.key for it in after}
    accepted = drop_person_words(one.document.annotations)
    keys = {it.key for it in accepted}
    places: list[tuple[int, int, str, Outcome]] = [
        (it.start, it.end, it.label, _outcome(it.key in found_before, it.key in found_after)) for it in accepted
    ]
    rejected = {it.key for it in drop_person_words(one.rejected)} - keys
    places += [(*key, _outcome(key not in found_before, key not in found_after)) for key in sorted(rejected)]
    invented_before, invented_after = (_inventions(one, accepted, rejected, found) for found in (before, after))
    places += [
        (*place, "", _outcome(place not in invented_before, place not in invented_after))
        for place in sorted(invented_before | invented_after)
    ]
    for start, end, label, outcome in sorted(places):
        first, last = _around(sentences, start, end)
        yield SpanChange(
            document_id,
            one.review_id,
            start,
            end,
            one.document.text[start:end],
            label,
            outcome,
            _label_at(before, start, end, label),
            _label_at(after, start, end, label),
            first,
            last,
        )


def _outcome(was_right: bool, is_right: bool) -> Outcome:
    if is_right:
        return "still_right" if was_right else "now_right"
    return "now_wrong" if was_right else "still_wrong"


def _inventions(
    one: ReviewedDocument,
    accepted: Sequence[Annotation],
    rejected: set[tuple[int, int, str]],
    found: Sequence[Annotation],
) -> set[tuple[int, int]]:
    """Places where nothing should be; what overlaps an accepted mention is that mention's own change."""
    decided = [*accepted, *one.ignored]
    return {
        (it.start, it.end)
        for it in found
        if it.label in one.labels
        and it.key not in rejected
        and not any(it.start < other.end and other.start < it.end for other in decided)
    }


def _label_at(found: Sequence[Annotation], start: int, end: int, label: str) -> str:
    """The label at a place, or of the mention that overlaps it most; "" where there is none."""
    overlapping = [it for it in found if it.start < end and start < it.end]
    if not overlapping:
        return ""
    return max(
        overlapping,
        key=lambda it: (
            (it.start, it.end) == (start, end),
            it.label == label,
            min(it.end, end) - max(it.start, start),
            it.start - it.end,
            it.label,
        ),
    ).label


def _sentences(document: Document) -> list[Sentence]:
    return [
        sentence
        for passage in document.passages
        for sentence in split_sentences(document.text, passage.start, passage.end)
    ]


def _around(sentences: Sequence[Sentence], start: int, end: int) -> tuple[int, int]:
    """From where the sentence of the first character begins to where that of the last ends; the place itself at least."""
    first = bisect_right([it.start for it in sentences], start) - 1
    last = bisect_left([it.end for it in sentences], end)
    return (
        min(start, sentences[first].start) if first >= 0 and sentences[first].end > start else start,
        max(end, sentences[last].end) if last < len(sentences) and sentences[last].start < end else end,
    )
