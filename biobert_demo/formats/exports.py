"""A JSON or JSON Lines export of an annotation tool enters; its items with their lines, and places in them, leave."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from biobert_demo.annotations import Annotation
from biobert_demo.documents import Document
from biobert_demo.errors import InvalidSpan, Problem
from biobert_demo.formats.common import Report, SeenIds, excerpt, mention_argument, stem
from biobert_demo.formats.json_values import iterate_documents, iterate_lines, replace_surrogates
from biobert_demo.formats.losses import Losses

if TYPE_CHECKING:
    from biobert_demo.formats.files import DecodedText

Complain = Callable[[str], None]
"""Told of a span or a relation that cannot be used, in a sentence without its place."""

Convert = Callable[[dict[str, Any], str, Complain, Losses], Document | None]
"""(item, id for one that has none, complain, losses) -> its document, or None where the item says that it is none."""

_BIGGEST_BMP = "\uffff"


def read_export(
    stream: DecodedText, source: str, report: Report, convert: Convert, is_always_json: bool = False
) -> Iterator[Document]:
    """The documents that `convert` makes of the items of an array, or of JSON Lines.

    An item that is no document is reported with its line and left out. Where `is_always_json`, an item may run over
    several lines. Raises BadInput where JSON that is not read by lines is broken; what stands before is given out.
    """
    losses = Losses(source, report)
    seen = SeenIds(source, report)
    for number, (line, item) in enumerate(_items(stream, source, report, is_always_json), 1):
        made_up_id = f"{stem(source)}-{number}"
        try:
            if not isinstance(item, dict):
                raise ValueError("it is no object")
            document = convert(item, made_up_id, _complain(source, report, line, item, made_up_id), losses)
        except ValueError as error:
            message = f"item {number}, {excerpt(str(item))}, is no document ({error}); left out"
            report(Problem(source, message, line, text_lost=True))
            continue
        if document is not None:
            seen.check(document.id, line)
            yield document
    losses.tell()


def item_id(item: dict[str, Any], made_up_id: str, keys: tuple[str, ...] = ("id",)) -> str:
    """The first of an item's own names for itself, or the made up one."""
    return next(
        (str(item[key]) for key in keys if isinstance(item.get(key), str | int) and item[key] != ""), made_up_id
    )


def dicts(value: Any, complain: Complain, name: str) -> Iterator[dict[str, Any]]:
    """The objects of a list that may be absent; `complain` is told of anything else."""
    for one in value if isinstance(value, list) else [value] if value else []:
        if isinstance(one, dict):
            yield one
        else:
            complain(f"{excerpt(str(one))} among the {name} is no object; left out")


def locate(text: str, start: int, end: int, surface: str | None, losses: Losses, document_id: str) -> tuple[int, int]:
    """Code point offsets of a span that a browser may have counted in UTF-16 units.

    Only a surface text can tell; without one, or where neither count fits it, the offsets are returned as they are.
    """
    if surface is None or _is_same(text[start:end], surface) or max(text, default="") <= _BIGGEST_BMP:
        return start, end
    units = text.encode("utf-16-le")
    first, last = (len(units[: 2 * place].decode("utf-16-le", "ignore")) for place in (start, end))
    if not _is_same(text[first:last], surface):
        return start, end
    what = "spans in UTF-16 units, as browsers count, converted to code points by their text"
    losses.add(what, document_id, f"{excerpt(surface)} from {start}-{end} to {first}-{last}")
    return first, last


def shown_surface(text: str, start: int, end: int, surface: Any) -> str:
    """The surface to check a span with: some tools write a line end in it as a backslash and an n."""
    found = text[start:end]
    if surface is None or _is_same(found, str(surface)):
        return found
    return str(surface)


def link(
    references: dict[Any, Annotation], first: Any, second: Any, kind: str, complain: Complain
) -> tuple[str, str] | None:
    """How a relation names the two mentions that it links; `complain` is told where one of them was not read."""
    one, other = references.get(first), references.get(second)
    if one is None or other is None:
        complain(f"the relation {excerpt(kind)} links spans that were not read; left out")
        return None
    return mention_argument(one), mention_argument(other)


def guard(make: Callable[[], Annotation], complain: Complain) -> Annotation | None:
    """The annotation, or None where it does not fit its text, which `complain` is told."""
    try:
        return make()
    except KeyError as error:
        complain(f"`{error.args[0]}` is missing in a span; it is left out")
    except (InvalidSpan, ValueError, TypeError) as error:
        complain(f"{error}; the span is left out")
    return None


def _is_same(found: str, surface: str) -> bool:
    return found == surface or found.replace("\r", "\n").replace("\n", "\\n") == surface


def _items(stream: DecodedText, source: str, report: Report, is_always_json: bool) -> Iterator[tuple[int, Any]]:
    def tell(message: str, line: int, text_lost: bool = False) -> None:
        report(Problem(source, message, line, text_lost=text_lost))

    if not is_always_json and not stream.head().lstrip("\ufeff \t\r\n").startswith("["):
        yield from iterate_lines(stream, tell)
        return
    for line, item in iterate_documents(stream, source):  # type: ignore[arg-type]
        yield line, replace_surrogates(item, partial(tell, line=line))


def _complain(source: str, report: Report, line: int, item: Any, made_up_id: str) -> Complain:
    id = item_id(item, made_up_id) if isinstance(item, dict) else made_up_id
    return lambda message: report(Problem(source, message, line, id))
