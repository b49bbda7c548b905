"""Predictions and gold enter; strict scores by label, and errors by kind, leave."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest

from biobert_demo.annotations import Annotation
from biobert_demo.documents import Document
from trainer.evaluation import (
    EvaluationSet,
    as_records,
    collect_errors,
    evaluate,
    format_table,
    score_rows,
    strip,
)

TEXT = "skin rash of patients from BRX7 in foxes"
GOLD = [("skin rash", "Disease"), ("patients", "Species"), ("BRX7", "Gene"), ("foxes", "Species")]


def annotations(*mentions: tuple[str, str]) -> list[Annotation]:
    return [
        Annotation(TEXT.index(mention), TEXT.index(mention) + len(mention), mention, label)
        for mention, label in mentions
    ]


def gold_set(*labels: str) -> EvaluationSet:
    document = Document("1", TEXT, annotations=tuple(annotations(*GOLD)))
    return EvaluationSet("c", [document], labels or ("Disease", "Gene", "Species"))


@pytest.mark.parametrize(
    ("predicted", "counts", "example"),
    [
        (GOLD, {}, None),
        (GOLD[:2] + GOLD[3:], {"missed": 1}, ("missed", "BRX7: Gene")),
        ([("rash", "Disease"), *GOLD[2:]], {"boundary": 1}, ("boundary", "rash (gold: skin rash)")),
        ([*GOLD[:2], ("BRX7", "Disease"), GOLD[3]], {"label": 1}, ("label", "BRX7: Disease (gold: Gene)")),
        ([*GOLD, ("from", "Gene")], {"invented": 1}, ("invented", "from: Gene")),
        ([*GOLD, ("rash", "Disease")], {"invented": 1}, ("invented", "rash: Disease")),
        ([*GOLD, ("from", "Chemical")], {}, None),
        ([], {"missed": 3}, ("missed", "foxes: Species")),
    ],
)
def test_each_wrong_span_is_of_one_kind(
    predicted: list[tuple[str, str]], counts: dict[str, int], example: tuple[str, str] | None
) -> None:
    errors = collect_errors(gold_set(), [annotations(*predicted)])
    assert errors.counts == {"boundary": 0, "label": 0, "missed": 0, "invented": 0} | counts
    if example:
        kind, text = example
        assert text in [shown for shown, _ in errors.examples[kind]]


def test_frequent_errors_come_first_and_few_are_shown() -> None:
    document = Document("1", TEXT)
    many = EvaluationSet("c", [document] * 5, ["Gene"])
    predicted = [annotations(("BRX7", "Gene"))] * 3 + [annotations(("skin", "Gene"))] * 2
    assert collect_errors(many, predicted, most=1).examples["invented"] == [("BRX7: Gene", 3)]


def test_scores_are_strict_and_of_the_annotated_labels_only() -> None:
    predicted = annotations(("rash", "Disease"), ("BRX7", "Gene"), ("of", "Gene"), ("from", "Chemical"))
    rows = {row.label: row for row in score_rows(gold_set("Disease", "Gene"), [predicted])}
    assert set(rows) == {"Disease", "Gene"}
    assert (rows["Disease"].correct, rows["Disease"].predicted, rows["Disease"].gold) == (0, 1, 1)
    assert (rows["Gene"].precision, rows["Gene"].recall, rows["Gene"].f1) == (50.0, 100.0, 66.67)


@pytest.mark.parametrize("predicted", [[], [("patients", "Species")]])
def test_words_for_people_count_on_neither_side(predicted: list[tuple[str, str]]) -> None:
    (row,) = score_rows(gold_set("Species"), [annotations(*predicted)])
    assert (row.predicted, row.gold) == (0, 1)


def test_a_recognizer_never_sees_gold() -> None:
    seen: list[Document] = []

    def recognize(documents: Iterable[Document]) -> Iterator[Document]:
        for document in documents:
            seen.append(document)
            yield document.with_annotations(annotations(*GOLD))

    rows = evaluate(recognize, [gold_set(), EvaluationSet("d", gold_set().documents, ["Gene"])])
    assert [document.annotations for document in seen] == [(), ()]
    assert [(row.corpus, row.label, row.f1) for row in rows] == [
        ("c", "Disease", 100.0),
        ("c", "Gene", 100.0),
        ("c", "Species", 100.0),
        ("d", "Gene", 100.0),
    ]
    assert [d.annotations for d in strip(gold_set().documents)] == [()]


def test_the_table_shows_a_baseline_beside_the_scores() -> None:
    rows = score_rows(gold_set("Gene"), [annotations(("BRX7", "Gene"))])
    baseline = score_rows(gold_set("Gene"), [[]])
    assert format_table(rows).splitlines()[-1] == "| c | Gene | 1 | 1 | 100.0 | 100.0 | **100.0** |"
    assert format_table(rows, baseline).splitlines()[-1].endswith("| **100.0** | 0.0 |")
    assert as_records(rows)[0]["f1"] == 100.0
