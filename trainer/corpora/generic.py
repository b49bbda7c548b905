"""A lab's own annotated file or folder, in any supported format, enters; documents and the labels it annotates leave."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from biobert_demo.annotations import canonical_label
from biobert_demo.documents import Document
from biobert_demo.errors import BadInput
from biobert_demo.formats import read_documents
from trainer.corpora.corpus import Report
from trainer.corpora.harmonise import harmonise


def read_own_corpus(path: Path, labels: Iterable[str] | None, report: Report) -> tuple[list[Document], frozenset[str]]:
    """(documents, labels annotated exhaustively): PubTator, BioC XML or JSON, a brat folder, CoNLL/IOB, JSONL.

    `labels` are those of which the file marks every mention; None means those that occur. Names such as "Drug" are
    read as the project's, others are kept. Raises BadInput where a given label occurs nowhere, which is a misspelling
    far more often than a class that the texts lack.
    """
    documents = [harmonise(document) for document in read_documents(path, report)]
    occurring = frozenset(annotation.label for document in documents for annotation in document.annotations)
    if labels is None:
        return documents, occurring
    given = frozenset(canonical_label(label) for label in labels)
    absent = sorted(given - occurring)
    if documents and absent:
        found = ", ".join(sorted(occurring)) or "none"
        raise BadInput(f"{path.name} has no mention labelled {absent[0]!r}; the labels that occur are: {found}.")
    return documents, given
