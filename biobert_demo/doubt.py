"""Predicted mentions with their probabilities enter; the order in which documents are worth a look, and why, leaves.

Pure functions; nothing is random but by a seed. docs/queue-and-agreement.md has the formulas and their sources.
"""

from __future__ import annotations

import hashlib
import heapq
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from biobert_demo.annotations import Annotation
from biobert_demo.decoding import NO_LABEL
from biobert_demo.mentions import mention_key
from biobert_demo.segmentation import split_words

OPENING_COST = 600
"""Code points of reading that opening a document costs beside its length; else the shortest would always be first."""
SHINGLE_WORDS = 5
SKETCH_SIZE = 64
BANDS = 8
"""Documents whose 8 smallest shingle hashes have none in common are not compared: they are no near-copies."""
SHOWN = 40
"""Code points of a mention in a reason."""

KINDS = ("random", "copy", "tie", "unsure", "elsewhere", "miss", "rare", "rare label")

_OPENINGS = {
    "elsewhere": "same string labelled differently elsewhere",
    "rare": "rare in training",
    "rare label": "rare label",
    "miss": "possible miss",
}


class ScoredMention(Protocol):
    """What is looked at in a mention: `review.ReviewedSpan` and `Mention` have it."""

    @property
    def text(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def score(self) -> float | None: ...
    @property
    def others(self) -> Sequence[tuple[str, float]]: ...


@dataclass(frozen=True, slots=True)
class Mention:
    """A predicted mention: its label with its probability, and further labels with theirs, best first."""

    text: str
    label: str
    score: float | None
    others: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A document that could be next: its length in code points and the mentions nobody has decided on yet.

    `misses` are what the model nearly took for mentions; `fingerprint` comes from `fingerprint(text)`.
    """

    document_id: int
    length: int
    mentions: tuple[ScoredMention, ...] = ()
    misses: tuple[ScoredMention, ...] = ()
    fingerprint: tuple[int, ...] = ()

    @classmethod
    def of(
        cls,
        document_id: int,
        text: str,
        annotations: Iterable[Annotation],
        others: Mapping[int, Sequence[tuple[str, float]]] | None = None,
        misses: Iterable[Annotation] = (),
    ) -> Candidate:
        """A candidate from a recognizer's annotations; `others[i]` are further labels of the i-th."""
        return cls(
            document_id,
            len(text),
            tuple(
                Mention(one.text, one.label, one.score, tuple((others or {}).get(i, ())))
                for i, one in enumerate(annotations)
            ),
            tuple(Mention(one.text, one.label, one.score) for one in misses),
            fingerprint(text),
        )


@dataclass(frozen=True, slots=True)
class RankSettings:
    """What counts as doubtful, and how much of the queue is drawn at random.

    `known` counts the labels people gave to each text (`mentions.count_labels` over gold or training mentions); `done`
    is how many documents were already completed, so that the random share holds however often the rest is ranked;
    `reviewed` are their fingerprints by id, so that their near-copies come last.
    """

    unsure_below: float = 0.6
    tie_within: float = 0.05
    miss_above: float = 0.3
    rare_label_share: float = 0.02
    random_share: float = 0.2
    seed: int = 13
    done: int = 0
    duplicate_share: float = 0.8
    repeat_decay: float = 0.5
    known: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    reviewed: Mapping[int, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class QueueItem:
    """A document's place in the queue: its doubt for its length, and the reasons in words, weightiest first.

    `kinds` are those of the reasons (KINDS), for filters; `copy_of` is the document with nearly the same text.
    """

    document_id: int
    score: float
    reasons: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    copy_of: int | None = None


class _Doubt(NamedTuple):
    """One question a document raises; `key` is its kind and what it is about, the same wherever it is raised."""

    key: tuple[str, str]
    weight: float
    mention: ScoredMention
    other: tuple[str, float] = ("", 0.0)


def rank_documents(candidates: Iterable[Candidate], settings: RankSettings | None = None) -> list[QueueItem]:
    """All candidates, each once, in the order to look at them, with reasons.

    The most doubtful for their length come first, where what an earlier one already raised counts less; every
    1/`random_share`-th place goes to a document drawn whatever its doubt; near-copies of another come last. The same
    candidates and settings give the same order.
    """
    settings = settings or RankSettings()
    by_id = {candidate.document_id: candidate for candidate in candidates}
    tables = _Tables(by_id.values(), settings.known)
    doubts = {id: _doubts(candidate, tables, settings) for id, candidate in by_id.items()}
    scores = dict(_by_doubt(by_id, doubts, settings.repeat_decay))
    copies = _near_copies([(id, by_id[id].fingerprint) for id in scores], settings)
    drawn = sorted(
        (id for id in scores if id not in copies and is_drawn(id, settings.seed, settings.random_share)),
        key=lambda id: (_draw(id, settings.seed), id),
    )
    in_sample = set(drawn)
    doubted = [id for id in scores if id not in copies and id not in in_sample]
    order = [*_mixed(doubted, drawn, settings.random_share, settings.done), *(id for id in scores if id in copies)]
    return [_item(by_id[id], scores[id], doubts[id], id in in_sample, copies.get(id), settings) for id in order]


def is_drawn(document_id: int, seed: int, share: float) -> bool:
    """Whether a document is in the random sample; it depends on nothing else, so the sample is fit to measure on."""
    return _draw(document_id, seed) < share


def fingerprint(text: str) -> tuple[int, ...]:
    """A sketch of a text: the 64 smallest hashes of its runs of five words, lower-cased (all of it where shorter).

    Bottom-k sketch: Broder 1997, On the resemblance and containment of documents; Cohen and Kaplan 2007.
    """
    words = [word.of(text).lower() for word in split_words(text)]
    runs = (" ".join(words[i : i + SHINGLE_WORDS]) for i in range(max(1, len(words) - SHINGLE_WORDS + 1)))
    hashes = {zlib.crc32(run.encode("utf-8", "surrogatepass")) for run in runs if run}
    return tuple(heapq.nsmallest(SKETCH_SIZE, hashes))


def resemblance(one: Sequence[int], other: Sequence[int]) -> float:
    """The estimated share of runs of words that two texts have in common (Jaccard), from their fingerprints."""
    first, second = set(one), set(other)
    smallest = heapq.nsmallest(SKETCH_SIZE, first | second)
    return sum(value in first and value in second for value in smallest) / len(smallest) if smallest else 0.0


class _Tables:
    """Labels by text (`mention_key`): what people gave, and what the model suggests in how many documents."""

    def __init__(self, candidates: Iterable[Candidate], known: Mapping[str, Mapping[str, int]]) -> None:
        self._keys: dict[str, str] = {}
        self._elsewhere: dict[tuple[str, str], tuple[str, int] | None] = {}
        self.known = known
        self.of_labels: Counter[str] = Counter()
        for labels in known.values():
            self.of_labels.update(labels)
        self.total = sum(self.of_labels.values())
        self.suggested: dict[str, Counter[str]] = {}
        for candidate in candidates:
            # What a document repeats counts once, or one long document outvotes the others.
            for key, label in {(self.key(one.text), one.label) for one in candidate.mentions}:
                self.suggested.setdefault(key, Counter())[label] += 1

    def key(self, text: str) -> str:
        """`mention_key`, remembered: most mentions repeat."""
        if text not in self._keys:
            self._keys[text] = mention_key(text)
        return self._keys[text]

    def elsewhere(self, key: str, label: str) -> tuple[str, int] | None:
        """The label that the text has more often elsewhere, and how often (twice or more); None where it is the same."""
        if (key, label) not in self._elsewhere:
            counts = self.suggested.get(key, Counter()) + Counter(self.known.get(key, {}))
            counts[label] -= 1
            best, count = min(counts.items(), key=lambda pair: (-pair[1], pair[0]))
            self._elsewhere[key, label] = (best, count) if count >= 2 and count > counts[label] else None
        return self._elsewhere[key, label]

    def is_rare_label(self, label: str, share: float) -> bool:
        return self.total > 0 and self.of_labels[label] < share * self.total


def _doubts(candidate: Candidate, tables: _Tables, settings: RankSettings) -> tuple[_Doubt, ...]:
    found: dict[tuple[str, str], _Doubt] = {}
    for one in candidate.mentions:
        for doubt in _doubts_of_mention(one, tables, settings):
            # The same question about the same name is asked once a document.
            if doubt.key not in found or found[doubt.key].weight < doubt.weight:
                found[doubt.key] = doubt
    for one in candidate.misses:
        if one.score is not None and one.score >= settings.miss_above:
            key = ("miss", tables.key(one.text))
            found.setdefault(key, _Doubt(key, one.score, one))
    return tuple(sorted(found.values(), key=lambda doubt: (-doubt.weight, doubt.key)))


def _doubts_of_mention(one: ScoredMention, tables: _Tables, settings: RankSettings) -> Iterator[_Doubt]:
    key = tables.key(one.text)
    if one.score is not None:
        other = next((pair for pair in one.others if pair[0] != NO_LABEL), None)
        if other is not None and (margin := abs(one.score - other[1])) <= settings.tie_within:
            # The smaller the margin, the more a look decides.
            weight = 1 - 0.5 * margin / settings.tie_within if settings.tie_within else 1.0
            yield _Doubt(("tie", key), weight, one, other)
        if one.score < settings.unsure_below:
            yield _Doubt(("unsure", key), 1 - one.score, one)
    if (elsewhere := tables.elsewhere(key, one.label)) is not None:
        yield _Doubt(("elsewhere", key), 0.6, one, elsewhere)
    if tables.total:
        if key not in tables.known:
            yield _Doubt(("rare", key), 0.2, one)
        if tables.is_rare_label(one.label, settings.rare_label_share):
            yield _Doubt(("rare label", one.label), 0.4, one)


def _by_doubt(
    candidates: Mapping[int, Candidate], doubts: Mapping[int, Sequence[_Doubt]], decay: float
) -> Iterator[tuple[int, float]]:
    """(document id, score), best first; a doubt weighs `decay` times less for each document before that raised it.

    Scores only sink while others are taken, so the best one is the first that is still as good as it was (lazy greedy:
    Minoux 1978, Accelerated greedy algorithms for maximizing submodular set functions).
    """
    raised: dict[tuple[str, str], float] = defaultdict(lambda: 1.0)

    def score(id: int) -> float:
        total = 0.0
        for doubt in doubts[id]:
            total += doubt.weight * raised[doubt.key]
        return round(1_000 * total / (candidates[id].length + OPENING_COST), 6)

    heap = [(-score(id), -_mean_doubt(candidate), id) for id, candidate in candidates.items()]
    heapq.heapify(heap)
    while heap:
        before, mean, id = heapq.heappop(heap)
        now = score(id)
        if -before > now:
            heapq.heappush(heap, (-now, mean, id))
            continue
        for doubt in doubts[id]:
            raised[doubt.key] *= decay
        yield id, now


def _mean_doubt(candidate: Candidate) -> float:
    scores = [one.score for one in candidate.mentions if one.score is not None]
    return 1 - sum(scores) / len(scores) if scores else 0.0


def _near_copies(ranked: Sequence[tuple[int, tuple[int, ...]]], settings: RankSettings) -> dict[int, int]:
    """{document id: the document before it, or reviewed already, that has nearly the same text}."""
    sketches: dict[int, tuple[int, ...]] = {}
    by_hash: dict[int, list[int]] = {}
    copies: dict[int, int] = {}
    given = set(settings.reviewed)
    for id, sketch in [*settings.reviewed.items(), *(pair for pair in ranked if pair[0] not in given)]:
        if not sketch:
            continue
        met = {other for value in sketch[:BANDS] for other in by_hash.get(value, ())}
        twin = next((other for other in sorted(met) if _is_copy(sketch, sketches[other], settings)), None)
        if twin is not None:
            copies[id] = twin
            continue
        sketches[id] = sketch
        for value in sketch[:BANDS]:
            by_hash.setdefault(value, []).append(id)
    return {id: twin for id, twin in copies.items() if id not in given}


def _is_copy(one: Sequence[int], other: Sequence[int], settings: RankSettings) -> bool:
    return resemblance(one, other) >= settings.duplicate_share


def _draw(document_id: int, seed: int) -> float:
    digest = hashlib.blake2b(f"{seed}:{document_id}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64


def _mixed(doubted: Sequence[int], drawn: Sequence[int], share: float, done: int) -> Iterator[int]:
    """Both in turn, so that of the first n places of the whole queue, `done` included, n * share are drawn."""
    first, second = iter(doubted), iter(drawn)
    for place in range(done, done + len(doubted) + len(drawn)):
        is_turn = int((place + 1) * share) > int(place * share)
        one = next(second if is_turn else first, None)
        yield next(first if is_turn else second) if one is None else one


def _item(
    candidate: Candidate,
    score: float,
    doubts: Sequence[_Doubt],
    is_in_sample: bool,
    copy_of: int | None,
    settings: RankSettings,
) -> QueueItem:
    by_kind: dict[str, list[_Doubt]] = {}
    for doubt in doubts:
        by_kind.setdefault(doubt.key[0], []).append(doubt)
    weights = {kind: sum(doubt.weight for doubt in of_kind) for kind, of_kind in by_kind.items()}
    kinds = sorted(by_kind, key=lambda kind: (-weights[kind], kind))
    reasons = [_in_words(kind, by_kind[kind], candidate, settings) for kind in kinds]
    if is_in_sample:
        kinds, reasons = ["random", *kinds], ["random check", *reasons]
    if copy_of is not None:
        kinds, reasons = ["copy", *kinds], ["nearly the same text as another document", *reasons]
    return QueueItem(candidate.document_id, score, tuple(reasons), tuple(kinds), copy_of)


def _in_words(kind: str, doubts: Sequence[_Doubt], candidate: Candidate, settings: RankSettings) -> str:
    if kind == "unsure":
        scores = [one.score for one in candidate.mentions if one.score is not None]
        below = sum(score < settings.unsure_below for score in scores)
        return f"unsure: {below} of {len(candidate.mentions)} mentions below {settings.unsure_below:g}"
    opening = f"two labels within {settings.tie_within:g}" if kind == "tie" else _OPENINGS[kind]
    more = f" and {len(doubts) - 1} more" if len(doubts) > 1 else ""
    one, (label, number) = doubts[0].mention, doubts[0].other
    details = {
        "tie": f"{_quoted(one.text)} ({one.label} {one.score or 0:.2f}, {label} {number:.2f})",
        "miss": f"{_quoted(one.text)} ({one.label} {one.score or 0:.2f})",
        "elsewhere": f"{_quoted(one.text)} ({one.label} here, {label} in {number:.0f} other places)",
        "rare label": f"{one.label} ({_quoted(one.text)})",
    }
    return f"{opening}: {details.get(kind, _quoted(one.text))}{more}"


def _quoted(text: str) -> str:
    line = " ".join(text.split())
    return f"“{line if len(line) <= SHOWN else line[: SHOWN - 1] + '…'}”"
