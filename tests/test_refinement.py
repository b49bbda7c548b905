"""Decoded spans enter `refinement`; the table says which edges, abbreviations and further places come out."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biobert_demo.alignment import EncodedSpan, TagSet
from biobert_demo.decoding import log_softmax
from biobert_demo.refinement import ScoredSpan, decode_document, label_short_forms, spread_mentions, trim_edges

TAG_SET = TagSet(("Disease", "Gene"))


@pytest.mark.parametrize(
    ("words", "first", "last", "kept"),
    [
        ("oIFNtau - CAT", 0, 2, "oIFNtau"),
        ("receptor for EGF", 0, 2, "receptor"),
        ("the and insulin", 0, 3, "insulin"),
        ("P2Y ( 11 ) mRNA", 0, 2, "P2Y"),
        ("P2Y ( 11 ) mRNA", 0, 3, "P2Y ( 11 )"),
        ("P2Y ( 11 ) mRNA", 0, 5, "P2Y ( 11 ) mRNA"),
        ("Z-KO ) virus", 0, 2, "Z-KO"),
        ("( BRCA1", 0, 2, "BRCA1"),
        ("babbler .", 0, 2, "babbler"),
        ("Ca2+ +", 0, 2, "Ca2+ +"),
        ("- and (", 0, 3, None),
        ("mu [ ARP2 ) and", 0, 4, "mu [ ARP2"),
    ],
)
def test_edges_are_trimmed_and_brackets_closed(words: str, first: int, last: int, kept: str | None) -> None:
    texts = words.split()
    tidy = trim_edges(texts, EncodedSpan(first, last, "Gene"), len(texts))
    assert (None if tidy is None else " ".join(texts[tidy.first : tidy.last])) == kept


def test_a_bracket_is_not_closed_across_the_end_of_a_passage() -> None:
    assert trim_edges(["P2Y", "(", "11", ")"], EncodedSpan(0, 3, "Gene"), 3) == EncodedSpan(0, 3, "Gene")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("vesicular stomatitis virus ( VSV ) and", "VSV"),
        ("vesicular stomatitis virus ( XYZ ) and", None),
        ("vesicular stomatitis virus ( V ) and", None),
        ("vesicular stomatitis virus [ VSV ] and", None),
        ("vesicular stomatitis virus ( VSV", None),
        ("vesicular stomatitis virus ( see the vast survey ) and", None),
    ],
)
def test_an_abbreviation_in_brackets_has_the_label_of_its_long_form(words: str, found: str | None) -> None:
    texts = words.split()
    spans = label_short_forms(texts, [ScoredSpan(0, 3, "Disease", 0.9)], np.zeros(len(texts)))
    assert [" ".join(texts[s.first : s.last]) for s in spans[1:]] == ([found] if found else [])


def test_an_unsure_long_form_teaches_nothing() -> None:
    texts = ["vesicular", "stomatitis", "virus", "(", "VSV", ")"]
    assert label_short_forms(texts, [ScoredSpan(0, 3, "Disease", 0.5)], np.zeros(6)) == [
        ScoredSpan(0, 3, "Disease", 0.5)
    ]


def spread(words: str, *spans: ScoredSpan, passage_of: list[int] | None = None) -> list[str]:
    texts = words.split()
    flat = log_softmax(np.zeros((len(texts), len(TAG_SET.tags))))
    passages = np.array(passage_of or [0] * len(texts))
    found = spread_mentions(texts, spans, passages, flat, TAG_SET)
    return [f"{' '.join(texts[s.first : s.last])}/{s.label[0]}" for s in found]


def test_a_sure_name_is_found_in_all_places() -> None:
    assert spread("NIK-247 then NIK-247", ScoredSpan(0, 1, "Gene", 0.9)) == ["NIK-247/G", "NIK-247/G"]


def test_an_unsure_name_does_not_spread() -> None:
    assert spread("NIK-247 then NIK-247", ScoredSpan(0, 1, "Gene", 0.7)) == ["NIK-247/G"]


@pytest.mark.parametrize("word", ["the", "mu", "Ab", "cat"])
def test_short_common_words_do_not_spread(word: str) -> None:
    assert len(spread(f"{word} then {word}", ScoredSpan(0, 1, "Gene", 0.99))) == 1


def test_what_stands_in_another_place_keeps_its_words_unless_it_is_a_less_sure_part() -> None:
    words = "heat shock protein or heat shock protein or heat shock protein gene"
    sure = ScoredSpan(0, 3, "Gene", 0.95)
    assert spread(words, sure, ScoredSpan(5, 6, "Disease", 0.5), ScoredSpan(8, 12, "Gene", 0.6)) == [
        "heat shock protein/G",
        "heat shock protein/G",
        "heat shock protein gene/G",
    ]
    assert spread(words, sure, ScoredSpan(5, 6, "Disease", 0.95)) == [
        "heat shock protein/G",
        "shock/D",
        "heat shock protein/G",
    ]


def test_no_mention_runs_across_passages() -> None:
    words = "heat shock protein heat shock protein"
    assert len(spread(words, ScoredSpan(0, 3, "Gene", 0.9), passage_of=[0, 0, 0, 0, 1, 1])) == 1


def test_a_span_below_the_minimum_is_left_out() -> None:
    logits = np.zeros((1, 5))
    logits[0, TAG_SET.begin("Gene")] = 1.0
    decoded = decode_document(["BRCA1"], [(0, 1)], log_softmax(logits), TAG_SET)
    (span,) = decoded
    assert 0 < span.score < 0.5
    assert decode_document(["BRCA1"], [(0, 1)], log_softmax(logits), TAG_SET, minimum_score=0.5) == []


WORDS = st.lists(st.sampled_from(["heat", "shock", "NIK-247", "(", ")", "-", "and", "HSP", "."]), max_size=14)


@given(WORDS, st.integers(0, 10_000), st.integers(0, 14))
def test_spans_are_in_order_never_overlap_and_stay_in_their_passage(words: list[str], seed: int, cut: int) -> None:
    logits = np.random.default_rng(seed).normal(0, 4, (len(words), len(TAG_SET.tags)))
    cut = min(cut, len(words))
    passages = [(0, cut), (cut, len(words))]
    spans = decode_document(words, passages, log_softmax(logits) if words else logits, TAG_SET)
    for one, following in itertools.pairwise(spans):
        assert one.last <= following.first
    for span in spans:
        assert 0 <= span.first < span.last <= len(words)
        assert 0 < span.score <= 1
        assert span.last <= cut or span.first >= cut
