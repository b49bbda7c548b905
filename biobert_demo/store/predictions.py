"""A model's annotations of a text enter; that model's set of them, or the newest, leaves. Sets are never changed."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from biobert_demo.annotations import Annotation
from biobert_demo.documents import check_annotation
from biobert_demo.errors import BadInput
from biobert_demo.label_views import present_annotations
from biobert_demo.labels import LabelNames
from biobert_demo.store.database import Database
from biobert_demo.store.labels import load_names
from biobert_demo.store.rows import decode_list, decode_others, encode_list, encode_others

_PREFERRED = "coalesce(max(CASE WHEN m.model = ? THEN m.id END), max(m.id))"
"""SQL: the id of a model's set where there is one. After a rollback that is not the newest."""


@dataclass(frozen=True, slots=True)
class PredictionSet:
    """What one model version found in a text; `others[i]` are further labels of the i-th annotation, best first."""

    id: int
    model: str
    created: str
    annotations: tuple[Annotation, ...]
    others: Mapping[int, tuple[tuple[str, float], ...]]


class Predictions:
    """`store.predictions`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(
        self,
        hash: str,
        model: str,
        annotations: Iterable[Annotation],
        others: Mapping[int, Iterable[tuple[str, float]]] | None = None,
    ) -> None:
        """Keep what a model found in a text; where the same model was recorded before, the first set stays.

        Raises BadInput for an unknown text and for scores that are no numbers, InvalidSpan for annotations of
        another text; then nothing of the set is kept.
        """
        self.record_all([(hash, tuple(annotations), others or {})], model)

    def record_all(
        self,
        found: Iterable[tuple[str, Iterable[Annotation], Mapping[int, Iterable[tuple[str, float]]]]],
        model: str,
    ) -> None:
        """The same for (hash, annotations, others) of several texts, in one transaction."""
        with self._database.write() as connection:
            for hash, annotations, others in found:
                insert_predictions(connection, hash, model, annotations, others, self._database.now())

    def latest(self, hash: str) -> PredictionSet | None:
        """The set recorded last for a text."""
        with self._database.read() as connection:
            return load_preferred(connection, hash)

    def has(self, hash: str, model: str) -> bool:
        """Whether a model has read a text."""
        with self._database.read() as connection:
            return find_set_id(connection, hash, model) is not None

    def missing(self, project_id: int, model: str) -> list[int]:
        """The ids of the project's documents that the model has not been run on."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT d.id FROM documents d LEFT JOIN prediction_sets m ON m.hash = d.hash AND m.model = ? "
                "WHERE d.project_id = ? AND m.id IS NULL ORDER BY d.id",
                (model, project_id),
            )
            return [id for (id,) in rows]

    def outdated(self, model: str, limit: int) -> tuple[list[int], list[int]]:
        """The ids of documents, in all projects, that other models have read but this one has not.

        First those that somebody has opened and not completed, the one worked on last first; then those that nobody
        has completed. `limit` counts both together.
        """
        with self._database.read() as connection:
            rows = connection.execute(
                "WITH stands AS (SELECT d.id, d.hash, max(CASE WHEN r.is_complete THEN NULL ELSE r.updated END) AS opened, "
                "coalesce(max(r.is_complete), 0) AS is_done FROM documents d "
                "LEFT JOIN reviews r ON r.document_id = d.id AND r.kind = 'review' GROUP BY d.id) "
                "SELECT id, opened IS NOT NULL FROM stands s WHERE NOT EXISTS "
                "(SELECT 1 FROM prediction_sets m WHERE m.hash = s.hash AND m.model = ?) AND (opened IS NOT NULL OR "
                "(NOT is_done AND EXISTS (SELECT 1 FROM prediction_sets m WHERE m.hash = s.hash))) "
                "ORDER BY opened IS NULL, opened DESC, id LIMIT ?",
                (model, limit),
            ).fetchall()
        return [id for id, is_open in rows if is_open], [id for id, is_open in rows if not is_open]

    def iterate(self, project_id: int, model: str | None = None) -> Iterator[tuple[int, PredictionSet]]:
        """(document id, set) of each document of a project that has one: that of `model`, else the newest.

        Labels have the names that the project gives them now; those that it has hidden are left out.
        """
        with self._database.read() as connection:
            names = load_names(connection, project_id)
            rows = connection.execute(
                f"SELECT d.id, {_PREFERRED} FROM documents d JOIN prediction_sets m ON m.hash = d.hash "
                "WHERE d.project_id = ? GROUP BY d.id ORDER BY d.id",
                (model, project_id),
            ).fetchall()
        for document_id, set_id in rows:
            with self._database.read() as connection:
                found = load_set(connection, set_id)
            yield document_id, _in_present_names(found, names)


def insert_predictions(
    connection: sqlite3.Connection,
    hash: str,
    model: str,
    annotations: Iterable[Annotation],
    others: Mapping[int, Iterable[tuple[str, float]]],
    now: str,
) -> None:
    """Add a set, unless the model has one for the text already."""
    row = connection.execute("SELECT text FROM texts WHERE hash = ?", (hash,)).fetchone()
    if row is None:
        raise BadInput(f"There is no text with the hash {hash[:80]!r}; add the document first.")
    cursor = connection.execute(
        "INSERT INTO prediction_sets (hash, model, created) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        (hash, model, now),
    )
    if not cursor.rowcount:
        return
    set_id = cursor.lastrowid
    connection.executemany(
        "INSERT INTO predictions (set_id, ordinal, start_at, end_at, text, label, score, identifiers, others) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (set_id, i, *_encode(one, row[0], model), encode_others(others.get(i, ())))
            for i, one in enumerate(annotations)
        ],
    )


def find_set_id(connection: sqlite3.Connection, hash: str, model: str) -> int | None:
    """The id of a model's set of a text."""
    row = connection.execute("SELECT id FROM prediction_sets WHERE hash = ? AND model = ?", (hash, model)).fetchone()
    return None if row is None else row[0]


def newest_set_id(connection: sqlite3.Connection, hash: str) -> int | None:
    """The id of the newest set of a text, whichever model made it."""
    return connection.execute("SELECT max(id) FROM prediction_sets WHERE hash = ?", (hash,)).fetchone()[0]


def promoted_version(connection: sqlite3.Connection) -> str | None:
    """The version of the promoted model of mentions, None where none is registered."""
    row = connection.execute(
        "SELECT m.version FROM promotions p JOIN model_versions m ON m.id = p.model_id WHERE p.task = 'ner' "
        "ORDER BY p.id DESC LIMIT 1"
    ).fetchone()
    return None if row is None else row[0]


def load_preferred(connection: sqlite3.Connection, hash: str, model: str | None = None) -> PredictionSet | None:
    """A model's set of a text, else the newest one."""
    row = connection.execute(f"SELECT {_PREFERRED} FROM prediction_sets m WHERE hash = ?", (model, hash)).fetchone()
    return None if row[0] is None else load_set(connection, row[0])


def load_set(connection: sqlite3.Connection, set_id: int) -> PredictionSet:
    """The set with an id."""
    model, created = connection.execute("SELECT model, created FROM prediction_sets WHERE id = ?", (set_id,)).fetchone()
    annotations: list[Annotation] = []
    others: dict[int, tuple[tuple[str, float], ...]] = {}
    for i, (start, end, text, label, score, identifiers, further) in enumerate(
        connection.execute(
            "SELECT start_at, end_at, text, label, score, identifiers, others FROM predictions WHERE set_id = ? "
            "ORDER BY ordinal",
            (set_id,),
        )
    ):
        annotations.append(Annotation(start, end, text, label, decode_list(identifiers), score, model))
        if further:
            others[i] = decode_others(further)
    return PredictionSet(set_id, model, created, tuple(annotations), others)


def _in_present_names(found: PredictionSet, names: LabelNames) -> PredictionSet:
    annotations, others = present_annotations(found.annotations, found.others, names)
    return replace(found, annotations=annotations, others=others)


def _encode(one: Annotation, text: str, model: str) -> tuple[Any, ...]:
    check_annotation(one, text, f"predicted by {model}")
    score = None if one.score is None else float(one.score)
    if score is not None and not math.isfinite(score):
        raise BadInput(f"The score of {one.text[:60]!r} is {score}, which is no number from 0 to 1.")
    return int(one.start), int(one.end), one.text, one.label, score, encode_list(one.identifiers)
