"""Points on known curves enter; whether the forecast finds them, doubts enough, and says when it cannot tell is decided."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biobert_demo.forecast import HEAD_START, Point, fit_curve, forecast

NUMBERS = (0, 20, 50, 100, 200)


def law(documents: float, floor: float, scale: float, exponent: float) -> float:
    return 100 - floor - scale * (documents + HEAD_START) ** -exponent


def points(*pairs: tuple[float, float]) -> list[Point]:
    return [Point(*pair) for pair in pairs]


@pytest.mark.parametrize(
    ("floor", "scale", "exponent"), [(0.0, 60.0, 0.3), (10.0, 50.0, 0.5), (5.0, 80.0, 0.8), (2.5, 40.0, 0.2)]
)
def test_a_curve_without_noise_is_found(floor: float, scale: float, exponent: float) -> None:
    found = fit_curve(Point(n, law(n, floor, scale, exponent)) for n in NUMBERS)
    assert found is not None
    assert found.misfit < 0.01
    for documents in (10, 400):
        assert found.f1(documents) == pytest.approx(law(documents, floor, scale, exponent), abs=0.2)
    assert found.documents(found.f1(150)) == pytest.approx(150)


def test_the_truth_lies_in_the_interval_about_as_often_as_it_says() -> None:
    draw = random.Random(1)
    told = hits = closed = 0
    for _ in range(150):
        floor, scale, exponent = draw.choice([0, 5, 10, 15]), draw.uniform(20, 90), draw.uniform(0.2, 0.9)
        seen = [Point(n, law(n, floor, scale, exponent) + draw.gauss(0, 1)) for n in NUMBERS]
        one = forecast(seen)
        left = 100 - floor - law(NUMBERS[-1], floor, scale, exponent) - 1
        truth = (scale / left) ** (1 / exponent) - HEAD_START - NUMBERS[-1] if left > 0 else float("inf")
        if one.more is None or one.low is None:
            continue
        told += 1
        hits += one.low <= truth and (one.high is None or truth <= one.high)
        closed += one.high is not None
    assert told > 75, "most curves allow a forecast"
    assert hits / told > 0.9, "nominally 95 %"
    assert closed > 20, "an interval without an end is true too easily"


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        ([], "few_points"),
        (points((0, 70)), "few_points"),
        (points((0, 70), (50, 80)), "few_points"),
        (points((0, 70), (50, 80), (50, 82)), "few_points"),
        (points((0, 70), (2, 75), (4, 80)), "few_points"),
        (points((0, 70), (50, 70.2), (100, 70)), "no_gain"),
        (points((0, 80), (50, 70), (100, 60)), "no_gain"),
        (points((0, 98), (50, 99.2), (100, 99.6)), "at_the_top"),
        (points((0, 70), (50, 84.6), (100, 84.8), (200, 84.9), (400, 85)), "too_far"),
    ],
)
def test_it_says_when_it_cannot_tell(seen: list[Point], why: str) -> None:
    one = forecast(seen)
    assert (one.more, one.why) == (None, why)


def test_more_is_needed_the_farther_the_goal_and_doubt_grows_with_it() -> None:
    seen = points((0, 60), (25, 70), (50, 74), (100, 78), (200, 81.5))
    near, far = forecast(seen, 1), forecast(seen, 3)
    assert (near.low or 0) <= (near.more or 0) <= (near.high or 0)
    assert (far.more or 0) > 2 * (near.more or 1)


def test_scores_at_the_same_number_of_documents_are_averaged() -> None:
    assert fit_curve(points((0, 60), (50, 72), (50, 76), (100, 80))) == fit_curve(points((0, 60), (50, 74), (100, 80)))


@given(st.lists(st.tuples(st.floats(-10, 1e6), st.floats(-50, 150)), max_size=8))
def test_whatever_was_measured_the_answer_is_whole_numbers_in_order_or_a_reason(
    pairs: list[tuple[float, float]],
) -> None:
    one = forecast(Point(*pair) for pair in [*pairs, (float("nan"), 3.0), (5.0, float("inf"))])
    if one.more is None:
        assert one.why
    else:
        assert 1 <= (one.low or 0) <= one.more
        assert one.high is None or one.more <= one.high
