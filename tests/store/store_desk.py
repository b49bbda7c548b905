"""A folder enters; a store in it with a clock that tests set, and shorthands for what they do to it, leave."""

from __future__ import annotations

import itertools
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from biobert_demo.annotations import Annotation
from biobert_demo.documents import Document
from biobert_demo.errors import Problem
from biobert_demo.review import Correction
from biobert_demo.store import Review, SaveResult, Store

TEXT = "An allergy to penicillin. Velocumab inhibits BRX7 in mice with lumositis; BRX7 loss causes lumositis."


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.time = datetime(2031, 5, 7, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def forward(self, **delta: float) -> None:
        self.time += timedelta(**delta)


class Desk:
    """A store with one project; keys and revisions are filled in, as a browser does."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.folder, self.clock = folder, clock
        self.store = self.open()
        self.project = self.store.projects.default()
        self.problems: list[Problem] = []
        self._keys = map("key-{}".format, itertools.count(1))

    def open(self, **options: Any) -> Store:
        return Store.open(self.folder, backups=False, clock=self.clock, **options)

    def reopen(self) -> Store:
        self.store.close()
        self.store = self.open()
        return self.store

    def add(self, name: str = "1", text: str = TEXT, suggested: str = "", model: str = "model-1") -> int:
        """The id of a new document; each of the comma-separated `word=Label` is suggested where the word first stands."""
        self.store.documents.add(self.project.id, [Document(name, text)], self.problems.append)
        stored = self.store.documents.find(self.project.id, name)
        assert stored is not None
        if suggested:
            self.suggest(stored.hash, text, suggested, model)
        return stored.id

    def suggest(self, hash: str, text: str, suggested: str, model: str = "model-1") -> None:
        found = [annotate(text, *one.split("=")) for one in suggested.split(",")]
        self.store.predictions.record(hash, model, found, {0: [("Gene", 0.25)]})

    def open_review(self, document: int, author: str = "Ann", kind: Any = "review") -> Review:
        return self.store.reviews.open(document, author, kind)

    def save(self, review: Review, *corrections: Correction, **options: Any) -> SaveResult:
        options = {"author": review.author, "seen": review.revision.number, "key": next(self._keys)} | options
        return self.store.reviews.save(review.id, corrections, **options)

    def act(self, name: str, review: Review, **options: Any) -> SaveResult:
        """`undo`, `redo` or `complete`."""
        options = {"author": review.author, "seen": review.revision.number, "key": next(self._keys)} | options
        return getattr(self.store.reviews, name)(review.id, **options)

    def query(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """What another program reads from the file."""
        connection = sqlite3.connect(self.store.path)
        try:
            return connection.execute(sql, parameters).fetchall()
        finally:
            connection.close()


def annotate(text: str, word: str, label: str, score: float | None = 0.75, **fields: Any) -> Annotation:
    """An annotation of the first place where a word stands."""
    start = text.index(word)
    return Annotation(start, start + len(word), word, label, score=score, **fields)


def add(word: str, label: str, text: str = TEXT, at: int | None = None) -> Correction:
    """The correction that labels the first place of a word."""
    start = text.index(word) if at is None else at
    return Correction("add", start=start, end=start + len(word), text=word, label=label)


def shown(review: Review) -> list[str]:
    """The spans of a review as `text=Label state`."""
    return [f"{span.text}={span.label} {span.state}" for span in review.revision.spans]
