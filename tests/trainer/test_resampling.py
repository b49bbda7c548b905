"""Counts of two models enter; differences with their intervals leave, and chance is called chance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.resampling import adjust, expand_tail, measure_differences

CHANCES = st.lists(st.floats(0.0005, 1.0), min_size=1, max_size=12)


def counts_of(*documents: tuple[tuple[int, int, int], tuple[int, int, int]]) -> np.ndarray:
    """[documents, 1 group, 2 models, 3] from (correct, predicted, gold) of the first and the second model."""
    return np.array([[pair] for pair in documents], dtype=np.float32)


SAME = ((3, 4, 5), (3, 4, 5))
WORSE = ((3, 4, 5), (1, 4, 5))


def test_f1_is_that_of_all_documents_together() -> None:
    (found,) = measure_differences(counts_of(((3, 4, 5), (4, 4, 5)), ((0, 0, 1), (1, 2, 1))))
    assert (round(found.before, 3), round(found.after, 3)) == (60.0, round(100 * 10 / 12, 3))
    assert found.low <= found.points <= found.high


def test_equal_models_differ_by_nothing() -> None:
    (found,) = measure_differences(counts_of(SAME, SAME))
    assert (found.low, found.points, found.high, found.p_worse, found.p_better) == (0, 0, 0, 1, 1)


def test_no_documents_say_nothing() -> None:
    found = measure_differences(np.zeros((0, 3, 2, 3), dtype=np.float32))
    assert [(one.points, one.p_worse, one.p_better) for one in found] == [(0, 1, 1)] * 3


@pytest.mark.parametrize("number", range(1, 13))
def test_few_documents_are_never_surer_than_the_sign_test(number: int) -> None:
    (found,) = measure_differences(counts_of(*[WORSE] * number, *[SAME] * 20))
    assert found.p_worse >= max(0.5**number, 1 / 2_001)
    assert found.p_better == 1


def test_the_same_counts_give_the_same_interval_and_the_name_draws_other_documents() -> None:
    generator = np.random.default_rng(4)
    counts = generator.integers(0, 6, size=(30, 2, 2, 3)).astype(np.float32)
    counts[..., 1:] += counts[..., :1]
    assert measure_differences(counts, name="a") == measure_differences(counts, name="a")
    assert measure_differences(counts, name="a") != measure_differences(counts, name="b")
    assert measure_differences(counts, seed=1) != measure_differences(counts, seed=2)


def test_the_interval_is_that_of_a_plain_bootstrap() -> None:
    generator = np.random.default_rng(9)
    gold = generator.integers(2, 9, size=200)
    correct = generator.binomial(gold[:, None], [0.8, 0.75])
    counts = np.stack([correct, correct + 1, np.stack([gold, gold], 1)], -1)[:, None].astype(np.float32)
    (found,) = measure_differences(counts, resamples=20_000)
    plain = []
    for _ in range(4_000):
        before, after = counts[generator.integers(200, size=200), 0].sum(0)
        plain.append(200 * after[0] / (after[1] + after[2]) - 200 * before[0] / (before[1] + before[2]))
    assert found.low == pytest.approx(np.quantile(plain, 0.025), abs=0.25)
    assert found.high == pytest.approx(np.quantile(plain, 0.975), abs=0.25)


@pytest.mark.parametrize(
    ("documents", "tail"),
    # Normal(-t sqrt(n / (n - 1))) of Student's t at 97.5 %: 2.262, 2.093, 2.010, 1.984 with 9, 19, 49 and 99 degrees.
    [(10, 0.0086), (20, 0.0159), (50, 0.0212), (100, 0.0231), (1, 0.0), (2, 0.0)],
)
def test_intervals_of_few_documents_are_wider_as_students_are(documents: int, tail: float) -> None:
    assert expand_tail(0.025, documents) == pytest.approx(tail, abs=0.0008)


@pytest.mark.parametrize(
    ("chances", "adjusted"),
    [
        ([], []),
        ([0.02], [0.02]),
        ([0.01, 0.04, 0.03, 0.005], [0.02, 0.04, 0.04, 0.02]),
        ([1.0, 1.0], [1.0, 1.0]),
    ],
)
def test_chances_are_adjusted_as_by_benjamini_and_hochberg(chances: list[float], adjusted: list[float]) -> None:
    assert adjust(chances) == pytest.approx(adjusted)


@given(CHANCES, st.data())
def test_a_chance_that_rises_never_lowers_an_adjusted_one(chances: list[float], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(chances) - 1))
    risen = list(chances)
    risen[place] = data.draw(st.floats(chances[place], 1.0))
    assert all(after >= before for before, after in zip(adjust(chances), adjust(risen), strict=True))
    assert all(one <= after <= 1 for one, after in zip(chances, adjust(chances), strict=True))
