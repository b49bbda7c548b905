"""brat standoff (ID.txt beside ID.ann) enters and documents leave, and the other way round.

T1<TAB>Disease 0 7<TAB>allergy                        a mention: label, code point offsets, text
N1<TAB>Reference T1 MESH:D006967<TAB>Hypersensitivity  its identifier
#1<TAB>AnnotatorNotes T1<TAB>sure?                    a reviewer's note on it
#2<TAB>Provenance T1<TAB>{"author": "ann", "state": "accepted"}  where it comes from (ours: brat shows it as a note)
R1<TAB>Causes Arg1:T2 Arg2:T1                          a relation (https://brat.nlplab.org/standoff.html)
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from biobert_demo.annotations import Annotation, Relation
from biobert_demo.documents import Document
from biobert_demo.errors import BadInput, InvalidSpan, Problem
from biobert_demo.formats.common import (
    MAX_DOCUMENT_BYTES,
    NO_NUL,
    STATES,
    Report,
    checked_annotation,
    excerpt,
    mention_argument,
    mention_reference,
    one_word,
    strip_line_end,
    warn,
)
from biobert_demo.formats.losses import Losses
from biobert_demo.formats.records import to_score, to_span

_MENTION = re.compile(r"(?P<label>\S.*?) (?P<fragments>\d+ \d+(?:;\d+ \d+)*)")
_REFERENCE = re.compile(r"\S+ (?P<target>\S+) (?P<identifier>.+)")
_RELATION = re.compile(r"(?P<type>\S+)(?P<arguments>(?: \S+?:\S+){2,})\s*")
_NOTE = re.compile(r"(?P<type>\S+) (?P<target>\S+)")
_PROVENANCE = "Provenance"
_REMARK = "AnnotatorNotes"
_KINDS = {"E": "events", "A": "attributes", "M": "modifications", "#": "notes", "*": "equivalences"}


_MAX_NAME = 120
"""Characters of a file name; file systems allow 255 bytes with suffixes."""


@dataclass(slots=True)
class _Lines:
    """What the lines of an .ann file say, by kind; relations are resolved when all mentions are known."""

    mentions: dict[str, Annotation] = field(default_factory=dict)
    identifiers: list[tuple[int, str, str]] = field(default_factory=list)
    relations: list[tuple[int, str, list[str]]] = field(default_factory=list)
    notes: list[tuple[int, str, str, str]] = field(default_factory=list)
    others: dict[str, list[int]] = field(default_factory=dict)


def read_brat(text: str, ann_lines: Iterable[str], document_id: str, source: str, report: Report) -> Document:
    """One document: labels and identifiers as written, relations with the "start-end" of the mentions they link.

    A mention in fragments is reported and left out, unless only line ends lie between the fragments, which is how
    brat writes a mention that crosses lines. Notes on mentions are read, and what `write_brat` puts in them. Events,
    attributes, modifications and notes on anything else are reported once a kind.
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
    for number, kind, target, content in found.notes:
        if target not in found.mentions:
            found.others.setdefault("#", []).append(number)
            continue
        try:
            found.mentions[target] = _with_note(found.mentions[target], kind, content)
        except ValueError as error:
            complain(f"the note on {target} cannot be used ({error})", number)
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
    Relations between concepts rather than mentions have no place in brat and are reported. Author, model, score and
    state are one note of the type Provenance, in JSON; a reviewer's remark is a note of brat's own type.
    """
    renamed: dict[str, str] = {}
    losses = Losses("brat output", report)
    for document in documents:
        path = _free_path(folder, document.id, losses)
        text = document.text.translate(NO_NUL)
        # Readers drop a byte order mark, so a text that begins with that character gets one more.
        path.write_bytes(text.encode("utf-8-sig" if text.startswith("\ufeff") else "utf-8"))
        with path.with_suffix(".ann").open("w", encoding="utf-8", newline="\n") as stream:
            stream.writelines(_ann_lines(document, text, renamed, losses, report))
    losses.tell()


def _ann_lines(document: Document, text: str, renamed: dict[str, str], losses: Losses, report: Report) -> Iterator[str]:
    references: dict[str, str] = {}
    notes = remarks = 0
    for number, annotation in enumerate(document.annotations, 1):
        fragments = list(_fragments(annotation))
        if not fragments or (fragments[0][0], fragments[-1][1]) != (annotation.start, annotation.end):
            kept = "written without it" if fragments else "left out, as they hold nothing else"
            what = f"mentions that begin or end with a line end, {kept}"
            losses.add(what, document.id, f"{excerpt(annotation.text)} at {annotation.start}-{annotation.end}")
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
        for kind, content in _notes(annotation):
            remarks += 1
            yield f"#{remarks}\t{kind} T{number}\t{content}\n"
    linked = [(relation, _targets(relation, references)) for relation in document.relations]
    for number, (relation, targets) in enumerate((pair for pair in linked if pair[1]), 1):
        kind = one_word(relation.type, renamed, "brat output", report)
        yield f"R{number}\t{kind} {' '.join(f'Arg{place}:{target}' for place, target in enumerate(targets, 1))}\n"
    others = [relation for relation, targets in linked if not targets]
    if others:
        first = f"{others[0].type} of {', '.join(others[0].arguments)}"
        what = "relations that are not between mentions, as brat's are, left out"
        losses.add(what, document.id, first, len(others))


def _notes(annotation: Annotation) -> Iterator[tuple[str, str]]:
    """(type, text) of the notes that carry what brat has no line for."""
    span = to_span(annotation)
    provenance: dict[str, Any] = {name: span[name] for name in ("author", "model", "score", "state") if name in span}
    shown = " ".join(annotation.note.split()).translate(NO_NUL)
    if annotation.note and shown != annotation.note:
        # A note of brat is one line, so the exact remark goes where JSON can spell its line ends.
        provenance["note"] = annotation.note
    if provenance:
        yield _PROVENANCE, json.dumps(provenance, ensure_ascii=False)
    if shown:
        yield _REMARK, shown


def _with_note(mention: Annotation, kind: str, content: str) -> Annotation:
    if kind != _PROVENANCE:
        return mention if mention.note else replace(mention, note=content)
    try:
        fields = json.loads(content)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if not isinstance(fields, dict):
        raise ValueError("it is no JSON object")
    state = fields.get("state")
    if state is not None and state not in STATES:
        raise ValueError(f"its state is {excerpt(str(state))}")
    names = {name: str(fields[name]) for name in ("author", "model", "note") if fields.get(name)}
    return replace(mention, score=to_score(fields.get("score")), state=state, **names)  # type: ignore[arg-type]


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


def _free_path(folder: Path, document_id: str, losses: Losses) -> Path:
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
        losses.add("documents in files that do not give their ids back", document_id, f"{document_id!r} in {path.name}")
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
    elif line[0] == "#" and (note := _NOTE.fullmatch(body)) is not None:
        found.notes.append((number, note["type"], note["target"], tail))
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
