"""Whatever people do, in whatever order, the store shows what replaying its history gives, and undo leads back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_desk import Clock, Desk, annotate

from biobert_demo.annotations import LABEL_NAMES
from biobert_demo.documents import Document
from biobert_demo.errors import BadInput
from biobert_demo.review import Correction, EditRefused, Revision, replay
from biobert_demo.store import Review

TEXT = "aα b𝛼\ncé 🐭d"

PLACES = st.tuples(st.integers(0, len(TEXT) - 1), st.integers(1, 4)).map(lambda p: (p[0], min(p[0] + p[1], len(TEXT))))
LABELS = st.sampled_from(LABEL_NAMES)
CHANGES = st.one_of(
    st.tuples(st.just("add"), PLACES, LABELS),
    st.tuples(st.just("rebound"), st.integers(0, 9), PLACES),
    st.tuples(st.just("relabel"), st.integers(0, 9), LABELS),
    st.tuples(st.sampled_from(["accept", "reject", "ignore", "reset", "remove"]), st.integers(0, 9)),
    st.tuples(st.just("note"), st.integers(0, 9), st.sampled_from(["", "n", "ü"])),
    st.tuples(st.just("mark"), st.sampled_from(["", "n"]), st.booleans()),
    st.tuples(st.sampled_from(["complete", "reopen"])),
)
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("edit"), st.integers(0, 1), st.lists(CHANGES, min_size=1, max_size=3)),
        st.tuples(st.sampled_from(["undo", "redo", "complete", "open"]), st.integers(0, 1)),
        st.tuples(st.just("batch"), PLACES, LABELS),
        st.tuples(st.just("stale"), st.integers(0, 1), CHANGES),
        st.tuples(st.just("predict"), st.lists(st.tuples(PLACES, LABELS), max_size=3)),
    ),
    min_size=1,
    max_size=14,
)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One store for all examples; each has texts and an author of its own in it."""
    folder: Path = tmp_path_factory.mktemp("histories")
    desk = Desk(folder, Clock())
    yield desk
    findings = desk.store.check()
    desk.store.close()
    assert findings == []


def to_correction(change: tuple[Any, ...], revision: Revision) -> Correction | None:
    name, *rest = change
    if name == "add":
        (start, end), label = rest
        return Correction("add", start=start, end=end, text=TEXT[start:end], label=label)
    if name == "mark":
        return Correction("annotate", note=rest[0], is_flagged=rest[1])
    if name in ("complete", "reopen"):
        return Correction(name)
    if not revision.spans:
        return None
    span = revision.spans[rest[0] % len(revision.spans)].id
    if name == "rebound":
        start, end = rest[1]
        return Correction("rebound", span, start, end, TEXT[start:end])
    if name == "relabel":
        return Correction("relabel", span, label=rest[1])
    if name == "note":
        return Correction("annotate", span, note=rest[1])
    return Correction(name, span)


def perform(desk: Desk, act: tuple[Any, ...], documents: list[int], author: str, number: int) -> None:
    name, *rest = act
    if name == "predict":
        found = [replace(annotate(TEXT, TEXT[a:b], label), start=a, end=b) for (a, b), label in rest[0]]
        hash = desk.store.documents.get(documents[0]).hash
        desk.store.predictions.record(hash, f"{author} {number}", found)
        return
    if name == "batch":
        (start, end), label = rest
        correction = Correction("add", start=start, end=end, text=TEXT[start:end], label=label)
        items = [(document, [correction]) for document in documents]
        desk.store.reviews.save_batch(items, author=author, key=f"{author} {number}", summary="")
        return
    review = desk.open_review(documents[rest[0]], author)
    if name in ("undo", "redo", "complete"):
        desk.act(name, review)
    elif name == "edit":
        corrections = [to_correction(change, review.revision) for change in rest[1]]
        desk.save(review, *(one for one in corrections if one is not None))
    elif name == "stale":
        correction = to_correction(rest[1], review.revision)
        if correction is not None:
            desk.save(review, correction, seen=max(0, review.revision.number - 1))


def states(desk: Desk, documents: list[int], author: str) -> list[Review | None]:
    return [desk.store.reviews.find(document, author) for document in documents]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_the_store_shows_what_its_history_gives(table: Desk, acts: list[Any]) -> None:
    author = f"author {table.query('SELECT count(*) FROM documents')[0][0]}"
    names = [f"{author} {i}" for i in range(2)]
    tally = table.store.documents.add(table.project.id, [Document(name, TEXT) for name in names], print)
    documents = list(tally.added_ids)
    for number, act in enumerate(acts):
        before = states(table, documents, author)
        try:
            perform(table, act, documents, author, number)
        except (EditRefused, BadInput):
            after = states(table, documents, author)
            # Opening may have made a review or suggested something; the refused edit itself left nothing.
            for old, new in zip(before, after):
                steps = [] if new is None else table.store.reviews.history(new.id)
                known = 0 if old is None else old.revision.number
                assert all(step.kind == "suggest" for step in steps[known:])
        for review in states(table, documents, author):
            if review is not None:
                assert review.revision == replay(TEXT, table.store.reviews.history(review.id))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(st.lists(CHANGES, min_size=1, max_size=3), min_size=1, max_size=8))
def test_undoing_everything_leads_back_and_redoing_forth(table: Desk, acts: list[list[tuple[Any, ...]]]) -> None:
    author = f"author {table.query('SELECT count(*) FROM documents')[0][0]}"
    document = table.add(author, TEXT, "b𝛼=Gene,d=Species")
    review = table.open_review(document, author)
    visited = [review.revision]
    for changes in acts:
        corrections = [to_correction(change, review.revision) for change in changes]
        try:
            review = table.save(review, *(one for one in corrections if one is not None)).review
        except (EditRefused, BadInput):
            continue
        visited.append(review.revision)

    def content(revision: Revision) -> tuple[Any, ...]:
        return revision.spans, revision.is_complete, revision.note, revision.is_flagged

    for earlier in visited[-2::-1]:
        review = table.act("undo", review).review
        assert content(review.revision) == content(earlier)
    assert review.revision.undoable is None
    for later in visited[1:]:
        review = table.act("redo", review).review
        assert content(review.revision) == content(later)
