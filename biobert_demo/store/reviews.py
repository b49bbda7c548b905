"""Corrections, undo and completion of one annotator's work enter; they are kept for good, and the new state leaves."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from biobert_demo.documents import Document
from biobert_demo.errors import BadInput
from biobert_demo.label_views import decided_places, with_twins
from biobert_demo.labels import LabelNames
from biobert_demo.review import (
    Correction,
    EditRefused,
    StaleEdit,
    Step,
    complete_step,
    find_conflict,
    suggestion_step,
)
from biobert_demo.store.database import Database
from biobert_demo.store.documents import DOCUMENT_COLUMNS, DOCUMENT_TABLES, Report, load_document
from biobert_demo.store.exports import ExportFilter, iterate_export
from biobert_demo.store.history import (
    REVIEW_COLUMNS,
    Review,
    ReviewKind,
    append_step,
    decode_review,
    find_review,
    insert_review,
    known_steps,
    load_review,
    load_spans,
    present_review,
)
from biobert_demo.store.imports import ImportTally, import_gold
from biobert_demo.store.labels import load_names
from biobert_demo.store.predictions import find_set_id, load_set, newest_set_id
from biobert_demo.store.rows import load_steps
from biobert_demo.store.summaries import AnnotatorProgress, DocumentSummary, load_progress, load_summaries

MODEL_AUTHOR = "model"

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class SaveResult:
    """What a save did. `step_number` is the step it made; `is_merged` says that others' steps came in between;
    `was_known` that the same request was saved before and nothing was done now.

    An undo or redo of a batch reaches further documents: `changed_documents`, and `left_documents` where somebody has
    gone on since. Both hold document ids.
    """

    review: Review
    step_number: int
    is_merged: bool = False
    was_known: bool = False
    changed_documents: tuple[int, ...] = ()
    left_documents: tuple[int, ...] = ()


class Reviews:
    """`store.reviews`. Every change is one transaction that is on the disk before its method returns."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, document_id: int, author: str, kind: ReviewKind = "review", *, model: str | None = None) -> Review:
        """An author's review of a document, made where there is none.

        What `model` found in the text enters as suggestions (None: the newest predictions, whoever made them), unless
        the review is complete or an adjudication; labels that the project does not have are left out of them. The same
        model's enter again where another one's were shown last, as after a rollback.
        """
        with self._database.read() as connection:
            id = find_review(connection, document_id, author, kind)
            if id is not None:
                review = load_review(connection, id)
                if _new_set(connection, review, model) is None:
                    return present_review(connection, review)
        if not author.strip():
            raise BadInput("A review needs its author's name, but it is empty; enter a name first.")
        with self._database.write() as connection:
            return present_review(connection, self._open(connection, document_id, author, kind, model))

    def get(self, id: int) -> Review:
        """The review with an id; raises BadInput where there is none."""
        with self._database.read() as connection:
            return present_review(connection, load_review(connection, id))

    def find(self, document_id: int, author: str, kind: ReviewKind = "review") -> Review | None:
        """An author's review of a document, if it was opened; nothing is made or suggested."""
        with self._database.read() as connection:
            id = find_review(connection, document_id, author, kind)
            return None if id is None else present_review(connection, load_review(connection, id))

    def of_document(self, document_id: int) -> list[Review]:
        """All reviews of a document, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute("SELECT id FROM reviews WHERE document_id = ? ORDER BY id", (document_id,))
            return [present_review(connection, load_review(connection, id)) for (id,) in rows.fetchall()]

    def iterate(self, project_id: int, author: str | None = None, kind: ReviewKind | None = None) -> Iterator[Review]:
        """The reviews of a project in the order they were opened, of one author or kind if given."""
        last = 0
        while True:
            with self._database.read() as connection:
                rows = connection.execute(
                    f"SELECT {REVIEW_COLUMNS}, {DOCUMENT_COLUMNS} FROM {DOCUMENT_TABLES} "
                    f"JOIN reviews r ON r.document_id = d.id WHERE d.project_id = ? AND r.id > ? "
                    "AND (? IS NULL OR r.author = ?) AND (? IS NULL OR r.kind = ?) ORDER BY r.id LIMIT 200",
                    (project_id, last, author, author, kind, kind),
                ).fetchall()
                names = load_names(connection, project_id)
                raw = (decode_review(row, load_spans(connection, row[0])) for row in rows)
                reviews = [present_review(connection, review, names) for review in raw]
            if not reviews:
                return
            yield from reviews
            last = reviews[-1].id

    def save(
        self,
        review_id: int,
        corrections: Iterable[Correction],
        *,
        author: str,
        seen: int,
        key: str,
        summary: str = "",
    ) -> SaveResult:
        """Append one step of corrections made on revision `seen`; `key` is the client's own for this request.

        The same key again changes nothing and returns the known result. Raises StaleEdit where others changed the same
        place since, EditRefused where a correction does not fit; nothing of the step is kept then.
        """
        corrections = tuple(corrections)
        return self._change(review_id, "edit", lambda _: corrections, author, seen, key, summary)

    def complete(self, review_id: int, *, author: str, seen: int, key: str, labels: Sequence[str] = ()) -> SaveResult:
        """Accept what is unseen and mark the document complete, as one step; `labels` are those covered.

        Without any it is about all that the project has now: the step says which, as further ones may come later.
        """
        return self._change(
            review_id, "edit", lambda review: complete_step(review.revision, labels), author, seen, key, "completed"
        )

    def undo(self, review_id: int, *, author: str, seen: int, key: str) -> SaveResult:
        """Take back the last step that counts; of a batch, in all documents where it is still the last one."""
        return self._change(review_id, "undo", lambda _: (), author, seen, key, "")

    def redo(self, review_id: int, *, author: str, seen: int, key: str) -> SaveResult:
        """Bring back the step undone last; of a batch, in all documents where it is still the next to redo."""
        return self._change(review_id, "redo", lambda _: (), author, seen, key, "")

    def save_batch(
        self, items: Iterable[tuple[int, Iterable[Correction]]], *, author: str, key: str, summary: str
    ) -> list[SaveResult]:
        """Corrections of several documents, (document id, corrections), as one act that one undo takes back.

        They go on top of the latest revisions; where one does not fit, EditRefused names its document and nothing of
        the batch is kept.
        """
        wanted: dict[int, list[Correction]] = {}
        for document_id, corrections in items:
            wanted.setdefault(document_id, []).extend(corrections)
        if not wanted:
            raise BadInput("A batch needs at least one document, but it has none.")
        _check_key(key)
        results = []
        with self._database.write() as connection:
            if known := known_steps(connection, key):
                return [
                    SaveResult(_presented(connection, review_id), number, is_merged, was_known=True)
                    for review_id, number, is_merged in known
                ]
            for document_id, corrections in wanted.items():
                id = find_review(connection, document_id, author, "review")
                # No suggestions enter a review that is there already: somebody may have it before them.
                review = self._open(connection, document_id, author) if id is None else load_review(connection, id)
                seen = review.revision.number
                names = load_names(connection, review.document.project_id)
                made = _prepared(corrections, review, names)
                step = Step(seen + 1, "edit", author, self._database.now(), made, None, summary)
                try:
                    _check_human(review, step, names)
                    review = append_step(connection, review, step, seen=seen, request=key, batch=key)
                except EditRefused as error:
                    raise EditRefused(f"Document {review.document.name}: {error}") from error
                results.append(SaveResult(present_review(connection, review, names), step.number))
        return results

    def history(self, review_id: int) -> list[Step]:
        """All steps of a review, oldest first."""
        with self._database.read() as connection:
            load_review(connection, review_id)
            return load_steps(connection, review_id)

    def import_gold(
        self,
        project_id: int,
        documents: Iterable[Document],
        author: str,
        labels: Iterable[str] | None = None,
        report: Report = lambda problem: None,
    ) -> ImportTally:
        """Documents whose annotations are the truth enter as complete reviews of `author`; see `import_gold`."""
        return import_gold(self._database, project_id, documents, author, labels, report)

    def export(self, project_id: int, wanted: ExportFilter | None = None) -> Iterator[Document]:
        """The reviewed documents of a project with the annotations that a filter leaves; see ExportFilter."""
        return iterate_export(self._database, project_id, wanted or ExportFilter())

    def summaries(self, project_id: int, author: str) -> list[DocumentSummary]:
        """One light row for each document of a project, as the author's queue needs it."""
        with self._database.read() as connection:
            return load_summaries(connection, project_id, author)

    def progress(self, project_id: int) -> list[AnnotatorProgress]:
        """How far each annotator of a project has come, by name."""
        with self._database.read() as connection:
            return load_progress(connection, project_id, self._database.today())

    def _open(
        self,
        connection: sqlite3.Connection,
        document_id: int,
        author: str,
        kind: ReviewKind = "review",
        model: str | None = None,
    ) -> Review:
        id = find_review(connection, document_id, author, kind)
        if id is None:
            load_document(connection, document_id)
            id = insert_review(connection, document_id, author, kind, self._database.now())
        review = load_review(connection, id)
        set_id = _new_set(connection, review, model)
        if set_id is None:
            return review
        found = load_set(connection, set_id)
        names = load_names(connection, review.document.project_id)
        # Replaying the history finds what was decided on under the same name, but not under another one.
        decided = decided_places(review.revision, names) if names.changes else ()
        kept = [
            (i, one)
            for i, one in enumerate(found.annotations)
            if names.of(one.label) in names.visible and (one.start, one.end, names.of(one.label)) not in decided
        ]
        others = {new: found.others[old] for new, (old, _) in enumerate(kept) if old in found.others}
        step = Step(
            review.revision.number + 1,
            "suggest",
            MODEL_AUTHOR,
            self._database.now(),
            suggestion_step([one for _, one in kept], others),
            None,
            f"suggestions of {found.model}",
        )
        # Without any suggestion there is still a step: it says that the model was run and found nothing.
        # The same set may enter again, after that of a model which was rolled back since.
        request = f"suggest:{review.id}:{set_id}:{step.number}"
        return append_step(connection, review, step, seen=step.number - 1, request=request, set_id=set_id)

    def _change(
        self,
        review_id: int,
        kind: Literal["edit", "undo", "redo"],
        corrections: Callable[[Review], tuple[Correction, ...]],
        author: str,
        seen: int,
        key: str,
        summary: str,
    ) -> SaveResult:
        _check_key(key)
        with self._database.write() as connection:
            review = load_review(connection, review_id)
            if known := known_steps(connection, key):
                return _known_result(connection, review, known)
            names = load_names(connection, review.document.project_id)
            steps = load_steps(connection, review_id)
            step = Step(
                review.revision.number + 1,
                kind,
                author,
                self._database.now(),
                _prepared(corrections(present_review(connection, review, names)), review, names),
                _target(review, kind),
                summary,
            )
            _check_human(review, step, names)
            _check_fresh(review, steps, seen, step)
            batch, members = _batch_of(connection, review, step)
            is_merged = seen < review.revision.number
            review = append_step(
                connection, review, step, seen=seen, request=key, batch=key if batch else None, steps=steps
            )
            changed, left = _follow_batch(connection, members, step, key)
            shown = present_review(connection, review, names)
            return SaveResult(shown, step.number, is_merged, changed_documents=changed, left_documents=left)


def new_key() -> str:
    """A request key for callers that are no browser, such as the command line."""
    return uuid.uuid4().hex


def _new_set(connection: sqlite3.Connection, review: Review, model: str | None) -> int | None:
    """The id of a prediction set that the review should be offered now, None where it shows it already."""
    if review.kind != "review" or review.revision.is_complete:
        return None
    hash = review.document.hash
    offered = [
        set_id
        for (set_id,) in connection.execute(
            "SELECT set_id FROM steps WHERE review_id = ? AND set_id IS NOT NULL ORDER BY number", (review.id,)
        )
    ]
    if model is not None:
        wanted = find_set_id(connection, hash, model)
        return None if offered and wanted == offered[-1] else wanted
    newest = newest_set_id(connection, hash)
    return newest if newest is not None and newest > max(offered, default=0) else None


def _check_key(key: str) -> None:
    if not key.strip():
        raise BadInput("A save needs a key of its own, so that a repeated one is recognised, but it is empty.")


def _presented(connection: sqlite3.Connection, review_id: int) -> Review:
    return present_review(connection, load_review(connection, review_id))


def _prepared(corrections: Iterable[Correction], review: Review, names: LabelNames) -> tuple[Correction, ...]:
    """Corrections as they enter the history of a review (which has the names of its time)."""
    return tuple(
        replace(one, labels=names.to_cover(one.labels)) if one.action == "complete" else one
        for one in with_twins(corrections, review.revision, names)
    )


def _check_human(review: Review, step: Step, names: LabelNames) -> None:
    """Raise EditRefused for what only a model may do, for labels the project lacks, and for other people's reviews."""
    if not step.author.strip():
        raise EditRefused("An edit needs its author's name, but it is empty; enter a name first.")
    if review.kind == "review" and step.author != review.author:
        raise EditRefused(
            f"This is the review of {review.author}, and {step.author} has one of their own; open the document again."
        )
    if any(one.action == "suggest" for one in step.corrections):
        raise EditRefused("A suggestion comes from a model and cannot be saved as an edit; add the span instead.")
    asked = {one.label for one in step.corrections if one.action in ("add", "relabel") and one.label}
    # A page that was opened before a label was renamed or merged still has its old name.
    if unknown := sorted(label for label in asked if names.of(label) not in names.visible):
        what = "has hidden the label" if names.is_hidden(unknown[0]) else "has no label"
        raise EditRefused(f"The project {what} {unknown[0][:60]!r}; choose one of {', '.join(names.visible)}.")


def _target(review: Review, kind: str) -> int | None:
    if kind == "edit":
        return None
    target = review.revision.undoable if kind == "undo" else review.revision.redoable
    if target is None:
        raise EditRefused(f"There is nothing to {kind} in this document; it shows its latest state.")
    return target


def _check_fresh(review: Review, steps: Sequence[Step], seen: int, step: Step) -> None:
    if not isinstance(seen, int) or not 0 <= seen <= review.revision.number:
        raise StaleEdit(
            f"Not saved: the edit was made on revision {seen} of {review.document.name}, but the store has only "
            f"{review.revision.number}; reload the document."
        )
    conflict = find_conflict(steps, seen, step, review.document.document.text)
    if conflict is not None:
        raise StaleEdit(f"Not saved: {conflict}. The document now shows the latest state; edit it again there.")


def _known_result(connection: sqlite3.Connection, review: Review, known: Sequence[tuple[int, int, bool]]) -> SaveResult:
    for review_id, number, is_merged in known:
        if review_id == review.id:
            others = [load_review(connection, id).document.id for id, _, _ in known if id != review_id]
            shown = present_review(connection, review)
            return SaveResult(shown, number, is_merged, was_known=True, changed_documents=tuple(others))
    raise BadInput(
        f"The key of this save was used for another document (review {known[0][0]}); make a new key for each save."
    )


def _batch_of(connection: sqlite3.Connection, review: Review, step: Step) -> tuple[str | None, list[tuple[int, int]]]:
    """The batch that an undo or redo is about, and (review id, step number) of its steps in other documents."""
    if step.target is None:
        return None, []
    (batch,) = connection.execute(
        "SELECT batch FROM steps WHERE review_id = ? AND number = ?", (review.id, step.target)
    ).fetchone()
    if batch is None:
        return None, []
    rows = connection.execute(
        "SELECT review_id, number FROM steps WHERE batch = ? AND kind = 'edit' AND review_id <> ? ORDER BY id",
        (batch, review.id),
    )
    return batch, rows.fetchall()


def _follow_batch(
    connection: sqlite3.Connection, members: Iterable[tuple[int, int]], step: Step, key: str
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Undo or redo the batch's steps in its other documents; (ids of changed documents, of those left alone)."""
    changed, left = [], []
    for review_id, number in members:
        review = load_review(connection, review_id)
        turn = review.revision.undoable if step.kind == "undo" else review.revision.redoable
        if turn != number:
            left.append(review.document.id)
            continue
        seen = review.revision.number
        append_step(
            connection, review, replace(step, number=seen + 1, target=number), seen=seen, request=key, batch=key
        )
        changed.append(review.document.id)
    return tuple(changed), tuple(left)
