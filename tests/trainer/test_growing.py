"""A trained classifier and further labels enter; old answers stay to the last digit, and the new label can be learned."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from biobert_demo.alignment import TagSet
from biobert_demo.annotations import LABEL_NAMES, Annotation
from biobert_demo.documents import Document
from biobert_demo.errors import BadInput
from biobert_demo.recognition import EntityRecognizer
from biobert_demo.word_pieces import WordPieces
from trainer.dry_run import build_tiny_encoder, dry_run_training_set
from trainer.examples import ExampleBuilder
from trainer.ner import NerSettings, NerTask, build_examples, grow_classifier, load_encoder
from trainer.presets import Preset

NEW = ("Cell line", "Variant")
LONG = (
    "An allergy to penicillin can cause an anaphylactic reaction. Velocumab inhibits the kinase BRX7 in mice. "
    "Patients with chronic lumositis were given Velocumab i.v. twice; the mutation p.V600E was absent (Fig. 1). "
    "We measured 3.5 mg of ethanol. Loss of BRX7 causes lumositis in zebrafish."
)
TEXTS = (LONG, "BRX7 in chronic lumositis", "Ethanol, penicillin; mice (BRX7)", "An E. coli strain.")
CELLS = ("kelo-7", "marv-12", "tobi-3", "zent-44", "ruda-9", "pilo-21")
FRAMES = (
    "We grew {} cells for two days.",
    "{} cells were seeded in plates.",
    "Lumositis was absent in {} cells.",
    "Loss of BRX7 slows {} cells.",
    "Velocumab kills {} cells.",
    "All {} cells of the mice died.",
)


def answers(recognizer: EntityRecognizer) -> list[list[Annotation]]:
    return [recognizer.annotate(text) for text in TEXTS]


@pytest.mark.parametrize("name", ["lexicon_model", "random_cased", "random_uncased", "random_roberta"])
def test_a_label_more_leaves_every_answer_as_it_was_to_the_last_digit(
    name: str, request: pytest.FixtureRequest
) -> None:
    recognizer = EntityRecognizer.load(request.getfixturevalue(name))
    model = recognizer.model
    before, rows = answers(recognizer), model.classifier.weight.clone()
    assert sum(map(len, before)) > 5
    grow_classifier(model, LABEL_NAMES, (*LABEL_NAMES, *NEW))
    grown = EntityRecognizer(model, recognizer.tokenizer, recognizer.version)
    assert grown.labels == (*LABEL_NAMES, *NEW)
    assert answers(grown) == before
    assert torch.equal(model.classifier.weight[: len(rows)], rows)


def test_with_a_share_that_is_learned_from_no_mention_changes_either(random_uncased: Path) -> None:
    recognizer = EntityRecognizer.load(random_uncased)
    before = [[one.key for one in found] for found in answers(recognizer)]
    grow_classifier(recognizer.model, LABEL_NAMES, (*LABEL_NAMES, *NEW), 0.01)
    grown = EntityRecognizer(recognizer.model, recognizer.tokenizer, "grown")
    assert [[one.key for one in found] for found in answers(grown)] == before
    (_, _, logits) = next(iter(grown.word_logits([Document("1", LONG)])))
    assert logits[:, :1] - logits[:, 9:] == pytest.approx(4.60517, abs=1e-3), "as far below O everywhere"


def test_labels_are_found_by_name_whatever_their_order(lexicon_model: Path) -> None:
    recognizer = EntityRecognizer.load(lexicon_model)
    before = answers(recognizer)
    grow_classifier(recognizer.model, LABEL_NAMES, ("Species", "Cell line", "Gene", "Chemical", "Disease"))
    grown = EntityRecognizer(recognizer.model, recognizer.tokenizer, recognizer.version)
    assert grown.labels[:2] == ("Species", "Cell line")
    assert answers(grown) == before


def test_a_run_goes_on_with_more_labels_and_its_folder_loads_again(random_uncased: Path, tmp_path: Path) -> None:
    wanted = TagSet((*LABEL_NAMES, *NEW))
    preset = Preset(str(random_uncased), 1e-4, 1)
    model, tokenizer = load_encoder(preset, wanted, random_uncased, new_label_share=None)
    model.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    again = EntityRecognizer.load(tmp_path)
    assert again.labels == wanted.labels
    old = [[(*one.key, one.score) for one in found] for found in answers(EntityRecognizer.load(random_uncased))]
    assert [[(*one.key, one.score) for one in found] for found in answers(again)] == old
    further, _ = load_encoder(preset, TagSet((*wanted.labels, "🧬")), tmp_path)
    assert torch.equal(further.classifier.weight[:13], again.model.classifier.weight)


def test_a_label_that_was_renamed_keeps_what_was_learned(random_uncased: Path) -> None:
    wanted = TagSet(("Disease", "Chemical", "Target", "Species", "Cell line"))
    preset = Preset(str(random_uncased), 1e-4, 1)
    model, _ = load_encoder(preset, wanted, random_uncased, renamed={"Gene": "Target"})
    old = EntityRecognizer.load(random_uncased).model
    assert list(model.config.id2label.values()) == list(wanted.tags)
    assert torch.equal(model.classifier.weight[:9], old.classifier.weight)
    with pytest.raises(BadInput, match="would have one name"):
        load_encoder(preset, wanted, random_uncased, renamed={"Gene": "Disease"})


def test_a_model_with_other_tags_cannot_be_gone_on_from(tmp_path: Path, make_lexicon: Any) -> None:
    folder = make_lexicon("io", {"brx7": "I-Gene"}, ("O", "I-Gene"))
    with pytest.raises(BadInput, match="are O, I-Gene, which are not O and then B- and I-"):
        load_encoder(Preset(str(folder), 1e-4, 1), TagSet(("Gene",)), folder)


def test_a_model_without_a_plain_last_layer_is_told() -> None:
    class Odd:
        classifier = torch.nn.Sequential()

    with pytest.raises(BadInput, match="last layer is Sequential"):
        grow_classifier(Odd(), ("Gene",), ("Gene", "Cell"))


def cell_document(cell: str, frame: str) -> Document:
    """An invented sentence about a cell line; all its mentions are labelled."""
    text = frame.format(cell)
    known = {cell: "CellLine", "BRX7": "Gene", "Lumositis": "Disease"}
    found = [
        Annotation(text.index(word), text.index(word) + len(word), word, label)
        for word, label in known.items()
        if word in text
    ]
    return Document(text, text, (), tuple(sorted(found, key=lambda one: one.start)))


def train(
    parts: tuple[Any, Any],
    tag_set: TagSet,
    corpora: Mapping[str, Sequence[Document]],
    annotated: Mapping[str, Sequence[str]],
    rate: float,
    epochs: int,
) -> None:
    model, tokenizer = parts
    examples = build_examples(ExampleBuilder(WordPieces(tokenizer), tag_set), corpora, annotated)
    task = NerTask(model, tokenizer, tag_set, examples, [], NerSettings(pieces_per_batch=96))
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate)
    model.train()
    for epoch in range(epochs):
        for batch in task.epoch_batches(epoch):
            optimizer.zero_grad()
            task.loss(model, task.collate(batch)).backward()
            optimizer.step()
    model.eval()


def test_thirty_sentences_at_a_low_rate_teach_a_new_label_and_the_old_ones_stay(tmp_path: Path) -> None:
    random.seed(1)
    torch.manual_seed(1)
    old, new = TagSet(("Disease", "Gene")), TagSet(("Disease", "Gene", "CellLine"))
    sample = dry_run_training_set().corpora["all_labels"]
    pairs = [(cell, frame) for cell in CELLS for frame in FRAMES]
    held_out = [pair for pair in pairs if CELLS.index(pair[0]) == FRAMES.index(pair[1])]
    cells = [cell_document(*pair) for pair in pairs if pair not in held_out]
    assert len(cells) == 30
    base = build_tiny_encoder(tmp_path, [one.text for one in (*sample, *cells)], layers=1, size=192)
    parts = load_encoder(Preset(str(base), 3e-3, 1, encoder_dropout=0.0), old)
    train(parts, old, {"sample": sample}, {"sample": old.labels}, 3e-3, 8)

    def found(text: str) -> set[tuple[str, str]]:
        recognizer = EntityRecognizer(parts[0], parts[1], "tiny")
        return {(one.text, one.label) for one in recognizer.annotate(text)}

    assert ("BRX7", "Gene") in found("Loss of BRX7 slows lumositis.")
    grow_classifier(parts[0], old.labels, new.labels, 0.01)
    corpora = {"cells": cells, "sample": sample[:15]}
    train(parts, new, corpora, {"cells": new.labels, "sample": old.labels}, 1e-4, 50)
    fresh = [cell_document(*pair) for pair in held_out]
    assert sum((cell, "CellLine") in found(one.text) for cell, one in zip(CELLS, fresh, strict=True)) >= 4, "of six"
    assert ("BRX7", "Gene") in found("Loss of BRX7 slows lumositis.")
    assert ("lumositis", "Disease") in found("Loss of BRX7 slows lumositis.")
