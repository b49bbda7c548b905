"""JNLPBA 2004's brat standoff and IOB2 files enter; abstracts with proteins as Gene leave.

Only `protein` becomes Gene: JNLPBA's DNA holds promoters, domains and sites as well as genes, and cell_line and
cell_type are none. DNA, RNA, cell_line and cell_type keep their own labels.

`train` is the standoff of the 2,000 training abstracts (or the native Genia4ERtask2.iob2 where that is there) without
the 200 that are also in `iob/devel.tsv`; these are told by their text, letters and digits only, because the tokenised
file has neither ids nor spacing. `dev` is that file, `test` is Genia4EReval2.iob2. Ids are MEDLINE's old numbers, not
PMIDs, and so carry a prefix.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from biobert_demo.documents import Document
from biobert_demo.errors import BadInput, Problem
from biobert_demo.formats.conll import read_conll
from trainer.corpora.corpus import Corpus, Report
from trainer.corpora.files import find_file, read_folder, read_lines
from trainer.corpora.fingerprints import fingerprint
from trainer.corpora.harmonise import harmonise
from trainer.corpora.standoff import read_standoff

_STANDOFF = "train/standoff_train"
_NATIVE_TRAIN = "train/Genia4ERtask2.iob2"
_DEV = "iob/devel.tsv"


def read(folder: Path, part: str, report: Report) -> Iterator[Document]:
    """The abstracts of a part."""
    if part == "train":
        yield from _read_train(folder, report)
    elif part == "dev":
        yield from read_iob(find_file(folder, _DEV), report, "jnlpba-dev")
    else:
        yield from read_iob(find_file(folder, "test/Genia4EReval2.iob2"), report, "jnlpba-test")


def read_iob(path: Path, report: Report, prefix: str) -> Iterator[Document]:
    """The documents of an IOB2 file; those whose marker names no MEDLINE id are called PREFIX-N.

    An id that recurs gets the suffix `-2`, as the makers of the standoff did.
    """
    seen: Counter[str] = Counter()
    for number, document in enumerate(read_conll(read_lines(path), path.name, report), 1):
        document_id = f"MEDLINE:{document.id}" if document.id.isdigit() else f"{prefix}-{number}"
        seen[document_id] += 1
        if seen[document_id] > 1:
            document_id = f"{document_id}-{seen[document_id]}"
        yield harmonise(replace(document, id=document_id))


def _read_train(folder: Path, report: Report) -> Iterator[Document]:
    dev = _dev_texts(folder, report)
    native = folder / _NATIVE_TRAIN
    if native.is_file() or native.with_name(f"{native.name}.gz").is_file():
        documents = read_iob(find_file(folder, _NATIVE_TRAIN), report, "jnlpba-train")
    else:
        documents = _read_standoff(folder, report)
    for document in documents:
        if fingerprint(document.text) not in dev:
            yield document


def _dev_texts(folder: Path, report: Report) -> set[str]:
    try:
        path = find_file(folder, _DEV)
    except BadInput:
        report(Problem(_DEV, "there is no such file, so train is every official training abstract"))
        return set()
    return {fingerprint(document.text) for document in read_iob(path, _reported_with_dev, "dev")}


def _reported_with_dev(problem: Problem) -> None:
    """What is wrong in the dev file is reported where dev is read, not once more here."""


def _read_standoff(folder: Path, report: Report) -> Iterator[Document]:
    files = read_folder(folder, _STANDOFF)
    for name in sorted(files):
        if name.endswith(".txt"):
            medline = name.removesuffix(".txt")
            document = read_standoff(files, medline, "standoff_train", report, ("title", "abstract"))
            yield replace(document, id=f"MEDLINE:{medline}")


CORPUS = Corpus(
    name="jnlpba",
    title="JNLPBA 2004",
    labels=frozenset({"Gene"}),
    read=read,
    parts=("train", "dev", "test"),
    licence="GENIA Project licence; annotations CC BY 3.0",
    source="https://github.com/spyysalo/jnlpba",
    caveats=(
        "Gene is JNLPBA's protein; its DNA and RNA are not Gene.",
        "train is the 2,000 official abstracts less the 200 of dev; dev and test are tokenised.",
    ),
)
