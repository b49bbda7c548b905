"""Names, labels, changes of labels and guidelines enter; projects, each a set of documents of its own, leave."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, replace

from biobert_demo.annotations import LABELS
from biobert_demo.errors import BadInput
from biobert_demo.label_changes import check_change, explain_change
from biobert_demo.labels import LabelChange, LabelNames
from biobert_demo.store.database import Database
from biobert_demo.store.labels import (
    ProjectLabel,
    change_label,
    check_labels,
    count_label,
    load_labels,
    load_names,
    met_labels,
    write_labels,
)

DEFAULT_NAME = "My texts"


@dataclass(frozen=True, slots=True)
class Project:
    """A set of documents with its labels, in the order people chose, and its guideline in Markdown.

    `hidden` are labels that were put aside: they are not among `labels`, and what has them stays in the store.
    """

    id: int
    name: str
    labels: tuple[ProjectLabel, ...]
    guideline: str
    created: str
    hidden: tuple[ProjectLabel, ...] = ()

    @property
    def label_names(self) -> tuple[str, ...]:
        """The names of the labels that can be given."""
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
        author: str = "",
    ) -> Project:
        """The project with what is given changed; spans of labels that are left out stay as they are.

        `labels` are those that are not hidden. A name that is new there is a new label: `change_labels` renames.
        """
        with self._database.write() as connection:
            project = load_project(connection, id)
            if name is not None and name.strip() != project.name:
                connection.execute("UPDATE projects SET name = ? WHERE id = ?", (_free_name(connection, name), id))
            if guideline is not None:
                connection.execute("UPDATE projects SET guideline = ? WHERE id = ?", (guideline, id))
            if labels is not None:
                _set_labels(connection, project, check_labels(labels), author, self._database.now())
            return load_project(connection, id)

    def names(self, id: int) -> LabelNames:
        """What the project's labels are called now, which are hidden, and what each earlier name means."""
        with self._database.read() as connection:
            load_project(connection, id)
            return load_names(connection, id)

    def change_labels(self, id: int, changes: Iterable[LabelChange], author: str) -> Project:
        """The project after changes of its labels, all or none of them; the history keeps them, with their author.

        Raises BadInput where one cannot be made.
        """
        with self._database.write() as connection:
            load_project(connection, id)
            for change in changes:
                change_label(
                    connection,
                    id,
                    LabelChange(change.act, change.old, change.new, author.strip(), self._database.now()),
                )
            return load_project(connection, id)

    def explain(self, id: int, changes: Iterable[LabelChange]) -> tuple[str, ...]:
        """What each of some changes would mean for the work done so far; raises BadInput where one cannot be made."""
        told = []
        with self._database.read() as connection:
            names = load_names(connection, id)
            met = met_labels(connection, id)
            for change in changes:
                checked = check_change(names, change, met)
                mentions, documents = count_label(connection, id, change.old, names)
                told.append(explain_change(checked, mentions, documents, names.mergeable_back().get(change.old, "")))
                names = names.after(checked)
        return tuple(told)

    def count_label(self, id: int, label: str) -> tuple[int, int]:
        """(mentions, texts) that have a label now, of all reviewers; those where it was rejected are left out."""
        with self._database.read() as connection:
            return count_label(connection, id, label)

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

    def add_labels(self, id: int, names: Iterable[str], author: str = "") -> Project:
        """The project with further labels at the end, shown by their names; those it has are left as they are."""
        with self._database.write() as connection:
            add_labels(connection, id, names, author, self._database.now())
            return load_project(connection, id)


def load_project(connection: sqlite3.Connection, id: int) -> Project:
    """The project with an id; raises BadInput where there is none."""
    row = connection.execute("SELECT name, guideline, created FROM projects WHERE id = ?", (id,)).fetchone()
    if row is None:
        raise BadInput(f"There is no project {id}; choose one of the list, or create it.")
    names = load_names(connection, id)
    labels = load_labels(connection, id)
    visible = tuple(label for label in labels if label.name not in names.hidden)
    hidden = tuple(label for label in labels if label.name in names.hidden)
    return Project(id, row[0], visible, row[1], row[2], hidden)


def add_labels(connection: sqlite3.Connection, id: int, names: Iterable[str], author: str, now: str) -> list[str]:
    """Add the labels that the project lacks, and return them; an earlier name of one that it has is that one."""
    new = []
    for name in dict.fromkeys(names):
        known = load_names(connection, id)
        if known.of(name) not in known.labels:
            change_label(connection, id, LabelChange("add", name, "", author, now), is_given=False)
            new.append(name)
    return new


def _create(
    connection: sqlite3.Connection, name: str, labels: Iterable[ProjectLabel] | None, guideline: str, now: str
) -> Project:
    cursor = connection.execute(
        "INSERT INTO projects (name, guideline, created) VALUES (?, ?, ?)",
        (_free_name(connection, name), guideline, now),
    )
    id = int(cursor.lastrowid or 0)
    write_labels(connection, id, standard_labels() if labels is None else check_labels(labels))
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


def _set_labels(
    connection: sqlite3.Connection, project: Project, labels: list[ProjectLabel], author: str, now: str
) -> None:
    for place, label in enumerate(labels):
        if label.name not in project.label_names:
            made = change_label(connection, project.id, LabelChange("add", label.name, "", author, now))
            labels[place] = replace(label, name=made.old)
    wanted = {label.name for label in labels}
    for name in (name for name in project.label_names if name not in wanted):
        change_label(connection, project.id, LabelChange("remove", name, "", author, now))
    write_labels(connection, project.id, [*labels, *project.hidden])
