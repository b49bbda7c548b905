"""What several formats share enters; line ends, repeated ids and places in files are treated alike everywhere."""

from __future__ import annotations

import re
import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from itertools import chain, count
from pathlib import PurePath

from biobert_demo.annotations import Annotation
from biobert_demo.documents import Document, Passage
from biobert_demo.errors import InvalidSpan, Problem

Report = Callable[[Problem], None]
"""Receives each thing that could not be used; pass `list.append` to collect them."""

REMEMBERED_IDS = 100_000
"""How many document ids back a repeated id is noticed, so that memory stays constant however long a file is."""

MAX_DOCUMENT_BYTES = 16 * 2**20
"""The most a document may take in its file, unpacked: a gzip bomb of one endless document is stopped there.

Parsing one made of nothing but markup takes up to some fifty times as much memory, well under a gigabyte.
"""

NO_NUL = str.maketrans({"\0": "\ufffd"})
"""For `str.translate`: text files with a NUL are taken for binary ones everywhere; one character stays one."""

STATES = ("unseen", "accepted", "rejected", "ignored")
"""What `Annotation.state` may be in a file; the same words as `review.STATES`."""

_LONGEST_SEARCHED = 200_000
"""Code points; searching longer texts for each of many misplaced mentions would take for ever."""

_SEPARATORS = re.compile(r"[|+,;]")
_NO_CONCEPT = frozenset(["", "-", "-1"])
_VARIANT = re.compile(r"variant|mutation|snp", re.IGNORECASE)
_MENTION = re.compile(r"\d+-\d+$")


def warn(problem: Problem) -> None:
    """The report of a writer that is given none: a Python warning, so that nothing is lost in silence."""
    warnings.warn(str(problem), stacklevel=3)


def strip_line_end(line: str) -> str:
    """The line without its LF or CRLF; every other character, U+2028 and form feeds included, is text."""
    return line.removesuffix("\n").removesuffix("\r")


def stem(source: str) -> str:
    """The file's name without its folder and suffixes ("a/b.conll.gz" -> "b"): the start of ids made up for it."""
    name = PurePath(source).name.removesuffix(".gz")
    return name.rpartition(".")[0] or name or "document"


def excerpt(text: str, length: int = 60) -> str:
    """A quoted, one-line form of a text for a message."""
    return repr(text if len(text) <= length else f"{text[: length - 1]}…")


def checked_annotation(
    text: str,
    start: int,
    end: int,
    surface: str,
    label: str,
    identifiers: tuple[str, ...] = (),
    score: float | None = None,
    *,
    model: str | None = None,
    author: str | None = None,
    state: str | None = None,
    note: str = "",
) -> Annotation:
    """An annotation whose surface text stands in the document where it says.

    Raises InvalidSpan with the text that is found there instead; where the surface occurs exactly once elsewhere, the
    message says so, as a hint at offsets in bytes or UTF-16 units.
    """
    found = text[start:end] if 0 <= start <= end else ""
    if end > len(text) or found != surface:
        is_hint = surface and len(text) <= _LONGEST_SEARCHED and text.count(surface) == 1
        where = f"; it occurs once, at {text.index(surface)}" if is_hint else ""
        if end > len(text):
            place = f"{start}-{end} lies outside the text of {len(text)} code points"
            raise InvalidSpan(f"{excerpt(surface)} cannot be at its place: {place}{where}")
        raise InvalidSpan(f"{excerpt(surface)} is not the text at {start}-{end}, which is {excerpt(found)}{where}")
    return Annotation(start, end, surface, label, identifiers, score, model, author, state, note)


def blocks(document: Document) -> Iterator[Passage]:
    """The passages, and a passage of the kind "gap" wherever text other than white space lies outside them."""
    place = 0
    for passage in document.passages:
        if document.text[place : passage.start].strip():
            yield Passage("gap", place, passage.start)
        yield passage
        place = passage.end
    if document.text[place:].strip():
        yield Passage("gap", place, len(document.text))


def one_word(label: str, renamed: dict[str, str], source: str, report: Report) -> str:
    """The label with "_" for white space, for formats that end a label there; two labels never get one word.

    `renamed` keeps the word of every label of the file.
    """
    if label not in renamed:
        plain = "_".join(label.split()).translate(NO_NUL) or "_"
        taken = set(renamed.values())
        words = chain([plain], (f"{plain}_{number}" for number in count(2)))
        word = next(one for one in words if one not in taken)
        if word != label:
            why = "cannot hold" if plain != label else "has the name of another label for"
            report(Problem(source, f"this format {why} the label {label!r}; written as {word!r}"))
        renamed[label] = word
    return renamed[label]


def split_identifiers(field: str, label: str) -> tuple[str, ...]:
    """The identifiers of a mention; composite mentions have several, joined by `|`, `+`, `,` or `;`.

    Those of sequence variants ("c|SUB|T|10|C") hold the separators as characters of their own and stay whole.
    """
    parts = [field] if _VARIANT.search(label) else _SEPARATORS.split(field)
    return tuple(dict.fromkeys(part.strip() for part in parts if part.strip() not in _NO_CONCEPT))


def join_identifiers(annotation: Annotation) -> tuple[str, bool]:
    """The identifiers of a mention in one field, joined by `|`, and whether they will be read as the same ones."""
    joined = "|".join(annotation.identifiers)
    return joined, split_identifiers(joined, annotation.label) == annotation.identifiers


def mention_argument(annotation: Annotation) -> str:
    """How a relation names one mention rather than a concept: its offsets, "start-end"."""
    return f"{annotation.start}-{annotation.end}"


def mention_reference(argument: str, references: Mapping[str, str]) -> str | None:
    """The file's own id of the mention that an argument of the form "start-end" names; None for a concept."""
    return references.get(argument) if _MENTION.match(argument) else None


class SeenIds:
    """The last REMEMBERED_IDS document ids of a file."""

    def __init__(self, source: str, report: Report) -> None:
        self._source = source
        self._report = report
        self._seen: OrderedDict[str, int] = OrderedDict()

    def check(self, document_id: str, line: int | None = None) -> None:
        """Report an id that occurred before; the document is kept all the same."""
        number = self._seen.pop(document_id, 0) + 1
        self._seen[document_id] = number
        if number > 1:
            message = f"the document id {document_id!r} occurs for the {_ordinal(number)} time; both are kept"
            self._report(Problem(self._source, message, line, document_id))
        if len(self._seen) > REMEMBERED_IDS:
            self._seen.popitem(last=False)


def _ordinal(number: int) -> str:
    suffix = {1: "st", 2: "nd", 3: "rd"}.get(number % 10 if number % 100 not in (11, 12, 13) else 0, "th")
    return f"{number}{suffix}"
