"""Words of a text enter; for each word, which kind of known name it belongs to leaves (MeSH, HGNC, Mondo, NCBI Taxonomy).

A gazetteer does not decide anything. Its classes go into the encoder through BERT's token types, which single-text
tasks leave unused, and the model learns how far to trust them: "rest" is a gene symbol and hardly ever a gene.

Names are kept as sorted 64-bit hashes, so that a million of them take 9 MB in memory and on disk; with that many, the
chance that any of the few thousand look-ups in an abstract meets a wrong hash is about one in ten billion.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

CLASSES = ("Disease", "Chemical", "Gene", "Species", "Protein", "other", "several")
"""What a name can be. "Protein" are MeSH's amino acids, peptides and proteins; "several" are names of two classes."""

TYPE_COUNT = 1 + 2 * len(CLASSES)
"""Token types: 0 for no known name, then for each class the first word of a name and its further words."""

LONGEST = 8
"""Words in the longest name looked for; punctuation does not count."""

FILE_NAME = "gazetteer.npz"

_GREEK = {
    "α": "alpha",
    "β": "beta",
    "γ": "gamma",
    "δ": "delta",
    "ε": "epsilon",
    "κ": "kappa",
    "λ": "lambda",
    "μ": "mu",
    "ω": "omega",
}
_HEAD_SHIFT = 32
"""First words are kept as 32 bits: a wrong hit only costs a look that finds nothing."""

_NAME_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Gazetteer:
    """Known names: `hashes` [names] sorted, `classes` [names] their places in CLASSES, `heads` sorted, of first words."""

    hashes: np.ndarray
    classes: np.ndarray
    heads: np.ndarray

    @classmethod
    def build(cls, names: Iterable[tuple[str, str]]) -> Gazetteer:
        """From (name, class) pairs; a name of two classes becomes "several", except that "other" gives way."""
        found: dict[int, int] = {}
        heads: set[int] = set()
        other, several = CLASSES.index("other"), CLASSES.index("several")
        for name, kind in names:
            key = name_key(_NAME_WORD.findall(name))
            if key is None:
                continue
            heads.add(_hash(_head(key)) >> _HEAD_SHIFT)
            code = CLASSES.index(kind)
            known = found.setdefault(_hash(key), code)
            if code not in (known, other):
                found[_hash(key)] = code if known == other else several
        hashes = np.array(sorted(found), dtype=np.uint64)
        classes = np.array([found[int(h)] for h in hashes], dtype=np.uint8)
        return cls(hashes, classes, np.array(sorted(heads), dtype=np.uint32))

    @classmethod
    def load(cls, path: Path) -> Gazetteer:
        """From a file that `save` wrote."""
        with np.load(path, allow_pickle=False) as arrays:
            return cls(arrays["hashes"], arrays["classes"], arrays["heads"])

    def save(self, path: Path) -> None:
        """As a compressed npz file."""
        np.savez_compressed(path, hashes=self.hashes, classes=self.classes, heads=self.heads)

    def __len__(self) -> int:
        return len(self.hashes)

    def word_types(self, words: Sequence[str], unit_starts: Sequence[int]) -> list[int]:
        """A token type for each word: 0, or 1 + 2 * class for the first and 2 + 2 * class for further words of a name.

        From left to right, the longest name at each place wins; names do not cross the starts of sentences.
        Punctuation between a name's words belongs to it ("IL-2"), and is otherwise passed over.
        """
        types = [0] * len(words)
        lexical = [i for i, word in enumerate(words) if _NAME_WORD.fullmatch(word)]
        folded = [_fold(words[i]) for i in lexical]
        reach = _reach(lexical, set(unit_starts))
        candidates: list[tuple[int, int]] = []
        hashes: list[int] = []
        for place in self._open_names(folded):
            first, folded_name = lexical[place], ""
            for last_place in range(place, min(place + LONGEST, reach[place])):
                last = lexical[last_place]
                if last_place == place:
                    folded_name, keys = folded[place], _word_keys(words[first])
                else:
                    folded_name = f"{folded_name} {folded[last_place]}"
                    keys = _name_keys(folded_name)
                for key in keys:
                    candidates.append((first, last))
                    hashes.append(_hash(key))
        kinds = self._look_up(hashes)
        best: dict[int, tuple[int, int]] = {}
        for (first, last), kind in zip(candidates, kinds, strict=True):
            if kind >= 0 and last >= best.get(first, (-1, 0))[0]:
                best[first] = (last, kind)
        place = 0
        while place < len(words):
            if place in best:
                last, kind = best[place]
                types[place] = 1 + 2 * kind
                types[place + 1 : last + 1] = [2 + 2 * kind] * (last - place)
                place = last
            place += 1
        return types

    def _open_names(self, folded: Sequence[str]) -> list[int]:
        """The places at which some name may begin; most words begin none, and need no further look."""
        if not folded or not len(self.heads):
            return []
        singular = [form[:-1] if form.endswith("s") else form for form in folded]
        return np.flatnonzero(self._is_head(folded) | self._is_head(singular)).tolist()

    def _is_head(self, forms: Sequence[str]) -> np.ndarray:
        wanted = np.array([_hash(form) >> _HEAD_SHIFT for form in forms], dtype=np.uint32)
        places = np.minimum(np.searchsorted(self.heads, wanted), len(self.heads) - 1)
        return self.heads[places] == wanted

    def _look_up(self, hashes: Sequence[int]) -> list[int]:
        if not hashes or not len(self.hashes):
            return [-1] * len(hashes)
        wanted = np.array(hashes, dtype=np.uint64)
        places = np.minimum(np.searchsorted(self.hashes, wanted), len(self.hashes) - 1)
        return np.where(self.hashes[places] == wanted, self.classes[places].astype(np.int64), -1).tolist()


def name_key(words: Sequence[str]) -> str | None:
    """What a name is looked up by; None where it is too short, too long or a mere number.

    Short symbols keep their case ("=CAT"), since in lower case they are often words ("cat"); all else is folded.
    """
    if not words or len(words) > LONGEST:
        return None
    if len(words) == 1 and is_symbol(words[0]):
        return f"={_fold_greek(words[0])}"
    folded = " ".join(_fold(word) for word in words)
    return folded if len(folded) > 2 and not folded.replace(" ", "").isdigit() else None


def is_symbol(word: str) -> bool:
    """Whether a single word is so short, or so shaped, that its capitals matter."""
    return 2 <= len(word) <= 6 and any(c.isupper() for c in word) and not word[1:].islower()


def _reach(lexical: Sequence[int], starts: set[int]) -> list[int]:
    """For each lexical word the place behind the last one that a name from there can reach.

    Two words are in one name only with at most one sign between them and in one sentence.
    """
    reach = [len(lexical)] * len(lexical)
    for place in range(len(lexical) - 2, -1, -1):
        here, following = lexical[place], lexical[place + 1]
        is_apart = following - here > 2 or following in starts or (following - here == 2 and here + 1 in starts)
        reach[place] = place + 1 if is_apart else reach[place + 1]
    return reach


def _head(key: str) -> str:
    return _fold(key[1:]) if key.startswith("=") else key.split(" ", 1)[0]


def _word_keys(word: str) -> list[str]:
    forms = (word, word[:-1]) if _is_plural(word) else (word,)
    return [key for key in (name_key([form]) for form in forms) if key is not None]


def _name_keys(folded: str) -> list[str]:
    return [folded, folded[:-1]] if _is_plural(folded) else [folded]


def _is_plural(text: str) -> bool:
    return len(text) > 4 and text.endswith("s") and not text.endswith("ss")


def _fold(word: str) -> str:
    return word.lower() if word.isascii() else _fold_greek(unicodedata.normalize("NFKC", word)).casefold()


def _fold_greek(word: str) -> str:
    return "".join(_GREEK.get(c, c) for c in word) if not word.isascii() else word


def _hash(key: str) -> int:
    return int.from_bytes(hashlib.blake2b(key.encode("utf-8"), digest_size=8).digest(), "little")
