"""brat standoff (ID.txt beside ID.ann) enters and documents leave, and the other way round.

T1<TAB>Disease 0 7<TAB>allergy                        a mention: label, code point offsets, text
N1<TAB>Reference T1 MESH:D006967<TAB>Hypersensitivity  its identifier
R1<TAB>Causes Arg1:T2 Arg2:T1                          a relation (https://brat.nlplab.org/standoff.html)
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote, unquote

from biobert_demo.annotations import Annotation, Relation
from biobert_demo.documents import Document
from biobert_demo.errors import BadInput, InvalidSpan, Problem
from biobert_demo.formats.common import (
    MAX_DOCUMENT_BYTES,
    NO_NUL,
    Report,
    checked_annotation,
    excerpt,
    mention_argument,
    mention_reference,
    one_word,
    strip_line_end,
    warn,
)

_MENTION = re.compile(r"(?P<label>\S.*?) (?P<fragments>\d+ \d+(?:;\d+ \d+)*)")
_REFERENCE = re.compile(r"\S+ (?P<target>\S+) (?P<identifier>.+)")
_RELATION = re.compile(r"(?P<type>\S+)(?P<arguments>(?: \S+?:\S+){2,})\s*")
_KINDS = {"E": "events", "A": "attributes", "M": "modifications", "#": "notes", "*": "equivalences"}


_MAX_NAME = 120
"""Characters of a file name; file systems allow 255 bytes with suffixes."""


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

    Raises BadInput where the folder has no .txt file. An .ann without its .txt, or the other way round, is reported,
    and so are files that are not UTF-8 or larger than MAX_DOCUMENT_BYTES, with their document left out.
    """
    names = sorted(name for name in os.listdir(folder) if not name.startswith("."))
    texts = [name for name in names if name.endswith(".txt")]
    if not texts:
        raise BadInput(f"The folder {folder} has no .txt file; a brat folder holds ID.txt and ID.ann pairs.")
    for name in names:
        if name.endswith(".ann") and not (folder / name).with_suffix(".txt").is_file():
            report(Problem(name, f"there is no {Path(name).with_suffix('.txt')} beside it; left out"))
    for name in texts:
        path = folder / name
        ann = path.with_suffix(".ann")
        document_id = _to_id(path.stem)
        try:
            text = _read_exactly(path)
            lines = _read_exactly(ann).split("\n") if ann.is_file() else []
        except BadInput as error:
            report(Problem(name, str(error), None, document_id, text_lost=True))
            continue
        if not ann.is_file():
            report(Problem(name, f"there is no {ann.name} beside it; read without annotations", None, document_id))
        yield read_brat(text, lines, document_id, ann.name, report)


def write_brat(documents: Iterable[Document], folder: Path, report: Report = warn) -> None:
    """ID.txt and ID.ann for each document, into an existing folder.

    Characters of an id other than ASCII letters, digits, `_` and inner `-` and dots are written %XX in the file's
    name, and a name that exists gets `~2`, `~3`, so no id leads out of the folder or overwrites another. Mentions that
    cross line ends are written in fragments, as brat does; line ends at a mention's own ends are cut off and reported.
    Relations between concepts rather than mentions have no place in brat and are reported. Scores are not written.
    """
    renamed: dict[str, str] = {}
    for document in documents:
        path = _free_path(folder, document.id, report)
        text = document.text.translate(NO_NUL)
        # Readers drop a byte order mark, so a text that begins with that character gets one more.
        path.write_bytes(text.encode("utf-8-sig" if text.startswith("\ufeff") else "utf-8"))
        with path.with_suffix(".ann").open("w", encoding="utf-8", newline="\n") as stream:
            stream.writelines(_ann_lines(document, text, renamed, report))


def _ann_lines(document: Document, text: str, renamed: dict[str, str], report: Report) -> Iterator[str]:
    def complain(message: str) -> None:
        report(Problem("brat output", message, None, document.id))

    references: dict[str, str] = {}
    notes = 0
    for number, annotation in enumerate(document.annotations, 1):
        fragments = list(_fragments(annotation))
        if not fragments or (fragments[0][0], fragments[-1][1]) != (annotation.start, annotation.end):
            kept = "written without them" if fragments else "left out"
            complain(f"the mention {excerpt(annotation.text)} begins or ends with a line end; {kept}")
        if not fragments:
            continue
        label = one_word(annotation.label, renamed, "brat output", report)
        places = ";".join(f"{start} {end}" for start, end in fragments)
        yield f"T{number}\t{label} {places}\t{' '.join(text[start:end] for start, end in fragments)}\n"
        references.setdefault(mention_argument(annotation), f"T{number}")
        for identifier in annotation.identifiers:
            notes += 1
            name = " ".join(annotation.text.split())
            yield f"N{notes}\tReference T{number} {' '.join(identifier.split())}\t{name}\n"
    linked = [(relation, _targets(relation, references)) for relation in document.relations]
    for number, (relation, targets) in enumerate((pair for pair in linked if pair[1]), 1):
        kind = one_word(relation.type, renamed, "brat output", report)
        yield f"R{number}\t{kind} {' '.join(f'Arg{place}:{target}' for place, target in enumerate(targets, 1))}\n"
    others = [relation for relation, targets in linked if not targets]
    if others:
        first = f"{others[0].type} of {', '.join(others[0].arguments)}"
        complain(f"{len(others)} relations (the first is {first}) are not between mentions, as brat's are; left out")


def _targets(relation: Relation, references: Mapping[str, str]) -> list[str]:
    """The ids of the mentions that a relation links; empty where it is not a relation between mentions."""
    targets = [mention_reference(argument, references) for argument in relation.arguments]
    return [target for target in targets if target] if len(targets) > 1 and all(targets) else []


def _read_exactly(path: Path) -> str:
    if path.stat().st_size > MAX_DOCUMENT_BYTES:
        raise BadInput(f"{path.name} is larger than {MAX_DOCUMENT_BYTES >> 20} MiB, the most a document may have")
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        byte = f"byte {error.object[error.start]:#04x} at position {error.start}"
        raise BadInput(f"{path.name} is not UTF-8 ({byte}); the document is left out") from error


def _to_id(stem: str) -> str:
    """The id that `_to_stem` made the name from; names that it would not have made are ids as they are."""
    document_id = unquote(stem, errors="replace")
    return document_id if _to_stem(document_id) == stem else stem


def _to_stem(document_id: str) -> str:
    """A file name for any id: nothing in it is a path, hidden, or special to a shell."""
    name = quote(document_id, safe="").replace("~", "%7E")
    name = f"%{ord(name[0]):02X}{name[1:]}" if name.startswith((".", "-")) else name
    return f"{name[:-1]}%2E" if name.endswith(".") else name


def _free_path(folder: Path, document_id: str, report: Report) -> Path:
    name = _to_stem(document_id) or "document"
    if len(name) > _MAX_NAME:
        name = (
            f"{name[:_MAX_NAME].rpartition('%')[0] or name[:_MAX_NAME]}~{sha256(document_id.encode()).hexdigest()[:12]}"
        )
    path = folder / f"{name}.txt"
    number = 1
    while path.exists():
        number += 1
        path = folder / f"{name}~{number}.txt"
    if _to_id(path.stem) != document_id:
        report(Problem("brat output", f"the document is written to {path.name}", None, document_id))
    return path


def _fragments(annotation: Annotation) -> Iterator[tuple[int, int]]:
    for match in re.finditer(r"[^\r\n]+", annotation.text):
        yield annotation.start + match.start(), annotation.start + match.end()


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
