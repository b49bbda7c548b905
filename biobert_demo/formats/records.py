"""A document as plain values (dicts, lists, strings and numbers) enters and a Document leaves, and the other way round.

{"id": "1", "text": "An allergy ...", "spans": [{"start": 3, "end": 10, "label": "Disease"}]}

JSON Lines, DocBin and datasets hold documents in this shape.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from biobert_demo.annotations import Annotation, Relation
from biobert_demo.documents import Document, Passage
from biobert_demo.errors import InvalidSpan
from biobert_demo.formats.common import STATES, checked_annotation, excerpt

SCORE_DIGITS = 4
"""Digits of a score that files keep."""

_SPANS = ("spans", "entities", "annotations", "labels", "label")
_LABELS = ("label", "type", "entity_group", "entity")


def to_record(document: Document) -> dict[str, Any]:
    """The document's id, text, passages, spans (see `to_span`) and, where there are any, relations."""
    record: dict[str, Any] = {"id": document.id, "text": document.text}
    record["passages"] = [{"kind": p.kind, "start": p.start, "end": p.end} for p in document.passages]
    record["spans"] = [to_span(annotation) for annotation in document.annotations]
    if document.relations:
        record["relations"] = [{"type": r.type, "arguments": list(r.arguments)} for r in document.relations]
    return record


def to_span(annotation: Annotation) -> dict[str, Any]:
    """start, end, text and label, and what else the annotation has: score, identifiers and provenance."""
    span: dict[str, Any] = {
        "start": annotation.start,
        "end": annotation.end,
        "text": annotation.text,
        "label": annotation.label,
    }
    if annotation.score is not None:
        span["score"] = round(annotation.score, SCORE_DIGITS)
    if annotation.identifiers:
        span["identifiers"] = list(annotation.identifiers)
    for name in ("model", "author", "state", "note"):
        if value := getattr(annotation, name):
            span[name] = value
    return span


def to_document(record: dict[str, Any], made_up_id: str, complain: Callable[[str], None]) -> Document:
    """The document of a record; one without an `id` is called `made_up_id`.

    The text is `text`, or `title` and `abstract` joined by a line end. The spans may also be called `entities`,
    `annotations`, `labels` or `label`, or be [start, end, label] triples. What does not fit is told to `complain` and
    left out; the document stays. Raises ValueError for a record without a text.
    """
    bare = _bare_document(record, made_up_id)
    return Document(
        bare.id,
        bare.text,
        tuple(_passages(record, len(bare.text), complain)) or bare.passages,
        tuple(_annotations(record, bare.text, complain)),
        tuple(_relations(record, complain)),
    )


def document_id(record: dict[str, Any], made_up_id: str) -> str:
    """The record's own id, or the made up one."""
    named = record.get("id")
    return made_up_id if named is None or named == "" else str(named)


def to_offset(value: Any) -> int:
    """A whole number from 0; raises ValueError for anything else."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"the offset {excerpt(str(value))} is not a whole number")
    return value


def to_score(value: Any) -> float | None:
    """A number from 0 to 1, or None; raises ValueError for anything else."""
    if value is not None and (isinstance(value, bool) or not (isinstance(value, int | float) and 0 <= value <= 1)):
        raise ValueError(f"the score of a span is {excerpt(str(value))} rather than a number from 0 to 1")
    return value


def _bare_document(record: dict[str, Any], made_up_id: str) -> Document:
    id = document_id(record, made_up_id)
    if isinstance(record.get("text"), str):
        return Document(id, record["text"])
    blocks = [(key, record[key]) for key in ("title", "abstract") if isinstance(record.get(key), str)]
    if not blocks:
        raise ValueError("it has neither `text` nor `title` and `abstract`")
    return Document.from_passages(id, blocks)


def _passages(record: dict[str, Any], length: int, complain: Callable[[str], None]) -> list[Passage]:
    items = record.get("passages") or []
    try:
        passages = [Passage(str(item["kind"]), to_offset(item["start"]), to_offset(item["end"])) for item in items]
    except (TypeError, KeyError, ValueError):
        complain(f"the passages {excerpt(str(items))} are not objects with kind, start and end; left out")
        return []
    bounds = [0, *(place for passage in passages for place in (passage.start, passage.end)), length]
    if bounds != sorted(bounds):
        complain(f"the passages overlap or lie outside the text of {length} code points; left out")
        return []
    return passages


def _annotations(record: dict[str, Any], text: str, complain: Callable[[str], None]) -> Iterator[Annotation]:
    key = next((key for key in _SPANS if record.get(key)), "spans")
    items = record.get(key) or []
    if not isinstance(items, list):
        complain(f"`{key}` is {excerpt(str(items))} rather than a list; left out")
        return
    for item in items:
        try:
            yield _to_annotation(item, text)
        except (InvalidSpan, ValueError, TypeError, KeyError) as error:
            what = f"`{error.args[0]}` is missing in {excerpt(str(item))}" if isinstance(error, KeyError) else error
            complain(f"{what}; the span is left out")


def _to_annotation(item: Any, text: str) -> Annotation:
    if isinstance(item, list) and len(item) >= 3:
        item = {"start": item[0], "end": item[1], "label": item[2]}
    if not isinstance(item, dict):
        raise ValueError(f"the span {excerpt(str(item))} is neither an object nor [start, end, label]")
    start, end = to_offset(item["start"]), to_offset(item["end"])
    label = next((str(item[key]) for key in _LABELS if item.get(key)), "")
    surface = text[start:end] if item.get("text") is None else item["text"]
    if not isinstance(surface, str):
        raise ValueError(f"the text of a span is {excerpt(str(surface))}")
    identifiers = item.get("identifiers") or ([item["identifier"]] if item.get("identifier") else [])
    if not isinstance(identifiers, list):
        raise ValueError(f"the identifiers of a span are {excerpt(str(identifiers))} rather than a list")
    state = item.get("state") or None
    if state is not None and state not in STATES:
        raise ValueError(f"the state of a span is {excerpt(str(state))} rather than one of {', '.join(STATES)}")
    return checked_annotation(
        text,
        start,
        end,
        surface,
        label,
        tuple(map(str, identifiers)),
        to_score(item.get("score")),
        model=_name(item, "model"),
        author=_name(item, "author"),
        state=state,
        note=_name(item, "note") or "",
    )


def _name(item: dict[str, Any], key: str) -> str | None:
    value = item.get(key)
    return None if value is None or value == "" else str(value)


def _relations(record: dict[str, Any], complain: Callable[[str], None]) -> Iterator[Relation]:
    """Relations of other shapes, such as Prodigy's between tokens, are reported."""
    items = record.get("relations") or []
    for item in items if isinstance(items, list) else [items]:
        if isinstance(item, dict) and item.get("type") and isinstance(item.get("arguments"), list):
            yield Relation(str(item["type"]), tuple(map(str, item["arguments"])))
        else:
            complain(f"the relation {excerpt(str(item))} is no object with `type` and a list `arguments`; left out")
