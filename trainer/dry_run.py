"""A run's settings enter; those of a run that takes a minute leave, with an invented sample to learn from.

Everything a real run does is done: corpora that annotate different labels are merged, an encoder is fine-tuned, the
best weights are kept, scores are calibrated. Only the sample is tiny, and so is the encoder where the one that was
asked for is not on this machine.
"""

from __future__ import annotations

import shutil
import string
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from biobert_demo.annotations import LABEL_NAMES
from biobert_demo.documents import Document
from biobert_demo.errors import Problem
from biobert_demo.formats.jsonl import read_jsonl
from trainer.evaluation import EvaluationSet
from trainer.presets import Preset, locate_base
from trainer.run import RunSettings, TrainingSet, is_main_process, say

SAMPLES = Path(__file__).parent / "samples"
ANNOTATED = {"all_labels": sorted(LABEL_NAMES), "genes_only": ["Gene"]}
MOST_PIECES = 8_000
TINY_PIECES = 24_000
TINY_LEARNING_RATE = 3e-3
SPECIAL_PIECES = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


def dry_run_settings(settings: RunSettings, output: Path) -> RunSettings:
    """The same run with a budget of a minute; `output` is emptied, so that nothing is resumed.

    The preset's encoder is used where it is on this machine; elsewhere a tiny random one, built in `output`, stands in.
    """
    from trainer.fine_tuning import wait_for_everyone

    if is_main_process():
        shutil.rmtree(output, ignore_errors=True)
        output.mkdir(parents=True)
    short = replace(settings, epochs=None, max_pieces=MOST_PIECES, evaluations=2, patience=0, sampling={})
    short = replace(short, preset=replace(settings.preset, gazetteer=False, pieces_per_batch=256))
    if settings.initial or is_on_this_machine(settings.preset.base):
        return short
    say(f"{settings.preset.base} is not on this machine; a tiny encoder with random weights stands in for it.")
    folder = output / "tiny-encoder"
    if is_main_process():
        build_tiny_encoder(folder, (document.text for name in ANNOTATED for document in read_sample(name)))
    wait_for_everyone()
    tiny = Preset(str(folder), TINY_LEARNING_RATE, 1, encoder_dropout=0.0, pieces_per_batch=256)
    return replace(short, preset=tiny, learning_rate=None, max_pieces=TINY_PIECES)


def dry_run_training_set() -> TrainingSet:
    """Two invented corpora, of which one annotates genes only, and six sentences to choose on."""
    return TrainingSet(
        {name: read_sample(name) for name in ANNOTATED},
        ANNOTATED,
        [EvaluationSet("sample", read_sample("dev"), ANNOTATED["all_labels"])],
        ["a dry run on invented sentences: the scores say nothing about real text"],
    )


def read_sample(name: str) -> list[Document]:
    """The documents of one of the package's invented samples."""
    problems: list[Problem] = []
    path = SAMPLES / f"{name}.jsonl"
    with path.open(encoding="utf-8", newline="") as stream:
        documents = list(read_jsonl(stream, path.name, problems.append))
    if problems:
        raise ValueError(f"The sample is damaged: {problems[0]}")
    return documents


def is_on_this_machine(base: str) -> bool:
    """Whether an encoder is a local folder or in the hub's cache, so that it loads without a network."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    located = locate_base(base)
    if Path(located).exists():
        return True
    try:
        cached = [try_to_load_from_cache(located, name) for name in ("config.json", "model.safetensors")]
    except HFValidationError:
        return False
    return all(isinstance(path, str) for path in cached)


def build_tiny_encoder(folder: Path, texts: Iterable[str], layers: int = 2, size: int = 64, seed: int = 1) -> Path:
    """Write a BERT of random weights whose vocabulary is the characters and the repeated words of some texts."""
    import torch
    from transformers import BertConfig, BertModel
    from transformers.utils import logging

    logging.disable_progress_bar()
    tokenizer = build_tokenizer(texts)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=size,
        num_hidden_layers=layers,
        num_attention_heads=4,
        intermediate_size=2 * size,
        max_position_embeddings=512,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        BertModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def build_tokenizer(texts: Iterable[str]) -> Any:
    """An uncased WordPiece tokenizer to which no ASCII word is unknown."""
    from transformers import BertTokenizer

    counts = Counter(word for text in texts for word in text.lower().replace(".", " ").replace(",", " ").split())
    characters = string.ascii_lowercase + string.digits + string.punctuation
    words = sorted(word for word, count in counts.items() if count > 1)
    pieces = [*SPECIAL_PIECES, *characters, *(f"##{character}" for character in characters), *words]
    return BertTokenizer(vocab={piece: place for place, piece in enumerate(dict.fromkeys(pieces))})
