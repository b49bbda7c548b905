"""Paths enter; the documents in them leave one at a time, while a progress bar and a tally of problems follow."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from biobert_demo.commands.places import STANDARD
from biobert_demo.commands.terminal import Progress
from biobert_demo.documents import Document
from biobert_demo.errors import BadInput, Problem
from biobert_demo.formats import read_all


@dataclass(slots=True)
class Reading:
    """Files being read: what a progress bar needs to know, and what went wrong so far."""

    progress: Progress
    bytes_read: int = 0
    documents_read: int = 0
    ignored: int = 0
    is_text_lost: bool = False

    def report(self, problem: Problem) -> None:
        """Tell a problem and remember whether a document went with it."""
        self.is_text_lost |= problem.text_lost
        self.progress.report(problem)

    def read(self, paths: Iterable[str], input_format: str | None) -> Iterator[Document]:
        """The documents of all files; one that cannot be read is told, and the others go on."""
        found = read_all(paths, self.report, input_format, self._on_read)
        yield from self.counted(document for _, document in found)

    def counted(self, documents: Iterable[Document]) -> Iterator[Document]:
        """The same documents, each told to the progress bar."""
        for document in documents:
            self.documents_read += 1
            self.progress.update(self)
            yield document

    def without_annotations(self, documents: Iterable[Document]) -> Iterator[Document]:
        """The texts alone."""
        for document in documents:
            self.ignored += len(document.annotations)
            yield replace(document, annotations=())

    def _on_read(self, size: int) -> None:
        self.bytes_read += size


def begun(documents: Iterator[Document], why_empty: str) -> Iterator[Document]:
    """The same documents, the first of them read already; raises BadInput with the sentence where there is none."""
    first = next(documents, None)
    if first is None:
        raise BadInput(why_empty)
    return itertools.chain([first], documents)


def files_of(path: str, input_format: str | None) -> list[str]:
    """The path itself, or, of a folder that is not brat's, the files in it."""
    if path == STANDARD or not Path(path).is_dir():
        return [path]
    files = sorted(one for one in Path(path).iterdir() if one.is_file() and not one.name.startswith("."))
    if input_format == "brat" or any(one.suffix == ".ann" for one in files) or not files:
        return [path]
    return [str(one) for one in files]
