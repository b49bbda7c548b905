"""A function that loads a model enters; the model, for whoever waits for it, and a state to show to people leave."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from biobert_demo.documents import Document
from biobert_demo.errors import BiobertDemoError, ModelUnavailable

if TYPE_CHECKING:
    from biobert_demo.recognition import Suggestions

_LOG = logging.getLogger(__name__)


class Recognizer(Protocol):
    """What the page asks of a recogniser; `biobert_demo.recognition.EntityRecognizer` is the one that ships."""

    @property
    def version(self) -> str: ...

    @property
    def labels(self) -> tuple[str, ...]: ...

    def recognize(self, documents: Iterable[Document]) -> Iterator[Document]: ...

    def suggest(self, documents: Iterable[Document]) -> Iterator[Suggestions]: ...

    def explain(self, text: str) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """`kind` is "loading", "ready" or "failed"; `sentence` is what a person reads."""

    kind: str
    sentence: str
    version: str = ""


class ModelState:
    """Loads a recogniser once, in a thread of its own, so that a page can be shown before the model is there."""

    def __init__(self, load: Callable[[], Recognizer]) -> None:
        self._load = load
        self._thread = threading.Thread(target=self._run, name="load-model", daemon=True)
        self._settled = threading.Event()
        self._starting = threading.Lock()
        self._one_at_a_time = threading.Lock()
        self._recognizer: Recognizer | None = None
        self._status = ModelStatus("loading", "The model is loading; what you start now waits for it.")

    @property
    def status(self) -> ModelStatus:
        """The state right now."""
        return self._status

    def start(self) -> None:
        """Begin to load, unless that has begun already."""
        with self._starting:
            if self._thread.ident is None:
                self._thread.start()

    def wait(self, timeout: float | None = None) -> ModelStatus:
        """The state once loading has ended, or after `timeout` seconds."""
        self.start()
        self._settled.wait(timeout)
        return self._status

    def recognizer(self) -> Recognizer:
        """The model, once it has loaded; raises ModelUnavailable with the sentence of what went wrong."""
        status = self.wait()
        if self._recognizer is None:
            raise ModelUnavailable(status.sentence)
        return self._recognizer

    def recognize(self, documents: Iterable[Document]) -> list[Document]:
        """The documents with predicted annotations; callers from several threads take turns at the model."""
        recognizer = self.recognizer()
        with self._one_at_a_time:
            return list(recognizer.recognize(documents))

    def suggest(self, documents: Iterable[Document]) -> list[Suggestions]:
        """The same with what else the model thought of, for those who review; takes turns likewise."""
        recognizer = self.recognizer()
        with self._one_at_a_time:
            return list(recognizer.suggest(documents))

    def explain(self, text: str) -> dict[str, Any]:
        """What the model makes of a sentence, piece by piece (see EntityRecognizer.explain)."""
        recognizer = self.recognizer()
        with self._one_at_a_time:
            return recognizer.explain(text)

    def _run(self) -> None:
        try:
            self._recognizer = self._load()
            self._status = ModelStatus("ready", "Model ready", self._recognizer.version)
        except BiobertDemoError as error:
            self._status = ModelStatus("failed", str(error))
        except Exception as error:  # whatever a library raises, the page must say so instead of waiting for ever
            self._status = ModelStatus(
                "failed",
                f"The model did not load ({type(error).__name__}: {str(error)[:300]}); "
                "see the terminal for details, then restart.",
            )
            _LOG.exception("The model did not load.")
        finally:
            self._settled.set()
