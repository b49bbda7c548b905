"""The data folder enters; the dev and test parts of all its corpora leave, against which training documents are checked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from biobert_demo.documents import Document
from biobert_demo.errors import Problem
from trainer.corpora import CORPORA, is_present, read_corpus
from trainer.corpora.corpus import Report
from trainer.corpora.fingerprints import fingerprint

EVALUATION_PARTS = ("dev", "test")
BIORED_UNSEEN = "biored/dev (unseen)"

USED_TO_TRAIN = {"bc5cdr": ("train", "dev")}
"""Parts that count as training when BioRED's dev documents are told apart: elsewhere "train" alone. Published BC5CDR
models are trained on both parts, and so is the one shipped here."""


def evaluation_sets(
    data: Path, report: Report, *, for_whole_biored_dev: bool = False
) -> Iterator[tuple[str, list[Document]]]:
    """("corpus/part", documents) for every dev and test part in the data folder."""
    for name, corpus in CORPORA.items():
        if not corpus.for_training or not is_present(name, data):
            continue
        for part in EVALUATION_PARTS:
            if part not in corpus.parts:
                continue
            if name == "biored" and part == "dev" and not for_whole_biored_dev:
                yield BIORED_UNSEEN, biored_dev_unseen(data, report)
            else:
                yield f"{name}/{part}", list(read_corpus(name, data, part, report))


def biored_dev_unseen(data: Path, report: Report | None = None) -> list[Document]:
    """The documents of BioRED's dev part that no training part of another corpus in the folder holds.

    With BC5CDR (train and dev), NCBI Disease, GNormPlus and NLM-Gene in the folder these are 58 of 100. Sentence
    corpora do not count: their sentences are removed from training instead.
    """
    ids: set[str] = set()
    texts: set[str] = set()
    for name, corpus in CORPORA.items():
        holds = corpus.for_training and not corpus.sentences_only and "train" in corpus.parts
        if name == "biored" or not holds or not is_present(name, data):
            continue
        for part in USED_TO_TRAIN.get(name, ("train",)):
            for document in read_corpus(name, data, part, _ignore):
                ids.add(document.id)
                texts.add(fingerprint(document.text))
    dev = read_corpus("biored", data, "dev", report or _ignore)
    return [document for document in dev if document.id not in ids and fingerprint(document.text) not in texts]


def _ignore(problem: Problem) -> None:
    """The same problems are reported where these documents are read to be trained on."""
