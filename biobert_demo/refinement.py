"""The spans decoded in a document enter; spans with tidy edges that agree with each other all through it leave.

A small encoder reads a window at a time and tags a word at a time. Three things it cannot see from there are put right
here, with rules chosen on dev documents (docs/refinement.md has what each brings):

* edges: no mention ends in a hyphen, an opening bracket or "and";
* doubt: a span that is more likely wrong than a model's `minimum_score` allows is dropped;
* agreement: a name that is surely recognised once in a document is the same name wherever else it stands there, and
  an abbreviation introduced behind a mention - "vesicular stomatitis virus (VSV)" - has the mention's label.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from biobert_demo.alignment import EncodedSpan, TagSet, decode_tags
from biobert_demo.brackets import PARTNERS, unmatched_brackets
from biobert_demo.decoding import best_tags, span_scores

SURE = 0.8
"""A mention that is at least so sure teaches the other places of the document where the same words stand."""
SURE_LONG_FORM = 0.6

_EDGE_WORDS = frozenset(["and", "or", "of", "for", "the", "with", "in", "to", "by", "an", "from", "as", "at", "on"])
_LEADING = re.compile(r"[-–,.;:/\\'\"*&+=~%]+")
_TRAILING = re.compile(r"[-–,.;:/\\*&=~]+")
_SHORT_FORM_WORDS = 3


class ScoredSpan(NamedTuple):
    """A range of words, half-open, with its label and the probability that it is right."""

    first: int
    last: int
    label: str
    score: float


def decode_document(
    words: Sequence[str],
    passages: Iterable[tuple[int, int]],
    log_probabilities: np.ndarray,
    tag_set: TagSet,
    minimum_score: float = 0.0,
) -> list[ScoredSpan]:
    """The spans of a document, in order, none overlapping another and none running from one passage into the next.

    `log_probabilities` is [words, tags]; `passages` are ranges of words.
    """
    found: list[ScoredSpan] = []
    passage_of = np.zeros(len(words), dtype=np.int64)
    for number, (first, last) in enumerate(passages):
        passage_of[first:last] = number
        inner = log_probabilities[first:last]
        spans = decode_tags(best_tags(inner, tag_set), tag_set)
        for span, score in zip(spans, span_scores(inner, spans, tag_set), strict=True):
            tidy = trim_edges(words, EncodedSpan(first + span.first, first + span.last, span.label), last)
            if tidy is not None and score >= minimum_score:
                found.append(ScoredSpan(tidy.first, tidy.last, tidy.label, score))
    found = _without_overlaps(found)
    found = label_short_forms(words, found, passage_of)
    return spread_mentions(words, found, passage_of, log_probabilities, tag_set)


def trim_edges(words: Sequence[str], span: EncodedSpan, limit: int) -> EncodedSpan | None:
    """The span without punctuation, prepositions and unmatched brackets at its edges; None where nothing is left.

    A bracket that the span opens and the next word (before `limit`) closes is closed.
    """
    first, last = span.first, span.last
    while first < last:
        if words[first].lower() in _EDGE_WORDS or _LEADING.fullmatch(words[first]):
            first += 1
            continue
        if words[last - 1].lower() in _EDGE_WORDS or _TRAILING.fullmatch(words[last - 1]):
            last -= 1
            continue
        unmatched = _unmatched_bracket(words, first, last)
        if unmatched == last - 1:
            last -= 1
        elif unmatched == first:
            first += 1
        elif unmatched is not None and last < limit and words[last] == PARTNERS.get(words[unmatched]):
            last += 1
        else:
            return EncodedSpan(first, last, span.label)
    return None


def label_short_forms(words: Sequence[str], spans: Sequence[ScoredSpan], passage_of: np.ndarray) -> list[ScoredSpan]:
    """The spans with those of abbreviations that stand in brackets right behind a mention and that nothing covers.

    An abbreviation starts as its long form does and takes all its letters from it, a simple form of Schwartz and Hearst
    2003, A simple algorithm for identifying abbreviation definitions in biomedical text.
    """
    covered = _covered(spans)
    added = []
    for span in spans:
        if span.score < SURE_LONG_FORM or span.last - span.first < 2 or words[span.last : span.last + 1] != ["("]:
            continue
        first = span.last + 1
        last = next((i for i in range(first, min(first + _SHORT_FORM_WORDS + 1, len(words))) if words[i] == ")"), first)
        is_free = last > first and passage_of[span.first] == passage_of[last] and not covered & set(range(first, last))
        if is_free and _is_short_form("".join(words[first:last]), " ".join(words[span.first : span.last])):
            added.append(ScoredSpan(first, last, span.label, span.score))
    return sorted([*spans, *added])


def spread_mentions(
    words: Sequence[str],
    spans: Sequence[ScoredSpan],
    passage_of: np.ndarray,
    log_probabilities: np.ndarray,
    tag_set: TagSet,
) -> list[ScoredSpan]:
    """The spans with those of further places where the same words stand as in a sure one.

    Only names that are unlikely to be a common word spread, longer ones first. What stands there already stays, except
    spans inside the new one that are less sure than SURE. About six in ten of the added spans are right on dev; their
    score, half of the way from the model's own probability to 1, says so.
    """
    best: dict[tuple[str, ...], tuple[float, str]] = {}
    for span in spans:
        key = tuple(words[span.first : span.last])
        if span.score >= SURE and _is_distinct(key):
            best[key] = max(best.get(key, (0.0, "")), (span.score, span.label))
    if not best:
        return list(spans)
    places = defaultdict(list)
    for place, text in enumerate(words):
        places[text].append(place)
    by_word: dict[int, ScoredSpan] = {word: span for span in spans for word in range(span.first, span.last)}
    for key, (_, label) in sorted(best.items(), key=lambda item: (-len(item[0]), item[0])):
        length = len(key)
        for first in places[key[0]]:
            last = first + length
            if tuple(words[first:last]) != key or passage_of[first] != passage_of[last - 1]:
                continue
            there = {by_word[word] for word in range(first, last) if word in by_word}
            if any(
                span.score >= SURE or span.first < first or span.last > last or span[:2] == (first, last)
                for span in there
            ):
                continue
            for span in there:
                for covered in range(span.first, span.last):
                    del by_word[covered]
            own = float(np.exp(log_probabilities[first, tag_set.begin(label)]))
            added = ScoredSpan(first, last, label, 0.5 + own / 2)
            by_word.update(dict.fromkeys(range(first, last), added))
    return sorted(set(by_word.values()))


def _unmatched_bracket(words: Sequence[str], first: int, last: int) -> int | None:
    """The place of a bracket without its partner: the first closing one, else the last opening one."""
    closing, opening = unmatched_brackets(words[first:last])
    place = next(iter(closing), opening[-1] if opening else None)
    return None if place is None else first + place


def _is_short_form(short: str, long: str) -> bool:
    letters = [letter for letter in short.lower() if letter.isalpha()]
    return len(short) >= 2 and short[0].lower() == long[0].lower() and all(letter in long.lower() for letter in letters)


def _is_distinct(words: Sequence[str]) -> bool:
    text = " ".join(words)
    has_name_shape = len(text) >= 5 or any(map(str.isdigit, text)) or sum(map(str.isupper, text)) >= 2
    return len(text) >= 3 and has_name_shape


def _without_overlaps(spans: Sequence[ScoredSpan]) -> list[ScoredSpan]:
    """Closing a bracket can reach into the next span; the earlier one then keeps the words."""
    kept: list[ScoredSpan] = []
    for span in spans:
        if not kept or kept[-1].last <= span.first:
            kept.append(span)
    return kept


def _covered(spans: Iterable[ScoredSpan]) -> set[int]:
    return {word for span in spans for word in range(span.first, span.last)}
