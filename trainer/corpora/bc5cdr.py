"""The BioCreative V CDR corpus in PubTator enters; abstracts with chemicals, diseases and CID relations leave."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from biobert_demo.documents import Document
from trainer.corpora.corpus import Corpus, Report
from trainer.corpora.files import find_file
from trainer.corpora.pubtator import read_corpus_file

_FILES = {
    "train": "CDR_TrainingSet.PubTator.txt",
    "dev": "CDR_DevelopmentSet.PubTator.txt",
    "test": "CDR_TestSet.PubTator.txt",
}


def read(folder: Path, part: str, report: Report) -> Iterator[Document]:
    """The abstracts of a part; a relation `CID` goes from a chemical to a disease that it induces."""
    yield from read_corpus_file(find_file(folder, _FILES[part]), report)


CORPUS = Corpus(
    name="bc5cdr",
    title="BioCreative V CDR",
    labels=frozenset({"Chemical", "Disease"}),
    read=read,
    parts=("train", "dev", "test"),
    licence="not stated in its repositories; an NCBI/BioCreative release for research",
    source="https://github.com/JHnlp/BioCreative-V-CDR-Corpus",
)
