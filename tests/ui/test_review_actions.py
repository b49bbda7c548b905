"""What the editor asks for enters; what it is told, and what is in the store afterwards, is checked."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request

from biobert_demo.accounts import Accounts, add_account
from biobert_demo.errors import ModelUnavailable
from biobert_demo.labels import LabelChange
from biobert_demo.store import ProjectLabel
from biobert_demo.ui.model_state import ModelState
from biobert_demo.ui.people import People
from biobert_demo.ui.predicting import Predictor
from biobert_demo.ui.review_queue import ReviewQueue

TEXT = "An allergy to penicillin can cause an anaphylactic reaction."
OTHER = "Aspirin helps against headache 💊, says BRCA1."
LAST = "Nothing of interest here."


def spans(value: dict[str, Any]) -> list[tuple[str, str, str]]:
    """(text, label, state) of every span."""
    text = value["document"]["text"]
    return [(text[s["start"] : s["end"]], s["label"], s["state"]) for s in value["spans"]]


def test_a_document_opens_with_the_models_suggestions(desk: Any) -> None:
    first, *_ = desk.add(TEXT, OTHER)
    value = desk.open(first)
    assert spans(value) == [
        ("allergy", "Disease", "unseen"),
        ("penicillin", "Chemical", "unseen"),
        ("anaphylactic reaction", "Disease", "unseen"),
    ]
    assert [s["score"] for s in value["spans"]] == [0.91, 0.97, 0.99]
    assert value["spans"][0]["others"] == [["Gene", 0.09]]
    assert value["spans"][0]["model"] == "word-list"
    assert value["document"]["name"] == "d1"
    assert value["position"] == {"index": 0, "count": 2}
    assert value["progress"] == {"done": 0, "total": 2, "today": 0}
    assert [(one["name"], one["key"]) for one in value["labels"]] == [
        ("Disease", "1"),
        ("Chemical", "2"),
        ("Gene", "3"),
        ("Species", "4"),
    ]


def test_an_edit_is_saved_and_still_there_for_another_process(desk: Any, desk_of: Callable[..., Any]) -> None:
    (first,) = desk.add(OTHER)
    value = desk.open(first)
    start = OTHER.index("💊")
    answer = desk.act(
        "save",
        value,
        summary="a pill",
        corrections=[
            {"action": "add", "start": start, "end": start + 1, "text": "💊", "label": "Chemical"},
            {"action": "reject", "span": value["spans"][1]["id"]},
        ],
    )
    assert answer["savedAt"]
    assert answer["isMerged"] is False
    assert desk_of().open(first)["spans"] == answer["value"]["spans"]
    assert spans(answer["value"]) == [
        ("Aspirin", "Chemical", "unseen"),
        ("headache", "Disease", "rejected"),
        ("💊", "Chemical", "accepted"),
        ("BRCA1", "Gene", "unseen"),
    ]
    (_, step) = desk.store.reviews.history(value["review"]["id"])
    assert (step.author, step.summary, len(step.corrections)) == ("ann", "a pill", 2)


def test_undo_and_redo_reach_back_after_a_restart(desk: Any, desk_of: Callable[..., Any]) -> None:
    (first,) = desk.add(TEXT)
    value = desk.open(first)
    saved = desk.act("save", value, corrections=[{"action": "accept", "span": value["spans"][0]["id"]}])["value"]
    assert (saved["review"]["canUndo"], saved["review"]["canRedo"]) == (True, False)
    later = desk_of()
    undone = later.act("undo", later.open(first))["value"]
    assert [state for _, _, state in spans(undone)] == ["unseen"] * 3
    redone = later.act("redo", undone)["value"]
    assert [state for _, _, state in spans(redone)] == ["accepted", "unseen", "unseen"]


def test_the_same_key_again_changes_nothing(desk: Any) -> None:
    (first,) = desk.add(TEXT)
    value = desk.open(first)
    edit = {"corrections": [{"action": "accept", "span": value["spans"][0]["id"]}], "key": "once"}
    saved = desk.act("save", value, **edit)["value"]
    again = desk.act("save", value, **edit)["value"]
    assert again["review"]["revision"] == saved["review"]["revision"]


def test_completing_accepts_what_was_read_and_goes_on_until_all_is_done(desk: Any) -> None:
    first, second, third = desk.add(TEXT, OTHER, LAST)
    answer = desk.act("complete", desk.open(first))
    assert answer["completed"] == first
    assert answer["value"]["document"]["id"] == second
    assert answer["value"]["progress"] == {"done": 1, "total": 3, "today": 1}
    done = desk.open(first)
    assert done["review"]["isComplete"] is True
    assert {state for _, _, state in spans(done)} == {"accepted"}
    answer = desk.act("complete", answer["value"])
    assert answer["value"]["document"]["id"] == third
    answer = desk.act("complete", answer["value"])
    assert answer["value"]["document"]["id"] == third
    assert answer["value"]["review"]["isComplete"] is True
    assert answer["message"] == "Every document of this project is done."
    assert answer["value"]["progress"]["done"] == 3


def test_an_empty_project_says_so(desk: Any) -> None:
    answer = desk.call("open_document", author="ann")
    assert answer["value"] is None
    assert "no documents yet" in answer["message"]


def test_completing_again_means_next_and_leaves_no_second_step(desk: Any) -> None:
    first, second = desk.add(TEXT, OTHER)
    desk.act("complete", desk.open(first))
    done = desk.open(first)
    assert desk.act("complete", done)["value"]["document"]["id"] == second
    assert desk.open(first)["review"]["revision"] == done["review"]["revision"]


def test_what_is_completed_can_be_taken_back(desk: Any) -> None:
    (first,) = desk.add(TEXT)
    desk.act("complete", desk.open(first))
    undone = desk.act("undo", desk.open(first))["value"]
    assert undone["review"]["isComplete"] is False
    assert undone["progress"]["done"] == 0
    assert {state for _, _, state in spans(undone)} == {"unseen"}


def test_skipped_documents_come_back_last(desk: Any) -> None:
    first, second, third = desk.add(TEXT, OTHER, LAST)
    value = desk.act("skip", desk.open(first))["value"]
    assert value["document"]["id"] == second
    rows = desk.call("list_documents", project=value["project"]["id"], author="ann")["rows"]
    assert [(row["id"], row["state"]) for row in rows] == [(second, "open"), (third, "open"), (first, "skipped")]
    value = desk.act("complete", value)["value"]
    assert value["document"]["id"] == third
    value = desk.act("complete", value)["value"]
    assert value["document"]["id"] == first
    answer = desk.act("skip", value)
    assert answer["value"]["document"]["id"] == first
    assert answer["message"] == "No other document is left to do."


def test_going_back_leads_the_way_one_came(desk: Any) -> None:
    first, second, third = desk.add(TEXT, OTHER, LAST)
    value = desk.act("complete", desk.open(first))["value"]
    value = desk.act("complete", value)["value"]
    assert value["document"]["id"] == third
    value = desk.act("previous", value)["value"]
    assert value["document"]["id"] == second
    value = desk.act("previous", value)["value"]
    assert value["document"]["id"] == first


def test_going_back_after_a_restart_leads_to_what_was_changed_last(desk: Any, desk_of: Callable[..., Any]) -> None:
    first, second = desk.add(TEXT, OTHER)
    desk.act("complete", desk.open(first))
    later = desk_of()
    value = later.open(second)
    assert later.act("previous", value)["value"]["document"]["id"] == first


def test_with_nothing_before_going_back_says_so(desk: Any) -> None:
    (first,) = desk.add(TEXT)
    answer = desk.act("previous", desk.open(first))
    assert answer["error"] == "There is no document before this one."
    assert answer["value"]["document"]["id"] == first


def test_an_edit_of_a_changed_place_is_refused_with_the_latest_state(desk: Any) -> None:
    (first,) = desk.add(TEXT)
    tab = desk.open(first)
    other_tab = desk.open(first)
    id = tab["spans"][0]["id"]
    desk.act("save", tab, corrections=[{"action": "reject", "span": id}])
    answer = desk.act("save", other_tab, corrections=[{"action": "relabel", "span": id, "label": "Gene"}])
    assert answer["error"].startswith("Not saved: ann changed the same place")
    assert spans(answer["value"])[0] == ("allergy", "Disease", "rejected")


def test_an_edit_elsewhere_is_merged_and_told(desk: Any) -> None:
    (first,) = desk.add(TEXT)
    tab = desk.open(first)
    other_tab = desk.open(first)
    desk.act("save", tab, corrections=[{"action": "reject", "span": tab["spans"][0]["id"]}])
    answer = desk.act("save", other_tab, corrections=[{"action": "accept", "span": tab["spans"][2]["id"]}])
    assert answer["isMerged"] is True
    assert "both changes are kept" in answer["message"]
    assert [state for _, _, state in spans(answer["value"])] == ["rejected", "unseen", "accepted"]


@pytest.mark.parametrize(
    ("correction", "words"),
    [
        (
            {"action": "add", "start": 3, "end": 10, "text": "Allergy", "label": "Gene"},
            "but the document has 'allergy'",
        ),
        ({"action": "add", "start": 3, "end": 999, "text": "x", "label": "Gene"}, "0 <= start < end"),
        ({"action": "add", "start": 3, "end": 10, "text": "allergy", "label": "Nonsense"}, "no label 'Nonsense'"),
        ({"action": "suggest", "start": 3, "end": 10, "text": "allergy", "label": "Gene"}, "no correction named"),
        ({"action": "complete"}, "no correction named 'complete'"),
        ({"action": "accept", "span": "9.9"}, "no span '9.9'"),
        ({"action": "add", "start": "3", "end": 10, "text": "allergy", "label": "Gene"}, "start is '3'"),
        ({"action": "add", "start": True, "end": 10, "text": "allergy", "label": "Gene"}, "start is 'True'"),
        ("accept", "cannot be read"),
    ],
)
def test_an_edit_that_does_not_fit_changes_nothing(desk: Any, correction: Any, words: str) -> None:
    (first,) = desk.add(TEXT)
    value = desk.open(first)
    answer = desk.act("save", value, corrections=[correction])
    assert words in answer["error"]
    assert answer["value"]["review"] == value["review"]
    assert answer["value"]["spans"] == value["spans"]


@pytest.mark.parametrize("payload", [{}, {"review": "1"}, {"review": None, "corrections": []}, {"review": 10**30}])
def test_nonsense_from_the_page_is_answered_with_a_sentence(desk: Any, payload: dict[str, Any]) -> None:
    desk.add(TEXT)
    for name in ("save", "undo", "redo", "complete", "skip", "previous", "preview_identical", "apply_identical"):
        answer = desk.call(name, **payload)
        assert answer["error"].endswith((".", "again"))


def test_several_annotators_do_not_see_each_others_work(desk: Any) -> None:
    (first,) = desk.add(TEXT)
    ann = desk.open(first, "ann")
    desk.act("save", ann, corrections=[{"action": "reject", "span": ann["spans"][0]["id"]}])
    ben = desk.open(first, "ben")
    assert [state for _, _, state in spans(ben)] == ["unseen"] * 3
    answer = desk.act("save", ann, author="ben", corrections=[{"action": "accept", "span": ann["spans"][1]["id"]}])
    assert "This is the review of ann" in answer["error"]


def test_keys_are_kept_for_each_person(desk: Any) -> None:
    (first,) = desk.add(TEXT)
    assert "error" not in desk.call("save_keys", author="ann", keys={"accept": "y", "single-characters": None})
    assert desk.open(first, "ann")["keys"] == {"accept": "y", "single-characters": None}
    assert desk.open(first, "ben")["keys"] == {}
    assert "error" in desk.call("save_keys", author="ann", keys={"accept": 7})


def test_the_list_is_searched_sorted_and_filtered(desk: Any) -> None:
    first, second, third = desk.add(TEXT, OTHER, LAST)
    project = desk.open(first)["project"]["id"]
    value = desk.open(second)
    desk.act("save", value, corrections=[{"action": "annotate", "note": "ask Eve", "isFlagged": True}])

    def rows(**question: Any) -> list[int]:
        answer = desk.call("list_documents", project=project, author="ann", **question)
        return [row["id"] for row in answer["rows"]]

    assert rows(query="penicillin") == [first]
    assert rows(query="note:eve") == [second]
    assert rows(query="nowhere") == []
    assert rows(filters={"state": "flagged"}) == [second]
    assert rows(sort="length") == [third, second, first]
    assert rows(sort="added") == [third, second, first]
    assert rows(sort="name", offset=1, limit=1) == [second]
    assert "cannot be sorted" in desk.call("list_documents", project=project, author="ann", sort="luck")["error"]


def test_spans_of_a_label_that_the_project_has_no_more_are_still_shown(desk: Any) -> None:
    (first,) = desk.add(TEXT)
    value = desk.open(first)
    desk.act("save", value, corrections=[{"action": "accept", "span": value["spans"][0]["id"]}])
    desk.store.projects.update(value["project"]["id"], labels=[ProjectLabel("Finding", "Finding", "#ff0000", "1")])
    labels = desk.open(first)["labels"]
    assert labels[0] == {"name": "Finding", "shown": "Finding", "letter": "F", "color": "#ff0000", "key": "1"}
    assert {"name": "Disease", "shown": "Disease", "letter": "D", "color": None, "key": None} in labels


def test_without_a_model_documents_open_all_the_same(desk: Any) -> None:
    def fail() -> Any:
        raise ModelUnavailable("There is no model folder at x; check the path.")

    (first,) = desk.add(TEXT)
    desk.predictor._models = ModelState(fail)
    value = desk.open(first)
    assert value["spans"] == []
    assert value["message"] == "There is no model folder at x; check the path."
    saved = desk.act(
        "save", value, corrections=[{"action": "add", "start": 3, "end": 10, "text": "allergy", "label": "Disease"}]
    )
    assert spans(saved["value"]) == [("allergy", "Disease", "accepted")]


def test_a_newer_model_leaves_what_a_person_decided(desk: Any) -> None:
    (first,) = desk.add(TEXT)
    value = desk.open(first)
    desk.act("save", value, corrections=[{"action": "reject", "span": value["spans"][0]["id"]}])

    class Newer(type(desk.models.serving().recognizer)):  # type: ignore[misc]
        version = "word-list-2"

    desk.predictor._models = ModelState(lambda: Newer({"penicillin": ("Gene", 0.5), "allergy": ("Disease", 0.9)}))
    assert spans(desk.open(first)) == [("allergy", "Disease", "rejected"), ("penicillin", "Gene", "unseen")]


def test_the_model_reads_ahead(desk: Any) -> None:
    first, *others = desk.add(TEXT, OTHER, LAST)
    desk.models.wait()
    read = []

    class Noting(Predictor):
        def _read(self, served: Any, documents: Any) -> None:
            super()._read(served, documents)
            read.extend(one.id for one in documents)

    noting = Noting(desk.models, desk.stores)
    noting._read_missing(others)
    assert read == others
    noting._read_missing(others)
    assert read == others, "what was read is not read again"
    assert noting.finished == 4
    assert first in desk.store.predictions.missing(1, "word-list")


def test_a_locked_store_is_told_and_keeps_nothing(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (first,) = desk.add(TEXT)
    value = desk.open(first)
    monkeypatch.setattr(desk.store._database, "_busy_seconds", 0.05)
    blocker = sqlite3.connect(desk.store.path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    for idle in desk.store._database._idle:
        idle.execute("PRAGMA busy_timeout = 50")
    answer = desk.act("save", value, corrections=[{"action": "accept", "span": value["spans"][0]["id"]}])
    blocker.execute("ROLLBACK")
    blocker.close()
    assert answer["error"].startswith("Not saved: another program keeps")
    assert desk.open(first)["review"]["revision"] == value["review"]["revision"]


def test_a_store_that_cannot_be_opened_is_told_each_time(tmp_path: Path, desk: Any) -> None:
    (tmp_path / "home").write_text("not a folder")
    for _ in range(2):
        answer = desk.call("open_document", project=1, author="ann")
        assert str(tmp_path / "home") in answer["error"]
        assert answer["value"] is None


def test_a_bug_is_answered_instead_of_asked_for_ever(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ReviewQueue, "next_ids", lambda *_: 1 / 0)
    desk.add(TEXT)
    answer = desk.call("open_document", author="ann")
    assert "ZeroDivisionError" in answer["error"]


class Signed:
    """A request as Gradio hands it to a component's functions, and the application that knows its cookie."""

    cookie_id = "c"

    def __init__(self) -> None:
        self.tokens = {"t-ann": "ann", "t-gone": "gone"}

    def request(self, token: str | None) -> Request:
        cookie = f"access-token-unsecure-c={token}" if token else "other=1"
        return Request({"type": "http", "app": self, "headers": [(b"cookie", cookie.encode())]})


def test_with_accounts_the_author_always_comes_from_the_login(tmp_path: Path, desk_of: Callable[..., Any]) -> None:
    add_account(tmp_path / "people", "ann", "chronic lumositis")
    desk = desk_of(People(Accounts(tmp_path / "people")))
    (first,) = desk.add(TEXT)
    app = Signed()
    desk.request = app.request("t-ann")
    value = desk.open(first, author="somebody else")
    assert value["review"]["author"] == "ann"
    saved = desk.act("save", value, author="ben", corrections=[{"action": "accept", "span": value["spans"][0]["id"]}])
    assert {span["author"] for span in saved["value"]["spans"]} == {"ann", None}
    for token in (None, "t-forged", "t-gone"):
        desk.request = app.request(token)
        answer = desk.act("save", saved["value"], author="ann", corrections=[{"action": "reopen"}])
        assert "not signed in" in answer["error"]
        assert answer["value"] is None


def test_a_finding_comes_with_a_fix_that_settles_it(desk: Any) -> None:
    (first,) = desk.add(TEXT)
    value = desk.open(first)
    start = TEXT.index("an anaphylactic reaction.")
    wide = {
        "action": "rebound",
        "span": value["spans"][2]["id"],
        "start": start,
        "end": len(TEXT),
        "text": TEXT[start:],
    }
    value = desk.act("save", value, corrections=[wide])["value"]
    (finding,) = value["findings"]
    assert finding["spans"] == [value["spans"][2]["id"]]
    assert finding["message"]
    fixed = desk.act("save", value, corrections=finding["fix"]["corrections"], summary=finding["fix"]["summary"])
    assert fixed["value"]["findings"] == []
    assert spans(fixed["value"])[2] == ("anaphylactic reaction", "Disease", "accepted")
    assert desk.act("undo", fixed["value"])["value"]["findings"] == [finding]


def test_a_text_that_was_completed_before_a_label_came_is_completed_once_more_for_it(desk: Any) -> None:
    (first,) = desk.add(TEXT)
    desk.act("complete", desk.open(first))
    value = desk.open(first)
    assert (value["review"]["lateLabels"], value["message"]) == ([], None)
    desk.act("complete", value)
    assert desk.store.reviews.get(value["review"]["id"]).revision.number == value["review"]["revision"]
    desk.store.projects.change_labels(1, [LabelChange("add", "CellLine", "Cell line")], "ann")
    value = desk.open(first)
    assert value["review"]["lateLabels"] == ["Cell line"]
    assert "completed before Cell line came to the project; complete it once more" in value["message"]
    desk.act("complete", value)
    assert desk.store.reviews.get(value["review"]["id"]).revision.labels[-1] == "CellLine"
    assert desk.open(first)["review"]["lateLabels"] == []
