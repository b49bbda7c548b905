"""The best well-formed tag sequence, checked against trying them all, and the probabilities of spans."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from biobert_demo.alignment import EncodedSpan, TagSet, decode_tags
from biobert_demo.decoding import best_tags, log_softmax, span_scores

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
