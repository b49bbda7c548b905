"""A project's documents with their predictions enter; their order, most worth a look first, and the reasons leave."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from biobert_demo.doubt import Candidate, RankSettings, rank_documents
from biobert_demo.mentions import count_labels
from biobert_demo.store import Store
from biobert_demo.ui.review_queue import Ranked

MOST_REMEMBERED = 50_000
SECOND_OPINION = "second opinion: done by one person"


@dataclass(slots=True)
class Ranker:
    """Ranks projects; what it made of a text is remembered, since cutting texts into words is the slow part."""

    settings: RankSettings = field(default_factory=RankSettings)
    served: Callable[[], str | None] = lambda: None
    """The version whose predictions count where it has read a text; else the newest ones do."""
    _remembered: dict[tuple[str, int, tuple[str, ...]], Candidate] = field(default_factory=dict)

    def __call__(self, store: Store, project_id: int) -> Ranked:
        """Documents that nobody has completed, by doubt; then those that one person has, then the rest."""
        done: dict[int, int] = {}
        gold: list[tuple[str, str]] = []
        for review in store.reviews.iterate(project_id):
            if review.revision.is_complete:
                done[review.document.id] = done.get(review.document.id, 0) + 1
                gold.extend((span.text, span.label) for span in review.revision.gold)
        candidates = self._candidates(store, project_id)
        known = count_labels(gold)
        settings = replace(
            self.settings,
            known=known,
            done=len(done),
            reviewed={id: candidates[id].fingerprint for id in done if id in candidates},
        )
        ranked = rank_documents((one for id, one in candidates.items() if id not in done), settings)
        again = sorted((id for id in candidates if id in done), key=lambda id: (done[id], id))
        reasons = {one.document_id: one.reasons for one in ranked}
        reasons |= {id: (SECOND_OPINION,) for id in again if done[id] == 1}
        return Ranked((*(one.document_id for one in ranked), *again), reasons, known)

    def _candidates(self, store: Store, project_id: int) -> Mapping[int, Candidate]:
        found = {}
        predicted = dict(store.predictions.iterate(project_id, self.served()))
        for stored in store.documents.iterate(project_id):
            predictions = predicted.get(stored.id)
            annotations, others = (predictions.annotations, predictions.others) if predictions else ((), {})
            # A set never changes, but what a project calls its labels does.
            key = stored.hash, predictions.id if predictions else 0, tuple(one.label for one in annotations)
            candidate = self._remembered.get(key)
            if candidate is None:
                candidate = Candidate.of(stored.id, stored.document.text, annotations, others)
                if len(self._remembered) >= MOST_REMEMBERED:
                    self._remembered.clear()
                self._remembered[key] = candidate
            found[stored.id] = replace(candidate, document_id=stored.id)
        return found
