"""Names of corpora and the data folder enter; training documents without a leak into any dev or test part leave."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from biobert_demo.documents import Document
from biobert_demo.errors import Problem
from trainer.corpora import CORPORA, is_present, read_corpus
from trainer.corpora.corpus import Corpus, Report
from trainer.corpora.fingerprints import fingerprint
from trainer.corpora.leaks import EvaluationIndex, Leak, remove_leaks

EVALUATION_PARTS = ("dev", "test")
BIORED_UNSEEN = "biored/dev (unseen)"

USED_TO_TRAIN = {"bc5cdr": ("train", "dev")}
"""Parts that count as training when BioRED's dev documents are told apart: elsewhere "train" alone. Published BC5CDR
models are trained on both parts, and so is the one shipped here."""


@dataclass(frozen=True)
class TrainingPart:
    """One corpus's training documents, and which were left out because an evaluation set holds them."""

    corpus: Corpus
    documents: list[Document]
    leaks: list[Leak]


def read_training_set(
    names: Iterable[str], data: Path, report: Report, *, for_whole_biored_dev: bool = False
) -> Iterator[TrainingPart]:
    """The training documents of each corpus, less those that are in a dev or test part of ANY corpus in the folder.

    BioRED's dev part is special: 42 of its 100 documents are in other corpora's training parts. By default these stay
    in training, and the project reports on the others (`biored_dev_unseen`). With `for_whole_biored_dev` all 100 are
    kept out of training instead, so that the whole part can be reported on.
    """
    index = EvaluationIndex(dict(evaluation_sets(data, report, for_whole_biored_dev=for_whole_biored_dev)))
    for name in names:
        kept, leaks = remove_leaks(read_corpus(name, data, "train", report), index)
        yield TrainingPart(CORPORA[name], kept, leaks)


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
