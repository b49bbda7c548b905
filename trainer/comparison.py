"""Two recognizers and reviewed documents enter; what each gets right, document by document and label by label, leaves.

Nothing is decided here: `gate.decide` reads a `Comparison`. It is kept as JSON beside the run, so a decision can be
repeated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from biobert_demo.annotations import Annotation
from biobert_demo.recognition import drop_person_words
from biobert_demo.reviewed import ReviewedDocument
from biobert_demo.scoring import Score, micro_average, score_spans
from trainer.evaluation import Recognize, strip
from trainer.sentences import SentenceResult, check_sentence

SetKind = Literal["corrections", "old", "sentences"]

CORRECTIONS = "corrections"
"""What the corrected documents of all sets together are called."""
ALL_OLD = "all old documents"
"""What the gold documents of all old sets together are called."""


@dataclass(frozen=True, slots=True)
class GateSet:
    """Documents to compare two models on: corrected ones, gold of old labels, or sentences that must not break.

    Neither model may have learned from them. `name` is what people read.
    """

    name: str
    kind: SetKind
    documents: Sequence[ReviewedDocument]


@dataclass(frozen=True, slots=True)
class DocumentCounts:
    """Counts of one document by label, for the promoted model and for the candidate; labels without any are left out."""

    id: str
    promoted: Mapping[str, Score]
    candidate: Mapping[str, Score]


@dataclass(frozen=True, slots=True)
class SetComparison:
    """Counts of all documents of a set, or, of sentences, what is wrong with each."""

    name: str
    kind: SetKind
    documents: tuple[DocumentCounts, ...] = ()
    sentences: tuple[SentenceResult, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that were counted, by name."""
        found = {label for one in self.documents for counts in (one.promoted, one.candidate) for label in counts}
        return tuple(sorted(found))

    def total(self, label: str = "") -> tuple[Score, Score]:
        """(promoted, candidate) over all documents; of all labels together where none is given."""
        return (
            sum((_of(one.promoted, label) for one in self.documents), Score()),
            sum((_of(one.candidate, label) for one in self.documents), Score()),
        )


@dataclass(frozen=True, slots=True)
class Comparison:
    """Promoted model and candidate side by side on every set."""

    sets: tuple[SetComparison, ...] = ()

    def of_kind(self, kind: SetKind) -> tuple[SetComparison, ...]:
        """The sets of a kind, in their order."""
        return tuple(one for one in self.sets if one.kind == kind)

    def with_sets(self, *sets: SetComparison) -> Comparison:
        """The same with further sets, such as cross-fitted ones."""
        return Comparison((*self.sets, *sets))

    @property
    def corrections(self) -> SetComparison:
        """All corrected documents as one set: those held out, and cross-fitted ones where there are any."""
        return self._together("corrections", CORRECTIONS)

    @property
    def old(self) -> tuple[SetComparison, ...]:
        """The sets of old labels; where there are several, first all of them together as one."""
        sets = self.of_kind("old")
        return (self._together("old", ALL_OLD), *sets) if len(sets) > 1 else sets

    def _together(self, kind: SetKind, name: str) -> SetComparison:
        return SetComparison(name, kind, tuple(document for one in self.of_kind(kind) for document in one.documents))

    def to_record(self) -> dict[str, Any]:
        """Plain values for JSON, per document; `from_record` reads them."""
        return {"sets": [_set_to_record(one) for one in self.sets]}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Comparison:
        """What `to_record` wrote."""
        return cls(tuple(_set_from_record(one) for one in record["sets"]))

    def to_scores(self) -> dict[str, Any]:
        """F1 as shares of 1, for a model's `scores`: {"sets": [{name, kind, documents, gold, before, after, labels}]}.

        All corrected documents together stand first under the name "corrections"; where they came in several sets,
        each follows under a name of its own. Then come the old sets, first all together. `labels` has
        {label: {gold, before, after}}. Sentences: {name, kind, documents, before, after} with the share that is right.
        """
        corrected = self.of_kind("corrections")
        sets = [self.corrections] if corrected else []
        if len(corrected) > 1:
            sets += [replace(one, name=f"{CORRECTIONS}, {one.name}") for one in corrected]
        sets += self.old
        rows = [_scores_of(one) for one in sets]
        rows += [_scores_of_sentences(one) for one in self.of_kind("sentences") if one.sentences]
        return {"sets": rows}


def compare(promoted: Recognize, candidate: Recognize, sets: Iterable[GateSet]) -> Comparison:
    """Both models read the documents of every set, without their annotations."""
    return Comparison(
        tuple(
            compare_predictions(one, predict(promoted, one.documents), predict(candidate, one.documents))
            for one in sets
        )
    )


def predict(recognize: Recognize, documents: Iterable[ReviewedDocument]) -> list[tuple[Annotation, ...]]:
    """What a model finds in each document; it does not get to see what people decided."""
    return [found.annotations for found in recognize(strip(one.document for one in documents))]


def compare_predictions(
    gate_set: GateSet, promoted: Sequence[Sequence[Annotation]], candidate: Sequence[Sequence[Annotation]]
) -> SetComparison:
    """The same from predictions that are there already, parallel to the set's documents.

    Cross-fitting needs this: there the candidate's part is played by models that have not learned from the document.
    """
    triples = list(zip(gate_set.documents, promoted, candidate, strict=True))
    if gate_set.kind == "sentences":
        return SetComparison(gate_set.name, gate_set.kind, sentences=tuple(check_sentence(*one) for one in triples))
    return SetComparison(
        gate_set.name,
        gate_set.kind,
        tuple(
            DocumentCounts(
                reviewed.hash or reviewed.document.id,
                count_document(reviewed, before),
                count_document(reviewed, after),
            )
            for reviewed, before, after in triples
        ),
    )


def count_document(reviewed: ReviewedDocument, predicted: Iterable[Annotation]) -> dict[str, Score]:
    """Strict counts by label of what is known about a document; labels with nothing to count are left out.

    A complete review knows everything about the labels it covers. Of any other only touched places are known: an
    accepted mention has to be found, a prediction equal to a rejected one is wrong, and nothing else counts. A
    prediction that overlaps an ignored span counts nowhere unless a person decided on just this one. Words for people
    count on neither side, as in `evaluation`.
    """
    gold = {one.key for one in drop_person_words(reviewed.document.annotations)}
    found = {one.key for one in drop_person_words(predicted)}
    rejected = {one.key for one in reviewed.rejected} - gold
    if reviewed.is_complete:
        unclear = {
            key
            for key in found - gold - rejected
            if any(key[0] < one.end and one.start < key[1] for one in reviewed.ignored)
        }
        found -= unclear
        labels = reviewed.labels
    else:
        found &= gold | rejected
        labels = frozenset(label for _, _, label in gold | rejected)
    scores = score_spans([gold], [found], labels)
    return {label: score for label, score in sorted(scores.items()) if score.predicted or score.gold}


def _of(counts: Mapping[str, Score], label: str) -> Score:
    return counts.get(label, Score()) if label else micro_average(counts)


def _scores_of(one: SetComparison) -> dict[str, Any]:
    return {
        "name": one.name,
        "kind": one.kind,
        "documents": len(one.documents),
        **_shares(*one.total()),
        "labels": {label: _shares(*one.total(label)) for label in one.labels},
    }


def _shares(promoted: Score, candidate: Score) -> dict[str, Any]:
    return {"gold": promoted.gold, "before": round(promoted.f1, 4), "after": round(candidate.f1, 4)}


def _scores_of_sentences(one: SetComparison) -> dict[str, Any]:
    total = len(one.sentences)
    return {
        "name": one.name,
        "kind": one.kind,
        "documents": total,
        "before": round(sum(not sentence.promoted for sentence in one.sentences) / total, 4),
        "after": round(sum(not sentence.candidate for sentence in one.sentences) / total, 4),
    }


def _set_to_record(one: SetComparison) -> dict[str, Any]:
    return {
        "name": one.name,
        "kind": one.kind,
        "documents": [
            {"id": document.id, "promoted": _plain(document.promoted), "candidate": _plain(document.candidate)}
            for document in one.documents
        ],
        "sentences": [sentence.to_record() for sentence in one.sentences],
    }


def _set_from_record(record: Mapping[str, Any]) -> SetComparison:
    return SetComparison(
        record["name"],
        record["kind"],
        tuple(
            DocumentCounts(one["id"], _scores(one["promoted"]), _scores(one["candidate"]))
            for one in record["documents"]
        ),
        tuple(SentenceResult.from_record(one) for one in record["sentences"]),
    )


def _plain(counts: Mapping[str, Score]) -> dict[str, list[int]]:
    return {label: [score.correct, score.predicted, score.gold] for label, score in counts.items()}


def _scores(counts: Mapping[str, Sequence[int]]) -> dict[str, Score]:
    return {label: Score(*numbers) for label, numbers in counts.items()}
