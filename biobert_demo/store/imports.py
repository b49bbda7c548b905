"""Documents whose annotations are the truth enter; complete reviews of them leave, and what could not be used."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from biobert_demo.annotations import Annotation, canonical_label
from biobert_demo.documents import Document
from biobert_demo.errors import BadInput, Problem
from biobert_demo.review import Correction, Step
from biobert_demo.store.database import Database
from biobert_demo.store.documents import CHUNK, SOURCE, Report, in_chunks, insert_document, load_document
from biobert_demo.store.history import Review, append_step, find_review, insert_review, load_review
from biobert_demo.store.projects import add_labels, load_project


@dataclass(frozen=True, slots=True)
class ImportTally:
    """What an import did: documents new to the project, reviews completed, spans in them, and documents left out."""

    added: int = 0
    completed: int = 0
    spans: int = 0
    left_out: int = 0


def import_gold(
    database: Database,
    project_id: int,
    documents: Iterable[Document],
    author: str,
    labels: Iterable[str] | None,
    report: Report,
) -> ImportTally:
    """Each document becomes a complete review by `author` whose accepted spans are its annotations.

    `labels` are those that the file annotates, kept with each review (None: those that occur in it). "Drug" reads as
    Chemical; labels new to the project are added to it and reported. Annotations marked rejected, ignored or unseen
    keep their state; a document with an unseen one is not completed. The same import again changes nothing; a review
    of the author that differs is left as it is, and reported. Documents are kept 200 a transaction.
    """
    if not author.strip():
        raise BadInput("An import of reviewed documents needs the reviewer's name, but it is empty.")
    with database.read() as connection:
        load_project(connection, project_id)
    importing = _Import(database, project_id, author.strip(), report)
    covered = None if labels is None else tuple(dict.fromkeys(map(canonical_label, labels)))
    if covered:
        with database.write() as connection:
            importing.add_labels(connection, covered)
    for chunk in in_chunks(documents, CHUNK):
        importing.keep(chunk)
    importing.complete(covered)
    return importing.tally


class _Import:
    """The state of one import: what is to be completed at its end, and the tally so far."""

    def __init__(self, database: Database, project_id: int, author: str, report: Report) -> None:
        self.tally = ImportTally()
        self._database = database
        self._project_id = project_id
        self._author = author
        self._report = report
        self._occurring: dict[str, None] = {}
        self._to_complete: list[int] = []

    def keep(self, documents: Sequence[Document]) -> None:
        """One transaction: the texts and their annotations, not complete yet, since a later one may add a label."""
        with self._database.write() as connection:
            for document in documents:
                self._keep(connection, document)

    def complete(self, labels: tuple[str, ...] | None) -> None:
        """Complete what was kept; the file's labels are known only now."""
        covered = tuple(self._occurring) if labels is None else labels
        for chunk in in_chunks(self._to_complete, CHUNK):
            with self._database.write() as connection:
                for review_id in chunk:
                    self._append(
                        connection, load_review(connection, review_id), (Correction("complete", labels=covered),),
                        "completed by import",
                    )  # fmt: skip
        self.tally = replace(self.tally, completed=self.tally.completed + len(self._to_complete))

    def add_labels(self, connection: sqlite3.Connection, names: Iterable[str]) -> None:
        """Add labels to the project; those it did not have are reported."""
        for name in add_labels(connection, self._project_id, names):
            self._report(Problem(SOURCE, f"the label {name!r} is new; it was added to the project as it is written"))

    def _keep(self, connection: sqlite3.Connection, document: Document) -> None:
        stored = insert_document(connection, self._project_id, document, self._database.now(), self._report)
        if stored is None:
            self.tally = replace(self.tally, left_out=self.tally.left_out + 1)
            return
        document_id, was_known = stored
        annotations = _merged(document, self._report)
        review = self._review(connection, document_id)
        if new := [label for label in dict.fromkeys(one.label for one in annotations) if label not in self._occurring]:
            self.add_labels(connection, new)
            self._occurring.update(dict.fromkeys(new))
        if review.revision.number and not _holds(review, annotations):
            message = (
                f"{self._author} has a review of this document that differs from the file; it was left as it is. Import "
                "under another name to keep both"
            )
            self._report(Problem(SOURCE, message, None, document.id, text_lost=True))
            self.tally = replace(self.tally, left_out=self.tally.left_out + 1)
            return
        corrections = tuple(_corrections(annotations, review.revision.number + 1))
        if corrections and not review.revision.number:
            self._append(connection, review, corrections, f"imported {len(annotations)} spans")
        if any(one.state == "unseen" for one in annotations):
            message = "it has suggestions that nobody decided on, so that it was not marked complete"
            self._report(Problem(SOURCE, message, None, document.id))
        elif not review.revision.is_complete:
            self._to_complete.append(review.id)
        self.tally = replace(
            self.tally, added=self.tally.added + (not was_known), spans=self.tally.spans + len(annotations)
        )

    def _review(self, connection: sqlite3.Connection, document_id: int) -> Review:
        id = find_review(connection, document_id, self._author, "review")
        if id is None:
            load_document(connection, document_id)
            id = insert_review(connection, document_id, self._author, "review", self._database.now())
        return load_review(connection, id)

    def _append(
        self, connection: sqlite3.Connection, review: Review, corrections: tuple[Correction, ...], summary: str
    ) -> None:
        number = review.revision.number + 1
        step = Step(number, "edit", self._author, self._database.now(), corrections, None, summary)
        append_step(connection, review, step, seen=number - 1, request=f"import:{review.id}:{number}")


def _merged(document: Document, report: Report) -> list[Annotation]:
    """The annotations under our label names; of those that say the same, one with all their identifiers."""
    found: dict[tuple[int, int, str], Annotation] = {}
    for raw in document.annotations:
        one = replace(raw, label=canonical_label(raw.label))
        if one.score is not None and not math.isfinite(one.score):
            report(Problem(SOURCE, f"the score of {one.text[:60]!r} is no number; left out", None, document.id))
            one = replace(one, score=None)
        known = found.get(one.key)
        if known is not None:
            identifiers = tuple(dict.fromkeys((*known.identifiers, *one.identifiers)))
            best = known if _rank(known) <= _rank(one) else one
            one = replace(best, identifiers=identifiers)
        found[one.key] = one
    return sorted(found.values(), key=lambda one: one.key)


def _rank(one: Annotation) -> int:
    return (None, "accepted", "rejected", "ignored", "unseen").index(one.state)


def _corrections(annotations: Sequence[Annotation], step: int) -> Iterator[Correction]:
    """Suggestions with their decisions first, since none is suggested where an accepted span stands already."""
    ordinal = 0
    for one in annotations:
        if _was_suggested(one):
            yield Correction(
                "suggest", None, one.start, one.end, one.text, one.label, one.identifiers, one.score, one.model
            )
            ordinal += 1
    suggested = [one for one in annotations if _was_suggested(one)]
    for i, one in enumerate(suggested):
        if one.state != "unseen":
            action = {"rejected": "reject", "ignored": "ignore"}.get(one.state or "", "accept")
            yield Correction(action, span_id=f"{step}.{i}")  # type: ignore[arg-type]
    for one in annotations:
        if not _was_suggested(one):
            yield Correction("add", None, one.start, one.end, one.text, one.label, one.identifiers)


def _was_suggested(one: Annotation) -> bool:
    return one.model is not None or one.state not in (None, "accepted")


def _holds(review: Review, annotations: Iterable[Annotation]) -> bool:
    """Whether the review says what the annotations say."""
    spans = {(span.key, span.state, frozenset(span.identifiers)) for span in review.revision.spans}
    return spans == {(one.key, one.state or "accepted", frozenset(one.identifiers)) for one in annotations}
