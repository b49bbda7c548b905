"""Invented BC2GM files enter; checks on genes in code points, alternatives and problems leave."""

from __future__ import annotations

from pathlib import Path

import pytest

from biobert_demo.errors import Problem
from trainer.corpora import bc2gm


@pytest.mark.parametrize(
    ("text", "stated", "places"),
    [
        ("ab cd ef", (2, 3), (3, 5)),
        ("ab cd ef", (1, 2), (1, 4)),
        ("ab cd ef", (0, 5), (0, 8)),
        ("β 😀 x", (1, 1), (2, 3)),
        ("a\u00a0\u2028b", (1, 1), (3, 4)),
        ("ab cd", (2, 4), (-1, -1)),
        ("ab cd", (3, 2), (-1, -1)),
        ("ab cd", (-1, 0), (-1, -1)),
        ("", (0, 0), (-1, -1)),
    ],
)
def test_inclusive_offsets_without_spaces_become_code_points(
    text: str, stated: tuple[int, int], places: tuple[int, int]
) -> None:
    assert bc2gm.to_code_points(text, *stated) == places


def test_sentences_come_with_their_genes(read_sample) -> None:
    documents, _ = read_sample("bc2gm")
    assert [(d.id, [(a.text, a.label) for a in d.annotations]) for d in documents] == [
        ("P09300001T0000", [("BRX7 kinase", "Gene"), ("zorbin receptor", "Gene"), ("ZR", "Gene")]),
        ("P09300002A0010", []),
        ("P09300003A0001", [("BRX7", "Gene")]),
    ]


def test_what_does_not_fit_is_reported_with_its_line(read_sample) -> None:
    _, problems = read_sample("bc2gm")
    assert sorted((p.line, p.document_id, p.message.partition(" is ")[0]) for p in problems) == [
        (2, "P09300001T0000", "the mention 'zorbin receptor'"),
        (5, "P09300002A0010", "the mention 'Zorbin'"),
        (6, "P09300009A0001", "the mention 'Lost' belongs to a sentence that train.in does not have; left out"),
        (7, None, "the line 'no bars'"),
    ]
    assert {p.source for p in problems} == {"GENE.eval"}


def test_alternatives_are_other_boundaries_of_the_same_sentences(samples: Path) -> None:
    problems: list[Problem] = []
    first, *others = bc2gm.read_alternatives(samples / "bc2gm", "train", problems.append)
    assert [a.text for a in first.annotations] == ["Human BRX7 kinase", "BRX7", "zorbin receptor ( ZR )"]
    assert [d.annotations for d in others] == [(), ()]
    assert problems == []


def test_the_official_training_set_is_train_and_dev_together(read_sample) -> None:
    whole = read_sample("bc2gm", "train+dev")[0]
    assert whole == read_sample("bc2gm", "train")[0] + read_sample("bc2gm", "dev")[0]
