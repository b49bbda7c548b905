"""Identifiers as corpora write them enter; CURIEs such as `MESH:D006262` or `NCBIGene:672` leave."""

from __future__ import annotations

import re
from collections.abc import Iterable

from biobert_demo.formats.pubtator import split_identifiers

_MESH = re.compile(r"[CD]\d+$")
_OMIM = re.compile(r"(?:OMIM:)?(\d+)$")
_DIGITS = re.compile(r"\d+$")
_TAXON = re.compile(r"(?:NCBITaxon|Taxonomy):(\d+)$")
_TAXON_OF_GENE = re.compile(r"\(tax:\d+\)$", re.IGNORECASE)
_NUMBERED = {"Gene": "NCBIGene", "Species": "NCBITaxon", "Disease": "OMIM"}


def to_curies(identifiers: Iterable[str], label: str) -> tuple[str, ...]:
    """One CURIE for each concept of a mention, in order and without repeats; `-1` and `-` mean none.

    Composite mentions ("breast and ovarian cancer") have several, joined by `|`, `+`, `,` or `;` in the files.
    A bare number is a gene, a taxon or an OMIM entry, as the label says; what is not known is kept as it is.
    """
    parts = (part for identifier in identifiers for part in split_identifiers(identifier, label))
    return tuple(dict.fromkeys(_to_curie(part, label) for part in parts))


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
