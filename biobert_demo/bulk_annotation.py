"""Files and a recognizer enter; one file or folder with every document annotated leaves, in constant memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from biobert_demo.documents import Document
from biobert_demo.errors import BadInput, Problem
from biobert_demo.formats import Report, read_all, write_documents
from biobert_demo.formats.common import REMEMBERED_IDS
from biobert_demo.language import is_probably_english


class Recognizer(Protocol):
    """What EntityRecognizer and CombinedRecognizer have in common here."""

    def recognize(self, documents: Iterable[Document]) -> Iterator[Document]: ...


@dataclass(slots=True)
class Tally:
    """What has happened so far; a progress bar reads it while the files are worked through."""

    bytes_read: int = 0
    documents_read: int = 0
    documents: int = 0
    mentions: int = 0
    problems: int = 0
    is_text_lost: bool = False
    not_english: int = 0
    first_not_english: str = ""


def annotate_files(
    inputs: Sequence[str],
    output: Path | str,
    format: str,
    recognizer: Recognizer,
    report: Report,
    input_format: str | None = None,
    min_score: float = 0.0,
    tally: Tally | None = None,
    on_document: Callable[[Tally], None] = lambda tally: None,
) -> Tally:
    """Read the inputs one after another, annotate every document, write all of them to `output`.

    Ids and texts are kept; annotations and relations that the inputs hold are not. What cannot be used is reported
    and the rest is done: a file that breaks in its middle gives what stands before that place. Raises BadInput, and
    writes nothing, where no document could be read at all or nothing can be written.
    """
    tally = Tally() if tally is None else tally
    documents = _read_all(inputs, input_format, report, tally)
    annotated = _count(recognizer.recognize(documents), min_score, tally, on_document)
    write_documents(annotated, output, format, report)
    return tally


def _read_all(inputs: Sequence[str], input_format: str | None, report: Report, tally: Tally) -> Iterator[Document]:
    def note(problem: Problem) -> None:
        tally.problems += 1
        tally.is_text_lost |= problem.text_lost
        report(problem)

    def on_read(size: int) -> None:
        tally.bytes_read += size

    seen: OrderedDict[str, str] = OrderedDict()
    for source, document in read_all(inputs, note, input_format, on_read):
        _check_id(document.id, source, seen, note)
        tally.documents_read += 1
        yield replace(document, annotations=(), relations=())
    if not tally.documents_read:
        raise BadInput(f"None of the {len(inputs)} inputs holds a document that can be read; see the problems above.")


def _check_id(document_id: str, source: str, seen: OrderedDict[str, str], report: Report) -> None:
    """Report an id that an earlier file has too; within a file the reader does that."""
    first = seen.setdefault(document_id, source)
    if first != source:
        report(Problem(source, f"the id {document_id!r} occurs in {first} too; both are kept", None, document_id))
    if len(seen) > REMEMBERED_IDS:
        seen.popitem(last=False)


def _count(
    documents: Iterable[Document], min_score: float, tally: Tally, on_document: Callable[[Tally], None]
) -> Iterator[Document]:
    for document in documents:
        sure = tuple(a for a in document.annotations if (a.score or 0.0) >= min_score)
        tally.documents += 1
        tally.mentions += len(sure)
        if not is_probably_english(document.text):
            tally.not_english += 1
            tally.first_not_english = tally.first_not_english or document.id
        on_document(tally)
        yield replace(document, annotations=sure)
