"""A model and corrections enter; the model that has learned them, without forgetting what it knew, leaves.

Four ways to keep what is known were compared (`python benchmarks/forgetting.py`, docs/learning.md):

* "full": all weights move, at a low rate;
* "l2": the same, with a pull back to where they started (Li, Grandvalet and Davoine 2018, Explicit Inductive Bias for
  Transfer Learning with Convolutional Networks);
* "frozen": the embeddings and the lower half of the encoder stay as they are;
* "lora": the weights stay, and low-rank changes to them are learned (Hu et al. 2022, LoRA).

In all of them the corrections are mixed with a replayed sample of the original gold, a frozen teacher (the model that
the run starts from) says what it thinks of places that people left open, and the weights that leave may lie part of the
way from the start to where the run ended (Wortsman et al. 2022, Robust fine-tuning of zero-shot models).
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
from safetensors.torch import save_file

from biobert_demo.alignment import TagSet, words_of
from biobert_demo.errors import BadInput
from biobert_demo.gazetteer import FILE_NAME, Gazetteer
from biobert_demo.recognition import EntityRecognizer
from biobert_demo.reviewed import ReviewedDocument
from biobert_demo.word_pieces import WordPieces
from trainer.averaging import WEIGHTS, load_weights
from trainer.evaluation import EvaluationSet
from trainer.examples import Example, ExampleBuilder
from trainer.fine_tuning import CheckpointDamaged, FineTuningSettings, Progress, Tensors, Watch, fine_tune, set_seed
from trainer.ner import NerSettings, NerTask, load_encoder
from trainer.presets import Preset
from trainer.run import say

if TYPE_CHECKING:
    from trainer.replay import GoldDocument

Method = Literal["full", "l2", "frozen", "lora"]
METHODS: tuple[Method, ...] = ("full", "l2", "frozen", "lora")

CORRECTIONS = "corrections"
REPLAY = "replay"


@dataclass(frozen=True)
class AdaptationSettings:
    """How a model learns from corrections.

    An epoch sees each corrected document once and `replay_ratio` word pieces of replayed texts for each of its own. The
    run has `epochs` of them, but at least `least_pieces` and at most `most_pieces` word pieces, which bounds its time.
    `kept_share` is the share of the way from the start to the end of the run at which the weights that leave lie.
    """

    method: Method = "full"
    learning_rate: float = 2e-4
    epochs: float = 8
    replay_ratio: float = 1.2
    least_pieces: int = 60_000
    most_pieces: int = 400_000
    uses_teacher: bool = True
    replays_gold: bool = False
    pull: float = 0.01
    lora_rank: int = 16
    kept_share: float = 0.75
    pieces_per_batch: int = 2_048
    evaluations: int = 6
    save_minutes: float = 0.5
    seed: int = 1


def adapt(
    start: Path,
    corrections: Sequence[ReviewedDocument],
    replay: Sequence[GoldDocument],
    labels: Sequence[str],
    folder: Path,
    settings: AdaptationSettings | None = None,
    dev: Sequence[EvaluationSet] = (),
    watch: Watch | None = None,
    renamed: Mapping[str, str] | None = None,
) -> tuple[Path, Progress]:
    """Run (or resume) the fine-tuning in `folder`; returns its model folder, `folder/model`, and where the run ended.

    `labels` are those that the new model knows, the start's first (`renamed` gives one of those another name). `dev` is
    scored along the way for the curve alone: the last weights are kept. Raises BadInput where nothing can be learned
    from the corrections.
    """
    settings = settings or AdaptationSettings()
    try:
        return _adapt(start, corrections, replay, labels, folder, settings, dev, watch, renamed)
    except CheckpointDamaged as error:
        # A run of minutes is begun again rather than given up; what it starts from is whole.
        say(f"{error} It is begun again.")
        shutil.rmtree(folder)
        return _adapt(start, corrections, replay, labels, folder, settings, dev, watch, renamed)


def _adapt(
    start: Path,
    corrections: Sequence[ReviewedDocument],
    replay: Sequence[GoldDocument],
    labels: Sequence[str],
    folder: Path,
    settings: AdaptationSettings,
    dev: Sequence[EvaluationSet],
    watch: Watch | None,
    renamed: Mapping[str, str] | None,
) -> tuple[Path, Progress]:
    tag_set = TagSet(tuple(labels))
    random_ = random.Random(settings.seed)
    set_seed(settings.seed)
    gazetteer = Gazetteer.load(start / FILE_NAME) if (start / FILE_NAME).exists() else None
    model, tokenizer = load_encoder(
        Preset(str(start), settings.learning_rate, settings.epochs), tag_set, start, renamed=renamed
    )
    builder = ExampleBuilder(WordPieces(tokenizer), tag_set, gazetteer=gazetteer)
    anything = (1 << len(tag_set.tags)) - 1
    learned = [(one, builder.build_reviewed(one, CORRECTIONS)) for one in corrections]
    learned = [(one, example) for one, example in learned if any(bits != anything for bits in example.allowed)]
    if not learned:
        raise BadInput(
            "The corrections give no word to learn from: no document is complete, and in the others nothing was "
            "accepted or rejected. Review some documents, then learn again."
        )
    own_pieces = sum(_piece_count(example) for _, example in learned)
    total = round(own_pieces * settings.epochs * (1 + settings.replay_ratio))
    total = min(max(total, settings.least_pieces), settings.most_pieces)
    # Few corrections are not repeated more often than `epochs` says: what is missing to `least_pieces` is replay.
    replay_pieces = max(
        total - own_pieces * settings.epochs, total * settings.replay_ratio / (1 + settings.replay_ratio)
    )
    replayed = _draw(replay, round(replay_pieces / REPEATS), builder, random_) if settings.replay_ratio else []
    if not settings.replays_gold:
        for _, example in replayed:
            example.allowed = [anything] * len(example.allowed)
    if settings.uses_teacher:
        _attach_teacher(start, [*learned, *replayed], tag_set, renamed or {})
    drawn = sum(_piece_count(example) for _, example in replayed)
    rounds = max(1.0, (total - replay_pieces) / own_pieces)
    task = AdaptationTask(
        model,
        tokenizer,
        tag_set,
        [example for _, example in [*learned, *replayed]],
        dev,
        settings,
        {REPLAY: replay_pieces / rounds / drawn} if drawn else {},
        gazetteer,
    )
    progress = fine_tune(
        task,
        FineTuningSettings(
            epochs=None,
            max_pieces=total,
            learning_rate=settings.learning_rate,
            seed=settings.seed,
            evaluations=settings.evaluations,
            save_minutes=settings.save_minutes,
            steps_per_record=10,
            keeps_last=True,
            progress=False,
        ),
        folder,
        watch,
    )
    target = folder / "model"
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(folder / "best", target)
    if settings.kept_share < 1:
        keep_share(start, target, settings.kept_share)
    return target, progress


class AdaptationTask(NerTask):
    """Token classification that starts from a model worth keeping."""

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        tag_set: TagSet,
        examples: Sequence[Example],
        dev: Sequence[EvaluationSet],
        settings: AdaptationSettings,
        sampling: Mapping[str, float],
        gazetteer: Gazetteer | None,
    ) -> None:
        """As any such task, without disturbed inputs; the settings say what of the model moves, and how freely."""
        self._pull = settings.pull
        self._start: dict[str, torch.Tensor] = {}
        if settings.method == "l2":
            self._start = {
                name: parameter.detach().clone()
                for name, parameter in model.named_parameters()
                if "classifier" not in name
            }
        elif settings.method == "frozen":
            _freeze_lower_half(model)
        elif settings.method == "lora":
            model = _with_lora(model, settings)
        cutting = NerSettings(
            pieces_per_batch=settings.pieces_per_batch, masked_words=0.0, plain_types=0.0, seed=settings.seed
        )
        super().__init__(model, tokenizer, tag_set, examples, dev, cutting, sampling, gazetteer)

    def sizes_for(self, example: Example) -> Sequence[int]:
        """Corrections in windows of several sizes; replayed texts as the teacher saw them.

        In shorter windows the student would have to do without the context that the teacher had, and unlearned there how
        single sentences are annotated: BC2GM lost 7.6 points of F1 where it lost 1.4 in whole windows (docs/learning.md).
        """
        return self.window_sizes[-1:] if example.corpus == REPLAY else self.window_sizes

    def loss(self, model: Any, tensors: Tensors) -> torch.Tensor:
        loss = super().loss(model, tensors)
        if not self._start:
            return loss
        parameters = dict(model.named_parameters())
        moved = sum((parameters[name] - start).square().sum() for name, start in self._start.items())
        return loss + 0.5 * self._pull * moved

    def save(self, model: Any, folder: Path) -> None:
        """As any token classifier; low-rank changes are added to the weights, so that nothing else is needed to serve."""
        if hasattr(model, "merge_and_unload"):
            import copy

            model = copy.deepcopy(model).merge_and_unload()
        super().save(model, folder)


def keep_share(start: Path, end: Path, share: float) -> None:
    """Move the weights in the folder `end` back towards those in `start`; rows of new labels stay as they are."""
    before, after = load_weights(start), load_weights(end)
    mixed = {}
    for name, tensor in after.items():
        mixed[name] = tensor
        old = before.get(name)
        if old is not None and tensor.is_floating_point() and old.shape[1:] == tensor.shape[1:]:
            rows = min(len(old), len(tensor)) if tensor.ndim else 0
            mixed[name] = tensor.clone()
            mixed[name][:rows] = old[:rows].float() + share * (tensor[:rows] - old[:rows].float())
    save_file(mixed, end / WEIGHTS, metadata={"format": "pt"})


REPEATS = 2
"""How often a run sees a replayed document: few different ones are replayed worse than many, and each costs the teacher
a reading."""


def _draw(
    replay: Sequence[GoldDocument], pieces: int, builder: ExampleBuilder, random_: random.Random
) -> list[tuple[ReviewedDocument, Example]]:
    """Replayed documents of about so many word pieces in all, the same share of each corpus."""
    rows: list[tuple[ReviewedDocument, Example]] = []
    by_corpus: dict[str, list[ReviewedDocument]] = {}
    for one in replay:
        by_corpus.setdefault(one.corpus, []).append(one.reviewed)
    lengths = {name: sum(len(one.document.text) for one in documents) for name, documents in by_corpus.items()}
    whole = sum(lengths.values())
    for name, documents in sorted(by_corpus.items()):
        wanted = pieces * lengths[name] / whole
        for document in random_.sample(documents, len(documents)):
            if wanted <= 0:
                break
            example = builder.build_reviewed(document, REPLAY)
            wanted -= _piece_count(example)
            rows.append((document, example))
    return rows


def _attach_teacher(
    start: Path,
    rows: Sequence[tuple[ReviewedDocument, Example]],
    tag_set: TagSet,
    renamed: Mapping[str, str],
) -> None:
    """Give each example the frozen start's probabilities of its words' tags; nothing for labels it does not know."""
    recognizer = EntityRecognizer.load(start)
    known = TagSet(tuple(renamed.get(label, label) for label in recognizer.labels))
    places = [tag_set.tags.index(tag) for tag in known.tags]
    read = recognizer.word_logits(reviewed.document for reviewed, _ in rows)
    for (reviewed, example), (words, _, logits) in zip(rows, read, strict=True):
        own = words_of(reviewed.document)[0]
        row_of = {word.start: row for row, word in enumerate(own)}
        scaled = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares = np.zeros((len(own), len(tag_set.tags)), dtype=np.float32)
        # The recognizer leaves out words of which its tokenizer sees nothing.
        chosen = [row_of[word.start] for word in words]
        shares[np.ix_(chosen, places)] = scaled / scaled.sum(axis=1, keepdims=True)
        example.teacher = shares


def _piece_count(example: Example) -> int:
    return sum(len(pieces) for pieces in example.pieces)


def _freeze_lower_half(model: Any) -> None:
    encoder = model.base_model
    layers = list(encoder.encoder.layer)
    for part in (encoder.embeddings, *layers[: len(layers) // 2]):
        for parameter in part.parameters():
            parameter.requires_grad = False


def _with_lora(model: Any, settings: AdaptationSettings) -> Any:
    try:
        from peft import LoraConfig, get_peft_model
    except ImportError as error:
        raise BadInput(
            'The method "lora" needs the package peft; install it with `pip install "biobert-demo[lora]"`.'
        ) from error

    return get_peft_model(
        model,
        LoraConfig(
            r=settings.lora_rank,
            lora_alpha=2 * settings.lora_rank,
            lora_dropout=0.0,
            target_modules=["query", "key", "value", "dense"],
            modules_to_save=["classifier"],
        ),
    )
