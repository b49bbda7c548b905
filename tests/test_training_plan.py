"""Plans and clock times enter; when a run is due is checked."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest

from biobert_demo.errors import BadInput
from biobert_demo.training_plan import TrainingPlan, is_night_due


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2031-{text}")


@pytest.mark.parametrize(
    ("nightly", "last", "now", "is_due"),
    [
        ("02:00", "05-07 01:59", "05-07 02:00", True),
        ("02:00", "05-07 02:00", "05-07 02:01", False),
        ("2:00", "05-07 01:59:50", "05-07 02:00:50", True),
        ("02:00", "05-06 23:00", "05-07 01:59:59", False),
        # The lid was closed: once, when it is opened again.
        ("02:00", "05-06 18:00", "05-07 09:00", True),
        ("02:00", "05-03 18:00", "05-07 09:00", True),
        ("23:30", "05-06 23:00", "05-07 00:10", True),
        # The clock was put back: nothing has passed; put forward over the time: it has.
        ("02:30", "05-07 02:59", "05-07 02:00", False),
        ("02:30", "05-07 01:59", "05-07 03:00", True),
        (None, "05-06 18:00", "05-07 09:00", False),
    ],
)
def test_a_night_is_due_once_the_clock_has_passed_its_time(nightly: str, last: str, now: str, is_due: bool) -> None:
    assert is_night_due(nightly, at(last), at(now)) is is_due


def test_each_minute_of_a_day_only_one_is_due() -> None:
    minutes = [datetime(2031, 5, 7, hour, minute, 30) for hour in range(24) for minute in range(60)]
    due = [now for last, now in pairwise(minutes) if is_night_due("02:00", last, now)]
    assert due == [datetime(2031, 5, 7, 2, 0, 30)]


@pytest.mark.parametrize("plan", [TrainingPlan(), TrainingPlan(25), TrainingPlan(0, "02:00"), TrainingPlan(1, "23:59")])
def test_a_plan_survives_being_kept(plan: TrainingPlan) -> None:
    assert TrainingPlan.from_json(plan.to_json()) == plan


@pytest.mark.parametrize(
    "value",
    [
        {"after": -1},
        {"after": "7"},
        {"after": True},
        {"nightly": "24:00"},
        {"nightly": "2 o'clock"},
        {"nightly": 2},
        [],
        7,
    ],
)
def test_what_is_no_plan_is_refused_with_the_value_seen(value: Any) -> None:
    with pytest.raises(BadInput) as caught:
        TrainingPlan.from_json(value)
    seen = next(iter(value.values())) if isinstance(value, dict) else value
    assert repr(seen) in str(caught.value)
