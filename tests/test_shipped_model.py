"""The shipped model enters; what the project promises of it is checked."""

from __future__ import annotations

from pathlib import Path

import pytest

from biobert_demo.recognition import EntityRecognizer
from biobert_demo.settings import Settings

FOLDER = Settings.from_environment({}).ner_model
MOST_BYTES = 60_000_000


@pytest.fixture(scope="module")
def recognizer() -> EntityRecognizer:
    return EntityRecognizer.load(FOLDER)


def test_the_missions_own_sentence_comes_out_right(recognizer: EntityRecognizer) -> None:
    text = "An allergy to penicillin can cause an anaphylactic reaction."
    found = {(a.text, a.label) for a in recognizer.annotate(text)}
    assert found in (
        {("allergy", "Disease"), ("penicillin", "Chemical"), ("anaphylactic reaction", "Disease")},
        {("allergy", "Disease"), ("penicillin", "Chemical"), ("anaphylactic", "Disease")},
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Imatinib is given in chronic myeloid leukaemia.",
            {("Imatinib", "Chemical"), ("chronic myeloid leukaemia", "Disease")},
        ),
        ("Loss of BRCA1 was frequent in breast cancer.", {("BRCA1", "Gene"), ("breast cancer", "Disease")}),
        (
            "Mice were infected with Mycobacterium tuberculosis.",
            {("Mice", "Species"), ("Mycobacterium tuberculosis", "Species")},
        ),
        (
            "Metformin lowers glucose in type 2 diabetes mellitus.",
            {("Metformin", "Chemical"), ("glucose", "Chemical"), ("type 2 diabetes mellitus", "Disease")},
        ),
    ],
)
def test_plain_sentences_come_out_right(
    recognizer: EntityRecognizer, text: str, expected: set[tuple[str, str]]
) -> None:
    assert {(a.text, a.label) for a in recognizer.annotate(text)} == expected


def test_ordinary_english_stays_plain(recognizer: EntityRecognizer) -> None:
    assert recognizer.annotate("The meeting was moved to Tuesday because the room was too small for all of us.") == []


def test_words_for_people_are_not_shown(recognizer: EntityRecognizer) -> None:
    assert "patients" not in {a.text for a in recognizer.annotate("Twelve patients with asthma took part.")}


def test_no_file_is_larger_than_what_the_project_ships() -> None:
    assert max(path.stat().st_size for path in Path(FOLDER).iterdir()) <= MOST_BYTES


def test_the_card_says_what_it_must() -> None:
    card = (FOLDER / "README.md").read_text(encoding="utf-8")
    for needed in (
        "Not for clinical use",
        "## Strict scores",
        "## Data",
        "## Training",
        "## Commands",
        "## Limits",
        "seed",
    ):
        assert needed in card
