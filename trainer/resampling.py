"""Counts of two models on the same documents enter; how far the difference of their F1 can be chance leaves.

The paired bootstrap over documents: Efron and Tibshirani 1993, An introduction to the bootstrap; Koehn 2004, Statistical
significance tests for machine translation evaluation; Berg-Kirkpatrick, Burkett and Klein 2012, An empirical
investigation of statistical significance in NLP. Documents are drawn rather than mentions, since the mentions of a
document are right or wrong together.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

PERCENT = 100.0


@dataclass(frozen=True, slots=True)
class Difference:
    """F1 of two models in percent, and the interval of the second's minus the first's in points.

    `p_worse` is how likely chance alone would make the second look so much worse, `p_better` so much better; both lie
    in (0, 1] and are not corrected for how many differences are looked at.
    """

    before: float
    after: float
    low: float
    high: float
    p_worse: float
    p_better: float

    @property
    def points(self) -> float:
        """The second's F1 minus the first's."""
        return self.after - self.before


def measure_differences(
    counts: np.ndarray, resamples: int = 2_000, seed: int = 1, name: str = "", confidence: float = 0.95
) -> list[Difference]:
    """A difference for each group of counts; `counts` is [documents, groups, 2 models, (correct, predicted, gold)].

    The groups (labels) of a resample share its documents. The same counts, seed and name give the same result. Making
    the second model better on a document never lowers `p_worse`, since the resamples do not depend on the counts and
    F1 rises with every error less.
    """
    documents, groups = counts.shape[:2]
    if not documents:
        return [Difference(0.0, 0.0, 0.0, 0.0, 1.0, 1.0)] * groups
    f1 = PERCENT * _f1(counts.sum(axis=0))
    draws = _draws(documents, resamples, np.random.default_rng([seed, zlib.crc32(name.encode())]))
    drawn = PERCENT * _f1((draws @ counts.reshape(documents, -1)).reshape(resamples, groups, 2, 3))
    differences = drawn[..., 1] - drawn[..., 0]
    tail = expand_tail((1 - confidence) / 2, documents)
    low, high = np.quantile(differences, [tail, 1 - tail], axis=0)
    errors = counts[..., 1] + counts[..., 2] - 2 * counts[..., 0]
    return [
        Difference(
            float(f1[group, 0]),
            float(f1[group, 1]),
            float(low[group]),
            float(high[group]),
            _chance((differences[:, group] >= 0).sum(), resamples, (errors[:, group, 1] > errors[:, group, 0]).sum()),
            _chance((differences[:, group] <= 0).sum(), resamples, (errors[:, group, 1] < errors[:, group, 0]).sum()),
        )
        for group in range(groups)
    ]


def expand_tail(tail: float, documents: int) -> float:
    """The share of resamples to leave out on each side so that the interval holds as often as it says.

    Percentiles of few documents are too narrow, as a normal interval is beside Student's: Hesterberg 2015, What teachers
    should know about the bootstrap (the expanded percentile interval). Student's quantile is found through its normal
    approximation, Abramowitz and Stegun 1964, 26.7.8; 0 where there are too few documents for any.
    """
    normal = NormalDist()
    z, freedom = normal.inv_cdf(1 - tail), documents - 1
    if freedom < 1 or (root := (1 - 1 / (4 * freedom)) ** 2 - z * z / (2 * freedom)) <= 0:
        return 0.0
    return normal.cdf(-z / root**0.5 * (documents / freedom) ** 0.5)


def adjust(chances: Sequence[float]) -> list[float]:
    """The chances corrected for how many there are, in the same order: Benjamini and Hochberg 1995.

    Controlling the false discovery rate: a practical and powerful approach to multiple testing. Each adjusted chance
    only rises where one of the chances does.
    """
    order = sorted(range(len(chances)), key=lambda place: chances[place], reverse=True)
    adjusted = [1.0] * len(chances)
    least = 1.0
    for position, place in enumerate(order):
        least = min(least, chances[place] * len(chances) / (len(chances) - position))
        adjusted[place] = least
    return adjusted


def _draws(documents: int, resamples: int, random: np.random.Generator) -> np.ndarray:
    """How often each document is drawn in each resample: [resamples, documents]; exact in 32-bit floats."""
    drawn = random.integers(documents, size=(resamples, documents))
    drawn += np.arange(resamples)[:, None] * documents
    return np.bincount(drawn.ravel(), minlength=resamples * documents).reshape(resamples, documents).astype(np.float32)


def _f1(counts: np.ndarray) -> np.ndarray:
    """F1 as a share of 1 from [..., (correct, predicted, gold)]; 0 where there is nothing, as in `scoring`."""
    correct, both = counts[..., 0].astype(np.float64), (counts[..., 1] + counts[..., 2]).astype(np.float64)
    return 2 * correct / np.maximum(both, 1)


def _chance(contrary: int, resamples: int, documents: int) -> float:
    """The share of resamples that say otherwise (Davison and Hinkley 1997, with the sample itself as one of them).

    With few documents resampling is too sure of itself: that all of k documents speak for the same model has the
    chance 2^-k, so nothing is surer than that (the sign test).
    """
    return float(max((1 + contrary) / (1 + resamples), 0.5 ** min(int(documents), 60)))
