"""CHEMDNER's (BC4CHEMD's) tables enter; abstracts with chemicals leave.

Format: abstracts `PMID<TAB>title<TAB>abstract`; annotations `PMID<TAB>T|A<TAB>start<TAB>end<TAB>text<TAB>class`, where
offsets are code points into the title (T) or the abstract (A) and the end is exclusive. The seven classes
(ABBREVIATION, FAMILY, FORMULA, IDENTIFIER, MULTIPLE, SYSTEMATIC, TRIVIAL, and NO CLASS) all become Chemical.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from biobert_demo.annotations import Annotation
from biobert_demo.documents import Document
from biobert_demo.errors import Problem
from trainer.corpora.corpus import Corpus, Report
from trainer.corpora.files import find_file, read_lines
from trainer.corpora.places import locate_mention

_FILES = {"train": "training", "dev": "development", "test": "evaluation"}


def read(folder: Path, part: str, report: Report) -> Iterator[Document]:
    """The abstracts of a part (training, development, evaluation)."""
    stem = _FILES[part]
    abstracts = find_file(folder, f"{stem}.abstracts.txt", f"chemdner_{stem}.abstracts.txt")
    table = find_file(folder, f"{stem}.annotations.txt", f"chemdner_{stem}.annotations.txt")
    unused = _read_mentions(table, report)
    for number, line in enumerate(read_lines(abstracts), 1):
        if not line.strip():
            continue
        fields = line.split("\t")
        if len(fields) != 3:
            message = f"the line {line[:60]!r} is not `PMID, title, abstract` with tabs; left out"
            report(Problem(abstracts.name, message, number))
            continue
        pmid, title, abstract = fields
        annotations: list[Annotation] = []
        for section, stated, surface, place in unused.pop(pmid, []):
            block, shift = (title, 0) if section == "T" else (abstract, len(title) + 1)
            found = locate_mention(block, stated, surface, "Chemical", report, place)
            if found is not None:
                annotations.append(Annotation(found.start + shift, found.end + shift, surface, "Chemical"))
        annotations.sort(key=lambda annotation: annotation.key)
        yield Document.from_passages(pmid, [("title", title), ("abstract", abstract)], "\n", annotations)
    for pmid, mentions in unused.items():
        for _, _, surface, place in mentions:
            message = (
                f"the mention {surface[:60]!r} belongs to an abstract that {abstracts.name} does not have; left out"
            )
            report(Problem(place.source, message, place.line, pmid))


_Mention = tuple[str, tuple[int, int], str, Problem]


def _read_mentions(path: Path, report: Report) -> dict[str, list[_Mention]]:
    mentions: dict[str, list[_Mention]] = {}
    for number, line in enumerate(read_lines(path), 1):
        if not line.strip():
            continue
        fields = line.split("\t")
        try:
            pmid, section, surface = fields[0], fields[1], fields[4]
            stated = int(fields[2]), int(fields[3])
            if section not in ("T", "A"):
                raise ValueError(section)
        except (IndexError, ValueError):
            message = f"the line {line[:60]!r} is not `PMID, T or A, start, end, text, class` with tabs; left out"
            report(Problem(path.name, message, number))
            continue
        place = Problem(path.name, "", number, pmid)
        mentions.setdefault(pmid, []).append((section, stated, surface, place))
    return mentions


CORPUS = Corpus(
    name="bc4chemd",
    title="BioCreative IV CHEMDNER",
    labels=frozenset({"Chemical"}),
    read=read,
    parts=("train", "dev", "test"),
    licence="a BioCreative release for research; see its own site",
    source="https://biocreative.bioinformatics.udel.edu/resources/biocreative-iv/chemdner-corpus/",
    caveats=("Classes such as FAMILY and MULTIPLE are Chemical too.",),
)
