"""An invented BioRED file enters; checks on its four labels, other classes and relations leave."""

from __future__ import annotations


def test_four_labels_are_the_projects_and_other_classes_keep_their_own(read_sample) -> None:
    documents, problems = read_sample("biored")
    assert problems == []
    assert [(a.text, a.label, a.identifiers) for a in documents[1].annotations] == [
        ("BRX7", "Gene", ("NCBIGene:960007",)),
        ("p.V600E", "SequenceVariant", ("p|SUB|V|600|E",)),
        ("glimmer ataxia", "Disease", ("MESH:D900001",)),
        ("patients", "Species", ("NCBITaxon:9606",)),
        ("K99", "CellLine", ("Cellosaurus:CVCL_0099",)),
        ("BRX7 and BRX8", "Gene", ("NCBIGene:960007", "NCBIGene:960008")),
    ]


def test_relations_name_concepts_as_the_mentions_do(read_sample) -> None:
    documents, _ = read_sample("biored")
    assert [(r.type, r.arguments) for r in documents[1].relations] == [
        ("Association", ("NCBIGene:960007", "MESH:D900001", "Novel")),
        ("Positive_Correlation", ("p|SUB|V|600|E", "MESH:D900001", "No")),
    ]
