"""A folder of native corpus files enters; documents, and what the corpus says and does not say, leave."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from biobert_demo.documents import Document
from biobert_demo.errors import Problem

Report = Callable[[Problem], None]
"""Receives each thing that could not be used; pass `list.append` to collect them."""

Read = Callable[[Path, str, Report], Iterator[Document]]
"""(corpus folder, part, report) -> documents whose annotations carry the project's labels where one fits."""


@dataclass(frozen=True)
class Corpus:
    """One annotated corpus: how to read it, which labels it annotates, and what may be done with it.

    `labels` are those that the corpus annotates exhaustively: anywhere in its text, the absence of such a label
    means "not this"; the absence of any other label means "unknown". `parts` maps "train", "dev" and "test" to
    what a reader is given. `may_ship` says whether weights trained on it may be published with this project.
    `folder` is the corpus's place inside the data folder; empty means a folder with the corpus's name.
    `combined_parts` are those that the files hold in one piece, such as BC2GM's official training set "train+dev".
    `for_training` is False for a second reading of texts that another corpus here already holds.
    """

    name: str
    title: str
    labels: frozenset[str]
    read: Read
    parts: tuple[str, ...]
    licence: str
    source: str
    may_ship: bool = True
    sentences_only: bool = False
    caveats: tuple[str, ...] = field(default=())
    folder: str = ""
    combined_parts: tuple[str, ...] = ()
    for_training: bool = True

    @property
    def place(self) -> str:
        """The corpus's folder, relative to the data folder."""
        return self.folder or self.name
