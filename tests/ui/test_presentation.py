"""Documents enter; the page's value is checked, and that what the page sends back is the same again."""

from __future__ import annotations

import json

import pytest

from biobert_demo.annotations import Annotation
from biobert_demo.documents import Document, Passage
from biobert_demo.errors import BadInput
from biobert_demo.ui.presentation import present_documents, present_labels, restore_documents, to_json

TEXT = "💊 Penicillin\nallergy </script><b>${1+1} {{x}} `y`"
DOCUMENT = Document(
    "7",
    TEXT,
    (Passage("title", 0, 12), Passage("abstract", 13, len(TEXT))),
    (
        Annotation(2, 12, "Penicillin", "Chemical", score=0.97, model="m"),
        Annotation(13, 20, "allergy", "Disease", score=0.5, model="m"),
    ),
)


def test_offsets_stay_code_points_and_the_text_is_untouched() -> None:
    value = json.loads(present_documents([DOCUMENT], ["Disease", "Chemical"], run=3, model="m", seconds=0.5))
    (document,) = value["documents"]
    assert document["text"] == TEXT
    assert [document["text"][s["start"] : s["end"]] for s in document["spans"]] == ["Penicillin", "allergy"]
    assert document["spans"][0] == {"start": 2, "end": 12, "label": "Chemical", "score": 0.97}
    assert (value["run"], value["model"], value["seconds"]) == (3, "m", 0.5)


def test_what_the_page_sends_back_is_the_document_again() -> None:
    value = json.loads(present_documents([DOCUMENT], [], run=0, model="m"))
    assert restore_documents(value["documents"], "m") == [DOCUMENT]


@pytest.mark.parametrize(
    "documents",
    [
        None,
        [{"id": "1"}],
        [{"id": "1", "text": "ab", "passages": [], "spans": [{"start": 0, "end": 9, "label": "Gene", "score": 1}]}],
        [{"id": "1", "text": "ab", "passages": [{"kind": "title", "start": 5, "end": 9}], "spans": []}],
        ["text"],
    ],
)
def test_what_does_not_fit_together_is_refused(documents: object) -> None:
    with pytest.raises(BadInput, match="reload"):
        restore_documents(documents, None)


def test_json_for_the_page_is_ascii_without_markup() -> None:
    text = to_json({"text": TEXT})
    assert text.isascii()
    assert "<" not in text
    assert json.loads(text) == {"text": TEXT}


@pytest.mark.parametrize(
    ("names", "letters"),
    [
        (["Disease", "Chemical", "Gene", "Species"], "DCGS"),
        (["Disease", "Device", "DDI"], "DEI"),
        (["Gene", "G"], "GG"),
        (["1-methyl", "??"], "1?"),
    ],
)
def test_every_label_has_a_letter_of_its_own_where_its_name_allows(names: list[str], letters: str) -> None:
    assert "".join(label["letter"] for label in present_labels(names)) == letters


def test_labels_are_shown_in_words_for_people_and_unknown_ones_are_added() -> None:
    value = json.loads(present_documents([DOCUMENT], ["Gene"], run=0, model="m"))
    assert [(label["name"], label["shown"]) for label in value["labels"]] == [
        ("Gene", "Gene"),
        ("Chemical", "Drug / chemical"),
        ("Disease", "Disease"),
    ]
