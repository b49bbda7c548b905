"""A number and a noun enter; the two as a person would write them leave."""

from __future__ import annotations


def count_nouns(number: int, noun: str) -> str:
    """ "1 document", "2 documents", "1,000 other places"; for nouns whose plural ends in s."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
