"""Texts and words enter `unmatched_brackets`; the table says which brackets stand alone."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from biobert_demo.brackets import unmatched_brackets


@pytest.mark.parametrize(
    ("parts", "closing", "opening"),
    [
        ("", [], []),
        ("a (b) [c]", [], []),
        ("P2Y(", [], [3]),
        ("Z-KO)", [4], []),
        (")(", [0], [1]),
        ("[a)", [2], [0]),
        ("([)]", [2], [0]),
        (["P2Y", "(", "11", ")"], [], []),
        (["mu", "[", "ARP2", ")", "}"], [3, 4], [1]),
    ],
)
def test_brackets_without_partners(parts: Sequence[str], closing: list[int], opening: list[int]) -> None:
    assert unmatched_brackets(parts) == (closing, opening)
