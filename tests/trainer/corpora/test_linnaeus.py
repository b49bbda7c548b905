"""Invented LINNAEUS papers and tables enter; checks on species and problems leave."""

from __future__ import annotations

from pathlib import Path

from trainer.corpora import linnaeus


def test_papers_come_with_species_and_every_taxon_of_a_mention(read_sample) -> None:
    [paper], _ = read_sample("linnaeus")
    assert [(a.text, a.label, a.identifiers) for a in paper.annotations] == [
        ("Yeast", "Species", ("NCBITaxon:4932",)),
        ("yeast", "Species", ("NCBITaxon:4932",)),
        ("S. cerevisiae", "Species", ("NCBITaxon:4932",)),
        ("E. coli", "Species", ("NCBITaxon:562", "NCBITaxon:83333")),
    ]
    assert [paper.text[p.start : p.end] for p in paper.passages] == [
        "Yeast and men",
        "We grew yeast\u2028(S. cerevisiae) with E. coli.",
        "References",
        "None.",
    ]


def test_words_that_only_hint_at_a_species_are_in_the_other_table(samples: Path) -> None:
    [paper] = linnaeus.read_table(samples / "linnaeus", "train", [].append, "tags.tsv")
    assert ("men", ("NCBITaxon:9606",)) in [(a.text, a.identifiers) for a in paper.annotations]


def test_what_does_not_fit_is_reported_with_its_line(read_sample) -> None:
    def places(part: str) -> list[tuple[str, int | None, str | None]]:
        return sorted((p.source, p.line, p.document_id) for p in read_sample("linnaeus", part)[1])

    everywhere = [("filtered_tags.tsv", 12, "pmcA9"), ("filtered_tags.tsv", 13, None)]
    assert places("train") == [*everywhere, ("train.txt", 2, "pmcA8")]
    assert places("dev") == [("filtered_tags.tsv", 11, "pmcA2"), *everywhere]
