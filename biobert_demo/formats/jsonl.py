"""JSON Lines, one document a line, enter and documents leave, and the other way round.

{"id": "1", "text": "An allergy ...", "spans": [{"start": 3, "end": 10, "label": "Disease"}]}

The spans may also be called `entities`, `annotations`, `labels` or `label`, or be [start, end, label] triples, which
covers what Prodigy, doccano, spaCy and Hugging Face pipelines write.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TextIO

from biobert_demo.annotations import Annotation, Relation
from biobert_demo.documents import Document, Passage
from biobert_demo.errors import InvalidSpan, Problem
from biobert_demo.formats.common import Report, SeenIds, checked_annotation, excerpt, stem, strip_line_end, warn
from biobert_demo.formats.json_values import parse_json

_SPANS = ("spans", "entities", "annotations", "labels", "label")
_LABELS = ("label", "type", "entity_group", "entity")
_LINE_BREAKERS = {"\x85": "\\u0085", "\u2028": "\\u2028", "\u2029": "\\u2029"}
"""Characters that some programs end a line at, and their JSON escapes."""


def read_jsonl(lines: Iterable[str], source: str, report: Report) -> Iterator[Document]:
    """The documents, one a line; those without an `id` are called `{file stem}-{line}`.

    The text is `text`, or `title` and `abstract` joined by a line end. A line that is no JSON object with a text, and
    one that Prodigy marks as rejected or ignored, is reported and left out; so is a span whose `text`, if it has one,
    does not stand at its offsets, but its document is kept.
    """
    seen = SeenIds(source, report)
    for number, raw_line in enumerate(lines, 1):
        line = strip_line_end(raw_line).removeprefix("\ufeff")
        if not line.strip():
            continue
        complain = _complain(source, report, number)
        try:
            raw = parse_json(line, complain)
            if not isinstance(raw, dict):
                raise ValueError("it is no object")
            bare = _bare_document(raw, f"{stem(source)}-{number}")
        except ValueError as error:
            complain(f"the line {excerpt(line)} is no document ({error}); left out", text_lost=True)
            continue
        complain = _complain(source, report, number, bare.id)
        if raw.get("answer", "accept") != "accept":
            complain(f"the document is marked {excerpt(str(raw['answer']))}; left out", text_lost=True)
            continue
        seen.check(bare.id, number)
        yield Document(
            bare.id,
            bare.text,
            tuple(_passages(raw, len(bare.text), complain)) or bare.passages,
            tuple(_annotations(raw, bare.text, complain)),
            tuple(_relations(raw, complain)),
        )


def write_jsonl(documents: Iterable[Document], stream: TextIO, report: Report = warn) -> None:
    """One object a line: id, text, passages, spans (scores with four digits) and, if there are any, relations."""
    for document in documents:
        raw: dict[str, Any] = {"id": document.id, "text": document.text}
        raw["passages"] = [{"kind": p.kind, "start": p.start, "end": p.end} for p in document.passages]
        raw["spans"] = [_from_annotation(annotation) for annotation in document.annotations]
        if document.relations:
            raw["relations"] = [{"type": r.type, "arguments": r.arguments} for r in document.relations]
        line = json.dumps(raw, ensure_ascii=False)
        for character, spelled in _LINE_BREAKERS.items():
            line = line.replace(character, spelled)
        stream.write(line + "\n")


def _complain(source: str, report: Report, line: int, document_id: str | None = None) -> Callable[..., None]:
    return lambda message, text_lost=False: report(Problem(source, message, line, document_id, text_lost))


def _bare_document(raw: dict[str, Any], made_up_id: str) -> Document:
    named = raw.get("id")
    document_id = made_up_id if named is None or named == "" else str(named)
    if isinstance(raw.get("text"), str):
        return Document(document_id, raw["text"])
    blocks = [(key, raw[key]) for key in ("title", "abstract") if isinstance(raw.get(key), str)]
    if not blocks:
        raise ValueError("it has neither `text` nor `title` and `abstract`")
    return Document.from_passages(document_id, blocks)


def _passages(raw: dict[str, Any], length: int, complain: Callable[[str], None]) -> list[Passage]:
    items = raw.get("passages") or []
    try:
        passages = [Passage(str(item["kind"]), _offset(item["start"]), _offset(item["end"])) for item in items]
    except (TypeError, KeyError, ValueError):
        complain(f"the passages {excerpt(str(items))} are not objects with kind, start and end; left out")
        return []
    bounds = [0, *(place for passage in passages for place in (passage.start, passage.end)), length]
    if bounds != sorted(bounds):
        complain(f"the passages overlap or lie outside the text of {length} code points; left out")
        return []
    return passages


def _annotations(raw: dict[str, Any], text: str, complain: Callable[[str], None]) -> Iterator[Annotation]:
    key = next((key for key in _SPANS if raw.get(key)), "spans")
    items = raw.get(key) or []
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
    start, end = _offset(item["start"]), _offset(item["end"])
    label = next((str(item[key]) for key in _LABELS if item.get(key)), "")
    surface = item.get("text", text[start:end])
    if not isinstance(surface, str):
        raise ValueError(f"the text of a span is {excerpt(str(surface))}")
    identifiers = item.get("identifiers") or ([item["identifier"]] if item.get("identifier") else [])
    if not isinstance(identifiers, list):
        raise ValueError(f"the identifiers of a span are {excerpt(str(identifiers))} rather than a list")
    score = item.get("score")
    if score is not None and not (isinstance(score, int | float) and 0 <= score <= 1):
        raise ValueError(f"the score of a span is {excerpt(str(score))} rather than a number from 0 to 1")
    return checked_annotation(text, start, end, surface, label, tuple(map(str, identifiers)), score)


def _relations(raw: dict[str, Any], complain: Callable[[str], None]) -> Iterator[Relation]:
    """Relations of other shapes, such as Prodigy's between tokens, are reported."""
    items = raw.get("relations") or []
    for item in items if isinstance(items, list) else [items]:
        if isinstance(item, dict) and item.get("type") and isinstance(item.get("arguments"), list):
            yield Relation(str(item["type"]), tuple(map(str, item["arguments"])))
        else:
            complain(f"the relation {excerpt(str(item))} is no object with `type` and a list `arguments`; left out")


def _offset(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"the offset {excerpt(str(value))} is not a whole number")
    return value


def _from_annotation(annotation: Annotation) -> dict[str, Any]:
    raw: dict[str, Any] = {
        "start": annotation.start,
        "end": annotation.end,
        "text": annotation.text,
        "label": annotation.label,
    }
    if annotation.score is not None:
        raw["score"] = round(annotation.score, 4)
    if annotation.identifiers:
        raw["identifiers"] = list(annotation.identifiers)
    return raw
