"""A source of models enters; the one that serves now, for whoever waits for it, and a state to show to people leave."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from biobert_demo.documents import Document
from biobert_demo.errors import BiobertDemoError, ModelUnavailable

if TYPE_CHECKING:
    from biobert_demo.recognition import Suggestions

_LOG = logging.getLogger(__name__)

POLL_SECONDS = 1.0
"""How often the page looks whether another model was promoted: one row of the store."""

_WARM_UP = Document("warm-up", "An allergy to penicillin can cause an anaphylactic reaction.")


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
class ModelChoice:
    """The model that should serve: its folder, and its number and version where it is in the registry.

    `problem` says, in a sentence, that this is not what people chose, or may not be. Such a choice serves where nothing
    else does, and never takes the place of a model that serves already.
    """

    folder: Path = Path()
    version: str = ""
    number: int | None = None
    problem: str = ""

    @property
    def key(self) -> tuple[Path, str]:
        """What has to be loaded anew where it differs."""
        return self.folder, self.version


class ModelSource(Protocol):
    """Where models come from. `current` is asked every second, and is called by one thread at a time, as `load` is."""

    def current(self) -> ModelChoice: ...

    def load(self, choice: ModelChoice) -> Recognizer: ...

    def instead_of(self, choice: ModelChoice, problem: str) -> ModelChoice | None:
        """What to serve where a choice cannot be loaded and nothing serves yet; None where nothing is left."""
        ...


@dataclass(frozen=True, slots=True)
class FixedSource:
    """One model, which never changes."""

    make: Callable[[], Recognizer]

    def current(self) -> ModelChoice:
        return ModelChoice()

    def load(self, choice: ModelChoice) -> Recognizer:
        return self.make()

    def instead_of(self, choice: ModelChoice, problem: str) -> None:
        return None


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """`kind` is "loading", "ready" or "failed"; `sentence` is what a person reads, with `problem` where there is one.

    `version` is that of the model that serves, empty while none does; `number` its number in the registry.
    """

    kind: str
    sentence: str
    version: str = ""
    number: int | None = None
    problem: str = ""


class ServedModel:
    """A model at work. What is asked of one of these comes from the same weights, whatever is promoted meanwhile."""

    def __init__(self, recognizer: Recognizer, since: datetime) -> None:
        self.recognizer = recognizer
        self.since = since
        self._one_at_a_time = threading.Lock()

    @property
    def version(self) -> str:
        """The version that stands in its annotations."""
        return self.recognizer.version

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels it can predict."""
        return self.recognizer.labels

    def recognize(self, documents: Iterable[Document]) -> list[Document]:
        """The documents with predicted annotations; callers from several threads take turns at the model."""
        with self._one_at_a_time:
            return list(self.recognizer.recognize(documents))

    def suggest(self, documents: Iterable[Document]) -> list[Suggestions]:
        """The same with what else the model thought of, for those who review; takes turns likewise."""
        with self._one_at_a_time:
            return list(self.recognizer.suggest(documents))

    def explain(self, text: str) -> dict[str, Any]:
        """What the model makes of a sentence, piece by piece (see EntityRecognizer.explain)."""
        with self._one_at_a_time:
            return self.recognizer.explain(text)


class ModelState:
    """Loads the model in a thread of its own, so that a page can be shown before, and follows the source from then on.

    Another model is loaded and tried beside the one that serves. Then one reference changes: whoever asks afterwards
    gets the new model, whoever asked before is answered by the old one, which goes with its last answer.
    """

    def __init__(
        self,
        source: ModelSource | Callable[[], Recognizer],
        poll_seconds: float | None = POLL_SECONDS,
        clock: Callable[[], datetime] = datetime.now,
    ) -> None:
        """A function as source is one model that never changes. Without `poll_seconds` only `follow` looks for another."""
        self._source: ModelSource = FixedSource(source) if callable(source) else source
        self._poll_seconds = None if callable(source) else poll_seconds
        self._clock = clock
        self._thread = threading.Thread(target=self._run, name="load-model", daemon=True)
        self._settled = threading.Event()
        self._stopping = threading.Event()
        self._starting = threading.Lock()
        self._following = threading.Lock()
        self._served: ServedModel | None = None
        self._chosen = ModelChoice()
        self._refused: tuple[Path, str] | None = None
        self._swapped: list[Callable[[str], None]] = []
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

    def stop(self) -> None:
        """Look for no other model any more; the one that serves stays."""
        self._stopping.set()

    def wait(self, timeout: float | None = None) -> ModelStatus:
        """The state once the first model has loaded, or could not be, or after `timeout` seconds."""
        self.start()
        self._settled.wait(timeout)
        return self._status

    def serving(self) -> ServedModel:
        """The model that serves now, once there is one; raises ModelUnavailable with the sentence of what went wrong.

        Whoever asks twice, and needs both answers from the same model, keeps this object between.
        """
        status = self.wait()
        served = self._served
        if served is None:
            raise ModelUnavailable(status.sentence)
        return served

    def recognize(self, documents: Iterable[Document]) -> list[Document]:
        """The documents with predicted annotations, all by one model."""
        return self.serving().recognize(documents)

    def explain(self, text: str) -> dict[str, Any]:
        """What the model makes of a sentence, piece by piece (see EntityRecognizer.explain)."""
        return self.serving().explain(text)

    def on_swap(self, call: Callable[[str], None]) -> None:
        """Call a function with the version of each model that has begun to serve, the first one included."""
        self._swapped.append(call)

    def follow(self) -> None:
        """Look once whether another model should serve, and if so load it, try it, and let it serve."""
        with self._following:
            choice = self._source.current()
            if self._served is None:
                self._load_first(choice)
            elif choice.key == self._chosen.key:
                # The same weights, perhaps registered or promoted under a number since.
                self._refused = None
                self._chosen = choice
                self._tell(self._served, choice)
            elif choice.problem or choice.key == self._refused:
                self._tell(self._served, replace(self._chosen, problem=choice.problem or self._chosen.problem))
            else:
                self._load_next(self._served, choice)

    def _run(self) -> None:
        self._follow_safely()
        self._settled.set()
        while self._poll_seconds is not None and not self._stopping.wait(self._poll_seconds):
            self._follow_safely()

    def _follow_safely(self) -> None:
        try:
            self.follow()
        except Exception as error:  # the thread must live on, and those who wait must be told
            _LOG.exception("Looking for the model to serve failed.")
            if self._served is None:
                self._status = ModelStatus("failed", _describe(error))

    def _load_first(self, wanted: ModelChoice) -> None:
        if wanted.key == self._refused:
            return
        choice: ModelChoice | None = wanted
        tried: set[tuple[Path, str]] = set()
        problem = ""
        while choice is not None and choice.key not in tried:
            tried.add(choice.key)
            try:
                # Not tried on a sentence, as the next one is: nothing serves meanwhile, and somebody waits.
                recognizer = self._source.load(choice)
            except Exception as error:  # whatever a library raises, the page must say so instead of waiting for ever
                problem = _explain_failure(error)
                choice = self._source.instead_of(choice, problem)
            else:
                self._serve(recognizer, choice, refused=None if choice.key == wanted.key else wanted.key)
                return
        self._refused = wanted.key
        self._status = ModelStatus("failed", problem)

    def _load_next(self, present: ServedModel, choice: ModelChoice) -> None:
        name = _name(choice)
        self._tell(present, replace(self._chosen, problem=""), f"; {name} is being loaded")
        try:
            recognizer = self._source.load(choice)
            list(recognizer.suggest([_WARM_UP]))
        except Exception as error:  # a model that cannot be loaded or run must not take the place of one that can
            self._refused = choice.key
            problem = f"{name[0].upper()}{name[1:]} was not taken over: {_explain_failure(error)}"
            self._chosen = replace(self._chosen, problem=problem)
            self._tell(present, self._chosen)
        else:
            self._serve(recognizer, choice)

    def _serve(self, recognizer: Recognizer, choice: ModelChoice, refused: tuple[Path, str] | None = None) -> None:
        served = ServedModel(recognizer, self._clock())
        # One assignment: whoever asks gets the old one or the new one, never parts of both.
        self._served = served
        self._refused, self._chosen = refused, choice
        self._tell(served, choice)
        self._settled.set()
        for call in self._swapped:
            call(served.version)

    def _tell(self, served: ServedModel, choice: ModelChoice, more: str = "") -> None:
        self._status = ModelStatus(
            "ready", _say_serving(served, choice, self._clock()) + more, served.version, choice.number, choice.problem
        )


def _say_serving(served: ServedModel, choice: ModelChoice, now: datetime) -> str:
    if choice.number is None:
        return "Model ready"
    since = f"{served.since:%H:%M}"
    if served.since.date() != now.date():
        since = f"{served.since.day} {served.since:%B}, {since}"
    return f"Model {choice.number} is serving since {since}"


def _name(choice: ModelChoice) -> str:
    return "the model of the settings" if choice.number is None else f"model {choice.number}"


def _explain_failure(error: Exception) -> str:
    if isinstance(error, BiobertDemoError):
        return str(error)
    _LOG.error("The model did not load.", exc_info=error)
    return _describe(error)


def _describe(error: Exception) -> str:
    reason = f"{type(error).__name__}: {str(error)[:300]}"
    return f"The model did not load ({reason}); see the terminal for details, then restart."
