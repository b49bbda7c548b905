"""Corpora that annotate different labels enter; one training set without leaks, and dev sets to choose on, leave."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from biobert_demo.annotations import LABEL_NAMES
from biobert_demo.documents import Document
from biobert_demo.errors import BadInput, Problem
from trainer.corpora import CORPORA, is_present, read_corpus
from trainer.corpora.evaluation_parts import biored_dev_unseen
from trainer.corpora.leaks import EvaluationIndex, remove_leaks
from trainer.evaluation import EvaluationSet
from trainer.run import TrainingSet, say

DEV_DOCUMENTS = 120
"""At most so many documents (or five times as many single sentences) of a corpus are scored while training."""


def read_training_set(
    data: Path, names: Sequence[str] | None = None, keep_dev: float = 0.2, for_whole_biored_dev: bool = False
) -> TrainingSet:
    """All training documents of the named corpora, without any that also stands in a test or kept dev part.

    `keep_dev` is the share of each official dev part that stays out of training, to choose weights on; the rest is
    trained on, as is usual for NCBI Disease, BC5CDR and BC2GM. A corpus without a dev part gives every tenth
    document of its training part. BioRED's dev part is never trained on: it is a test set here, of which 42 documents
    are in other corpora's training parts. These stay in training, and the project reports on the other 58; with
    `for_whole_biored_dev` all 100 are kept out of training, so that the whole part can be reported on.
    """
    chosen = (
        list(names)
        if names is not None
        else [n for n, c in CORPORA.items() if is_present(n, data) and c.may_ship and c.for_training]
    )
    unknown = [name for name in chosen if name not in CORPORA]
    if unknown:
        raise BadInput(f"There is no corpus named {unknown[0]!r}; the names are {', '.join(CORPORA)}.")
    problems: list[Problem] = []
    train: dict[str, list[Document]] = {}
    dev: list[EvaluationSet] = []
    held_out: dict[str, Sequence[Document]] = {}
    for name in chosen:
        corpus = CORPORA[name]
        labels = sorted(corpus.labels & set(LABEL_NAMES))
        if not labels:
            continue
        train[name], kept = _split(name, data, keep_dev, problems)
        dev.append(EvaluationSet(name, _sample(kept, corpus.sentences_only), labels))
        held_out[f"{name}/dev"] = kept
    for evaluation_set in read_test_sets(data, None):
        held_out[f"{evaluation_set.name}/test"] = evaluation_set.documents
    if for_whole_biored_dev and is_present("biored", data):
        held_out["biored/dev, whole"] = list(read_corpus("biored", data, "dev", problems.append))
    index = EvaluationIndex(held_out)
    notes = []
    for name, documents in train.items():
        train[name], leaks = remove_leaks(documents, index)
        if leaks:
            removed = len(documents) - len(train[name])
            notes.append(f"{name}: {removed} documents left out of training, as they stand in a dev or test part")
            say(notes[-1])
    if problems:
        say(f"{len(problems)} problems while reading; see `python -m trainer corpora --verbose`.")
    annotated = {name: sorted(CORPORA[name].labels & set(LABEL_NAMES)) for name in train}
    return TrainingSet(train, annotated, dev, notes)


def read_test_sets(data: Path, names: Sequence[str] | None = None, part: str = "test") -> list[EvaluationSet]:
    """The official test (or dev) parts of the corpora that are there; for BioRED, its 58 unseen dev documents."""
    sets = []
    for name, corpus in CORPORA.items():
        if (names is not None and name not in names) or not corpus.for_training or not is_present(name, data):
            continue
        labels = sorted(corpus.labels & set(LABEL_NAMES))
        if not labels:
            continue
        if name == "biored":
            documents = list(biored_dev_unseen(data))
        elif part in corpus.parts:
            documents = list(read_corpus(name, data, part, _ignore))
        else:
            continue
        sets.append(EvaluationSet(name, documents, labels))
    return sets


def read_own(path: Path, labels: Sequence[str] | None) -> TrainingSet:
    """A lab's own annotated file or folder; every tenth document, by a hash of its text, is kept to choose on."""
    from trainer.corpora.generic import read_own_corpus

    problems: list[Problem] = []
    documents, annotated = read_own_corpus(path, labels, problems.append)
    for problem in problems[:20]:
        say(str(problem))
    if not documents:
        raise BadInput(f"No annotated document could be read from {path}; {len(problems)} problems were reported.")
    kept = [document for document in documents if _fraction(document) < 0.1] or documents[-1:]
    train = [document for document in documents if document not in kept] or documents
    names = sorted(annotated)
    return TrainingSet({path.stem: train}, {path.stem: names}, [EvaluationSet(path.stem, kept, names)])


def add_documents(training: TrainingSet, path: Path) -> TrainingSet:
    """The training set with the documents of a further file, in which all of its labels are annotated everywhere."""
    from trainer.corpora.generic import read_own_corpus

    documents, _ = read_own_corpus(path, None, lambda problem: say(str(problem)))
    return replace(
        training,
        corpora={**training.corpora, path.stem: documents},
        annotated={**training.annotated, path.stem: list(LABEL_NAMES)},
    )


def _split(name: str, data: Path, keep_dev: float, problems: list[Problem]) -> tuple[list[Document], list[Document]]:
    """(training documents, documents kept to choose on)."""
    parts = CORPORA[name].parts
    if "train" not in parts and "dev" not in parts:
        return [], []
    train = list(read_corpus(name, data, "train" if "train" in parts else "dev", problems.append))
    if name == "biored" or "dev" not in parts or "train" not in parts:
        kept = [document for document in train if _fraction(document) < 0.1]
        return [document for document in train if _fraction(document) >= 0.1], kept
    dev = list(read_corpus(name, data, "dev", problems.append))
    kept = [document for document in dev if _fraction(document) < keep_dev]
    return train + [document for document in dev if _fraction(document) >= keep_dev], kept


def _fraction(document: Document) -> float:
    """A fixed pseudo-random number in [0, 1) for a document's text, the same on every machine and in every run."""
    return zlib.crc32(document.text.encode("utf-8")) / 2**32


def _sample(documents: Sequence[Document], is_sentences: bool) -> list[Document]:
    most = DEV_DOCUMENTS * 5 if is_sentences else DEV_DOCUMENTS
    return sorted(documents, key=_fraction)[:most]


def _ignore(problem: Problem) -> None:
    """Problems are reported by the `corpora` command; here they would repeat."""
