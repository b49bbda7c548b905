"""Scores of models that learned from more and more documents enter; what further documents would bring leaves. Pure.

Over a wide range the error of a model that is given more examples falls as an inverse power law, error(n) = c + a * n^-b:
Cortes, Jackel, Solla, Vapnik and Denker (1994), Learning Curves: Asymptotic Values and Rate of Convergence; Hestness et al.
(2017), Deep Learning Scaling is Predictable, Empirically, arXiv:1712.00409. Figueroa, Zeng-Treitler, Kandula and Ngo (2012),
Predicting sample size required for classification performance, doi:10.1186/1472-6947-12-8, fit it to few points by
weighted least squares, as here: a point counts in proportion to its documents, since later points are closer to where
the question lies.

Here n is moved by `HEAD_START`, since a model that has seen no correction is not a model that has seen nothing. The
interval comes from all curves that go through the points about as well as the best one does, not from that one alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

HEAD_START = 10.0
"""Documents that the start counts for; so the curve has a value at 0."""

LEAST_POINTS = 3
"""Two points lie on many curves."""

LEAST_DOCUMENTS = 10
"""Of a curve over fewer nothing is said: what one document more or less does to a model is chance."""

FARTHEST = 20
"""Nobody should believe a curve beyond so many times the documents that it was drawn from."""

NOISE = 1.0
"""Points of F1 by which a score is off at least, as the standard deviation: what another seed, or a few other documents
set aside, would change. Without it three points that happen to lie on a curve would leave no doubt."""

_EXPONENTS = tuple(0.05 * step for step in range(1, 31))
_FLOORS = tuple(2.5 * step for step in range(33))

Why = Literal["few_points", "no_gain", "too_far", "at_the_top", ""]


@dataclass(frozen=True, slots=True)
class Point:
    """F1 in percent of a model that learned from so many documents."""

    documents: float
    f1: float


@dataclass(frozen=True, slots=True)
class Curve:
    """F1(n) = 100 - floor - scale * (n + HEAD_START) ** -exponent, and how well it goes through its points."""

    floor: float
    scale: float
    exponent: float
    misfit: float

    def f1(self, documents: float) -> float:
        """F1 in percent that the curve gives for so many documents."""
        return 100 - self.floor - self.scale * (documents + HEAD_START) ** -self.exponent

    def documents(self, f1: float) -> float | None:
        """How many documents give this F1; None where none do."""
        remaining = 100 - self.floor - f1
        if remaining <= 0:
            return None
        power = math.log(self.scale / remaining) / self.exponent if self.scale > 0 else math.inf
        return math.exp(power) - HEAD_START if power < 50 else None


@dataclass(frozen=True, slots=True)
class Forecast:
    """How many more documents `gain` further points of F1 take: `more`, likely between `low` and `high`.

    `high` None: it may be more than can be told. Where nothing can be told, `more` is None and `why` says why.
    """

    gain: float
    more: int | None
    low: int | None = None
    high: int | None = None
    why: Why = ""


def fit_curve(points: Iterable[Point]) -> Curve | None:
    """The inverse power law with the least weighted squared error; None with fewer than three numbers of documents."""
    found = _curves(_averaged(points))
    return min(found, key=lambda curve: curve.misfit, default=None)


def forecast(points: Iterable[Point], gain: float = 1.0) -> Forecast:
    """How many more documents the next `gain` points of F1 take, from the scores so far."""
    known = _averaged(points)
    if len(known) < LEAST_POINTS or known[-1].documents < LEAST_DOCUMENTS:
        return Forecast(gain, None, why="few_points")
    now = known[-1].documents
    curves = list(_curves(known))
    best = min(curves, key=lambda curve: curve.misfit)
    # What the best curve says of today, not what the last model happened to score.
    if best.f1(now) + gain > 100:
        return Forecast(gain, None, why="at_the_top")
    if best.f1(now) - best.f1(known[0].documents) < NOISE:
        return Forecast(gain, None, why="no_gain")
    reach = FARTHEST * max(now, 1.0)
    answers = [_more(curve, now, gain) for curve in _plausible(curves, best, len(known))]
    told = sorted(more for more in answers if more is not None and more <= reach)
    wanted = _more(best, now, gain)
    if wanted is None or wanted > reach or not told:
        return Forecast(gain, None, low=round(told[0]) if told else None, why="too_far")
    is_open = len(told) < len(answers)
    return Forecast(gain, max(1, round(wanted)), max(1, round(told[0])), None if is_open else max(1, round(told[-1])))


def _more(curve: Curve, now: float, gain: float) -> float | None:
    then = curve.documents(curve.f1(now) + gain)
    return None if then is None else max(0.0, then - now)


def _averaged(points: Iterable[Point]) -> list[Point]:
    """One point for each number of documents, fewest first."""
    scores: dict[float, list[float]] = {}
    for one in points:
        if math.isfinite(one.documents) and math.isfinite(one.f1) and one.documents >= 0:
            scores.setdefault(one.documents, []).append(one.f1)
    return [Point(n, sum(values) / len(values)) for n, values in sorted(scores.items())]


def _curves(points: Sequence[Point]) -> Iterator[Curve]:
    """For each exponent and floor on a grid the curve that fits best: there it is a straight line with one unknown."""
    if len(points) < LEAST_POINTS:
        return
    weights = [one.documents + HEAD_START for one in points]
    total = sum(weights)
    for floor in _FLOORS:
        errors = [100 - one.f1 - floor for one in points]
        for exponent in _EXPONENTS:
            powers = [(one.documents + HEAD_START) ** -exponent for one in points]
            over = sum(w * p * e for w, p, e in zip(weights, powers, errors, strict=True))
            under = sum(w * p * p for w, p in zip(weights, powers, strict=True))
            scale = over / under
            if scale <= 0:
                continue
            off = sum(w * (e - scale * p) ** 2 for w, p, e in zip(weights, powers, errors, strict=True))
            yield Curve(floor, scale, exponent, off / total)


def _plausible(curves: Iterable[Curve], best: Curve, count: int) -> list[Curve]:
    """The curves that the points do not speak against: 95 % of the likelihood-ratio test (chi-squared, 3 unknowns).

    The noise is what the best curve leaves, but at least `NOISE`.
    """
    variance = max(NOISE**2, best.misfit)
    return [curve for curve in curves if count * (curve.misfit - best.misfit) / variance <= 7.815]
