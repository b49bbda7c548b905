"""Runs, models and decisions as a store keeps them enter; whether what the page is told of them is true is decided."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from biobert_demo.forecast import Forecast, Point
from biobert_demo.learning_curve import curve_points, describe_forecast, describe_forecasts
from biobert_demo.learning_view import (
    as_percent,
    compare_models,
    describe_receipts,
    describe_seconds,
    dev_points,
    loss_points,
    present_change,
    present_decision,
    present_model,
    present_phases,
    present_run,
    read_scores,
)
from biobert_demo.learning_words import PHASES
from biobert_demo.store.models import ModelVersion
from biobert_demo.store.run_records import Receipt, SpanChange
from biobert_demo.store.runs import TrainingRun

RUN = TrainingRun(3, "ner", None, "hand", "ann", "running", "2026-01-01T10:00:00+00:00", phase="training")


def model(number: int, scores: Any = None, decision: Any = None, **more: Any) -> ModelVersion:
    return ModelVersion(
        number, "ner", number, f"ner-{number}", number - 1 or None, number, "f", "", (), "", "", scores or {},
        decision or {}, **more,
    )  # fmt: skip


def receipt(outcome: str, *, part: str = "training", is_promoted: bool = True, number: int | None = 7) -> Receipt:
    return Receipt(1, 5, number, part, 3, 9, "Gene", outcome, is_promoted)  # type: ignore[arg-type]


# ---------------------------------------------------------------- runs


@pytest.mark.parametrize(
    ("state", "phase", "now", "done"),
    [
        ("queued", "", None, 0),
        ("running", "waiting", None, 0),
        ("running", "reading", "reading", 0),
        ("running", "comparing", "comparing", 3),
        ("promoted", "saving", None, len(PHASES)),
        ("failed", "training", "training", 1),
    ],
)
def test_phases_before_the_present_one_are_done(state: Any, phase: Any, now: str | None, done: int) -> None:
    phases = present_phases(replace(RUN, state=state, phase=phase))
    assert [one["name"] for one in phases if one["state"] == "now"] == ([now] if now else [])
    assert sum(one["state"] == "done" for one in phases) == done


def test_a_run_that_was_queued_again_shows_no_phase_of_its_first_attempt() -> None:
    assert {one["state"] for one in present_phases(replace(RUN, state="queued", phase="training"))} == {"next"}


@pytest.mark.parametrize(
    ("step", "steps", "share"), [(0, 0, None), (5, 0, None), (5, 10, 0.5), (12, 10, 1.0), (-1, 10, 0.0)]
)
def test_progress_is_a_share_or_unknown(step: int, steps: int, share: float | None) -> None:
    assert present_run(replace(RUN, step=step, steps=steps))["share"] == share


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, ""), (float("nan"), ""), (float("inf"), ""), (-1, ""), (3, "a few seconds"), (44, "about 40 seconds"),
        (60, "about 60 seconds"), (95, "about 2 minutes"), (3_599, "about 60 minutes"), (7_200, "about 2.0 hours"),
    ],
)  # fmt: skip
def test_seconds_are_told_as_a_person_would(seconds: float | None, words: str) -> None:
    assert describe_seconds(seconds) == words


# ---------------------------------------------------------------- curves


def test_what_a_killed_run_wrote_twice_counts_once() -> None:
    metrics = [
        {"number": 1, "step": 1, "loss": 0.9},
        {"number": 2, "step": 2, "loss": 0.8},
        {"number": 3, "step": 2, "dev_f1": 0.5},
        {"number": 4, "step": 1, "loss": 0.7},
        {"number": 5, "step": 3, "loss": None},
        {"number": 6, "step": None, "loss": 0.1},
        {"number": 7, "loss": 0.1},
    ]
    assert loss_points(metrics) == [[1, 0.7], [2, 0.8]]
    assert dev_points(metrics) == [[2, 50.0, "dev"]]


def test_each_set_of_documents_is_a_line_of_its_own() -> None:
    metrics = [{"step": 5, "dev_corrections": 71.5, "dev_old_gold": 88.0, "dev_note": "text", "learning_rate": 1e-4}]
    assert dev_points(metrics) == [[5, 71.5, "corrections"], [5, 88.0, "old gold"]]


@pytest.mark.parametrize("count", [1, 299, 300, 301, 5_000])
def test_a_long_curve_is_thinned_and_keeps_its_end(count: int) -> None:
    points = loss_points({"step": step, "loss": 1.0} for step in range(1, count + 1))
    assert len(points) <= 300
    assert points[-1] == [count, 1.0]


@pytest.mark.parametrize(
    ("value", "percent"), [(0.713, 71.3), (71.3, 71.3), (1, 100.0), (0, 0.0), (None, None), (True, None), ("0.7", None)]
)
def test_scores_are_shown_in_percent(value: object, percent: float | None) -> None:
    assert as_percent(value) == percent


# ---------------------------------------------------------------- scores and decisions

SETS = {
    "sets": [
        {
            "name": "corrections", "documents": 12, "before": 70.0, "after": 0.785, "low": 1.1, "high": 9.0,
            "labels": {"Gene": {"before": 60, "after": 75}, "Cell <i>": {"after": None}, "bad": 3},
        },
        {"name": "BioRED", "before": 88.1, "after": 87.9, "low": -0.9, "high": 0.5},
        "no set",
    ]
}  # fmt: skip


def test_scores_are_rows_by_set_and_label() -> None:
    rows = read_scores(SETS)
    assert [(row["set"], row["label"], row["before"], row["after"]) for row in rows] == [
        ("corrections", "", 70.0, 78.5),
        ("corrections", "Gene", 60.0, 75.0),
        ("BioRED", "", 88.1, 87.9),
    ]
    assert (rows[2]["low"], rows[2]["high"]) == (-0.9, 0.5), "a difference of half a point is no share"


@pytest.mark.parametrize(
    ("scores", "rows"),
    [
        ({}, []),
        ({"BioRED": {"Gene": 80.5, "all": 81}}, [("BioRED", "Gene", 80.5), ("BioRED", "", 81.0)]),
        ({"BioRED": {"Gene": {"f1": 0.8}}}, [("BioRED", "Gene", 80.0)]),
        ({"sets": {"BioRED": {"Gene": {"before": 1.5, "after": 2.5}}}}, [("BioRED", "Gene", 2.5)]),
        ({"sets": 3, "loss": 0.2, "BioRED": {"Gene": "x"}}, []),
    ],
)
def test_other_forms_of_scores_are_read_and_what_is_none_is_left_out(scores: Any, rows: Any) -> None:
    assert [(row["set"], row["label"], row["after"]) for row in read_scores(scores)] == rows


def test_reasons_against_come_first_and_each_is_marked() -> None:
    decision = {
        "is_promoted": False,
        "reasons": [
            {"kind": "same", "is_against": False, "sentence": "Gene: within noise."},
            {"kind": "better", "is_against": False, "sentence": "Better."},
            {"kind": "worse", "is_against": True, "sentence": "Worse.", "set": "BioRED", "before": 80, "after": 70},
            {"kind": "worse", "is_against": True},
            "no reason",
        ],
    }
    shown = present_decision(model(2, decision=decision), model(1))
    assert shown is not None
    assert [(one["mark"], one["sentence"]) for one in shown["reasons"]] == [
        ("against", "Worse."),
        ("note", "Gene: within noise."),
        ("for", "Better."),
    ]
    assert (shown["isPromoted"], shown["model"], shown["parent"]) == (False, 2, 1)
    assert [(row["set"], row["before"], row["after"]) for row in shown["table"]] == [("BioRED", 80.0, 70.0)]


def test_a_model_without_a_decision_has_none() -> None:
    assert present_decision(model(1), None) is None


def test_the_gate_says_how_far_a_change_may_be_chance() -> None:
    scores = {"sets": [{"name": "BioRED", "kind": "old", "before": 0.881, "after": 0.879}]}
    reason = {"set": "BioRED", "label": "", "before": 88.1, "after": 87.9, "low": -0.9, "high": 0.5}
    shown = present_decision(model(2, scores, {"is_promoted": True, "reasons": [reason]}), None)
    assert shown is not None
    (row,) = shown["table"]
    assert (row["kind"], row["before"], row["low"], row["high"]) == ("old", 88.1, -0.9, 0.5)


def test_two_models_stand_side_by_side_where_either_was_measured() -> None:
    first = model(2, {"A": {"Gene": 70}, "B": {"Gene": 60}})
    second = model(3, {"A": {"Gene": 75}, "C": {"Gene": 50}})
    rows = [(row["set"], row["a"], row["b"]) for row in compare_models(first, second)]
    assert rows == [("A", 70, 75), ("B", 60, None), ("C", None, 50)]


def test_a_model_tells_its_parent_and_its_score() -> None:
    shown = present_model(model(3, SETS, state="promoted"), {2: 9, 3: 3}, None)
    assert (shown["parent"], shown["f1"], shown["promotion"]) == (9, [70.0, 78.5], None)


# ---------------------------------------------------------------- changes and receipts


def test_a_change_stands_in_its_sentence() -> None:
    text = "First. 🐭 BRX7 was seen. Last."
    change = SpanChange(4, 1, 9, 13, "BRX7", "Gene", "now_right", "", "Gene", 7, 22)
    shown = present_change(change, text, "d1")
    assert shown["sentence"] == "🐭 BRX7 was seen"
    assert shown["sentence"][shown["start"] : shown["end"]] == "BRX7"


@pytest.mark.parametrize(
    ("outcome", "before", "after", "state", "is_rejected"),
    [
        ("now_right", "", "Gene", "accepted", False),
        ("now_right", "Gene", "Gene", "accepted", False),
        ("now_right", "Gene", "", "rejected", True),
        ("still_wrong", "Gene", "Gene", "rejected", True),
        ("now_right", "Gene", "Disease", "", True),
        ("now_right", "", "Gene", "", False),
    ],
)
def test_what_a_person_rejected_is_told_apart(
    outcome: Any, before: str, after: str, state: str, is_rejected: bool
) -> None:
    change = SpanChange(4, 1, 0, 4, "BRX7", "Gene", outcome, before, after, 0, 4)
    shown = present_change(change, "BRX7", "d1", state)
    assert shown["isRejected"] == is_rejected
    assert (shown["was"], shown["is"]) == (outcome.startswith("still_r"), outcome.endswith("right"))


def test_a_find_where_nothing_should_be_is_no_rejected_mention() -> None:
    shown = present_change(SpanChange(4, 1, 0, 4, "BRX7", "", "now_right", "Gene", "", 0, 4), "BRX7", "d1")
    assert (shown["label"], shown["isRejected"]) == ("", False)


def test_a_place_beyond_its_sentence_is_shown_whole() -> None:
    text = "Loss of BRX7. In mice."
    shown = present_change(SpanChange(4, 1, 8, 16, text[8:16], "Gene", "still_wrong", "", "", 0, 13), text, "d1")
    assert shown["sentence"][shown["start"] : shown["end"]] == text[8:16]


@pytest.mark.parametrize(
    ("one", "sentence"),
    [
        (receipt("now_right"), "Used in model 7; now predicted right."),
        (receipt("still_right"), "Used in model 7; predicted right, as before."),
        (receipt("still_wrong"), "Used in model 7; still wrong there."),
        (receipt("now_right", part="held_out"), "Set aside to examine model 7; now predicted right."),
        (
            receipt("now_right", is_promoted=False),
            "Used in model 7; that model had it right, but was not put into use.",
        ),
        (receipt("", number=None), "Used in run 1."),
    ],
)
def test_a_receipt_says_what_became_of_a_correction(one: Receipt, sentence: str) -> None:
    assert describe_receipts([one]) == {(3, 9, "Gene"): sentence}


def test_the_first_receipt_of_a_place_counts_and_those_without_a_place_tell_nothing() -> None:
    older = replace(receipt("now_wrong"), model_number=2)
    nowhere = replace(receipt(""), start=None, end=None)
    assert describe_receipts([nowhere, receipt("now_right"), older]) == {
        (3, 9, "Gene"): "Used in model 7; now predicted right."
    }


# ---------------------------------------------------------------- the learning curve


def own(before: float, after: float, **labels: tuple[float, float]) -> dict[str, Any]:
    values = {name: {"before": one, "after": two} for name, (one, two) in labels.items()}
    return {"sets": [{"name": "corrections", "before": before, "after": after, "labels": values}]}


def test_the_curve_begins_at_what_the_first_model_had_before() -> None:
    models = [model(3, own(78, 82, Gene=(70, 75))), model(2, own(70, 78)), model(4, own(82, 83)), model(1)]
    points = curve_points(models, {2: 20, 3: 40, 4: 40})
    assert points[""] == [Point(0, 70), Point(20, 78), Point(40, 83)], "of two at 40 the newer one"
    assert points["Gene"] == [Point(0, 70), Point(40, 75)]


def test_models_that_learned_from_nothing_known_are_no_points() -> None:
    assert curve_points([model(2, own(70, 78)), model(3, {"BioRED": {"Gene": 3}})], {3: 20}) == {}


def test_labels_of_which_the_same_is_to_be_said_stand_together() -> None:
    told = describe_forecasts({"": [Point(0, 70)], "Gene": [Point(0, 60)]})
    assert [one["labels"] for one in told] == [["", "Gene"]]


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (Forecast(1, 1200, 800, 2000), "about 1,200 further documents like these; likely between 800 and 2,000."),
        (Forecast(1, 50, 20, None), "likely between 20 and more than can be told."),
        (
            Forecast(2, None, 700, why="too_far"),
            "next 2 points is farther away than this curve can tell, but at least 700",
        ),
        (Forecast(1, None, why="few_points"), "Cannot be told yet"),
        (Forecast(1, None, why="no_gain"), "have not raised the score"),
        (Forecast(1, None, why="at_the_top"), "Less than a point is left"),
    ],
)
def test_a_forecast_is_a_sentence_with_its_doubt(one: Forecast, words: str) -> None:
    assert words in describe_forecast(one)
