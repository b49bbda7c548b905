"""The folder where data lives enters; the store in it, opened when somebody first needs it, leaves."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from biobert_demo.errors import BiobertDemoError

if TYPE_CHECKING:
    from biobert_demo.store import Store


class StoreState:
    """Opens the store once; where that fails, each later attempt tries again, for the cause may have gone."""

    def __init__(self, open_store: Callable[[], Store], is_there: Callable[[], bool] = lambda: True) -> None:
        """`is_there` says, without touching anything, whether there is a store that need not be made first."""
        self._open = open_store
        self.is_there = is_there
        self._lock = threading.Lock()
        self._store: Store | None = None

    @classmethod
    def at(cls, home: Path) -> StoreState:
        """The store in a folder, which is made where it does not exist."""

        def open_store() -> Store:
            from biobert_demo.store import Store

            return Store.open(home)

        def is_there() -> bool:
            from biobert_demo.store.store import find_file

            return find_file(home).is_file()

        return cls(open_store, is_there)

    def store(self) -> Store:
        """The store; raises StoreUnavailable with the sentence of what is wrong."""
        with self._lock:
            if self._store is None:
                self._store = self._open()
            return self._store

    def why_not(self) -> str | None:
        """The sentence why there is no store; None where there is one."""
        try:
            self.store()
        except BiobertDemoError as error:
            return str(error)
        return None

    def close(self) -> None:
        """Close the store, if it was ever opened."""
        with self._lock:
            if self._store is not None:
                self._store.close()
                self._store = None
