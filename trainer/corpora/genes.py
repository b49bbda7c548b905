"""GNormPlus and NLM-Gene training files in PubTator enter; abstracts with genes leave.

Gene and FamilyName become Gene; DomainMotif, Cell and ChromosomeLocation keep their own labels.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from biobert_demo.documents import Document
from trainer.corpora.corpus import Corpus, Report
from trainer.corpora.files import find_file
from trainer.corpora.pubtator import read_corpus_file


def read_gnormplus(folder: Path, part: str, report: Report) -> Iterator[Document]:
    """The abstracts of GNormPlus's training set, the only part here."""
    yield from read_corpus_file(find_file(folder, "GNormPlus_Train.PubTator"), report)


def read_nlm_gene(folder: Path, part: str, report: Report) -> Iterator[Document]:
    """The abstracts of NLM-Gene's training set, the only part here."""
    yield from read_corpus_file(find_file(folder, "NLMgene_Train.PubTator"), report)


GNORMPLUS = Corpus(
    name="gnormplus",
    title="GNormPlus, training set",
    labels=frozenset({"Gene"}),
    read=read_gnormplus,
    parts=("train",),
    licence="MIT (the repository it comes from); an NLM corpus",
    source="https://github.com/ncbi/AIONER",
    folder="extra_gene",
)
NLM_GENE = Corpus(
    name="nlm_gene",
    title="NLM-Gene, training set",
    labels=frozenset({"Gene"}),
    read=read_nlm_gene,
    parts=("train",),
    licence="MIT (the repository it comes from); an NLM corpus",
    source="https://github.com/ncbi/AIONER",
    folder="extra_gene",
)
