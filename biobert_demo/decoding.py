"""Log probabilities of tags enter; the best well-formed tag sequence and a score for each span leave (numpy only)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from biobert_demo.alignment import EncodedSpan, TagSet

NO_LABEL = "none"
"""What stands among the labels for "no mention at all"."""


def log_softmax(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """Log probabilities over the last axis of `logits` [words, tags] divided by a temperature.

    Temperature scaling: Guo et al. 2017, On Calibration of Modern Neural Networks.
    """
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    shifted = scaled - scaled.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def open_bare_insides(logits: np.ndarray, tag_set: TagSet, labels: Sequence[str]) -> np.ndarray:
    """Logits [words, tags] in which I- of these labels, where it opens a span, is B-.

    For checkpoints that name a label without B- and I-: read as IO, their first word of a span would be I- behind O,
    which no well-formed sequence has.
    """
    opened = logits
    best = logits.argmax(axis=-1)
    for label in labels:
        begin, inside = tag_set.begin(label), tag_set.inside(label)
        is_inside = best == inside
        opens = is_inside & ~np.concatenate([[False], is_inside[:-1]])
        opened = opened.copy()
        opened[opens, begin], opened[opens, inside] = logits[opens, inside], logits[opens, begin]
    return opened


def best_tags(log_probabilities: np.ndarray, tag_set: TagSet) -> list[int]:
    """The most probable tag sequence [words] that is well-formed IOB2, by the Viterbi algorithm.

    Where the best tag of each word alone already forms a well-formed sequence, that is the answer.
    """
    if len(log_probabilities) == 0:
        return []
    greedy = [int(tag) for tag in log_probabilities.argmax(axis=-1)]
    if _is_well_formed(greedy, tag_set):
        return greedy
    forbidden = _forbidden_transitions(tag_set)
    best = log_probabilities[0] + np.where(
        [tag_set.is_allowed(0, tag) for tag in range(forbidden.shape[1])], 0.0, -np.inf
    )
    back = np.zeros(log_probabilities.shape, dtype=np.int64)
    for position in range(1, len(log_probabilities)):
        through = best[:, None] + forbidden
        back[position] = through.argmax(axis=0)
        best = through.max(axis=0) + log_probabilities[position]
    tags = [int(best.argmax())]
    for position in range(len(log_probabilities) - 1, 0, -1):
        tags.append(int(back[position][tags[-1]]))
    return tags[::-1]


def span_scores(log_probabilities: np.ndarray, spans: Sequence[EncodedSpan], tag_set: TagSet) -> list[float]:
    """The probability of each span: of its B- tag, its I- tags, and that it does not go on behind its last word.

    Words are taken as independent given the text, as the softmax layer does.
    """
    scores = []
    for span in spans:
        total = float(log_probabilities[span.first, tag_set.begin(span.label)])
        inside = tag_set.inside(span.label)
        total += float(log_probabilities[span.first + 1 : span.last, inside].sum())
        if span.last < len(log_probabilities):
            total += float(np.log1p(-min(np.exp(log_probabilities[span.last, inside]), 1 - 1e-9)))
        scores.append(float(np.exp(total)))
    return scores


def label_alternatives(
    log_probabilities: np.ndarray, spans: Sequence[EncodedSpan], tag_set: TagSet, least: float = 0.01
) -> list[tuple[tuple[str, float], ...]]:
    """For each span the probabilities of what else its words could be, best first: other labels, and NO_LABEL.

    A label's is that of a span of that label with these boundaries, as in `span_scores` (a first word may also be I-,
    for checkpoints without B-); NO_LABEL's is that all its words are O. They need not add up to 1 with the span's
    own score: the rest are other boundaries. Those below `least` are left out.
    """
    insides = [tag_set.inside(label) for label in tag_set.labels]
    begins = [tag_set.begin(label) for label in tag_set.labels]
    alternatives = []
    for span in spans:
        rows = log_probabilities[span.first : span.last]
        totals = np.logaddexp(rows[0, begins], rows[0, insides]) + rows[1:, insides].sum(axis=0)
        if span.last < len(log_probabilities):
            totals = totals + np.log1p(-np.minimum(np.exp(log_probabilities[span.last, insides]), 1 - 1e-9))
        shares = dict(zip(tag_set.labels, np.exp(totals).tolist(), strict=True))
        shares[NO_LABEL] = float(np.exp(rows[:, 0].sum()))
        del shares[span.label]
        ranked = sorted(shares.items(), key=lambda pair: (-pair[1], pair[0]))
        alternatives.append(tuple((label, round(share, 4)) for label, share in ranked if share >= least))
    return alternatives


def near_misses(
    log_probabilities: np.ndarray, spans: Sequence[EncodedSpan], tag_set: TagSet, least: float
) -> list[tuple[EncodedSpan, float]]:
    """Runs of words outside all spans that could be a mention: the likeliest label, and the probability that it is no O.

    A run is of neighbouring words with the same likeliest label, each with a probability of at least `least` not to be
    O; its probability is that of its most doubtful word.
    """
    inside_any = 1 - np.exp(log_probabilities[:, 0])
    for span in spans:
        inside_any[span.first : span.last] = 0
    found: list[tuple[EncodedSpan, float]] = []
    for word in np.flatnonzero(inside_any >= least).tolist():
        shares = np.exp(log_probabilities[word, 1:]).reshape(-1, 2).sum(axis=1)
        label, share = tag_set.labels[int(shares.argmax())], float(inside_any[word])
        if found and found[-1][0].last == word and found[-1][0].label == label:
            last, best = found[-1]
            found[-1] = EncodedSpan(last.first, word + 1, label), max(best, share)
        else:
            found.append((EncodedSpan(word, word + 1, label), share))
    return found


def _is_well_formed(tags: Sequence[int], tag_set: TagSet) -> bool:
    return all(tag_set.is_allowed(a, b) for a, b in zip([0, *tags], tags, strict=False))


def _forbidden_transitions(tag_set: TagSet) -> np.ndarray:
    count = len(tag_set.tags)
    allowed = [[tag_set.is_allowed(a, b) for b in range(count)] for a in range(count)]
    return np.where(allowed, 0.0, -np.inf)
