"""Windows with allowed tags enter the NER task; batches, the loss and strict F1 leave."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import pytest
import torch

from biobert_demo.alignment import TagSet
from biobert_demo.annotations import LABEL_NAMES
from biobert_demo.documents import Document
from biobert_demo.errors import BadInput, ModelUnavailable
from biobert_demo.gazetteer import TYPE_COUNT
from biobert_demo.recognition import EntityRecognizer
from biobert_demo.word_pieces import WordPieces
from trainer.evaluation import EvaluationSet
from trainer.examples import ExampleBuilder, Piecewise
from trainer.ner import NerSettings, NerTask, build_examples, load_encoder, marginal_loss
from trainer.presets import Preset
from trainer.run import TrainingSet

TAGS = TagSet(LABEL_NAMES)


def make_task(base: Path, sample: TrainingSet, **settings: object) -> NerTask:
    model, tokenizer = load_encoder(Preset(str(base), 1e-2, 1), TAGS)
    examples = build_examples(ExampleBuilder(WordPieces(tokenizer), TAGS), sample.corpora, sample.annotated)
    return NerTask(model, tokenizer, TAGS, examples, sample.dev, NerSettings(pieces_per_batch=128, **settings))


def test_with_one_allowed_tag_the_loss_is_cross_entropy() -> None:
    torch.manual_seed(1)
    logits = torch.randn(2, 3, 5)
    gold = torch.tensor([[0, 4, 2], [1, 1, 3]])
    allowed = torch.nn.functional.one_hot(gold, 5).bool()
    expected = torch.nn.functional.cross_entropy(logits.view(-1, 5), gold.view(-1))
    assert marginal_loss(logits, allowed) == pytest.approx(expected.item(), abs=1e-6)


def test_with_several_allowed_tags_their_probabilities_add_up() -> None:
    logits = torch.tensor([[0.1, 0.2, 0.3, 0.4], [0.25, 0.25, 0.25, 0.25], [0.7, 0.1, 0.1, 0.1]]).log()[None]
    allowed = torch.tensor([[True, False, True, False], [True, True, True, True], [False, False, False, False]])[None]
    # 0.1 + 0.3 for the first piece, certainty for the second, and the third does not count.
    assert marginal_loss(logits, allowed).item() == pytest.approx((-math.log(0.4) - 0.0) / 2, abs=1e-6)


def test_the_gradient_pushes_towards_the_allowed_tags_and_nowhere_else() -> None:
    logits = torch.zeros(1, 3, 4, requires_grad=True)
    allowed = torch.tensor([[[True, True, False, False], [True] * 4, [False] * 4]])
    marginal_loss(logits, allowed).backward()
    assert logits.grad is not None
    assert logits.grad[0, 0].tolist() == pytest.approx([-0.125, -0.125, 0.125, 0.125])
    assert logits.grad[0, 1].abs().max() == pytest.approx(0.0, abs=1e-7)
    assert logits.grad[0, 2].abs().max() == 0.0


def test_a_batch_in_which_nothing_is_known_has_no_loss_but_a_gradient() -> None:
    logits = torch.randn(1, 2, 3, requires_grad=True)
    loss = marginal_loss(logits, torch.zeros(1, 2, 3, dtype=torch.bool))
    loss.backward()
    assert loss.item() == 0.0
    assert logits.grad is not None
    assert logits.grad.abs().max() == 0.0


def test_huge_logits_in_half_precision_stay_finite() -> None:
    logits = torch.tensor([[[30_000.0, -30_000.0, 0.0]]], dtype=torch.float16)
    allowed = torch.tensor([[[False, True, False]]])
    assert marginal_loss(logits, allowed).item() == pytest.approx(60_000, rel=1e-3)


def test_a_batch_is_padded_and_its_tags_stand_on_first_pieces(tiny_encoder: Path, sample: TrainingSet) -> None:
    task = make_task(tiny_encoder, sample, masked_words=0.0, plain_types=0.0)
    batch = [
        Piecewise([2, 10, 11, 12, 3], [0, 1, 1, 0, 0], [1, 3], [0b1, 0b110]),
        Piecewise([2, 10, 3], [0, 7, 0], [1], [0b1000]),
    ]
    tensors = task.collate(batch)
    assert tensors["input_ids"].tolist() == [[2, 10, 11, 12, 3], [2, 10, 3, 0, 0]]
    assert tensors["attention_mask"].tolist() == [[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]]
    assert tensors["token_type_ids"].tolist() == [[0, 1, 1, 0, 0], [0, 7, 0, 0, 0]]
    allowed = tensors["allowed"]
    assert allowed.shape == (2, 5, len(TAGS.tags))
    assert allowed.nonzero().tolist() == [[0, 1, 0], [0, 3, 1], [0, 3, 2], [1, 1, 3]]


def test_masked_words_hide_first_pieces_only(tiny_encoder: Path, sample: TrainingSet) -> None:
    task = make_task(tiny_encoder, sample, masked_words=1.0)
    window = Piecewise([2, 10, 11, 12, 3], [0] * 5, [1, 3], [1, 1])
    mask = task.mask_id
    assert task.collate([window])["input_ids"].tolist() == [[2, mask, 11, mask, 3]]


def test_token_types_are_sometimes_left_out(tiny_encoder: Path, sample: TrainingSet) -> None:
    window = Piecewise([2, 10, 3], [0, 7, 0], [1], [1])
    plain = make_task(tiny_encoder, sample, plain_types=1.0)
    assert plain.collate([window])["token_type_ids"].tolist() == [[0, 0, 0]]


def test_windows_fit_an_encoder_that_counts_positions_from_two(random_roberta: Path, sample: TrainingSet) -> None:
    task = make_task(random_roberta, sample, window_sizes=(500,))
    batches = task.epoch_batches(0)
    longest = max(len(window.input_ids) for batch in batches for window in batch)
    assert longest <= 64
    for batch in batches:
        assert torch.isfinite(task.loss(task.model, task.collate(batch)))


def test_an_epoch_is_the_same_each_time_and_differs_from_the_next(tiny_encoder: Path, sample: TrainingSet) -> None:
    task = make_task(tiny_encoder, sample)
    ids = [[[window.input_ids for window in batch] for batch in task.epoch_batches(epoch)] for epoch in (0, 0, 1)]
    assert ids[0] == ids[1]
    assert ids[0] != ids[2]
    assert sum(len(batch) for batch in ids[0]) == 24


@pytest.mark.parametrize(("share", "fewest", "most"), [(0.0, 20, 20), (2.0, 28, 28), (0.5, 20, 24)])
def test_sampling_says_how_often_an_epoch_sees_a_corpus(
    share: float, fewest: int, most: int, tiny_encoder: Path, sample: TrainingSet
) -> None:
    task = make_task(tiny_encoder, sample)
    task.sampling = {"genes_only": share}
    assert fewest <= sum(len(batch) for batch in task.epoch_batches(0)) <= most


def test_main_is_the_mean_over_dev_sets_of_the_mean_over_labels(
    lexicon_model: Path, tmp_path: Path, sample: TrainingSet
) -> None:
    recognizer = EntityRecognizer.load(lexicon_model)

    def gold(text: str, *keep: int) -> Document:
        found = recognizer.annotate(text)
        return Document("1", text).with_annotations([found[place] for place in keep])

    dev = [
        EvaluationSet("both", [gold("penicillin for lumositis and allergy", 0, 1, 2)], ["Chemical", "Disease"]),
        EvaluationSet("one", [gold("ethanol and penicillin", 0)], ["Chemical"]),
        EvaluationSet("nothing", [], ["Gene"]),
    ]
    task = NerTask(recognizer.model, recognizer.tokenizer, TAGS, [], dev, NerSettings())
    scores = task.evaluate(recognizer.model)
    assert scores["both"] == pytest.approx(1.0)
    assert scores["both.Disease"] == pytest.approx(1.0)
    assert scores["one"] == pytest.approx(2 / 3, abs=1e-3)
    assert scores["main"] == pytest.approx((1 + 2 / 3) / 2, abs=1e-3)
    assert "nothing" not in scores


def test_a_new_classifier_stands_on_the_encoders_own_weights(tiny_encoder: Path) -> None:
    from transformers import AutoModel

    model, _ = load_encoder(Preset(str(tiny_encoder), 1e-2, 1, encoder_dropout=0.0), TAGS)
    assert list(model.config.id2label.values()) == list(TAGS.tags)
    assert model.classifier.out_features == 9
    assert model.config.hidden_dropout_prob == 0.0
    encoder = AutoModel.from_pretrained(tiny_encoder)
    assert torch.equal(model.bert.embeddings.word_embeddings.weight, encoder.embeddings.word_embeddings.weight)


def test_a_gazetteers_token_types_change_nothing_at_first(tiny_encoder: Path) -> None:
    torch.manual_seed(1)
    plain, tokenizer = load_encoder(Preset(str(tiny_encoder), 1e-2, 1), TAGS)
    torch.manual_seed(1)
    grown, _ = load_encoder(Preset(str(tiny_encoder), 1e-2, 1), TAGS, uses_gazetteer=True)
    assert grown.config.type_vocab_size == TYPE_COUNT
    inputs = tokenizer("brx7 causes lumositis", return_tensors="pt")
    with torch.no_grad():
        before = plain.eval()(**inputs).logits
        inputs["token_type_ids"] = torch.full_like(inputs["token_type_ids"], 5)
        after = grown.eval()(**inputs).logits
    assert torch.allclose(before, after, atol=1e-5)


def test_an_encoder_without_token_types_gets_none_and_takes_no_gazetteer(
    tiny_encoder: Path, tmp_path: Path, sample: TrainingSet
) -> None:
    from transformers import AutoTokenizer, DistilBertConfig, DistilBertModel

    tokenizer = AutoTokenizer.from_pretrained(tiny_encoder)
    config = DistilBertConfig(vocab_size=len(tokenizer), dim=16, n_layers=1, n_heads=2, hidden_dim=16)
    DistilBertModel(config).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    task = make_task(tmp_path, sample)
    tensors = task.collate(task.epoch_batches(0)[0])
    assert "token_type_ids" not in tensors
    assert torch.isfinite(task.loss(task.model, tensors))
    with pytest.raises(BadInput, match="no token types to carry a gazetteer"):
        load_encoder(Preset(str(tmp_path), 1e-2, 1), TAGS, uses_gazetteer=True)


def test_an_encoder_that_no_hub_gives_is_named_in_one_line() -> None:
    with pytest.raises(ModelUnavailable, match=r"The encoder no/such-encoder cannot be loaded \(.*\); check") as raised:
        load_encoder(Preset("no/such-encoder", 1e-2, 1), TAGS)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("damage", ["config.json", "model.safetensors"])
def test_a_damaged_encoder_is_named_in_one_line(damage: str, tiny_encoder: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny_encoder, tmp_path / "damaged")
    (folder / damage).write_bytes(b"{")
    with pytest.raises((ModelUnavailable, BadInput), match=r"The encoder .*damaged cannot be loaded") as raised:
        load_encoder(Preset(str(folder), 1e-2, 1), TAGS)
    assert "\n" not in str(raised.value)
