"""A list of words with labels enters; a small deterministic recogniser for tests of the page leaves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from biobert_demo.annotations import Annotation
from biobert_demo.documents import Document

WORDS: Mapping[str, tuple[str, float]] = {
    "penicillin": ("Chemical", 0.97),
    "aspirin": ("Chemical", 0.62),
    "α-tocopherol": ("Chemical", 0.88),
    "allergy": ("Disease", 0.91),
    "anaphylactic reaction": ("Disease", 0.99),
    "headache": ("Disease", 0.35),
    "BRCA1": ("Gene", 0.98),
    "E. coli": ("Species", 0.93),
}


class Suggestions(NamedTuple):
    """What recognition.Suggestions has; importing that one would import torch."""

    document: Document
    others: Mapping[int, tuple[tuple[str, float], ...]]
    misses: tuple[Annotation, ...] = ()


class WordListRecognizer:
    """Finds the words of its list, whole and in any case, each with a fixed score."""

    version = "word-list"
    labels = ("Disease", "Chemical", "Gene", "Species")

    def __init__(self, words: Mapping[str, tuple[str, float]] = WORDS) -> None:
        self._words = {word.casefold(): value for word, value in words.items()}
        names = sorted(words, key=len, reverse=True)
        self._pattern = re.compile("|".join(rf"(?<!\w){re.escape(n)}(?!\w)" for n in names), re.IGNORECASE)

    def recognize(self, documents: Iterable[Document]) -> Iterator[Document]:
        for document in documents:
            yield document.with_annotations(self._annotate(document.text))

    def suggest(self, documents: Iterable[Document]) -> Iterator[Suggestions]:
        for document in self.recognize(documents):
            others = {
                i: (("Gene" if one.label != "Gene" else "Disease", round(1 - (one.score or 0), 2)),)
                for i, one in enumerate(document.annotations)
            }
            yield Suggestions(document, others)

    def explain(self, text: str) -> dict[str, Any]:
        spans = self._annotate(text)
        tokens: list[dict[str, Any]] = [_special("[CLS]")]
        for match in re.finditer(r"\w+|[^\w\s]", text):
            label = next((s.label for s in spans if s.start <= match.start() < s.end), None)
            is_first = any(s.start == match.start() for s in spans)
            tag = "O" if label is None else f"{'B' if is_first else 'I'}-{label}"
            shares = dict.fromkeys(("O", *(f"{p}-{name}" for name in self.labels for p in "BI")), 0.0)
            place = {"start": match.start(), "end": match.end(), "tag": tag}
            pieces = [match[0][:6]] + ([f"##{match[0][6:]}"] if match[0][6:] else [])
            for number, piece in enumerate(pieces):
                probabilities = {**shares, "O": 0.1, tag: 0.9} if number == 0 else {}
                tokens.append({"piece": piece, "is_first": number == 0, "probabilities": probabilities, **place})
        tokens.append(_special("[SEP]"))
        return {
            "tokens": tokens,
            "spans": [{"start": s.start, "end": s.end, "label": s.label, "score": s.score} for s in spans],
        }

    def _annotate(self, text: str) -> list[Annotation]:
        annotations = []
        for match in self._pattern.finditer(text):
            label, score = self._words[match[0].casefold()]
            annotations.append(Annotation(*match.span(), match[0], label, score=score, model=self.version))
        return annotations


def _special(piece: str) -> dict[str, Any]:
    return {"piece": piece, "start": None, "end": None, "is_first": False, "tag": "", "probabilities": {}}
