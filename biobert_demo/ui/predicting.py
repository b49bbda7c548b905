"""Stored texts that the model has not read yet enter; their predictions, now for one and ahead for many, leave."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from biobert_demo.errors import BiobertDemoError
from biobert_demo.store import StoredDocument
from biobert_demo.ui.model_state import ModelState, ServedModel
from biobert_demo.ui.store_state import StoreState

_LOG = logging.getLogger(__name__)

AT_ONCE = 4
"""Documents a batch of the background: whoever opens a document waits for one such batch at most."""

MOST_AHEAD = 2_000
"""Documents waiting for the background; beyond that the command line is the tool, or the next opening."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Which model's predictions a document has now: a `version`, None where no model serves; or why it has none."""

    version: str | None
    problem: str | None = None


class Predictor:
    """Reads with the model that serves and keeps what it found in the store, under that model's version."""

    def __init__(self, models: ModelState, stores: StoreState) -> None:
        self._models = models
        self._stores = stores
        self._waiting: dict[int, None] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self.finished = 0
        """How many documents the background has read, so that those who rank know when there is news."""

    @property
    def version(self) -> str | None:
        """The version of the model that serves now, None while none does."""
        return self._models.status.version or None

    def read_now(self, stored: StoredDocument) -> Reading:
        """Make sure that the document has the predictions of the model that serves now."""
        version = None
        try:
            served = self._models.serving()
            version = served.version
            if not self._stores.store().predictions.has(stored.hash, version):
                self._read(served, [stored])
        except BiobertDemoError as error:
            return Reading(version, str(error))
        except (RuntimeError, MemoryError) as error:  # torch's own errors are RuntimeErrors
            _LOG.exception("Reading document %s failed.", stored.id)
            reason = f"{type(error).__name__}: {str(error)[:200]}"
            return Reading(version, f"The model stopped ({reason}); there are no new suggestions.")
        return Reading(version)

    def read_ahead(self, first: Iterable[int], last: Iterable[int] = ()) -> None:
        """Read documents in the background: the `first` before those that wait already, the `last` after them."""
        with self._changed:
            self._waiting = dict.fromkeys([*first, *self._waiting, *last][:MOST_AHEAD])
            if self._waiting and self._thread is None:
                self._thread = threading.Thread(target=self._work, name="read-ahead", daemon=True)
                self._thread.start()
            self._changed.notify()

    def read_anew(self, version: str) -> None:
        """Another model serves: read in the background what its predecessors had read, open documents first.

        Predictions are added, and no review is touched: a person meets them when a document is opened the next time.
        """
        if not self._stores.is_there():
            return
        try:
            opened, others = self._stores.store().predictions.outdated(version, MOST_AHEAD)
        except BiobertDemoError as error:
            # Each document is read anew when it is opened.
            _LOG.warning("Open documents were not read by %s yet: %s", version, error)
            return
        self.read_ahead(opened, others)

    def _read(self, served: ServedModel, documents: Sequence[StoredDocument]) -> None:
        found = served.suggest([one.document for one in documents])
        self._stores.store().predictions.record_all(
            [(one.hash, read.document.annotations, read.others) for one, read in zip(documents, found, strict=True)],
            served.version,
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
        served = self._models.serving()
        stored = [store.documents.get(id) for id in ids]
        missing = [one for one in stored if not store.predictions.has(one.hash, served.version)]
        if missing:
            self._read(served, missing)
        self.finished += len(ids)
