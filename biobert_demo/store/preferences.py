"""What an author prefers enters under a name; the same JSON value leaves."""

from __future__ import annotations

import json
from typing import Any

from biobert_demo.errors import BadInput
from biobert_demo.store.database import Database
from biobert_demo.store.rows import to_json


class Preferences:
    """`store.preferences`: key remaps and the like, for each author."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, author: str, key: str, default: Any = None) -> Any:
        """The value set last, or the default."""
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT value FROM preferences WHERE author = ? AND name = ?", (author, key)
            ).fetchone()
            return default if row is None else json.loads(row[0])

    def set(self, author: str, key: str, value: Any) -> None:
        """Keep a value; raises BadInput where it is no JSON."""
        try:
            text = to_json(value)
        except (TypeError, ValueError) as error:
            raise BadInput(f"The preference {key!r} must be JSON, but it is not ({error}).") from error
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO preferences (author, name, value, updated) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (author, name) DO UPDATE SET value = excluded.value, updated = excluded.updated",
                (author, key, text, self._database.now()),
            )
