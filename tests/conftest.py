"""An empty folder enters; tiny token classifiers that transformers can load leave, each built once a test run.

`random_*` models have random weights and two layers: their tags depend on context, which is what tests of windows and
batches need. The `lexicon_model` has no layer at all, so that each word piece alone decides its tag and a test can
say beforehand what must be found.
"""

from __future__ import annotations

import os
import string
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# No deadline: the first example pays for imports. The same examples each time: a failure belongs to the change at hand.
settings.register_profile("repository", deadline=None, derandomize=True, max_examples=80)
settings.load_profile("repository")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

INVENTED_TEXT = (
    "An allergy to penicillin can cause an anaphylactic reaction. Velocumab inhibits the kinase BRX7 in mice. "
    "Patients with chronic lumositis were given Velocumab i.v. twice; the mutation p.V600E was absent (Fig. 1). "
    "We infected E. coli with phage and measured 3.5 mg of ethanol. Loss of BRX7 causes lumositis in zebrafish."
)

MEANINGS = {
    "penicillin": "Chemical",
    "ethanol": "Chemical",
    "velocumab": "Chemical",
    "allergy": "Disease",
    "lumositis": "Disease",
    "brx7": "Gene",
    "mice": "Species",
    "zebrafish": "Species",
    "patients": "Species",
}
"""What the lexicon model knows: whole words in lower case; "chronic" before them is taken as a first word."""

TAGS = ("O", *(f"{prefix}-{label}" for label in ("Disease", "Chemical", "Gene", "Species") for prefix in "BI"))
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


@pytest.fixture(scope="session")
def random_cased(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_bert(tmp_path_factory.mktemp("models") / "random-cased", lower=False, seed=3)


@pytest.fixture(scope="session")
def random_uncased(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_bert(tmp_path_factory.mktemp("models") / "random-uncased", lower=True, seed=5)


@pytest.fixture(scope="session")
def random_roberta(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_roberta(tmp_path_factory.mktemp("models") / "random-roberta", seed=7)


@pytest.fixture(scope="session")
def lexicon_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_lexicon(tmp_path_factory.mktemp("models") / "lexicon")


@pytest.fixture(scope="session")
def make_lexicon(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """A function that builds another lexicon model: `make_lexicon(name, meanings, tags, sure=...)`."""
    home = tmp_path_factory.mktemp("lexicons")

    def make(
        name: str, meanings: Mapping[str, str], tags: Iterable[str] = TAGS, sure: float = 8.0, **config: Any
    ) -> Path:
        return build_lexicon(home / name, meanings, tuple(tags), sure, **config)

    return make


def build_bert(folder: Path, lower: bool, seed: int, positions: int = 64, **config: Any) -> Path:
    """A BERT of two layers and 16 dimensions with random weights, large enough that its tags vary with context."""
    import torch
    from transformers import BertConfig, BertForTokenClassification

    tokenizer = word_piece_tokenizer(MEANINGS, lower)
    torch.manual_seed(seed)
    settings = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=positions,
        initializer_range=0.6,
        id2label=dict(enumerate(TAGS)),
        label2id={tag: i for i, tag in enumerate(TAGS)},
        **config,
    )
    BertForTokenClassification(settings).eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def build_roberta(folder: Path, seed: int) -> Path:
    """A RoBERTa of two layers with a byte-level BPE vocabulary learnt from the invented text."""
    import torch
    from tokenizers import ByteLevelBPETokenizer
    from transformers import RobertaConfig, RobertaForTokenClassification, RobertaTokenizerFast

    folder.mkdir(parents=True)
    learner = ByteLevelBPETokenizer()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    learner.train_from_iterator(
        [INVENTED_TEXT] * 3, vocab_size=400, min_frequency=1, special_tokens=special, show_progress=False
    )
    learner.save_model(str(folder))
    tokenizer = RobertaTokenizerFast(str(folder / "vocab.json"), str(folder / "merges.txt"))
    torch.manual_seed(seed)
    settings = RobertaConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=66,
        type_vocab_size=1,
        initializer_range=0.6,
        pad_token_id=tokenizer.pad_token_id,
        id2label=dict(enumerate(TAGS)),
        label2id={tag: i for i, tag in enumerate(TAGS)},
    )
    RobertaForTokenClassification(settings).eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def build_lexicon(
    folder: Path,
    meanings: Mapping[str, str] = MEANINGS,
    tags: tuple[str, ...] = TAGS,
    sure: float = 8.0,
    **config: Any,
) -> Path:
    """An uncased classifier that tags each known word B- of its label (or by the tag's own name) and all else O.

    A meaning is a label ("Disease" -> tag "B-Disease") or, where the tags are named otherwise, the tag itself.
    `sure` is how far the right tag's logit stands above the others': it sets the scores. The encoder has no layer:
    a piece's embedding is its tag's own axis, normalised, and the classifier reads that axis off.
    """
    import torch
    from transformers import BertConfig, BertForTokenClassification

    tokenizer = word_piece_tokenizer(meanings, lower=True)
    size = max(8, len(tags) + len(tags) % 2)
    settings = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=size,
        num_hidden_layers=0,
        num_attention_heads=1,
        intermediate_size=8,
        max_position_embeddings=256,
        id2label=dict(enumerate(tags)),
        label2id={tag: i for i, tag in enumerate(tags)},
        **config,
    )
    model = BertForTokenClassification(settings).eval()
    outside = tags.index("O") if "O" in tags else 0
    with torch.no_grad():
        embeddings = model.bert.embeddings
        embeddings.position_embeddings.weight.zero_()
        embeddings.token_type_embeddings.weight.zero_()
        embeddings.word_embeddings.weight.zero_()
        embeddings.word_embeddings.weight[:, outside] = 1.0
        for word, meaning in meanings.items():
            tag = tags.index(meaning if meaning in tags else f"B-{meaning}")
            row = embeddings.word_embeddings.weight[tokenizer.convert_tokens_to_ids(word)]
            row.zero_()
            row[tag] = 1.0
        # After the layer's normalisation an axis stands at sqrt(size - 1) and the others at -1 / sqrt(size - 1).
        gap = (size - 1) ** 0.5 + (size - 1) ** -0.5
        model.classifier.bias.zero_()
        model.classifier.weight.zero_()
        model.classifier.weight[range(len(tags)), range(len(tags))] = sure / gap
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def word_piece_tokenizer(words: Iterable[str], lower: bool) -> Any:
    """BERT's tokenizer over single characters and some whole words: no ASCII word is unknown to it."""
    from transformers import BertTokenizerFast

    characters = string.ascii_letters + string.digits + string.punctuation + "αβμé"
    pieces = [*SPECIAL, *characters, *(f"##{c}" for c in characters), *words, "chronic", "the", "reaction"]
    return BertTokenizerFast(vocab={piece: i for i, piece in enumerate(dict.fromkeys(pieces))}, do_lower_case=lower)
