"""An abstract enters; the first steps of a review, and what is then on the page, leave; for journeys on the whole page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

EDITOR = "#bd-editor"
ANCHORS = f"{EDITOR} [data-anchor]"

# Invented. The list of words finds: aspirin, penicillin, allergy, anaphylactic reaction, headache, BRCA1, E. coli.
ABSTRACT = (
    "Anaphylactic reaction to a biscuit: a case of α-tocopherol 💊\n"
    "A woman with penicillin allergy, and a carrier of BRCA1, developed urticaria and wheezing. "
    "Aspirin-induced asthma was known. Montelukast was given, and the headache clinic was told. "
    "E. coli K-12 grew in the biscuit."
)
SUGGESTED = [
    ("Anaphylactic reaction", "Disease"),
    ("α-tocopherol", "Chemical"),
    ("penicillin", "Chemical"),
    ("allergy", "Disease"),
    ("BRCA1", "Gene"),
    ("Aspirin", "Chemical"),
    ("headache", "Disease"),
    ("E. coli", "Species"),
]
CORRECT = [
    ("Anaphylactic reaction", "Disease"),
    ("α-tocopherol", "Chemical"),
    ("penicillin allergy", "Disease"),
    ("BRCA1", "Gene"),
    ("urticaria", "Disease"),
    ("wheezing", "Disease"),
    ("Aspirin-induced asthma", "Disease"),
    ("Montelukast", "Chemical"),
    ("E. coli K-12", "Species"),
]


def wait_for_document(page: Any, name: str | None = None) -> None:
    page.locator(ANCHORS).first.wait_for()
    if name is not None:
        page.locator(f"{EDITOR} [data-part='document-name']", has_text=name).wait_for()


def accepted(page: Any, spans: Callable[[Any], list[tuple[str, str, str]]]) -> list[tuple[str, str]]:
    return [(text, label) for text, label, state in spans(page) if state == "accepted"]


def document_id(page: Any) -> str:
    """The document that the address names."""
    page.wait_for_function("new URL(location.href).searchParams.has('doc')")
    return str(page.evaluate("new URL(location.href).searchParams.get('doc')"))


def message(page: Any, words: str) -> None:
    page.locator(f"{EDITOR} [data-part='message-words']", has_text=words).wait_for()
