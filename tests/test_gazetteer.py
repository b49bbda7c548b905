"""Names and words enter the gazetteer; a token type for each word leaves."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biobert_demo.gazetteer import CLASSES, TYPE_COUNT, Gazetteer, name_key
from biobert_demo.segmentation import split_words

NAMES = [
    ("penicillin", "Chemical"),
    ("lung cancer", "Disease"),
    ("non-small cell lung cancer", "Disease"),
    ("IL-2", "Gene"),
    ("CAT", "Gene"),
    ("cold", "Disease"),
    ("cold", "Gene"),
    ("fever", "other"),
    ("fever", "Disease"),
    ("Escherichia coli", "Species"),
    ("β-catenin", "Gene"),
]


def first(kind: str) -> int:
    return 1 + 2 * CLASSES.index(kind)


def further(kind: str) -> int:
    return 2 + 2 * CLASSES.index(kind)


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return Gazetteer.build(NAMES)


def types_of(gazetteer: Gazetteer, text: str, unit_starts: tuple[int, ...] = (0,)) -> list[int]:
    return gazetteer.word_types([word.of(text) for word in split_words(text)], unit_starts)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no penicillin here", [0, first("Chemical"), 0]),
        ("Penicillins", [first("Chemical")]),
        ("the lung cancer", [0, first("Disease"), further("Disease")]),
        ("non-small cell lung cancers", [first("Disease"), *[further("Disease")] * 5]),
        ("IL-2", [first("Gene"), further("Gene"), further("Gene")]),
        ("a cat", [0, 0]),
        ("a CAT", [0, first("Gene")]),
        ("cold", [first("several")]),
        ("fever", [first("Disease")]),
        ("beta-catenin", [first("Gene"), further("Gene"), further("Gene")]),
        ("β-catenin", [first("Gene"), further("Gene"), further("Gene")]),
        ("lung, -- cancer", [0, 0, 0, 0, 0]),
        ("", []),
    ],
)
def test_words_of_known_names(gazetteer: Gazetteer, text: str, expected: list[int]) -> None:
    assert types_of(gazetteer, text) == expected


def test_a_name_does_not_cross_sentences(gazetteer: Gazetteer) -> None:
    assert types_of(gazetteer, "lung cancer", (0, 1)) == [0, 0]


def test_a_saved_gazetteer_is_the_same(gazetteer: Gazetteer, tmp_path: Path) -> None:
    gazetteer.save(tmp_path / "g.npz")
    loaded = Gazetteer.load(tmp_path / "g.npz")
    text = "IL-2 and penicillin in lung cancer of Escherichia coli"
    assert types_of(loaded, text) == types_of(gazetteer, text)
    assert len(loaded) == len(gazetteer)


@pytest.mark.parametrize("words", [[], ["12"], ["1", "2"], ["a"], ["x"] * 9])
def test_what_is_no_name(words: list[str]) -> None:
    assert name_key(words) is None


def test_an_empty_gazetteer_knows_nothing() -> None:
    assert types_of(Gazetteer.build([]), "penicillin") == [0]


@given(st.text(alphabet="catCAT lungIL-2.β\u0301é1 ", max_size=60))
def test_every_word_has_a_type_within_the_table(text: str) -> None:
    gazetteer = Gazetteer.build(NAMES)
    types = types_of(gazetteer, text)
    assert len(types) == len(split_words(text))
    assert all(0 <= kind < TYPE_COUNT for kind in types)
    for before, kind in zip([0, *types], types, strict=False):
        assert not kind or kind % 2 == 1 or before in (kind, kind - 1)
