"""A document with a corpus's own labels and identifiers enters; the same with the project's leaves."""

from __future__ import annotations

from dataclasses import replace

from biobert_demo.annotations import Annotation, Relation, canonical_label
from biobert_demo.documents import Document
from trainer.corpora.identifiers import to_curies


def harmonise(document: Document) -> Document:
    """The document with the project's labels where one fits, and CURIEs in annotations and relations.

    A mention that a file lists twice becomes one, with the identifiers of both; overlapping mentions all stay.
    """
    curies: dict[str, tuple[str, ...]] = {}
    found: dict[tuple[int, int, str], Annotation] = {}
    for annotation in document.annotations:
        label = canonical_label(annotation.label)
        for raw in annotation.identifiers:
            curies.setdefault(raw, to_curies([raw], label))
        mention = replace(annotation, label=label, identifiers=to_curies(annotation.identifiers, label))
        twin = found.get(mention.key)
        if twin is not None:
            mention = replace(twin, identifiers=tuple(dict.fromkeys((*twin.identifiers, *mention.identifiers))))
        found[mention.key] = mention
    relations = tuple(
        Relation(relation.type, tuple(_argument(argument, curies) for argument in relation.arguments))
        for relation in document.relations
    )
    return replace(document, annotations=tuple(found[key] for key in sorted(found)), relations=relations)


def _argument(argument: str, curies: dict[str, tuple[str, ...]]) -> str:
    """A relation names concepts without their class, so the class is that of the mention with the same identifier."""
    known = curies.get(argument) or to_curies([argument], "")
    return known[0] if len(known) == 1 else argument
