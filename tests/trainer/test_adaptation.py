"""A tiny model and a few corrections enter `adapt`; models that learned them in each of the ways leave."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from biobert_demo.annotations import LABEL_NAMES, Annotation
from biobert_demo.documents import Document
from biobert_demo.errors import BadInput
from biobert_demo.recognition import EntityRecognizer
from biobert_demo.reviewed import ReviewedDocument
from trainer import adaptation
from trainer.adaptation import METHODS, AdaptationSettings, Method, adapt, keep_share
from trainer.fine_tuning import Progress
from trainer.replay import GoldDocument

TEXTS = (
    "Velocumab inhibits the kinase BRX7 in mice.",
    "Loss of BRX7 causes lumositis in zebrafish.",
    "We measured BRX7 twice in mice given ethanol.",
)
FAST = AdaptationSettings(
    learning_rate=1e-2, epochs=100, least_pieces=200, most_pieces=7_000, pieces_per_batch=32, replay_ratio=0.3,
    evaluations=1, save_minutes=10.0, kept_share=1.0, replays_gold=True,
)  # fmt: skip


def gold(text: str, *words: str, label: str = "Gene", labels: tuple[str, ...] = LABEL_NAMES) -> ReviewedDocument:
    spans = [Annotation(text.index(word), text.index(word) + len(word), word, label) for word in words]
    return ReviewedDocument(Document(text[:9], text, annotations=tuple(spans)), frozenset(labels))


CORRECTIONS = [gold(text, "BRX7") for text in TEXTS[:2]]
REPLAY = [GoldDocument("old", gold(TEXTS[2], "mice", label="Species", labels=("Species",)))]


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "model.safetensors")


def change(folder: Path, start: Path) -> dict[str, float]:
    before = weights(start)
    return {name: (tensor - before[name]).abs().max().item() for name, tensor in weights(folder).items()}


@pytest.mark.parametrize("method", METHODS)
def test_each_method_learns_the_corrections_and_leaves_a_plain_model_folder(
    method: Method, random_cased: Path, tmp_path: Path
) -> None:
    settings = AdaptationSettings(**{**vars_of(FAST), "method": method, "pull": 1e-4})
    model, progress = adapt(random_cased, CORRECTIONS, REPLAY, LABEL_NAMES, tmp_path / "run", settings)
    assert progress.finished
    assert loss_on(model) < 0.5 * loss_on(random_cased)
    assert {name: tensor.shape for name, tensor in weights(model).items()} == {
        name: tensor.shape for name, tensor in weights(random_cased).items()
    }


def loss_on(folder: Path) -> float:
    """The mean of -log of the probability of the corrections' tags: B-Gene for BRX7, O for all other words."""
    recognizer = EntityRecognizer.load(folder)
    begin = recognizer.tag_set.begin("Gene")
    losses = []
    for one in CORRECTIONS:
        ((words, _, logits),) = recognizer.word_logits([one.document])
        logs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        tags = [begin if word.of(one.document.text) == "BRX7" else 0 for word in words]
        losses.extend(-logs[range(len(words)), tags])
    return float(np.mean(losses))


def vars_of(settings: AdaptationSettings) -> dict[str, object]:
    return {name: getattr(settings, name) for name in AdaptationSettings.__dataclass_fields__}


def test_frozen_parts_stay_bit_for_bit_as_they_were(random_cased: Path, tmp_path: Path) -> None:
    settings = AdaptationSettings(**{**vars_of(FAST), "method": "frozen", "epochs": 2})
    model, _ = adapt(random_cased, CORRECTIONS, REPLAY, LABEL_NAMES, tmp_path / "run", settings)
    moved = {name for name, most in change(model, random_cased).items() if most > 0}
    assert not any(".embeddings." in name or ".layer.0." in name for name in moved)
    assert any(".layer.1." in name for name in moved)
    assert any("classifier" in name for name in moved)


def test_a_pull_to_the_start_keeps_the_weights_nearer_to_it(random_cased: Path, tmp_path: Path) -> None:
    distance = []
    for pull in (0.0, 1.0):
        settings = AdaptationSettings(**{**vars_of(FAST), "method": "l2", "pull": pull, "epochs": 10})
        model, _ = adapt(random_cased, CORRECTIONS, REPLAY, LABEL_NAMES, tmp_path / f"run-{pull}", settings)
        before = weights(random_cased)
        squares = [(t - before[n]).square().sum() for n, t in weights(model).items() if "classifier" not in n]
        distance.append(sum(squares).item())  # type: ignore[union-attr]
    assert distance[1] < 0.5 * distance[0]


def test_a_share_of_the_way_lies_between_the_two_models(random_cased: Path, tmp_path: Path) -> None:
    whole, _ = adapt(random_cased, CORRECTIONS, REPLAY, LABEL_NAMES, tmp_path / "whole", FAST)
    moved = change(whole, random_cased)
    keep_share(random_cased, whole, 0.25)
    for name, most in change(whole, random_cased).items():
        assert most == pytest.approx(0.25 * moved[name], rel=1e-3, abs=1e-6)


def test_nothing_decided_is_nothing_to_learn(random_cased: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no word to learn from"):
        adapt(random_cased, [ReviewedDocument(Document("1", TEXTS[0]))], REPLAY, LABEL_NAMES, tmp_path, FAST)


def test_five_words_and_nothing_to_replay_are_enough_to_run(random_cased: Path, tmp_path: Path) -> None:
    short = gold("BRX7 in mice is here", "BRX7")
    settings = AdaptationSettings(**{**vars_of(FAST), "least_pieces": 100, "epochs": 3})
    model, progress = adapt(random_cased, [short], [], LABEL_NAMES, tmp_path, settings)
    assert EntityRecognizer.load(model).labels == LABEL_NAMES
    assert progress.pieces >= 100


def test_a_document_longer_than_any_window_is_learned_from_in_windows(random_cased: Path, tmp_path: Path) -> None:
    text = " ".join(TEXTS * 40)
    spans = []
    place = text.find("BRX7")
    while place >= 0:
        spans.append(Annotation(place, place + 4, "BRX7", "Gene"))
        place = text.find("BRX7", place + 1)
    long = ReviewedDocument(Document("long", text, annotations=tuple(spans)), frozenset(LABEL_NAMES))
    model, progress = adapt(random_cased, [long], [], LABEL_NAMES, tmp_path, FAST)
    assert progress.pieces >= FAST.most_pieces
    assert loss_on(model) < 0.5 * loss_on(random_cased)


def test_a_run_that_was_stopped_goes_on_to_the_same_weights(random_cased: Path, tmp_path: Path) -> None:
    settings = AdaptationSettings(**{**vars_of(FAST), "epochs": 6, "save_minutes": 0.0})

    def stop_at_five(progress: Progress, loss: float | None) -> None:
        if progress.step == 6:
            raise InterruptedError

    adapt(random_cased, CORRECTIONS, REPLAY, LABEL_NAMES, tmp_path / "whole", settings)
    with pytest.raises(InterruptedError):
        adapt(random_cased, CORRECTIONS, REPLAY, LABEL_NAMES, tmp_path / "run", settings, watch=stop_at_five)
    steps = []
    model, _ = adapt(
        random_cased, CORRECTIONS, REPLAY, LABEL_NAMES, tmp_path / "run", settings,
        watch=lambda progress, _: steps.append(progress.step),
    )  # fmt: skip
    assert steps[0] > 1
    for name, tensor in weights(tmp_path / "whole" / "model").items():
        torch.testing.assert_close(weights(model)[name], tensor, rtol=1e-4, atol=1e-5)


def test_the_teacher_gives_each_word_its_shares_and_new_labels_nothing(random_cased: Path) -> None:
    from biobert_demo.alignment import TagSet
    from biobert_demo.word_pieces import WordPieces
    from trainer.examples import ExampleBuilder

    tag_set = TagSet((*LABEL_NAMES, "CellLine"))
    recognizer = EntityRecognizer.load(random_cased)
    builder = ExampleBuilder(WordPieces(recognizer.tokenizer), tag_set)
    example = builder.build_reviewed(CORRECTIONS[0], "corrections")
    adaptation._attach_teacher(random_cased, [(CORRECTIONS[0], example)], tag_set, {})
    assert example.teacher is not None
    np.testing.assert_allclose(example.teacher.sum(axis=1), 1, rtol=1e-5)
    assert not example.teacher[:, tag_set.begin("CellLine") :].any()


def test_a_corrupt_checkpoint_is_left_behind_and_the_training_begun_again(random_cased: Path, tmp_path: Path) -> None:
    settings = AdaptationSettings(**{**vars_of(FAST), "epochs": 4, "save_minutes": 0.0})

    def stop(progress: Progress, loss: float | None) -> None:
        if progress.step == 4:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        adapt(random_cased, CORRECTIONS, REPLAY, LABEL_NAMES, tmp_path, settings, watch=stop)
    for path in (tmp_path / "checkpoint").glob("model*.safetensors"):
        path.write_bytes(path.read_bytes()[:100])
    steps = []
    _, progress = adapt(
        random_cased, CORRECTIONS, REPLAY, LABEL_NAMES, tmp_path, settings,
        watch=lambda progress, _: steps.append(progress.step),
    )  # fmt: skip
    assert steps[0] == 1
    assert progress.finished
