"""Documents whose annotations are the truth enter; complete reviews of them leave, and what could not be used."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from biobert_demo.annotations import Annotation, canonical_label
from biobert_demo.documents import Document
from biobert_demo.errors import BadInput, Problem
from biobert_demo.label_views import present_revision
from biobert_demo.labels import MOST_LABELS, LabelNames
from biobert_demo.review import Action, Correction, Revision, Step
from biobert_demo.store.database import Database
from biobert_demo.store.documents import CHUNK, SOURCE, Report, StoredDocument, in_chunks, insert_document
from biobert_demo.store.history import Review, append_step, find_review, insert_review, load_review
from biobert_demo.store.labels import load_names
from biobert_demo.store.projects import add_labels, load_project

_DECISIONS: dict[str | None, Action] = {
    None: "accept",
    "accepted": "accept",
    "rejected": "reject",
    "ignored": "ignore",
}


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
    Chemical, and "Cell_line" as a label "Cell line" of the project, which is reported; so are labels new to the project,
    which are added to it. Annotations marked rejected, ignored or unseen
    keep their state; a document with an unseen one is not completed. The same import again changes nothing; a review
    of the author that differs is left as it is, and reported. Documents are kept 200 a transaction.
    """
    if not author.strip():
        raise BadInput("An import of reviewed documents needs the reviewer's name, but it is empty.")
    with database.read() as connection:
        load_project(connection, project_id)
        names = load_names(connection, project_id)
    importing = _Import(database, project_id, author.strip(), report, names)
    covered = None if labels is None else tuple(dict.fromkeys(map(importing.read_label, labels)))
    if covered:
        with database.write() as connection:
            importing.add_labels(connection, covered)
    for chunk in in_chunks(documents, CHUNK):
        importing.keep(chunk, covered)
    importing.complete()
    return importing.tally


class _Import:
    """The state of one import: what is to be completed at its end, and the tally so far."""

    def __init__(self, database: Database, project_id: int, author: str, report: Report, names: LabelNames) -> None:
        self.tally = ImportTally()
        self._database = database
        self._project_id = project_id
        self._author = author
        self._report = report
        self._names = names
        self._read: dict[str, str] = {}
        self._occurring: dict[str, None] = {}
        self._to_complete: list[int] = []

    def keep(self, documents: Sequence[Document], labels: tuple[str, ...] | None) -> None:
        """One transaction: texts and annotations, not complete yet without labels, since a later one may add some."""
        with self._database.write() as connection:
            for document in documents:
                self._keep(connection, document, labels)

    def complete(self) -> None:
        """Complete what was kept; the file's labels are known only now."""
        complete = (Correction("complete", labels=self._names.to_cover(self._occurring) if self._occurring else ()),)
        for chunk in in_chunks(self._to_complete, CHUNK):
            with self._database.write() as connection:
                for review_id in chunk:
                    self._append(connection, load_review(connection, review_id), complete, "completed by import")

    def read_label(self, written: str) -> str:
        """A file's label as the project knows it; that it was written with other signs is reported once."""
        if written not in self._read:
            name = self._names.read(written)
            if name != canonical_label(written):
                self._report(Problem(SOURCE, f"the label {written!r} is read as {name!r}, which the project has"))
            self._read[written] = name
        return self._read[written]

    def add_labels(self, connection: sqlite3.Connection, names: Iterable[str]) -> None:
        """Add labels to the project; those it did not have are reported."""
        new = add_labels(connection, self._project_id, names, self._author, self._database.now())
        for name in new:
            self._report(Problem(SOURCE, f"the label {name!r} is new; it was added to the project as it is written"))
        if not new:
            return
        self._names = load_names(connection, self._project_id)
        if (count := len(self._names.labels)) > MOST_LABELS:
            message = f"the project has {count} labels now, and a model can learn {MOST_LABELS}; hide or merge some"
            self._report(Problem(SOURCE, message))

    def _keep(self, connection: sqlite3.Connection, document: Document, labels: tuple[str, ...] | None) -> None:
        now = self._database.now()
        stored = insert_document(connection, self._project_id, document, now, self._report)
        if stored is None:
            self.tally = replace(self.tally, left_out=self.tally.left_out + 1)
            return
        annotations = _merged(document, self.read_label, self._report)
        if new := dict.fromkeys(one.label for one in annotations if one.label not in self._occurring):
            self.add_labels(connection, new)
            self._occurring.update(new)
        review, was_known = self._review(connection, *stored)
        if review.revision.number and not _holds(review, annotations, self._names):
            message = (
                f"{self._author} has a review of this document that differs from the file; it was left as it is. Import "
                "under another name to keep both"
            )
            self._report(Problem(SOURCE, message, None, document.id, text_lost=True))
            self.tally = replace(self.tally, left_out=self.tally.left_out + 1)
            return
        is_undecided = any(one.state == "unseen" for one in annotations)
        if is_undecided:
            message = "it has suggestions that nobody decided on, so that it was not marked complete"
            self._report(Problem(SOURCE, message, None, document.id))
        corrections = () if review.revision.number else tuple(_corrections(annotations))
        is_completed = not is_undecided and not review.revision.is_complete
        if is_completed and labels is not None:
            corrections = (*corrections, Correction("complete", labels=self._names.to_cover(labels) if labels else ()))
        if corrections:
            self._append(connection, review, corrections, f"imported {len(annotations)} spans")
        if is_completed and labels is None:
            self._to_complete.append(review.id)
        self.tally = replace(
            self.tally,
            added=self.tally.added + (not was_known),
            completed=self.tally.completed + is_completed,
            spans=self.tally.spans + len(annotations),
        )

    def _review(self, connection: sqlite3.Connection, document: StoredDocument, was_known: bool) -> tuple[Review, bool]:
        """(the author's review of a document, whether the project had the document)."""
        if was_known and (id := find_review(connection, document.id, self._author, "review")) is not None:
            return load_review(connection, id), was_known
        now = self._database.now()
        id = insert_review(connection, document.id, self._author, "review", now)
        return Review(id, document, self._author, "review", Revision(), now), was_known

    def _append(
        self, connection: sqlite3.Connection, review: Review, corrections: tuple[Correction, ...], summary: str
    ) -> None:
        number = review.revision.number + 1
        step = Step(number, "edit", self._author, self._database.now(), corrections, None, summary)
        steps = () if number == 1 else None
        append_step(connection, review, step, seen=number - 1, request=f"import:{review.id}:{number}", steps=steps)


def _merged(document: Document, read_label: Callable[[str], str], report: Report) -> list[Annotation]:
    """The annotations under our label names; of those that say the same, one with all their identifiers."""
    found: dict[tuple[int, int, str], Annotation] = {}
    for raw in document.annotations:
        one = replace(raw, label=read_label(raw.label))
        if one.score is not None and not math.isfinite(one.score):
            report(Problem(SOURCE, f"the score of {one.text[:60]!r} is no number; left out", None, document.id))
            one = replace(one, score=None)
        known = found.get(one.key)
        if known is not None:
            identifiers = tuple(dict.fromkeys((*known.identifiers, *one.identifiers)))
            best = known if _rank(known) <= _rank(one) else one
            notes = dict.fromkeys(note for note in (known.note, one.note) if note)
            one = replace(best, identifiers=identifiers, note=" / ".join(notes))
        found[one.key] = one
    return sorted(found.values(), key=lambda one: one.key)


def _rank(one: Annotation) -> int:
    return (*_DECISIONS, "unseen").index(one.state)


def _corrections(annotations: Sequence[Annotation]) -> Iterator[Correction]:
    """A review's first step. Suggestions and their decisions go first: none is made where an accepted span stands."""
    suggested = [one for one in annotations if _was_suggested(one)]
    added = [one for one in annotations if not _was_suggested(one)]
    for one in suggested:
        yield Correction(
            "suggest", None, one.start, one.end, one.text, one.label, one.identifiers, one.score, one.model
        )
    ordinal = len(suggested)
    for i, one in enumerate(suggested):
        if one.state != "unseen":
            yield Correction(_DECISIONS[one.state], f"1.{i}")
            ordinal += 1
    for one in added:
        yield Correction("add", None, one.start, one.end, one.text, one.label, one.identifiers)
    for i, one in enumerate([*suggested, *added]):
        if one.note:
            yield Correction(
                "annotate", f"1.{i if i < len(suggested) else ordinal + i - len(suggested)}", note=one.note
            )


def _was_suggested(one: Annotation) -> bool:
    return one.model is not None or one.state not in (None, "accepted")


def _holds(review: Review, annotations: Iterable[Annotation], names: LabelNames) -> bool:
    """Whether the review says what the annotations say, whatever its labels were called then."""
    revision = present_revision(review.revision, names, hidden=True)
    spans = {(span.key, span.state, frozenset(span.identifiers)) for span in revision.spans}
    return spans == {
        ((one.start, one.end, names.of(one.label)), one.state or "accepted", frozenset(one.identifiers))
        for one in annotations
    }
