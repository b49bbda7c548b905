"""Any document is written and read again: every character, offset, label and identifier that a format holds is back."""

from __future__ import annotations

import re
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from document_strategies import documents, tokenised_documents
from hypothesis import given, settings
from hypothesis import strategies as st

from biobert_demo.annotations import Annotation
from biobert_demo.documents import Document
from biobert_demo.errors import Problem
from biobert_demo.formats import read_documents, write_documents


def written_and_read(written: list[Document], format: str, name: str = "file") -> tuple[list[Document], list[Problem]]:
    problems: list[Problem] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        write_documents(written, path, format, problems.append)
        read = list(read_documents(path, problems.append))
    return read, problems


def with_text(document: Document, text: str) -> Document:
    """The document over another text of the same length."""
    assert len(text) == len(document.text)
    annotations = tuple(replace(a, text=text[a.start : a.end]) for a in document.annotations)
    return Document(document.id, text, document.passages, annotations, document.relations)


@given(documents())
def test_jsonl_keeps_everything(document: Document) -> None:
    assert written_and_read([document], "jsonl") == ([document], [])


@settings(deadline=None)
@given(documents())
def test_docbin_keeps_everything(document: Document) -> None:
    assert written_and_read([document], "docbin") == ([document], [])


@settings(deadline=None, max_examples=25)
@given(st.lists(documents(), min_size=1, max_size=3, unique_by=lambda d: d.id))
def test_datasets_keep_everything(written: list[Document]) -> None:
    assert written_and_read(written, "datasets") == (written, [])


@given(documents())
def test_bioc_json_keeps_everything(document: Document) -> None:
    assert written_and_read([document], "bioc-json") == ([document], [])


@given(documents())
def test_bioc_xml_keeps_everything_but_characters_that_xml_forbids(document: Document) -> None:
    allowed = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "\ufffd", document.text)
    (back,), problems = written_and_read([document], "bioc")

    assert back == with_text(document, allowed)
    assert bool(problems) == (allowed != document.text)


@given(documents())
def test_pubtator_keeps_every_offset(document: Document) -> None:
    (back,), problems = written_and_read([document], "pubtator")

    # One line end is left: between title and abstract, where there are both.
    assert back.text.replace("\n", " ") == document.text.translate(str.maketrans("\r\t\0\n", "  \ufffd "))
    assert back.text.count("\n") == len(back.passages) - 1
    expected = with_text(document, back.text)
    shown = [a for a in expected.annotations if a.state not in ("rejected", "ignored")]
    assert back.annotations == tuple(Annotation(a.start, a.end, a.text, a.label, a.identifiers) for a in shown)
    assert back.relations == document.relations
    assert all(str(problem).startswith("PubTator output") for problem in problems)
    assert len(problems) <= 3


@given(documents())
def test_brat_keeps_text_and_mentions(document: Document) -> None:
    (back,), problems = written_and_read([document], "brat", "folder")

    assert back.id == document.id
    assert back.text == document.text.replace("\0", "\ufffd")
    expected = []
    for a in with_text(document, back.text).annotations:
        start = a.end - len(a.text.lstrip("\r\n"))
        end = a.start + len(a.text.rstrip("\r\n"))
        if start < end:
            expected.append(replace(a, start=start, end=end, text=back.text[start:end]))
    assert sorted(back.annotations, key=lambda a: a.key) == sorted(expected, key=lambda a: a.key)
    cut = sum(a.text.strip("\r\n") != a.text for a in document.annotations)
    told = [problem.message for problem in problems if "line end" in problem.message]
    assert sum(int(message.partition(": ")[2].split()[0]) for message in told) == cut


@given(tokenised_documents())
def test_conll_keeps_tokens_sentences_and_mentions(document: Document) -> None:
    assert written_and_read([document], "conll") == ([document], [])


@given(documents())
def test_conll_keeps_every_visible_character(document: Document) -> None:
    (back,), _ = written_and_read([document], "conll")

    visible = "".join(document.text.replace("\0", "\ufffd").split())
    assert "".join(back.text.split()) == visible


@pytest.mark.parametrize("format", ["jsonl", "bioc", "bioc-json", "pubtator", "conll"])
@settings(max_examples=20)
@given(written=st.lists(tokenised_documents(), min_size=2, max_size=4, unique_by=lambda d: d.id))
def test_many_documents_come_back_in_order_from_gzip(format: str, written: list[Document]) -> None:
    read, problems = written_and_read(written, format, "file.gz")

    assert [document.id for document in read] == [document.id for document in written]
    assert all("line ends or tabs, which became spaces" in problem.message for problem in problems)
