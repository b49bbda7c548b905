"""A mention's text enters; whether it is a word for people leaves.

BioRED tags "patients" and "women" as species, LINNAEUS and Species-800 do not. For this project they are none:
training learns nothing from them, scores leave them out, and the page does not show them.
"""

from __future__ import annotations

PERSON_WORDS: frozenset[str] = frozenset(
    {"patient", "patients", "participant", "participants", "person", "persons", "people", "child", "children"}
    | {"woman", "women", "man", "men", "boy", "boys", "girl", "girls", "adult", "adults", "infant", "infants"}
)


def is_person_word(text: str) -> bool:
    """Whether a mention is nothing but a word for people ("patients", "Women")."""
    return text.strip().casefold() in PERSON_WORDS
