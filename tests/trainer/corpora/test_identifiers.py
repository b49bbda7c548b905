"""Identifiers as corpora write them enter; checks on their CURIEs leave."""

from __future__ import annotations

import pytest

from biobert_demo.annotations import Annotation, Relation
from biobert_demo.documents import Document
from trainer.corpora.harmonise import harmonise
from trainer.corpora.identifiers import to_curies


@pytest.mark.parametrize(
    ("written", "label", "curies"),
    [
        ("D012878", "Disease", ("MESH:D012878",)),
        (" D012878", "Disease", ("MESH:D012878",)),
        ("MESH:C535910", "Disease", ("MESH:C535910",)),
        ("OMIM:114500", "Disease", ("OMIM:114500",)),
        ("114500", "Disease", ("OMIM:114500",)),
        ("D001|OMIM:2", "Disease", ("MESH:D001", "OMIM:2")),
        ("D001+C002", "Disease", ("MESH:D001", "MESH:C002")),
        ("-1", "Disease", ()),
        ("-", "Chemical", ()),
        ("", "Chemical", ()),
        ("D001|-1", "Chemical", ("MESH:D001",)),
        ("672", "Gene", ("NCBIGene:672",)),
        ("672(Tax:9606),675(tax:9606)", "Gene", ("NCBIGene:672", "NCBIGene:675")),
        ("672;675,672", "Gene", ("NCBIGene:672", "NCBIGene:675")),
        ("9606", "Species", ("NCBITaxon:9606",)),
        ("Taxonomy:9606", "Strain", ("NCBITaxon:9606",)),
        ("NCBITaxon:9606", "Species", ("NCBITaxon:9606",)),
        ("CVCL_0224", "CellLine", ("Cellosaurus:CVCL_0224",)),
        ("rs1234", "SequenceVariant", ("dbSNP:rs1234",)),
        ("c|SUB|T|10|C", "SequenceVariant", ("c|SUB|T|10|C",)),
        ("CHEBI:16236", "Chemical", ("CHEBI:16236",)),
    ],
)
def test_identifiers_become_curies(written: str, label: str, curies: tuple[str, ...]) -> None:
    assert to_curies([written], label) == curies


def test_a_mention_listed_twice_becomes_one_with_both_identifiers_and_overlaps_stay() -> None:
    document = Document(
        "1",
        "BRX7 kinase",
        annotations=(
            Annotation(0, 11, "BRX7 kinase", "Protein"),
            Annotation(0, 4, "BRX7", "FamilyName", ("2",)),
            Annotation(0, 4, "BRX7", "Gene", ("1",)),
        ),
    )
    assert [(a.text, a.label, a.identifiers) for a in harmonise(document).annotations] == [
        ("BRX7", "Gene", ("NCBIGene:2", "NCBIGene:1")),
        ("BRX7 kinase", "Gene", ()),
    ]


def test_relations_name_the_concepts_of_their_mentions() -> None:
    document = Document(
        "1",
        "BRX7 in lumositis of 9",
        annotations=(
            Annotation(0, 4, "BRX7", "GeneOrGeneProduct", ("7",)),
            Annotation(8, 17, "lumositis", "DiseaseOrPhenotypicFeature", ("D1",)),
        ),
        relations=(Relation("Association", ("7", "D1")), Relation("Association", ("D2", "8"))),
    )
    assert [relation.arguments for relation in harmonise(document).relations] == [
        ("NCBIGene:7", "MESH:D1"),
        ("MESH:D2", "8"),
    ]
