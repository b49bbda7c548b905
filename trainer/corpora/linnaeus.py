"""LINNAEUS's table of species mentions and its full papers enter; one document a paper leaves.

Format: `id<TAB>document<TAB>start<TAB>end<TAB>text<TAB>comment`, code points, end exclusive. `filtered_tags.tsv`
lacks the words that only hint at a species ("patient", "woman"); it is the version that published figures use.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from biobert_demo.annotations import Annotation
from biobert_demo.documents import Document
from biobert_demo.errors import Problem
from trainer.corpora.corpus import Corpus, Report
from trainer.corpora.files import find_file, read_folder, read_lines
from trainer.corpora.passages import line_passages
from trainer.corpora.places import locate_mention

_SPLITS = {"train": "split/train.txt", "dev": "split/devel.txt", "test": "split/test.txt"}


def read(folder: Path, part: str, report: Report) -> Iterator[Document]:
    """The papers of a part with the filtered mentions; an identifier may name several taxa."""
    yield from read_table(folder, part, report, "filtered_tags.tsv")


def read_table(folder: Path, part: str, report: Report, table: str) -> Iterator[Document]:
    """The papers of a part with the mentions of a table: "filtered_tags.tsv", or "tags.tsv" with the hints in."""
    papers = read_folder(folder, "txt")
    split = find_file(folder, _SPLITS[part])
    wanted = {line.strip(): number for number, line in enumerate(read_lines(split), 1) if line.strip()}
    mentions = _read_mentions(find_file(folder, table), papers, wanted, report)
    for paper_id, number in wanted.items():
        text = papers.get(f"{paper_id}.txt")
        if text is None:
            report(Problem(split.name, "there is no text of this paper; left out", number, paper_id))
            continue
        found = sorted(mentions.get(paper_id, []), key=lambda annotation: annotation.key)
        yield Document(paper_id, text, line_passages(text), tuple(found))


def _read_mentions(
    path: Path, papers: Mapping[str, str], wanted: Collection[str], report: Report
) -> dict[str, list[Annotation]]:
    mentions: dict[str, list[Annotation]] = {}
    for number, line in enumerate(read_lines(path), 1):
        if not line.strip() or line.startswith("#"):
            continue
        fields = line.split("\t")
        try:
            taxa, paper_id, surface = fields[0], fields[1], fields[4]
            stated = int(fields[2]), int(fields[3])
        except (IndexError, ValueError):
            message = f"the line {line[:60]!r} is not `id, document, start, end, text` with tabs; left out"
            report(Problem(path.name, message, number))
            continue
        place = Problem(path.name, "", number, paper_id)
        text = papers.get(f"{paper_id}.txt")
        if text is None:
            message = f"the mention {surface[:60]!r} belongs to a paper whose text is missing; left out"
            report(Problem(path.name, message, number, paper_id))
            continue
        if paper_id not in wanted:
            continue
        identifiers = tuple(f"NCBITaxon:{taxon.rpartition(':')[2]}" for taxon in taxa.split("|"))
        found = locate_mention(text, stated, surface, "Species", report, place, identifiers)
        if found is not None:
            mentions.setdefault(paper_id, []).append(found)
    return mentions


CORPUS = Corpus(
    name="linnaeus",
    title="LINNAEUS 1.1, filtered tags",
    labels=frozenset({"Species"}),
    read=read,
    parts=("train", "dev", "test"),
    licence="CC BY 4.0",
    source="https://github.com/spyysalo/linnaeus-corpus-data",
    caveats=(
        "Full papers, references included.",
        "The filtered tags: words that only hint at a species, such as patient or woman, are not annotated.",
    ),
)
