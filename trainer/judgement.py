"""A candidate and the promoted model enter; the gate's decision, its scores, and what changed in the corrected documents
leave. Both models read documents that neither has learned from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from biobert_demo.errors import ModelUnavailable
from biobert_demo.recognition import EntityRecognizer
from biobert_demo.reviewed import ReviewedDocument
from trainer.changes import find_changes
from trainer.comparison import Comparison, GateSet, compare_predictions
from trainer.contradictions import find_contradictions
from trainer.corpora import CORPORA
from trainer.corrections import Snapshot, folds
from trainer.evaluation import strip
from trainer.gate import GateDecision, decide, scores_of
from trainer.replay import GOLD_FILE, GoldDocument, read_gold
from trainer.run import say, write_json
from trainer.sentences import must_not_break

if TYPE_CHECKING:
    from biobert_demo.annotations import Annotation
    from biobert_demo.models import ModelRegistry
    from biobert_demo.store import ModelVersion, Store, TrainingRun
    from biobert_demo.store.run_records import SpanChange
    from trainer.pulse import Pulse

ENOUGH_MENTIONS = 40
"""Held-out mentions below which cross-fitted ones are pooled with them. Models that learned from two thirds of the
corrections tell less than the candidate itself: with halves, they hid a gain of 8 points on 50 held-out mentions."""

FOLDS = 3

Predicted = list[tuple["Annotation", ...]]
TrainFold = Callable[[str, Sequence[ReviewedDocument]], Path]
"""(name, documents) -> the folder of a model that has learned from these corrections only."""


@dataclass(frozen=True)
class Judgement:
    """What the gate decided, the scores it saw, and the places that changed."""

    decision: GateDecision
    scores: dict[str, Any]
    changes: Sequence[SpanChange]


@dataclass(frozen=True)
class Judge:
    """What is needed to judge the candidate of one run; `folder` is the run's, `replay` what it was given to replay."""

    store: Store
    registry: ModelRegistry
    run: TrainingRun
    pulse: Pulse
    folder: Path
    home: Path
    replay: Sequence[GoldDocument]

    def judge(
        self, snapshot: Snapshot, promoted: ModelVersion, start: Path, candidate: Path, train_fold: TrainFold
    ) -> Judgement:
        """Compare, decide and look at what changed. Raises ModelUnavailable where a model cannot be read."""
        crossed = self._cross_fit(snapshot, promoted, start, train_fold)
        self.pulse.enter("comparing", "Both models read documents that neither has learned from.")
        before, after = EntityRecognizer.load(start), EntityRecognizer.load(candidate)
        gold = read_gold(GOLD_FILE)
        held_out = GateSet("held out", "corrections", snapshot.held_out)
        old = [
            GateSet(CORPORA[name].title, "old", [one.reviewed for one in gold if one.corpus == name])
            for name in dict.fromkeys(one.corpus for one in gold)
        ]
        sentences = GateSet("must not break", "sentences", must_not_break(self.home))
        sets = [held_out, *old, sentences]
        found = [(self._read(before, one), self._read(after, one)) for one in sets]
        comparison = Comparison(
            tuple(compare_predictions(one, *both) for one, both in zip(sets, found, strict=True))
        ).with_sets(*crossed.sets)
        since_base = self._compare_with_base(promoted, old, [new for _, new in found[1:-1]])
        self.pulse.enter("deciding")
        known = [one.reviewed for one in (*self.replay, *gold)]
        decision = decide(
            comparison, contradictions=find_contradictions(list(snapshot.documents), known), since_base=since_base
        )
        write_json(self.folder / "comparison.json", comparison.to_record())
        write_json(self.folder / "decision.json", decision.to_record())
        learned = GateSet("learned", "corrections", snapshot.training)
        old_words, new_words = found[0]
        changes = find_changes(
            snapshot.documents, [*self._read(before, learned), *old_words], [*self._read(after, learned), *new_words]
        )
        return Judgement(decision, scores_of(comparison, decision), changes)

    def _cross_fit(self, snapshot: Snapshot, promoted: ModelVersion, start: Path, train_fold: TrainFold) -> Comparison:
        """Where few mentions are held out: corrected documents, read by models that have learned the others only.

        Documents that an earlier model learned from tell nothing about the promoted one, so they are only learned.
        """
        kept = Comparison()
        if sum(len(one.document.annotations) for one in snapshot.held_out) >= ENOUGH_MENTIONS:
            return kept
        learned = self._learned_before(promoted)
        fresh = [one for one in snapshot.training if one.hash not in learned]
        parts = folds(fresh, FOLDS)
        if len(parts) < FOLDS:
            return kept
        self.pulse.enter(
            "checking", "Few documents are held out; so others, too, are read by models that have not learned them."
        )
        before = EntityRecognizer.load(start)
        for number, part in enumerate(parts, 1):
            outside = {one.hash for one in part}
            model = train_fold(f"fold-{number}", [one for one in snapshot.training if one.hash not in outside])
            crossed = GateSet(f"cross-fitted {number}", "corrections", part)
            after = self._read(EntityRecognizer.load(model), crossed)
            kept = kept.with_sets(compare_predictions(crossed, self._read(before, crossed), after))
        return kept

    def _learned_before(self, model: ModelVersion | None) -> set[str]:
        """The hashes of texts that a model or one that it came from has learned from corrections."""
        hashes: set[str] = set()
        while model is not None:
            if model.run_id is not None:
                hashes |= {one.hash for one in self.store.runs.examples(model.run_id) if one.part == "training"}
            model = self.store.models.get(model.parent_id) if model.parent_id is not None else None
        return hashes

    def _compare_with_base(
        self, promoted: ModelVersion, old: Sequence[GateSet], after: Sequence[Predicted]
    ) -> Comparison | None:
        """The model that ships beside the candidate, where the promoted one is another; None where it is gone.

        `after` is what the candidate found, parallel to the sets.
        """
        if promoted.is_base:
            return None
        try:
            base = EntityRecognizer.load(self.registry.folder_of(self.registry.base(self.run.task)))
        except ModelUnavailable as error:
            say(f"What has been lost since the first model cannot be told: {error}")
            return None
        return Comparison(
            tuple(compare_predictions(one, self._read(base, one), found) for one, found in zip(old, after, strict=True))
        )

    def _read(self, recognizer: EntityRecognizer, one: GateSet) -> Predicted:
        documents = [replace(reviewed.document, relations=()) for reviewed in one.documents]
        found = recognizer.recognize(strip(documents))
        return [document.annotations for document in self.pulse.through(found, len(documents))]
