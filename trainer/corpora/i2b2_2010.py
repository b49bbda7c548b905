"""2010 i2b2/VA notes (.txt) and concepts (.con) enter; one document a note leaves.

Format of a concept: `c="chest pain" 3:4 3:5||t="problem"`: the text in lower case, then `line:token` of the first and
the last token. Lines count from 1, tokens (split at white space) from 0, and the last token is included.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from biobert_demo.annotations import Annotation
from biobert_demo.documents import Document
from biobert_demo.errors import BadInput, Problem
from trainer.corpora.corpus import Corpus, Report
from trainer.corpora.files import read_text, split_lines
from trainer.corpora.passages import line_passages

_CONCEPT = re.compile(
    r'c="(?P<text>.*)" (?P<line>\d+):(?P<first>\d+) (?P<last_line>\d+):(?P<last>\d+)\|\|t="(?P<type>\w+)"$'
)
_LABELS = {"problem": "Disease", "treatment": "Chemical"}
_TOKEN = re.compile(r"\S+")


def read(folder: Path, part: str, report: Report) -> Iterator[Document]:
    """The notes of a part: PART/txt/*.txt with PART/concept/*.con, or both kinds side by side in PART."""
    notes = sorted((folder / part).rglob("*.txt"))
    if not notes:
        raise BadInput(f"The corpus folder {folder.name} has no notes {part}/*.txt; put the .txt and .con files there.")
    concepts = {path.stem: path for path in (folder / part).rglob("*.con")}
    for note in notes:
        path = concepts.get(note.stem)
        if path is None:
            report(Problem(note.name, "there is no .con file for this note; left out", None, note.stem))
            continue
        yield read_note(read_text(note), split_lines(read_text(path)), note.stem, path.name, report)


def read_note(text: str, concept_lines: list[str], document_id: str, source: str, report: Report) -> Document:
    """The note with its concepts; problem is Disease, treatment is Chemical, test keeps its own label."""
    places = _token_places(text)
    annotations: list[Annotation] = []
    for number, line in enumerate(concept_lines, 1):
        if not line.strip():
            continue
        match = _CONCEPT.match(line.strip())
        if match is None:
            message = f'the line {line[:60]!r} is not `c="text" line:token line:token||t="type"`; left out'
            report(Problem(source, message, number, document_id))
            continue
        first = places.get((int(match["line"]), int(match["first"])))
        last = places.get((int(match["last_line"]), int(match["last"])))
        if first is None or last is None or first[0] >= last[1]:
            message = f"the concept {match['text'][:60]!r} points at tokens that the note does not have; left out"
            report(Problem(source, message, number, document_id))
            continue
        surface = text[first[0] : last[1]]
        if " ".join(surface.casefold().split()) != " ".join(match["text"].casefold().split()):
            message = f"the concept {match['text'][:60]!r} points at the text {surface[:60]!r}; left out"
            report(Problem(source, message, number, document_id))
            continue
        label = _LABELS.get(match["type"], match["type"])
        annotations.append(Annotation(first[0], last[1], surface, label))
    annotations.sort(key=lambda annotation: annotation.key)
    return Document(document_id, text, line_passages(text, ("line",)), tuple(annotations))


def _token_places(text: str) -> dict[tuple[int, int], tuple[int, int]]:
    places: dict[tuple[int, int], tuple[int, int]] = {}
    start = 0
    for number, line in enumerate(text.split("\n"), 1):
        for token, match in enumerate(_TOKEN.finditer(line)):
            places[number, token] = start + match.start(), start + match.end()
        start += len(line) + 1
    return places


CORPUS = Corpus(
    name="i2b2_2010",
    title="2010 i2b2/VA concepts",
    labels=frozenset({"Disease", "Chemical"}),
    read=read,
    parts=("train", "test"),
    licence="licensed data under a use agreement; never redistribute it or weights trained on it",
    source="https://portal.dbmi.hms.harvard.edu/projects/n2c2-nlp/",
    may_ship=False,
    caveats=(
        "Clinical notes. problem is read as Disease but also holds symptoms, injuries and findings.",
        "treatment is read as Chemical but also holds operations and devices, so it is a rough stand-in for drugs.",
    ),
)
