"""brat standoff (ID.txt beside ID.ann) enters and documents leave, and the other way round.

T1<TAB>Disease 0 7<TAB>allergy                        a mention: label, code point offsets, text
N1<TAB>Reference T1 MESH:D006967<TAB>Hypersensitivity  its identifier
R1<TAB>Causes Arg1:T2 Arg2:T1                          a relation (https://brat.nlplab.org/standoff.html)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

from biobert_demo.annotations import Annotation, Relation
from biobert_demo.documents import Document
from biobert_demo.errors import BadInput, InvalidSpan, Problem
from biobert_demo.formats.common import (
    Report,
    checked_annotation,
    excerpt,
    mention_argument,
    strip_line_end,
)

_MENTION = re.compile(r"(?P<label>\S.*?) (?P<fragments>\d+ \d+(?:;\d+ \d+)*)")
_REFERENCE = re.compile(r"\S+ (?P<target>\S+) (?P<identifier>.+)")
_RELATION = re.compile(r"(?P<type>\S+)(?P<arguments>(?: \S+?:\S+){2,})\s*")
_KINDS = {"E": "events", "A": "attributes", "M": "modifications", "#": "notes", "*": "equivalences"}


@dataclass(slots=True)
class _Lines:
    """What the lines of an .ann file say, by kind; relations are resolved when all mentions are known."""

    mentions: dict[str, Annotation] = field(default_factory=dict)
    identifiers: list[tuple[int, str, str]] = field(default_factory=list)
    relations: list[tuple[int, str, list[str]]] = field(default_factory=list)
    others: dict[str, list[int]] = field(default_factory=dict)


def read_brat(text: str, ann_lines: Iterable[str], document_id: str, source: str, report: Report) -> Document:
    """One document: labels and identifiers as written, relations with the "start-end" of the mentions they link.

    A mention in fragments is reported and left out, unless only line ends lie between the fragments, which is how
    brat writes a mention that crosses lines. Events, attributes, modifications and notes are reported once a kind.
    """

    def complain(message: str, number: int) -> None:
        report(Problem(source, f"{message}; left out", number, document_id))

    found = _Lines()
    for number, raw in enumerate(ann_lines, 1):
        line = strip_line_end(raw)
        if line.strip():
            try:
                _read_line(line, number, text, found)
            except (InvalidSpan, ValueError) as error:
                complain(str(error), number)
    identifiers: dict[str, list[str]] = {}
    for number, target, identifier in found.identifiers:
        if target in found.mentions:
            identifiers.setdefault(target, []).append(identifier)
        else:
            complain(f"the identifier {identifier!r} belongs to {target}, which is no mention that was read", number)
    relations: list[Relation] = []
    for number, kind, arguments in found.relations:
        mentions = [found.mentions.get(argument) for argument in arguments]
        if all(mentions):
            relations.append(Relation(kind, tuple(mention_argument(mention) for mention in mentions if mention)))
        else:
            complain(f"the relation {kind} links {' and '.join(arguments)}, not all of which are mentions", number)
    for kind, numbers in found.others.items():
        count = "1 line" if len(numbers) == 1 else f"{len(numbers)} lines"
        complain(f"{_KINDS.get(kind, f'lines that begin with {kind!r}')} ({count}) have no place here", numbers[0])
    annotations = (
        replace(mention, identifiers=tuple(dict.fromkeys(identifiers.get(key, ()))))
        for key, mention in found.mentions.items()
    )
    ordered = sorted(annotations, key=lambda annotation: annotation.key)
    return Document(document_id, text, (), tuple(ordered), tuple(relations))


def read_brat_folder(folder: Path, report: Report) -> Iterator[Document]:
    """The documents of a folder's ID.txt and ID.ann pairs, by name; every character of the texts is kept.

    Raises BadInput where the folder has no .txt file. An .ann without its .txt, or the other way round, is reported.
    """
    texts = sorted(path for path in folder.glob("*.txt") if not path.name.startswith("."))
    if not texts:
        raise BadInput(f"The folder {folder.name} has no .txt file; a brat folder holds ID.txt and ID.ann pairs.")
    for ann in sorted(folder.glob("*.ann")):
        if not ann.name.startswith(".") and not ann.with_suffix(".txt").is_file():
            report(Problem(ann.name, f"there is no {ann.with_suffix('.txt').name} beside it; left out"))
    for path in texts:
        ann = path.with_suffix(".ann")
        try:
            lines = _read_exactly(ann).split("\n") if ann.is_file() else []
            text = _read_exactly(path)
        except UnicodeDecodeError as error:
            byte = f"byte {error.object[error.start]:#04x} at position {error.start}"
            report(Problem(path.name, f"{byte} of this file or its .ann is not UTF-8; the document is left out"))
            continue
        if not ann.is_file():
            report(Problem(path.name, f"there is no {ann.name} beside it; read without annotations"))
        yield read_brat(text, lines, path.stem, ann.name, report)


def _read_exactly(path: Path) -> str:
    return path.read_bytes().decode("utf-8-sig")


def _read_line(line: str, number: int, text: str, found: _Lines) -> None:
    key, _, rest = line.partition("\t")
    body, _, tail = rest.partition("\t")
    if line[0] == "T":
        if key in found.mentions:
            raise ValueError(f"the mention {key} occurs before")
        found.mentions[key] = _to_mention(body, tail, text)
    elif line[0] == "N":
        reference = _REFERENCE.fullmatch(body)
        if reference is None:
            raise ValueError(f"{excerpt(line)} is not `N1, Reference T1 SOURCE:ID, name` with tabs")
        found.identifiers.append((number, reference["target"], reference["identifier"].strip()))
    elif line[0] == "R":
        relation = _RELATION.fullmatch(body)
        if relation is None:
            raise ValueError(f"{excerpt(line)} is not `R1, Type Arg1:T1 Arg2:T2` with a tab")
        arguments = [argument.partition(":")[2] for argument in relation["arguments"].split()]
        found.relations.append((number, relation["type"], arguments))
    else:
        found.others.setdefault(line[0], []).append(number)


def _to_mention(body: str, surface: str, text: str) -> Annotation:
    match = _MENTION.fullmatch(body)
    if match is None:
        raise ValueError(f"the mention {excerpt(f'{body} {surface}')} is not `Label start end` and its text with tabs")
    fragments = [tuple(map(int, fragment.split())) for fragment in match["fragments"].split(";")]
    for (_, end), (start, _) in pairwise(fragments):
        gap = text[end:start]
        if not gap or gap.strip() or not set(gap) & {"\n", "\r"}:
            raise ValueError(f"the mention {excerpt(surface)} is in fragments ({match['fragments']})")
    start, end = fragments[0][0], fragments[-1][1]
    if len(fragments) > 1 and surface == " ".join(text[first:last] for first, last in fragments):
        surface = text[start:end]
    return checked_annotation(text, start, end, surface, match["label"])
