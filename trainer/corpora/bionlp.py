"""The chemical IOB sets of three BioNLP shared tasks enter; one document a sentence, with its chemicals, leaves.

Each set tags chemicals only: the other entities of the same sentences are tagged O. Overlapping mentions of the
original data were resolved by its converters in favour of the shorter one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from biobert_demo.documents import Document
from biobert_demo.formats.conll import read_conll
from trainer.corpora.corpus import Corpus, Report
from trainer.corpora.files import find_file, read_lines
from trainer.corpora.harmonise import harmonise

_FILES = {"train": "train.tsv", "dev": "devel.tsv", "test": "test.tsv"}


def read(folder: Path, part: str, report: Report, prefix: str = "") -> Iterator[Document]:
    """The sentences of a part; the files name no documents, so ids are `PREFIX-PART-N`."""
    path = find_file(folder, _FILES[part])
    for number, document in enumerate(read_conll(read_lines(path), path.name, report), 1):
        yield harmonise(replace(document, id=f"{prefix}-{part}-{number}"))


def _corpus(name: str, title: str, folder: str, licence: str) -> Corpus:
    return Corpus(
        name=name,
        title=title,
        labels=frozenset({"Chemical"}),
        read=partial(read, prefix=name),
        parts=("train", "dev", "test"),
        licence=licence,
        source="https://github.com/cambridgeltl/MTL-Bioinformatics-2016",
        sentences_only=True,
        caveats=("Only chemicals are tagged; tokens are joined by single spaces.",),
        folder=f"extra_chemical_iob/{folder}",
    )


BIONLP13CG = _corpus("bionlp13cg", "BioNLP 2013 Cancer Genetics, chemicals", "BioNLP13CG-chem", "CC BY-SA 3.0")
BIONLP11ID = _corpus("bionlp11id", "BioNLP 2011 Infectious Diseases, chemicals", "BioNLP11ID-chem", "CC BY 3.0")
BIONLP13PC = _corpus("bionlp13pc", "BioNLP 2013 Pathway Curation, chemicals", "BioNLP13PC-chem", "CC BY-SA 3.0")
