"""A text without marked blocks enters; its passages, one a line, leave."""

from __future__ import annotations

from biobert_demo.documents import Passage


def line_passages(text: str, kinds: tuple[str, ...] = ("paragraph",)) -> tuple[Passage, ...]:
    """A passage for each line that is not blank; the n-th is of the n-th kind, later ones of the last kind.

    Only LF ends a line, so that offsets stay those of the file.
    """
    passages: list[Passage] = []
    start = 0
    for line in text.split("\n"):
        if line.strip():
            kind = kinds[min(len(passages), len(kinds) - 1)]
            passages.append(Passage(kind, start, start + len(line.removesuffix("\r"))))
        start += len(line) + 1
    return tuple(passages)
