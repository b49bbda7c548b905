"""A store with reviews and a tiny model enter `learn`; a run that ended, and a model that serves or does not, leave."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from biobert_demo.alignment import TagSet
from biobert_demo.annotations import LABEL_NAMES, Annotation
from biobert_demo.documents import Document
from biobert_demo.models import ModelRegistry
from biobert_demo.recognition import EntityRecognizer
from biobert_demo.settings import Settings
from biobert_demo.store import Store
from trainer import judgement, learning, replay
from trainer.corrections import is_held_out
from trainer.dry_run import build_tiny_encoder
from trainer.fine_tuning import set_seed
from trainer.ner import load_encoder
from trainer.presets import Preset
from trainer.replay import GoldDocument, gold_document, read_gold, write_gold

NAMES = ("BRX7", "QLM2", "TRP9", "ZAK4", "NUP6")
VERBS = ("inhibits", "causes", "measured", "given", "infected", "absent")
QUICK = {
    "learning_rate": 5e-3, "epochs": 60, "least_pieces": 200, "most_pieces": 24_000, "pieces_per_batch": 128,
    "evaluations": 2, "replay_ratio": 0.3, "kept_share": 1.0, "replays_gold": True,
}  # fmt: skip


def sentence(number: int) -> Document:
    rng = random.Random(number)
    name, other = rng.sample(NAMES, 2)
    text = f"We {rng.choice(VERBS)} {name} in mice {number} times and {other} twice."
    spans = [Annotation(text.index(one), text.index(one) + 4, one, "Gene") for one in (name, other)]
    return Document(f"d{number}", text, annotations=tuple(sorted(spans, key=lambda span: span.key)))


@pytest.fixture(scope="module")
def start_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A token classifier that knows nothing yet, small enough to learn in seconds."""
    folder = tmp_path_factory.mktemp("start")
    texts = [sentence(n).text for n in range(400)]
    build_tiny_encoder(folder / "encoder", texts, layers=1, size=32)
    set_seed(1)
    encoder = Preset(str(folder / "encoder"), 3e-3, 1, encoder_dropout=0.0)
    model, tokenizer = load_encoder(encoder, TagSet(LABEL_NAMES))
    with torch.no_grad():
        model.classifier.bias[0] += 2.0
    model.save_pretrained(folder / "model")
    tokenizer.save_pretrained(folder / "model")
    return folder / "model"


@pytest.fixture
def home(tmp_path: Path, start_model: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BIOBERT_DEMO_HOME", str(tmp_path))
    monkeypatch.setenv("BIOBERT_DEMO_NER_MODEL", str(start_model))
    old = [GoldDocument("bc2gm", gold_document(sentence(n), ["Gene"])) for n in range(1_000, 1_012)]
    for module, name in ((learning, "REPLAY_FILE"), (judgement, "GOLD_FILE")):
        path = tmp_path / f"{module.__name__}-{name}.jsonl.gz"
        write_gold(old, path)
        monkeypatch.setattr(module, name, path)
    monkeypatch.setattr(judgement, "ENOUGH_MENTIONS", 1)
    # They are about a model that knows English; what is made of them is tested in test_gate and test_sentences.
    monkeypatch.setattr(judgement, "must_not_break", lambda home: [])
    return tmp_path


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    with Store.open(home, backups=False) as opened:
        yield opened


def correct(store: Store, documents: list[Document], author: str = "Ann") -> None:
    store.reviews.import_gold(store.projects.default().id, documents, author, LABEL_NAMES, print)


def queue(store: Store, **settings: Any) -> int:
    return store.runs.queue("ner", trigger="hand", author="Ann", settings={**QUICK, **settings}).id


def registry(store: Store) -> ModelRegistry:
    return ModelRegistry(store, Settings.from_environment())


def test_corrections_become_a_model_that_serves(store: Store) -> None:
    documents = [sentence(n) for n in range(40)]
    correct(store, documents)
    run = queue(store)
    assert learning.learn(run) == 0
    ended = store.runs.get(run)
    assert ended.state == "promoted", ended.message
    promoted = registry(store).promoted("ner")
    assert (promoted.number, promoted.run_id, promoted.parent_id) == (2, run, 1)
    assert "serves now" in ended.message
    recognizer = EntityRecognizer.load(registry(store).folder_of(promoted))
    assert recognizer.version == promoted.version
    unseen = sentence(77)
    assert [a.key for a in recognizer.annotate(unseen.text)] == [a.key for a in unseen.annotations]
    card = (registry(store).folder_of(promoted) / "README.md").read_text(encoding="utf-8")
    assert promoted.data_hash in card
    assert "**Promoted.**" in card


def test_what_a_run_did_is_in_the_store(store: Store) -> None:
    documents = [sentence(n) for n in range(40)]
    correct(store, documents)
    run = queue(store)
    learning.learn(run)
    examples = store.runs.examples(run)
    assert {one.document_id for one in examples} == set(store.documents.ids(store.projects.default().id))
    assert {one.part for one in examples if is_held_out(one.hash)} == {"held_out"}
    assert {one.part for one in examples if not is_held_out(one.hash)} == {"training"}
    metrics = store.runs.metrics(run)
    assert any(row.get("loss") for row in metrics)
    assert any(row.get("dev_f1") is not None for row in metrics)
    counts = store.runs.count_changes(run)
    assert counts["now_right"] > 20
    scores = registry(store).promoted("ner").scores["sets"]
    assert scores[0]["name"] == "corrections"
    assert scores[0]["after"] > scores[0]["before"]


def test_a_model_that_learned_nothing_is_refused_and_the_served_one_stays(store: Store, start_model: Path) -> None:
    before = (start_model / "model.safetensors").read_bytes()
    correct(store, [sentence(n) for n in range(20)])
    run = queue(store, learning_rate=1e-12, most_pieces=200)
    assert learning.learn(run) == 3
    ended = store.runs.get(run)
    assert ended.state == "refused"
    assert ended.model_id is not None
    assert store.models.get(ended.model_id).state == "refused"
    assert registry(store).promoted("ner").number == 1
    assert (start_model / "model.safetensors").read_bytes() == before


def test_few_held_out_mentions_are_helped_by_cross_fitting(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judgement, "ENOUGH_MENTIONS", 1_000)
    correct(store, [sentence(n) for n in range(16)])
    run = queue(store)
    learning.learn(run)
    model = store.models.get(store.runs.get(run).model_id or 0)
    names = [one["name"] for one in model.scores["sets"]]
    assert "corrections, cross-fitted 1" in names
    assert model.scores["sets"][0]["documents"] == 16


def test_a_second_run_starts_from_the_first_ones_model(store: Store) -> None:
    correct(store, [sentence(n) for n in range(40)])
    learning.learn(queue(store))
    assert registry(store).promoted("ner").number == 2
    correct(store, [sentence(n) for n in range(40, 60)])
    run = queue(store)
    learning.learn(run)
    model = store.models.get(store.runs.get(run).model_id or 0)
    assert model.parent_id == registry(store).find("ner", 2).id


def test_a_label_of_ones_own_is_learned(store: Store) -> None:
    relabelled = []
    for n in range(40):
        one = sentence(n)
        start = one.text.index("mice")
        spans = [*one.annotations, Annotation(start, start + 4, "mice", "CellLine")]
        relabelled.append(one.with_annotations(spans))
    store.reviews.import_gold(store.projects.default().id, relabelled, "Ann", None, print)
    run = queue(store)
    assert learning.learn(run) == 0, store.runs.get(run).message
    model = registry(store).promoted("ner")
    assert model.labels == (*LABEL_NAMES, "CellLine")
    found = EntityRecognizer.load(registry(store).folder_of(model)).annotate(sentence(88).text)
    assert "CellLine" in {a.label for a in found}


@pytest.mark.parametrize(
    ("settings", "sentence_part"),
    [
        ({"no_such_setting": 1}, "no_such_setting"),
        ({"learning_rate": "fast"}, "learning_rate"),
        ({"method": 3}, "method"),
    ],
)
def test_settings_that_are_none_fail_the_run_with_a_sentence(
    store: Store, settings: dict[str, Any], sentence_part: str
) -> None:
    correct(store, [sentence(1)])
    run = queue(store, **settings)
    assert learning.learn(run) == 1
    assert store.runs.get(run).state == "failed"
    assert sentence_part in store.runs.get(run).message


def test_nothing_to_learn_from_fails_the_run_with_a_sentence(store: Store) -> None:
    run = queue(store)
    assert learning.learn(run) == 1
    assert "nothing to learn from" in store.runs.get(run).message


def test_a_base_model_that_is_gone_fails_the_run_with_a_sentence(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BIOBERT_DEMO_NER_MODEL", str(tmp_path / "gone"))
    correct(store, [sentence(1)])
    run = queue(store)
    assert learning.learn(run) == 1
    assert "gone" in store.runs.get(run).message


@pytest.mark.parametrize(
    "error", [MemoryError(), RuntimeError("[enforce fail] DefaultCPUAllocator: not enough memory")]
)
def test_no_free_memory_is_said_plainly(store: Store, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    correct(store, [sentence(n) for n in range(5)])

    def fail(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr("trainer.adaptation.adapt", fail)
    run = queue(store)
    assert learning.learn(run) == 1
    assert "not enough memory" in store.runs.get(run).message
    assert "unchanged" in store.runs.get(run).message


def test_a_cancelled_run_stops_at_its_next_beat(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    correct(store, [sentence(n) for n in range(20)])
    run = queue(store)
    monkeypatch.setattr("trainer.pulse.BEAT_SECONDS", 0.0)
    original = store.runs.__class__.add_metrics

    def cancel_then_add(self: Any, id: int, rows: Any) -> None:
        store.runs.request_cancel(run, "Bob")
        original(self, id, rows)

    monkeypatch.setattr(store.runs.__class__, "add_metrics", cancel_then_add)
    assert learning.learn(run) == 130
    assert store.runs.get(run).state == "cancelled"
    assert len(store.models.list("ner")) == 1


def test_a_stopped_process_leaves_its_run_to_go_on_and_a_later_one_ends_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    correct(store, [sentence(n) for n in range(40)])
    run = queue(store, save_minutes=0.0)
    original = store.runs.__class__.add_metrics
    with monkeypatch.context() as patch:

        def stop_then_add(self: Any, id: int, rows: Any) -> None:
            original(self, id, rows)
            os.kill(os.getpid(), 15)

        patch.setattr(store.runs.__class__, "add_metrics", stop_then_add)
        assert learning.learn(run) == 130
    assert store.runs.get(run).state == "running"
    store.runs.recover(lambda _: False, is_failure=False)
    # What is corrected meanwhile waits for the next run.
    correct(store, [sentence(n) for n in range(200, 220)])
    assert learning.learn(run) == 0
    assert len(store.runs.examples(run)) == 40
    steps = [row["step"] for row in store.runs.metrics(run)]
    assert steps[0] < steps[-1]


def test_shipped_samples_are_readable_and_say_what_they_cover() -> None:
    for path in (replay.SAMPLES / "replay.jsonl.gz", replay.SAMPLES / "gold.jsonl.gz"):
        documents = read_gold(path)
        assert {one.corpus for one in documents} - {replay.UNLABELLED} == {share.corpus for share in replay.SHARES}
        assert all(one.reviewed.is_complete != (one.corpus == replay.UNLABELLED) for one in documents)
        assert {label for one in documents for label in one.reviewed.labels} == set(LABEL_NAMES)
