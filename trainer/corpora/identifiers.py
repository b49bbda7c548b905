"""Identifiers as corpora write them enter; CURIEs such as `MESH:D006262` or `NCBIGene:672` leave."""

from __future__ import annotations

import re
from collections.abc import Iterable

_MESH = re.compile(r"[CD]\d+$")
_OMIM = re.compile(r"(?:OMIM:)?(\d+)$")
_DIGITS = re.compile(r"\d+$")
_TAXON = re.compile(r"(?:NCBITaxon|Taxonomy):(\d+)$")
_TAXON_OF_GENE = re.compile(r"\(tax:\d+\)$", re.IGNORECASE)
_NO_CONCEPT = frozenset(["", "-", "-1", "NULL", "None"])
_NUMBERED = {"Gene": "NCBIGene", "Species": "NCBITaxon", "Disease": "OMIM", "FamilyName": "NCBIGene"}


def to_curies(identifiers: Iterable[str], label: str) -> tuple[str, ...]:
    """One CURIE for each concept of a mention, in order and without repeats; `-1` and `-` mean none.

    Composite mentions ("breast and ovarian cancer") have several, joined by `|`, `+`, `,` or `;` in the files.
    A bare number is a gene, a taxon or an OMIM entry, as the label says; what is not known is kept as it is.
    """
    curies: dict[str, None] = {}
    for identifier in identifiers:
        parts = [identifier] if label in _WITH_SEPARATORS else re.split(r"[|+,;]", identifier)
        for part in parts:
            if part.strip() not in _NO_CONCEPT:
                curies[_to_curie(part.strip(), label)] = None
    return tuple(curies)


_WITH_SEPARATORS = frozenset(["SequenceVariant"])
"""Labels whose identifiers ("c|SUB|T|10|C") hold the separators as characters of their own."""


def _to_curie(identifier: str, label: str) -> str:
    identifier = _TAXON_OF_GENE.sub("", identifier)
    identifier = identifier.removeprefix("MESH:")
    taxon = _TAXON.match(identifier)
    if taxon is not None:
        return f"NCBITaxon:{taxon[1]}"
    if _MESH.match(identifier):
        return f"MESH:{identifier}"
    if _DIGITS.match(identifier) and label in _NUMBERED:
        return f"{_NUMBERED[label]}:{identifier}"
    if identifier.startswith("CVCL_"):
        return f"Cellosaurus:{identifier}"
    if label == "SequenceVariant" and re.match(r"rs\d+$", identifier):
        return f"dbSNP:{identifier}"
    return identifier
