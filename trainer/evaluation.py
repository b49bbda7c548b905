"""A recognizer and the parts of corpora to score enter; strict scores by label and frequent errors leave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from biobert_demo.annotations import Annotation
from biobert_demo.documents import Document
from biobert_demo.recognition import drop_person_words
from biobert_demo.scoring import Score, score_spans

Recognize = Callable[[Iterable[Document]], Iterable[Document]]


@dataclass(frozen=True)
class EvaluationSet:
    """Documents of one corpus to choose or score on, with the labels that the corpus annotates."""

    name: str
    documents: Sequence[Document]
    labels: Sequence[str]


@dataclass(frozen=True)
class LabelScore:
    """One line of a score table: counts, and precision, recall and F1 in percent."""

    corpus: str
    label: str
    documents: int
    correct: int
    predicted: int
    gold: int
    precision: float
    recall: float
    f1: float


@dataclass
class Errors:
    """Frequent errors by kind ("missed", "invented", "boundary", "label"), most frequent first, as text pairs."""

    counts: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[tuple[str, int]]] = field(default_factory=dict)


def evaluate(recognize: Recognize, sets: Sequence[EvaluationSet]) -> list[LabelScore]:
    """Strict scores of every set and label; words for people count on neither side (see `person_words`)."""
    rows: list[LabelScore] = []
    for evaluation_set in sets:
        predicted = [document.annotations for document in recognize(strip(evaluation_set.documents))]
        rows.extend(score_rows(evaluation_set, predicted))
    return rows


def strip(documents: Iterable[Document]) -> Iterable[Document]:
    """The same documents without their gold annotations, so that no recognizer can lean on them."""
    return (document.with_annotations(()) for document in documents)


def score_rows(evaluation_set: EvaluationSet, predicted: Sequence[Sequence[Annotation]]) -> list[LabelScore]:
    """A row for each label of a set, from predictions parallel to its documents."""
    gold = [[a.key for a in drop_person_words(document.annotations)] for document in evaluation_set.documents]
    keys = [[a.key for a in drop_person_words(annotations)] for annotations in predicted]
    scores = score_spans(gold, keys, evaluation_set.labels)
    return [
        _row(evaluation_set.name, label, len(evaluation_set.documents), scores[label])
        for label in sorted(evaluation_set.labels)
    ]


def _row(corpus: str, label: str, documents: int, score: Score) -> LabelScore:
    return LabelScore(
        corpus,
        label,
        documents,
        score.correct,
        score.predicted,
        score.gold,
        *(round(100 * value, 2) for value in (score.precision, score.recall, score.f1)),
    )


def collect_errors(evaluation_set: EvaluationSet, predicted: Sequence[Sequence[Annotation]], most: int = 6) -> Errors:
    """Sort every wrong span into one kind: wrong boundary, wrong label, missed or invented."""
    kinds: dict[str, Counter[str]] = {kind: Counter() for kind in ("boundary", "label", "missed", "invented")}
    wanted = set(evaluation_set.labels)
    for document, predictions in zip(evaluation_set.documents, predicted, strict=True):
        gold = [a for a in drop_person_words(document.annotations) if a.label in wanted]
        made = [a for a in drop_person_words(predictions) if a.label in wanted]
        gold_keys, made_keys = {a.key for a in gold}, {a.key for a in made}
        explained: set[tuple[int, int, str]] = set()
        for annotation in made:
            if annotation.key in gold_keys:
                continue
            near = [g for g in gold if g.start < annotation.end and annotation.start < g.end and g.key not in made_keys]
            same = next((g for g in near if g.label == annotation.label), None)
            if same is not None:
                kinds["boundary"][f"{annotation.text} (gold: {same.text})"] += 1
                explained.add(same.key)
            elif near:
                kinds["label"][f"{annotation.text}: {annotation.label} (gold: {near[0].label})"] += 1
                explained.add(near[0].key)
            else:
                kinds["invented"][f"{annotation.text}: {annotation.label}"] += 1
        for annotation in gold:
            if annotation.key not in made_keys and annotation.key not in explained:
                kinds["missed"][f"{annotation.text}: {annotation.label}"] += 1
    return Errors(
        {kind: sum(counter.values()) for kind, counter in kinds.items()},
        {kind: counter.most_common(most) for kind, counter in kinds.items()},
    )


def as_records(rows: Iterable[LabelScore]) -> list[Mapping[str, Any]]:
    """Plain dictionaries, for JSON."""
    return [asdict(row) for row in rows]


def format_table(rows: Sequence[LabelScore], baseline: Sequence[LabelScore] = ()) -> str:
    """A Markdown table; where a baseline is given its F1 stands in the last column."""
    base = {(row.corpus, row.label): row.f1 for row in baseline}
    head = "| corpus | label | documents | gold spans | precision | recall | F1 |"
    lines = [
        head + (" dictionary F1 |" if base else ""),
        "|---|---|---:|---:|---:|---:|---:|" + ("---:|" if base else ""),
    ]
    for row in rows:
        line = (
            f"| {row.corpus} | {row.label} | {row.documents} | {row.gold} | {row.precision:.1f} | {row.recall:.1f} "
            f"| **{row.f1:.1f}** |"
        )
        lines.append(line + (f" {base.get((row.corpus, row.label), 0.0):.1f} |" if base else ""))
    return "\n".join(lines)
