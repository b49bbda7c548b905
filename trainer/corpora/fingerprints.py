"""Text enters; keys that are equal wherever the same text stands, however it was spaced, cased or folded, leave."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

MIN_SENTENCE = 40
"""Letters and digits. Shorter sentences ("These results are discussed.") recur in unrelated texts."""

_NOT_ALNUM = re.compile(r"[^a-z0-9]+")
_SENTENCE_BREAK = re.compile(r"[.?!\n]")


def fingerprint(text: str) -> str:
    """The letters and digits of a text in lower case, accents removed and Greek letters spelled out.

    Corpora tokenise, re-space and fold the same abstract in different ways ("TNF-α", "TNF - alpha"); all of them
    give the same key.
    """
    if not text.isascii():
        text = "".join(_fold(character) for character in unicodedata.normalize("NFKD", text))
    return _NOT_ALNUM.sub("", text.casefold())


def sentence_fingerprints(text: str) -> frozenset[str]:
    """Keys of the stretches between full stops and line ends that have at least MIN_SENTENCE letters and digits.

    Cut at every full stop, not at sentence ends: a splitter would cut a tokenised and an original text differently.
    """
    keys = (fingerprint(stretch) for stretch in _SENTENCE_BREAK.split(text))
    return frozenset(key for key in keys if len(key) >= MIN_SENTENCE)


@lru_cache(maxsize=4096)
def _fold(character: str) -> str:
    """NFKD has already taken accents off and turned the micro sign into a Greek mu."""
    if character.isascii():
        return character
    match = re.match(r"GREEK .*LETTER (?:FINAL )?(\w+)", unicodedata.name(character, ""))
    return "" if match is None else match[1]
