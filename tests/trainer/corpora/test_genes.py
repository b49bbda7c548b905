"""Invented GNormPlus, NLM-Gene and DrugProt files enter; checks on their genes leave."""

from __future__ import annotations


def test_genes_and_families_are_genes_and_domains_are_not(read_sample) -> None:
    documents, problems = read_sample("gnormplus")
    assert [(a.text, a.label, a.identifiers) for a in documents[0].annotations] == [
        ("BRX", "Gene", ()),
        ("BRX7", "Gene", ("NCBIGene:960007",)),
        ("BRX8", "Gene", ("NCBIGene:960008",)),
        ("GLM domain", "DomainMotif", ()),
    ]
    assert [(p.line, p.document_id) for p in problems] == [(7, "9700001")]


def test_cells_and_chromosome_locations_keep_their_own_labels(read_sample) -> None:
    [document], _ = read_sample("nlm_gene")
    assert [(a.text, a.label, a.identifiers) for a in document.annotations] == [
        ("Dilp", "Gene", ("NCBIGene:31220",)),
        ("Dilp", "Gene", ("NCBIGene:31220", "NCBIGene:31221")),
        ("ILPs", "Gene", ("NCBIGene:31220", "NCBIGene:31222")),
        ("stem cells", "Cell", ()),
        ("3p21", "ChromosomeLocation", ()),
    ]


def test_drugprot_has_chemicals_and_genes(read_sample) -> None:
    [document], problems = read_sample("drugprot")
    assert problems == []
    assert [(a.text, a.label) for a in document.annotations] == [
        ("Apoglimmerine", "Chemical"),
        ("ZRX1", "Gene"),
        ("Apoglimmerine", "Chemical"),
    ]
