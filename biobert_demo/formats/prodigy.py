"""An export of Prodigy (`prodigy db-out`), JSON Lines, enters; documents leave (https://prodi.gy/docs/api-interfaces).

{"text": "An allergy", "spans": [{"start": 3, "end": 10, "token_start": 1, "token_end": 1, "label": "Disease"}],
 "answer": "accept", "_input_hash": 17, "_task_hash": 18, "_annotator_id": "lab-ann", "meta": {"pmid": "7"}}
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from biobert_demo.annotations import Annotation, Relation
from biobert_demo.documents import Document
from biobert_demo.formats.common import Report, checked_annotation, excerpt
from biobert_demo.formats.exports import Complain, dicts, guard, item_id, link, locate, read_export, shown_surface
from biobert_demo.formats.losses import Losses
from biobert_demo.formats.records import to_offset

if TYPE_CHECKING:
    from biobert_demo.formats.files import DecodedText

_ID_KEYS = ("id", "pmid", "document_id", "doc_id")


def read_prodigy(stream: DecodedText, source: str, report: Report) -> Iterator[Document]:
    """The accepted examples, their spans as accepted and with their annotator; the others are reported once.

    An example is called by its `id`, or that in its `meta`, or its `_input_hash`, which several annotators' examples
    of one text share. A rejected example may mean that one of its spans is wrong or that the text is unfit, which the
    file does not tell, so its spans are not read as rejected ones.
    """
    yield from read_export(stream, source, report, _to_document)


def _to_document(item: dict[str, Any], made_up_id: str, complain: Complain, losses: Losses) -> Document | None:
    text = item.get("text")
    if not isinstance(text, str):
        raise ValueError("it has no `text`")
    meta = item["meta"] if isinstance(item.get("meta"), dict) else {}
    id = item_id(item, item_id(meta, item_id(item, made_up_id, ("_input_hash",)), _ID_KEYS))
    answer = item.get("answer", "accept")
    if answer != "accept":
        losses.add(f"examples with the answer {excerpt(str(answer))}, left out", id, excerpt(text), text_lost=True)
        return None
    author = item.get("_annotator_id") or item.get("_session_id")
    annotations: list[Annotation] = []
    references: dict[Any, Annotation] = {}
    for span in dicts(item.get("spans"), complain, "spans"):
        make = _maker(span, text, id, None if author is None else str(author), losses)
        annotation = guard(make, complain)
        if annotation is not None:
            annotations.append(annotation)
            references.setdefault((annotation.start, annotation.end), annotation)
    relations: list[Relation] = []
    for relation in dicts(item.get("relations"), complain, "relations"):
        kind = str(relation.get("label") or "relation")
        ends = link(references, _place(relation, "head_span"), _place(relation, "child_span"), kind, complain)
        if ends is not None:
            relations.append(Relation(kind, ends))
    return Document(id, text, (), tuple(sorted(annotations, key=lambda a: a.key)), tuple(relations))


def _maker(span: dict[str, Any], text: str, id: str, author: str | None, losses: Losses) -> Any:
    def make() -> Annotation:
        surface, score, model = span.get("text"), span.get("score"), span.get("source")
        start, end = to_offset(span["start"]), to_offset(span["end"])
        start, end = locate(text, start, end, surface, losses, id)
        return checked_annotation(
            text,
            start,
            end,
            shown_surface(text, start, end, surface),
            str(span.get("label") or ""),
            score=score if isinstance(score, int | float) and 0 <= score <= 1 else None,
            model=model if isinstance(model, str) and model else None,
            author=author,
            state="accepted",
        )

    return make


def _place(relation: dict[str, Any], key: str) -> tuple[Any, Any]:
    span = relation[key] if isinstance(relation.get(key), dict) else {}
    return span.get("start"), span.get("end")
