"""Species-800's abstracts and tables enter; documents with taxa leave, in the original or the revised annotation.

The project trains and reports on the ORIGINAL annotation (one class, 3,708 mentions), which published figures use.
The same annotation is read from brat standoff with its split, or from the native table, whose end is inclusive.
The revised annotation of the same abstracts draws other boundaries and classes, so it is a corpus of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from biobert_demo.annotations import Annotation
from biobert_demo.documents import Document
from biobert_demo.errors import Problem
from trainer.corpora.corpus import Corpus, Report
from trainer.corpora.files import find_file, read_folder, read_lines
from trainer.corpora.passages import line_passages
from trainer.corpora.places import locate_mention
from trainer.corpora.standoff import read_standoff

_SPLITS = {"train": "split/train.txt", "dev": "split/devel.txt", "test": "split/test.txt"}
_KINDS = ("title", "abstract")


def read(folder: Path, part: str, report: Report) -> Iterator[Document]:
    """The abstracts of a part with the original annotation, from brat standoff; document ids are PMIDs."""
    yield from _read_split(folder, "original-standoff", part, report)


def read_revised(folder: Path, part: str, report: Report) -> Iterator[Document]:
    """The abstracts of a part with the later re-annotation: Species, Strain, Genus, Family and so on."""
    yield from _read_split(folder, "revised-standoff", part, report)


def read_native(folder: Path, report: Report) -> Iterator[Document]:
    """All abstracts with the original annotation, from `S800.tsv`, `pubmedid.tsv` and the folder `abstracts`.

    Columns of S800.tsv: taxon, `file:PMID`, start, inclusive end, text.
    """
    texts = read_folder(folder, "abstracts")
    names = find_file(folder, "pubmedid.tsv")
    mentions = _read_native_mentions(find_file(folder, "S800.tsv"), texts, report)
    for number, line in enumerate(read_lines(names), 1):
        if not line.strip():
            continue
        file_name, _, rest = line.partition("\t")
        pmid = rest.partition("\t")[0].removeprefix("PMID:")
        text = texts.get(f"{file_name}.txt")
        if text is None:
            report(Problem(names.name, f"there is no text {file_name}.txt; left out", number, pmid))
            continue
        found = sorted(mentions.get(file_name, []), key=lambda annotation: annotation.key)
        yield Document(pmid, text, line_passages(text, _KINDS), tuple(found))


def _read_split(folder: Path, standoff: str, part: str, report: Report) -> Iterator[Document]:
    files = read_folder(folder, standoff)
    split = find_file(folder, _SPLITS[part])
    for number, line in enumerate(read_lines(split), 1):
        pmid = line.strip()
        if not pmid:
            continue
        if f"{pmid}.txt" not in files:
            report(Problem(split.name, f"{standoff} has no text of this abstract; left out", number, pmid))
            continue
        yield read_standoff(files, pmid, standoff, report, _KINDS)


def _read_native_mentions(path: Path, texts: dict[str, str], report: Report) -> dict[str, list[Annotation]]:
    mentions: dict[str, list[Annotation]] = {}
    for number, line in enumerate(read_lines(path), 1):
        if not line.strip():
            continue
        fields = line.split("\t")
        try:
            file_name, _, pmid = fields[1].partition(":")
            stated = int(fields[2]), int(fields[3]) + 1
            surface = fields[4]
        except (IndexError, ValueError):
            message = f"the line {line[:60]!r} is not `taxon, file:PMID, start, end, text` with tabs; left out"
            report(Problem(path.name, message, number))
            continue
        text = texts.get(f"{file_name}.txt")
        if text is None:
            report(Problem(path.name, f"there is no text {file_name}.txt; left out", number, pmid))
            continue
        place = Problem(path.name, "", number, pmid)
        taxon = (f"NCBITaxon:{fields[0]}",)
        found = locate_mention(text, stated, surface, "Species", report, place, taxon)
        if found is not None:
            mentions.setdefault(file_name, []).append(found)
    return mentions


_LICENCE = "not stated in its repositories; the abstracts are under NLM's terms"

CORPUS = Corpus(
    name="species800",
    title="Species-800, original annotation",
    labels=frozenset({"Species"}),
    read=read,
    parts=("train", "dev", "test"),
    licence=_LICENCE,
    source="https://github.com/spyysalo/s800",
    caveats=("The original annotation: one class for species and other taxa.",),
)
REVISED = Corpus(
    name="species800_revised",
    title="Species-800, revised annotation",
    labels=frozenset({"Species"}),
    read=read_revised,
    parts=("train", "dev", "test"),
    licence=_LICENCE,
    source="https://github.com/spyysalo/s800-revision-data",
    caveats=("The same abstracts as species800 with other boundaries; strains and higher taxa keep their own labels.",),
    folder="species800",
    for_training=False,
)
