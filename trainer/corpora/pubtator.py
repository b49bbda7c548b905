"""A PubTator file of a corpus enters; its documents with the project's labels and CURIEs leave."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from biobert_demo.documents import Document
from biobert_demo.formats.pubtator import read_pubtator
from trainer.corpora.corpus import Report
from trainer.corpora.files import read_lines
from trainer.corpora.harmonise import harmonise


def read_corpus_file(path: Path, report: Report) -> Iterator[Document]:
    """The documents of a PubTator file, plain or gzipped."""
    for document in read_pubtator(read_lines(path), path.name, report):
        yield harmonise(document)
