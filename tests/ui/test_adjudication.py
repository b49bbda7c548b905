"""Two people's completed reviews enter; what is compared, and what becomes gold, is checked."""

from __future__ import annotations

from typing import Any

import pytest

from biobert_demo.agreement import measure_agreement
from biobert_demo.errors import BadInput
from biobert_demo.review import Correction, EditRefused
from biobert_demo.store import ExportFilter
from biobert_demo.ui.adjudication import compare_document, list_shared, record_decision
from biobert_demo.ui.people_panel import completed_reviews, describe_agreement, present_agreement, present_progress

TEXT = "An allergy to penicillin can cause an anaphylactic reaction."
REACTION = (38, 59)


def review(desk: Any, document: int, author: str, *corrections: dict[str, Any]) -> None:
    value = desk.open(document, author)
    if corrections:
        value = desk.act("save", value, corrections=list(corrections))["value"]
    desk.act("complete", value)


@pytest.fixture
def shared(desk: Any) -> int:
    """A document on which ann and ben differ: ann rejected penicillin, ben made the reaction shorter."""
    first, _ = desk.add(TEXT, "Aspirin.")
    ids = [span["id"] for span in desk.open(first, "ann")["spans"]]
    review(desk, first, "ann", {"action": "reject", "span": ids[1]})
    shorter = {"action": "rebound", "span": ids[2], "start": 51, "end": 59, "text": TEXT[51:59]}
    review(desk, first, "ben", shorter)
    return first


def decide(value: dict[str, Any], *choices: str) -> dict[str, str]:
    return dict(zip((one["id"] for one in value["differences"]), choices, strict=True))


def gold(desk: Any) -> list[tuple[str, str]]:
    (document,) = desk.store.reviews.export(1, ExportFilter(kinds=("gold",)))
    return [(one.text, one.label) for one in document.annotations]


def test_only_documents_of_two_people_are_listed_undecided_ones_first(desk: Any, shared: int) -> None:
    review(desk, shared + 1, "ann")
    (entry,) = list_shared(desk.store, 1)
    assert (entry["id"], entry["authors"], entry["decidedBy"]) == (shared, ["ann", "ben"], None)
    review(desk, shared + 1, "ben")
    value = compare_document(desk.store, shared, "eve")
    record_decision(desk.store, shared, "eve", "ann", "ben", decide(value, "a", "b"), 0, "k")
    assert [(one["id"], one["decidedBy"]) for one in list_shared(desk.store, 1)] == [
        (shared + 1, None),
        (shared, "eve"),
    ]


def test_differences_are_shown_and_what_is_the_same_is_not_asked(desk: Any, shared: int) -> None:
    value = compare_document(desk.store, shared, "eve")
    assert value["same"] == 1
    assert [(one["kind"], one["decision"]) for one in value["differences"]] == [("only_b", None), ("boundary", None)]
    boundary = value["differences"][1]
    assert boundary["a"] == {"start": 38, "end": 59, "label": "Disease"}
    assert boundary["b"] == {"start": 51, "end": 59, "label": "Disease"}
    swapped = compare_document(desk.store, shared, "eve", "ben", "ann")
    assert (swapped["a"]["author"], swapped["b"]["author"]) == ("ben", "ann")


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        (("a", "a"), ["allergy", "anaphylactic reaction"]),
        (("b", "b"), ["allergy", "penicillin", "reaction"]),
        (("b", "both"), ["allergy", "penicillin", "anaphylactic reaction", "reaction"]),
        (("neither", "neither"), ["allergy"]),
    ],
)
def test_each_choice_becomes_gold(desk: Any, shared: int, choices: tuple[str, ...], expected: list[str]) -> None:
    value = compare_document(desk.store, shared, "eve")
    made = record_decision(desk.store, shared, "eve", "ann", "ben", decide(value, *choices), value["seen"], "k")
    assert (made.kind, made.author, made.revision.is_complete) == ("gold", "eve", True)
    assert [text for text, _ in gold(desk)] == expected
    assert len(desk.store.reviews.history(made.id)) == 1


def test_a_decision_can_be_made_anew_and_taken_back(desk: Any, shared: int) -> None:
    value = compare_document(desk.store, shared, "eve")
    record_decision(desk.store, shared, "eve", "ann", "ben", decide(value, "a", "both"), value["seen"], "k1")
    again = compare_document(desk.store, shared, "eve")
    assert [one["decision"] for one in again["differences"]] == ["neither", "both"]
    made = record_decision(desk.store, shared, "eve", "ann", "ben", decide(again, "b", "b"), again["seen"], "k2")
    assert [text for text, _ in gold(desk)] == ["allergy", "penicillin", "reaction"]
    desk.store.reviews.undo(made.id, author="eve", seen=made.revision.number, key="k3")
    assert [text for text, _ in gold(desk)] == ["allergy", "anaphylactic reaction", "reaction"]


def test_identifiers_of_both_are_kept(desk: Any, shared: int) -> None:
    for author, identifier in (("ann", "MESH:D004342"), ("ben", "MESH:D000000")):
        opened = desk.store.reviews.find(shared, author)
        desk.store.reviews.save(
            opened.id,
            [Correction(
                "add", start=3, end=10, text="allergy", label="Disease", identifiers=(identifier,)
            )],
            author=author,
            seen=opened.revision.number,
            key=desk.new_key(),
        )  # fmt: skip
    value = compare_document(desk.store, shared, "eve")
    made = record_decision(desk.store, shared, "eve", "ann", "ben", decide(value, "a", "a"), value["seen"], "k")
    assert set(made.revision.gold[0].identifiers) == {"MESH:D004342", "MESH:D000000"}


def test_what_cannot_be_decided_is_refused_and_nothing_is_kept(desk: Any, shared: int) -> None:
    value = compare_document(desk.store, shared, "eve")
    with pytest.raises(EditRefused, match="differences again"):
        record_decision(desk.store, shared, "eve", "ann", "ben", {}, 0, "k")
    with pytest.raises(BadInput, match="Not every difference is decided"):
        record_decision(desk.store, shared, "eve", "ann", "ben", decide(value, "a", "perhaps"), 0, "k")
    with pytest.raises(EditRefused, match="compare the document again"):
        record_decision(desk.store, shared, "eve", "ann", "nobody", decide(value, "a", "a"), 0, "k")
    desk.act("undo", desk.open(shared, "ben"))
    with pytest.raises(BadInput, match="Fewer than two people"):
        record_decision(desk.store, shared, "eve", "ann", "ben", decide(value, "a", "a"), 0, "k")
    assert list(desk.store.reviews.export(1, ExportFilter(kinds=("gold",)))) == []


def test_a_review_that_changed_meanwhile_is_looked_at_again(desk: Any, shared: int) -> None:
    value = compare_document(desk.store, shared, "eve")
    ben = desk.open(shared, "ben")
    desk.act("save", ben, corrections=[{"action": "reject", "span": ben["spans"][0]["id"]}])
    with pytest.raises(EditRefused, match="changed their review meanwhile"):
        record_decision(desk.store, shared, "eve", "ann", "ben", decide(value, "a", "a"), 0, "k")


def test_progress_and_agreement_become_tables(desk: Any, shared: int) -> None:
    report = measure_agreement(completed_reviews(desk.store, 1))
    rows = present_agreement(report)
    assert rows[0][:3] == ["ann – ben", "all", "1"]
    assert rows[0][3] == "0.400"
    assert rows[1][:2] == ["all together", "all"]
    assert {row[1] for row in rows} == {"all", "Disease", "Chemical"}
    assert describe_agreement(report) == "Over 1 document completed by two or more people."
    assert present_progress(desk.store.reviews.progress(1)) == [["ann", 2, 1, 1, 1], ["ben", 2, 1, 1, 1]]
    assert "nothing can be compared" in describe_agreement(measure_agreement([]))
