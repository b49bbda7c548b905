"""A recognizer and dev documents enter; the temperature that makes its scores honest, and a least score, leave."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from biobert_demo.alignment import TagSet, covering_span
from biobert_demo.decoding import log_softmax
from biobert_demo.documents import Token
from biobert_demo.person_words import is_person_word
from biobert_demo.recognition import EntityRecognizer, drop_person_words
from biobert_demo.refinement import decode_document
from biobert_demo.scoring import Score, macro_f1, score_spans
from trainer.evaluation import EvaluationSet, strip

TEMPERATURES = tuple(round(0.7 + 0.1 * step, 1) for step in range(24))
MINIMUM_SCORES = (0.0, 0.1, 0.2, 0.3, 0.35, 0.4, 0.45, 0.5)
"""Not above a half: a span that is more likely right than wrong is shown."""


@dataclass(frozen=True)
class Bin:
    """Spans whose score fell into one tenth: their number, mean score, and the share that was right."""

    count: int
    mean_score: float
    share_right: float


@dataclass(frozen=True)
class Calibration:
    """What was chosen on dev, and how honest scores are with it.

    The temperature; the least score that a span needs to be shown; the expected calibration error at temperature 1 and
    at the chosen one (0 is perfect); ten bins of the spans that are shown.
    """

    temperature: float
    error_before: float
    error_after: float
    bins: tuple[Bin, ...]
    minimum_score: float = 0.0


@dataclass(frozen=True)
class _Read:
    """A dev document as the model read it, with its gold mentions and the labels that count."""

    text: str
    words: Sequence[Token]
    word_texts: Sequence[str]
    passages: Sequence[tuple[int, int]]
    logits: np.ndarray
    gold: frozenset[tuple[int, int, str]]
    wanted: frozenset[str]
    corpus: str


def calibrate(recognizer: EntityRecognizer, sets: Sequence[EvaluationSet]) -> Calibration:
    """Choose the temperature with the least log loss of "this span is right" on dev (Guo et al. 2017).

    Then, of MINIMUM_SCORES, the one with the best mean F1 over the sets' labels. Where nothing is predicted the
    temperature stays 1 and every span is shown. Words for people are left out, as the recognizer leaves them out.
    """
    documents = [
        _Read(
            document.text,
            words,
            [word.of(document.text) for word in words],
            passages,
            logits,
            frozenset(a.key for a in drop_person_words(document.annotations)),
            frozenset(evaluation_set.labels),
            evaluation_set.name,
        )
        for evaluation_set in sets
        for document, (words, passages, logits) in zip(
            evaluation_set.documents, recognizer.word_logits(strip(evaluation_set.documents)), strict=True
        )
    ]
    tag_set = recognizer.tag_set
    by_temperature = {t: _outcomes(_decode_all(documents, tag_set, t, 0.0)) for t in TEMPERATURES}
    if not any(len(scores) for scores, _ in by_temperature.values()):
        return Calibration(1.0, 0.0, 0.0, reliability_bins(*by_temperature[1.0]))
    best = min(by_temperature, key=lambda t: _log_loss(*by_temperature[t]))
    by_minimum = {m: _decode_all(documents, tag_set, best, m) for m in MINIMUM_SCORES}
    # Of equal ones the lowest: what is not shown cannot be corrected.
    minimum = max(by_minimum, key=lambda m: (round(_mean_f1(by_minimum[m]), 4), -m))
    shown = _outcomes(by_minimum[minimum])
    return Calibration(
        best,
        round(calibration_error(*by_temperature[1.0]), 4),
        round(calibration_error(*shown), 4),
        reliability_bins(*shown),
        minimum,
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


def _decode_all(
    documents: Sequence[_Read], tag_set: TagSet, temperature: float, minimum_score: float
) -> list[tuple[_Read, dict[tuple[int, int, str], float]]]:
    """Each document with its spans and their scores."""
    decoded = []
    for one in documents:
        found = {}
        log_probabilities = log_softmax(one.logits, temperature)
        for span in decode_document(one.word_texts, one.passages, log_probabilities, tag_set, minimum_score):
            place = covering_span(one.words, span.first, span.last)
            is_person = span.label == "Species" and is_person_word(place.of(one.text))
            if span.label in one.wanted and not is_person:
                found[place.start, place.end, span.label] = span.score
        decoded.append((one, found))
    return decoded


def _outcomes(decoded: Iterable[tuple[_Read, Mapping[tuple[int, int, str], float]]]) -> tuple[np.ndarray, np.ndarray]:
    """(scores, 1 for each right span and 0 for each wrong one)."""
    pairs = [(score, key in one.gold) for one, found in decoded for key, score in found.items()]
    return np.array([score for score, _ in pairs]), np.array([right for _, right in pairs], dtype=float)


def _mean_f1(decoded: Iterable[tuple[_Read, Mapping[tuple[int, int, str], float]]]) -> float:
    by_corpus: dict[str, list[tuple[_Read, Mapping[tuple[int, int, str], float]]]] = {}
    for one, found in decoded:
        by_corpus.setdefault(one.corpus, []).append((one, found))
    scores: dict[str, Score] = {}
    for corpus, pairs in by_corpus.items():
        of_corpus = score_spans((one.gold for one, _ in pairs), (found for _, found in pairs), pairs[0][0].wanted)
        scores |= {f"{corpus}/{label}": score for label, score in of_corpus.items()}
    return macro_f1(scores)


def _log_loss(scores: np.ndarray, right: np.ndarray) -> float:
    if len(scores) == 0:
        return 0.0
    clipped = np.clip(scores, 1e-6, 1 - 1e-6)
    return float(-(right * np.log(clipped) + (1 - right) * np.log(1 - clipped)).mean())
