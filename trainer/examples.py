"""Annotated documents enter; words with the set of tags that each may have leave, ready for the encoder.

A corpus that annotates only genes says nothing about diseases. So a word does not simply have a tag: it has a set of
tags that the corpus allows. In a gene corpus a gene's first word allows {B-Gene}; any other word allows O and every
tag of the labels that the corpus does not annotate. The loss (see `ner.marginal_loss`) asks only that the
probability lies somewhere in that set.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from biobert_demo.alignment import (
    EncodedSpan,
    TagSet,
    encode_spans,
    pack_windows,
    words_of,
)
from biobert_demo.annotations import Annotation
from biobert_demo.documents import Document, Token
from biobert_demo.gazetteer import Gazetteer
from biobert_demo.person_words import is_person_word
from biobert_demo.reviewed import ReviewedDocument
from biobert_demo.word_pieces import WordPieces, encode_window


@dataclass(slots=True)
class Example:
    """A document as words: texts, pieces of each word, first words of sentences, and allowed tags as bit sets.

    `teacher` [words, tags], where there is one, are an earlier model's probabilities: what it thinks of the places that
    people left open (see `ner.guided_loss`).
    """

    document_id: str
    corpus: str
    pieces: list[list[int]]
    word_types: list[int]
    unit_starts: list[int]
    allowed: list[int]
    left_out: int = 0
    teacher: np.ndarray | None = None


@dataclass(slots=True)
class Piecewise:
    """One window for the encoder: piece ids with [CLS] and [SEP], and the allowed tags at each first piece."""

    input_ids: list[int]
    token_type_ids: list[int]
    first_pieces: list[int]
    allowed: list[int]
    teacher: np.ndarray | None = None


@dataclass(frozen=True)
class ExampleBuilder:
    """Turns documents into examples for one vocabulary and tag set.

    `missing` says what a label that the corpus does not annotate means: "unknown" (every tag of it stays possible)
    or "outside" (the naive union of corpora, kept for the ablation).
    """

    word_pieces: WordPieces
    tag_set: TagSet
    missing: str = "unknown"
    gazetteer: Gazetteer | None = None

    def build(self, document: Document, corpus: str, annotated: Collection[str], use_types: bool = True) -> Example:
        """One example; `annotated` are the labels that the corpus annotates exhaustively.

        Without `use_types` the gazetteer is not asked: names it does not know must be found too.
        """
        words, unit_starts = words_of(document)
        texts = [word.of(document.text) for word in words]
        spans, left_out = encode_spans(words, document.annotations)
        allowed = self._allowed_tags(texts, spans, set(annotated))
        return self._example(document.id, corpus, texts, unit_starts, allowed, len(left_out), use_types)

    def build_reviewed(self, reviewed: ReviewedDocument, corpus: str) -> Example:
        """One example from a review. A complete one is gold for the labels it covers; else only touched words count.

        An accepted mention fixes the tags of its words, and says that the next word does not go on with it. A rejected
        one says "not this label" of the words that no accepted mention covers. Ignored ones leave everything possible.
        """
        document = reviewed.document
        words, unit_starts = words_of(document)
        texts = [word.of(document.text) for word in words]
        spans, left_out = encode_spans(words, document.annotations)
        allowed = self._allowed_tags(texts, spans, set(reviewed.labels), set(self.tag_set.labels))
        covered = {word for span in spans for word in range(span.first, span.last)}
        for word in _words_of_each(words, reviewed.ignored):
            if word not in covered:
                allowed[word] = self._anything
        for label in self.tag_set.labels:
            for word in _words_of_each(words, (one for one in reviewed.rejected if one.label == label)):
                if word not in covered:
                    allowed[word] &= ~self._tags_of(label)
        return self._example(document.id, corpus, texts, unit_starts, allowed, len(left_out))

    @property
    def _anything(self) -> int:
        return (1 << len(self.tag_set.tags)) - 1

    def _tags_of(self, label: str) -> int:
        return 1 << self.tag_set.begin(label) | 1 << self.tag_set.inside(label)

    def _example(
        self,
        document_id: str,
        corpus: str,
        texts: Sequence[str],
        unit_starts: list[int],
        allowed: list[int],
        left_out: int,
        use_types: bool = True,
    ) -> Example:
        return Example(
            document_id,
            corpus,
            self.word_pieces.encode(texts),
            self.gazetteer.word_types(texts, unit_starts) if self.gazetteer and use_types else [0] * len(texts),
            unit_starts,
            allowed,
            left_out,
        )

    def _allowed_tags(
        self, texts: Sequence[str], spans: Sequence[EncodedSpan], annotated: set[str], known: set[str] | None = None
    ) -> list[int]:
        """The tags each word may have. Mentions of `known` labels (None: of the annotated ones) fix those of their words.

        Of a label that is known but not annotated, a mention also says that the next word does not go on with it.
        """
        known = annotated if known is None else known
        anything = self._anything
        elsewhere = 1
        if self.missing == "unknown":
            for label in self.tag_set.labels:
                if label not in annotated:
                    elsewhere |= self._tags_of(label)
        allowed = [elsewhere] * len(texts)
        # From the end, so that what a mention says of the next word is said last.
        for span in reversed(spans):
            is_person = span.label == "Species" and is_person_word(" ".join(texts[span.first : span.last]))
            if span.label not in self.tag_set.labels or span.label not in known or is_person:
                # The span is of a class we do not model, or one that guidelines disagree on: learn nothing there.
                allowed[span.first : span.last] = [anything] * (span.last - span.first)
                continue
            allowed[span.first] = 1 << self.tag_set.begin(span.label)
            inside = 1 << self.tag_set.inside(span.label)
            allowed[span.first + 1 : span.last] = [inside] * (span.last - span.first - 1)
            if span.label not in annotated and span.last < len(allowed):
                allowed[span.last] &= ~inside
        return allowed


def cut_windows(example: Example, max_pieces: int, overlap: int, cls_id: int, sep_id: int) -> Iterator[Piecewise]:
    """The windows of an example; context words that another window predicts carry no allowed tags and no loss."""
    counts = [len(pieces) for pieces in example.pieces]
    for window in pack_windows(counts, example.unit_starts, max_pieces, overlap):
        encoded = encode_window(example.pieces, example.word_types, window, cls_id, sep_id)
        words = [word for word, _ in encoded.first_pieces]
        yield Piecewise(
            encoded.input_ids,
            encoded.token_type_ids,
            [place for _, place in encoded.first_pieces],
            [example.allowed[word] for word in words],
            None if example.teacher is None else example.teacher[words],
        )


def _words_of_each(words: Sequence[Token], annotations: Iterable[Annotation]) -> Iterator[int]:
    """The words of each mention, also of those that overlap."""
    for annotation in annotations:
        for span in encode_spans(words, [annotation])[0]:
            yield from range(span.first, span.last)


def batch_by_length(windows: Sequence[Piecewise], pieces_per_batch: int, rng: random.Random) -> list[list[Piecewise]]:
    """Batches of windows of like length, each of about `pieces_per_batch` padded pieces, in random order."""
    keyed = sorted(windows, key=lambda w: len(w.input_ids) + rng.random() * 8)
    batches: list[list[Piecewise]] = []
    batch: list[Piecewise] = []
    longest = 0
    for window in keyed:
        longest_then = max(longest, len(window.input_ids))
        if batch and longest_then * (len(batch) + 1) > pieces_per_batch:
            batches.append(batch)
            batch, longest_then = [], len(window.input_ids)
        batch.append(window)
        longest = longest_then
    if batch:
        batches.append(batch)
    rng.shuffle(batches)
    return batches
