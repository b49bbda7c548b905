"""Documents enter a project; they leave with an id, each text stored once under the hash of its content."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from biobert_demo.annotations import Annotation, Relation
from biobert_demo.documents import Document, Passage
from biobert_demo.errors import BadInput, BiobertDemoError, Problem
from biobert_demo.store.database import Database
from biobert_demo.store.projects import load_project
from biobert_demo.store.rows import to_json

Report = Callable[[Problem], None]

CHUNK = 200
"""Documents a transaction: a long import leaves others room to save, and a flush to the disk is shared by many."""

SOURCE = "import"
TITLE_LENGTH = 160

DOCUMENT_COLUMNS = "d.id, d.project_id, d.hash, d.name, d.passages, d.relations, d.added, t.text"
DOCUMENT_TABLES = "documents d JOIN texts t ON t.hash = d.hash"

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A text's membership of a project. `document` has its passages and relations, and no annotations."""

    id: int
    project_id: int
    hash: str
    name: str
    document: Document
    added: str


@dataclass(frozen=True, slots=True)
class AddTally:
    """What adding documents did: the ids of new ones, and of those that the project had under the same name."""

    added_ids: tuple[int, ...] = ()
    known_ids: tuple[int, ...] = ()


class Documents:
    """`store.documents`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        project_id: int,
        documents: Iterable[Document],
        report: Report,
        suggestions_from: str | None = None,
    ) -> AddTally:
        """Add texts to a project, 200 a transaction; annotations in them become suggestions of `suggestions_from`.

        Without that name annotations are left out, which is reported. A text that cannot be stored is reported. What
        was read before an error in the iterable is kept.
        """
        added: list[int] = []
        known: list[int] = []
        left_out = 0
        with self._database.read() as connection:
            load_project(connection, project_id)
        for chunk in in_chunks(documents, CHUNK):
            with self._database.write() as connection:
                for document in chunk:
                    stored = insert_document(connection, project_id, document, self._database.now(), report)
                    if stored is None:
                        continue
                    (known if stored[1] else added).append(stored[0].id)
                    if document.annotations and suggestions_from is not None:
                        self._suggest(connection, document, suggestions_from)
                    elif document.annotations:
                        left_out += len(document.annotations)
        if left_out:
            report(
                Problem(
                    SOURCE,
                    f"{left_out} annotations were left out, since the documents were added as unreviewed texts; import "
                    "them as reviewed to keep them",
                )
            )
        return AddTally(tuple(added), tuple(known))

    def get(self, id: int) -> StoredDocument:
        """The document with an id; raises BadInput where there is none."""
        with self._database.read() as connection:
            return load_document(connection, id)

    def find(self, project_id: int, name: str) -> StoredDocument | None:
        """The document with a name; the one added last where several texts have it."""
        with self._database.read() as connection:
            row = connection.execute(
                f"SELECT {DOCUMENT_COLUMNS} FROM {DOCUMENT_TABLES} WHERE d.project_id = ? AND d.name = ? "
                "ORDER BY d.id DESC LIMIT 1",
                (project_id, name),
            ).fetchone()
            return None if row is None else decode_document(row)

    def iterate(self, project_id: int) -> Iterator[StoredDocument]:
        """All documents of a project in the order they were added; nothing is locked between two of them."""
        last = 0
        while True:
            with self._database.read() as connection:
                rows = connection.execute(
                    f"SELECT {DOCUMENT_COLUMNS} FROM {DOCUMENT_TABLES} WHERE d.project_id = ? AND d.id > ? "
                    "ORDER BY d.id LIMIT ?",
                    (project_id, last, CHUNK),
                ).fetchall()
            if not rows:
                return
            yield from map(decode_document, rows)
            last = rows[-1][0]

    def count(self, project_id: int) -> int:
        """How many documents a project has."""
        with self._database.read() as connection:
            return connection.execute("SELECT count(*) FROM documents WHERE project_id = ?", (project_id,)).fetchone()[
                0
            ]

    def ids(self, project_id: int) -> list[int]:
        """The ids of a project's documents in the order they were added."""
        with self._database.read() as connection:
            rows = connection.execute("SELECT id FROM documents WHERE project_id = ? ORDER BY id", (project_id,))
            return [id for (id,) in rows]

    def _suggest(self, connection: sqlite3.Connection, document: Document, model: str) -> None:
        from biobert_demo.store.predictions import insert_predictions

        insert_predictions(
            connection, content_hash(document.text), model, document.annotations, {}, self._database.now()
        )


def content_hash(text: str) -> str:
    """The SHA-256 of a text in UTF-8, in hexadecimal: what a text is known by."""
    return hashlib.sha256(text.encode()).hexdigest()


def in_chunks(items: Iterable[_Item], size: int) -> Iterator[list[_Item]]:
    """Lists of up to `size` items; where reading them fails with an error of ours, those before it come first."""
    chunk: list[_Item] = []
    try:
        for item in items:
            chunk.append(item)
            if len(chunk) == size:
                yield chunk
                chunk = []
    except BiobertDemoError:
        if chunk:
            yield chunk
        raise
    if chunk:
        yield chunk


def insert_document(
    connection: sqlite3.Connection, project_id: int, document: Document, now: str, report: Report
) -> tuple[StoredDocument, bool] | None:
    """(the document, whether the project had it already); None, with a report, for a text that no file can hold."""
    try:
        key = content_hash(document.text)
        document.id.encode()
    except UnicodeEncodeError as error:
        message = f"the text or its name has half of a surrogate pair at {error.start}, no character; left out"
        report(Problem(SOURCE, message, None, ascii(document.id), text_lost=True))
        return None
    row = connection.execute(
        "SELECT id FROM documents WHERE project_id = ? AND name = ? AND hash = ?", (project_id, document.id, key)
    ).fetchone()
    if row is not None:
        return load_document(connection, row[0]), True
    connection.execute(
        "INSERT INTO texts (hash, text) VALUES (?, ?) ON CONFLICT (hash) DO NOTHING", (key, document.text)
    )
    passages = to_json([(one.kind, one.start, one.end) for one in document.passages])
    relations = to_json([(one.type, one.arguments) for one in document.relations])
    cursor = connection.execute(
        "INSERT INTO documents (project_id, hash, name, title, length, passages, relations, added) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (project_id, key, document.id, _title(document), len(document.text), passages, relations, now),
    )
    bare = replace(document, annotations=())
    return StoredDocument(int(cursor.lastrowid or 0), project_id, key, document.id, bare, now), False


def _title(document: Document) -> str:
    first = document.passages[0]
    for line in document.text[first.start : first.end].split("\n"):
        if line.strip():
            return line.strip()[:TITLE_LENGTH]
    return ""


def load_document(connection: sqlite3.Connection, id: int) -> StoredDocument:
    """The document with an id; raises BadInput where there is none."""
    row = connection.execute(f"SELECT {DOCUMENT_COLUMNS} FROM {DOCUMENT_TABLES} WHERE d.id = ?", (id,)).fetchone()
    if row is None:
        raise BadInput(f"There is no document {id}; open one of the project's list.")
    return decode_document(row)


def decode_document(row: tuple[Any, ...], annotations: Iterable[Annotation] = ()) -> StoredDocument:
    """The document of a row of DOCUMENT_COLUMNS."""
    id, project_id, key, name, passages, relations, added, text = row
    document = Document(
        name,
        text,
        tuple(Passage(kind, start, end) for kind, start, end in json.loads(passages)),
        tuple(annotations),
        tuple(Relation(kind, tuple(arguments)) for kind, arguments in json.loads(relations)),
    )
    return StoredDocument(id, project_id, key, name, document, added)
