"""Reviews and predictions enter; what is known to be right or wrong is counted, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

import pytest

from biobert_demo.annotations import Annotation
from biobert_demo.documents import Document
from biobert_demo.reviewed import ReviewedDocument
from biobert_demo.scoring import Score
from trainer.comparison import (
    ALL_OLD,
    Comparison,
    DocumentCounts,
    GateSet,
    SetComparison,
    compare,
    compare_predictions,
    count_document,
)

TEXT = "Velocumab blocks BRX7 in foxes with lumositis; patients had rash."
Marks = list[tuple[str, str]]


def spans(*marks: tuple[str, str]) -> tuple[Annotation, ...]:
    return tuple(Annotation(TEXT.index(text), TEXT.index(text) + len(text), text, label) for text, label in marks)


def review(accepted: Marks, labels: Iterable[str] = (), rejected: Marks = [], ignored: Marks = []) -> ReviewedDocument:  # noqa: B006
    document = Document("1", TEXT).with_annotations(spans(*accepted))
    return ReviewedDocument(document, frozenset(labels), spans(*rejected), spans(*ignored))


DRUG, GENE, FOX, ILL, RASH = (
    ("Velocumab", "Chemical"),
    ("BRX7", "Gene"),
    ("foxes", "Species"),
    ("lumositis", "Disease"),
    ("rash", "Disease"),
)
PEOPLE = ("patients", "Species")


@pytest.mark.parametrize(
    ("reviewed", "predicted", "counts"),
    [
        # A complete review knows all about its labels, and nothing about others.
        (review([DRUG, GENE], ["Chemical", "Gene"]), [DRUG, FOX], {"Chemical": (1, 1, 1), "Gene": (0, 0, 1)}),
        (review([DRUG], ["Chemical"]), [DRUG, ("rash", "Chemical")], {"Chemical": (1, 2, 1)}),
        (review([DRUG, GENE], ["Chemical"]), [GENE], {"Chemical": (0, 0, 1)}),
        (review([], ["Gene"]), [], {}),
        (review([], ["Gene"]), [GENE], {"Gene": (0, 1, 0)}),
        (review([DRUG], ["Chemical", "Gene"]), [("Velocumab", "Gene")], {"Chemical": (0, 0, 1), "Gene": (0, 1, 0)}),
        (review([ILL], ["Disease"]), [("lumositis; patients", "Disease")], {"Disease": (0, 1, 1)}),
        # Of one that is not complete only touched places are known.
        (review([DRUG]), [DRUG, GENE, FOX], {"Chemical": (1, 1, 1)}),
        (review([DRUG]), [("rash", "Chemical")], {"Chemical": (0, 0, 1)}),
        (review([], rejected=[GENE]), [GENE, RASH], {"Gene": (0, 1, 0)}),
        (review([], rejected=[GENE]), [("BRX7", "Chemical")], {}),
        (review([], rejected=[GENE]), [], {}),
        (review([GENE], rejected=[GENE]), [GENE], {"Gene": (1, 1, 1)}),
        (review([]), [DRUG, GENE], {}),
        # Ignored spans are neither right nor wrong, and what overlaps them says nothing.
        (review([DRUG], ["Chemical", "Disease"], ignored=[RASH]), [DRUG, RASH], {"Chemical": (1, 1, 1)}),
        (review([], ["Disease", "Gene"], ignored=[RASH]), [("rash", "Gene")], {}),
        (review([], ["Disease"], ignored=[RASH]), [("had rash", "Disease")], {}),
        (review([RASH], ["Disease"], ignored=[("had rash", "Disease")]), [RASH], {"Disease": (1, 1, 1)}),
        (review([], ["Disease"], [RASH], [("had rash", "Disease")]), [RASH], {"Disease": (0, 1, 0)}),
        # Words for people count on neither side.
        (review([FOX, PEOPLE], ["Species"]), [FOX], {"Species": (1, 1, 1)}),
        (review([FOX], ["Species"]), [FOX, PEOPLE], {"Species": (1, 1, 1)}),
        # The same span twice counts once.
        (review([DRUG], ["Chemical"]), [DRUG, DRUG], {"Chemical": (1, 1, 1)}),
    ],
)
def test_only_what_is_known_counts(
    reviewed: ReviewedDocument, predicted: Marks, counts: dict[str, tuple[int, int, int]]
) -> None:
    assert count_document(reviewed, spans(*predicted)) == {label: Score(*one) for label, one in counts.items()}


def test_neither_model_sees_what_people_decided() -> None:
    seen: list[Document] = []

    def recognize(documents: Iterable[Document]) -> Iterator[Document]:
        for document in documents:
            seen.append(document)
            yield document.with_annotations(spans(DRUG))

    def find_nothing(documents: Iterable[Document]) -> Iterator[Document]:
        return (document.with_annotations(()) for document in documents)

    found = compare(find_nothing, recognize, [GateSet("held out", "corrections", [review([DRUG], ["Chemical"])])])
    assert [document.annotations for document in seen] == [()]
    assert found.corrections.total() == (Score(0, 0, 1), Score(1, 1, 1))


def test_predictions_have_to_be_parallel_to_the_documents() -> None:
    with pytest.raises(ValueError):
        compare_predictions(GateSet("a", "old", [review([DRUG], ["Chemical"])]), [], [])


def sample() -> Comparison:
    documents = [review([DRUG, GENE], ["Chemical", "Gene"]), review([FOX])]
    predicted = [spans(DRUG), spans(FOX)]
    nothing: list[tuple[Annotation, ...]] = [(), ()]
    sets = (
        compare_predictions(GateSet("held out", "corrections", documents), nothing, predicted),
        compare_predictions(GateSet("biored", "old", documents), predicted, predicted),
        compare_predictions(GateSet("must not break", "sentences", documents), predicted, nothing),
    )
    crossed = compare_predictions(GateSet("cross-fitted", "corrections", documents[1:]), predicted[1:], nothing[1:])
    return Comparison(sets).with_sets(crossed)


def test_a_comparison_survives_json() -> None:
    assert Comparison.from_record(json.loads(json.dumps(sample().to_record()))) == sample()


def test_corrected_documents_of_all_sets_are_counted_together() -> None:
    together = sample().corrections
    assert len(together.documents) == 3
    assert together.total() == (Score(1, 1, 4), Score(2, 2, 4))
    assert together.total("Species") == (Score(1, 1, 2), Score(1, 1, 2))
    assert together.labels == ("Chemical", "Gene", "Species")


def test_old_sets_are_also_counted_together_where_there_are_several() -> None:
    one = SetComparison("a", "old", (DocumentCounts("1", {"Gene": Score(1, 2, 3)}, {}),))
    assert [it.name for it in Comparison((one,)).old] == ["a"]
    several = Comparison((one, one)).old
    assert [it.name for it in several] == [ALL_OLD, "a", "a"]
    assert several[0].total("Gene")[0] == Score(2, 4, 6)


def test_scores_hold_each_set_once_with_shares_of_one() -> None:
    rows = sample().to_scores()["sets"]
    assert [row["name"] for row in rows] == [
        "corrections", "corrections, held out", "corrections, cross-fitted", "biored", "must not break",
    ]  # fmt: skip
    assert rows[0]["gold"] == 4
    assert (rows[0]["before"], rows[0]["after"]) == (0.4, 0.6667)
    assert rows[0]["labels"]["Species"] == {"gold": 2, "before": 0.6667, "after": 0.6667}
    assert (rows[-1]["before"], rows[-1]["after"]) == (0.5, 0.0)
    assert json.dumps(rows)
