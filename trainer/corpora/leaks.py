"""Training and evaluation documents enter; the training documents that no evaluation document gives away leave.

Corpora share abstracts: BioRED re-annotates documents of BC5CDR's and NCBI Disease's test sets, BC2GM's sentences come
from abstracts that other corpora test on. A model trained on those and scored there would be flattered.

A training document leaks where an evaluation document has the same PMID, the same text (letters and digits only), or
shares sentences that make up at least SHARED_FRACTION of the shorter of the two. That finds a sentence inside an
abstract, an abstract inside a full paper, and a copy under another id, and passes over stock phrases.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from biobert_demo.documents import Document
from trainer.corpora.fingerprints import fingerprint, sentence_fingerprints

SHARED_FRACTION = 0.2

MIN_TEXT = 20
"""Letters and digits. Shorter texts, such as the heading "Materials and Methods", are equal without being the same."""


@dataclass(frozen=True, slots=True)
class DocumentKeys:
    """What tells that two documents are the same: PMID (where the id is one), text, and long sentences."""

    pmid: str | None
    text: str
    sentences: frozenset[str]


@dataclass(frozen=True, slots=True)
class Leak:
    """A training document that an evaluation set holds, where, and how it was recognised."""

    document_id: str
    evaluation_set: str
    evaluation_id: str
    reason: str

    def __str__(self) -> str:
        place = f"{self.evaluation_id} of {self.evaluation_set}"
        return f"{self.document_id} is left out of training: {self.reason} as {place}"


def document_keys(document: Document) -> DocumentKeys:
    """The keys of a document; ids other than plain numbers (MEDLINE's, PMC's, a sentence's) are no PMIDs."""
    pmid = document.id if document.id.isascii() and document.id.isdigit() else None
    return DocumentKeys(pmid, fingerprint(document.text), sentence_fingerprints(document.text))


class EvaluationIndex:
    """Evaluation documents by their keys, so that each training document is looked up once."""

    def __init__(self, evaluation: Mapping[str, Iterable[Document]]) -> None:
        """`evaluation` maps a name such as "bc5cdr/test" to its documents."""
        self._known: list[tuple[str, str, int]] = []
        self._by_pmid: dict[str, list[int]] = {}
        self._by_text: dict[str, list[int]] = {}
        self._by_sentence: dict[str, list[int]] = {}
        for name, documents in evaluation.items():
            for document in documents:
                self._add(name, document)

    def _add(self, name: str, document: Document) -> None:
        keys = document_keys(document)
        place = len(self._known)
        self._known.append((name, document.id, len(keys.text)))
        if keys.pmid is not None:
            self._by_pmid.setdefault(keys.pmid, []).append(place)
        if len(keys.text) >= MIN_TEXT:
            self._by_text.setdefault(keys.text, []).append(place)
        for sentence in keys.sentences:
            self._by_sentence.setdefault(sentence, []).append(place)

    def leaks_of(self, document: Document) -> list[Leak]:
        """Every evaluation document that gives this one away, each once."""
        keys = document_keys(document)
        reasons: dict[int, str] = {}
        for place in self._by_pmid.get(keys.pmid or "", []):
            reasons.setdefault(place, "the same PMID")
        for place in self._by_text.get(keys.text, []):
            reasons.setdefault(place, "the same text")
        shared: Counter[int] = Counter()
        for sentence in keys.sentences:
            for place in self._by_sentence.get(sentence, []):
                shared[place] += len(sentence)
        for place, letters in sorted(shared.items()):
            if letters >= SHARED_FRACTION * min(len(keys.text), self._known[place][2]):
                reasons.setdefault(place, "the same sentences")
        return [
            Leak(document.id, self._known[place][0], self._known[place][1], reason) for place, reason in reasons.items()
        ]


def find_leaks(training: Iterable[Document], evaluation: Mapping[str, Iterable[Document]]) -> list[Leak]:
    """Every pair of a training document and an evaluation document ("corpus/part" -> documents) that are the same."""
    index = EvaluationIndex(evaluation)
    return [leak for document in training for leak in index.leaks_of(document)]


def remove_leaks(
    training: Iterable[Document], evaluation: EvaluationIndex | Mapping[str, Iterable[Document]]
) -> tuple[list[Document], list[Leak]]:
    """(documents kept, why the others were removed)."""
    index = evaluation if isinstance(evaluation, EvaluationIndex) else EvaluationIndex(evaluation)
    kept: list[Document] = []
    removed: list[Leak] = []
    for document in training:
        leaks = index.leaks_of(document)
        removed.extend(leaks)
        if not leaks:
            kept.append(document)
    return kept, removed
