"""What is imported as gold comes out again, once a document, with who decided; what cannot be used is reported."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from store_desk import TEXT, Desk, add, annotate, shown

from biobert_demo.annotations import Annotation, Relation
from biobert_demo.documents import Document, Passage
from biobert_demo.errors import BadInput
from biobert_demo.review import Correction
from biobert_demo.store import ExportFilter, ImportTally


def gold(name: str, *annotations: Annotation, text: str = TEXT) -> Document:
    return Document(name, text, annotations=annotations)


def keep(desk: Desk, *documents: Document, labels: list[str] | None = None, author: str = "Ann") -> ImportTally:
    return desk.store.reviews.import_gold(desk.project.id, iter(documents), author, labels, desk.problems.append)


def export(desk: Desk, **wanted: Any) -> list[Document]:
    return list(desk.store.reviews.export(desk.project.id, ExportFilter(**wanted)))


ALLERGY = annotate(TEXT, "allergy", "Disease", None, identifiers=("MESH:D004342",))
MICE = annotate(TEXT, "mice", "Species", None)
DRUG = annotate(TEXT, "penicillin", "Drug", None)


def test_gold_comes_out_as_it_came_in(desk: Desk) -> None:
    document = Document(
        "7",
        TEXT,
        (Passage("title", 0, 25), Passage("abstract", 26, len(TEXT))),
        (ALLERGY, annotate(TEXT, "allergy to penicillin", "Disease", None), MICE),
        (Relation("CID", ("a", "b")),),
    )
    assert keep(desk, document) == ImportTally(added=1, completed=1, spans=3)
    desk.reopen()
    (out,) = export(desk)
    assert (out.id, out.text, out.passages, out.relations) == ("7", TEXT, document.passages, document.relations)
    wanted = document.with_annotations(document.annotations).annotations
    assert [(*one.key, one.identifiers) for one in out.annotations] == [(*one.key, one.identifiers) for one in wanted]
    assert {(one.author, one.state, one.model) for one in out.annotations} == {("Ann", "accepted", None)}
    assert desk.problems == []


def test_the_labels_of_the_whole_file_are_those_it_annotates(desk: Desk) -> None:
    keep(desk, gold("1"), gold("2", DRUG), gold("3", MICE))
    reviews = list(desk.store.reviews.iterate(desk.project.id))
    assert [review.revision.labels for review in reviews] == [("Chemical", "Species")] * 3
    assert all(review.revision.is_complete for review in reviews)


def test_labels_that_are_named_are_kept_in_one_step(desk: Desk) -> None:
    keep(desk, gold("1", MICE), labels=["Drug", "Species"])
    (review,) = desk.store.reviews.iterate(desk.project.id)
    assert (review.revision.number, review.revision.labels) == (1, ("Chemical", "Species"))


def test_an_unknown_label_is_kept_added_and_reported_once(desk: Desk) -> None:
    cell = annotate(TEXT, "BRX7", "CellLine", None)
    keep(desk, gold("1", cell), gold("2", cell, DRUG))
    assert [problem.message for problem in desk.problems] == [
        "the label 'CellLine' is new; it was added to the project as it is written"
    ]
    assert desk.store.projects.get(desk.project.id).label_names[-1] == "CellLine"
    assert [one.label for one in export(desk)[1].annotations] == ["Chemical", "CellLine"]


def test_mentions_that_occur_twice_become_one_with_all_identifiers(desk: Desk) -> None:
    twice = annotate(TEXT, "allergy", "Disease", None, identifiers=("OMIM:1", "MESH:D004342"))
    keep(desk, gold("1", ALLERGY, twice))
    assert [one.identifiers for one in export(desk)[0].annotations] == [("MESH:D004342", "OMIM:1")]


def test_states_models_scores_and_notes_come_back(desk: Desk) -> None:
    annotations = (
        annotate(TEXT, "allergy", "Disease", 0.5, model="m1", state="accepted", note="sure"),
        annotate(TEXT, "allergy to penicillin", "Disease", 0.25, model="m1", state="rejected"),
        annotate(TEXT, "BRX7", "Gene", None, state="ignored", note="which?"),
        annotate(TEXT, "mice", "Species", None, note="human one"),
    )
    keep(desk, gold("1", *annotations))
    (out,) = export(desk, states=("accepted", "rejected", "ignored"))
    assert [(one.text, one.model, one.score, one.state, one.note) for one in out.annotations] == [
        ("allergy", "m1", 0.5, "accepted", "sure"),
        ("allergy to penicillin", "m1", 0.25, "rejected", ""),
        ("BRX7", None, None, "ignored", "which?"),
        ("mice", None, None, "accepted", "human one"),
    ]


def test_a_document_with_undecided_suggestions_is_not_complete_and_reported(desk: Desk) -> None:
    tally = keep(desk, gold("1", annotate(TEXT, "mice", "Species", 0.5, model="m", state="unseen")), gold("2"))
    assert tally == ImportTally(added=2, completed=1, spans=1)
    assert "nobody decided" in desk.problems[0].message
    assert shown(desk.open_review(desk.store.documents.ids(desk.project.id)[0])) == ["mice=Species unseen"]


@pytest.mark.parametrize("labels", [None, ["Species"]])
def test_the_same_import_again_changes_nothing(desk: Desk, labels: list[str] | None) -> None:
    keep(desk, gold("1", MICE), gold("2"), labels=labels)
    steps = desk.query("SELECT * FROM steps")
    assert keep(desk, gold("1", MICE), gold("2"), labels=labels) == ImportTally(added=0, completed=0, spans=1)
    assert desk.query("SELECT * FROM steps") == steps


def test_an_import_that_was_cut_off_is_finished_by_the_next(desk: Desk) -> None:
    def cut() -> Iterator[Document]:
        yield gold("1", MICE)
        raise BadInput("the disk of the other side is gone")

    with pytest.raises(BadInput, match="other side"):
        desk.store.reviews.import_gold(desk.project.id, cut(), "Ann")
    assert keep(desk, gold("1", MICE), gold("2")) == ImportTally(added=1, completed=2, spans=1)
    assert desk.query("SELECT document, is_complete FROM document_states") == [("1", 1), ("2", 1)]


def test_an_import_never_overwrites_what_the_reviewer_did_since(desk: Desk) -> None:
    keep(desk, gold("1", MICE), gold("2", MICE))
    (first, _) = desk.store.reviews.iterate(desk.project.id)
    changed = desk.save(first, add("allergy", "Disease")).review
    assert keep(desk, gold("1", MICE), gold("2", MICE)).left_out == 1
    assert "Ann has a review of this document that differs" in desk.problems[0].message
    assert desk.problems[0].text_lost
    assert desk.store.reviews.get(first.id) == changed
    assert keep(desk, gold("1", MICE), author="Bo").left_out == 0


def test_a_text_that_cannot_be_stored_is_left_out_and_the_rest_imported(desk: Desk) -> None:
    tally = keep(desk, Document("bad", "\ud800"), gold("good", MICE))
    assert (tally.added, tally.left_out) == (1, 1)
    assert desk.problems[0].document_id == "'bad'"


@pytest.mark.parametrize(("author", "project", "sentence"), [(" ", 1, "reviewer's name"), ("Ann", 9, "no project 9")])
def test_an_import_needs_a_reviewer_and_a_project(desk: Desk, author: str, project: int, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        desk.store.reviews.import_gold(project, [gold("1")], author)
    assert desk.store.documents.count(desk.project.id) == 0


def names(documents: list[Document]) -> list[str]:
    return [document.id for document in documents]


def test_documents_in_which_nobody_did_anything_come_out_only_with_the_unseen(desk: Desk) -> None:
    desk.add("untouched", suggested="mice=Species,BRX7=Gene")
    desk.open_review(desk.add("opened", TEXT + " x"))
    desk.save(desk.open_review(desk.add("edited", TEXT + " y")), add("mice", "Species"))
    desk.act("complete", desk.open_review(desk.add("empty", TEXT + " z")))
    assert names(export(desk)) == ["edited", "empty"]
    everything = export(desk, states=("unseen", "accepted"))
    assert names(everything) == ["untouched", "opened", "edited", "empty"]
    assert [(one.text, one.state, one.model, one.score) for one in everything[0].annotations] == [
        ("BRX7", "unseen", "model-1", 0.75),
        ("mice", "unseen", "model-1", 0.75),
    ]
    assert names(export(desk, only_complete=True)) == ["empty"]
    assert names(export(desk, only_complete=True, states=("unseen", "accepted"))) == ["empty"]


def test_unseen_mentions_come_from_the_promoted_model_rather_than_the_last_to_read(desk: Desk) -> None:
    hash = desk.store.documents.get(desk.add(suggested="mice=Species", model="model-1")).hash
    desk.suggest(hash, TEXT, "allergy=Disease", "model-2")

    def unseen() -> list[str]:
        return [one.text for document in export(desk, states=("unseen",)) for one in document.annotations]

    assert unseen() == ["allergy"]
    models = [
        desk.store.models.register("ner", version, f"folder of {version}", weights_hash=version)
        for version in ("model-1", "model-2", "model-3")
    ]
    for model, wanted in zip([*models, models[0]], ["mice", "allergy", "allergy", "mice"], strict=True):
        desk.store.models.promote(model.id, author="Ann", reason="", kind="rollback")
        assert unseen() == [wanted]


def test_the_filter_chooses_states_and_labels(desk: Desk) -> None:
    review = desk.open_review(desk.add(suggested="allergy=Disease,BRX7=Gene,mice=Species"))
    desk.save(review, Correction("accept", "1.0"), Correction("reject", "1.1"), Correction("ignore", "1.2"))
    for wanted, found in (
        ({}, ["allergy"]),
        ({"states": ("rejected",)}, ["BRX7"]),
        ({"states": ("ignored", "accepted")}, ["allergy", "mice"]),
        ({"states": ()}, ["allergy", "BRX7", "mice"]),
        ({"states": (), "labels": ("Gene", "Species")}, ["BRX7", "mice"]),
        ({"labels": ("Gene",)}, []),
    ):
        assert [one.text for one in export(desk, **wanted)[0].annotations] == found, wanted
    with pytest.raises(BadInput, match="no state 'right'"):
        export(desk, states=("right",))


def test_of_several_reviews_gold_goes_first_then_the_newest_complete_one(desk: Desk) -> None:
    document = desk.add()

    def labelled(**wanted: Any) -> list[str]:
        return [one.label for out in export(desk, **wanted) for one in out.annotations]

    desk.save(desk.open_review(document, "Ann"), add("allergy", "Disease"))
    desk.clock.forward(days=1)
    bo = desk.save(desk.open_review(document, "Bo"), add("allergy", "Gene")).review
    assert labelled() == ["Gene"]
    desk.act("complete", desk.open_review(document, "Ann"))
    assert labelled() == ["Disease"]
    desk.clock.forward(days=1)
    desk.act("complete", bo)
    assert labelled() == ["Gene"]
    desk.save(desk.open_review(document, "Cy", "gold"), add("allergy", "Species"))
    assert labelled() == ["Species"]
    assert labelled(authors=("Ann",)) == ["Disease"]
    assert labelled(authors=("Ann", "Bo")) == ["Gene"]
    assert labelled(kinds=("review",)) == ["Gene"]
    assert labelled(authors=("Dee",)) == []


def test_dates_choose_by_the_last_change_with_both_ends_included(desk: Desk) -> None:
    for name in "abc":
        desk.save(desk.open_review(desk.add(name)), add("mice", "Species"))
        desk.clock.forward(days=1)
    for wanted, found in (
        ({"since": "2031-05-08"}, ["b", "c"]),
        ({"until": "2031-05-08"}, ["a", "b"]),
        ({"since": "2031-05-08", "until": "2031-05-08"}, ["b"]),
        ({"since": "2031-05-08T12:00:00.001"}, ["c"]),
        ({"until": "2031-05"}, ["a", "b", "c"]),
        ({"since": "2032"}, []),
    ):
        assert names(export(desk, **wanted)) == found, wanted


def test_summaries_and_progress_tell_how_far_each_annotator_is(desk: Desk) -> None:
    one, two, three = (desk.add(name, f"Title {name}\n{TEXT}", "allergy=Disease,BRX7=Gene") for name in "abc")
    review = desk.save(desk.open_review(one), Correction("relabel", "1.0", label="Gene")).review
    desk.act("complete", review)
    desk.clock.forward(days=2)
    review = desk.open_review(two)
    offset = len("Title b\n")
    mine = add("mice", "Species", f"Title b\n{TEXT}")
    assert mine.start == TEXT.index("mice") + offset
    review = desk.save(
        review, mine, Correction("reject", "1.1"), Correction("annotate", note="n", is_flagged=True)
    ).review
    desk.act("complete", review)
    desk.open_review(three, "Bo")
    rows = desk.store.reviews.summaries(desk.project.id, "Ann")
    assert [(row.document_id, row.name, row.title, row.is_complete, row.is_flagged, row.note) for row in rows] == [
        (one, "a", "Title a", True, False, ""),
        (two, "b", "Title b", True, True, "n"),
        (three, "c", "Title c", False, False, ""),
    ]
    assert [(row.revision, row.counts) for row in rows] == [
        (3, {"unseen": 0, "accepted": 2, "rejected": 0, "ignored": 0}),
        (3, {"unseen": 0, "accepted": 2, "rejected": 1, "ignored": 0}),
        (0, {"unseen": 0, "accepted": 0, "rejected": 0, "ignored": 0}),
    ]
    assert rows[2].review_id is None
    progress = desk.store.reviews.progress(desk.project.id)
    assert [(p.author, p.opened, p.completed, p.corrections, p.today) for p in progress] == [
        ("Ann", 2, 2, 3, 1),
        ("Bo", 1, 0, 0, 0),
    ]


def test_taking_a_completion_back_takes_its_date_back(desk: Desk) -> None:
    complete = desk.act("complete", desk.open_review(desk.add())).review
    assert desk.query("SELECT completed FROM document_states") == [("2031-05-07T12:00:00.000+00:00",)]
    undone = desk.act("undo", complete).review
    assert desk.query("SELECT completed FROM document_states") == [(None,)]
    desk.clock.forward(hours=1)
    desk.act("redo", undone)
    assert desk.query("SELECT completed FROM document_states") == [("2031-05-07T13:00:00.000+00:00",)]
