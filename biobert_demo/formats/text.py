"""A plain text file enters; one document with every character of it leaves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

from biobert_demo.documents import Document
from biobert_demo.errors import BadInput
from biobert_demo.formats.common import Report, stem


def read_text(stream: TextIO, source: str, report: Report) -> Iterator[Document]:
    """One document, called by the file's name without its suffix; raises BadInput where there is only white space."""
    text = stream.read()
    if not text.strip():
        raise BadInput(f"{source} holds only white space; give a file with text in it.")
    yield Document(stem(source), text)
