"""Gold and predicted spans enter; strict precision, recall and F1 leave (pure functions)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

SpanKey = tuple[int, int, str]
"""(start, end, label): a prediction counts only where all three agree with gold, as in CoNLL and seqeval scoring."""


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of spans; precision, recall and F1 in [0, 1], 0 where they are undefined, as conlleval has it."""

    correct: int = 0
    predicted: int = 0
    gold: int = 0

    def __add__(self, other: Score) -> Score:
        return Score(self.correct + other.correct, self.predicted + other.predicted, self.gold + other.gold)

    @property
    def precision(self) -> float:
        return self.correct / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        return self.correct / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        return 2 * self.correct / (self.predicted + self.gold) if self.predicted + self.gold else 0.0


def score_spans(
    gold: Iterable[Iterable[SpanKey]], predicted: Iterable[Iterable[SpanKey]], labels: Iterable[str]
) -> dict[str, Score]:
    """Strict scores by label over parallel documents; only the named labels are looked at.

    Identical spans within a document count once.
    """
    wanted = set(labels)
    counts = {label: [0, 0, 0] for label in wanted}
    for gold_spans, predicted_spans in zip(gold, predicted, strict=True):
        gold_set = {span for span in gold_spans if span[2] in wanted}
        predicted_set = {span for span in predicted_spans if span[2] in wanted}
        for place, spans in enumerate((gold_set & predicted_set, predicted_set, gold_set)):
            for label, count in Counter(span[2] for span in spans).items():
                counts[label][place] += count
    return {label: Score(*numbers) for label, numbers in counts.items()}


def micro_average(scores: Mapping[str, Score]) -> Score:
    """All labels counted together."""
    return sum(scores.values(), Score())


def macro_f1(scores: Mapping[str, Score]) -> float:
    """The mean of the labels' F1; 0 for no labels."""
    return sum(score.f1 for score in scores.values()) / len(scores) if scores else 0.0


def score_with_alternatives(
    gold: Iterable[Iterable[SpanKey]],
    alternatives: Iterable[Mapping[SpanKey, Iterable[SpanKey]]],
    predicted: Iterable[Iterable[SpanKey]],
) -> Score:
    """BioCreative II's scoring: a predicted span is right where it is a gold span or one of its alternatives.

    Each gold span is credited once. Source: Smith et al. 2008, Overview of BioCreative II gene mention recognition.
    """
    total = Score()
    for gold_spans, alternative_spans, predicted_spans in zip(gold, alternatives, predicted, strict=True):
        remaining = set(gold_spans)
        predictions = set(predicted_spans)
        gold_count, correct = len(remaining), 0
        for span in sorted(predictions & remaining):
            remaining.discard(span)
            correct += 1
        for span in sorted(predictions - set(gold_spans)):
            matched = next((g for g in sorted(remaining) if span in set(alternative_spans.get(g, ()))), None)
            if matched is not None:
                remaining.discard(matched)
                correct += 1
        total += Score(correct, len(predictions), gold_count)
    return total
