"""Documents and predictions: each text once under its hash, everything that came with it kept, nothing lost in silence."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator

import pytest
from store_desk import TEXT, Clock, Desk, annotate

from biobert_demo.annotations import Annotation, Relation
from biobert_demo.documents import Document, Passage
from biobert_demo.errors import BadInput, InvalidSpan

RICH = Document(
    "PMID1",
    "A title\nAn abstract",
    (Passage("title", 0, 7), Passage("abstract", 8, 19)),
    relations=(Relation("CID", ("MESH:D1", "MESH:D2")), Relation("part", ("0-1", "2-7"))),
)


def test_passages_and_relations_are_kept(desk: Desk) -> None:
    tally = desk.store.documents.add(desk.project.id, [RICH], desk.problems.append)
    stored = desk.reopen().documents.get(tally.added_ids[0])
    assert stored.document == RICH
    assert stored.hash == hashlib.sha256(RICH.text.encode()).hexdigest()
    assert (stored.name, stored.project_id) == ("PMID1", desk.project.id)


def test_the_same_text_and_name_again_is_known(desk: Desk) -> None:
    add = desk.store.documents.add
    first = add(desk.project.id, [RICH, Document("2", TEXT)], desk.problems.append)
    again = add(desk.project.id, [RICH, Document("3", TEXT), RICH], desk.problems.append)
    assert again.known_ids == (first.added_ids[0], first.added_ids[0])
    assert len(again.added_ids) == 1
    assert desk.store.documents.count(desk.project.id) == 3
    assert desk.query("SELECT count(*) FROM texts") == [(2,)]
    assert desk.problems == []


def test_projects_share_texts_and_predictions_but_not_documents(desk: Desk) -> None:
    other = desk.store.projects.create("Other")
    mine = desk.add(suggested="allergy=Disease")
    theirs = desk.store.documents.add(other.id, [Document("1", TEXT)], desk.problems.append).added_ids[0]
    assert desk.store.documents.ids(other.id) == [theirs]
    assert theirs != mine
    assert len(desk.store.reviews.open(theirs, "Ann").revision.spans) == 1


def test_of_two_texts_with_one_name_the_later_is_found_and_both_are_kept(desk: Desk) -> None:
    desk.add("1", "Old text")
    later = desk.add("1", "New text")
    found = desk.store.documents.find(desk.project.id, "1")
    assert found is not None
    assert found.id == later
    assert desk.store.documents.find(desk.project.id, "2") is None
    assert [one.document.text for one in desk.store.documents.iterate(desk.project.id)] == ["Old text", "New text"]


def test_more_documents_than_a_transaction_holds_stream_in_and_out(desk: Desk) -> None:
    wanted = [Document(str(i), f"Text {i}") for i in range(450)]
    tally = desk.store.documents.add(desk.project.id, iter(wanted), desk.problems.append)
    assert [one.document for one in desk.store.documents.iterate(desk.project.id)] == wanted
    assert desk.store.documents.ids(desk.project.id) == list(tally.added_ids)


def test_what_was_read_before_an_error_is_kept(desk: Desk) -> None:
    def broken() -> Iterator[Document]:
        yield Document("1", "Good")
        raise BadInput("line 2 is broken")

    with pytest.raises(BadInput, match="line 2"):
        desk.store.documents.add(desk.project.id, broken(), desk.problems.append)
    assert desk.store.documents.count(desk.project.id) == 1


def test_a_text_that_no_file_can_hold_is_reported_and_the_others_are_added(desk: Desk) -> None:
    documents = [Document("bad", "half \ud835"), Document("\udc00", "ok"), Document("good", "whole 𝛼")]
    tally = desk.store.documents.add(desk.project.id, documents, desk.problems.append)
    assert len(tally.added_ids) == 1
    assert [(problem.document_id, problem.text_lost) for problem in desk.problems] == [
        ("'bad'", True),
        ("'\\udc00'", True),
    ]


def test_annotations_of_unreviewed_texts_are_suggestions_or_reported(desk: Desk) -> None:
    one = Document("1", TEXT, annotations=(annotate(TEXT, "allergy", "Disease", None),))
    desk.store.documents.add(desk.project.id, [one], desk.problems.append)
    assert "1 annotations were left out" in desk.problems[0].message
    tally = desk.store.documents.add(desk.project.id, [one], desk.problems.append, suggestions_from="pubtator")
    spans = desk.open_review(tally.known_ids[0]).revision.spans
    assert [(span.text, span.state, span.model) for span in spans] == [("allergy", "unseen", "pubtator")]


def test_a_title_is_the_first_line_of_the_first_passage(desk: Desk) -> None:
    desk.store.documents.add(
        desk.project.id,
        [RICH, Document("2", "\n \n  First\nsecond"), Document("3", ""), Document("4", "x" * 500)],
        print,
    )
    titles = [(row.title, row.length) for row in desk.store.reviews.summaries(desk.project.id, "Ann")]
    assert titles == [("A title", 19), ("First", 17), ("", 0), ("x" * 160, 500)]


def test_a_document_that_is_not_there_is_named(desk: Desk) -> None:
    with pytest.raises(BadInput, match="There is no document 5"):
        desk.store.documents.get(5)
    with pytest.raises(BadInput, match="There is no project 5"):
        desk.store.documents.add(5, [], print)


def test_predictions_of_a_model_are_recorded_once_and_the_newest_set_counts(desk: Desk) -> None:
    document = desk.add(suggested="allergy=Disease")
    stored = desk.store.documents.get(document)
    desk.suggest(stored.hash, TEXT, "mice=Species", "model-1")
    first = desk.store.predictions.latest(stored.hash)
    assert first is not None
    assert [one.text for one in first.annotations] == ["allergy"]
    assert (first.model, dict(first.others)) == ("model-1", {0: (("Gene", 0.25),)})
    desk.suggest(stored.hash, TEXT, "mice=Species", "model-2")
    second = desk.store.predictions.latest(stored.hash)
    assert second is not None
    assert second.annotations == (annotate(TEXT, "mice", "Species", model="model-2"),)
    assert list(desk.store.predictions.iterate(desk.project.id)) == [(document, second)]
    assert desk.query("SELECT model, mention FROM predicted_mentions") == [("model-1", "allergy"), ("model-2", "mice")]


def test_documents_without_a_models_predictions_are_listed(desk: Desk) -> None:
    documents = [desk.add(name, f"{TEXT} {name}") for name in "abc"]
    desk.suggest(desk.store.documents.get(documents[1]).hash, TEXT, "mice=Species")
    assert desk.store.predictions.missing(desk.project.id, "model-1") == [documents[0], documents[2]]
    assert desk.store.predictions.missing(desk.project.id, "model-2") == documents
    assert desk.store.predictions.latest(desk.store.documents.get(documents[0]).hash) is None


def test_the_predictions_of_a_named_model_count_before_newer_ones(desk: Desk) -> None:
    both, one, none = (desk.add(name, f"{TEXT} {name}") for name in "abc")
    hashes = [desk.store.documents.get(id).hash for id in (both, one)]
    desk.suggest(hashes[0], f"{TEXT} a", "allergy=Disease", "model-1")
    desk.suggest(hashes[0], f"{TEXT} a", "mice=Species", "model-2")
    desk.suggest(hashes[1], f"{TEXT} b", "mice=Species", "model-2")
    found = {id: one.model for id, one in desk.store.predictions.iterate(desk.project.id, "model-1")}
    assert found == {both: "model-1", one: "model-2"}
    newest = {id: one.model for id, one in desk.store.predictions.iterate(desk.project.id)}
    assert newest == {both: "model-2", one: "model-2"}
    assert desk.store.predictions.has(hashes[0], "model-1")
    assert not desk.store.predictions.has(hashes[1], "model-1")
    assert none not in found


def test_what_another_model_has_to_read_again_begins_with_what_people_have_open(desk: Desk, clock: Clock) -> None:
    names = ("untouched", "early", "late", "done", "never read", "read already", "done and open")
    ids = {name: desk.add(name, f"{TEXT} {name}") for name in names}
    for name in set(names) - {"never read"}:
        desk.suggest(desk.store.documents.get(ids[name]).hash, f"{TEXT} {name}", "mice=Species", "model-1")
    for name in ("early", "late", "read already"):
        clock.forward(minutes=1)
        desk.open_review(ids[name])
    desk.suggest(desk.store.documents.get(ids["read already"]).hash, TEXT, "mice=Species", "model-2")
    for name in ("done", "done and open"):
        desk.act("complete", desk.open_review(ids[name]))
    clock.forward(minutes=1)
    desk.open_review(ids["done and open"], "Ben")
    opened, others = desk.store.predictions.outdated("model-2", 100)
    assert opened == [ids["done and open"], ids["late"], ids["early"]]
    assert others == [ids["untouched"]]
    assert desk.store.predictions.outdated("model-2", 2) == ([ids["done and open"], ids["late"]], [])


@pytest.mark.parametrize(
    ("annotation", "others", "error"),
    [
        (Annotation(0, 3, "xyz", "Gene", score=0.5), {}, InvalidSpan),
        (annotate(TEXT, "mice", "Species", math.nan), {}, BadInput),
        (annotate(TEXT, "mice", "Species"), {1: [("Gene", math.inf)]}, BadInput),
    ],
)
def test_predictions_that_do_not_fit_leave_nothing_behind(
    desk: Desk, annotation: Annotation, others: dict[int, list[tuple[str, float]]], error: type[Exception]
) -> None:
    hash = desk.store.documents.get(desk.add()).hash
    with pytest.raises(error):
        desk.store.predictions.record(hash, "m", [annotate(TEXT, "allergy", "Disease"), annotation], others)
    assert desk.store.predictions.latest(hash) is None
    with pytest.raises(BadInput, match="no text with the hash"):
        desk.store.predictions.record("0" * 64, "m", [])


def test_skipped_documents_come_back_when_they_are_taken_back(desk: Desk) -> None:
    first, second = desk.add("1"), desk.add("2")
    desk.store.queue.skip(second, "Ann")
    desk.store.queue.skip(second, "Ann")
    desk.clock.forward(seconds=1)
    desk.store.queue.skip(first, "Ann")
    assert desk.store.queue.skipped(desk.project.id, "Ann") == [second, first]
    assert desk.store.queue.skipped(desk.project.id, "Bo") == []
    desk.store.queue.unskip(second, "Ann")
    rows = desk.store.reviews.summaries(desk.project.id, "Ann")
    assert [row.is_skipped for row in rows] == [True, False]
    with pytest.raises(BadInput, match="There is no document 9"):
        desk.store.queue.skip(9, "Ann")
