"""Model versions and how much each has learned from enter; a learning curve, with a forecast in words, leaves. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from biobert_demo.forecast import LEAST_DOCUMENTS, LEAST_POINTS, Forecast, Point, forecast
from biobert_demo.learning_view import OWN_SET, present_scores
from biobert_demo.store.models import ModelVersion
from biobert_demo.wording import count_nouns


def curve_points(models: Iterable[ModelVersion], learned: Mapping[int, int]) -> dict[str, list[Point]]:
    """By label, "" for all together first: F1 on the lab's own documents that were set aside, by documents learned from.

    `learned` says from how many documents each model (by id) learned. The start, at 0 documents, is what the model before
    the first one had.
    """
    found: dict[str, dict[float, float]] = {"": {}}
    for model in sorted(models, key=lambda one: one.number):
        for row in present_scores(model):
            if row["set"] != OWN_SET or not learned.get(model.id):
                continue
            points = found.setdefault(row["label"], {})
            if not points and row["before"] is not None:
                points[0] = row["before"]
            # Of two models that learned from as many documents the newer one counts.
            points[learned[model.id]] = row["after"]
    return {label: [Point(n, f1) for n, f1 in sorted(points.items())] for label, points in found.items() if points}


def describe_forecasts(points: Mapping[str, Sequence[Point]], gain: float = 1.0) -> list[dict[str, Any]]:
    """{labels, sentence}: how many more documents the next point of F1 takes, or why that cannot be told.

    Labels of which the same is to be said stand together.
    """
    told: dict[str, list[str]] = {}
    for label, several in points.items():
        told.setdefault(describe_forecast(forecast(several, gain)), []).append(label)
    return [{"labels": labels, "sentence": sentence} for sentence, labels in told.items()]


def describe_forecast(one: Forecast) -> str:
    """The forecast in a sentence, with its interval."""
    gain = "point" if one.gain == 1 else f"{one.gain:g} points"
    if one.why == "few_points":
        return (
            f"Cannot be told yet: a curve takes scores at {LEAST_POINTS} numbers of documents, the start included, and at "
            f"least {LEAST_DOCUMENTS} documents."
        )
    if one.why == "no_gain":
        return "Cannot be told: more documents have not raised the score so far. Look at what is still wrong instead."
    if one.why == "at_the_top":
        return f"Less than a {gain} is left to gain."
    if one.why == "too_far" or one.more is None:
        least = f", but at least {one.low:,}" if one.low else ""
        return f"The next {gain} is farther away than this curve can tell{least}. Look at what is still wrong instead."
    to = f"{one.high:,}" if one.high is not None else "more than can be told"
    return (
        f"The next {gain} of F1 takes about {count_nouns(one.more, 'further document')} like these; likely between "
        f"{one.low:,} and {to}."
    )
