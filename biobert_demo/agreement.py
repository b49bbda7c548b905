"""Several people's spans on the same documents enter; how far they agree, and where they differ, leaves.

Only documents that two or more completed count, and only accepted spans. docs/queue-and-agreement.md has the formulas.

Kappa and alpha compare words. A word's label is that of the innermost span over it - the shortest, the one that starts
later, the first by name - and "none" outside; without B- and I-, since two people who put a boundary differently agree
on all the other words. A label by itself is compared as "in a span of that label" or not, so nested spans count there.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal, Protocol

from biobert_demo.decoding import NO_LABEL
from biobert_demo.documents import Token
from biobert_demo.scoring import Score, SpanKey, micro_average, score_spans
from biobert_demo.segmentation import split_words

DifferenceKind = Literal["same", "only_a", "only_b", "label", "boundary"]


class Labelled(Protocol):
    """What is compared of a span: `Annotation` and `review.ReviewedSpan` have it."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def label(self) -> str: ...


@dataclass(frozen=True, slots=True)
class CompletedReview:
    """One annotator's accepted spans of a document they completed."""

    document_id: Hashable
    text: str
    author: str
    spans: Sequence[Labelled]


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """How far two people agree: on spans (strict), and on words beyond chance; None where chance alone explains all.

    `strict.predicted` counts the second's spans, `strict.gold` the first's: F1 is the same either way round. `label` is
    None for all labels together.
    """

    first: str
    second: str
    label: str | None
    documents: int
    words: int
    strict: Score
    kappa: float | None


@dataclass(frozen=True, slots=True)
class Alpha:
    """Krippendorff's alpha over everybody's words; None where there is nothing to compare or only one label."""

    label: str | None
    documents: int
    words: int
    annotators: int
    alpha: float | None


@dataclass(frozen=True, slots=True)
class AgreementReport:
    """Agreement of each pair of annotators and of all together; overall (label None) first, then label by label."""

    documents: int
    authors: tuple[str, ...]
    labels: tuple[str, ...]
    pairs: tuple[PairAgreement, ...]
    alphas: tuple[Alpha, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where two people's spans are compared: what each has there, and the stretch that both cover together.

    same: equal spans. label: equal boundaries, other labels. boundary: overlapping, same label. only_a, only_b: the
    other has nothing that fits. `a` and `b` are the spans themselves, as they were passed.
    """

    kind: DifferenceKind
    a: Labelled | None
    b: Labelled | None
    start: int
    end: int


def measure_agreement(reviews: Iterable[CompletedReview]) -> AgreementReport:
    """Agreement on the documents that two or more people completed; the others are left out.

    Of several reviews of one document by one author the last counts.
    """
    by_document: dict[Hashable, dict[str, CompletedReview]] = {}
    for review in reviews:
        by_document.setdefault(review.document_id, {})[review.author] = review
    shared = {id: by_author for id, by_author in by_document.items() if len(by_author) > 1}
    everyone = [review for by_author in shared.values() for review in by_author.values()]
    authors = tuple(sorted({review.author for review in everyone}))
    labels = tuple(sorted({span.label for review in everyone for span in review.spans}))
    words = {id: split_words(next(iter(by_author.values())).text) for id, by_author in shared.items()}
    scopes: tuple[str | None, ...] = (None, *labels)
    tagged = {
        (id, author, scope): _word_labels(words[id], review.spans, scope)
        for id, by_author in shared.items()
        for author, review in by_author.items()
        for scope in scopes
    }
    pairs: list[PairAgreement] = []
    for first, second in combinations(authors, 2):
        common = [id for id, by_author in shared.items() if first in by_author and second in by_author]
        if not common:
            continue
        scores = score_spans(
            ([_key(span) for span in shared[id][first].spans] for id in common),
            ([_key(span) for span in shared[id][second].spans] for id in common),
            labels,
        )
        word_count = sum(len(words[id]) for id in common)
        for scope in scopes:
            kappa = cohens_kappa(
                [label for id in common for label in tagged[id, first, scope]],
                [label for id in common for label in tagged[id, second, scope]],
            )
            strict = micro_average(scores) if scope is None else scores[scope]
            pairs.append(PairAgreement(first, second, scope, len(common), word_count, strict, kappa))
    pairs.sort(key=lambda pair: (pair.label is not None, pair.label or "", pair.first, pair.second))
    total = sum(map(len, words.values()))
    alphas = tuple(
        Alpha(
            scope,
            len(shared),
            total,
            len(authors),
            krippendorffs_alpha(
                ratings
                for id, by_author in shared.items()
                for ratings in zip(*(tagged[id, author, scope] for author in sorted(by_author)), strict=True)
            ),
        )
        for scope in scopes
    )
    return AgreementReport(len(shared), authors, labels, tuple(pairs), alphas)


def cohens_kappa(first: Sequence[Hashable], second: Sequence[Hashable]) -> float | None:
    """Agreement of two people's labels of the same items beyond chance, from -1 to 1: (p_o - p_e) / (1 - p_e).

    p_o is the share of items with equal labels, p_e what their own label frequencies would give by chance. None where
    p_e is 1: nothing to compare, or one label everywhere. Cohen 1960, A coefficient of agreement for nominal scales.
    """
    count = len(first)
    if count != len(second):
        raise ValueError(f"Kappa needs two labels an item, but there are {count} and {len(second)}.")
    of_first, of_second = Counter(first), Counter(second)
    by_chance = sum(number * of_second[label] for label, number in of_first.items())
    if by_chance == count * count:
        return None
    observed = sum(one == other for one, other in zip(first, second, strict=True))
    return (observed * count - by_chance) / (count * count - by_chance)


def krippendorffs_alpha(items: Iterable[Sequence[Hashable]]) -> float | None:
    """Agreement of two or more people's labels beyond chance, from below 0 to 1; an item has as many labels as it got.

    None where no item has two labels, or all labels are the same. Nominal alpha, 1 - D_o / D_e: Krippendorff 1980,
    Content analysis. The disagreement is nltk's. `AnnotationTask.alpha` itself asks for it item by item, which takes
    minutes for a few hundred abstracts; equal items are counted here first.
    """
    from nltk.metrics.agreement import AnnotationTask

    patterns = Counter(tuple(sorted(map(str, labels))) for labels in items if len(labels) > 1)
    totals: Counter[str] = Counter()
    for pattern, number in patterns.items():
        for label in pattern:
            totals[label] += number
    if len(totals) < 2:
        return None
    task = AnnotationTask()
    observed = sum(
        number * len(pattern) * task.Disagreement(Counter(pattern)) for pattern, number in patterns.items()
    ) / sum(totals.values())
    return float(1 - observed / task.Disagreement(totals))


def compare_reviews(text: str, a: Iterable[Labelled], b: Iterable[Labelled]) -> list[Difference]:
    """Two people's spans of a text side by side, in the order of the text; each span occurs once.

    Equal ones are paired first, then equal boundaries with other labels, then overlapping ones of one label (those that
    share most of their length first). Spans outside the text raise ValueError.
    """
    left, right = _distinct(text, a), _distinct(text, b)
    differences: list[Difference] = []

    def pair(kind: DifferenceKind, keys: Iterable[tuple[SpanKey, SpanKey]]) -> None:
        for one, other in keys:
            if one in left and other in right:
                start, end = min(one[0], other[0]), max(one[1], other[1])
                differences.append(Difference(kind, left.pop(one), right.pop(other), start, end))

    pair("same", [(key, key) for key in left if key in right])
    at: defaultdict[tuple[int, int], list[SpanKey]] = defaultdict(list)
    for key in right:
        at[key[:2]].append(key)
    pair("label", [(one, other) for one in left for other in at[one[:2]]])
    meeting = [
        (one, other)
        for one in left
        for other in right
        if one[2] == other[2] and one[0] < other[1] and other[0] < one[1]
    ]
    pair("boundary", sorted(meeting, key=lambda keys: (-_shared_part(*keys), *keys)))
    differences.extend(Difference("only_a", span, None, span.start, span.end) for span in left.values())
    differences.extend(Difference("only_b", None, span, span.start, span.end) for span in right.values())
    return sorted(differences, key=lambda one: (one.start, one.end, one.kind, one.a is None, _label_of(one)))


def _key(span: Labelled) -> SpanKey:
    return span.start, span.end, span.label


def _word_labels(words: Sequence[Token], spans: Iterable[Labelled], scope: str | None) -> list[str]:
    """A label for each word; a word belongs to a span that covers any of it."""
    labels = [NO_LABEL] * len(words)
    ends = [word.end for word in words]
    # The innermost is drawn last, over the others.
    for span in sorted(spans, key=lambda one: (one.start - one.end, one.start, _reversed(one.label))):
        if scope is None or span.label == scope:
            for place in range(bisect_right(ends, span.start), len(words)):
                if words[place].start >= span.end:
                    break
                labels[place] = span.label
    return labels


def _reversed(label: str) -> tuple[int, ...]:
    return tuple(-ord(character) for character in label)


def _distinct(text: str, spans: Iterable[Labelled]) -> dict[SpanKey, Labelled]:
    distinct = {_key(span): span for span in sorted(spans, key=_key)}
    if outside := next((key for key in distinct if not 0 <= key[0] < key[1] <= len(text)), None):
        raise ValueError(f"The span {outside} lies outside the text of {len(text)} code points.")
    return distinct


def _shared_part(one: SpanKey, other: SpanKey) -> float:
    shared = min(one[1], other[1]) - max(one[0], other[0])
    return shared / (max(one[1], other[1]) - min(one[0], other[0]))


def _label_of(difference: Difference) -> str:
    span = difference.a or difference.b
    return span.label if span is not None else ""
