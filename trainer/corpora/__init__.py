"""A corpus's name and the data folder enter; its documents leave."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from biobert_demo.documents import Document
from biobert_demo.errors import BadInput
from trainer.corpora import (
    bc2gm,
    bc5cdr,
    bionlp,
    biored,
    chemdner,
    drugprot,
    genes,
    i2b2_2010,
    jnlpba,
    linnaeus,
    ncbi_disease,
    species800,
)
from trainer.corpora.corpus import Corpus, Report

CORPORA: dict[str, Corpus] = {
    corpus.name: corpus
    for corpus in (
        ncbi_disease.CORPUS,
        bc5cdr.CORPUS,
        chemdner.CORPUS,
        bc2gm.CORPUS,
        jnlpba.CORPUS,
        linnaeus.CORPUS,
        species800.CORPUS,
        species800.REVISED,
        i2b2_2010.CORPUS,
        biored.CORPUS,
        genes.GNORMPLUS,
        genes.NLM_GENE,
        drugprot.CORPUS,
        bionlp.BIONLP13CG,
        bionlp.BIONLP11ID,
        bionlp.BIONLP13PC,
    )
}


def read_corpus(name: str, data_dir: Path, part: str, report: Report) -> Iterator[Document]:
    """The documents of one part ("train", "dev", "test", or "train+dev") of a corpus in the data folder.

    Raises BadInput for a corpus or a part that is not known, and where its files are not in the folder.
    """
    corpus = CORPORA.get(name)
    if corpus is None:
        raise BadInput(f"There is no corpus {name!r}; the corpora are {', '.join(CORPORA)}.")
    parts = [part] if part in corpus.combined_parts else part.split("+")
    unknown = [one for one in parts if one not in (*corpus.parts, *corpus.combined_parts)]
    if unknown:
        raise BadInput(f"The corpus {name} has no part {unknown[0]!r}; its parts are {', '.join(corpus.parts)}.")
    folder = data_dir / corpus.place
    if not folder.is_dir():
        raise BadInput(f"The data folder has no {corpus.place}; put the files of {corpus.title} there.")
    for one in parts:
        yield from corpus.read(folder, one, report)


def is_present(name: str, data_dir: Path) -> bool:
    """True where the data folder holds a folder of this corpus."""
    return (data_dir / CORPORA[name].place).is_dir()
