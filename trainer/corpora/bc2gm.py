"""BioCreative II gene mention files (`ID text` and `ID|start end|text`) enter; one document a sentence leaves.

Format: README.GM of the corpus. Offsets count characters that are not white space, from 0, and the end is inclusive.
`devel-split` divides the official training sentences into train and dev as MTL-Bioinformatics-2016 does.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from biobert_demo.annotations import Annotation
from biobert_demo.documents import Document, Passage
from biobert_demo.errors import Problem
from trainer.corpora.corpus import Corpus, Report
from trainer.corpora.files import find_file, read_lines
from trainer.corpora.places import locate_mention

_PARTS = {
    "train": ("devel-split/train", "train.in"),
    "dev": ("devel-split/devel", "devel.in"),
    "test": ("test", "test.in"),
    "train+dev": ("train", "train.in"),
}


def read(folder: Path, part: str, report: Report) -> Iterator[Document]:
    """The sentences of a part with their gene mentions; "train+dev" is the official training set."""
    subfolder, sentences = _PARTS[part]
    mentions = _read_mentions(find_file(folder, f"{subfolder}/GENE.eval"), report)
    yield from _read_sentences(find_file(folder, f"{subfolder}/{sentences}"), mentions, report)


def read_alternatives(folder: Path, part: str, report: Report) -> Iterator[Document]:
    """The same sentences with ALTGENE.eval's other acceptable boundaries in place of the preferred ones.

    The official scorer counts a prediction as right where it equals a mention or an alternative that overlaps it.
    """
    subfolder, sentences = _PARTS[part]
    mentions = _read_mentions(find_file(folder, f"{subfolder}/ALTGENE.eval"), report)
    yield from _read_sentences(find_file(folder, f"{subfolder}/{sentences}"), mentions, report)


def to_code_points(text: str, start: int, end: int) -> tuple[int, int]:
    """Half-open code point offsets for inclusive offsets that do not count white space; (-1, -1) outside the text."""
    visible = [i for i, character in enumerate(text) if not character.isspace()]
    if not 0 <= start <= end < len(visible):
        return -1, -1
    return visible[start], visible[end] + 1


_Mention = tuple[int, int, str, Problem]


def _read_mentions(path: Path, report: Report) -> dict[str, list[_Mention]]:
    mentions: dict[str, list[_Mention]] = {}
    for number, line in enumerate(read_lines(path), 1):
        if not line.strip():
            continue
        fields = line.split("|", 2)
        try:
            start, end = (int(offset) for offset in fields[1].split())
            surface = fields[2]
        except (IndexError, ValueError):
            report(Problem(path.name, f"the line {line[:60]!r} is not `ID|start end|text`; left out", number))
            continue
        place = Problem(path.name, "", number, fields[0])
        mentions.setdefault(fields[0], []).append((start, end, surface, place))
    return mentions


def _read_sentences(path: Path, mentions: dict[str, list[_Mention]], report: Report) -> Iterator[Document]:
    unused = dict(mentions)
    for number, line in enumerate(read_lines(path), 1):
        if not line.strip():
            continue
        sentence_id, _, text = line.partition(" ")
        if not text.strip():
            report(Problem(path.name, "a sentence without text; left out", number, sentence_id))
            continue
        annotations: list[Annotation] = []
        for start, end, surface, place in unused.pop(sentence_id, []):
            stated = to_code_points(text, start, end)
            found = locate_mention(text, stated, surface, "Gene", report, place)
            if found is not None:
                annotations.append(found)
        annotations.sort(key=lambda annotation: annotation.key)
        yield Document(sentence_id, text, (Passage("sentence", 0, len(text)),), tuple(annotations))
    for sentence_id, left in unused.items():
        for _, _, surface, place in left:
            message = f"the mention {surface[:60]!r} belongs to a sentence that {path.name} does not have; left out"
            report(Problem(place.source, message, place.line, sentence_id))


CORPUS = Corpus(
    name="bc2gm",
    title="BioCreative II gene mention",
    labels=frozenset({"Gene"}),
    read=read,
    parts=("train", "dev", "test"),
    licence="US Government work, public domain",
    source="https://github.com/spyysalo/bc2gm-corpus",
    sentences_only=True,
    combined_parts=("train+dev",),
    caveats=("Sentences, not abstracts; genes, proteins and families of them alike.",),
)
