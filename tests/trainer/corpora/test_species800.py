"""Invented Species-800 files enter; checks that both native forms agree, and on the revised annotation, leave."""

from __future__ import annotations

from pathlib import Path

from biobert_demo.errors import Problem
from trainer.corpora import species800


def test_original_annotation_has_one_class_for_all_taxa(read_sample) -> None:
    [document], problems = read_sample("species800")
    assert problems == []
    assert [(a.text, a.label, a.identifiers) for a in document.annotations] == [
        ("Lumobacter brevis", "Species", ("NCBITaxon:900",)),
        ("E. coli", "Species", ("NCBITaxon:562",)),
        ("Lumobacter brevis", "Species", ("NCBITaxon:900",)),
        ("ℒ. brevis", "Species", ("NCBITaxon:900",)),
        ("E. coli", "Species", ("NCBITaxon:562",)),
    ]
    assert [p.kind for p in document.passages] == ["title", "abstract"]


def test_standoff_and_native_table_give_the_same_documents(read_sample, samples: Path) -> None:
    standoff = [document for part in ("train", "dev", "test") for document in read_sample("species800", part)[0]]
    problems: list[Problem] = []
    assert list(species800.read_native(samples / "species800", problems.append)) == standoff
    assert problems == []


def test_revised_annotation_keeps_its_classes_and_reports_discontinuous_mentions(read_sample) -> None:
    [document], problems = read_sample("species800_revised")
    assert [(a.text, a.label) for a in document.annotations] == [("bacteria", "Kingdom"), ("Lumobacter", "Genus")]
    assert [(p.line, p.document_id, p.message.partition(" ")[2][:23]) for p in problems] == [
        (5, "9500001", "mention 'bacteria brevis'"[:23]),
        (6, "9500001", "identifier 'Taxonomy:90"),
    ]
