"""Spans to tags and back, and windows that predict every word exactly once."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biobert_demo.alignment import (
    EncodedSpan,
    TagSet,
    Window,
    covering_span,
    decode_tags,
    encode_spans,
    encode_tags,
    pack_windows,
    words_of,
)
from biobert_demo.annotations import Annotation
from biobert_demo.documents import Document
from biobert_demo.segmentation import split_words

TAG_SET = TagSet(("Disease", "Chemical", "Gene"))


def annotation(text: str, surface: str, label: str = "Gene", after: int = 0) -> Annotation:
    start = text.index(surface, after)
    return Annotation(start, start + len(surface), surface, label)


@st.composite
def spans_over_words(draw: st.DrawFn) -> tuple[int, list[EncodedSpan]]:
    count = draw(st.integers(1, 20))
    spans, place = [], 0
    while place < count:
        place += draw(st.integers(0, 3))
        size = draw(st.integers(1, 4))
        if place + size <= count:
            spans.append(EncodedSpan(place, place + size, draw(st.sampled_from(TAG_SET.labels))))
        place += size
    return count, spans


def test_tags_are_numbered_as_their_names_stand() -> None:
    assert TAG_SET.tags == ("O", "B-Disease", "I-Disease", "B-Chemical", "I-Chemical", "B-Gene", "I-Gene")
    for label in TAG_SET.labels:
        assert TAG_SET.tags[TAG_SET.begin(label)] == f"B-{label}"
        assert TAG_SET.tags[TAG_SET.inside(label)] == f"I-{label}"


def test_an_inside_tag_only_follows_its_own_label() -> None:
    allowed = {(TAG_SET.tags[a], TAG_SET.tags[b]) for a in range(7) for b in range(7) if TAG_SET.is_allowed(a, b)}
    for a, b in ((a, b) for a in TAG_SET.tags for b in TAG_SET.tags):
        assert ((a, b) in allowed) == (not b.startswith("I-") or a[2:] == b[2:])


@given(spans_over_words())
def test_spans_survive_encoding_and_decoding(words_and_spans: tuple[int, list[EncodedSpan]]) -> None:
    count, spans = words_and_spans
    tags = encode_tags(count, spans, TAG_SET)
    assert len(tags) == count
    assert decode_tags(tags, TAG_SET) == spans


@given(st.lists(st.integers(0, 6), max_size=30))
def test_any_tag_sequence_decodes_to_spans_in_order_that_cover_what_is_tagged(tags: list[int]) -> None:
    spans = decode_tags(tags, TAG_SET)
    covered = [place for span in spans for place in range(span.first, span.last)]
    assert covered == [place for place, tag in enumerate(tags) if tag != 0]
    for span in spans:
        assert {TAG_SET.tags[tag][2:] for tag in tags[span.first : span.last]} == {span.label}


@pytest.mark.parametrize(
    ("tags", "spans"),
    [
        ([2, 2], [(0, 2, "Disease")]),
        ([1, 1], [(0, 1, "Disease"), (1, 2, "Disease")]),
        ([1, 4], [(0, 1, "Disease"), (1, 2, "Chemical")]),
        ([0, 2, 0], [(1, 2, "Disease")]),
        ([], []),
    ],
)
def test_an_inside_tag_without_its_beginning_opens_a_span(tags: list, spans: list) -> None:
    assert decode_tags(tags, TAG_SET) == [EncodedSpan(*span) for span in spans]


@pytest.mark.parametrize(
    ("text", "surfaces", "kept", "left_out"),
    [
        ("loss of BRX7 is bad", ["BRX7"], ["BRX7"], []),
        ("anti-BRX7 sera", ["BRX7"], ["BRX7"], []),
        ("the BRX7s are", ["BRX7"], ["BRX7s"], []),
        ("the BRX7 gene", ["BRX7", "BRX7 gene"], ["BRX7 gene"], ["BRX7"]),
        ("BRX7 and BRX8", ["and BRX8", "BRX7 and"], ["BRX7 and"], ["and BRX8"]),
        ("a b", [" "], [], [" "]),
    ],
)
def test_spans_are_widened_to_words_and_the_longest_of_overlapping_ones_is_kept(
    text: str, surfaces: list[str], kept: list[str], left_out: list[str]
) -> None:
    words = split_words(text)
    encoded, out = encode_spans(words, [annotation(text, surface) for surface in surfaces])
    assert [covering_span(words, s.first, s.last).of(text) for s in encoded] == kept
    assert [a.text for a in out] == left_out


@given(spans_over_words())
def test_annotations_at_word_boundaries_keep_their_offsets(words_and_spans: tuple[int, list[EncodedSpan]]) -> None:
    count, spans = words_and_spans
    text = " ".join(["a\u0301β", "\U0001f9ec", "IL2", "("][i % 4] for i in range(count))
    words = split_words(text)
    assert len(words) == count
    annotations = []
    for span in spans:
        place = covering_span(words, span.first, span.last)
        annotations.append(Annotation(place.start, place.end, place.of(text), span.label))
    encoded, left_out = encode_spans(words, annotations)
    assert encoded == spans
    assert left_out == []


@st.composite
def sized_words(draw: st.DrawFn) -> tuple[list[int], list[int], int, int]:
    limit = draw(st.integers(4, 30))
    counts = draw(st.lists(st.integers(0, limit), max_size=60))
    starts = sorted({0, *draw(st.lists(st.integers(0, max(0, len(counts) - 1)), max_size=8))}) if counts else []
    return counts, starts, limit, draw(st.integers(0, limit))


@given(sized_words())
def test_windows_predict_every_word_once_and_never_hold_too_much(case: tuple[list, list, int, int]) -> None:
    counts, starts, limit, overlap = case
    windows = pack_windows(counts, starts, limit, overlap)
    assert [w for window in windows for w in range(window.keep_first, window.keep_last)] == list(range(len(counts)))
    for window in windows:
        assert window.first <= window.keep_first < window.keep_last <= window.last
        assert sum(counts[window.first : window.last]) <= limit
    assert all(a.first < b.first and a.last < b.last for a, b in pairwise(windows))


@given(sized_words())
def test_a_sentence_that_fits_is_never_cut(case: tuple[list, list, int, int]) -> None:
    counts, starts, limit, overlap = case
    windows = pack_windows(counts, starts, limit, overlap)
    for begin, end in pairwise([*starts, len(counts)]):
        if sum(counts[begin:end]) <= limit:
            assert any(w.keep_first <= begin and end <= w.keep_last for w in windows)


def test_neighbouring_sentences_share_a_window_and_a_long_one_is_cut_in_the_middle_of_what_is_shared() -> None:
    assert pack_windows([1] * 6, [0, 3], 8, 2) == [Window(0, 6, 0, 6)]
    assert pack_windows([1] * 6, [0, 3], 4, 2) == [Window(0, 3, 0, 3), Window(3, 6, 3, 6)]
    assert pack_windows([1] * 10, [0], 6, 2) == [Window(0, 6, 0, 5), Window(4, 10, 5, 10)]
    assert pack_windows([], [], 6, 2) == []


def test_words_of_a_document_stay_in_their_passages() -> None:
    document = Document.from_passages("d", [("title", "BRX7 in mice"), ("abstract", "It fell. It rose.")], "")
    words, starts = words_of(document)
    assert [w.of(document.text) for w in words] == ["BRX7", "in", "mice", "It", "fell", ".", "It", "rose", "."]
    assert starts == [0, 3, 6]
