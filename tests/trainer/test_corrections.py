"""A store with reviews enters; the snapshot that a run learns from leaves."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from biobert_demo.annotations import LABEL_NAMES, Annotation
from biobert_demo.documents import Document
from biobert_demo.errors import BadInput
from biobert_demo.review import Correction
from biobert_demo.reviewed import ReviewedDocument
from biobert_demo.store import Store
from trainer.corrections import (
    HELD_OUT_SHARE,
    Snapshot,
    folds,
    is_held_out,
    load_snapshot,
    save_snapshot,
    take_snapshot,
)

TEXT = "An allergy to penicillin in mice."


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path, backups=False) as opened:
        yield opened


def text_for(part: str, number: int = 0) -> str:
    """A text whose hash puts it into the part."""
    for i in range(number * 1_000, number * 1_000 + 1_000):
        text = f"{TEXT} {i}"
        if is_held_out(hashlib.sha256(text.encode()).hexdigest()) == (part == "held_out"):
            return text
    raise AssertionError(part)


def annotate(text: str, word: str, label: str, **values: object) -> Annotation:
    start = text.index(word)
    return Annotation(start, start + len(word), word, label, **values)  # type: ignore[arg-type]


def add(store: Store, text: str, name: str = "1", project: int | None = None) -> int:
    project = project or store.projects.default().id
    store.documents.add(project, [Document(name, text)], print)
    stored = store.documents.find(project, name)
    assert stored is not None
    store.predictions.record(stored.hash, "m", [annotate(text, "allergy", "Disease"), annotate(text, "mice", "Gene")])
    return stored.id


def save(
    store: Store, document: int, *actions: tuple[str, str], author: str = "Ann", is_complete: bool = False
) -> None:
    """Each action is (accept, reject or ignore, the suggested word)."""
    review = store.reviews.open(document, author)
    corrections = [
        Correction(action, span.id)  # type: ignore[arg-type]
        for action, word in actions
        for span in review.revision.spans
        if span.text == word
    ]
    number = review.revision.number
    if corrections:
        key = f"{document}{author}"
        number = store.reviews.save(review.id, corrections, author=author, seen=number, key=key).step_number
    if is_complete:
        store.reviews.complete(review.id, author=author, seen=number, key=f"c{document}{author}")


def test_nothing_reviewed_is_nothing_to_learn_from(store: Store) -> None:
    add(store, TEXT)
    with pytest.raises(BadInput, match="nothing to learn from"):
        take_snapshot(store)


def test_a_complete_review_is_gold_for_the_labels_of_its_project(store: Store) -> None:
    document = add(store, text_for("training"))
    save(store, document, ("reject", "mice"), is_complete=True)
    snapshot = take_snapshot(store)
    (one,) = snapshot.training
    assert [a.text for a in one.document.annotations] == ["allergy"]
    assert [a.text for a in one.rejected] == ["mice"]
    assert one.labels == frozenset(store.projects.default().label_names)
    assert (one.author, one.document_id) == ("Ann", document)
    assert snapshot.labels == LABEL_NAMES


def test_a_label_of_ones_own_is_learned_once_a_mention_of_it_was_accepted(store: Store) -> None:
    project = store.projects.default().id
    store.projects.add_labels(project, ["CellLine"], "Ann")
    document = add(store, text_for("training"))
    save(store, document, is_complete=True)
    assert take_snapshot(store).labels == LABEL_NAMES
    review = store.reviews.open(document, "Bob")
    added = Correction("add", start=0, end=2, text="An", label="CellLine")
    store.reviews.save(review.id, [added], author="Bob", seen=review.revision.number, key="cell")
    assert take_snapshot(store).labels == (*LABEL_NAMES, "CellLine")
    assert take_snapshot(store, None, ("CellLine", "Gene")).labels == ("CellLine", "Gene", "Disease")


def test_an_unfinished_review_covers_no_label_and_suggestions_nobody_touched_are_nothing(store: Store) -> None:
    save(store, add(store, text_for("training")), ("accept", "allergy"))
    untouched = add(store, text_for("training", 1), "2")
    store.reviews.open(untouched, "Ann")
    (one,) = take_snapshot(store).training
    assert not one.is_complete
    assert [a.text for a in one.document.annotations] == ["allergy"]
    assert not one.rejected


def test_ignored_suggestions_are_kept_apart(store: Store) -> None:
    save(store, add(store, text_for("training")), ("ignore", "mice"), is_complete=True)
    (one,) = take_snapshot(store).training
    assert [a.text for a in one.ignored] == ["mice"]


def test_of_several_reviews_the_newest_complete_one_counts_and_the_difference_is_noted(store: Store) -> None:
    document = add(store, text_for("training"))
    save(store, document, ("reject", "allergy"), author="Ann", is_complete=True)
    save(store, document, ("accept", "allergy"), author="Bob", is_complete=True)
    save(store, document, ("accept", "mice"), author="Cy")
    snapshot = take_snapshot(store)
    assert [one.author for one in snapshot.training] == ["Bob"]
    assert "Ann, Bob" in snapshot.notes[0]


def test_an_adjudicated_review_comes_before_all_others(store: Store) -> None:
    document = add(store, text_for("training"))
    gold = store.reviews.open(document, "Judge", "gold")
    added = Correction("add", start=3, end=10, text="allergy", label="Chemical")
    number = store.reviews.save(gold.id, [added], author="Judge", seen=gold.revision.number, key="g").step_number
    store.reviews.complete(gold.id, author="Judge", seen=number, key="gc")
    save(store, document, ("accept", "allergy"), is_complete=True)
    (one,) = take_snapshot(store).training
    assert [a.label for a in one.document.annotations] == ["Chemical"]


def test_the_same_text_in_two_projects_is_learned_once(store: Store) -> None:
    text = text_for("training")
    save(store, add(store, text), is_complete=True)
    other = store.projects.create("Other").id
    save(store, add(store, text, "1", other), ("reject", "mice"), is_complete=True)
    snapshot = take_snapshot(store)
    assert len(snapshot.documents) == 1
    assert "two projects" in snapshot.notes[0]
    assert len(take_snapshot(store, other).documents) == 1


def test_the_held_out_part_follows_from_the_text_alone(store: Store) -> None:
    for number in range(2):
        save(store, add(store, text_for("training", number), f"t{number}"), is_complete=True)
        save(store, add(store, text_for("held_out", number), f"h{number}"), is_complete=True)
    snapshot = take_snapshot(store)
    assert [one.document.id for one in snapshot.training] == ["t0", "t1"]
    assert [one.document.id for one in snapshot.held_out] == ["h0", "h1"]


def test_where_all_documents_would_be_held_out_they_are_learned_from(store: Store) -> None:
    save(store, add(store, text_for("held_out")), is_complete=True)
    snapshot = take_snapshot(store)
    assert len(snapshot.training) == 1
    assert not snapshot.held_out


def test_about_a_fifth_is_held_out() -> None:
    hashes = [hashlib.sha256(str(i).encode()).hexdigest() for i in range(2_000)]
    assert sum(map(is_held_out, hashes)) / len(hashes) == pytest.approx(HELD_OUT_SHARE, abs=0.03)


def test_a_snapshot_survives_its_file(tmp_path: Path) -> None:
    text = "Ⅻ μ-opioid 𝛼\r\nAn\u2028allergy to penicillin"
    one = ReviewedDocument(
        Document("7", text, annotations=(annotate(text, "penicillin", "Chemical", identifiers=("MESH:D010406",)),)),
        frozenset(["Chemical"]),
        (annotate(text, "allergy", "Disease"),),
        (annotate(text, "μ-opioid", "Gene"),),
        3, 4, 5, 6, "Ann", "ab" * 32,
    )  # fmt: skip
    snapshot = Snapshot((one,), (replace(one, labels=frozenset()),), ("Chemical",), ("a note",))
    save_snapshot(snapshot, tmp_path / "snapshot.json")
    loaded = load_snapshot(tmp_path / "snapshot.json")
    assert loaded.hash == snapshot.hash
    assert loaded.notes == snapshot.notes
    assert loaded.training[0].document.text == text
    assert loaded.training[0].rejected[0].key == one.rejected[0].key
    assert loaded.held_out[0].author == "Ann"
    assert not loaded.held_out[0].is_complete


def test_the_hash_changes_with_any_decision_and_with_nothing_else() -> None:
    one = ReviewedDocument(Document("1", TEXT), frozenset(["Gene"]))
    changed = replace(one, rejected=(annotate(TEXT, "mice", "Gene"),))
    assert Snapshot((one,), (), ()).hash == Snapshot((), (replace(one, author="Bob"),), ("Gene",)).hash
    assert Snapshot((one,), (), ()).hash != Snapshot((changed,), (), ()).hash


@pytest.mark.parametrize("content", ["", "{", "[]", '{"training": [1]}'])
def test_a_damaged_snapshot_is_told(tmp_path: Path, content: str) -> None:
    path = tmp_path / "snapshot.json"
    path.write_text(content)
    with pytest.raises(BadInput, match="start a new run"):
        load_snapshot(path)


def test_folds_hold_each_complete_document_once() -> None:
    documents = [
        ReviewedDocument(
            Document(str(i), TEXT), frozenset(["Gene"] if i else []), hash=hashlib.md5(bytes([i])).hexdigest()
        )
        for i in range(8)
    ]
    parts = folds(documents, 2)
    assert sorted(one.document.id for part in parts for one in part) == [str(i) for i in range(1, 8)]
    assert {len(part) for part in parts} == {3, 4}
