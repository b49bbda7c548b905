"""A recognizer and dev documents enter; the temperature at which its span scores are honest probabilities leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from biobert_demo.alignment import covering_span, decode_tags
from biobert_demo.decoding import best_tags, log_softmax, span_scores
from biobert_demo.person_words import is_person_word
from biobert_demo.recognition import EntityRecognizer, drop_person_words
from trainer.evaluation import EvaluationSet, strip

TEMPERATURES = tuple(round(0.7 + 0.1 * step, 1) for step in range(24))


@dataclass(frozen=True)
class Bin:
    """Spans whose score fell into one tenth: their number, mean score, and the share that was right."""

    count: int
    mean_score: float
    share_right: float


@dataclass(frozen=True)
class Calibration:
    """The chosen temperature, the expected calibration error before and after (0 is perfect), and ten bins."""

    temperature: float
    error_before: float
    error_after: float
    bins: tuple[Bin, ...]


def calibrate(recognizer: EntityRecognizer, sets: Sequence[EvaluationSet]) -> Calibration:
    """Choose the temperature with the least log loss of "this span is right" on dev (Guo et al. 2017).

    Where nothing is predicted the temperature stays 1. Words for people are left out, as the recognizer leaves them out.
    """
    prepared = []
    for evaluation_set in sets:
        wanted = set(evaluation_set.labels)
        outputs = recognizer.word_logits(strip(evaluation_set.documents))
        for document, (words, logits) in zip(evaluation_set.documents, outputs, strict=True):
            gold = {a.key for a in drop_person_words(document.annotations)}
            prepared.append((document.text, words, logits, gold, wanted))

    def outcomes(temperature: float) -> tuple[np.ndarray, np.ndarray]:
        scores: list[float] = []
        right: list[bool] = []
        for text, words, logits, gold, wanted in prepared:
            log_probabilities = log_softmax(logits, temperature)
            spans = decode_tags(best_tags(log_probabilities, recognizer.tag_set), recognizer.tag_set)
            for span, score in zip(spans, span_scores(log_probabilities, spans, recognizer.tag_set), strict=True):
                place = covering_span(words, span.first, span.last)
                is_person = span.label == "Species" and is_person_word(place.of(text))
                if span.label in wanted and not is_person:
                    scores.append(score)
                    right.append((place.start, place.end, span.label) in gold)
        return np.array(scores), np.array(right, dtype=float)

    by_temperature = {temperature: outcomes(temperature) for temperature in TEMPERATURES}
    if not any(len(scores) for scores, _ in by_temperature.values()):
        return Calibration(1.0, 0.0, 0.0, reliability_bins(*by_temperature[1.0]))
    best = min(by_temperature, key=lambda t: _log_loss(*by_temperature[t]))
    return Calibration(
        best,
        round(calibration_error(*by_temperature[1.0]), 4),
        round(calibration_error(*by_temperature[best]), 4),
        reliability_bins(*by_temperature[best]),
    )


def reliability_bins(scores: np.ndarray, right: np.ndarray, count: int = 10) -> tuple[Bin, ...]:
    """Ten equal steps of score, with how often the spans in each were right."""
    places = np.minimum((scores * count).astype(int), count - 1)
    bins = []
    for place in range(count):
        inside = places == place
        number = int(inside.sum())
        bins.append(
            Bin(
                number,
                round(float(scores[inside].mean()), 4) if number else 0.0,
                round(float(right[inside].mean()), 4) if number else 0.0,
            )
        )
    return tuple(bins)


def calibration_error(scores: np.ndarray, right: np.ndarray) -> float:
    """Expected calibration error over ten bins (Naeini et al. 2015)."""
    total = max(1, len(scores))
    return sum(b.count / total * abs(b.mean_score - b.share_right) for b in reliability_bins(scores, right))


def _log_loss(scores: np.ndarray, right: np.ndarray) -> float:
    if len(scores) == 0:
        return 0.0
    clipped = np.clip(scores, 1e-6, 1 - 1e-6)
    return float(-(right * np.log(clipped) + (1 - right) * np.log(1 - clipped)).mean())
