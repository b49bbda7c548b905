"""A labelled mention enters; which places are offered, and what applying does to the store, is checked."""

from __future__ import annotations

from typing import Any

import pytest

LONG = "Patients with non-small cell lung cancer (NSCLC) had a biopsy. NSCLC is a lung cancer. Aspirin for NSCLC."


def label(desk: Any, value: dict[str, Any], text: str, name: str) -> dict[str, Any]:
    """The value after the first occurrence of a text was labelled."""
    start = value["document"]["text"].index(text)
    correction = {"action": "add", "start": start, "end": start + len(text), "text": text, "label": name}
    return desk.act("save", value, corrections=[correction])["value"]


def preview(desk: Any, value: dict[str, Any], text: str, name: str, scope: str = "document") -> list[dict[str, Any]]:
    start = value["document"]["text"].index(text)
    answer = desk.act("preview_identical", value, start=start, end=start + len(text), label=name, scope=scope)
    return answer["items"]


def labelled(value: dict[str, Any]) -> list[tuple[str, str]]:
    text = value["document"]["text"]
    return [(text[s["start"] : s["end"]], s["label"]) for s in value["spans"] if s["state"] == "accepted"]


def test_identical_mentions_are_found_through_abbreviations_and_labelled_as_one_step(desk: Any) -> None:
    (first,) = desk.add(LONG)
    value = label(desk, desk.open(first), "non-small cell lung cancer", "Disease")
    items = preview(desk, value, "non-small cell lung cancer", "Disease")
    assert [item["text"] for item in items] == ["NSCLC", "NSCLC", "NSCLC"]
    assert all(item["alreadyLabel"] is None and item["document"] == first for item in items)
    answer = desk.act("apply_identical", value, label="Disease", items=items[:2])
    assert answer["applied"] == 2
    assert labelled(answer["value"]) == [
        ("non-small cell lung cancer", "Disease"),
        ("NSCLC", "Disease"),
        ("NSCLC", "Disease"),
    ]
    assert labelled(desk.act("undo", answer["value"])["value"]) == [("non-small cell lung cancer", "Disease")]


def test_all_open_documents_are_reached_and_one_undo_takes_them_back(desk: Any) -> None:
    first, second, done = desk.add("BRX7 is lost.", "Loss of BRX7 and BRX7.", "Never BRX7.")
    desk.act("complete", desk.open(done))
    value = label(desk, desk.open(first), "BRX7", "Gene")
    items = preview(desk, value, "BRX7", "Gene", "open")
    assert [(item["document"], item["name"]) for item in items] == [(second, "d2"), (second, "d2")]
    answer = desk.act("apply_identical", value, label="Gene", items=items)
    assert answer["applied"] == 2
    assert "1 further document changed too." in answer["message"]
    assert labelled(desk.open(second)) == [("BRX7", "Gene"), ("BRX7", "Gene")]
    undone = desk.act("undo", desk.open(second))
    assert labelled(undone["value"]) == []


def test_undoing_a_batch_reaches_every_document_it_changed(desk: Any) -> None:
    first, second = desk.add("BRX7 and BRX7.", "Loss of BRX7.")
    value = label(desk, desk.open(first), "BRX7", "Gene")
    answer = desk.act("apply_identical", value, label="Gene", items=preview(desk, value, "BRX7", "Gene", "open"))
    assert [labelled(desk.open(id)) for id in (first, second)] == [[("BRX7", "Gene")] * 2, [("BRX7", "Gene")]]
    undone = desk.act("undo", answer["value"])
    assert "1 other document of the same act changed too." in undone["message"]
    assert [labelled(desk.open(id)) for id in (first, second)] == [[("BRX7", "Gene")], []]


def test_suggestions_are_accepted_or_relabelled_and_decisions_are_shown(desk: Any) -> None:
    (first,) = desk.add("Aspirin, aspirin and aspirin, then aspirin.")
    value = desk.open(first)
    second = value["spans"][1]
    value = desk.act("save", value, corrections=[{"action": "relabel", "span": second["id"], "label": "Gene"}])["value"]
    items = preview(desk, value, "Aspirin", "Chemical")
    assert [item["alreadyLabel"] for item in items] == ["Gene", None, None]
    answer = desk.act("apply_identical", value, label="Chemical", items=items)
    assert answer["applied"] == 3
    assert labelled(answer["value"]) == [("aspirin", "Chemical")] * 3
    again = desk.act("apply_identical", answer["value"], label="Chemical", items=items)
    assert again["applied"] == 0
    assert again["value"]["review"]["revision"] == answer["value"]["review"]["revision"]


@pytest.mark.parametrize(
    "items",
    [
        None,
        [],
        ["x"],
        [{"document": 1}],
        [{"document": True, "start": 0, "end": 4, "text": "BRX7"}],
        [{"document": 99, "start": 0, "end": 4, "text": "BRX7"}],
        [{"document": 1, "start": 0, "end": 4, "text": "BRX8"}],
        [{"document": 1, "start": 0, "end": 10**9, "text": "BRX7"}],
    ],
)
def test_places_that_do_not_fit_change_nothing(desk: Any, items: Any) -> None:
    (first,) = desk.add("BRX7 is lost.")
    value = desk.open(first)
    answer = desk.act("apply_identical", value, label="Gene", items=items)
    assert answer["error"]
    assert answer["value"]["spans"] == value["spans"]


def test_places_of_another_project_are_refused(desk: Any) -> None:
    (first,) = desk.add("BRX7 is lost.")
    value = desk.open(first)
    other = desk.store.projects.create("Other")
    document = desk.store.documents.get(first).document
    (foreign,) = desk.store.documents.add(other.id, [document], lambda _: None).added_ids
    item = {"document": foreign, "start": 0, "end": 4, "text": "BRX7"}
    assert "another project" in desk.act("apply_identical", value, label="Gene", items=[item])["error"]
