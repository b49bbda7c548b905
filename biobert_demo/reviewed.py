"""Reviews of a text enter; what people decided about it, in a form that can be learned from and scored, leaves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from biobert_demo.annotations import Annotation
from biobert_demo.documents import Document, check_annotation
from biobert_demo.review import ReviewedSpan, Revision


@dataclass(frozen=True, slots=True)
class ReviewedDocument:
    """A text with the decisions of one review; `document.annotations` are the accepted mentions.

    `labels` are those that the review covers exhaustively, so that a place without a mention says "none of these":
    all that a complete review was about, and nothing where it is not complete. There only touched places count.
    `rejected` are suggestions that are wrong as they stand; nothing is known about `ignored` ones.
    """

    document: Document
    labels: frozenset[str] = frozenset()
    rejected: tuple[Annotation, ...] = ()
    ignored: tuple[Annotation, ...] = ()
    document_id: int | None = None
    review_id: int | None = None
    project_id: int | None = None
    revision: int = 0
    author: str = ""
    hash: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        for annotation in (*self.rejected, *self.ignored):
            check_annotation(annotation, self.document.text, self.document.id)

    @property
    def is_complete(self) -> bool:
        """Whether what is not labelled is known to be outside (of the covered labels)."""
        return bool(self.labels)

    @property
    def is_touched(self) -> bool:
        """Whether anything can be learned from it."""
        return self.is_complete or bool(self.document.annotations or self.rejected)


def reviewed_document(document: Document, revision: Revision, project_labels: Iterable[str]) -> ReviewedDocument:
    """What a revision says about its document; `project_labels` are covered where a complete review names none."""
    labels = frozenset(revision.labels or project_labels) if revision.is_complete else frozenset()
    return ReviewedDocument(
        document.with_annotations(_of_state(revision.spans, "accepted")),
        labels,
        tuple(_of_state(revision.spans, "rejected")),
        tuple(_of_state(revision.spans, "ignored")),
        revision=revision.number,
    )


def _of_state(spans: Iterable[ReviewedSpan], state: str) -> list[Annotation]:
    return [span.to_annotation() for span in spans if span.state == state]
