"""Training documents enter; the plainest recognizer there is leaves: a list of the names seen, longest match first.

It stands beside every model in the score tables: what a model adds is what it does beyond this.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping

from biobert_demo.alignment import words_of
from biobert_demo.annotations import Annotation
from biobert_demo.documents import Document

Names = Mapping[tuple[str, ...], str]


def collect_names(documents: Iterable[Document], labels: Iterable[str]) -> dict[tuple[str, ...], str]:
    """Words of each annotated name (case folded) -> its most frequent label; single letters are left out."""
    wanted = set(labels)
    counts: defaultdict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for document in documents:
        words, _ = words_of(document)
        starts = {word.start: i for i, word in enumerate(words)}
        ends = {word.end: i + 1 for i, word in enumerate(words)}
        for annotation in document.annotations:
            if annotation.label in wanted and annotation.start in starts and annotation.end in ends:
                name = tuple(
                    word.of(document.text).casefold() for word in words[starts[annotation.start] : ends[annotation.end]]
                )
                if name and len("".join(name)) > 1:
                    counts[name][annotation.label] += 1
    return {name: counter.most_common(1)[0][0] for name, counter in counts.items()}


def match_names(documents: Iterable[Document], names: Names) -> Iterator[Document]:
    """Each document with the names found in it, from left to right, the longest at each place."""
    longest = max((len(name) for name in names), default=0)
    for document in documents:
        words, _ = words_of(document)
        folded = [word.of(document.text).casefold() for word in words]
        found: list[Annotation] = []
        place = 0
        while place < len(words):
            length = next(
                (
                    n
                    for n in range(min(longest, len(words) - place), 0, -1)
                    if tuple(folded[place : place + n]) in names
                ),
                0,
            )
            if length:
                start, end = words[place].start, words[place + length - 1].end
                label = names[tuple(folded[place : place + length])]
                found.append(Annotation(start, end, document.text[start:end], label, score=1.0, model="dictionary"))
            place += max(1, length)
        yield document.with_annotations(found)
