"""PubTator lines enter and documents leave, and the other way round.

    10192393|t|A common human skin tumour ...
    10192393|a|WNT signalling orchestrates ...
    10192393<TAB>15<TAB>26<TAB>skin tumour<TAB>DiseaseClass<TAB>D012878
    10192393<TAB>CID<TAB>D008750<TAB>D007022

Offsets are code points in title + one separator + abstract, end exclusive (https://www.ncbi.nlm.nih.gov/research/bionlp).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TextIO

from biobert_demo.annotations import Annotation, Relation
from biobert_demo.documents import Document
from biobert_demo.errors import InvalidSpan, Problem
from biobert_demo.formats.common import (
    Report,
    SeenIds,
    checked_annotation,
    excerpt,
    join_identifiers,
    split_identifiers,
    strip_line_end,
    warn,
)
from biobert_demo.formats.losses import IDENTIFIERS_CHANGE, Losses

_PASSAGE = re.compile(r"(?P<id>[^|\t]+)\|(?P<kind>[A-Za-z])\|(?P<text>.*)", re.DOTALL)
_KINDS = {"t": "title", "a": "abstract"}
_NO_IDENTIFIER = "-"
# One character for one character, so that every offset holds; a NUL would make the file a binary one.
_IN_A_LINE = str.maketrans({"\n": " ", "\r": " ", "\t": " ", "\0": "\ufffd"})


@dataclass(slots=True)
class _Block:
    """The lines of one document, with their numbers in the file."""

    id: str
    line: int
    passages: list[tuple[str, str]] = field(default_factory=list)
    rows: list[tuple[int, list[str]]] = field(default_factory=list)


def read_pubtator(lines: Iterable[str], source: str, report: Report) -> Iterator[Document]:
    """The documents of a PubTator file, one at a time; labels and identifiers as written, `-1` and `-` mean none.

    What is reported and left out: a line that is none of the above, an annotation whose text does not stand at its
    offsets or that has no type. Its document is kept. A document may lack its abstract, and passages of other kinds
    than `t` and `a` become paragraphs. Relations keep every column, such as BioRED's "Novel"; the seventh column of
    an annotation (the parts of a composite mention, spelled out) is not kept.
    """
    seen = SeenIds(source, report)
    block: _Block | None = None
    separated = True
    for number, raw in enumerate(lines, 1):
        line = strip_line_end(raw)
        if not line.strip():
            separated = True
            continue
        passage = _PASSAGE.fullmatch(line)
        if passage is not None:
            if block is None or separated or _begins_another(block, passage):
                if block is not None:
                    yield _to_document(block, source, report)
                block = _Block(passage["id"].strip(), number)
                seen.check(block.id, number)
            block.passages.append((_KINDS.get(passage["kind"].lower(), "paragraph"), passage["text"]))
        else:
            fields = line.split("\t")
            if block is None or fields[0].strip() != block.id or len(fields) < 3 + (not _is_relation(fields)):
                document_id = None if block is None else block.id
                report(Problem(source, _broken(line, block), number, document_id, text_lost="\t" not in line))
            else:
                block.rows.append((number, fields))
        separated = False
    if block is not None:
        yield _to_document(block, source, report)


def write_pubtator(documents: Iterable[Document], stream: TextIO, report: Report = warn) -> None:
    """Title, abstract, annotations and relations of each document, with an empty line after each.

    The title is the first passage where one character separates it from the rest, else the text before the first line
    end; all that follows is the abstract. That one character, and every tab, CR and LF, becomes a single space (a NUL
    becomes U+FFFD), so offsets always hold. An empty abstract is written and read as none. Scores, models and what
    reviewers did are not written, nor what they rejected or ignored; that is reported once.
    """
    losses = Losses("PubTator output", report)
    for document in documents:
        document_id = _one_column(document.id).replace("|", "_") or "document"
        if document_id != document.id:
            losses.add("document ids written otherwise", document.id, f"{excerpt(document.id)} as {document_id!r}")
        cut = _end_of_title(document)
        text = document.text.translate(_IN_A_LINE)
        if text[:cut] != document.text[:cut] or text[cut + 1 :] != document.text[cut + 1 :]:
            losses.add("documents with line ends or tabs, which became spaces", document.id)
        stream.write(f"{document_id}|t|{text[:cut]}\n{document_id}|a|{text[cut + 1 :]}\n")
        for annotation in losses.mentions(document):
            surface, label = annotation.text.translate(_IN_A_LINE), _one_column(annotation.label)
            if label != annotation.label:
                losses.add("labels written otherwise", document.id, f"{excerpt(annotation.label)} as {label!r}")
            joined, is_kept = join_identifiers(annotation)
            if not is_kept:
                losses.add(IDENTIFIERS_CHANGE, document.id, joined)
            identifiers = _one_column(joined) or _NO_IDENTIFIER
            row = (document_id, str(annotation.start), str(annotation.end), surface, label, identifiers)
            stream.write("\t".join(row) + "\n")
        for relation in document.relations:
            columns = map(_one_column, (relation.type, *relation.arguments))
            stream.write("\t".join((document_id, *columns)) + "\n")
        stream.write("\n")
    losses.tell()


def _begins_another(block: _Block, passage: re.Match[str]) -> bool:
    """Some files have no empty line between documents: another id, a second title or a passage after annotations."""
    return passage["id"].strip() != block.id or bool(block.rows) or passage["kind"] == "t"


def _broken(line: str, block: _Block | None) -> str:
    fields = line.split("\t")
    if len(fields) < 4:
        return f"the line {excerpt(line)} is neither `ID|t|text` nor `ID, start, end, text, type` with tabs; left out"
    if block is None:
        return f"the annotation {excerpt(line)} stands before any document; left out"
    return f"the annotation {excerpt(line)} belongs to {fields[0]!r}, but the document here is {block.id!r}; left out"


def _to_document(block: _Block, source: str, report: Report) -> Document:
    no_abstract = len(block.passages) > 1 and block.passages[-1] == ("abstract", "")
    bare = Document.from_passages(block.id, block.passages[:-1] if no_abstract else block.passages)
    annotations: list[Annotation] = []
    relations: list[Relation] = []
    for number, fields in block.rows:
        try:
            if _is_relation(fields):
                relations.append(Relation(fields[1].strip(), tuple(argument.strip() for argument in fields[2:])))
            else:
                annotations.append(_to_annotation(fields, bare.text))
        except (InvalidSpan, ValueError) as error:
            report(Problem(source, f"{error}; the annotation is left out", number, block.id))
    return Document(block.id, bare.text, bare.passages, tuple(annotations), tuple(relations))


def _is_relation(fields: list[str]) -> bool:
    """A relation has a name, its type, where an annotation has its start."""
    return len(fields) > 1 and fields[1].strip()[:1].isalpha()


def _to_annotation(fields: list[str], text: str) -> Annotation:
    start, end = _to_offset(fields[1], "start"), _to_offset(fields[2], "end")
    if len(fields) < 5 or not fields[4].strip():
        raise ValueError(f"{excerpt(fields[3])} has no entity type in column 5")
    if len(fields) > 7:
        raise ValueError(f"{excerpt(fields[3])} has {len(fields)} columns, and 7 are the most")
    label = fields[4].strip()
    identifiers = split_identifiers(fields[5], label) if len(fields) > 5 else ()
    surface = text[start:end]
    # A mention from the title into the abstract has their separator in it, which its column can only show as a space.
    is_same = surface.replace("\n", " ") == fields[3]
    return checked_annotation(text, start, end, surface if is_same else fields[3], label, identifiers)


def _to_offset(field: str, name: str) -> int:
    if not re.fullmatch(r"\d+", field.strip(), re.ASCII):
        raise ValueError(f"the {name} offset {field!r} is not a whole number")
    return int(field)


def _end_of_title(document: Document) -> int:
    text = document.text
    first, *others = document.passages
    if first.start == 0 and others and others[0].start == first.end + 1 < len(text) and text[first.end].isspace():
        return first.end
    return text.find("\n") if 0 <= text.find("\n") < len(text) - 1 else len(text)


def _one_column(text: str) -> str:
    return text.translate(_IN_A_LINE).strip()
