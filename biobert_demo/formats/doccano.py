"""An export of doccano for sequence labelling, JSON Lines or JSON, enters; documents leave.

{"id": 7, "text": "An allergy", "label": [[3, 10, "Disease"]], "Comments": []}
{"id": 7, "text": "An allergy", "entities": [{"id": 1, "label": "Disease", "start_offset": 3, "end_offset": 10}],
 "relations": [{"id": 1, "from_id": 1, "to_id": 2, "type": "causes"}], "Comments": []}

The format: https://github.com/doccano/doccano, backend/data_export. doccano names the annotator in the name of the
file (ann.jsonl in the zip archive) and not inside it, except in versions before 1.5.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from biobert_demo.annotations import Annotation, Relation
from biobert_demo.documents import Document
from biobert_demo.formats.common import Report, checked_annotation, excerpt
from biobert_demo.formats.exports import Complain, dicts, guard, item_id, link, read_export
from biobert_demo.formats.losses import Losses
from biobert_demo.formats.records import to_offset

if TYPE_CHECKING:
    from biobert_demo.formats.files import DecodedText

_SPANS = ("entities", "label", "labels", "annotations")


def read_doccano(stream: DecodedText, source: str, report: Report) -> Iterator[Document]:
    """The examples, their spans as accepted; labels of whole documents and comments are reported once and left out.

    doccano writes no surface texts, so its offsets cannot be checked; they count code points unless the project was
    set to count grapheme clusters.
    """
    yield from read_export(stream, source, report, _to_document)


def _to_document(item: dict[str, Any], made_up_id: str, complain: Complain, losses: Losses) -> Document:
    id = item_id(item, made_up_id)
    text = next((item[key] for key in ("text", "data") if isinstance(item.get(key), str)), None)
    if text is None:
        raise ValueError("it has no `text`")
    if item.get("Comments") or item.get("comments"):
        losses.add("documents with comments, which were left out", id)
    annotations: list[Annotation] = []
    references: dict[Any, Annotation] = {}
    key = next((key for key in _SPANS if item.get(key)), "label")
    for raw in item[key] if isinstance(item.get(key), list) else []:
        if isinstance(raw, str):
            losses.add("labels of whole documents, left out", id, excerpt(raw))
            continue
        span = _as_dict(raw)
        if isinstance(span.get("label"), int):
            losses.add("spans whose label is a number; export with the names of labels", id, str(span["label"]))
        annotation = guard(lambda span=span: _to_annotation(span, text, item), complain)  # type: ignore[misc]
        if annotation is not None:
            annotations.append(annotation)
            references[span.get("id")] = annotation
    relations = tuple(_relations(item, references, complain))
    return Document(id, text, (), tuple(sorted(annotations, key=lambda a: a.key)), relations)


def _as_dict(raw: Any) -> dict[str, Any]:
    if isinstance(raw, list) and len(raw) >= 3:
        return {"start_offset": raw[0], "end_offset": raw[1], "label": raw[2]}
    return raw if isinstance(raw, dict) else {}


def _to_annotation(span: dict[str, Any], text: str, item: dict[str, Any]) -> Annotation:
    start, end = to_offset(span["start_offset"]), to_offset(span["end_offset"])
    author = span.get("user") or item.get("annotation_approver")
    label = str(span["label"])
    return checked_annotation(
        text, start, end, text[start:end], label, author=str(author) if author else None, state="accepted"
    )


def _relations(item: dict[str, Any], references: dict[Any, Annotation], complain: Complain) -> Iterator[Relation]:
    for relation in dicts(item.get("relations"), complain, "relations"):
        kind = str(relation.get("type") or "relation")
        ends = link(references, relation.get("from_id"), relation.get("to_id"), kind, complain)
        if ends is not None:
            yield Relation(kind, ends)
