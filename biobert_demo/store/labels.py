"""A project and what is to change about its labels enter; its list of labels follows, and the change is kept for good."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from biobert_demo.annotations import LABELS
from biobert_demo.errors import BadInput
from biobert_demo.label_changes import check_change
from biobert_demo.labels import LabelAct, LabelChange, LabelNames
from biobert_demo.store.rows import to_json


@dataclass(frozen=True, slots=True)
class ProjectLabel:
    """A label of a project: its name in files, the words shown, a CSS colour and a key, both None for automatic."""

    name: str
    shown: str
    color: str | None = None
    key: str | None = None


def load_names(connection: sqlite3.Connection, project_id: int) -> LabelNames:
    """What the project's labels are called now, and were called before."""
    labels = connection.execute("SELECT name FROM project_labels WHERE project_id = ? ORDER BY position", (project_id,))
    return LabelNames(tuple(name for (name,) in labels), tuple(_load_changes(connection, project_id)))


def load_labels(connection: sqlite3.Connection, project_id: int) -> list[ProjectLabel]:
    """All labels of a project in its order, hidden ones included."""
    rows = connection.execute(
        "SELECT name, shown, color, shortcut FROM project_labels WHERE project_id = ? ORDER BY position", (project_id,)
    )
    return [ProjectLabel(*row) for row in rows]


def write_labels(connection: sqlite3.Connection, project_id: int, labels: Iterable[ProjectLabel]) -> None:
    """Make these the project's labels, in this order; nothing is written into the history."""
    connection.execute("DELETE FROM project_labels WHERE project_id = ?", (project_id,))
    connection.executemany(
        "INSERT INTO project_labels (project_id, position, name, shown, color, shortcut) VALUES (?, ?, ?, ?, ?, ?)",
        [(project_id, i, one.name, one.shown or one.name, one.color, one.key) for i, one in enumerate(labels)],
    )


def check_labels(labels: Iterable[ProjectLabel]) -> list[ProjectLabel]:
    """The labels of a list that can be a project's; raises BadInput, with what is wrong, for one that cannot."""
    labels = list(labels)
    names = [label.name for label in labels]
    if any(not name.strip() for name in names):
        raise BadInput("A label needs a name, but one is empty.")
    keys = [label.key for label in labels if label.key is not None]
    for what, values in (("label", names), ("key", keys)):
        if twice := [value for value in values if values.count(value) > 1]:
            raise BadInput(f"The {what} {twice[0]!r} occurs twice in the project; give each label one of its own.")
    return labels


def change_label(
    connection: sqlite3.Connection, project_id: int, change: LabelChange, *, is_given: bool = True
) -> LabelChange:
    """Make a change and append it to the history; what was made leaves. `author` and `created` are the change's own.

    Labels that come with a file (not `is_given`) are kept whatever they are called. Raises BadInput where the change
    cannot be made.
    """
    names = load_names(connection, project_id)
    if is_given or change.act != "add":
        change = replace(
            check_change(names, change, met_labels(connection, project_id)),
            author=change.author,
            created=change.created,
        )
    labels = load_labels(connection, project_id)
    before = next((one for one in labels if one.name == change.old), None)
    write_labels(connection, project_id, _changed(connection, project_id, labels, names, change))
    detail = None if before is None else to_json({"shown": before.shown, "color": before.color, "key": before.key})
    connection.execute(
        "INSERT INTO label_changes (project_id, kind, old, new, author, created, detail) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (project_id, change.act, change.old, change.new, change.author, change.created, detail),
    )
    _write_names(connection, project_id)
    return change


def count_label(
    connection: sqlite3.Connection, project_id: int, label: str, names: LabelNames | None = None
) -> tuple[int, int]:
    """(places, texts) that have a label now, in anybody's review, those where it was rejected left out."""
    written = (names or load_names(connection, project_id)).written_as(label)
    return connection.execute(
        "SELECT count(DISTINCT d.id || ' ' || s.start_at || ' ' || s.end_at), count(DISTINCT d.id) FROM spans s "
        "JOIN reviews r ON r.id = s.review_id JOIN documents d ON d.id = r.document_id "
        f"WHERE d.project_id = ? AND s.state <> 'rejected' AND s.label IN ({', '.join('?' * len(written))})",
        (project_id, *written),
    ).fetchone()


def met_labels(connection: sqlite3.Connection, project_id: int) -> list[str]:
    """The names of labels in the project's reviews, as they were written."""
    rows = connection.execute(
        "SELECT DISTINCT s.label FROM spans s JOIN reviews r ON r.id = s.review_id "
        "JOIN documents d ON d.id = r.document_id WHERE d.project_id = ?",
        (project_id,),
    )
    return [label for (label,) in rows]


def wrong_names(connection: sqlite3.Connection) -> Iterator[str]:
    """The projects whose `label_names` do not follow from their `label_changes`."""
    for id, project in connection.execute("SELECT id, name FROM projects").fetchall():
        rows = connection.execute(
            "SELECT written, name, is_hidden FROM label_names WHERE project_id = ? ORDER BY written", (id,)
        ).fetchall()
        if [tuple(row) for row in rows] != _rows_of(load_names(connection, id)):
            yield project


def _load_changes(connection: sqlite3.Connection, project_id: int) -> Iterator[LabelChange]:
    rows = connection.execute(
        "SELECT kind, old, new, author, created FROM label_changes WHERE project_id = ? ORDER BY id", (project_id,)
    )
    for act, old, new, author, created in rows:
        yield LabelChange(act, old, new, author, created)


def _changed(
    connection: sqlite3.Connection,
    project_id: int,
    labels: list[ProjectLabel],
    names: LabelNames,
    change: LabelChange,
) -> list[ProjectLabel]:
    known = {one.name: one for one in labels}
    visible = [one for one in labels if one.name not in names.hidden and one.name != change.old]
    if change.act == "rename":
        shown = next((label.shown for label in LABELS if label.name == change.new), change.new)
        known[change.new] = replace(known[change.old], name=change.new, shown=shown)
    elif change.act == "add":
        known[change.old] = ProjectLabel(change.old, change.new or change.old)
    elif change.act == "split":
        known[change.old] = _with_free_key(_before(connection, project_id, "merge", change.old), visible)
    elif change.act == "show":
        known[change.old] = _with_free_key(known[change.old], visible)
    return [known[name] for name in names.after(change).labels]


def _before(connection: sqlite3.Connection, project_id: int, act: LabelAct, name: str) -> ProjectLabel:
    """The label as it stood when something was last done to it."""
    row = connection.execute(
        "SELECT detail FROM label_changes WHERE project_id = ? AND kind = ? AND old = ? ORDER BY id DESC LIMIT 1",
        (project_id, act, name),
    ).fetchone()
    detail: dict[str, Any] = json.loads(row[0]) if row and row[0] else {}
    return ProjectLabel(name, detail.get("shown") or name, detail.get("color"), detail.get("key"))


def _with_free_key(label: ProjectLabel, others: Iterable[ProjectLabel]) -> ProjectLabel:
    return replace(label, key=None) if label.key in {one.key for one in others} else label


def _write_names(connection: sqlite3.Connection, project_id: int) -> None:
    connection.execute("DELETE FROM label_names WHERE project_id = ?", (project_id,))
    connection.executemany(
        "INSERT INTO label_names (project_id, written, name, is_hidden) VALUES (?, ?, ?, ?)",
        [(project_id, *row) for row in _rows_of(load_names(connection, project_id))],
    )


def _rows_of(names: LabelNames) -> list[tuple[str, str, int]]:
    """(written, name now, whether it is hidden) of the names for which either is worth telling."""
    rows = ((name, names.of(name), int(names.is_hidden(name))) for name in names.ever)
    return sorted(row for row in rows if row[0] != row[1] or row[2])
