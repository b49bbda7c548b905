"""A BioC document as nested dicts (the shape of BioC JSON) enters and a Document leaves, and the other way round.

BioC counts in document offsets: a passage and its annotations are placed in the whole document, whose text is the
passages in their order with gaps between (https://bioc.sourceforge.net). `bioc_xml` and `bioc_json` read and write
the files.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from biobert_demo.annotations import Annotation, Relation
from biobert_demo.documents import Document, Passage
from biobert_demo.errors import InvalidSpan, Problem
from biobert_demo.formats.common import (
    STATES,
    Report,
    checked_annotation,
    excerpt,
    join_identifiers,
    mention_argument,
    mention_reference,
    split_identifiers,
)
from biobert_demo.formats.losses import IDENTIFIERS_CHANGE, Losses
from biobert_demo.formats.records import SCORE_DIGITS

MAX_GAP = 1_000_000
"""Code points between two passages that are padded; a larger gap is closed up and reported."""

GAP = "gap"
"""The kind of a written passage that holds text from between two passages, where that is not just line ends."""

_IDENTIFIER_KEYS = frozenset(
    {"identifier", "identifiers", "mesh", "omim", "chebi", "taxonomy", "ncbitaxon", "ncbigene", "entrez", "uniprot"}
    | {"cellosaurus", "dbsnp", "ncbi gene", "ncbi gene identifier", "ncbi homologene", "ncbi taxonomy"}
)
_TYPE_KEYS = ("type", "relation")
_AUTHOR = "annotator"
"""The infon that TeamTat names people in, as it does remarks in `note`."""
_NOT_ARGUMENTS = frozenset([*_TYPE_KEYS, "score", "note", _AUTHOR, "updated_at"])

Raw = Mapping[str, Any]


@dataclass(slots=True)
class _Draft:
    """A document in the making: its text so far, and its annotations with how far their passage was moved."""

    id: str
    parts: list[str] = field(default_factory=list)
    length: int = 0
    passages: list[Passage] = field(default_factory=list)
    annotations: list[tuple[Raw, int]] = field(default_factory=list)


def to_document(raw: Raw, made_up_id: str, source: str, report: Report) -> Document:
    """The document that BioC's elements describe; gaps between passages are filled with line ends.

    Reported: annotations whose text does not stand at their offsets, that have no type or more than one location
    (left out), and passages that overlap or lie too far apart (put after one another; their annotations move along).
    Relations between annotations hold the "start-end" of their mentions, others the values of their infons.
    Raises ValueError where the passages cannot be read at all.
    """
    draft = _Draft(str(raw.get("id") or raw.get("_id") or "").strip() or made_up_id)

    def complain(message: str) -> None:
        report(Problem(source, message, None, draft.id))

    for passage in _list(raw, "passages"):
        kind = str(_infons(passage).get("type") or "paragraph")
        if passage.get("text") is None and _list(passage, "sentences"):
            for sentence in _list(passage, "sentences"):
                _add(draft, sentence, "sentence", complain)
            draft.annotations.extend((annotation, 0) for annotation in _list(passage, "annotations"))
        else:
            shift = _add(draft, passage, kind, complain)
            for sentence in _list(passage, "sentences"):
                draft.annotations.extend((annotation, shift) for annotation in _list(sentence, "annotations"))
    draft.annotations.extend((annotation, 0) for annotation in _list(raw, "annotations"))
    text = "".join(draft.parts)
    annotations: list[Annotation] = []
    references: dict[str, str] = {}
    for annotation, shift in draft.annotations:
        try:
            mention = _to_annotation(annotation, text, shift)
        except (InvalidSpan, ValueError) as error:
            complain(f"{error}; the annotation is left out")
            continue
        annotations.append(mention)
        references[str(annotation.get("id"))] = mention_argument(mention)
    relations: list[Relation] = []
    for element in (raw, *_list(raw, "passages")):
        for raw_relation in _list(element, "relations"):
            relation = _to_relation(raw_relation, references)
            if relation.arguments:
                relations.append(relation)
            else:
                complain(
                    f"the relation {relation.type} links neither annotations that were read nor concepts; left out"
                )
    return Document(draft.id, text, tuple(draft.passages), tuple(annotations), tuple(relations))


def from_document(document: Document, losses: Losses) -> dict[str, Any]:
    """BioC's elements of a document, in the order that its DTD wants, with document offsets.

    Text between passages that is more than line ends becomes a passage of the kind "gap", so that nothing is lost.
    """
    passages = [_from_passage(document, passage) for passage in _covering(document)]
    references: dict[str, str] = {}
    starts = [passage["offset"] for passage in passages]
    for number, annotation in enumerate(document.annotations, 1):
        references.setdefault(mention_argument(annotation), str(number))
        home = bisect_right(starts, annotation.start) - 1
        passages[max(home, 0)]["annotations"].append(_from_annotation(annotation, str(number), losses, document.id))
    relations = [
        _from_relation(relation, f"R{number}", references) for number, relation in enumerate(document.relations, 1)
    ]
    return {"id": document.id, "infons": {}, "passages": passages, "relations": relations}


def _add(draft: _Draft, block: Raw, kind: str, complain: Callable[[str], None]) -> int:
    """Append a passage or a sentence; how far it had to be moved from its offset is returned."""
    text = str(block.get("text") or "")
    offset = _to_number(block.get("offset"), "offset of a passage")
    gap = offset - draft.length
    if not 0 <= gap <= MAX_GAP:
        place = f"{-gap} code points inside" if gap < 0 else f"{gap} code points after"
        complain(
            f"the {kind} at offset {offset} lies {place} the text before it (offsets must count code points of the "
            f"whole document); put right after it"
        )
        gap = min(draft.length, 1)
    draft.parts += ["\n" * gap, text]
    start = draft.length + gap
    draft.length = start + len(text)
    if kind != GAP:
        draft.passages.append(Passage(kind, start, draft.length))
    draft.annotations.extend((annotation, start - offset) for annotation in _list(block, "annotations"))
    return start - offset


def _to_annotation(raw: Raw, text: str, shift: int) -> Annotation:
    infons = _infons(raw)
    label = str(infons.get("type") or "").strip()
    locations = _list(raw, "locations")
    stated = raw.get("text")
    if not label:
        raise ValueError(f"{excerpt(str(stated))} has no infon `type`")
    if len(locations) != 1:
        raise ValueError(f"{excerpt(str(stated))} has {len(locations)} locations, and one is needed")
    start = _to_number(locations[0].get("offset"), "offset of a location") + shift
    end = start + _to_number(locations[0].get("length"), "length of a location")
    surface = text[max(start, 0) : end] if stated is None else str(stated)
    identifiers = [
        identifier
        for key, value in infons.items()
        if key.casefold() in _IDENTIFIER_KEYS and isinstance(value, str | int)
        for identifier in split_identifiers(str(value), label)
    ]
    state = infons.get("state")
    return checked_annotation(
        text,
        start,
        end,
        surface,
        label,
        tuple(dict.fromkeys(identifiers)),
        _to_score(infons.get("score")),
        model=_to_name(infons.get("model")),
        author=_to_name(infons.get(_AUTHOR)),
        state=state if state in STATES else None,
        note=_to_name(infons.get("note")) or "",
    )


def _to_relation(raw: Raw, references: Mapping[str, str]) -> Relation:
    infons = _infons(raw)
    kind = next((str(infons[key]) for key in _TYPE_KEYS if infons.get(key)), "relation")
    values = [value for key, value in infons.items() if key.casefold() not in _NOT_ARGUMENTS]
    concepts = [value.get("identifier") if isinstance(value, dict) else value for value in values]
    arguments = [str(concept) for concept in concepts if concept is not None]
    nodes = [references.get(str(node.get("refid"))) for node in _list(raw, "nodes")]
    if nodes and all(nodes) and len(arguments) < 2:
        arguments = [node for node in nodes if node]
    return Relation(kind, tuple(arguments))


def _covering(document: Document) -> Iterator[Passage]:
    """The passages, and the gaps between them that reading would not fill in the same way."""
    place = 0
    for passage in document.passages:
        if document.text[place : passage.start] != _padding(passage.start - place):
            yield Passage(GAP, place, passage.start)
        yield passage
        place = passage.end
    if place < len(document.text):
        yield Passage(GAP, place, len(document.text))


def _padding(length: int) -> str:
    return "\n" * min(length, MAX_GAP)


def _from_passage(document: Document, passage: Passage) -> dict[str, Any]:
    text = document.text[passage.start : passage.end]
    return {"infons": {"type": passage.kind}, "offset": passage.start, "text": text, "annotations": []}


def _from_annotation(annotation: Annotation, number: str, losses: Losses, document_id: str) -> dict[str, Any]:
    infons = {"type": annotation.label}
    if annotation.identifiers:
        infons["identifier"], is_kept = join_identifiers(annotation)
        if not is_kept:
            losses.add(IDENTIFIERS_CHANGE, document_id, infons["identifier"])
    if annotation.score is not None:
        infons["score"] = str(round(annotation.score, SCORE_DIGITS))
    others = {"model": annotation.model, _AUTHOR: annotation.author, "state": annotation.state, "note": annotation.note}
    infons |= {key: value for key, value in others.items() if value}
    location = {"offset": annotation.start, "length": annotation.end - annotation.start}
    return {"id": number, "infons": infons, "locations": [location], "text": annotation.text}


def _from_relation(relation: Relation, number: str, references: Mapping[str, str]) -> dict[str, Any]:
    targets = [mention_reference(argument, references) for argument in relation.arguments]
    infons = {"type": relation.type}
    if targets and all(targets):
        nodes = [{"refid": target, "role": f"argument{place}"} for place, target in enumerate(targets, 1)]
        return {"id": number, "infons": infons, "nodes": nodes}
    infons |= {f"argument{place}": argument for place, argument in enumerate(relation.arguments, 1)}
    return {"id": number, "infons": infons, "nodes": []}


def _list(raw: Raw, key: str) -> list[Raw]:
    """The dicts of a list that may be absent; raises ValueError where it is something else."""
    value = raw.get(key) or []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise ValueError(f"`{key}` is {excerpt(str(value))} rather than a list of objects")
    return value


def _infons(raw: Raw) -> Raw:
    infons = raw.get("infons") or {}
    if not isinstance(infons, dict):
        raise ValueError(f"`infons` is {excerpt(str(infons))} rather than an object")
    return infons


def _to_number(value: Any, name: str) -> int:
    text = str(value).strip()
    if isinstance(value, bool) or not (text.isascii() and text.isdigit() and len(text) < 19):
        raise ValueError(f"the {name} is {excerpt(text)} rather than a whole number")
    return int(text)


def _to_name(value: Any) -> str | None:
    return str(value) if isinstance(value, str | int) and value != "" else None


def _to_score(value: Any) -> float | None:
    """A score that is a probability; other programs' scores of other kinds are none."""
    try:
        score = float(value)
    except (TypeError, ValueError):
        return None
    return score if 0 <= score <= 1 else None
