"""What a format could not hold enters, mention by mention; one sentence a kind of loss and file leaves."""

from __future__ import annotations

from biobert_demo.annotations import Annotation
from biobert_demo.documents import Document
from biobert_demo.errors import Problem
from biobert_demo.formats.common import Report

PROVENANCE = ("score", "model", "author", "state", "note")
"""The fields of an annotation that say where it comes from and what a reviewer made of it."""

IDENTIFIERS_CHANGE = "mentions whose identifiers will not be read again as the same ones"

_NOT_MENTIONS = frozenset(["rejected", "ignored"])


class Losses:
    """Counts what a writer has to leave out or change, and tells it once, when the file is written.

    A file of 10,000 documents would otherwise bury the one sentence that matters under 10,000 like it.
    """

    def __init__(self, source: str, report: Report) -> None:
        self._source = source
        self._report = report
        self._counts: dict[str, int] = {}
        self._firsts: dict[str, tuple[str, str]] = {}
        self._provenance: dict[str, int] = {}
        self._texts: set[str] = set()

    def add(self, what: str, document_id: str, example: str = "", count: int = 1, *, text_lost: bool = False) -> None:
        """One more loss of a kind; `what` reads well before ": 12 (the first: ...)"."""
        if text_lost:
            self._texts.add(what)
        self._counts[what] = self._counts.get(what, 0) + count
        self._firsts.setdefault(what, (document_id, example))

    def mentions(self, document: Document) -> tuple[Annotation, ...]:
        """The annotations that a format without states may show: what a person rejected or ignored is no mention.

        Their provenance counts as lost where a person had a hand in it. What a model says of its own suggestions is
        not told: everyone who chooses such a format gives it up, and predicting again brings it back.
        """
        shown = []
        for annotation in document.annotations:
            if annotation.state in _NOT_MENTIONS:
                what = "rejected or ignored suggestions left out, since the format has no place for a state"
                self.add(what, document.id, repr(annotation.text[:60]))
                continue
            shown.append(annotation)
            if annotation.state is not None or annotation.author is not None or annotation.note:
                for name in PROVENANCE:
                    if getattr(annotation, name) not in (None, ""):
                        self._provenance[name] = self._provenance.get(name, 0) + 1
        return tuple(shown)

    def tell(self) -> None:
        """Report each kind of loss with its count and its first case."""
        if self._provenance:
            fields = ", ".join(f"{name} ({self._provenance[name]})" for name in PROVENANCE if name in self._provenance)
            message = (
                f"the format has no place for these fields of mentions: {fields}; BioC, brat, JSON Lines, DocBin and "
                "datasets keep them"
            )
            self._report(Problem(self._source, message))
        for what, count in self._counts.items():
            document_id, example = self._firsts[what]
            first = f" (the first: {example})" if example else ""
            self._report(Problem(self._source, f"{what}: {count}{first}", None, document_id, what in self._texts))
