"""Words enter; word pieces and encoder windows of them leave, the same for training and for recognition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from biobert_demo.alignment import Window

MOST_PIECES = 64
"""A "word" of a thousand letters would fill windows by itself; its first pieces are enough to tag it."""

_CACHED_WORDS = 200_000


class WordPieces:
    """Encodes words one by one, without special pieces, as they stand in running text; remembers what it has seen."""

    def __init__(self, tokenizer: Any, most_pieces: int = MOST_PIECES) -> None:
        self._tokenizer = tokenizer
        self._most_pieces = most_pieces
        self._known: dict[str, list[int]] = {}
        # Byte-level vocabularies (RoBERTa's) hold " word" and "word" as different pieces: give them the space before.
        self._before = " " if tokenizer.tokenize(" a") != tokenizer.tokenize("a") else ""

    def encode(self, words: Sequence[str]) -> list[list[int]]:
        """For each word its piece ids, at most `most_pieces`; none for a word that the tokenizer does not see."""
        if len(self._known) > _CACHED_WORDS:
            self._known.clear()
        unknown = [word for word in dict.fromkeys(words) if word not in self._known]
        if unknown:
            # Tokenizers refuse half a surrogate pair, which JSON lets through; it becomes a question mark to the model.
            texts = [self._before + word.encode("utf-8", "replace").decode("utf-8") for word in unknown]
            encoded = self._tokenizer(texts, add_special_tokens=False)["input_ids"]
            self._known.update({word: ids[: self._most_pieces] for word, ids in zip(unknown, encoded, strict=True)})
        return [self._known[word] for word in words]


@dataclass(slots=True)
class EncodedWindow:
    """What the encoder reads of a window, and (word, place of its first piece) for each word that is predicted there."""

    input_ids: list[int]
    token_type_ids: list[int]
    first_pieces: list[tuple[int, int]]


def encode_window(
    pieces: Sequence[Sequence[int]], word_types: Sequence[int], window: Window, cls_id: int, sep_id: int
) -> EncodedWindow:
    """[CLS], the pieces of the window's words, [SEP]; every piece has its word's type, the two special ones type 0."""
    input_ids, token_type_ids = [cls_id], [0]
    first_pieces: list[tuple[int, int]] = []
    for word in range(window.first, window.last):
        if pieces[word] and window.keep_first <= word < window.keep_last:
            first_pieces.append((word, len(input_ids)))
        input_ids.extend(pieces[word])
        token_type_ids.extend([word_types[word]] * len(pieces[word]))
    return EncodedWindow([*input_ids, sep_id], [*token_type_ids, 0], first_pieces)
