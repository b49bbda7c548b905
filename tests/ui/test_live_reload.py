"""A real server under load and promotions back and forth enter; no request may fail, and no answer may mix two models."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from model_lab import Lab

from biobert_demo.app import load_recognizer
from biobert_demo.store import ModelVersion
from biobert_demo.ui.model_state import ModelState
from biobert_demo.ui.page import build_page, launch_options
from biobert_demo.ui.people import People
from biobert_demo.ui.promoted_models import PromotedModels
from biobert_demo.ui.review import Workplace

TEXT = "An allergy to penicillin. Velocumab inhibits BRX7 in mice with chronic lumositis."
ROUNDS = 20
ASKING = 4
LIMIT = 120
"""Seconds, for machines that are busy with other work; every wait ends as soon as what it waits for is there."""


class Server:
    """The page on a port of its own, with two models in its registry, each of which finds words that the other does not."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.versions = [
            lab.add("chemicals", {"penicillin": "Chemical", "velocumab": "Chemical"}),
            lab.add("others", {"allergy": "Disease", "mice": "Species", "lumositis": "Disease"}),
        ]
        self.words = {
            self.versions[0].version: ["penicillin", "Velocumab"],
            self.versions[1].version: ["allergy", "mice", "lumositis"],
        }
        lab.promote(self.versions[0])
        self.models = ModelState(PromotedModels(lab.settings, lab.stores, load_recognizer), poll_seconds=None)
        self.page = build_page(Workplace(self.models, lab.stores, People(), lab.settings))
        _, self.address, _ = self.page.launch(server_name="127.0.0.1", prevent_thread_lock=True, **launch_options())
        self.models.wait()

    def client(self) -> Any:
        from gradio_client import Client

        return Client(self.address, verbose=False)

    def serve(self, model: ModelVersion) -> None:
        self.lab.promote(model, "rollback")
        self.models.follow()


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, lexicon_model: Path, make_lexicon: Callable[..., Path]
) -> Iterator[Server]:
    made = Server(Lab(tmp_path_factory.mktemp("home"), lexicon_model, make_lexicon))
    yield made
    made.page.close(verbose=False)
    made.lab.stores.close()


class Answers:
    """What the clients were told, and a way to wait for more of it."""

    def __init__(self) -> None:
        self.given: list[Any] = []
        self.failed: list[BaseException] = []
        self.is_over = threading.Event()
        self._changed = threading.Condition()

    def collect(self, client: Any) -> None:
        while not self.is_over.is_set():
            try:
                answer = client.predict(TEXT, api_name="/annotate")
            except BaseException as error:  # whatever a request fails with, the test must know
                self.failed.append(error)
                self.is_over.set()
            else:
                self.given.append(answer)
            with self._changed:
                self._changed.notify_all()

    def wait_for(self, more: int) -> None:
        wanted = len(self.given) + more
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.given) >= wanted or bool(self.failed), LIMIT)


def test_under_load_no_request_fails_and_each_answer_is_one_models(server: Server) -> None:
    answers = Answers()
    threads = [threading.Thread(target=answers.collect, args=(server.client(),), daemon=True) for _ in range(ASKING)]
    for thread in threads:
        thread.start()
    answers.wait_for(ASKING)
    for number in range(1, ROUNDS + 1):
        server.serve(server.versions[number % 2])
        # Requests of before and after are in each round.
        answers.wait_for(2)
    answers.is_over.set()
    for thread in threads:
        thread.join(LIMIT)
    assert answers.failed == []
    seen = set()
    for answer in answers.given:
        seen.add(answer["model"])
        assert [TEXT[span["start"] : span["end"]] for span in answer["spans"]] == server.words[answer["model"]]
    assert seen == set(server.words)
    assert len(answers.given) >= ASKING + 2 * ROUNDS


def test_after_a_rollback_the_answer_is_the_same_to_the_byte(server: Server) -> None:
    client = server.client()

    def answer() -> bytes:
        return json.dumps(client.predict(TEXT, api_name="/annotate")).encode()

    first, second = server.versions
    server.serve(first)
    before = answer()
    server.serve(second)
    assert answer() != before
    server.lab.registry.rollback("ner", author="Ann")
    server.models.follow()
    assert server.models.status.version == first.version
    assert answer() == before


def test_a_folder_damaged_before_or_while_it_serves_disturbs_no_request(server: Server) -> None:
    client = server.client()
    first, second = server.versions
    server.serve(first)
    before = client.predict(TEXT, api_name="/annotate")
    restore_first = server.lab.damage(first)
    server.models.follow()
    assert client.predict(TEXT, api_name="/annotate") == before
    server.lab.promote(second)
    restore_second = server.lab.damage(second)
    server.models.follow()
    assert client.predict(TEXT, api_name="/annotate") == before
    assert f"Model {second.number} ({second.version}) is promoted, but cannot serve" in server.models.status.problem
    restore_first()
    restore_second()
    server.serve(first)
    assert server.models.status.problem == ""
