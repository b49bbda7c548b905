"""A review that models have learned from enters; whether the editor is told what became of each correction is decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from learning_story import tell

from biobert_demo.review import Correction

if TYPE_CHECKING:
    from conftest import Desk


def receipts(value: dict[str, object]) -> dict[str, str]:
    text = value["document"]["text"]  # type: ignore[index]
    return {text[one["start"] : one["end"]]: one["receipt"] for one in value["spans"]}  # type: ignore[index, attr-defined]


def test_each_correction_carries_its_receipt(desk: Desk) -> None:
    told = tell(desk.store)
    shown = receipts(desk.open(told["document"]))
    assert shown["lumositis"] == "Used in model 5; now predicted right."


def test_a_review_that_nobody_learned_from_has_none(desk: Desk) -> None:
    (id,) = desk.add("An allergy to penicillin.")
    assert set(receipts(desk.open(id)).values()) == {""}


def test_a_correction_that_was_changed_since_loses_its_receipt(desk: Desk) -> None:
    told = tell(desk.store)
    review = desk.store.reviews.get(told["review"])
    (span,) = (one for one in review.revision.spans if one.text == "lumositis")
    desk.store.reviews.save(
        review.id,
        [Correction("reopen"), Correction("relabel", span_id=span.id, label="Gene")],
        author="ann",
        seen=review.revision.number,
        key="again",
    )
    shown = receipts(desk.open(told["document"]))
    assert shown["lumositis"] == ""
