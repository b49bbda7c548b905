"""Texts enter; whether they are taken for English is checked."""

from __future__ import annotations

import pytest

from biobert_demo.language import is_probably_english

ENGLISH = [
    "An allergy to penicillin can cause an anaphylactic reaction.",
    "aspirin, ibuprofen, naproxen",
    "",
    "BRCA1",
    "Tumours that lack BRCA1 depend on PARP1 for the repair of single-strand breaks and respond to olaparib, yet most "
    "relapse within two years. We treated mice carrying Brca1-null mammary carcinomas with olaparib alone.",
]
OTHER = [
    "Eine Allergie gegen Penicillin kann eine anaphylaktische Reaktion auslösen. Die Behandlung besteht aus Adrenalin, "
    "das sofort in den Oberschenkel gespritzt wird, und aus der Überwachung des Kreislaufs in einer Klinik.",
    "Une allergie à la pénicilline peut provoquer une réaction anaphylactique. Le traitement repose sur l'adrénaline, "
    "injectée sans délai dans la cuisse, et sur la surveillance de la circulation du patient à l'hôpital.",
    "Аллергия на пенициллин может вызвать анафилактическую реакцию.",
    "青霉素过敏可能引起过敏反应。" * 4,
]


@pytest.mark.parametrize("text", ENGLISH)
def test_english_and_what_is_too_short_to_say_pass(text: str) -> None:
    assert is_probably_english(text)


@pytest.mark.parametrize("text", OTHER)
def test_other_languages_are_noticed(text: str) -> None:
    assert not is_probably_english(text)
