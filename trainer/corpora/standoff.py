"""The files of a brat folder enter; one document with the project's labels and CURIEs leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from biobert_demo.documents import Document
from biobert_demo.formats.brat import read_brat
from trainer.corpora.corpus import Report
from trainer.corpora.files import split_lines
from trainer.corpora.harmonise import harmonise
from trainer.corpora.passages import line_passages


def read_standoff(
    files: Mapping[str, str], document_id: str, source: str, report: Report, kinds: tuple[str, ...]
) -> Document:
    """The document ID.txt with the annotations of ID.ann; its passages are its lines, of the given kinds."""
    text = files[f"{document_id}.txt"]
    annotations = split_lines(files.get(f"{document_id}.ann", ""))
    document = read_brat(text, annotations, document_id, f"{source}/{document_id}.ann", report)
    return harmonise(replace(document, passages=line_passages(text, kinds)))
