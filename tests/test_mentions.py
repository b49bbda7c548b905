"""Mentions: the same thing elsewhere is found, other things and floods of plain words are not; offsets are exact."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biobert_demo.mentions import (
    CONTEXT,
    count_labels,
    find_abbreviations,
    find_identical,
    is_too_common,
    mention_key,
)


def found(text: str, mention: str, *others: str, nth: int = 0) -> list[str]:
    """The texts of what is found for the n-th occurrence of a mention."""
    start = -1
    for _ in range(nth + 1):
        start = text.index(mention, start + 1)
    matches = find_identical(text, start, start + len(mention), 0, enumerate(others, start=1))
    for match in matches:
        body = text if match.document_id == 0 else others[int(match.document_id) - 1]
        assert body[match.start : match.end] == match.text
        assert body[max(0, match.start - CONTEXT) : match.end + CONTEXT] == match.before + match.text + match.after
        assert (match.document_id, match.start, match.end) != (0, start, start + len(mention))
    return [match.text for match in matches]


@pytest.mark.parametrize(
    ("mention", "rest", "expected"),
    [
        ("insulin", "insulin and Insulin, INSULIN.", ["insulin", "Insulin", "INSULIN"]),
        ("insulin", "insulins, proinsulin, insulin-like growth factor, insulinoma", []),
        ("insulin", "anti-insulin and insulin-dependent, (insulin)/insulin's", ["insulin"] * 4),
        ("CAT", "cat Cat CAT CATs", ["CAT"]),
        ("Mice", "mice MICE Mice", ["mice", "Mice"]),
        ("mice", "Mice MICE mice", ["Mice", "mice"]),
        ("Met", "met MET Met", ["Met"]),
        ("IL-6", "IL-6, anti-IL-6, IL-6R, IL-60, IL 6, il-6", ["IL-6", "IL-6", "IL 6"]),
        ("IL-1", "IL-1, IL-1-beta, IL-1β, IL-1-α, IL-1-induced", ["IL-1", "IL-1"]),
        ("TNF", "TNF, TNF-α, TNF-alpha, TNF-driven", ["TNF", "TNF"]),
        ("fluorouracil", "5-fluorouracil and fluorouracil", ["fluorouracil"]),
        ("EGFR", "EGFR-mutant, EGFR+, EGFR/HER2", ["EGFR"] * 3),
        ("p.V600E", "p.V600E, pxV600E", ["p.V600E"]),
        ("lung cancer", "lung\r\ncancer, Lung-cancer, lungcancer", ["lung\r\ncancer", "Lung-cancer"]),
        ("α-synuclein", "α-synuclein, αα-synuclein", ["α-synuclein"]),
        ("e\u0301rythe\u0300me", "e\u0301rythe\u0300me", ["e\u0301rythe\u0300me"]),
        ("caf", "cafe\u0301 caf\u0301 caf", ["caf"]),
        ("\U0001d6fc-tocopherol", "\U0001f9ec \U0001d6fc-tocopherol", ["\U0001d6fc-tocopherol"]),
        ("(+)-catechin", "x (+)-catechin y", ["(+)-catechin"]),
        ("a.*(b|c)+", "a.*(b|c)+ abc", ["a.*(b|c)+"]),
        ("Straße", "STRASSE Straße", ["Straße"]),
    ],
)  # fmt: skip
def test_same_thing_is_found_and_other_things_are_not(mention: str, rest: str, expected: list[str]) -> None:
    assert found(f"{mention} ; {rest}", mention) == expected


@pytest.mark.parametrize(
    "surface", ["the", "The", "and", "of the", "a", "I", "5", "12.5", "%", "-", " ", "β", "(", "x)"]
)
def test_plain_words_and_single_letters_are_not_looked_for(surface: str) -> None:
    assert is_too_common(surface)
    assert found(f"{surface} {surface} {surface}", surface) == []


@pytest.mark.parametrize("surface", ["WAS", "IF", "AND", "Ca2", "p53", "Mg", "the plague", "青霉素"])
def test_names_that_look_like_plain_words_are_looked_for(surface: str) -> None:
    assert not is_too_common(surface)
    assert found(f"{surface}; {surface}", surface) == [surface]


def test_word_that_is_written_as_an_abbreviation_does_not_flood() -> None:
    assert found("WAS was what was wrong with WAS", "WAS") == ["WAS"]


def test_matches_come_document_by_document_with_the_reason() -> None:
    text, other = "BRX7 binds BRX7.", "Loss of BRX7"
    matches = find_identical(text, 0, 4, "a", [("a", text), ("b", other)])
    assert [(m.document_id, m.start, m.why) for m in matches] == [("a", 11, "same text"), ("b", 8, "same text")]
    assert find_identical(text, 0, 4, "a", [("b", other)], limit=1) == matches[:1]


DEFINED = "Patients with chronic lumositis syndrome (CLS) were seen. CLS is rare; chronic\r\nlumositis syndrome, too."


def test_long_form_finds_its_abbreviation_and_the_other_way_round() -> None:
    long = "chronic lumositis syndrome"
    assert found(DEFINED, long) == ["CLS", "CLS", "chronic\r\nlumositis syndrome"]
    assert found(DEFINED, "CLS", nth=1) == [long, "CLS", "chronic\r\nlumositis syndrome"]
    start = DEFINED.index("CLS")
    whys = [match.why for match in find_identical(DEFINED, start, start + 3)]
    assert whys == ["written out: CLS", "same text", "written out: CLS"]


def test_abbreviation_is_followed_into_documents_that_define_it_the_same_way() -> None:
    same = "A chronic lumositis syndrome (CLS) again, CLS."
    without = "CLS was found in zebrafish."
    otherwise = "The cerebral light sensor (CLS) and CLS"
    assert found(DEFINED, "chronic lumositis syndrome", same, without, otherwise)[3:] == [
        "chronic lumositis syndrome",
        "CLS",
        "CLS",
    ]
    start = DEFINED.index("CLS")
    matches = find_identical(DEFINED, start, start + 3, 0, [(1, without), (2, otherwise)])
    assert [(m.document_id, m.is_likely) for m in matches if m.document_id] == [(1, True), (2, False), (2, False)]
    assert "stands for cerebral light sensor there" in matches[-1].why


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("non-small cell lung cancer (NSCLC)", [("NSCLC", "non-small cell lung cancer")]),
        ("1) type 2 diabetes mellitus (T2DM) here", [("T2DM", "type 2 diabetes mellitus")]),
        ("tumour necrosis factor-α (TNF-α; 5 ng)", [("TNF-α", "tumour necrosis factor-α")]),
        ("\U0001f9ec heat\r\nshock\tprotein (HSP)", [("HSP", "heat\r\nshock\tprotein")]),
        ("half \ud83d heat shock protein (HSP)", [("HSP", "heat shock protein")]),
        ('tissue-type plasminogen activator ("tPA")', [("tPA", "tissue-type plasminogen activator")]),
        ("HSP (heat shock protein) rose", [("HSP", "heat shock protein")]),
        ("mice (n = 5), mice (male) and BRX7 (see Fig. 1)", []),
        ("(((( )))) (a", []),
        ("", []),
    ],
)
def test_abbreviations_are_located_in_the_text(text: str, expected: list[tuple[str, str]]) -> None:
    pairs = find_abbreviations(text)
    assert [(pair.short, pair.long) for pair in pairs] == expected
    for pair in pairs:
        assert text[pair.short_start : pair.short_end] == pair.short
        assert text[pair.long_start : pair.long_end] == pair.long


WORDS = [
    "heat shock protein",
    "(HSP)",
    "HSP",
    "(",
    ")",
    "BRX7",
    "\U0001f9ec",
    "é",
    "e\u0301",
    "-",
    "\r\n",
    "\u2028",
    "\ud83d",
    ". ",
]


@given(st.lists(st.sampled_from(WORDS), max_size=20), st.data())
def test_whatever_the_text_offsets_are_exact_and_the_selected_place_is_left_out(
    parts: list[str], data: st.DataObject
) -> None:
    text = " ".join(parts) + "x"
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, min(len(text), start + 30)))
    matches = find_identical(text, start, end, "d", [("e", text)])
    assert len({(m.document_id, m.start, m.end) for m in matches}) == len(matches)
    for match in matches:
        assert text[match.start : match.end] == match.text
        assert (match.document_id, match.start, match.end) != ("d", start, end)
    for pair in find_abbreviations(text):
        assert text[pair.short_start : pair.short_end] == pair.short
        assert text[pair.long_start : pair.long_end] == pair.long


def test_counts_are_kept_by_what_is_the_same() -> None:
    mentions = [("Insulin", "Gene"), ("insulin", "Gene"), ("insulin", "Chemical"), ("CAT", "Gene"), ("cat", "Species")]
    assert count_labels(mentions) == {
        "insulin": {"Gene": 2, "Chemical": 1},
        "CAT": {"Gene": 1},
        "cat": {"Species": 1},
    }
    assert mention_key("Lung-cancer") == mention_key("lung\n cancer")


def test_selected_passage_is_not_looked_for() -> None:
    passage = "chronic lumositis in mice " * 20
    assert found(passage + passage, passage) == []
