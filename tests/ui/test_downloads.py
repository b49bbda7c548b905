"""What the page sends enters; the files it gets are read again and compared."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from biobert_demo.annotations import Annotation
from biobert_demo.documents import Document, Passage
from biobert_demo.formats import read_documents
from biobert_demo.ui.downloads import build_download
from biobert_demo.ui.highlighter import DOWNLOADS
from biobert_demo.ui.presentation import present_documents

TITLE, ABSTRACT = "Penicillin allergy", "💊 µ: an allergy to α-tocopherol."
TEXT = f"{TITLE}\n{ABSTRACT}"
START = TEXT.index("α-tocopherol")
DOCUMENT = Document(
    "101",
    TEXT,
    (Passage("title", 0, len(TITLE)), Passage("abstract", len(TITLE) + 1, len(TEXT))),
    (
        Annotation(0, 10, "Penicillin", "Chemical", score=0.97, model="m"),
        Annotation(START, START + 12, "α-tocopherol", "Chemical", score=0.5, model="m"),
    ),
)


def request_for(format: str, *documents: Document) -> dict[str, Any]:
    value = json.loads(present_documents(documents, [], run=0, model="m"))
    return {"format": format, "documents": value["documents"], "model": "m"}


@pytest.mark.parametrize("format", ["jsonl", "pubtator", "bioc", "bioc-json"])
def test_a_saved_file_holds_the_same_text_and_spans(format: str, tmp_path: Path) -> None:
    answer = build_download(request_for(format, DOCUMENT))
    path = tmp_path / answer["name"]
    path.write_bytes(base64.b64decode(answer["base64"]))
    (document,) = read_documents(path, pytest.fail, format)
    assert (document.id, document.text) == (DOCUMENT.id, DOCUMENT.text)
    assert [a.key for a in document.annotations] == [a.key for a in DOCUMENT.annotations]


def test_brat_arrives_as_a_zip_of_text_and_annotation_files() -> None:
    answer = build_download(request_for("brat", DOCUMENT, Document("102", "Nothing.")))
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(answer["base64"]))) as archive:
        assert sorted(archive.namelist()) == ["101.ann", "101.txt", "102.ann", "102.txt"]
        assert archive.read("101.txt").decode("utf-8") == TEXT
        assert f"{START} {START + 12}\tα-tocopherol" in archive.read("101.ann").decode("utf-8")
    assert answer["name"].endswith(".zip")


@pytest.mark.parametrize(("format", "words"), [("csv", "α-tocopherol"), ("conll", "B-Chemical")])
def test_tables_hold_the_mentions(format: str, words: str) -> None:
    answer = build_download(request_for(format, DOCUMENT))
    assert words in base64.b64decode(answer["base64"]).decode("utf-8-sig")


def test_every_button_of_the_page_has_a_writer() -> None:
    for format, _ in DOWNLOADS:
        assert "error" not in build_download(request_for(format, DOCUMENT)), format


@pytest.mark.parametrize(
    "request_",
    [{}, {"format": "pubtator"}, {"format": "docx", "documents": []}, {"format": "pubtator", "documents": [{"id": 1}]}],
)
def test_a_request_that_makes_no_sense_gets_a_sentence(request_: dict[str, Any]) -> None:
    answer = build_download(request_)
    assert set(answer) == {"error"}
    assert "Traceback" not in answer["error"]
