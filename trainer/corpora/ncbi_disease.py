"""The NCBI Disease corpus in PubTator enters; abstracts with diseases leave.

Its four classes (SpecificDisease, DiseaseClass, Modifier, CompositeMention) all become Disease. One abstract of the
training file is there twice, and its second copy is reported and left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from biobert_demo.documents import Document
from biobert_demo.errors import Problem
from trainer.corpora.corpus import Corpus, Report
from trainer.corpora.files import find_file
from trainer.corpora.pubtator import read_corpus_file

_FILES = {
    "train": "NCBItrainset_corpus.txt",
    "dev": "NCBIdevelopset_corpus.txt",
    "test": "NCBItestset_corpus.txt",
}


def read(folder: Path, part: str, report: Report) -> Iterator[Document]:
    """The abstracts of a part, each once."""
    path = find_file(folder, _FILES[part])

    def report_others(problem: Problem) -> None:
        # The format's reader keeps both copies and says so; here the second is left out, which is reported instead.
        if _REPEATED not in problem.message:
            report(problem)

    seen: set[str] = set()
    for document in read_corpus_file(path, report_others):
        if document.id in seen:
            message = "this abstract is in the file twice; the second copy is left out"
            report(Problem(path.name, message, None, document.id))
            continue
        seen.add(document.id)
        yield document


_REPEATED = " occurs for the "

CORPUS = Corpus(
    name="ncbi_disease",
    title="NCBI Disease",
    labels=frozenset({"Disease"}),
    read=read,
    parts=("train", "dev", "test"),
    licence="US Government work, public domain",
    source="https://github.com/spyysalo/ncbi-disease",
)
