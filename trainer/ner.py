"""Corpora enter; the token classification task leaves: encoded batches, the loss, and strict F1 on dev.

The textbook path: word pieces between [CLS] and [SEP], an encoder, a linear layer over each piece's output, a softmax
over the tags at each word's first piece.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import AutoConfig, AutoModelForTokenClassification, AutoTokenizer

from biobert_demo.alignment import TagSet
from biobert_demo.documents import Document
from biobert_demo.errors import BadInput, ModelUnavailable
from biobert_demo.gazetteer import FILE_NAME, TYPE_COUNT, Gazetteer
from biobert_demo.recognition import EntityRecognizer
from trainer.augmentation import COPY_MARK
from trainer.evaluation import EvaluationSet, evaluate
from trainer.examples import Example, ExampleBuilder, Piecewise, batch_by_length, cut_windows
from trainer.fine_tuning import Tensors
from trainer.presets import Preset, check_base, locate_base

NEW_LABEL_SHARE = 0.01
"""Of the probability of O, for each tag of a label that the model has not seen yet; see `grow_classifier`."""

_UNSEEN_DISTANCE = 16.0
"""Logits below O, at a temperature of 1, at which a tag leaves the fourth digit of every score alone."""


@dataclass(frozen=True)
class NerSettings:
    """How examples are cut and disturbed. `window_sizes` are word pieces; an epoch draws one for each document."""

    pieces_per_batch: int = 2_048
    window_sizes: tuple[int, ...] = (64, 128, 254)
    overlap: int = 48
    masked_words: float = 0.05
    plain_types: float = 0.1
    classifier_dropout: float = 0.1
    seed: int = 1


def load_encoder(
    preset: Preset,
    tag_set: TagSet,
    initial: Path | None = None,
    uses_gazetteer: bool = False,
    classifier_dropout: float = 0.1,
    renamed: Mapping[str, str] | None = None,
    new_label_share: float | None = NEW_LABEL_SHARE,
) -> tuple[Any, Any]:
    """(model, tokenizer): the pre-trained encoder under a classifier layer of len(tags) outputs, a new one or a grown one.

    `initial` is the folder of an earlier run to go on from, its classifier included: the rows of labels that it knows
    are copied (`renamed` gives a label of it another name), and those of new labels are made by `grow_classifier` with
    `new_label_share`. With a gazetteer the token types get a row for each of its classes. Raises ModelUnavailable where
    the encoder is not on disk and no hub gives it, BadInput where the tags of `initial` are not O, B- and I-.
    """
    base = str(initial) if initial else locate_base(preset.base)
    check_base(base)
    try:
        config = AutoConfig.from_pretrained(base)
        tokenizer = AutoTokenizer.from_pretrained(base)
    except (OSError, ValueError) as error:
        raise _unavailable(base, error) from error
    has_tags = any("TokenClassification" in name for name in config.architectures or ())
    known = _known_tags(config, base, renamed or {}) if initial and has_tags else tag_set
    _name_outputs(config, known)
    if preset.encoder_dropout is not None:
        config.hidden_dropout_prob = preset.encoder_dropout
        config.attention_probs_dropout_prob = preset.encoder_dropout
    config.classifier_dropout = classifier_dropout
    # The name of the weights that it starts from is not the name of those that it will have.
    if getattr(config, "version", None):
        del config.version
    try:
        model = AutoModelForTokenClassification.from_pretrained(base, config=config, dtype=torch.float32)
    except (OSError, ValueError, SafetensorError) as error:
        raise _unavailable(base, error) from error
    if known != tag_set:
        grow_classifier(model, known.labels, tag_set.labels, new_label_share)
    if uses_gazetteer:
        if not getattr(config, "type_vocab_size", 0) > 0:
            raise BadInput(f"{preset.base} has no token types to carry a gazetteer; give --gazetteer none.")
        if config.type_vocab_size < TYPE_COUNT:
            _grow_token_types(model, TYPE_COUNT)
    return model, tokenizer


def grow_classifier(
    model: Any, old_labels: Sequence[str], new_labels: Sequence[str], share: float | None = None
) -> None:
    """Give a model outputs for `new_labels` in their order, in place; rows of labels that it had are copied bit for bit.

    A new label's rows are the row of O with less bias. So on every word of every text it stands below O by the same
    distance, is never the best tag, and no mention can change before something is learned. From there it is moved by
    the words that people gave the label, and O's row with it in the other direction. `share` is the share of O's
    probability that each new tag has at first. None makes it so small (1e-7, at the model's temperature) that scores
    stay what they were too, to their last digit; but a distance like that takes some hundred steps to cross at a
    rate of 1e-4, before which nothing is learned. With 0.01 learning starts at once, as with the prior of Lin et al.
    2017, Focal Loss for Dense Object Detection.
    """
    before, after = TagSet(tuple(old_labels)), TagSet(tuple(new_labels))
    old = model.classifier
    if not isinstance(old, torch.nn.Linear) or old.out_features != len(before.tags):
        raise BadInput(
            f"The model's last layer is {type(old).__name__} and has no row for each of {len(before.tags)} tags, so that "
            "no label can be added to it; start from a model of this program."
        )
    temperature = float(getattr(model.config, "calibration_temperature", 1.0))
    distance = _UNSEEN_DISTANCE * max(1.0, temperature) if share is None else -math.log(share)
    new = torch.nn.Linear(old.in_features, len(after.tags), device=old.weight.device, dtype=old.weight.dtype)
    with torch.no_grad():
        for row, tag in enumerate(after.tags):
            source = before.tags.index(tag) if tag in before.tags else 0
            new.weight[row] = old.weight[source]
            new.bias[row] = 0.0 if old.bias is None else old.bias[source]
            if tag not in before.tags:
                new.bias[row] -= distance
    model.classifier = new
    model.num_labels = len(after.tags)
    _name_outputs(model.config, after)


class NerTask:
    """Fine-tuning for named entity recognition; see `fine_tuning.Task`."""

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        tag_set: TagSet,
        examples: Sequence[Example],
        dev: Sequence[EvaluationSet],
        settings: NerSettings,
        sampling: Mapping[str, float] | None = None,
        gazetteer: Gazetteer | None = None,
    ) -> None:
        """`sampling` gives, for a corpus, how often an epoch sees each of its examples (default once)."""
        self.gazetteer = gazetteer
        self.model, self.tokenizer, self.tag_set = model, tokenizer, tag_set
        self.examples, self.settings = examples, settings
        self.dev = [evaluation_set for evaluation_set in dev if evaluation_set.documents]
        self.sampling = dict(sampling or {})
        self.mask_id = tokenizer.mask_token_id
        # [CLS] and [SEP] take two places, and RoBERTa-like encoders count positions from 2.
        limit = getattr(model.config, "max_position_embeddings", 512) - 4
        self.window_sizes = tuple(min(size, limit) for size in settings.window_sizes)

    def epoch_batches(self, epoch: int) -> list[list[Piecewise]]:
        rng = random.Random(f"{self.settings.seed}-{epoch}")
        windows: list[Piecewise] = []
        for example in self.examples:
            repeat = self.sampling.get(example.corpus, 1.0)
            for _ in range(int(repeat) + (rng.random() < repeat % 1)):
                size = rng.choice(self.sizes_for(example))
                windows.extend(
                    cut_windows(
                        example,
                        size,
                        min(self.settings.overlap, size // 3),
                        self.tokenizer.cls_token_id,
                        self.tokenizer.sep_token_id,
                    )
                )
        return batch_by_length(windows, self.settings.pieces_per_batch, rng)

    def sizes_for(self, example: Example) -> Sequence[int]:
        """The window sizes that an example is cut to, one of them each time."""
        return self.window_sizes

    def collate(self, batch: Sequence[Piecewise]) -> Tensors:
        """input_ids, attention_mask, token_type_ids [windows, pieces]; allowed [windows, pieces, tags] as booleans.

        `allowed` is all False where a piece is not the first of its word or belongs to another window's words.
        Where examples have a teacher, its probabilities are `teacher` [windows, pieces, tags].
        """
        length = max(len(window.input_ids) for window in batch)
        size, tags = len(batch), len(self.tag_set.tags)
        input_ids = torch.full((size, length), self.tokenizer.pad_token_id or 0)
        attention_mask = torch.zeros((size, length), dtype=torch.long)
        token_types = torch.zeros((size, length), dtype=torch.long)
        bits = torch.zeros((size, length), dtype=torch.long)
        for row, window in enumerate(batch):
            count = len(window.input_ids)
            input_ids[row, :count] = torch.tensor(window.input_ids)
            attention_mask[row, :count] = 1
            if random.random() >= self.settings.plain_types:
                # Now and then without, so that the model also serves callers who do not pass token types.
                token_types[row, :count] = torch.tensor(window.token_type_ids)
            bits[row, torch.tensor(window.first_pieces, dtype=torch.long)] = torch.tensor(
                window.allowed, dtype=torch.long
            )
        if self.settings.masked_words and self.mask_id is not None:
            is_masked = (torch.rand(size, length) < self.settings.masked_words) & (bits > 0)
            input_ids = torch.where(is_masked, torch.tensor(self.mask_id), input_ids)
        allowed = (bits.unsqueeze(-1) >> torch.arange(tags)) & 1
        tensors = {"input_ids": input_ids, "attention_mask": attention_mask, "allowed": allowed.bool()}
        if getattr(self.model.config, "type_vocab_size", 0) > 0:
            tensors["token_type_ids"] = token_types
        if any(window.teacher is not None for window in batch):
            teacher = torch.zeros((size, length, tags))
            for row, window in enumerate(batch):
                if window.teacher is not None:
                    teacher[row, torch.tensor(window.first_pieces, dtype=torch.long)] = torch.from_numpy(window.teacher)
            tensors["teacher"] = teacher
        return tensors

    def loss(self, model: Any, tensors: Tensors) -> torch.Tensor:
        inputs = {name: tensor for name, tensor in tensors.items() if name not in ("allowed", "teacher")}
        logits = model(**inputs).logits
        if "teacher" in tensors:
            return guided_loss(logits, tensors["allowed"], tensors["teacher"])
        return marginal_loss(logits, tensors["allowed"])

    def evaluate(self, model: Any) -> dict[str, float]:
        """Strict F1: `main` is the mean over the dev sets of each one's macro F1 over its labels."""
        rows = evaluate(
            EntityRecognizer(model, self.tokenizer, version="dev", gazetteer=self.gazetteer).recognize, self.dev
        )
        results: dict[str, float] = {}
        for dev in self.dev:
            of_set = {row.label: row.f1 / 100 for row in rows if row.corpus == dev.name}
            results[dev.name] = sum(of_set.values()) / len(of_set)
            if len(of_set) > 1:
                results |= {f"{dev.name}.{label}": f1 for label, f1 in of_set.items()}
        results["main"] = sum(results[dev.name] for dev in self.dev) / max(1, len(self.dev))
        return results

    def save(self, model: Any, folder: Path) -> None:
        model.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)
        if self.gazetteer is not None:
            self.gazetteer.save(folder / FILE_NAME)


def marginal_loss(logits: torch.Tensor, allowed: torch.Tensor) -> torch.Tensor:
    """-log of the probability that lies on the allowed tags, averaged over the pieces that have any.

    `logits` [windows, pieces, tags], `allowed` the same shape, boolean. With a single allowed tag this is the usual
    cross entropy; with several it is the marginal likelihood of partially labelled data
    (Greenberg et al. 2018, Marginal Likelihood Training of BiLSTM-CRF for Biomedical NER from Disjoint Label Sets).
    """
    has_label = allowed.any(dim=-1)
    picked_logits, picked_allowed = logits.float()[has_label], allowed[has_label]
    if picked_logits.shape[0] == 0:
        return logits.sum() * 0.0
    over_all = torch.logsumexp(picked_logits, dim=-1)
    over_allowed = torch.logsumexp(picked_logits.masked_fill(~picked_allowed, float("-inf")), dim=-1)
    return (over_all - over_allowed).mean()


def guided_loss(logits: torch.Tensor, allowed: torch.Tensor, teacher: torch.Tensor) -> torch.Tensor:
    """The marginal loss, and where several tags are allowed a frozen teacher says how likely each of them is.

    All [windows, pieces, tags]. The teacher's probabilities are kept to the allowed tags and made to sum to 1, which
    gives the targets of a cross entropy (Li and Hoiem 2016, Learning without Forgetting; with pseudo-labels made soft).
    Tags that the teacher gives nothing, such as those of labels it never met, count as part of its O where they are
    allowed: it would have called them O. Where the teacher gives the allowed tags less than 1 in 1,000, it is not asked.
    """
    has_label = allowed.any(dim=-1)
    picked, options, shares = logits.float()[has_label], allowed[has_label], teacher[has_label]
    if picked.shape[0] == 0:
        return logits.sum() * 0.0
    logs = torch.log_softmax(picked, dim=-1)
    closed = torch.finfo(logs.dtype).min
    marginal = torch.logsumexp(logs.masked_fill(~options, closed), dim=-1)
    shares = shares * options
    mass = shares.sum(dim=-1)
    is_guided = (options.sum(dim=-1) > 1) & (mass > 1e-3)
    if not is_guided.any():
        return -marginal.mean()
    shares = shares / mass.clamp_min(1e-3).unsqueeze(-1)
    unknown_to_teacher = options & (teacher[has_label].amax(dim=0, keepdim=True) <= 0)
    as_outside = unknown_to_teacher.clone()
    as_outside[:, 0] = options[:, 0]
    grouped = logs.clone()
    grouped[:, 0] = torch.logsumexp(logs.masked_fill(~as_outside, closed), dim=-1)
    guided = (shares * grouped.masked_fill(~options, 0.0)).sum(dim=-1)
    return -torch.where(is_guided, guided, marginal).mean()


def build_examples(
    builder: ExampleBuilder, corpora: Mapping[str, Sequence[Document]], annotated: Mapping[str, Sequence[str]]
) -> list[Example]:
    """Examples of all documents of all corpora; `annotated` says which labels each corpus annotates."""
    return [
        # Names drawn from vocabularies are all in the gazetteer. Half of the copies are read without it, or it would
        # be trusted blindly.
        builder.build(document, name, annotated[name], use_types=not (name.endswith(COPY_MARK) and place % 2))
        for name, documents in corpora.items()
        for place, document in enumerate(documents)
    ]


def _known_tags(config: Any, base: str, renamed: Mapping[str, str]) -> TagSet:
    """The tags that a folder's model was trained with, under their new names."""
    names = [config.id2label[i] for i in sorted(config.id2label)]
    known = TagSet(tuple(name[2:] for name in names[1::2]))
    if list(known.tags) != names:
        raise BadInput(
            f"The outputs of {base} are {', '.join(map(str, names[:6]))}, which are not O and then B- and I- of each "
            "label; go on from a model of this program."
        )
    labels = tuple(renamed.get(label, label) for label in known.labels)
    if len(set(labels)) < len(labels):
        raise BadInput(
            f"Two labels of {base} would have one name ({', '.join(labels)}); rename them to different ones."
        )
    return TagSet(labels)


def _name_outputs(config: Any, tag_set: TagSet) -> None:
    config.id2label = dict(enumerate(tag_set.tags))
    config.label2id = {tag: i for i, tag in enumerate(tag_set.tags)}


def _unavailable(base: str, error: Exception) -> ModelUnavailable:
    reason = (str(error).splitlines() or [""])[0].rstrip(".")[:200]
    return ModelUnavailable(
        f"The encoder {base} cannot be loaded ({reason}); check the name and the network, or name a folder with its files."
    )


def _grow_token_types(model: Any, size: int) -> None:
    """More rows in BERT's token type table, started as copies of the first, so that nothing changes at first."""
    embeddings = model.base_model.embeddings
    old = embeddings.token_type_embeddings
    new = torch.nn.Embedding(size, old.embedding_dim)
    with torch.no_grad():
        new.weight.copy_(old.weight[:1].expand(size, -1))
    embeddings.token_type_embeddings = new
    model.config.type_vocab_size = size
