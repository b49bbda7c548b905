"""An empty folder enters; a store in it, a model that is a list of words, and what acts on both leave."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from word_list import WordListRecognizer

from biobert_demo.documents import Document
from biobert_demo.store import Store
from biobert_demo.ui.model_state import ModelState
from biobert_demo.ui.people import People
from biobert_demo.ui.predicting import Predictor
from biobert_demo.ui.review_actions import ReviewActions
from biobert_demo.ui.review_queue import Ranked, ReviewQueue
from biobert_demo.ui.store_state import StoreState


def in_order_of_adding(store: Store, project_id: int) -> Ranked:
    ids = store.documents.ids(project_id)
    return Ranked(tuple(ids), {id: (f"reason {id}",) for id in ids})


class Desk:
    """One person's page without a browser: `call(name, **payload)` is what the script's `server.NAME` does."""

    def __init__(self, home: Path, people: People | None = None, models: ModelState | None = None) -> None:
        self.stores = StoreState(lambda: Store.open(home, backups=False))
        self.people = people or People()
        self.models = models or ModelState(WordListRecognizer)
        self.predictor = Predictor(self.models, self.stores)
        self.queue = ReviewQueue(in_order_of_adding)
        self.actions = ReviewActions(self.stores, self.people, self.predictor, self.queue)
        self.request: Any = None
        self._functions = {one.__name__: one for one in self.actions.server_functions()}

    @property
    def store(self) -> Store:
        return self.stores.store()

    def add(self, *texts: str) -> list[int]:
        documents = [Document(f"d{number}", text) for number, text in enumerate(texts, 1)]
        tally = self.store.documents.add(self.store.projects.default().id, documents, lambda problem: None)
        return [*tally.added_ids, *tally.known_ids]

    def call(self, name: str, **payload: Any) -> dict[str, Any]:
        return self._functions[name](payload, self.request)

    def open(self, document: int | None = None, author: str = "ann") -> dict[str, Any]:
        answer = self.call("open_document", document=document, author=author)
        assert "error" not in answer, answer
        return answer["value"]

    def act(self, name: str, value: dict[str, Any], **payload: Any) -> dict[str, Any]:
        """An act on what `value` shows, under a key of its own."""
        review = value["review"]
        own = {"review": review["id"], "seen": review["revision"], "author": review["author"], "key": self.new_key()}
        return self.call(name, **{**own, **payload})

    def new_key(self) -> str:
        return uuid.uuid4().hex


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "home")
    yield made
    made.stores.close()


@pytest.fixture
def desk_of(tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    """A function that opens further desks on the same folder, as other processes would."""
    made: list[Desk] = []

    def make(people: People | None = None, models: ModelState | None = None) -> Desk:
        made.append(Desk(tmp_path / "home", people, models))
        return made[-1]

    yield make
    for one in made:
        one.stores.close()
