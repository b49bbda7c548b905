"""A text enters; whether it reads like English, the only language the models have learned, leaves."""

from __future__ import annotations

import re

_FEWEST_WORDS = 25
_SMALLEST_SHARE = 0.10
# Function words make up a third of English prose, a fifth of terse abstracts, and almost nothing of other languages.
_FUNCTION_WORDS = frozenset(
    [
        "the",
        "of",
        "and",
        "in",
        "to",
        "a",
        "with",
        "for",
        "was",
        "were",
        "is",
        "are",
        "that",
        "by",
        "as",
        "from",
        "on",
        "this",
        "we",
        "at",
        "an",
        "be",
        "or",
        "which",
        "these",
        "not",
        "has",
        "have",
        "had",
        "been",
        "but",
        "it",
        "between",
        "after",
        "than",
        "may",
        "can",
        "our",
        "also",
        "their",
        "both",
        "during",
    ]
)
_WORD = re.compile(r"[^\W\d_]+")


def is_probably_english(text: str) -> bool:
    """False for prose in another language or script; short texts and lists of names get the benefit of the doubt.

    Looks at the first 20,000 characters; a hint for people, never a reason to refuse a text.
    """
    words = [word.casefold() for word in _WORD.findall(text[:20_000])]
    if len(words) < _FEWEST_WORDS:
        letters = [c for c in text[:20_000] if c.isalpha()]
        latin = sum(c.isascii() or "À" <= c <= "ɏ" for c in letters)
        return len(letters) < _FEWEST_WORDS or latin >= len(letters) / 2
    return sum(word in _FUNCTION_WORDS for word in words) >= _SMALLEST_SHARE * len(words)
