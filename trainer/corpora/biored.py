"""BioRED in PubTator enters; abstracts with all four labels, and relations between their concepts, leave."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from biobert_demo.documents import Document
from trainer.corpora.corpus import Corpus, Report
from trainer.corpora.files import find_file
from trainer.corpora.pubtator import read_corpus_file

_FILES = {"train": "Train.PubTator", "dev": "Dev.PubTator"}


def read(folder: Path, part: str, report: Report) -> Iterator[Document]:
    """The abstracts of a part; SequenceVariant and CellLine keep their own labels."""
    yield from read_corpus_file(find_file(folder, _FILES[part]), report)


CORPUS = Corpus(
    name="biored",
    title="BioRED",
    labels=frozenset({"Chemical", "Disease", "Gene", "Species"}),
    read=read,
    parts=("train", "dev"),
    licence="US Government work, public domain",
    source="https://github.com/yookontian/RE_on_BioRED",
    caveats=(
        "Words for people (patient, woman) are Species here; biobert_demo.person_words tells them apart.",
        "Diseases include phenotypic features.",
        "It re-annotates older abstracts; see trainer.corpora.leaks.",
    ),
)
