"""Numbers, nouns and lists of words enter; what a person would write leaves."""

from __future__ import annotations

from collections.abc import Sequence


def count_nouns(number: int, noun: str) -> str:
    """ "1 document", "2 documents", "1,000 other places"; for nouns whose plural ends in s."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def join_words(words: Sequence[str]) -> str:
    """ "A", "A and B", "A, B and C"."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
