"""Invented clinical notes and concepts enter; checks on places, labels and problems leave."""

from __future__ import annotations

import pytest

from biobert_demo.errors import BadInput, Problem
from trainer.corpora import CORPORA, i2b2_2010


def test_concepts_are_found_whatever_their_case_and_spacing(read_sample) -> None:
    [note], _ = read_sample("i2b2_2010")
    assert [(a.text, a.label) for a in note.annotations] == [
        ("Chest Pain", "Disease"),
        ("aspirin 81 mg", "Chemical"),
        ("An electrocardiogram", "test"),
    ]


def test_what_does_not_fit_is_reported_with_its_line(read_sample) -> None:
    _, problems = read_sample("i2b2_2010")
    assert [(p.source, p.line, p.document_id) for p in problems] == [
        ("note-1.con", 4, "note-1"),
        ("note-1.con", 5, "note-1"),
        ("note-1.con", 6, "note-1"),
        ("note-2.txt", None, "note-2"),
    ]


def test_notes_and_concepts_may_lie_side_by_side(read_sample) -> None:
    [note], problems = read_sample("i2b2_2010", "test")
    assert ([a.text for a in note.annotations], problems) == (["fever"], [])


@pytest.mark.parametrize(
    ("text", "concept", "found"),
    [
        ("a  b\tc d", 'c="b c" 1:1 1:2||t="problem"', "b\tc"),
        ("a b\r\nc d\r\n", 'c="d" 2:1 2:1||t="problem"', "d"),
        ("β-Blocker 😀 x", 'c="β-blocker" 1:0 1:0||t="treatment"', "β-Blocker"),
        ('a "b" c', 'c=""b"" 1:1 1:1||t="problem"', '"b"'),
    ],
)
def test_tokens_are_cut_at_white_space(text: str, concept: str, found: str) -> None:
    problems: list[Problem] = []
    note = i2b2_2010.read_note(text, [concept], "n", "n.con", problems.append)
    assert ([a.text for a in note.annotations], problems) == ([found], [])


def test_weights_trained_on_licensed_notes_may_not_ship_and_the_caveat_is_stated() -> None:
    corpus = CORPORA["i2b2_2010"]
    assert not corpus.may_ship
    assert any("treatment" in caveat for caveat in corpus.caveats)


def test_a_part_without_notes_is_named(tmp_path) -> None:
    with pytest.raises(BadInput, match=r"no notes train/\*\.txt"):
        list(i2b2_2010.read(tmp_path, "train", [].append))
