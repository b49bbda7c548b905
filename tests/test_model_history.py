"""From promotions follows what serves, what a rollback goes to, and what may be deleted; shown on tables."""

from __future__ import annotations

from typing import Any

import pytest

from biobert_demo.model_history import (
    ScoreRow,
    compare_scores,
    deletable_models,
    earlier_models,
    promoted_stack,
    serving_order,
)
from biobert_demo.store import ModelVersion, Promotion


def promotions(text: str) -> list[Promotion]:
    """ "1 2 <1": 1 and 2 were promoted, then it was rolled back to 1."""
    return [
        Promotion(i, "ner", int(one.strip("<")), "rollback" if one[0] == "<" else "gate", "Ann", "", "")
        for i, one in enumerate(text.split(), 1)
    ]


def model(id: int, state: Any = "retired", parent: int | None = None, **fields: Any) -> ModelVersion:
    return ModelVersion(
        id, "ner", id, f"ner-{id}", parent, None, f"/{id}", "", (), "", "", {}, {}, state=state, **fields
    )


def ids(models: list[ModelVersion]) -> list[int]:
    return [one.id for one in models]


@pytest.mark.parametrize(
    ("history", "stack"),
    [
        ("", []),
        ("1", [1]),
        ("1 2 3", [1, 2, 3]),
        ("1 2 3 <2", [1, 2]),
        ("1 2 3 <2 <1", [1]),
        ("1 2 3 <1", [1]),
        ("1 2 3 <2 4", [1, 2, 4]),
        ("1 2 3 <2 4 <2 <1", [1]),
        ("1 2 1", [1, 2, 1]),
        ("1 2 1 <2", [1, 2]),
        ("1 1 2 2", [1, 2]),
        ("1 2 <3", [1, 2, 3]),
    ],
)
def test_rollbacks_undo_promotions_as_undo_does_edits(history: str, stack: list[int]) -> None:
    assert promoted_stack(promotions(history)) == stack


@pytest.mark.parametrize(
    ("history", "earlier"),
    [("1", []), ("1 2 3", [2, 1]), ("1 2 3 <2", [1]), ("1 2 1", [2]), ("1 2 3 2", [3, 1]), ("1 4 3", [1])],
)
def test_a_rollback_goes_to_the_models_below_the_present_one_without_deleted_ones(
    history: str, earlier: list[int]
) -> None:
    models = [model(1), model(2), model(3), model(4, "deleted")]
    assert ids(earlier_models(models, promotions(history))) == earlier


def test_what_serves_is_the_promoted_model_then_its_parents_then_what_served_before_then_a_base() -> None:
    models = [
        model(1, is_base=True),
        model(2, parent=1),
        model(3, "deleted", parent=2),
        model(4, parent=3),
        model(5),
        model(6, "candidate", is_base=True),
    ]
    assert ids(serving_order(models, promotions("1 5 4"))) == [4, 2, 1, 5, 6]
    assert ids(serving_order(models, promotions("5"))) == [5, 6, 1]
    assert serving_order(models, []) == []


@pytest.mark.parametrize(
    ("keep", "gone"), [(0, [5, 6, 8, 2, 4]), (1, [5, 6, 8, 2]), (3, [5, 6]), (5, []), (9, []), (-1, [5, 6, 8, 2, 4])]
)
def test_what_served_last_is_kept_longest_and_some_are_never_deleted(keep: int, gone: list[int]) -> None:
    models = [
        model(1, is_base=True),
        model(2, parent=1),
        model(3, parent=1),
        model(4, parent=3),
        model(5, "refused"),
        model(6, "refused"),
        model(7, "refused", is_pinned=True),
        model(8, "refused"),
        model(9, "candidate"),
        model(10, "promoted", parent=3),
        model(11, "deleted"),
    ]
    assert ids(deletable_models(models, promotions("1 2 4 10"), keep)) == gone


def test_a_candidate_may_go_once_its_run_has_ended() -> None:
    runs = [
        ModelVersion(i, "ner", i, "", None, run, "", "", (), "", "", {}, {}) for i, run in ((1, 7), (2, 8), (3, None))
    ]
    assert ids(deletable_models(runs, [], 0, {7})) == [1]


def test_scores_stand_side_by_side_whatever_their_shape() -> None:
    first = {"old": {"Gene": 88.0, "n": 3, "is_frozen": True, "note": "x"}, "speed": 2}
    second = {"old": {"Gene": 88.5}, "corrections": {"Gene": {"f1": 50.0}}}
    rows = compare_scores(first, second)
    assert rows == [
        ScoreRow("old / Gene", 88.0, 88.5),
        ScoreRow("old / n", 3.0, None),
        ScoreRow("speed", 2.0, None),
        ScoreRow("corrections / Gene / f1", None, 50.0),
    ]
    assert [row.difference for row in rows] == [0.5, None, None, None]
