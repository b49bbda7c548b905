"""Projects keep their labels in order, their guideline, and a name of their own."""

from __future__ import annotations

import pytest
from store_desk import Desk

from biobert_demo.errors import BadInput
from biobert_demo.store import ProjectLabel


def test_the_default_project_is_made_once_with_four_labels_on_keys(desk: Desk) -> None:
    project = desk.store.projects.default()
    assert project == desk.project == desk.reopen().projects.default()
    assert project.name == "My texts"
    assert [(label.name, label.shown, label.key) for label in project.labels] == [
        ("Disease", "Disease", "1"),
        ("Chemical", "Drug / chemical", "2"),
        ("Gene", "Gene", "3"),
        ("Species", "Species", "4"),
    ]


def test_a_project_keeps_its_labels_colours_and_guideline(desk: Desk) -> None:
    labels = (ProjectLabel("Symptom", "Symptom", "#ff0000", "s"), ProjectLabel("Cell", "Cell line"))
    made = desk.store.projects.create(" Cells ", labels, "# Label **cells**")
    assert desk.reopen().projects.get(made.id) == made
    assert desk.store.projects.find("Cells") == made
    assert (made.name, made.labels, made.guideline) == ("Cells", labels, "# Label **cells**")
    assert [project.name for project in desk.store.projects.list()] == ["My texts", "Cells"]


def test_an_update_changes_only_what_is_given(desk: Desk) -> None:
    before = desk.project
    renamed = desk.store.projects.update(before.id, name="Ours")
    assert (renamed.name, renamed.labels) == ("Ours", before.labels)
    turned = desk.store.projects.update(before.id, labels=before.labels[::-1], guideline="x")
    assert (turned.labels, turned.guideline, turned.name) == (before.labels[::-1], "x", "Ours")


def test_labels_met_in_an_import_are_added_at_the_end_once(desk: Desk) -> None:
    names = desk.store.projects.add_labels(desk.project.id, ["Cell", "Gene", "Cell"]).label_names
    assert names == ("Disease", "Chemical", "Gene", "Species", "Cell")


@pytest.mark.parametrize(
    ("name", "labels", "sentence"),
    [
        ("My texts", None, "There is a project named 'My texts' already"),
        ("  ", None, "needs a name"),
        ("x", [ProjectLabel("A", "A"), ProjectLabel("A", "B")], "The label 'A' occurs twice"),
        ("x", [ProjectLabel("A", "A", key="1"), ProjectLabel("B", "B", key="1")], "The key '1' occurs twice"),
        ("x", [ProjectLabel(" ", "A")], "A label needs a name"),
    ],
)
def test_what_cannot_be_a_project_is_refused(
    desk: Desk, name: str, labels: list[ProjectLabel] | None, sentence: str
) -> None:
    with pytest.raises(BadInput, match=sentence):
        desk.store.projects.create(name, labels)
    assert len(desk.store.projects.list()) == 1


def test_a_project_that_is_not_there_is_named(desk: Desk) -> None:
    for call in (desk.store.projects.get, desk.store.projects.update):
        with pytest.raises(BadInput, match="There is no project 7"):
            call(7)
    assert desk.store.projects.find("Nobody's") is None


def test_preferences_are_json_for_each_author(desk: Desk) -> None:
    keys = {"accept": "j", "reject": None}
    desk.store.preferences.set("Ann", "keys", {"accept": "a"})
    desk.store.preferences.set("Ann", "keys", keys)
    assert desk.reopen().preferences.get("Ann", "keys") == keys
    assert desk.store.preferences.get("Bo", "keys", "none") == "none"
    with pytest.raises(BadInput, match="must be JSON"):
        desk.store.preferences.set("Ann", "keys", {1, 2})
