"""What several formats share enters; line ends, repeated ids and places in files are treated alike everywhere."""

from __future__ import annotations

import re
import warnings
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import PurePath

from biobert_demo.annotations import Annotation
from biobert_demo.errors import InvalidSpan, Problem

Report = Callable[[Problem], None]
"""Receives each thing that could not be used; pass `list.append` to collect them."""

REMEMBERED_IDS = 100_000
"""How many document ids back a repeated id is noticed, so that memory stays constant however long a file is."""

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
) -> Annotation:
    """An annotation whose surface text stands in the document where it says.

    Raises InvalidSpan with the text that is found there instead; where the surface occurs exactly once elsewhere, the
    message says so, as a hint at offsets in bytes or UTF-16 units.
    """
    found = text[start:end] if 0 <= start <= end else ""
    if end > len(text):
        raise InvalidSpan(f"{start}-{end} lies outside the text of {len(text)} code points")
    if found != surface:
        where = f"; it occurs once, at {text.index(surface)}" if surface and text.count(surface) == 1 else ""
        raise InvalidSpan(f"{excerpt(surface)} is not the text at {start}-{end}, which is {excerpt(found)}{where}")
    return Annotation(start, end, surface, label, identifiers, score)


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
