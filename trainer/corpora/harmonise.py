"""A document with a corpus's own labels and identifiers enters; the same with the project's leaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from biobert_demo.annotations import Annotation, Relation, canonical_label
from biobert_demo.documents import Document
from trainer.corpora.identifiers import to_curies


def harmonise(document: Document, to_label: Callable[[str], str] = canonical_label) -> Document:
    """The document with the project's labels where one fits, and CURIEs in annotations and relations."""
    curies: dict[str, tuple[str, ...]] = {}
    annotations: list[Annotation] = []
    for annotation in document.annotations:
        label = to_label(annotation.label)
        identifiers = to_curies(annotation.identifiers, label)
        for raw in annotation.identifiers:
            curies.setdefault(raw, to_curies([raw], label))
        annotations.append(replace(annotation, label=label, identifiers=identifiers))
    annotations.sort(key=lambda annotation: annotation.key)
    relations = tuple(
        Relation(relation.type, tuple(_argument(argument, curies) for argument in relation.arguments))
        for relation in document.relations
    )
    return replace(document, annotations=tuple(annotations), relations=relations)


def _argument(argument: str, curies: dict[str, tuple[str, ...]]) -> str:
    """A relation names concepts without their class, so the class is that of the mention with the same identifier."""
    known = curies.get(argument) or to_curies([argument], "")
    return known[0] if len(known) == 1 else argument
