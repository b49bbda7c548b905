"""Revisions and changes of labels enter; what a person sees, and what their edits reach, is checked."""

from __future__ import annotations

from typing import Any

from biobert_demo.annotations import Annotation
from biobert_demo.label_views import (
    decided_places,
    present_annotations,
    present_others,
    present_revision,
    with_twins,
)
from biobert_demo.labels import LabelChange, LabelNames
from biobert_demo.review import Correction, ReviewedSpan, Revision

RENAMED = LabelNames(("Gene", "Line"), (LabelChange("rename", "Cell", "Line"),))
MERGED = LabelNames(("Gene",), (LabelChange("merge", "Cell", "Gene"),))
HIDDEN = LabelNames(("Gene", "Cell"), (LabelChange("hide", "Cell"),))


def span(id: str, label: str, state: Any = "accepted", start: int = 0, **fields: Any) -> ReviewedSpan:
    return ReviewedSpan(id, start, start + 4, "BRX7", label, state, **fields)


def shown(revision: Revision) -> list[tuple[str, str, str]]:
    return [(one.id, one.label, one.state) for one in revision.spans]


def test_spans_have_present_names_and_remember_the_written_ones() -> None:
    raw = Revision(2, (span("1", "Cell", suggested=(0, 3, "Cell"), others=(("Gene", 0.2), ("none", 0.1))),))
    (one,) = present_revision(raw, RENAMED).spans
    assert (one.label, one.written, one.suggested) == ("Line", "Cell", (0, 3, "Line"))
    assert one.others == (("Gene", 0.2), ("none", 0.1))
    (same,) = present_revision(Revision(1, (span("1", "Gene"),)), RENAMED).spans
    assert same.written == ""


def test_a_correction_to_what_means_the_same_now_is_none_any_more() -> None:
    (one,) = present_revision(Revision(1, (span("1", "Gene", suggested=(0, 4, "Cell")),)), MERGED).spans
    assert one.suggested is None


def test_what_is_hidden_is_left_out_unless_it_is_asked_for() -> None:
    raw = Revision(1, (span("1", "Gene"), span("2", "Cell", start=5)))
    assert shown(present_revision(raw, HIDDEN)) == [("1", "Gene", "accepted")]
    assert len(present_revision(raw, HIDDEN, hidden=True).spans) == 2
    assert len(present_revision(raw, HIDDEN, hidden=["Cell"]).spans) == 2
    assert len(present_revision(raw, HIDDEN, hidden=["Gene"]).spans) == 1


def test_of_two_spans_that_say_the_same_the_stronger_is_shown_with_the_words_on_both() -> None:
    raw = Revision(
        1,
        (
            span("1", "Cell", "rejected", note="no cell"),
            span("2", "Gene", identifiers=("NCBIGene:1",), note="sure"),
            span("3", "Cell", "unseen", start=5),
            span("4", "Gene", "rejected", start=5),
        ),
    )
    seen = present_revision(raw, MERGED)
    assert shown(seen) == [("2", "Gene", "accepted"), ("3", "Gene", "unseen")]
    assert seen.spans[0].note == "sure\nno cell"


def test_an_edit_of_the_one_that_is_shown_reaches_the_one_behind_it() -> None:
    raw = Revision(1, (span("1", "Cell"), span("2", "Gene"), span("3", "Cell", start=9)))
    remove = Correction("remove", span_id="2")
    assert with_twins([remove], raw, MERGED) == (remove, Correction("remove", span_id="1"))
    accept = Correction("accept", span_id="2")
    assert with_twins([accept], raw, MERGED) == (accept,)
    assert with_twins([remove], raw, RENAMED) == (remove,), "they do not say the same there"
    both = (remove, Correction("remove", span_id="1"))
    assert with_twins(both, raw, MERGED) == both


def test_a_model_that_calls_a_label_otherwise_is_read_in_present_names() -> None:
    found = [Annotation(0, 4, "BRX7", "Cell", score=0.5), Annotation(5, 9, "BRX7", "Gene", score=0.5)]
    further = {0: (("Gene", 0.3),), 1: (("Cell", 0.4), ("none", 0.1))}
    labels, others = present_annotations(found, further, RENAMED)
    assert ([one.label for one in labels], others[1]) == (["Line", "Gene"], (("Line", 0.4), ("none", 0.1)))
    labels, others = present_annotations(found, further, HIDDEN)
    assert ([one.label for one in labels], others) == (["Gene"], {0: (("none", 0.1),)})
    labels, others = present_annotations(found, further, MERGED)
    assert others == {0: (), 1: (("none", 0.1),)}
    assert present_annotations(found, further, HIDDEN, hidden=["Cell"])[0] == tuple(found)


def test_probabilities_of_labels_that_are_one_now_add_up() -> None:
    merged = LabelNames(("Gene", "Line"), (LabelChange("merge", "Cell", "Line"),))
    assert present_others([("Cell", 0.2), ("none", 0.25), ("Line", 0.15)], "Gene", merged) == (
        ("Line", 0.35),
        ("none", 0.25),
    )


def test_what_was_decided_under_an_old_name_is_known() -> None:
    raw = Revision(
        1,
        (
            span("1", "Cell", "rejected"),
            span("2", "Gene", "accepted", start=5, suggested=(5, 8, "Cell")),
            span("3", "Cell", "unseen", start=10),
        ),
    )
    assert decided_places(raw, RENAMED) == {(0, 4, "Line"), (5, 9, "Gene"), (5, 8, "Line")}
