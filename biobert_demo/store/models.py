"""Weights that were found worth keeping enter; model versions, and the history of which one was promoted, leave."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from biobert_demo.errors import BadInput, BiobertDemoError
from biobert_demo.store.database import Database
from biobert_demo.store.rows import decode_list, encode_list, to_json
from biobert_demo.store.runs import Task, check_task
from biobert_demo.store.schema import check_kind

ModelState = Literal["candidate", "promoted", "retired", "refused", "deleted"]
PromotionKind = Literal["gate", "override", "rollback", "base"]
KINDS: tuple[PromotionKind, ...] = ("gate", "override", "rollback", "base")

PROGRAM_AUTHOR = "biobert-demo"
"""Who promotes the base."""

_MODEL = (
    "id, task, number, version, parent_id, run_id, folder, created, labels, weights_hash, data_hash, scores, decision, "
    "is_base, is_pinned, note, state"
)
_PROMOTION = "id, task, model_id, kind, author, reason, created"


class PromotionRefused(BiobertDemoError):
    """A model that cannot be promoted or deleted as things stand; the message says why."""


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """Registered weights. `number` counts from 1 in each task; `version` is what stands in the annotations it makes.

    `state` follows from the promotions: "promoted" is the last of its task, "retired" was promoted before; "refused" by
    the gate's `decision`; "deleted" has no folder any more. A base was not made by a run: it ships with the program, or
    was named in the settings.
    """

    id: int
    task: Task
    number: int
    version: str
    parent_id: int | None
    run_id: int | None
    folder: str
    created: str
    labels: tuple[str, ...]
    weights_hash: str
    data_hash: str
    scores: Mapping[str, Any]
    decision: Mapping[str, Any]
    is_base: bool = False
    is_pinned: bool = False
    note: str = ""
    state: ModelState = "candidate"


@dataclass(frozen=True, slots=True)
class Promotion:
    """One line of the history of what is served: which model, by whom or what, and why. The last of a task counts."""

    id: int
    task: Task
    model_id: int
    kind: PromotionKind
    author: str
    reason: str
    created: str


class Models:
    """`store.models`. Which model of a task is promoted is one row, so that it changes in one moment or not at all."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def register(
        self,
        task: Task,
        version: str,
        folder: str | os.PathLike[str],
        *,
        parent_id: int | None = None,
        run_id: int | None = None,
        labels: Iterable[str] = (),
        weights_hash: str,
        data_hash: str = "",
        scores: Mapping[str, Any] | None = None,
        decision: Mapping[str, Any] | None = None,
        note: str = "",
    ) -> ModelVersion:
        """A new model version under the next number of its task; `decision["is_promoted"]` false makes it a refused one.

        Raises BadInput where another version has the folder, or the parent or run is not there.
        """
        with self._database.write() as connection:
            id = self._insert(
                connection, task, version, str(folder), parent_id, run_id, labels, weights_hash, data_hash,
                scores or {}, decision or {}, note, False,
            )  # fmt: skip
            return _load(connection, id)

    def adopt_base(
        self, task: Task, version: str, folder: str | os.PathLike[str], *, labels: Iterable[str], weights_hash: str
    ) -> ModelVersion:
        """The base with these weights, registered if it is new, and promoted where no model of a lab is in its way.

        It is promoted where nothing is, or where another base is that nobody chose by hand over this one.
        """
        with self._database.write() as connection:
            row = connection.execute(
                "SELECT id, folder FROM model_states WHERE task = ? AND is_base AND weights_hash = ? ORDER BY id DESC",
                (task, weights_hash),
            ).fetchone()
            if row is None:
                id = self._insert(
                    connection, task, version, str(folder), None, None, labels, weights_hash, "", {}, {}, "", True
                )
            else:
                id = row[0]
                if row[1] != str(folder):
                    # The same weights in another installation.
                    connection.execute("UPDATE model_versions SET folder = ? WHERE id = ?", (str(folder), id))
            last = _last_promotion(connection, task)
            if last is None:
                self._promote(connection, task, id, "base", PROGRAM_AUTHOR, "The model that the program came with.")
            elif (
                last.model_id != id
                and _load(connection, last.model_id).is_base
                and (row is None or last.kind == "base")
            ):
                self._promote(connection, task, id, "base", PROGRAM_AUTHOR, "The program now comes with this model.")
            return _load(connection, id)

    def get(self, id: int) -> ModelVersion:
        """The model version with an id; raises BadInput where there is none."""
        with self._database.read() as connection:
            return _load(connection, id)

    def find(self, task: Task, text: str | int) -> ModelVersion | None:
        """The model version of a task with a number or a version; the newest where several have that version."""
        text = str(text).strip()
        column = "number" if text.isascii() and text.isdigit() else "version"
        with self._database.read() as connection:
            row = connection.execute(
                f"SELECT {_MODEL} FROM model_states WHERE task = ? AND {column} = ? ORDER BY id DESC LIMIT 1",
                (task, int(text) if column == "number" else text),
            ).fetchone()
            return None if row is None else _decode(row)

    def promoted(self, task: Task) -> ModelVersion | None:
        """The model version that is served."""
        with self._database.read() as connection:
            last = _last_promotion(connection, task)
            return None if last is None else _load(connection, last.model_id)

    def promote(self, id: int, *, author: str, reason: str, kind: PromotionKind, seen: int | None = None) -> Promotion:
        """Make a model the served one; where it is already, its promotion leaves as it is.

        `seen` is the id of the promotion that the decision was made on: another one since raises PromotionRefused, and
        so does a deleted model. Raises BadInput for a promotion without an author, or an override without a reason.
        """
        if kind not in KINDS:
            raise BadInput(f"A promotion is one of {', '.join(KINDS)}, not {kind!r}.")
        if not author.strip():
            raise BadInput("A promotion needs the name of who promotes, but it is empty.")
        if kind == "override" and not reason.strip():
            raise BadInput("A promotion by hand needs a reason, but it is empty; say why this model shall be served.")
        with self._database.write() as connection:
            model = _load(connection, id)
            last = _last_promotion(connection, model.task)
            if last is not None and last.model_id == id:
                return last
            if model.state == "deleted":
                raise PromotionRefused(
                    f"Model {model.number} was deleted, so it cannot be promoted; choose another one."
                )
            if seen is not None and last is not None and last.id != seen:
                raise PromotionRefused(
                    f"Model {_load(connection, last.model_id).number} was promoted by {last.author} meanwhile; look at the "
                    "list and decide again."
                )
            return self._promote(connection, model.task, id, kind, author.strip(), reason.strip())

    def last_promotion(self, task: Task) -> Promotion | None:
        """The promotion that counts."""
        with self._database.read() as connection:
            return _last_promotion(connection, task)

    def pin(self, id: int, is_pinned: bool = True) -> ModelVersion:
        """A pinned model is never deleted by retention."""
        with self._database.write() as connection:
            if _load(connection, id).state == "deleted" and is_pinned:
                raise PromotionRefused(
                    f"Model {_load(connection, id).number} was deleted already; nothing is left to pin."
                )
            connection.execute("UPDATE model_versions SET is_pinned = ? WHERE id = ?", (int(is_pinned), id))
            return _load(connection, id)

    def note(self, id: int, text: str) -> ModelVersion:
        """Replace the note that people keep on a model."""
        with self._database.write() as connection:
            _load(connection, id)
            connection.execute("UPDATE model_versions SET note = ? WHERE id = ?", (text, id))
            return _load(connection, id)

    def mark_deleted(self, id: int) -> ModelVersion:
        """Say that a model's folder goes; raises PromotionRefused for the promoted, its parent, a pinned one and a base."""
        with self._database.write() as connection:
            model = _load(connection, id)
            if model.state == "deleted":
                return model
            last = _last_promotion(connection, model.task)
            parent = None if last is None else _load(connection, last.model_id).parent_id
            for is_kept, reason in (
                (model.state == "promoted", "it is promoted"),
                (model.id == parent, "it is the parent of the promoted one"),
                (model.is_pinned, "it is pinned"),
                (model.is_base, "it is a base, which the program does not own"),
            ):
                if is_kept:
                    raise PromotionRefused(f"Model {model.number} is not deleted, since {reason}.")
            connection.execute("UPDATE model_versions SET deleted = ? WHERE id = ?", (self._database.now(), id))
            return _load(connection, id)

    def promotions(self, task: Task) -> list[Promotion]:
        """The history of what was served, oldest first."""
        with self._database.read() as connection:
            return _load_promotions(connection, task)

    def list(self, task: Task) -> list[ModelVersion]:
        """All model versions of a task by number, deleted ones included."""
        with self._database.read() as connection:
            return _load_models(connection, task)

    def _insert(
        self, connection: sqlite3.Connection, task: Task, version: str, folder: str, parent_id: int | None,
        run_id: int | None, labels: Iterable[str], weights_hash: str, data_hash: str, scores: Mapping[str, Any],
        decision: Mapping[str, Any], note: str, is_base: bool,
    ) -> int:  # fmt: skip
        check_task(task)
        try:
            cursor = connection.execute(
                "INSERT INTO model_versions (task, number, version, parent_id, run_id, folder, created, labels, "
                "weights_hash, data_hash, scores, decision, note, is_base) VALUES (?, "
                "(SELECT 1 + coalesce(max(number), 0) FROM model_versions WHERE task = ?), "
                "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    task, task, version, parent_id, run_id, folder, self._database.now(), encode_list(list(labels)),
                    weights_hash, data_hash, _as_json(scores, "scores"), _as_json(decision, "decision"), note, int(is_base),
                ),
            )  # fmt: skip
        except sqlite3.IntegrityError as error:
            raise BadInput(
                f"The model {version!r} cannot be registered ({error}): its parent and run must be there, and no other "
                f"model may have the folder {folder}."
            ) from error
        return int(cursor.lastrowid or 0)

    def _promote(
        self, connection: sqlite3.Connection, task: str, id: int, kind: PromotionKind, author: str, reason: str
    ) -> Promotion:
        connection.execute(
            "INSERT INTO promotions (task, model_id, kind, author, reason, created) VALUES (?, ?, ?, ?, ?, ?)",
            (task, id, kind, author, reason, self._database.now()),
        )
        last = _last_promotion(connection, task)
        assert last is not None
        return last


def peek(path: os.PathLike[str], task: Task) -> tuple[list[ModelVersion], list[Promotion]]:
    """The models and promotions in a store's file, which is neither made nor brought up to date; empty without any.

    Raises StoreUnavailable where the file cannot be read.
    """
    database = Database(Path(path))
    if not database.path.is_file():
        return [], []
    try:
        with database.read() as connection:
            if "learning" not in check_kind(connection, database.path):
                return [], []
            return _load_models(connection, task), _load_promotions(connection, task)
    finally:
        database.close()


def _load(connection: sqlite3.Connection, id: int) -> ModelVersion:
    row = connection.execute(f"SELECT {_MODEL} FROM model_states WHERE id = ?", (id,)).fetchone()
    if row is None:
        raise BadInput(f"There is no model with the id {id}; choose one of those that are listed.")
    return _decode(row)


def _load_models(connection: sqlite3.Connection, task: str) -> list[ModelVersion]:
    rows = connection.execute(f"SELECT {_MODEL} FROM model_states WHERE task = ? ORDER BY number", (task,))
    return [_decode(row) for row in rows]


def _load_promotions(connection: sqlite3.Connection, task: str) -> list[Promotion]:
    rows = connection.execute(f"SELECT {_PROMOTION} FROM promotions WHERE task = ? ORDER BY id", (task,))
    return [Promotion(*row) for row in rows]


def _last_promotion(connection: sqlite3.Connection, task: str) -> Promotion | None:
    row = connection.execute(
        f"SELECT {_PROMOTION} FROM promotions WHERE task = ? ORDER BY id DESC LIMIT 1", (task,)
    ).fetchone()
    return None if row is None else Promotion(*row)


def _as_json(value: Mapping[str, Any], name: str) -> str:
    try:
        return to_json(dict(value))
    except (TypeError, ValueError) as error:
        raise BadInput(f"The {name} of a model must be JSON, but they are not ({error}).") from error


def _decode(row: tuple[Any, ...]) -> ModelVersion:
    values = dict(zip(_MODEL.split(", "), row, strict=True))
    values["labels"] = decode_list(values["labels"])
    for name in ("scores", "decision"):
        values[name] = json.loads(values[name])
    for name in ("is_base", "is_pinned"):
        values[name] = bool(values[name])
    return ModelVersion(**values)
