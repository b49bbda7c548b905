"""Labelled spans enter and tags of words leave, and the other way round; words become windows of word pieces.

text       An allergy to penicillin can ...
words      An | allergy | to | penicillin | can | ...
tags       O    B-Disease  O    B-Chemical   O                     (IOB2, one tag a word)
pieces     [CLS] an all ##ergy to pen ##ici ##llin can ... [SEP]   (the tag stands on a word's first piece)
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from biobert_demo.annotations import Annotation
from biobert_demo.documents import Document, Span, Token
from biobert_demo.segmentation import split_sentences, split_words

OUTSIDE = "O"


@dataclass(frozen=True, slots=True)
class TagSet:
    """The tags of a token classifier: "O", then B- and I- of each label, in the order of their ids."""

    labels: tuple[str, ...]

    @property
    def tags(self) -> tuple[str, ...]:
        return (OUTSIDE, *(f"{prefix}-{label}" for label in self.labels for prefix in "BI"))

    def begin(self, label: str) -> int:
        """The id of B-`label`."""
        return 1 + 2 * self.labels.index(label)

    def inside(self, label: str) -> int:
        """The id of I-`label`."""
        return 2 + 2 * self.labels.index(label)

    def is_allowed(self, previous: int, following: int) -> bool:
        """IOB2: an I- tag only follows the B- or I- of its own label."""
        return following == 0 or following % 2 == 1 or previous in (following, following - 1)


@dataclass(frozen=True, slots=True)
class EncodedSpan:
    """A span as a range of word indices, half-open, with its label."""

    first: int
    last: int
    label: str


def encode_spans(words: Sequence[Token], spans: Iterable[Annotation]) -> tuple[list[EncodedSpan], list[Annotation]]:
    """Map annotations to ranges of words; those that overlap an earlier or longer one come back as left out.

    Where boundaries fall inside a word the whole word is taken, since a tag belongs to a word.
    Of overlapping spans the longest is kept, as a tag sequence can hold only one.
    """
    starts = [word.start for word in words]
    ends = [word.end for word in words]
    taken = [False] * len(words)
    kept: list[EncodedSpan] = []
    left_out: list[Annotation] = []

    for span in sorted(spans, key=lambda a: (a.start - a.end, a.start, a.label)):
        first = bisect_right(ends, span.start)
        last = bisect_left(starts, span.end)
        if first >= last or any(taken[first:last]):
            left_out.append(span)
            continue
        taken[first:last] = [True] * (last - first)
        kept.append(EncodedSpan(first, last, span.label))
    return sorted(kept, key=lambda s: s.first), left_out


def encode_tags(word_count: int, spans: Iterable[EncodedSpan], tag_set: TagSet) -> list[int]:
    """IOB2 tag ids, one a word; spans whose label is not in the tag set leave their words O."""
    tags = [0] * word_count
    for span in spans:
        if span.label in tag_set.labels:
            tags[span.first] = tag_set.begin(span.label)
            for word in range(span.first + 1, span.last):
                tags[word] = tag_set.inside(span.label)
    return tags


def decode_tags(tags: Sequence[int], tag_set: TagSet) -> list[EncodedSpan]:
    """The spans of an IOB2 tag sequence; an I- without its B- opens a span, as in conlleval."""
    spans: list[EncodedSpan] = []
    first: int | None = None
    label = ""
    for position, tag in enumerate([*tags, 0]):
        tag_label = "" if tag == 0 else tag_set.labels[(tag - 1) // 2]
        continues = first is not None and tag != 0 and tag % 2 == 0 and tag_label == label
        if first is not None and not continues:
            spans.append(EncodedSpan(first, position, label))
            first = None
        if tag != 0 and not continues:
            first, label = position, tag_label
    return spans


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of words that goes through the encoder at once.

    The words `first:last` are encoded; predictions are taken for `keep_first:keep_last` only, the rest is context
    shared with a neighbouring window.
    """

    first: int
    last: int
    keep_first: int
    keep_last: int


def pack_windows(
    piece_counts: Sequence[int], unit_starts: Sequence[int], max_pieces: int, overlap: int
) -> list[Window]:
    """Pack whole sentences (units) into windows of at most `max_pieces` word pieces.

    `piece_counts[i]` is the number of pieces of word i and `unit_starts` the index of the first word of each
    sentence, rising from 0. Neighbouring sentences share a window as long as they fit, since context helps. A sentence
    that is longer than a window is cut into windows that overlap by up to `overlap` pieces on each side, and each
    word is predicted once, in the window where it has most context. `max_pieces` leaves out [CLS] and [SEP].
    """
    total = len(piece_counts)
    bounds = [*unit_starts, total]
    windows: list[Window] = []
    first, size = 0, 0
    for unit, begin in enumerate(bounds[:-1]):
        end = bounds[unit + 1]
        length = sum(piece_counts[begin:end])
        if size + length > max_pieces and begin > first:
            windows.append(Window(first, begin, first, begin))
            first, size = begin, 0
        if length > max_pieces:
            windows.extend(_cut_long_unit(piece_counts, begin, end, max_pieces, overlap))
            first, size = end, 0
        else:
            size += length
    if total > first:
        windows.append(Window(first, total, first, total))
    return windows


def _cut_long_unit(piece_counts: Sequence[int], begin: int, end: int, max_pieces: int, overlap: int) -> list[Window]:
    windows: list[Window] = []
    first = begin
    while first < end:
        last, size = first, 0
        while last < end and (last == first or size + piece_counts[last] <= max_pieces):
            size += piece_counts[last]
            last += 1
        windows.append(Window(first, last, first, last))
        if last == end:
            break
        back, shared = last, 0
        while back > first + 1 and shared + piece_counts[back - 1] <= overlap:
            back -= 1
            shared += piece_counts[back]
        # Less is shared where the next word would not fit otherwise: every window must go further than the one before.
        while back < last and shared + piece_counts[last] > max_pieces:
            shared -= piece_counts[back]
            back += 1
        first = back
    # Each shared stretch is split in the middle: both windows then have context around what they predict.
    for i in range(1, len(windows)):
        left, right = windows[i - 1], windows[i]
        middle = (right.first + left.last) // 2
        windows[i - 1] = Window(left.first, left.last, left.keep_first, middle)
        windows[i] = Window(right.first, right.last, middle, right.keep_last)
    return windows


def words_of(document: Document) -> tuple[list[Token], list[int]]:
    """All words of a document, and the index of the first word of each of its sentences."""
    words: list[Token] = []
    unit_starts: list[int] = []
    for passage in document.passages:
        for sentence in split_sentences(document.text, passage.start, passage.end):
            of_sentence = split_words(document.text, sentence.start, sentence.end)
            if of_sentence:
                unit_starts.append(len(words))
                words.extend(of_sentence)
    return words, unit_starts


def covering_span(words: Sequence[Token], first: int, last: int) -> Span:
    """The stretch of text from the first to the last of a range of words (half-open)."""
    return Span(words[first].start, words[last - 1].end)
