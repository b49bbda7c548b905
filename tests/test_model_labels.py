"""Labels of projects and of a model enter; the next model's labels, and reviews in its words, are checked."""

from __future__ import annotations

from typing import Any

import pytest

from biobert_demo.annotations import LABEL_NAMES
from biobert_demo.errors import BadInput
from biobert_demo.label_views import present_revision
from biobert_demo.labels import LabelChange, LabelNames
from biobert_demo.model_labels import in_model_terms, outputs_of, plan_labels
from biobert_demo.review import ReviewedSpan, Revision


def project(labels: str, *changes: tuple[str, ...]) -> LabelNames:
    return LabelNames(tuple(labels.split()), tuple(LabelChange(*change) for change in changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("parent", "projects", "used", "labels", "renamed"),
    [
        ("Gene", [project("Gene Cell")], None, "Gene Cell", {}),
        ("Gene", [project("Gene Cell")], ["Gene"], "Gene", {}),
        ("Disease Gene", [project("Gene Cell Disease")], None, "Disease Gene Cell", {}),
        ("Gene", [project("Gene Cell", ("hide", "Cell"))], None, "Gene", {}),
        ("Gene Cell", [project("Gene Cell", ("hide", "Cell"))], None, "Gene Cell", {}),
        # A name that the lab gave to one of the four is the project's own: other data knows the label by its first one.
        ("Gene", [project("Target", ("rename", "Gene", "Target"))], None, "Gene", {}),
        ("Gene Cell", [project("Gene Line", ("rename", "Cell", "Line"))], None, "Gene Line", {"Cell": "Line"}),
        ("Gene Cell", [project("Gene Line", ("rename", "Cell", "Line")), project("Gene Cell")], None, "Gene Cell", {}),
        (
            "Gene Cell",
            [project("Gene Line", ("rename", "Cell", "Line")), project("Gene")],
            None,
            "Gene Line",
            {"Cell": "Line"},
        ),
        ("Gene Cell Line", [project("Gene Line", ("merge", "Cell", "Line"))], None, "Gene Cell Line", {}),
        ("Gene", [project("Gene", ("remove", "Cell"))], ["Gene", "Cell"], "Gene Cell", {}),
        ("Gene", [], None, "Gene", {}),
    ],
)
def test_the_next_model_knows_what_its_parent_did_and_what_is_new(
    parent: str, projects: list[LabelNames], used: list[str] | None, labels: str, renamed: dict[str, str]
) -> None:
    plan = plan_labels(parent.split(), projects, used)
    assert (plan.labels, plan.renamed) == (tuple(labels.split()), renamed)


def test_more_labels_than_a_model_can_learn_are_told() -> None:
    many = [project(" ".join(f"L{place}x{number}" for number in range(20))) for place in range(2)]
    with pytest.raises(BadInput, match="would be 44 labels, and a model can learn 31"):
        plan_labels(LABEL_NAMES, many)


def test_the_output_of_the_same_name_goes_before_older_names_and_parts() -> None:
    names = project("Line", ("rename", "Cell", "Line"), ("merge", "Clone", "Line"))
    assert outputs_of("Line", names, ["Clone", "Cell", "Line", "Gene"]) == ["Line", "Cell", "Clone"]
    assert outputs_of("Other", names, ["Gene"]) == []


def translated(names: LabelNames, outputs: str, *spans: tuple[str, Any], labels: tuple[str, ...] = ()) -> Revision:
    raw = tuple(
        ReviewedSpan(f"1.{place}", 10 * place, 10 * place + 1, "x", label, state)
        for place, (label, state) in enumerate(spans)
    )
    revision = present_revision(Revision(1, raw, bool(labels), labels), names)
    return in_model_terms(revision, names, outputs.split())


def says(revision: Revision) -> list[tuple[str, str]]:
    return [(one.label, one.state) for one in revision.spans]


def test_reviews_speak_as_the_model_does() -> None:
    names = project("Target Cell", ("rename", "Gene", "Target"))
    found = translated(names, "Gene", ("Gene", "accepted"), ("Target", "accepted"), labels=("Gene", "Cell"))
    assert says(found) == [("Gene", "accepted"), ("Gene", "accepted")]
    assert found.labels == ("Gene", "Cell"), "what the model does not know has the project's name"


def test_standard_labels_that_a_project_reads_as_one_stay_apart_in_the_model() -> None:
    names = project("Molecule", ("merge", "Gene", "Chemical"), ("rename", "Chemical", "Molecule"))
    found = translated(
        names,
        "Chemical Gene",
        *[("Gene", "accepted"), ("Chemical", "accepted"), ("Molecule", "accepted"), ("Gene", "rejected")],
        labels=("Gene", "Chemical"),
    )
    # Which of the two somebody meant who labelled a "Molecule" is not known.
    assert says(found) == [
        ("Gene", "accepted"),
        ("Chemical", "accepted"),
        ("Molecule", "ignored"),
        ("Gene", "rejected"),
    ]
    assert set(found.labels) == {"Chemical", "Gene"}


def test_labels_of_the_labs_own_become_one_in_the_model() -> None:
    names = project("Gene Line", ("merge", "Cell", "Line"))
    spans = [("Cell", "accepted"), ("Line", "accepted"), ("Cell", "rejected"), ("Line", "rejected")]
    kept_apart = translated(names, "Gene Cell Line", *spans, labels=("Cell", "Line"))
    assert says(kept_apart) == [("Line", "accepted"), ("Line", "accepted"), ("Cell", "rejected"), ("Line", "rejected")]
    assert set(kept_apart.labels) == {"Line", "Cell"}
    # "No Cell" does not say "neither Cell nor Line".
    one = translated(names, "Gene Line", *spans)
    assert says(one)[2:] == [("Line", "ignored"), ("Line", "rejected")]
