"""Documents that an author puts off enter; the author's list of them leaves."""

from __future__ import annotations

from biobert_demo.store.database import Database
from biobert_demo.store.documents import load_document


class Queue:
    """`store.queue`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def skip(self, document_id: int, author: str) -> None:
        """Put a document off for an author; twice is the same as once."""
        with self._database.write() as connection:
            load_document(connection, document_id)
            connection.execute(
                "INSERT INTO skips (document_id, author, created) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                (document_id, author, self._database.now()),
            )

    def unskip(self, document_id: int, author: str) -> None:
        """Take a document back into an author's queue."""
        with self._database.write() as connection:
            connection.execute("DELETE FROM skips WHERE document_id = ? AND author = ?", (document_id, author))

    def skipped(self, project_id: int, author: str) -> list[int]:
        """The ids of the documents an author has put off, in the order it happened."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT k.document_id FROM skips k JOIN documents d ON d.id = k.document_id "
                "WHERE d.project_id = ? AND k.author = ? ORDER BY k.created, k.document_id",
                (project_id, author),
            )
            return [id for (id,) in rows]
