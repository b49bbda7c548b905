"""The best well-formed tag sequence, checked against trying them all, and the probabilities of spans."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from biobert_demo.alignment import EncodedSpan, TagSet, decode_tags
from biobert_demo.decoding import NO_LABEL, best_tags, label_alternatives, log_softmax, near_misses, span_scores

TAG_SET = TagSet(("Disease", "Chemical"))


def logits(most_words: int) -> st.SearchStrategy[np.ndarray]:
    shapes = st.tuples(st.integers(1, most_words), st.just(len(TAG_SET.tags)))
    return npst.arrays(np.float64, shapes, elements=st.floats(-6, 6, width=32))


def is_well_formed(tags: tuple[int, ...] | list[int]) -> bool:
    return all(TAG_SET.is_allowed(a, b) for a, b in pairwise([0, *tags]))


@given(logits(5))
def test_no_well_formed_sequence_is_more_probable(values: np.ndarray) -> None:
    log_probabilities = log_softmax(values)

    def total(tags: tuple[int, ...] | list[int]) -> float:
        return float(sum(log_probabilities[i, tag] for i, tag in enumerate(tags)))

    found = best_tags(log_probabilities, TAG_SET)
    best = max(total(tags) for tags in product(range(5), repeat=len(values)) if is_well_formed(tags))
    assert is_well_formed(found)
    assert total(found) == pytest.approx(best)


@given(logits(40))
def test_what_is_found_is_always_well_formed(values: np.ndarray) -> None:
    tags = best_tags(log_softmax(values), TAG_SET)
    assert len(tags) == len(values)
    assert is_well_formed(tags)


@given(logits(12))
def test_scores_are_probabilities(values: np.ndarray) -> None:
    log_probabilities = log_softmax(values)
    spans = decode_tags(best_tags(log_probabilities, TAG_SET), TAG_SET)
    scores = span_scores(log_probabilities, spans, TAG_SET)
    assert len(scores) == len(spans)
    assert all(0.0 <= score <= 1.0 for score in scores)


def test_score_of_a_span_is_the_probability_of_its_tags_and_of_its_end() -> None:
    probabilities = np.array(
        [
            [0.1, 0.6, 0.1, 0.1, 0.1],
            [0.2, 0.1, 0.5, 0.1, 0.1],
            [0.5, 0.1, 0.2, 0.1, 0.1],
        ]
    )
    inner, last = span_scores(
        np.log(probabilities), [EncodedSpan(0, 2, "Disease"), EncodedSpan(0, 3, "Disease")], TAG_SET
    )
    assert inner == pytest.approx(0.6 * 0.5 * (1 - 0.2))
    assert last == pytest.approx(0.6 * 0.5 * 0.2)


@given(logits(6), st.floats(0.25, 8))
def test_temperature_softens_without_changing_the_order(values: np.ndarray, temperature: float) -> None:
    soft = log_softmax(values, temperature)
    assert np.allclose(np.exp(soft).sum(axis=-1), 1.0)
    for row, tempered in zip(values, soft, strict=True):
        assert tempered[row.argmax()] == tempered.max()


def test_large_logits_do_not_overflow_and_no_words_have_no_tags() -> None:
    assert np.isfinite(log_softmax(np.array([[1e4, -1e4, 0.0, 5.0, 1e3]]))).all()
    assert best_tags(np.zeros((0, 5)), TAG_SET) == []
    assert span_scores(np.zeros((0, 5)), [], TAG_SET) == []


def shares(*rows: list[float]) -> np.ndarray:
    """Log probabilities of O, B-Disease, I-Disease, B-Chemical, I-Chemical a word."""
    return np.log(np.array(rows))


def test_further_labels_are_those_of_the_same_words_best_first() -> None:
    values = shares([0.1, 0.5, 0.0625, 0.3, 0.0375], [0.2, 0.1, 0.4, 0.1, 0.2], [0.9, 0.025, 0.025, 0.025, 0.025])
    (further,) = label_alternatives(values, [EncodedSpan(0, 2, "Disease")], TAG_SET)
    assert further == (("Chemical", round(0.3375 * 0.2 * 0.975, 4)), (NO_LABEL, 0.02))


def test_further_label_may_nearly_equal_the_chosen_one() -> None:
    values = shares([0.02, 0.48, 0.01, 0.47, 0.02])
    (further,) = label_alternatives(values, [EncodedSpan(0, 1, "Disease")], TAG_SET)
    assert further == (("Chemical", 0.49), (NO_LABEL, 0.02))


@given(logits(12), st.floats(0, 0.5))
def test_further_labels_are_probabilities_and_leave_out_the_own(values: np.ndarray, least: float) -> None:
    log_probabilities = log_softmax(values)
    spans = decode_tags(best_tags(log_probabilities, TAG_SET), TAG_SET)
    for span, further in zip(spans, label_alternatives(log_probabilities, spans, TAG_SET, least), strict=True):
        assert {label for label, _ in further} <= {"Disease", "Chemical", NO_LABEL} - {span.label}
        assert all(least - 1e-4 <= share <= 1 + 1e-9 for _, share in further)


def test_near_misses_are_runs_of_doubtful_words_outside_spans() -> None:
    sure, torn, spanned = [0.96, 0.01, 0.01, 0.01, 0.01], [0.6, 0.3, 0.05, 0.04, 0.01], [0.1, 0.8, 0.05, 0.03, 0.02]
    values = shares(sure, torn, torn, sure, spanned, torn, [0.55, 0.03, 0.02, 0.3, 0.1])
    found = near_misses(values, [EncodedSpan(4, 5, "Disease")], TAG_SET, 0.3)
    assert [span for span, _ in found] == [
        EncodedSpan(1, 3, "Disease"),
        EncodedSpan(5, 6, "Disease"),
        EncodedSpan(6, 7, "Chemical"),
    ]
    assert [score for _, score in found] == pytest.approx([0.4, 0.4, 0.45])
    assert near_misses(values[:0], [], TAG_SET, 0.3) == []
