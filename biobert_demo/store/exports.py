"""A project and a filter enter; its reviewed documents leave, each once, with annotations that say who decided."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace

from biobert_demo.documents import Document
from biobert_demo.errors import BadInput
from biobert_demo.label_views import present_annotations
from biobert_demo.labels import LabelNames
from biobert_demo.review import STATES, ReviewedSpan, State
from biobert_demo.store.database import Database
from biobert_demo.store.documents import CHUNK, load_document
from biobert_demo.store.history import Review, ReviewKind, load_review, present_review
from biobert_demo.store.labels import load_names
from biobert_demo.store.predictions import load_preferred, promoted_version


@dataclass(frozen=True, slots=True)
class ExportFilter:
    """What an export holds. None or an empty tuple means no limit.

    `states` are of spans, `labels` their labels as they are called now (an earlier name means the same); hidden labels
    are in it only where they are named. `authors` and `kinds` choose reviews; of several reviews of a document
    an adjudicated one goes first, then a complete one, then the newest. `since` and `until` are ISO dates or times in
    UTC, both included, of the review's last change. Documents in which nobody has done anything yet are left out
    unless "unseen" is among the states: that nothing is labelled in them does not mean that there is nothing. What is
    unseen in a document that nobody has opened comes from the promoted model, else from the one that read it last.
    """

    states: tuple[State, ...] = ("accepted",)
    authors: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None
    kinds: tuple[ReviewKind, ...] = ()
    only_complete: bool = False


def iterate_export(database: Database, project_id: int, wanted: ExportFilter) -> Iterator[Document]:
    """The documents in the order they were added, each read in a transaction of its own."""
    if unknown := [state for state in wanted.states if state not in STATES]:
        raise BadInput(f"There is no state {unknown[0]!r}; choose from {', '.join(STATES)}.")
    last = 0
    while True:
        with database.read() as connection:
            rows = connection.execute(
                "SELECT id FROM documents WHERE project_id = ? AND id > ? ORDER BY id LIMIT ?",
                (project_id, last, CHUNK),
            ).fetchall()
            names = load_names(connection, project_id)
            asked = replace(wanted, labels=tuple(map(names.of, wanted.labels)))
            documents = [_export(connection, id, asked, names) for (id,) in rows]
        if not rows:
            return
        yield from (document for document in documents if document is not None)
        last = rows[-1][0]


def _export(
    connection: sqlite3.Connection, document_id: int, wanted: ExportFilter, names: LabelNames
) -> Document | None:
    review = _chosen(connection, document_id, wanted)
    if review is not None:
        review = present_review(connection, review, names, hidden=wanted.labels)
        spans = [span for span in review.revision.spans if _is_wanted(span, wanted)]
        return review.document.document.with_annotations(span.to_annotation() for span in spans)
    if "unseen" not in wanted.states or wanted.only_complete or wanted.authors or wanted.since or wanted.until:
        return None
    if wanted.kinds and "review" not in wanted.kinds:
        return None
    stored = load_document(connection, document_id)
    found = load_preferred(connection, stored.hash, promoted_version(connection))
    suggested = () if found is None else found.annotations
    annotations, _ = present_annotations(suggested, {}, names, hidden=wanted.labels)
    return stored.document.with_annotations(
        replace(one, state="unseen") for one in annotations if not wanted.labels or one.label in wanted.labels
    )


def _chosen(connection: sqlite3.Connection, document_id: int, wanted: ExportFilter) -> Review | None:
    rows = connection.execute(
        "SELECT r.id, r.author, r.kind, r.is_complete, r.updated, EXISTS "
        "(SELECT 1 FROM steps s WHERE s.review_id = r.id AND s.kind <> 'suggest') FROM reviews r "
        "WHERE r.document_id = ? ORDER BY r.kind = 'gold' DESC, r.is_complete DESC, r.updated DESC, r.id DESC",
        (document_id,),
    ).fetchall()
    for id, author, kind, is_complete, updated, is_touched in rows:
        if (
            (not wanted.authors or author in wanted.authors)
            and (not wanted.kinds or kind in wanted.kinds)
            and (is_complete or not wanted.only_complete)
            and (is_touched or "unseen" in wanted.states)
            and (wanted.since is None or updated >= wanted.since)
            and (wanted.until is None or updated[: len(wanted.until)] <= wanted.until)
        ):
            return load_review(connection, id)
    return None


def _is_wanted(span: ReviewedSpan, wanted: ExportFilter) -> bool:
    return (not wanted.states or span.state in wanted.states) and (not wanted.labels or span.label in wanted.labels)
