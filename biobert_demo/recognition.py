"""Documents enter; the same documents with predicted annotations leave (batched, windowed, deterministic)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from biobert_demo.alignment import (
    Window,
    case_type,
    covering_span,
    decode_tags,
    pack_windows,
    words_of,
)
from biobert_demo.annotations import Annotation
from biobert_demo.decoding import best_tags, log_softmax, span_scores
from biobert_demo.documents import Document, Token
from biobert_demo.errors import ModelUnavailable
from biobert_demo.person_words import is_person_word
from biobert_demo.tag_names import read_tags

if TYPE_CHECKING:
    import torch

WINDOW_PIECES = 254
"""Word pieces of a window besides [CLS] and [SEP]; training uses windows of up to this size."""
OVERLAP_PIECES = 48
BATCH_PIECES = 4_096
DOCUMENTS_AT_ONCE = 64
CHARACTERS_AT_ONCE = 400_000
_CACHED_WORDS = 200_000


@dataclass
class _Prepared:
    """A document on its way through the encoder."""

    document: Document
    words: list[Token]
    pieces: list[list[int]]
    case_types: list[int]
    windows: list[Window]
    logits: np.ndarray


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
    _pieces_of: dict[str, list[int]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        config = self.model.config
        self.tag_set, self._tag_ids = read_tags(
            {int(i): name for i, name in config.id2label.items()}, self.tags, self.label_map
        )
        self.temperature = float(getattr(config, "calibration_temperature", 1.0))
        self._has_types = getattr(config, "type_vocab_size", 0) > 0
        self._uses_case = bool(getattr(config, "case_token_types", False))
        positions = getattr(config, "max_position_embeddings", 512) or 512
        # RoBERTa-like encoders count positions from 2, so they can hold two pieces less than they say.
        self.window_pieces = max(8, min(WINDOW_PIECES, positions - 4))

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
        """A recognizer from a folder that transformers can load, or from the shipped model.

        A hub id works too where its files are on disk or there is a network. Raises ModelUnavailable, saying what
        is missing or damaged.
        """
        if folder is None:
            from biobert_demo.settings import Settings

            folder = Settings.from_environment().ner_model
        import torch
        from transformers import AutoModelForTokenClassification, AutoTokenizer
        from transformers.utils import logging

        path = Path(folder)
        if path.exists() or path.is_absolute():
            _check_folder(path)
        logging.set_verbosity_error()
        logging.disable_progress_bar()
        try:
            model = AutoModelForTokenClassification.from_pretrained(str(folder), dtype=torch.float32)
            tokenizer = AutoTokenizer.from_pretrained(str(folder))
        except Exception as error:  # transformers and safetensors raise many unrelated types for damaged files
            raise ModelUnavailable(
                f"The model in {folder} cannot be loaded ({type(error).__name__}: {str(error).splitlines()[0][:200]}); "
                "restore the folder from a backup or choose another model."
            ) from error
        model.eval()
        return cls(model, tokenizer, _version_of(path), tags, label_map)

    def recognize(self, documents: Iterable[Document]) -> Iterator[Document]:
        """Documents in, the same documents in the same order with predicted annotations (earlier ones are replaced).

        Streams: holds at most `DOCUMENTS_AT_ONCE` documents or about `CHARACTERS_AT_ONCE` characters at a time.
        """
        for chunk in _chunks(documents):
            prepared = [self._prepare(document) for document in chunk]
            self._fill_logits(prepared)
            for item in prepared:
                yield item.document.with_annotations(self._annotate(item))

    def annotate(self, text: str) -> list[Annotation]:
        """The predicted annotations of one text."""
        (document,) = self.recognize([Document("text", text)])
        return list(document.annotations)

    def explain(self, text: str) -> dict[str, Any]:
        """What the model sees in a text, for teaching: each word piece with its tag's softmax, and the merged spans.

        Only the first window is shown. Tokens are in order, from [CLS] to [SEP]; `start`/`end` are code points, None
        for the two special pieces; `probabilities` are those of the word's first piece, before calibration.
        """
        item = self._prepare(Document("text", text))
        self._fill_logits([item])
        first_window = item.windows[0] if item.windows else Window(0, 0, 0, 0)
        probabilities = np.exp(log_softmax(item.logits)) if len(item.words) else np.zeros((0, 1))
        tags = best_tags(log_softmax(item.logits), self.tag_set)
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

    def word_logits(self, documents: Iterable[Document]) -> Iterator[tuple[list[Token], np.ndarray]]:
        """For each document its words and their logits [words, tags] over this recognizer's tag set, uncalibrated."""
        for chunk in _chunks(documents):
            prepared = [self._prepare(document) for document in chunk]
            self._fill_logits(prepared)
            for item in prepared:
                yield item.words, item.logits

    def _prepare(self, document: Document) -> _Prepared:
        words, unit_starts = words_of(document)
        texts = [word.of(document.text) for word in words]
        pieces = self._encode_words(texts)
        windows = pack_windows([len(p) for p in pieces], unit_starts, self.window_pieces, OVERLAP_PIECES)
        case_types = [case_type(text) for text in texts] if self._uses_case else [0] * len(texts)
        # Words without a piece of their own (control characters) are never seen by the model: they stay O.
        logits = np.full((len(words), len(self.tag_set.tags)), -20.0, dtype=np.float32)
        logits[:, 0] = 0.0
        return _Prepared(document, words, pieces, case_types, windows, logits)

    def _encode_words(self, texts: Sequence[str]) -> list[list[int]]:
        if len(self._pieces_of) > _CACHED_WORDS:
            self._pieces_of.clear()
        unknown = [text for text in dict.fromkeys(texts) if text not in self._pieces_of]
        if unknown:
            encoded = self.tokenizer(unknown, add_special_tokens=False)["input_ids"]
            # A "word" of a thousand letters would fill windows by itself; its first pieces are enough to tag it.
            self._pieces_of.update({text: ids[:64] for text, ids in zip(unknown, encoded, strict=True)})
        return [self._pieces_of[text] for text in texts]

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

        inputs, firsts = self._collate(batch)
        with torch.inference_mode():
            logits = self.model(**inputs).logits.float().cpu().numpy()
        for row, (item, window) in enumerate(batch):
            kept = [(word, place) for word, place in firsts[row] if window.keep_first <= word < window.keep_last]
            if kept:
                words, places = zip(*kept, strict=True)
                item.logits[list(words)] = self._project(logits[row, list(places)])

    def _collate(
        self, batch: Sequence[tuple[_Prepared, Window]]
    ) -> tuple[dict[str, torch.Tensor], list[list[tuple[int, int]]]]:
        import torch

        rows, types, firsts = [], [], []
        for item, window in batch:
            row, row_types, first = [self.tokenizer.cls_token_id], [0], []
            for word in range(window.first, window.last):
                if item.pieces[word]:
                    first.append((word, len(row)))
                row.extend(item.pieces[word])
                row_types.extend([item.case_types[word]] * len(item.pieces[word]))
            rows.append([*row, self.tokenizer.sep_token_id])
            types.append([*row_types, 0])
            firsts.append(first)
        length = max(len(row) for row in rows)
        padding = self.tokenizer.pad_token_id or 0
        device = self.model.device
        inputs = {
            "input_ids": torch.tensor([row + [padding] * (length - len(row)) for row in rows], device=device),
            "attention_mask": torch.tensor([[1] * len(row) + [0] * (length - len(row)) for row in rows], device=device),
        }
        if self._has_types:
            inputs["token_type_ids"] = torch.tensor([row + [0] * (length - len(row)) for row in types], device=device)
        return inputs, firsts

    def _project(self, logits: np.ndarray) -> np.ndarray:
        """Logits over the tag set from logits over the checkpoint's outputs; outputs that mean the same tag add up."""
        if self._tag_ids == list(range(len(self.tag_set.tags))):
            return logits
        projected = np.full((len(logits), len(self.tag_set.tags)), -np.inf)
        for output, tag in enumerate(self._tag_ids):
            projected[:, tag] = np.logaddexp(projected[:, tag], logits[:, output])
        return np.maximum(projected, -1e4)

    def _annotate(self, item: _Prepared) -> list[Annotation]:
        log_probabilities = log_softmax(item.logits, self.temperature)
        spans = decode_tags(best_tags(log_probabilities, self.tag_set), self.tag_set)
        scores = span_scores(log_probabilities, spans, self.tag_set)
        annotations = []
        for span, score in zip(spans, scores, strict=True):
            place = covering_span(item.words, span.first, span.last)
            annotations.append(
                Annotation(
                    place.start,
                    place.end,
                    place.of(item.document.text),
                    span.label,
                    score=round(score, 4),
                    model=self.version,
                )
            )
        return drop_person_words(annotations)


def drop_person_words(annotations: Iterable[Annotation]) -> list[Annotation]:
    """All annotations but the Species ones that are nothing but a word for people."""
    return [a for a in annotations if not (a.label == "Species" and is_person_word(a.text))]


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


def _version_of(path: Path) -> str:
    """The name that a run gave its weights (`version` in config.json), else the folder's name."""
    config = path / "config.json"
    if config.exists():
        named = json.loads(config.read_text(encoding="utf-8")).get("version")
        if isinstance(named, str):
            return named
    return path.name
