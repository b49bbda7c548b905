"""A folder of public vocabularies enters; (name, class) pairs for the gazetteer leave.

Sources: MeSH descriptors and supplementary concepts (US National Library of Medicine), HGNC gene names (CC0), Mondo
(CC BY 4.0) and the Disease Ontology (CC0), NCBI Taxonomy names (public domain), each as the data folder has it.
"""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator
from pathlib import Path

from biobert_demo.gazetteer import Gazetteer

_MESH_CLASSES = (
    ("C", "Disease"),
    ("F03", "Disease"),
    ("D12", "Protein"),
    ("D08", "Protein"),
    ("D", "Chemical"),
    ("B", "Species"),
)


def build_gazetteer(folder: Path) -> Gazetteer:
    """A gazetteer of all names in the vocabularies that the folder holds."""
    return Gazetteer.build(read_names(folder))


def read_names(folder: Path) -> Iterator[tuple[str, str]]:
    """(name, class) from every vocabulary there; files that are absent are passed over."""
    readers = {
        "mesh_id_label_mappings.tsv.gz": _mesh,
        "hgnc_entries.tsv.gz": _hgnc,
        "mondo.json.gz": _ontology,
        "doid.json.gz": _ontology,
        "ncbi_taxonomy_common_names.tsv.gz": _taxonomy,
    }
    for name, read in readers.items():
        if (folder / name).exists():
            yield from read(folder / name)
    supplement = folder / "mesh_supp_id_label_mappings.tsv.gz"
    if supplement.exists() and (folder / "mesh_id_label_mappings.tsv.gz").exists():
        yield from _mesh_supplement(supplement, _mesh_classes(folder / "mesh_id_label_mappings.tsv.gz"))


def _rows(path: Path) -> Iterator[list[str]]:
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        for line in stream:
            yield line.rstrip("\n").split("\t")


def _mesh_class(trees: str) -> str:
    for tree in trees.split("|"):
        for prefix, kind in _MESH_CLASSES:
            if tree.startswith(prefix):
                return kind
    return "other"


def _mesh_classes(path: Path) -> dict[str, str]:
    return {row[0]: _mesh_class(row[3]) for row in _rows(path) if len(row) > 3}


def _mesh(path: Path) -> Iterator[tuple[str, str]]:
    for _, name, synonyms, trees, *_ in _rows(path):
        for synonym in (name, *synonyms.split("|")):
            yield synonym, _mesh_class(trees)


def _mesh_supplement(path: Path, classes: dict[str, str]) -> Iterator[tuple[str, str]]:
    for row in _rows(path):
        if len(row) < 4:
            continue
        kind = next((classes[d] for d in row[3].split("|") if d in classes), "other")
        for synonym in (row[1], *row[2].split("|")):
            yield synonym, kind


def _hgnc(path: Path) -> Iterator[tuple[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE):
            if (row["Status"] or "").startswith("Approved"):
                yield row["Approved name"], "Gene"
                symbols = [
                    row["Approved symbol"],
                    *(row["Alias symbols"] or "").split(", "),
                    *(row["Previous symbols"] or "").split(", "),
                ]
                for symbol in symbols:
                    if symbol:
                        yield symbol, "Gene"
                        # Mouse and rat write the same symbol as "Trp53".
                        if symbol.isupper():
                            yield symbol[0] + symbol[1:].lower(), "Gene"


def _ontology(path: Path) -> Iterator[tuple[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        for term in json.load(stream):
            yield term["name"], "Disease"
            for synonym in term.get("synonyms", []):
                yield (synonym if isinstance(synonym, str) else synonym.get("name", "")), "Disease"


def _taxonomy(path: Path) -> Iterator[tuple[str, str]]:
    for row in _rows(path):
        if len(row) < 4 or row[0].startswith("#"):
            continue
        yield row[1], "Species"
        yield row[2], "Species"
        genus, _, epithet = row[1].partition(" ")
        if row[3] == "species" and epithet:
            yield f"{genus[0]} {epithet}", "Species"
            yield genus, "Species"
