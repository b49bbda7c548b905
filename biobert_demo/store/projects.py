"""Names, label sets and guidelines enter; projects, each a set of documents of its own, leave."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from biobert_demo.annotations import LABELS
from biobert_demo.errors import BadInput
from biobert_demo.store.database import Database

DEFAULT_NAME = "My texts"


@dataclass(frozen=True, slots=True)
class ProjectLabel:
    """A label of a project: its name in files, the words shown, a CSS colour and a key, both None for automatic."""

    name: str
    shown: str
    color: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Project:
    """A set of documents with its labels, in the order people chose, and its guideline in Markdown."""

    id: int
    name: str
    labels: tuple[ProjectLabel, ...]
    guideline: str
    created: str

    @property
    def label_names(self) -> tuple[str, ...]:
        """The names of the labels."""
        return tuple(label.name for label in self.labels)


def standard_labels() -> tuple[ProjectLabel, ...]:
    """The four labels of the shipped model, on the keys 1 to 4."""
    return tuple(ProjectLabel(label.name, label.shown, None, str(i)) for i, label in enumerate(LABELS, 1))


class Projects:
    """`store.projects`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, name: str, labels: Iterable[ProjectLabel] | None = None, guideline: str = "") -> Project:
        """A new project; without labels it gets the standard ones. Raises BadInput where the name is empty or taken."""
        with self._database.write() as connection:
            return _create(connection, name, labels, guideline, self._database.now())

    def get(self, id: int) -> Project:
        """The project with an id; raises BadInput where there is none."""
        with self._database.read() as connection:
            return load_project(connection, id)

    def find(self, name: str) -> Project | None:
        """The project with a name."""
        with self._database.read() as connection:
            id = _id_of(connection, name)
            return None if id is None else load_project(connection, id)

    def list(self) -> list[Project]:
        """All projects, oldest first."""
        with self._database.read() as connection:
            ids = [id for (id,) in connection.execute("SELECT id FROM projects ORDER BY id")]
            return [load_project(connection, id) for id in ids]

    def update(
        self,
        id: int,
        *,
        name: str | None = None,
        labels: Iterable[ProjectLabel] | None = None,
        guideline: str | None = None,
    ) -> Project:
        """The project with what is given changed; spans of labels that are left out stay as they are."""
        with self._database.write() as connection:
            project = load_project(connection, id)
            if name is not None and name.strip() != project.name:
                connection.execute("UPDATE projects SET name = ? WHERE id = ?", (_free_name(connection, name), id))
            if guideline is not None:
                connection.execute("UPDATE projects SET guideline = ? WHERE id = ?", (guideline, id))
            if labels is not None:
                _set_labels(connection, id, labels)
            return load_project(connection, id)

    def default(self) -> Project:
        """The project "My texts", made on first use."""
        found = self.find(DEFAULT_NAME)
        if found is not None:
            return found
        with self._database.write() as connection:
            id = _id_of(connection, DEFAULT_NAME)
            if id is not None:
                return load_project(connection, id)
            return _create(connection, DEFAULT_NAME, None, "", self._database.now())

    def add_labels(self, id: int, names: Iterable[str]) -> Project:
        """The project with further labels at the end, shown by their names; those it has are left as they are."""
        with self._database.write() as connection:
            add_labels(connection, id, names)
            return load_project(connection, id)


def load_project(connection: sqlite3.Connection, id: int) -> Project:
    """The project with an id; raises BadInput where there is none."""
    row = connection.execute("SELECT name, guideline, created FROM projects WHERE id = ?", (id,)).fetchone()
    if row is None:
        raise BadInput(f"There is no project {id}; choose one of the list, or create it.")
    labels = connection.execute(
        "SELECT name, shown, color, shortcut FROM project_labels WHERE project_id = ? ORDER BY position", (id,)
    )
    return Project(id, row[0], tuple(ProjectLabel(*label) for label in labels), row[1], row[2])


def add_labels(connection: sqlite3.Connection, id: int, names: Iterable[str]) -> list[str]:
    """Add the labels that the project lacks, and return them."""
    project = load_project(connection, id)
    new = [name for name in dict.fromkeys(names) if name not in project.label_names]
    if new:
        _set_labels(connection, id, [*project.labels, *(ProjectLabel(name, name) for name in new)])
    return new


def _create(
    connection: sqlite3.Connection, name: str, labels: Iterable[ProjectLabel] | None, guideline: str, now: str
) -> Project:
    cursor = connection.execute(
        "INSERT INTO projects (name, guideline, created) VALUES (?, ?, ?)",
        (_free_name(connection, name), guideline, now),
    )
    id = int(cursor.lastrowid or 0)
    _set_labels(connection, id, standard_labels() if labels is None else labels)
    return load_project(connection, id)


def _free_name(connection: sqlite3.Connection, name: str) -> str:
    name = name.strip()
    if not name:
        raise BadInput("A project needs a name, but it is empty.")
    if _id_of(connection, name) is not None:
        raise BadInput(f"There is a project named {name[:60]!r} already; choose another name.")
    return name


def _id_of(connection: sqlite3.Connection, name: str) -> int | None:
    row = connection.execute("SELECT id FROM projects WHERE name = ?", (name.strip(),)).fetchone()
    return None if row is None else row[0]


def _set_labels(connection: sqlite3.Connection, id: int, labels: Iterable[ProjectLabel]) -> None:
    labels = list(labels)
    _check_labels(labels)
    connection.execute("DELETE FROM project_labels WHERE project_id = ?", (id,))
    connection.executemany(
        "INSERT INTO project_labels (project_id, position, name, shown, color, shortcut) VALUES (?, ?, ?, ?, ?, ?)",
        [(id, i, one.name, one.shown or one.name, one.color, one.key) for i, one in enumerate(labels)],
    )


def _check_labels(labels: Sequence[ProjectLabel]) -> None:
    names = [label.name for label in labels]
    if any(not name.strip() for name in names):
        raise BadInput("A label needs a name, but one is empty.")
    keys = [label.key for label in labels if label.key is not None]
    for what, values in (("label", names), ("key", keys)):
        if twice := [value for value in values if values.count(value) > 1]:
            raise BadInput(f"The {what} {twice[0]!r} occurs twice in the project; give each label one of its own.")
