"""Annotations and label names: what is accepted, what is refused, and with which words."""

from __future__ import annotations

import pytest

from biobert_demo.annotations import LABEL_NAMES, LABELS, Annotation, canonical_label
from biobert_demo.errors import BiobertDemoError, InvalidSpan


@pytest.mark.parametrize(
    ("start", "end", "text", "label", "words"),
    [
        (-1, 3, "abcd", "Gene", "start -1"),
        (3, 3, "", "Gene", "start 3 and end 3"),
        (5, 2, "abc", "Gene", "start 5 and end 2"),
        (0, 4, "abc", "Gene", "covers 4 code points"),
        (0, 2, "\U0001d6fc", "Gene", "has 1"),
        (0, 3, "abc", "", "no label"),
    ],
)
def test_annotation_that_cannot_be_is_refused(start: int, end: int, text: str, label: str, words: str) -> None:
    with pytest.raises(InvalidSpan) as failure:
        Annotation(start, end, text, label)
    assert words in str(failure.value)
    assert "\n" not in str(failure.value)


def test_invalid_span_is_a_value_error_and_one_of_ours() -> None:
    assert issubclass(InvalidSpan, ValueError)
    assert issubclass(InvalidSpan, BiobertDemoError)


def test_key_is_what_strict_scoring_compares() -> None:
    one = Annotation(0, 3, "TP5", "Gene", score=0.4, model="a")
    other = Annotation(0, 3, "TP5", "Gene", identifiers=("NCBIGene:7157",), author="somebody")
    assert one.key == other.key == (0, 3, "Gene")
    assert one != other


@pytest.mark.parametrize(
    ("name", "canonical"),
    [
        ("Drug", "Chemical"),
        (" drug ", "Chemical"),
        ("Drug / chemical", "Chemical"),
        ("CHEMICAL", "Chemical"),
        ("ChemicalEntity", "Chemical"),
        ("DISEASE", "Disease"),
        ("SpecificDisease", "Disease"),
        ("DiseaseOrPhenotypicFeature", "Disease"),
        ("GeneOrGeneProduct", "Gene"),
        ("protein", "Gene"),
        ("OrganismTaxon", "Species"),
        ("CellLine", "CellLine"),
        ("  SequenceVariant", "SequenceVariant"),
        ("", ""),
    ],
)
def test_names_of_labels_are_read_through_their_aliases(name: str, canonical: str) -> None:
    assert canonical_label(name) == canonical


def test_no_name_stands_for_two_labels() -> None:
    assert LABEL_NAMES == ("Disease", "Chemical", "Gene", "Species")
    for label in LABELS:
        for name in (label.name, label.shown, *label.aliases):
            assert canonical_label(name) == label.name
