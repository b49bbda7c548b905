"""Corrections and frozen gold enter; where the corrections contradict each other or what is known leaves. Pure.

A model can learn to please both wrong corrections and the gold it is examined on, so the corrections themselves are
looked at too: by name, the way `mentions.mention_key` tells names apart. The limits are set from honest corpora, whose
guidelines differ, and from simulated vandals; docs/gate.md has the figures.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from biobert_demo.mentions import is_too_common, mention_key
from biobert_demo.recognition import drop_person_words
from biobert_demo.reviewed import ReviewedDocument
from biobert_demo.wording import count_nouns

LEAST_COUNT = 8
"""Mentions that contradict, below which it may be a name or two that mean two things."""
LEAST_SHARE = 0.3
"""Of the mentions whose names the gold knows."""
LEAST_SHARE_AMONG = 0.2
"""Of the mentions of names that stand in several places; honest corpora stay below 0.2 %."""
CLEAR_SHARE = 0.8
"""The gold knows a name where at least this share of its mentions has one label."""
MOST_OF_A_NAME = 3
"""Mentions of a name in one document that count: an abbreviation that means something else there is one error, not ten."""
EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Corrections that contradict the gold, or each other: `count` of `total` mentions, and the names most of them have.

    Over the limit they are a reason to refuse whatever was learned from them; below it they are for information.
    """

    sentence: str
    count: int
    total: int
    examples: tuple[str, ...]
    is_over_limit: bool


@dataclass(frozen=True, slots=True)
class _Mention:
    """A name in a corrected document; `covered` are the labels that its review is about, none where it is not complete."""

    key: str
    text: str
    label: str
    author: str
    covered: frozenset[str]


def find_contradictions(reviewed: Iterable[ReviewedDocument], gold: Iterable[ReviewedDocument]) -> list[Contradiction]:
    """What contradicts, those over the limit first.

    Corrections of each author are also looked at by themselves, so that one vandal does not hide among many. Only labels
    that the gold covers are compared with it: a label of the lab's own may well divide what the gold calls Chemical.
    Give as `gold` all that there is, replayed documents included: names are only known from mentions.
    """
    gold = list(gold)
    known = _known_names(gold)
    covered = frozenset[str]().union(*(one.labels for one in gold))
    mentions = [mention for one in reviewed for mention in _mentions(one)]
    comparable = [one for one in mentions if one.key in known and one.label in covered]
    authors = {one.author for one in comparable}
    over = [
        found
        for author in sorted(authors - {""} if len(authors) > 1 else ())
        for found in _against_gold([one for one in comparable if one.author == author], known, author)
    ]
    over = over or list(_against_gold(comparable, known, ""))
    notes = [] if over else list(_note(comparable, known))
    return sorted([*over, *_among_themselves(mentions), *notes], key=lambda one: not one.is_over_limit)


def _known_names(gold: Iterable[ReviewedDocument]) -> dict[str, str]:
    """The label of each name that the gold is clear about."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for one in gold:
        for annotation in drop_person_words(one.document.annotations):
            if annotation.label in one.labels and not is_too_common(annotation.text):
                counts[_key(annotation.text)][annotation.label] += 1
    leading = {key: _leading(labels) for key, labels in counts.items()}
    return {key: label for key, label in leading.items() if counts[key][label] >= CLEAR_SHARE * counts[key].total()}


def _mentions(one: ReviewedDocument) -> Iterator[_Mention]:
    """The accepted mentions of a review, at most three of a name and label; places with two labels say nothing."""
    labels_at: defaultdict[tuple[int, int], set[str]] = defaultdict(set)
    accepted = drop_person_words(one.document.annotations)
    for annotation in accepted:
        labels_at[annotation.start, annotation.end].add(annotation.label)
    times: Counter[tuple[str, str]] = Counter()
    for annotation in accepted:
        if len(labels_at[annotation.start, annotation.end]) > 1 or is_too_common(annotation.text):
            continue
        key = _key(annotation.text)
        times[key, annotation.label] += 1
        if times[key, annotation.label] <= MOST_OF_A_NAME:
            yield _Mention(key, " ".join(annotation.text.split()), annotation.label, one.author, one.labels)


def _against_gold(mentions: Sequence[_Mention], known: Mapping[str, str], author: str) -> Iterator[Contradiction]:
    """Over the limit: names known as one label that have another; and labels given to names known as something else.

    The first needs reviews that are about both labels: in a review of genes alone every name known as a chemical is,
    where it is labelled at all, a gene. The second asks how much of what is called a gene is known as something else.
    """
    by = f" by {author}" if author else ""
    told: set[str] = set()
    for label in sorted({known[one.key] for one in mentions}):
        of_label = [one for one in mentions if known[one.key] == label and label in one.covered]
        for other in sorted({one.label for one in of_label} - {label}):
            asked = [one for one in of_label if other in one.covered]
            those = [one for one in asked if one.label == other]
            if _is_over(len(those), len(asked), LEAST_SHARE):
                told.add(other)
                what = f"corrected mentions{by} whose names are {label} in the gold documents are {other}"
                yield _contradiction(those, len(asked), known, what, "Look at these corrections again.", True)
    for label in sorted({one.label for one in mentions} - told):
        of_label = [one for one in mentions if one.label == label]
        those = [one for one in of_label if known[one.key] != label]
        if _is_over(len(those), len(of_label), LEAST_SHARE):
            what = f"mentions corrected to {label}{by}, of names in the gold documents, are something else there"
            yield _contradiction(those, len(of_label), known, what, "Look at these corrections again.", True)


def _note(mentions: Sequence[_Mention], known: Mapping[str, str]) -> Iterator[Contradiction]:
    """What is below the limits, for information."""
    those = [one for one in mentions if known[one.key] != one.label]
    if those:
        what = (
            "corrected mentions have another label than their names have in the gold documents, which is not too many"
        )
        yield _contradiction(those, len(mentions), known, what, "", False)


def _among_themselves(mentions: Iterable[_Mention]) -> Iterator[Contradiction]:
    """Names that complete reviews give two labels, where both reviews are about both labels; the worst label first."""
    by_key: defaultdict[str, list[_Mention]] = defaultdict(list)
    for one in mentions:
        if one.covered:
            by_key[one.key].append(one)
    leading = {key: _leading(Counter(one.label for one in of_name)) for key, of_name in by_key.items()}
    total: Counter[str] = Counter()
    differing: defaultdict[str, list[_Mention]] = defaultdict(list)
    for key, of_name in by_key.items():
        if len(of_name) > 1:
            asked = [one for one in of_name if {leading[key], one.label} <= one.covered]
            total[leading[key]] += len(asked)
            differing[leading[key]] += [one for one in asked if one.label != leading[key]]
    for label, those in sorted(differing.items(), key=lambda pair: (-len(pair[1]), pair[0])):
        if those:
            is_over = _is_over(len(those), total[label], LEAST_SHARE_AMONG)
            what = f"mentions of names that the corrections mostly call {label} have another label in other corrections"
            advice = "Decide which it is." if is_over else ""
            yield _contradiction(those, total[label], leading, what, advice, is_over, "elsewhere")


def _is_over(count: int, total: int, share: float) -> bool:
    return count >= LEAST_COUNT and count >= share * total


def _contradiction(
    those: Sequence[_Mention],
    total: int,
    known: Mapping[str, str],
    what: str,
    advice: str,
    is_over_limit: bool,
    where: str = "in the gold",
) -> Contradiction:
    names = Counter((one.key, one.label) for one in those)
    surface = {one.key: one.text for one in reversed(those)}
    examples = tuple(
        f"“{surface[key]}” ({known[key]} {where}, {label} in {count_nouns(count, 'correction')})"
        for (key, label), count in sorted(names.items(), key=lambda pair: (-pair[1], pair[0]))[:EXAMPLES]
    )
    sentence = f"{len(those)} of {total} {what}: {', '.join(examples)}.{advice and f' {advice}'}"
    return Contradiction(sentence, len(those), total, examples, is_over_limit)


def _leading(labels: Counter[str]) -> str:
    return min(labels, key=lambda label: (-labels[label], label))


@lru_cache(maxsize=50_000)
def _key(text: str) -> str:
    return mention_key(text)
