"""Stored texts that the model has not read yet enter; their predictions, now for one and ahead for many, leave."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Sequence

from biobert_demo.errors import BiobertDemoError
from biobert_demo.store import StoredDocument
from biobert_demo.ui.model_state import ModelState
from biobert_demo.ui.store_state import StoreState

_LOG = logging.getLogger(__name__)

AT_ONCE = 4
"""Documents a batch of the background: whoever opens a document waits for one such batch at most."""

MOST_AHEAD = 2_000
"""Documents waiting for the background; beyond that the command line is the tool, or the next opening."""


class Predictor:
    """Reads with the page's model and keeps what it found in the store."""

    def __init__(self, models: ModelState, stores: StoreState) -> None:
        self._models = models
        self._stores = stores
        self._waiting: dict[int, None] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self.finished = 0
        """How many documents the background has read, so that those who rank know when there is news."""

    def read_now(self, stored: StoredDocument) -> str | None:
        """Make sure that the document has the current model's predictions; the sentence why it has not, else None."""
        try:
            recognizer = self._models.recognizer()
            latest = self._stores.store().predictions.latest(stored.hash)
            if latest is None or latest.model != recognizer.version:
                self._read([stored])
        except BiobertDemoError as error:
            return str(error)
        except (RuntimeError, MemoryError) as error:  # torch's own errors are RuntimeErrors
            _LOG.exception("Reading document %s failed.", stored.id)
            return f"The model stopped ({type(error).__name__}: {str(error)[:200]}); there are no new suggestions."
        return None

    def read_ahead(self, document_ids: Iterable[int]) -> None:
        """Read these in the background, the first ones first, before those that wait already."""
        with self._changed:
            self._waiting = dict.fromkeys([*document_ids, *self._waiting][:MOST_AHEAD])
            if self._waiting and self._thread is None:
                self._thread = threading.Thread(target=self._work, name="read-ahead", daemon=True)
                self._thread.start()
            self._changed.notify()

    def _read(self, documents: Sequence[StoredDocument]) -> None:
        version = self._models.recognizer().version
        found = self._models.suggest([one.document for one in documents])
        self._stores.store().predictions.record_all(
            [(one.hash, read.document.annotations, read.others) for one, read in zip(documents, found, strict=True)],
            version,
        )

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._waiting:
                    self._changed.wait()
                ids = list(self._waiting)[:AT_ONCE]
                for id in ids:
                    del self._waiting[id]
            try:
                self._read_missing(ids)
            except (BiobertDemoError, RuntimeError, MemoryError) as error:
                # Each document is tried again when it is opened, where the person is told.
                _LOG.warning("Reading ahead stopped: %s", error)
                with self._changed:
                    self._waiting.clear()

    def _read_missing(self, ids: Sequence[int]) -> None:
        store = self._stores.store()
        version = self._models.recognizer().version
        documents = []
        for id in ids:
            stored = store.documents.get(id)
            latest = store.predictions.latest(stored.hash)
            if latest is None or latest.model != version:
                documents.append(stored)
        if documents:
            self._read(documents)
        self.finished += len(ids)
