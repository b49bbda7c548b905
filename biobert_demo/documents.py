"""Source text enters; documents, passages, sentences and tokens with checked offsets leave."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from biobert_demo.annotations import Annotation, Relation
from biobert_demo.errors import InvalidSpan


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open code point offsets into a document's text."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise InvalidSpan(f"A span needs 0 <= start <= end, but it is {self.start}-{self.end}.")

    def __len__(self) -> int:
        return self.end - self.start

    def of(self, text: str) -> str:
        """The text the span covers."""
        return text[self.start : self.end]


class Token(Span):
    """A word or a punctuation character."""


class Sentence(Span):
    """A sentence; for long texts without a full stop, a stretch no longer than segmentation allows."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A block of a document ("title", "abstract", "paragraph"), as BioC means it. Sentences never cross one."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Document:
    """A text with its identifier, its passages and its annotations; every offset is checked on construction.

    Raises InvalidSpan where an annotation's text is not `text[start:end]` or a passage lies outside the text.
    """

    id: str
    text: str
    passages: tuple[Passage, ...] = ()
    annotations: tuple[Annotation, ...] = ()
    relations: tuple[Relation, ...] = ()

    def __post_init__(self) -> None:
        if not self.passages:
            object.__setattr__(self, "passages", (Passage("text", 0, len(self.text)),))
        end_of_previous = 0
        for passage in self.passages:
            if not end_of_previous <= passage.start <= passage.end <= len(self.text):
                raise InvalidSpan(
                    f"Document {self.id}: the passage {passage.kind} at {passage.start}-{passage.end} overlaps "
                    f"the one before it or lies outside the text of {len(self.text)} code points."
                )
            end_of_previous = passage.end
        for annotation in self.annotations:
            check_annotation(annotation, self.text, self.id)

    @classmethod
    def from_passages(
        cls,
        id: str,
        passages: Iterable[tuple[str, str]],
        separator: str = "\n",
        annotations: Sequence[Annotation] = (),
        relations: Sequence[Relation] = (),
    ) -> Document:
        """Join (kind, text) blocks with a separator; the title/abstract convention of PubTator is the default."""
        texts: list[str] = []
        blocks: list[Passage] = []
        offset = 0
        for kind, text in passages:
            if texts:
                offset += len(separator)
            blocks.append(Passage(kind, offset, offset + len(text)))
            texts.append(text)
            offset += len(text)
        return cls(id, separator.join(texts), tuple(blocks), tuple(annotations), tuple(relations))

    def with_annotations(self, annotations: Iterable[Annotation]) -> Document:
        """The same text with other annotations, sorted by place."""
        return replace(self, annotations=tuple(sorted(annotations, key=lambda a: a.key)))


def check_annotation(annotation: Annotation, text: str, document_id: str) -> None:
    """Raise InvalidSpan unless the annotation's surface text stands in the text where it says."""
    found = text[annotation.start : annotation.end]
    if found != annotation.text:
        raise InvalidSpan(
            f"Document {document_id}: the annotation {annotation.text[:60]!r} says {annotation.start}-"
            f"{annotation.end}, but the text there is {found[:60]!r}; offsets must be code points, end exclusive."
        )
