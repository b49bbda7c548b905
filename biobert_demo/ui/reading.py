"""Pasted text or dropped files enter; documents the page can show leave, and a report of all that cannot be used."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from biobert_demo.documents import Document, Passage
from biobert_demo.errors import BadInput, Problem
from biobert_demo.formats import read_documents
from biobert_demo.language import is_probably_english

Report = Callable[[Problem], None]

CHARACTERS_AT_ONCE = 2_000_000
"""What the page reads in one go: about 1,300 abstracts, a minute or two on two cores. The command line has no limit."""

_BLANK_LINES = re.compile(r"(?:\r\n|\r|\n)[^\S\r\n]*(?:(?:\r\n|\r|\n)[^\S\r\n]*)+")
_FILE_FORMAT = re.compile(r"\s*(?:[^\s|]+\|[ta]\||<\?xml|<!DOCTYPE|<collection|\{\s*\")")


def documents_from_text(text: str, report: Report) -> list[Document]:
    """The documents in pasted text: abstracts separated by blank lines, or a file's content (PubTator, BioC, JSON Lines).

    Each document's text is an exact slice of what was pasted. Abstracts get the ids "1", "2", ... Raises BadInput where
    there is nothing to read.
    """
    if not text.strip():
        raise BadInput("There is no text yet: paste an abstract, drop a file or pick an example.")
    if is_file_content(text):
        return _read_pasted_file(text, report)
    return split_abstracts(text)


def is_file_content(text: str) -> bool:
    """Whether pasted text is PubTator, BioC or JSON Lines rather than prose."""
    return _FILE_FORMAT.match(text) is not None


def documents_from_files(paths: Sequence[str | Path], report: Report) -> Iterator[Document]:
    """The documents of all files, lazily; a file that cannot be read is reported and the others go on."""
    for path in map(Path, paths):
        yield from _read_file(path, path.name, report)


def take_documents(documents: Iterable[Document], report: Report, limit: int = CHARACTERS_AT_ONCE) -> list[Document]:
    """As many of the documents as fit `limit` characters; what is empty or too much is reported.

    Raises BadInput where no document is left.
    """
    taken: list[Document] = []
    characters = 0
    for document in documents:
        if not document.text.strip():
            report(Problem(document.id, "The document is empty."))
            continue
        characters += len(document.text)
        if characters > limit:
            sentence = (
                f"This page reads up to {limit:,} characters at once; for more use the command line: "
                "biobert-demo annotate FILE --output OUT --format pubtator."
            )
            if not taken:
                raise BadInput(f"The text has {len(document.text):,} characters. {sentence}")
            report(Problem(document.id, f"This document and all after it were left out. {sentence}"))
            break
        taken.append(document)
    return taken


def hint_at_language(documents: Iterable[Document], report: Report) -> None:
    """Report documents that do not read like English."""
    for document in documents:
        if not is_probably_english(document.text):
            message = "The text does not read like English, the only language the model knows; expect poor results."
            report(Problem(document.id, message))


def split_abstracts(text: str) -> list[Document]:
    """A document for each block between blank lines, without the white space around it, numbered from "1".

    A block that looks like a title - one line of four words or more without a full stop - is the title of the next one.
    """
    blocks = _blocks(text)
    documents: list[Document] = []
    title: tuple[int, int] | None = None
    for number, (start, end) in enumerate(blocks):
        if title is None and number + 1 < len(blocks) and _looks_like_title(text[start:end]):
            title = (start, end)
            continue
        documents.append(_slice(text, str(len(documents) + 1), title, (start, end)))
        title = None
    return documents


def in_growing_steps(documents: Sequence[Document]) -> Iterator[Sequence[Document]]:
    """One document, then two, four and so on up to 32: the first is read at once, later ones in larger batches."""
    start, size = 0, 1
    while start < len(documents):
        yield documents[start : start + size]
        start, size = start + size, min(32, size * 2)


def _blocks(text: str) -> list[tuple[int, int]]:
    edges = [0, *(edge for gap in _BLANK_LINES.finditer(text) for edge in gap.span()), len(text)]
    blocks = []
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        block = text[start:end]
        if stripped := block.strip():
            first = start + block.index(stripped)
            blocks.append((first, first + len(stripped)))
    return blocks


def _looks_like_title(line: str) -> bool:
    return len(line.split()) >= 4 and len(line) <= 250 and not re.search(r"[\r\n]|[.!?:;]$", line)


def _slice(text: str, id: str, title: tuple[int, int] | None, body: tuple[int, int]) -> Document:
    if title is None:
        return Document(id, text[body[0] : body[1]])
    start = title[0]
    passages = (Passage("title", 0, title[1] - start), Passage("abstract", body[0] - start, body[1] - start))
    return Document(id, text[start : body[1]], passages)


def _read_pasted_file(text: str, report: Report) -> list[Document]:
    problems: list[Problem] = []
    with tempfile.TemporaryDirectory(prefix="biobert-demo-") as folder:
        path = Path(folder) / "pasted"
        path.write_text(text, encoding="utf-8", newline="")
        documents = list(_read_file(path, "The pasted text", problems.append))
    if not documents and problems:
        *problems, last = problems
        for problem in problems:
            report(problem)
        raise BadInput(last.message)
    for problem in problems:
        report(problem)
    return documents


def _read_file(path: Path, name: str, report: Report) -> Iterator[Document]:
    # People know their input by name; the folder an upload lands in means nothing to them.
    def report_by_name(problem: Problem) -> None:
        message = problem.message.replace(str(path), name)
        report(replace(problem, source=problem.source.replace(str(path), name), message=message))

    try:
        yield from read_documents(path, report_by_name)
    except BadInput as error:
        report_by_name(Problem(str(path), str(error)))
    except OSError as error:
        report_by_name(Problem(str(path), f"The file cannot be read ({error.strerror}); drop it again."))
