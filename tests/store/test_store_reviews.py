"""Corrections, undo and completion of one annotator's work are kept for good, told apart, and never half done."""

from __future__ import annotations

import pytest
from store_desk import TEXT, Desk, add, annotate, shown

from biobert_demo.errors import BadInput
from biobert_demo.review import Correction, EditRefused, StaleEdit


def test_opening_offers_the_newest_predictions_once(desk: Desk) -> None:
    document = desk.add(suggested="allergy=Disease,BRX7=Gene")
    review = desk.open_review(document)
    assert shown(review) == ["allergy=Disease unseen", "BRX7=Gene unseen"]
    assert review.revision.spans[0].score == 0.75
    assert review.revision.spans[0].model == "model-1"
    assert review.revision.spans[0].others == (("Gene", 0.25),)
    assert desk.open_review(document) == review
    assert [step.kind for step in desk.store.reviews.history(review.id)] == ["suggest"]


def test_a_newer_model_replaces_what_nobody_looked_at(desk: Desk) -> None:
    document = desk.add(suggested="allergy=Disease,BRX7=Gene,mice=Species")
    review = desk.open_review(document)
    review = desk.save(review, Correction("accept", "1.0"), Correction("reject", "1.2")).review
    desk.suggest(review.document.hash, TEXT, "allergy=Chemical,penicillin=Chemical,mice=Species", "model-2")
    assert shown(desk.open_review(document)) == [
        "allergy=Disease accepted",
        "penicillin=Chemical unseen",
        "mice=Species rejected",
    ]


def test_a_newer_model_that_finds_nothing_takes_its_predecessors_suggestions_back(desk: Desk) -> None:
    document = desk.add(suggested="allergy=Disease")
    review = desk.open_review(document)
    desk.store.predictions.record(review.document.hash, "model-2", [])
    assert shown(desk.open_review(document)) == []
    assert desk.open_review(document).revision.number == 2


def test_after_a_rollback_the_served_models_suggestions_come_back(desk: Desk) -> None:
    document = desk.add(suggested="allergy=Disease,BRX7=Gene,mice=Species")
    open_with = desk.store.reviews.open
    review = open_with(document, "Ann", model="model-1")
    desk.save(review, Correction("reject", "1.2"))
    desk.suggest(review.document.hash, TEXT, "allergy=Chemical,penicillin=Chemical,mice=Species", "model-2")
    assert open_with(document, "Ann", model="model-1").revision.number == 2, "a newer set of another model waits"
    promoted = open_with(document, "Ann", model="model-2")
    assert shown(promoted) == ["allergy=Chemical unseen", "penicillin=Chemical unseen", "mice=Species rejected"]
    assert open_with(document, "Ann", model="model-2") == promoted, "it is offered once"
    desk.save(promoted, Correction("relabel", "3.0", label="Gene"))
    rolled_back = open_with(document, "Ann", model="model-1")
    assert shown(rolled_back) == ["allergy=Gene accepted", "BRX7=Gene unseen", "mice=Species rejected"]
    again = open_with(document, "Ann", model="model-2")
    assert shown(again) == ["allergy=Gene accepted", "penicillin=Chemical unseen", "mice=Species rejected"]
    kinds = [(step.kind, step.summary) for step in desk.store.reviews.history(review.id)]
    assert [summary for kind, summary in kinds if kind == "suggest"] == [
        f"suggestions of model-{number}" for number in (1, 2, 1, 2)
    ]


def test_a_model_that_has_not_read_a_text_leaves_anothers_suggestions_as_they_are(desk: Desk) -> None:
    document = desk.add(suggested="allergy=Disease")
    review = desk.store.reviews.open(document, "Ann", model="model-1")
    assert desk.store.reviews.open(document, "Ann", model="model-2") == review
    other = desk.store.reviews.open(document, "Ben", model="model-2")
    assert (shown(other), other.revision.number) == ([], 0)


def test_a_batch_brings_no_suggestions_into_reviews_that_are_open(desk: Desk) -> None:
    document = desk.add(suggested="allergy=Disease")
    review = desk.open_review(document)
    desk.suggest(review.document.hash, TEXT, "mice=Species", "model-2")
    items = [(document, [Correction("accept", "1.0")])]
    (result,) = desk.store.reviews.save_batch(items, author="Ann", key="k", summary="")
    assert shown(result.review) == ["allergy=Disease accepted"]
    assert shown(desk.open_review(document)) == ["allergy=Disease accepted", "mice=Species unseen"]


def test_complete_and_adjudicated_reviews_get_no_suggestions(desk: Desk) -> None:
    document = desk.add()
    complete = desk.act("complete", desk.open_review(document)).review
    gold = desk.open_review(document, "Ann", "gold")
    desk.suggest(gold.document.hash, TEXT, "allergy=Disease")
    assert desk.open_review(document) == complete
    assert shown(desk.open_review(document, "Ann", "gold")) == []


def test_suggestions_of_labels_that_the_project_lacks_are_left_out(desk: Desk) -> None:
    document = desk.add(suggested="allergy=Disease,in=Preposition,BRX7=Gene")
    assert shown(desk.open_review(document)) == ["allergy=Disease unseen", "BRX7=Gene unseen"]


def test_a_save_survives_closing_and_opening(desk: Desk) -> None:
    document = desk.add(suggested="allergy=Disease")
    review = desk.open_review(document)
    result = desk.save(review, add("penicillin", "Chemical"), Correction("relabel", "1.0", label="Gene"))
    assert (result.step_number, result.is_merged, result.was_known) == (2, False, False)
    desk.reopen()
    again = desk.store.reviews.get(review.id)
    assert again == result.review
    assert shown(again) == ["allergy=Gene accepted", "penicillin=Chemical accepted"]
    assert again.revision.spans[0].suggested == (3, 10, "Disease")
    assert again.revision.spans[0].author == "Ann"


def test_every_field_of_a_correction_comes_back_from_the_file(desk: Desk) -> None:
    review = desk.open_review(desk.add(suggested="allergy=Disease"))
    corrections = (
        Correction("annotate", note="ask « Ann » 𝛼\n\u2028", is_flagged=True),
        Correction("annotate", "1.0", note="odd", is_flagged=False),
        Correction("add", None, 14, 24, "penicillin", "Chemical", ("MESH:D010406", "a|b")),
        Correction("rebound", "1.0", 0, 10, "An allergy"),
        Correction("ignore", "1.0"),
        Correction("complete", labels=("Disease", "Chemical")),
    )
    saved = desk.save(review, *corrections, summary="all kinds").review
    assert desk.reopen().reviews.history(review.id)[1].corrections == corrections
    assert desk.store.reviews.history(review.id)[1].summary == "all kinds"
    assert desk.store.reviews.get(review.id) == saved
    assert (saved.revision.note, saved.revision.is_flagged) == ("ask « Ann » 𝛼\n\u2028", True)
    assert saved.revision.labels == ("Disease", "Chemical")


def test_the_same_key_again_changes_nothing_and_tells_the_same(desk: Desk) -> None:
    review = desk.open_review(desk.add())
    first = desk.save(review, add("mice", "Species"), key="tab-1/7")
    desk.save(first.review, add("allergy", "Disease"))
    again = desk.save(review, add("mice", "Species"), key="tab-1/7")
    assert (again.was_known, again.step_number, again.is_merged) == (True, first.step_number, False)
    assert shown(again.review) == ["allergy=Disease accepted", "mice=Species accepted"]


def test_a_known_key_is_recognised_for_undo_and_complete_too(desk: Desk) -> None:
    review = desk.open_review(desk.add())
    saved = desk.save(review, add("mice", "Species")).review
    undone = desk.act("undo", saved, key="u")
    assert desk.act("undo", saved, key="u").was_known
    completed = desk.act("complete", undone.review, key="c")
    assert desk.act("complete", undone.review, key="c").step_number == completed.step_number
    assert desk.store.reviews.get(review.id).revision.number == 3


def test_a_key_of_another_document_is_refused(desk: Desk) -> None:
    one, other = desk.open_review(desk.add("1")), desk.open_review(desk.add("2"))
    desk.save(one, add("mice", "Species"), key="same")
    with pytest.raises(BadInput, match="used for another document"):
        desk.save(other, add("mice", "Species"), key="same")


@pytest.mark.parametrize(
    ("corrections", "options", "sentence"),
    [
        ([Correction("add", start=3, end=10, text="ALLERGY", label="Disease")], {}, "but the document has 'allergy'"),
        ([Correction("add", start=90, end=999, text="x", label="Disease")], {}, "0 <= start < end <= 101"),
        ([Correction("add", start=3, end=10, text="allergy", label="Planet")], {}, "no label 'Planet'"),
        ([Correction("relabel", "1.0", label="Planet")], {}, "choose one of Disease, Chemical, Gene, Species"),
        ([Correction("accept", "9.9")], {}, "There is no span '9.9'"),
        ([Correction("suggest", start=3, end=10, text="allergy", label="Gene")], {}, "comes from a model"),
        ([Correction("accept", "1.0")], {"author": "Bo"}, "This is the review of Ann, and Bo has one of their own"),
        ([Correction("accept", "1.0")], {"seen": 5}, "has only 1; reload"),
        ([Correction("accept", "1.0")], {"seen": -1}, "reload"),
        ([Correction("accept", "1.0")], {"seen": "1"}, "made on revision 1"),
        ([Correction("annotate", note="half \ud835")], {}, "half of a surrogate pair at 5"),
        ([Correction("accept", "1.0")], {"key": " "}, "needs a key"),
        ([], {}, "at least one correction"),
    ],
)
def test_an_edit_that_does_not_fit_is_refused_whole(
    desk: Desk, corrections: list[Correction], options: dict[str, object], sentence: str
) -> None:
    review = desk.open_review(desk.add(suggested="allergy=Disease"))
    with pytest.raises((EditRefused, BadInput), match=sentence):
        desk.save(review, *([add("mice", "Species"), *corrections] if corrections else []), **options)
    assert desk.store.reviews.get(review.id) == review
    assert desk.query("SELECT count(*) FROM steps") == [(1,)]


def test_undo_and_redo_go_on_after_a_restart(desk: Desk) -> None:
    review = desk.open_review(desk.add(suggested="allergy=Disease"))
    states = [review]
    for correction in (Correction("accept", "1.0"), add("mice", "Species"), add("BRX7", "Gene")):
        states.append(desk.save(states[-1], correction).review)
    current = states[-1]
    for earlier in reversed(states[:-1]):
        desk.reopen()
        current = desk.act("undo", current).review
        assert current.revision.spans == earlier.revision.spans
    assert current.revision.undoable is None
    for later in states[1:]:
        desk.reopen()
        current = desk.act("redo", current).review
        assert current.revision.spans == later.revision.spans
    assert [step.kind for step in desk.store.reviews.history(review.id)] == [
        "suggest", *["edit"] * 3, *["undo"] * 3, *["redo"] * 3,
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["undo", "redo"])
def test_with_nothing_to_take_back_undo_says_so(desk: Desk, name: str) -> None:
    review = desk.open_review(desk.add(suggested="allergy=Disease"))
    with pytest.raises(EditRefused, match=f"nothing to {name}"):
        desk.act(name, review)


def test_completing_accepts_what_is_unseen_and_one_undo_takes_it_back(desk: Desk) -> None:
    review = desk.open_review(desk.add(suggested="allergy=Disease,BRX7=Gene"))
    review = desk.save(review, Correction("reject", "1.1")).review
    complete = desk.act("complete", review, labels=("Disease", "Gene")).review
    assert complete.revision.is_complete
    assert complete.revision.labels == ("Disease", "Gene")
    assert shown(complete) == ["allergy=Disease accepted", "BRX7=Gene rejected"]
    undone = desk.act("undo", complete).review
    assert not undone.revision.is_complete
    assert shown(undone) == shown(review)


def test_two_tabs_edit_different_places_and_both_are_kept(desk: Desk) -> None:
    review = desk.open_review(desk.add())
    desk.save(review, add("mice", "Species"))
    result = desk.save(review, add("allergy", "Disease"))
    assert result.is_merged
    assert shown(result.review) == ["allergy=Disease accepted", "mice=Species accepted"]
    assert desk.query("SELECT is_merged FROM corrections_log ORDER BY step") == [(0,), (1,)]


@pytest.mark.parametrize(
    ("name", "correction"),
    [
        ("save", Correction("relabel", "1.0", label="Gene")),
        ("save", Correction("rebound", "1.0", 0, 10, "An allergy")),
        ("save", add("allergy", "Chemical")),
        ("save", Correction("annotate", note="x")),
        ("undo", None),
        ("redo", None),
        ("complete", None),
    ],
)
def test_a_stale_edit_of_the_same_place_is_told_and_not_kept(
    desk: Desk, name: str, correction: Correction | None
) -> None:
    review = desk.open_review(desk.add(suggested="allergy=Disease"))
    old = desk.save(review, add("mice", "Species")).review
    if name == "redo":
        old = desk.act("undo", old).review
    latest = desk.save(old, Correction("reject", "1.0")).review
    with pytest.raises((StaleEdit, EditRefused), match=r"Not saved: .*|nothing to redo"):
        desk.save(old, correction) if correction else desk.act(name, old)
    assert desk.store.reviews.get(review.id) == latest


def test_annotators_have_layers_of_their_own(desk: Desk) -> None:
    document = desk.add(suggested="allergy=Disease")
    ann, bo = desk.open_review(document, "Ann"), desk.open_review(document, "Bo")
    desk.save(ann, Correction("accept", "1.0"))
    desk.save(bo, Correction("reject", "1.0"))
    gold = desk.open_review(document, "Cy", "gold")
    desk.save(gold, add("allergy", "Gene"))
    reviews = desk.store.reviews.of_document(document)
    assert [(one.author, one.kind, *shown(one)) for one in reviews] == [
        ("Ann", "review", "allergy=Disease accepted"),
        ("Bo", "review", "allergy=Disease rejected"),
        ("Cy", "gold", "allergy=Gene accepted"),
    ]
    assert list(desk.store.reviews.iterate(desk.project.id)) == reviews
    assert [one.author for one in desk.store.reviews.iterate(desk.project.id, kind="gold")] == ["Cy"]
    assert desk.store.reviews.find(document, "Bo") == reviews[1]
    assert desk.store.reviews.find(document, "Dee") is None


def test_several_people_may_adjudicate_and_the_second_is_told_of_the_first(desk: Desk) -> None:
    gold = desk.open_review(desk.add(), "Ann", "gold")
    desk.save(gold, add("allergy", "Gene"))
    with pytest.raises(StaleEdit, match="Ann changed the same place"):
        desk.save(gold, add("allergy", "Disease"), author="Bo")


def batch(desk: Desk, documents: list[int], word: str, label: str, key: str = "batch") -> list[int]:
    items = [(document, [add(word, label)]) for document in documents]
    results = desk.store.reviews.save_batch(items, author="Ann", key=key, summary=f"all {word}")
    return [result.step_number for result in results]


def test_a_batch_is_one_act_that_one_undo_takes_back_after_a_restart(desk: Desk) -> None:
    documents = [desk.add(name) for name in "abc"]
    first = desk.open_review(documents[0])
    desk.save(first, add("mice", "Species"))
    assert batch(desk, documents, "BRX7", "Gene") == [2, 1, 1]
    desk.reopen()
    result = desk.act("undo", desk.open_review(documents[1]))
    assert (result.changed_documents, result.left_documents) == ((documents[0], documents[2]), ())
    assert [shown(desk.open_review(one)) for one in documents] == [["mice=Species accepted"], [], []]
    again = desk.act("redo", desk.open_review(documents[2]))
    assert again.changed_documents == (documents[0], documents[1])
    assert shown(desk.open_review(documents[1])) == ["BRX7=Gene accepted"]
    once_more = desk.act("undo", desk.open_review(documents[0]))
    assert once_more.changed_documents == (documents[1], documents[2])


def test_undoing_a_batch_leaves_documents_where_somebody_has_gone_on(desk: Desk) -> None:
    documents = [desk.add(name) for name in "abc"]
    batch(desk, documents, "BRX7", "Gene")
    desk.save(desk.open_review(documents[2]), add("mice", "Species"))
    result = desk.act("undo", desk.open_review(documents[0]))
    assert (result.changed_documents, result.left_documents) == ((documents[1],), (documents[2],))
    assert shown(desk.open_review(documents[2])) == ["BRX7=Gene accepted", "mice=Species accepted"]


def test_a_batch_with_one_edit_that_does_not_fit_changes_no_document(desk: Desk) -> None:
    documents = [desk.add("a"), desk.add("b", "Another text without the word.")]
    with pytest.raises(EditRefused, match=r"^Document b: A span needs"):
        batch(desk, documents, "lumositis", "Disease")
    assert desk.query("SELECT count(*) FROM reviews") == [(0,)]


def test_a_batch_with_a_known_key_is_not_done_twice(desk: Desk) -> None:
    documents = [desk.add("a"), desk.add("b")]
    numbers = batch(desk, documents, "BRX7", "Gene")
    assert batch(desk, documents, "BRX7", "Gene") == numbers
    assert desk.query("SELECT count(*) FROM steps") == [(2,)]


@pytest.mark.parametrize(
    "call",
    [
        lambda desk: desk.open_review(99),
        lambda desk: desk.store.reviews.get(99),
        lambda desk: desk.store.reviews.get(2**70),
        lambda desk: desk.store.reviews.history(99),
        lambda desk: desk.store.reviews.save_batch([], author="Ann", key="k", summary=""),
        lambda desk: desk.open_review(desk.add(), "  "),
    ],
)
def test_what_is_not_there_is_named(desk: Desk, call: object) -> None:
    with pytest.raises(BadInput, match=r"There is no|needs|too large"):
        call(desk)  # type: ignore[operator]
    assert desk.query("SELECT count(*) FROM reviews") == [(0,)]


def test_offsets_are_code_points_whatever_the_text(desk: Desk) -> None:
    text = "\r\n𝛼-synuclein\u200b in \u200fmice\u2028 e\u0301 \x00\x0b 🐭 β-actin"
    review = desk.open_review(desk.add("odd", text))
    words = ["𝛼-synuclein", "mice", "🐭", "β-actin", "e\u0301 \x00\x0b"]
    saved = desk.save(review, *(add(word, "Gene", text) for word in words)).review
    again = desk.reopen().reviews.get(review.id)
    assert again == saved
    assert {span.text for span in again.revision.spans} == set(words)
    assert again.document.document.text == text
    assert desk.store.documents.get(review.document.id).document.text == text


def test_others_in_predictions_follow_their_annotation_when_some_are_left_out(desk: Desk) -> None:
    document = desk.add()
    stored = desk.store.documents.get(document)
    found = [annotate(TEXT, "in", "Preposition"), annotate(TEXT, "BRX7", "Gene")]
    desk.store.predictions.record(stored.hash, "m", found, {0: [("Gene", 0.1)], 1: [("Chemical", 0.2)]})
    assert desk.open_review(document).revision.spans[0].others == (("Chemical", 0.2),)
