"""Strict scores: equal to seqeval's on any tag sequences, and BioCreative's alternatives credited once."""

from __future__ import annotations

import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biobert_demo.alignment import TagSet, decode_tags
from biobert_demo.scoring import Score, macro_f1, micro_average, score_spans, score_with_alternatives

TAG_SET = TagSet(("Disease", "Chemical"))


def is_well_formed(tags: list[int]) -> bool:
    return all(TAG_SET.is_allowed(a, b) for a, b in zip([0, *tags], tags, strict=False))


SEQUENCE = st.lists(st.integers(0, 4), min_size=1, max_size=12).filter(is_well_formed)


@given(st.lists(st.tuples(SEQUENCE, st.data()), min_size=1, max_size=6))
def test_scores_equal_seqeval_in_strict_mode(pairs: list[tuple[list[int], st.DataObject]]) -> None:
    from seqeval.metrics import classification_report
    from seqeval.scheme import IOB2

    gold_tags, predicted_tags = [], []
    for gold, data in pairs:
        size = len(gold)
        gold_tags.append(gold)
        predicted_tags.append(
            data.draw(st.lists(st.integers(0, 4), min_size=size, max_size=size).filter(is_well_formed))
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        names = TAG_SET.tags
        report = classification_report(
            [[names[t] for t in tags] for tags in gold_tags],
            [[names[t] for t in tags] for tags in predicted_tags],
            mode="strict",
            scheme=IOB2,
            output_dict=True,
            zero_division=0,
        )

    def keys(tags: list[int]) -> list[tuple[int, int, str]]:
        return [(span.first, span.last, span.label) for span in decode_tags(tags, TAG_SET)]

    scores = score_spans(map(keys, gold_tags), map(keys, predicted_tags), TAG_SET.labels)
    for label, score in scores.items():
        if label in report:
            theirs = report[label]
            assert score.precision == pytest.approx(theirs["precision"])
            assert score.recall == pytest.approx(theirs["recall"])
            assert score.f1 == pytest.approx(theirs["f1-score"])
            assert score.gold == theirs["support"]
        else:
            assert score == Score()
    if "micro avg" in report:
        assert micro_average(scores).f1 == pytest.approx(report["micro avg"]["f1-score"])


@pytest.mark.parametrize(
    ("gold", "predicted", "expected"),
    [
        ([(0, 3, "Gene")], [(0, 3, "Gene")], Score(1, 1, 1)),
        ([(0, 3, "Gene")], [(0, 4, "Gene")], Score(0, 1, 1)),
        ([(0, 3, "Gene")], [(0, 3, "Disease")], Score(0, 0, 1)),
        ([(0, 3, "Gene"), (0, 3, "Gene")], [(0, 3, "Gene")], Score(1, 1, 1)),
        ([], [(0, 3, "Gene")], Score(0, 1, 0)),
        ([], [], Score(0, 0, 0)),
    ],
)
def test_a_span_counts_only_where_boundaries_and_label_agree(gold: list, predicted: list, expected: Score) -> None:
    assert score_spans([gold], [predicted], ["Gene"])["Gene"] == expected


def test_spans_of_different_documents_are_never_matched() -> None:
    scores = score_spans([[(0, 3, "Gene")], []], [[], [(0, 3, "Gene")]], ["Gene"])
    assert scores["Gene"] == Score(0, 1, 1)


def test_undefined_scores_are_zero_and_documents_must_be_parallel() -> None:
    assert (Score().precision, Score().recall, Score().f1) == (0.0, 0.0, 0.0)
    assert macro_f1({}) == 0.0
    assert macro_f1({"a": Score(1, 1, 1), "b": Score(0, 1, 1)}) == 0.5
    with pytest.raises(ValueError, match="zip"):
        score_spans([[]], [], ["Gene"])


@pytest.mark.parametrize(
    ("predicted", "expected"),
    [
        ([(0, 9, "Gene")], Score(1, 1, 1)),
        ([(0, 4, "Gene")], Score(1, 1, 1)),
        ([(0, 9, "Gene"), (0, 4, "Gene")], Score(1, 2, 1)),
        ([(0, 5, "Gene")], Score(0, 1, 1)),
        ([], Score(0, 0, 1)),
    ],
)
def test_an_alternative_is_as_good_as_its_gold_span_but_only_once(predicted: list, expected: Score) -> None:
    gold = [(0, 9, "Gene")]
    alternatives = [{(0, 9, "Gene"): [(0, 4, "Gene"), (5, 9, "Gene")]}]
    assert score_with_alternatives([gold], alternatives, [predicted]) == expected
