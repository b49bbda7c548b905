"""Documents enter; the same documents with predicted annotations leave (batched, windowed, deterministic)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from biobert_demo.alignment import (
    EncodedSpan,
    Window,
    covering_span,
    pack_windows,
    words_of,
)
from biobert_demo.annotations import Annotation
from biobert_demo.decoding import best_tags, label_alternatives, log_softmax, near_misses, open_bare_insides
from biobert_demo.documents import Document, Token
from biobert_demo.errors import ModelUnavailable
from biobert_demo.gazetteer import FILE_NAME, Gazetteer
from biobert_demo.model_folders import HUB_NAME, version_of
from biobert_demo.person_words import is_person_word
from biobert_demo.refinement import ScoredSpan, decode_document
from biobert_demo.tag_names import read_tags
from biobert_demo.word_pieces import MOST_PIECES, EncodedWindow, WordPieces, encode_window

if TYPE_CHECKING:
    import torch

WINDOW_PIECES = 254
"""Word pieces of a window besides [CLS] and [SEP]; training uses windows of up to this size."""
OVERLAP_PIECES = 48
BATCH_PIECES = 4_096
DOCUMENTS_AT_ONCE = 64
CHARACTERS_AT_ONCE = 400_000
NEAR_MISS = 0.3
"""A word left outside that has at least this probability to be part of a mention is worth a look."""


@dataclass
class _Prepared:
    """A document on its way through the encoder: `passages` are ranges of words, `logits` [words, tags]."""

    document: Document
    words: list[Token]
    passages: list[tuple[int, int]]
    pieces: list[list[int]]
    word_types: list[int]
    windows: list[Window]
    logits: np.ndarray


@dataclass(frozen=True, slots=True)
class Suggestions:
    """A document with predicted annotations, and what else the model thought of.

    `others[i]` are the probabilities of further labels for `document.annotations[i]`, best first; the label "none"
    is that there is no mention. `misses` are stretches it left out but was not sure of, with the likeliest label and
    the probability that they are part of a mention as score; they are no annotations.
    """

    document: Document
    others: Mapping[int, tuple[tuple[str, float], ...]]
    misses: tuple[Annotation, ...] = ()


@dataclass
class EntityRecognizer:
    """A token classifier with its tokenizer: predicts annotations, each with a calibrated probability.

    Build one with `EntityRecognizer.load(folder)`; `version` names the weights in every annotation it makes.
    """

    model: Any
    tokenizer: Any
    version: str
    tags: Sequence[str] | None = None
    label_map: Mapping[str, str] | None = None
    gazetteer: Gazetteer | None = None

    def __post_init__(self) -> None:
        config = self.model.config
        self.tag_set, self._tag_ids = read_tags(
            {int(i): name for i, name in config.id2label.items()}, self.tags, self.label_map
        )
        self._bare_labels = [label for label in self.labels if self.tag_set.begin(label) not in self._tag_ids]
        self.temperature = float(getattr(config, "calibration_temperature", 1.0))
        self.minimum_score = float(getattr(config, "minimum_score", 0.0))
        self._has_types = getattr(config, "type_vocab_size", 0) > 0
        positions = getattr(config, "max_position_embeddings", 512) or 512
        # RoBERTa-like encoders count positions from 2, so they can hold two pieces less than they say.
        self.window_pieces = max(8, min(WINDOW_PIECES, positions - 4))
        self._word_pieces = WordPieces(self.tokenizer, min(MOST_PIECES, self.window_pieces))

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels it can predict."""
        return self.tag_set.labels

    @classmethod
    def load(
        cls,
        folder: Path | str | None = None,
        tags: Sequence[str] | None = None,
        label_map: Mapping[str, str] | None = None,
    ) -> EntityRecognizer:
        """A recognizer from a folder that transformers can load, or of the model that serves: the promoted one if any.

        A hub id works too where its files are on disk or there is a network. Raises ModelUnavailable, saying what
        is missing or damaged.
        """
        if folder is None:
            from biobert_demo.models import served_here

            folder = served_here()
        path = Path(folder).expanduser()
        if path.exists() or not HUB_NAME.fullmatch(str(folder)):
            _check_folder(path)
            folder = path
        model, tokenizer = _load_parts(str(folder))
        model.eval()
        gazetteer = Gazetteer.load(path / FILE_NAME) if (path / FILE_NAME).exists() else None
        return cls(model, tokenizer, version_of(path), tags, label_map, gazetteer)

    def recognize(self, documents: Iterable[Document]) -> Iterator[Document]:
        """Documents in, the same documents in the same order with predicted annotations (earlier ones are replaced).

        Streams: holds at most `DOCUMENTS_AT_ONCE` documents or about `CHARACTERS_AT_ONCE` characters at a time.
        """
        for item in self._read(documents):
            yield item.document.with_annotations(self._annotate(item))

    def annotate(self, text: str) -> list[Annotation]:
        """The predicted annotations of one text."""
        (document,) = self.recognize([Document("text", text)])
        return list(document.annotations)

    def suggest(self, documents: Iterable[Document]) -> Iterator[Suggestions]:
        """The same annotations as `recognize`, each with the probabilities of other labels, and near misses."""
        for item in self._read(documents):
            yield self._suggest(item)

    def explain(self, text: str) -> dict[str, Any]:
        """What the model sees in a text, for teaching: each word piece with its tag's softmax, and the merged spans.

        Only the first window is shown. Tokens are in order, from [CLS] to [SEP]; `start`/`end` are code points, None
        for the two special pieces; `probabilities` are those of the word's first piece, before calibration.
        """
        item = self._prepare(Document("text", text))
        self._fill_logits([item])
        first_window = item.windows[0] if item.windows else Window(0, 0, 0, 0)
        log_probabilities = self._log_probabilities(item.logits)
        probabilities, tags = np.exp(log_probabilities), best_tags(log_probabilities, self.tag_set)
        rows = [_special_row(self.tokenizer.cls_token)]
        for index in range(first_window.first, first_window.last):
            word = item.words[index]
            shares = {tag: float(p) for tag, p in zip(self.tag_set.tags, probabilities[index], strict=True)}
            for position, piece in enumerate(self.tokenizer.convert_ids_to_tokens(item.pieces[index])):
                rows.append(
                    {
                        "piece": piece,
                        "start": word.start,
                        "end": word.end,
                        "is_first": position == 0,
                        "tag": self.tag_set.tags[tags[index]],
                        "probabilities": shares if position == 0 else {},
                    }
                )
        rows.append(_special_row(self.tokenizer.sep_token))
        spans = [{"start": a.start, "end": a.end, "label": a.label, "score": a.score} for a in self._annotate(item)]
        return {"tokens": rows, "spans": spans}

    def word_logits(
        self, documents: Iterable[Document]
    ) -> Iterator[tuple[list[Token], list[tuple[int, int]], np.ndarray]]:
        """For each document its words, the range of words of each passage, and logits [words, tags], uncalibrated."""
        for item in self._read(documents):
            yield item.words, item.passages, item.logits

    def _read(self, documents: Iterable[Document]) -> Iterator[_Prepared]:
        """Each document with its logits; a chunk of them is on its way through the encoder at a time."""
        for chunk in _chunks(documents):
            prepared = [self._prepare(document) for document in chunk]
            self._fill_logits(prepared)
            yield from prepared

    def _prepare(self, document: Document) -> _Prepared:
        words, unit_starts = words_of(document)
        pieces = self._word_pieces.encode([word.of(document.text) for word in words])
        # What the tokenizer does not see (zero-width and control characters) must not stand between the words around.
        seen = [place for place, ids in enumerate(pieces) if ids]
        if len(seen) < len(words):
            words, pieces = [words[place] for place in seen], [pieces[place] for place in seen]
            unit_starts = sorted({bisect_left(seen, place) for place in unit_starts} - {len(words)})
        starts = [word.start for word in words]
        bounds = [*(bisect_left(starts, passage.start) for passage in document.passages), len(words)]
        return _Prepared(
            document,
            words,
            list(pairwise(bounds)),
            pieces,
            self._word_types([word.of(document.text) for word in words], unit_starts),
            pack_windows([len(ids) for ids in pieces], unit_starts, self.window_pieces, OVERLAP_PIECES),
            np.zeros((len(words), len(self.tag_set.tags)), dtype=np.float32),
        )

    def _word_types(self, words: Sequence[str], unit_starts: Sequence[int]) -> list[int]:
        return self.gazetteer.word_types(words, unit_starts) if self.gazetteer else [0] * len(words)

    def _fill_logits(self, prepared: Sequence[_Prepared]) -> None:
        sized = [
            (sum(len(item.pieces[i]) for i in range(window.first, window.last)), number, item, window)
            for number, item in enumerate(prepared)
            for window in item.windows
        ]
        sized.sort(key=lambda entry: (entry[0], entry[1], entry[3].first))
        batch: list[tuple[_Prepared, Window]] = []
        for size, _, item, window in sized:
            if batch and (size + 2) * (len(batch) + 1) > BATCH_PIECES:
                self._run(batch)
                batch = []
            batch.append((item, window))
        if batch:
            self._run(batch)

    def _run(self, batch: Sequence[tuple[_Prepared, Window]]) -> None:
        import torch

        cls_id, sep_id = self.tokenizer.cls_token_id, self.tokenizer.sep_token_id
        windows = [encode_window(item.pieces, item.word_types, window, cls_id, sep_id) for item, window in batch]
        with torch.inference_mode():
            logits = self.model(**self._collate(windows)).logits.float().cpu().numpy()
        for row, ((item, _), window) in enumerate(zip(batch, windows, strict=True)):
            if window.first_pieces:
                words, places = zip(*window.first_pieces, strict=True)
                item.logits[list(words)] = self._project(logits[row, list(places)])

    def _collate(self, windows: Sequence[EncodedWindow]) -> dict[str, torch.Tensor]:
        import torch

        length = max(len(window.input_ids) for window in windows)
        padding = self.tokenizer.pad_token_id or 0

        def padded(rows: Iterable[list[int]], filler: int) -> torch.Tensor:
            return torch.tensor([row + [filler] * (length - len(row)) for row in rows], device=self.model.device)

        inputs = {
            "input_ids": padded((window.input_ids for window in windows), padding),
            "attention_mask": padded(([1] * len(window.input_ids) for window in windows), 0),
        }
        if self._has_types:
            inputs["token_type_ids"] = padded((window.token_type_ids for window in windows), 0)
        return inputs

    def _project(self, logits: np.ndarray) -> np.ndarray:
        """Logits over the tag set from logits over the checkpoint's outputs; outputs that mean the same tag add up."""
        if self._tag_ids == list(range(len(self.tag_set.tags))):
            return logits
        projected = np.full((len(logits), len(self.tag_set.tags)), -np.inf)
        for output, tag in enumerate(self._tag_ids):
            projected[:, tag] = np.logaddexp(projected[:, tag], logits[:, output])
        return np.maximum(projected, -1e4)

    def _annotate(self, item: _Prepared) -> list[Annotation]:
        spans = self._decode(item, self._calibrated(item))
        return drop_person_words(self._annotation(item, span, span.score) for span in spans)

    def _suggest(self, item: _Prepared) -> Suggestions:
        log_probabilities = self._calibrated(item)
        spans = self._decode(item, log_probabilities)
        found: list[Annotation] = []
        others: dict[tuple[int, int, str], tuple[tuple[str, float], ...]] = {}
        misses: list[Annotation] = []
        for first, last in item.passages:
            inner = log_probabilities[first:last]
            of_passage = [span for span in spans if first <= span.first < last]
            within = [_shifted(span, -first) for span in of_passage]
            for span, labels in zip(of_passage, label_alternatives(inner, within, self.tag_set), strict=True):
                found.append(self._annotation(item, span, span.score))
                others[found[-1].key] = labels
            for miss, score in near_misses(inner, within, self.tag_set, NEAR_MISS):
                misses.append(self._annotation(item, _shifted(miss, first), score))
        document = item.document.with_annotations(drop_person_words(found))
        return Suggestions(
            document,
            {index: others[annotation.key] for index, annotation in enumerate(document.annotations)},
            tuple(drop_person_words(misses)),
        )

    def _annotation(self, item: _Prepared, span: EncodedSpan | ScoredSpan, score: float) -> Annotation:
        place = covering_span(item.words, span.first, span.last)
        return Annotation(
            place.start,
            place.end,
            place.of(item.document.text),
            span.label,
            score=round(score, 4),
            model=self.version,
        )

    def _decode(self, item: _Prepared, log_probabilities: np.ndarray) -> list[ScoredSpan]:
        words = [word.of(item.document.text) for word in item.words]
        return decode_document(words, item.passages, log_probabilities, self.tag_set, self.minimum_score)

    def _calibrated(self, item: _Prepared) -> np.ndarray:
        log_probabilities = np.zeros(item.logits.shape)
        for first, last in item.passages:
            log_probabilities[first:last] = self._log_probabilities(item.logits[first:last], self.temperature)
        return log_probabilities

    def _log_probabilities(self, logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
        return log_softmax(open_bare_insides(logits, self.tag_set, self._bare_labels), temperature)


def drop_person_words(annotations: Iterable[Annotation]) -> list[Annotation]:
    """All annotations but the Species ones that are nothing but a word for people."""
    return [a for a in annotations if not (a.label == "Species" and is_person_word(a.text))]


def _shifted(span: EncodedSpan | ScoredSpan, by: int) -> EncodedSpan:
    return EncodedSpan(by + span.first, by + span.last, span.label)


def _chunks(documents: Iterable[Document]) -> Iterator[list[Document]]:
    iterator = iter(documents)
    while chunk := _next_chunk(iterator):
        yield chunk


def _next_chunk(iterator: Iterator[Document]) -> list[Document]:
    chunk: list[Document] = []
    characters = 0
    for document in islice(iterator, DOCUMENTS_AT_ONCE):
        chunk.append(document)
        characters += len(document.text)
        if characters >= CHARACTERS_AT_ONCE:
            break
    return chunk


def _special_row(piece: str) -> dict[str, Any]:
    return {"piece": piece, "start": None, "end": None, "is_first": False, "tag": "", "probabilities": {}}


def _load_parts(folder: str) -> tuple[Any, Any]:
    """(model, tokenizer); `from_pretrained` fills what a damaged folder lacks with random numbers, so look closely."""
    import torch
    from transformers import AutoModelForTokenClassification, AutoTokenizer
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        model, loading = AutoModelForTokenClassification.from_pretrained(
            folder, dtype=torch.float32, output_loading_info=True
        )
        tokenizer = AutoTokenizer.from_pretrained(folder)
    except Exception as error:  # transformers and safetensors raise many unrelated types for damaged files
        reason = (str(error).splitlines() or [""])[0].rstrip(".")[:200]
        if Path(folder).is_dir():
            raise ModelUnavailable(
                f"The model in {folder} cannot be loaded ({type(error).__name__}: {reason}); "
                "restore the folder from a backup or choose another model."
            ) from error
        raise ModelUnavailable(
            f"There is no folder {folder} here, and the hub does not give a model of that name ({reason}); "
            "check the path, or the name and the network."
        ) from error
    if missing := sorted(loading["missing_keys"]):
        raise ModelUnavailable(
            f"The weights in {folder} lack {len(missing)} of the model's tensors ({', '.join(missing[:3])}), so it was "
            "never fine-tuned for token classification or is damaged; choose a fine-tuned model."
        )
    damaged = next((name for name, tensor in model.named_parameters() if not torch.isfinite(tensor).all()), None)
    if damaged is not None:
        raise ModelUnavailable(
            f"The weights in {folder} are damaged ({damaged} holds values that are not finite); "
            "restore the folder from a backup or choose another model."
        )
    for tensor in (*model.parameters(), *model.buffers()):
        # Memory that is not torch's own is the mapped file: cutting that short would kill the process that serves it.
        if not tensor.untyped_storage().resizable():
            tensor.data = tensor.data.clone()
    known, embedded = len(tokenizer), model.get_input_embeddings().num_embeddings
    if known <= len(tokenizer.all_special_ids) or known > embedded:
        raise ModelUnavailable(
            f"The tokenizer in {folder} has a vocabulary of {known} pieces, but the model has {embedded}; "
            "put the tokenizer files that belong to the model beside its weights."
        )
    return model, tokenizer


def _check_folder(path: Path) -> None:
    if not path.is_dir():
        raise ModelUnavailable(
            f"There is no model folder at {path}; check the path, or leave it out to use the shipped model."
        )
    if not (path / "config.json").exists():
        raise ModelUnavailable(
            f"The folder {path} holds no config.json, so it is no transformers model; "
            "point to the folder that save_pretrained wrote."
        )
