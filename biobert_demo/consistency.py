"""A revision of a document enters; what a curator would stumble over leaves, each with the corrections that settle it.

Only spans that count are looked at: accepted ones and suggestions nobody has decided on. A finding's fix is a step like
any other: it is checked by `review.check_step`, can be undone, and takes the finding away.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from biobert_demo.brackets import PARTNERS, unmatched_brackets
from biobert_demo.mentions import count_labels, is_grammar, is_too_common, mention_key
from biobert_demo.review import Correction, ReviewedSpan, Revision
from biobert_demo.segmentation import split_words
from biobert_demo.wording import count_nouns

LabelCounts = Mapping[str, Mapping[str, int]]
"""{mention_key(text): {label: how often}}, as `mentions.count_labels` makes it."""

KINDS = (
    "labels differ",
    "unusual label",
    "boundaries differ",
    "edge",
    "cut word",
    "brackets",
    "punctuation",
    "plain word",
)

CLEAR_COUNT, CLEAR_SHARE = 3, 0.8
"""A text's label is clear where at least 3 of its mentions, and 8 of 10, have it."""
LEAST_LONGER = 2
"""How often a longer name has to be labelled elsewhere for a shorter one inside it to look cut; once in the document."""
MOST_WORDS_ADDED = 4
_CLOSING_REACH = 40

_DETERMINER = re.compile(r"(?:the|these|those|this|an?)\s+(?=\S)", re.IGNORECASE)
_GREEK_AFTER_A = re.compile(r"[Aa]\s+(?:[α-ω]|alpha|beta|gamma|delta)", re.IGNORECASE)
_LEADING_SIGNS = re.compile(r"[\s.,;:!?]+")
_TRAILING_SIGNS = re.compile(r"[\s.,;:!?]+\Z")
_ENDS_IN_ITS_STOP = re.compile(
    r"(?:\b(?:sp|spp|subsp|ssp|var|str|cv|nov|inc|ltd|co|corp|jr|sr)|(?:\b\w\.)+\w)\.\Z", re.I
)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something odd about a span: what and where, in words, and what would settle it.

    `id` is the same as long as the span is odd in the same way. `fix` is None where only a person can tell.
    """

    id: str
    kind: str
    message: str
    start: int
    end: int
    span_ids: tuple[str, ...]
    fix: tuple[Correction, ...] | None = None
    fix_summary: str = ""


def check_consistency(text: str, revision: Revision, counts: LabelCounts | None = None) -> list[Finding]:
    """What is odd in a document, in the order of the text; `counts` are the labels given in the rest of the project."""
    spans = [span for span in revision.spans if _counts(span)]
    counts = counts or {}
    found = [
        *_signs_only(spans),
        *_untidy_edges(text, spans, revision),
        *_cut_words(text, spans, revision),
        *_open_brackets(text, spans, revision),
        *_differing_labels(spans, revision, counts),
        *_differing_boundaries(text, spans, revision, counts),
    ]
    return sorted(found, key=lambda one: (one.start, one.end, KINDS.index(one.kind), one.id))


@lru_cache(maxsize=50_000)
def _key(text: str) -> str:
    """`mention_key`, remembered: an editor checks the same document after each edit."""
    return mention_key(text)


def _counts(span: ReviewedSpan) -> bool:
    return span.state in ("accepted", "unseen")


def _signs_only(spans: Sequence[ReviewedSpan]) -> Iterator[Finding]:
    for span in spans:
        if not any(map(str.isalnum, span.text)):
            yield _finding(
                "punctuation", span, f"{_quoted(span.text)} is no word, but labelled {span.label}.", *_removed(span)
            )
        elif is_grammar(span.text):
            yield _finding(
                "plain word", span, f"{_quoted(span.text)} is no name, but labelled {span.label}.", *_removed(span)
            )


def _untidy_edges(text: str, spans: Sequence[ReviewedSpan], revision: Revision) -> Iterator[Finding]:
    for span in spans:
        start, end = _trimmed(text, span.start, span.end)
        is_name = any(map(str.isalnum, text[start:end])) and not is_grammar(span.text)
        if is_name and (start, end) != (span.start, span.end):
            extra = " and ".join(_quoted(part) for part in (text[span.start : start], text[end : span.end]) if part)
            message = f"{_quoted(span.text)} includes {extra} at its edge."
            yield _finding("edge", span, message, *_rebound(revision, span, start, end, text))


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The place without determiners, white space and punctuation at its edges; empty where nothing else is there."""
    while True:
        before = start, end
        for leading in (_LEADING_SIGNS, _DETERMINER):
            if (match := leading.match(text, start, end)) and not _GREEK_AFTER_A.match(text, start, end):
                start = match.end()
        surface = text[start:end]
        if (match := _TRAILING_SIGNS.search(surface)) and not _ENDS_IN_ITS_STOP.search(surface):
            end = start + match.start()
        if (start, end) == before or start >= end:
            return start, end


def _cut_words(text: str, spans: Sequence[ReviewedSpan], revision: Revision) -> Iterator[Finding]:
    words = split_words(text)
    starts, ends = [word.start for word in words], [word.end for word in words]
    for span in spans:
        first, last = bisect_right(starts, span.start) - 1, bisect_left(ends, span.end)
        start = starts[first] if first >= 0 and span.start < ends[first] else span.start
        end = ends[last] if last < len(ends) and starts[last] < span.end else span.end
        if (start, end) != (span.start, span.end):
            message = f"{_quoted(span.text)} is cut out of {_quoted(text[start:end])}."
            yield _finding("cut word", span, message, *_rebound(revision, span, start, end, text))


def _open_brackets(text: str, spans: Sequence[ReviewedSpan], revision: Revision) -> Iterator[Finding]:
    for span in spans:
        if not _unmatched(span.text) or not any(map(str.isalnum, span.text)):
            continue
        message = f"{_quoted(span.text)} has a bracket without its partner."
        place = _with_partners(text, span.start, span.end)
        if place is None:
            yield _finding("brackets", span, message, None, "")
        else:
            yield _finding("brackets", span, message, *_rebound(revision, span, *place, text))


def _unmatched(surface: str) -> list[int]:
    """The places of brackets without a partner in a text."""
    return sorted(place for alone in unmatched_brackets(surface) for place in alone)


def _with_partners(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The place with its brackets matched: one at an edge is left out, the partner of another is taken in."""
    for _ in range(_CLOSING_REACH):
        alone = _unmatched(text[start:end])
        if not alone:
            return (start, end) if any(map(str.isalnum, text[start:end])) else None
        place = start + alone[0]
        if place == start:
            start, end = _trimmed(text, start + 1, end)
        elif start + alone[-1] == end - 1:
            start, end = _trimmed(text, start, end - 1)
        elif text[place] in PARTNERS:
            partner = text.find(PARTNERS[text[place]], end, end + _CLOSING_REACH)
            if partner < 0 or "\n" in text[end:partner]:
                return None
            end = partner + 1
        else:
            opening = next(opening for opening, closing in PARTNERS.items() if closing == text[place])
            partner = text.rfind(opening, max(0, start - _CLOSING_REACH), start)
            if partner < 0 or "\n" in text[partner:start]:
                return None
            start = partner
        if start >= end:
            return None
    return None


def _differing_labels(spans: Sequence[ReviewedSpan], revision: Revision, counts: LabelCounts) -> Iterator[Finding]:
    by_key: dict[str, list[ReviewedSpan]] = {}
    for span in spans:
        if not is_too_common(span.text):
            by_key.setdefault(mention_key(span.text), []).append(span)
    for key, same in by_key.items():
        clear = _clear_label(counts.get(key, {}))
        label = clear or _leading_label(same, counts.get(key, {}))
        agreeing = sum(span.label == label for span in same)
        for span in same:
            if span.label == label:
                continue
            if clear is not None:
                elsewhere = f"{label} in {counts[key][label]} of {sum(counts[key].values())} places of the project"
                kind = "unusual label"
            else:
                elsewhere = f"{label} in {count_nouns(agreeing, 'other place')} of this document"
                kind = "labels differ"
            message = f"{_quoted(span.text)} is {span.label} here, but {elsewhere}."
            yield _finding(kind, span, message, *_relabelled(revision, span, label))


def _clear_label(counts: Mapping[str, int]) -> str | None:
    if not counts:
        return None
    label, count = min(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return label if count >= CLEAR_COUNT and count >= CLEAR_SHARE * sum(counts.values()) else None


def _leading_label(same: Sequence[ReviewedSpan], counts: Mapping[str, int]) -> str:
    """The label most places of the document have; among equals what people accepted, the project has, or came first."""
    places, accepted = Counter(span.label for span in same), Counter(span.label for span in same if span.is_gold)
    first = {label: -order for order, label in reversed(list(enumerate(span.label for span in same)))}
    return max(places, key=lambda label: (places[label], accepted[label], counts.get(label, 0), first[label]))


def _differing_boundaries(
    text: str, spans: Sequence[ReviewedSpan], revision: Revision, counts: LabelCounts
) -> Iterator[Finding]:
    here = count_labels((span.text, span.label) for span in spans)
    taken = {span.key for span in revision.spans}
    words = split_words(text)
    starts, ends = [word.start for word in words], [word.end for word in words]

    def times(key: str, label: str) -> tuple[int, int]:
        return here.get(key, {}).get(label, 0), counts.get(key, {}).get(label, 0)

    for span in spans:
        start, end, how_often = span.start, span.end, (0, 0)
        while longer := _longer_name(text, start, end, span.label, starts, ends, times):
            start, end, how_often = longer
        covered = any(
            other.label == span.label and other.start <= start and end <= other.end and other.id != span.id
            for other in spans
        )
        # Where a person rejected the longer one, they have seen it.
        if (start, end) == (span.start, span.end) or covered or (start, end, span.label) in taken:
            continue
        left_out = " and ".join(
            _quoted(part.strip()) for part in (text[start : span.start], text[span.end : end]) if part
        )
        number = sum(how_often)
        message = (
            f"{_quoted(span.text)} leaves out {left_out}; {_quoted(text[start:end])} is {span.label} in "
            f"{count_nouns(number, 'other place')}."
        )
        yield _finding("boundaries differ", span, message, *_rebound(revision, span, start, end, text))


def _longer_name(
    text: str,
    start: int,
    end: int,
    label: str,
    starts: Sequence[int],
    ends: Sequence[int],
    times: Callable[[str, str], tuple[int, int]],
) -> tuple[int, int, tuple[int, int]] | None:
    """The longest labelled name around a place, at most four words longer on each side, on one line."""
    first, last = bisect_left(starts, start), bisect_right(ends, end)
    lefts = [start, *(starts[i] for i in range(first - 1, max(-1, first - 1 - MOST_WORDS_ADDED), -1))]
    rights = [end, *(ends[i] for i in range(last, min(len(ends), last + MOST_WORDS_ADDED)))]
    places = sorted(((left, right) for left in lefts for right in rights), key=lambda place: place[0] - place[1])
    for left, right in places[:-1]:
        added = text[left:start] + text[end:right]
        if "\n" in added or not any(map(str.isalnum, added)):
            continue
        in_document, in_project = times(_key(text[left:right]), label)
        if in_document or in_project >= LEAST_LONGER:
            return left, right, (in_document, in_project)
    return None


def _finding(kind: str, span: ReviewedSpan, message: str, fix: tuple[Correction, ...] | None, summary: str) -> Finding:
    return Finding(f"{kind}:{span.id}", kind, message, span.start, span.end, (span.id,), fix, summary)


def _removed(span: ReviewedSpan) -> tuple[tuple[Correction, ...], str]:
    return (Correction("remove", span_id=span.id),), f"Remove {span.label} from {_quoted(span.text)}"


def _relabelled(revision: Revision, span: ReviewedSpan, label: str) -> tuple[tuple[Correction, ...], str]:
    if _is_accepted(revision, (span.start, span.end, label)):
        return _removed(span)
    return (Correction("relabel", span_id=span.id, label=label),), f"Make {_quoted(span.text)} {label}"


def _rebound(
    revision: Revision, span: ReviewedSpan, start: int, end: int, text: str
) -> tuple[tuple[Correction, ...], str]:
    if _is_accepted(revision, (start, end, span.label)):
        return _removed(span)
    correction = Correction("rebound", span_id=span.id, start=start, end=end, text=text[start:end])
    return (correction,), f"Change it to {_quoted(text[start:end])}"


def _is_accepted(revision: Revision, key: tuple[int, int, str]) -> bool:
    return any(span.key == key and span.state == "accepted" for span in revision.spans)


def _quoted(text: str) -> str:
    line = " ".join(text.split()) or text
    return f"“{line if len(line) <= 60 else line[:59] + '…'}”"
