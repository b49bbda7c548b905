"""IOB2 columns (`token<TAB>tag`, a blank line between sentences) enter; documents with exact offsets leave.

The corpora here mark documents in ways of their own (`###MEDLINE:id`, `-DOCSTART-`, or not at all), so this module
cuts the lines into documents. Tokens are joined by single spaces and sentences by a line end: the original spacing is
not in such files, so offsets are exact for the joined text, not for the abstract as it was published.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from biobert_demo.annotations import Annotation, canonical_label
from biobert_demo.documents import Document
from biobert_demo.errors import Problem
from trainer.corpora.corpus import Report


@dataclass(slots=True)
class Row:
    """One token, its tag and its line in the file, counted from 1."""

    token: str
    tag: str
    line: int


@dataclass(slots=True)
class Block:
    """The sentences between two document markers, and what the marker says."""

    marker: str
    sentences: list[list[Row]] = field(default_factory=list)


def read_blocks(lines: Iterable[str], source: str, is_marker: Callable[[str], bool], report: Report) -> Iterator[Block]:
    """The documents of a file; sentences before the first marker belong to a block with an empty marker."""
    block = Block("")
    sentence: list[Row] = []
    for number, line in enumerate(lines, 1):
        fields = line.split("\t")
        ends_sentence = not line.strip() or is_marker(line)
        if ends_sentence and sentence:
            block.sentences.append(sentence)
            sentence = []
        if is_marker(line):
            if block.sentences:
                yield block
            block = Block(line)
        elif not ends_sentence:
            if len(fields) < 2 or not fields[0].strip():
                report(Problem(source, f"the line {line[:60]!r} is not `token, tag` with a tab; left out", number))
            else:
                sentence.append(Row(fields[0].strip(), fields[-1].strip(), number))
    if sentence:
        block.sentences.append(sentence)
    if block.sentences:
        yield block


def to_document(document_id: str, sentences: Iterable[list[Row]], source: str, report: Report) -> Document:
    """The sentences as passages of one document, with the mentions that their tags spell."""
    texts: list[tuple[str, str]] = []
    annotations: list[Annotation] = []
    offset = 0
    for rows in sentences:
        text = " ".join(row.token for row in rows)
        texts.append(("sentence", text))
        annotations.extend(_mentions(rows, text, offset, Problem(source, "", None, document_id), report))
        offset += len(text) + 1
    return Document.from_passages(document_id, texts, "\n", annotations)


def _mentions(rows: list[Row], text: str, offset: int, place: Problem, report: Report) -> Iterator[Annotation]:
    start = 0
    open_label = ""
    first = last = 0
    for row in [*rows, Row("", "O", 0)]:
        prefix, _, name = row.tag.partition("-")
        goes_on = prefix == "I" and name == open_label
        if open_label and not goes_on:
            yield Annotation(offset + first, offset + last, text[first:last], canonical_label(open_label))
            open_label = ""
        if prefix in ("B", "I") and name and not goes_on:
            if prefix == "I":
                message = f"the tag {row.tag} follows no tag of its class; read as B-{name}"
                report(Problem(place.source, message, row.line, place.document_id))
            open_label, first = name, start
        elif row.tag != "O" and not goes_on:
            message = f"{row.tag!r} is not an IOB2 tag; read as O"
            report(Problem(place.source, message, row.line, place.document_id))
        last = start + len(row.token)
        start = last + 1
