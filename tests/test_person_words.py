"""Words for people are no species here; anything longer still is."""

from __future__ import annotations

import pytest

from biobert_demo.person_words import is_person_word


@pytest.mark.parametrize("text", ["patient", "Patients", " WOMEN ", "child", "Infants", "people", "person", "adult"])
def test_bare_words_for_people_are_recognised(text: str) -> None:
    assert is_person_word(text)


@pytest.mark.parametrize("text", ["human", "Homo sapiens", "mice", "patient-derived", "adult mice", "", "mankind"])
def test_species_and_longer_mentions_are_not(text: str) -> None:
    assert not is_person_word(text)
