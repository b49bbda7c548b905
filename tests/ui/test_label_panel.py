"""Names of labels and the panel's fields enter; what can be chosen, and the change that is meant, is checked."""

from __future__ import annotations

from typing import Any

import pytest

from biobert_demo.errors import BadInput
from biobert_demo.labels import LabelChange, LabelNames
from biobert_demo.ui.label_panel import ACTS, BUTTONS, choices_for, first_choice, read_addition, read_change
from biobert_demo.ui.project_panel import explain, names_of
from biobert_demo.ui.store_state import StoreState

NAMES = LabelNames(
    ("Gene", "Cell", "Note"),
    (LabelChange("merge", "Clone", "Cell"), LabelChange("hide", "Note"), LabelChange("add", "X")),
)
ALONE = LabelNames(("Gene",))


@pytest.mark.parametrize(
    ("act", "choices", "alone"),
    [
        ("Rename", ["Gene", "Cell", "Note"], ["Gene"]),
        ("Merge into another label", ["Gene", "Cell"], []),
        ("Undo a merge", ["Clone"], []),
        ("Hide", ["Gene", "Cell"], []),
        ("Show again", ["Note"], []),
    ],
)
def test_an_act_is_offered_for_the_labels_it_can_be_done_to(act: str, choices: list[str], alone: list[str]) -> None:
    assert choices_for(ACTS[act], NAMES) == choices
    assert choices_for(ACTS[act], ALONE) == alone
    assert ACTS[act] in BUTTONS


def test_a_choice_stays_where_it_can_and_another_label_is_offered_to_merge_into() -> None:
    assert first_choice(NAMES, "Rename", "Cell") == ("Cell", "Gene")
    assert first_choice(NAMES, "Hide", "Note") == ("Gene", "Cell")
    assert first_choice(ALONE, "Show again", "Gene") == (None, "Gene")


def test_the_fields_say_what_is_to_be_done() -> None:
    assert read_addition("CellLine", "Cell line") == LabelChange("add", "CellLine", "Cell line")
    assert read_change("Rename", "Cell", "Line", "Gene") == LabelChange("rename", "Cell", "Line")
    assert read_change("Merge into another label", "Cell", "Line", "Gene") == LabelChange("merge", "Cell", "Gene")
    assert read_change("Hide", "Cell", None, None) == LabelChange("hide", "Cell")
    assert read_change("Show again", None, "", "") == LabelChange("show", "")


def test_what_a_change_means_is_told_for_the_chosen_project_or_the_default_one(desk: Any) -> None:
    told = explain(StoreState(lambda: desk.store))
    project = desk.store.projects.create("Other")
    desk.store.projects.change_labels(project.id, [LabelChange("add", "Cell")], "ann")
    assert told(None, LabelChange("hide", "Gene")).startswith("'Gene' is no longer offered")
    assert told(project.id, LabelChange("hide", "Cell")).startswith("'Cell' is no longer offered")
    with pytest.raises(BadInput, match="no label 'Cell'"):
        told(None, LabelChange("hide", "Cell"))
    assert names_of(desk.store, project.id).labels[-1] == "Cell"
    assert names_of(desk.store, None).labels[-1] == "Species"
