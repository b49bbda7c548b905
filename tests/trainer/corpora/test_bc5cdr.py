"""An invented BC5CDR file enters; checks on chemicals, diseases and their relations leave."""

from __future__ import annotations

from biobert_demo.annotations import Relation


def test_chemicals_diseases_and_induced_disease_relations_are_kept(read_sample) -> None:
    [document], problems = read_sample("bc5cdr")
    assert problems == []
    assert [(a.text, a.label, a.identifiers) for a in document.annotations] == [
        ("Velocumab", "Chemical", ("MESH:D910001",)),
        ("lumositis", "Disease", ("MESH:D900006",)),
        ("Velocumab", "Chemical", ("MESH:D910001",)),
        ("lumositis", "Disease", ("MESH:D900006",)),
        ("renal or hepatic failure", "Disease", ("MESH:D910002", "MESH:D910003")),
    ]
    assert document.relations == (Relation("CID", ("MESH:D910001", "MESH:D900006")),)


def test_a_mention_without_a_concept_has_no_identifier(read_sample) -> None:
    [document], _ = read_sample("bc5cdr", "dev")
    assert [(a.text, a.identifiers) for a in document.annotations] == [
        ("Ethanol", ("MESH:D910004",)),
        ("dizziness", ()),
    ]
