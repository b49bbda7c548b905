"""JNLPBA 2004's brat standoff and IOB2 files enter; abstracts with proteins as Gene leave.

Only `protein` becomes Gene: JNLPBA's DNA holds promoters, domains and sites as well as genes, and cell_line and
cell_type are none. DNA, RNA, cell_line and cell_type keep their own labels.

`train` is the standoff of the 2,000 training abstracts without the 200 that are also in `iob/devel.tsv`; these are
told by their text, letters and digits only, because the tokenised file has neither ids nor spacing. `dev` is that
file, `test` is Genia4EReval2.iob2. Ids are MEDLINE's old numbers, not PMIDs, and so carry a prefix.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from biobert_demo.documents import Document
from biobert_demo.errors import Problem
from trainer.corpora.corpus import Corpus, Report
from trainer.corpora.files import find_file, read_folder, read_lines
from trainer.corpora.fingerprints import fingerprint
from trainer.corpora.iob import read_blocks, to_document
from trainer.corpora.standoff import read_standoff

_DOCUMENT = re.compile(r"###MEDLINE:(.+)|-DOCSTART-")
_STANDOFF = "train/standoff_train"


def read(folder: Path, part: str, report: Report) -> Iterator[Document]:
    """The abstracts of a part."""
    if part == "train":
        yield from _read_train(folder, report)
    elif part == "dev":
        yield from read_iob(find_file(folder, "iob/devel.tsv"), report, "jnlpba-dev")
    else:
        yield from read_iob(find_file(folder, "test/Genia4EReval2.iob2"), report, "jnlpba-test")


def read_iob(path: Path, report: Report, prefix: str) -> Iterator[Document]:
    """The documents of an IOB2 file; those whose marker names no MEDLINE id are called PREFIX-N."""
    seen: dict[str, int] = {}
    blocks = read_blocks(read_lines(path), path.name, lambda line: _DOCUMENT.match(line) is not None, report)
    for number, block in enumerate(blocks, 1):
        match = _DOCUMENT.match(block.marker)
        medline = match[1] if match is not None else None
        document_id = f"{prefix}-{number}" if medline is None else f"MEDLINE:{medline.strip()}"
        seen[document_id] = seen.get(document_id, 0) + 1
        if seen[document_id] > 1:
            again = f"{document_id}-{seen[document_id]}"
            report(Problem(path.name, f"this id occurs again; called {again}", None, document_id))
            document_id = again
        yield to_document(document_id, block.sentences, path.name, report)


def _read_train(folder: Path, report: Report) -> Iterator[Document]:
    dev = {fingerprint(document.text) for document in read_iob(find_file(folder, "iob/devel.tsv"), report, "dev")}
    files = read_folder(folder, _STANDOFF)
    for name in sorted(files):
        if name.endswith(".txt") and fingerprint(files[name]) not in dev:
            medline = name.removesuffix(".txt")
            document = read_standoff(files, medline, "standoff_train", report, ("title", "abstract"))
            yield Document(
                f"MEDLINE:{medline}", document.text, document.passages, document.annotations, document.relations
            )


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
