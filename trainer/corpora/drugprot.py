"""DrugProt's development set in PubTator enters; abstracts with chemicals and genes leave."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from biobert_demo.documents import Document
from trainer.corpora.corpus import Corpus, Report
from trainer.corpora.files import find_file
from trainer.corpora.pubtator import read_corpus_file


def read(folder: Path, part: str, report: Report) -> Iterator[Document]:
    """The 750 abstracts of the shared task's development set, which this project trains on."""
    yield from read_corpus_file(find_file(folder, "DrugProt_development.PubTator"), report)


CORPUS = Corpus(
    name="drugprot",
    title="DrugProt, development set",
    labels=frozenset({"Chemical", "Gene"}),
    read=read,
    parts=("train",),
    licence="MIT (the repository it comes from)",
    source="https://github.com/ncbi/AIONER",
    caveats=("The shared task's development set, used as training data here; its relations are not in the file.",),
    folder="extra_chemical_iob",
)
