"""A store's file enters; what is wrong with it leaves, nothing where it is whole."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from biobert_demo.errors import BiobertDemoError
from biobert_demo.review import replay
from biobert_demo.store.database import Database, StoreUnavailable
from biobert_demo.store.documents import content_hash
from biobert_demo.store.history import count_states, load_review
from biobert_demo.store.labels import wrong_names
from biobert_demo.store.rows import load_steps
from biobert_demo.store.schema import check_kind

FindingKind = Literal["file", "reference", "text", "prediction", "review", "label", "search"]

_INDEXES = ("text_search", "span_search", "note_search")


@dataclass(frozen=True, slots=True)
class StoreFinding:
    """One thing that is wrong: `kind` says with what, `message` in a sentence."""

    kind: FindingKind
    message: str


def check(database: Database) -> list[StoreFinding]:
    """The file's structure, references and search indexes, each text's hash, and each review against its history.

    Everything is read; nothing is changed. Raises StoreUnavailable where the file cannot be read at all.
    """
    with database.read() as connection:
        check_kind(connection, database.path)
        damage = list(_in_file(connection))
        if damage:
            # Rows of a damaged file prove nothing.
            return damage
        findings = [
            *_in_texts(connection),
            *_in_predictions(connection),
            *_in_reviews(connection),
            *_in_labels(connection),
        ]
    return [*findings, *_in_indexes(database)]


def _in_file(connection: sqlite3.Connection) -> Iterator[StoreFinding]:
    try:
        for (message,) in connection.execute("PRAGMA integrity_check"):
            if message != "ok":
                yield StoreFinding("file", f"SQLite finds the file damaged: {message}.")
        for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check"):
            yield StoreFinding("reference", f"Row {row} of {table} refers to a row of {parent} that is not there.")
    except sqlite3.DatabaseError as error:
        yield StoreFinding("file", f"SQLite cannot read the file to its end ({error}).")


def _in_texts(connection: sqlite3.Connection) -> Iterator[StoreFinding]:
    for hash, text in connection.execute("SELECT hash, text FROM texts"):
        if content_hash(text) != hash:
            yield StoreFinding("text", f"The text with the hash {hash} is another one: {text[:40]!r}.")


def _in_predictions(connection: sqlite3.Connection) -> Iterator[StoreFinding]:
    rows = connection.execute(
        "SELECT m.hash, m.model, n.start_at, n.text FROM predictions n JOIN prediction_sets m ON m.id = n.set_id "
        "JOIN texts t ON t.hash = m.hash WHERE substr(t.text, n.start_at + 1, n.end_at - n.start_at) <> n.text"
    )
    for hash, model, start, text in rows:
        yield StoreFinding("prediction", f"{model} predicted {text[:40]!r} at {start} of {hash}, which is not there.")


def _in_reviews(connection: sqlite3.Connection) -> Iterator[StoreFinding]:
    for id, *counts in connection.execute("SELECT id, unseen, accepted, rejected, ignored, completed FROM reviews"):
        name = f"The review {id}"
        try:
            review = load_review(connection, id)
            name = f"The review of {review.document.name!r} by {review.author!r}"
            revision = replay(review.document.document.text, load_steps(connection, id))
        except BiobertDemoError as error:
            yield StoreFinding("review", f"{name} cannot be replayed: {error}")
            continue
        except ValueError as error:
            yield StoreFinding("review", f"{name} cannot be replayed: {error}.")
            continue
        if revision != review.revision:
            yield StoreFinding("review", f"{name} shows spans or marks that do not follow from its history.")
        elif counts[:4] != list(count_states(revision).values()):
            yield StoreFinding("review", f"{name} counts {counts[:4]} spans a state, which is not what it holds.")
        elif (counts[4] is not None) != revision.is_complete:
            yield StoreFinding("review", f"{name} says when it was completed, or does not, against its history.")


def _in_labels(connection: sqlite3.Connection) -> Iterator[StoreFinding]:
    for project in wrong_names(connection):
        yield StoreFinding("label", f"The names of labels in {project!r} do not follow from the changes made to them.")


def _in_indexes(database: Database) -> Iterator[StoreFinding]:
    # FTS5 takes this command as an INSERT, although it only reads.
    for index in _INDEXES:
        try:
            with database.write() as connection:
                connection.execute(f"INSERT INTO {index} ({index}, rank) VALUES ('integrity-check', 1)")
        except StoreUnavailable as error:
            message = f"could not be checked: {error}"
            if error.reason == "damaged":
                message = f"does not match its table; INSERT INTO {index} ({index}) VALUES ('rebuild') makes it anew."
            yield StoreFinding("search", f"The search index {index} {message}")
