"""A task (model, batches, loss, dev score) enters; the weights that were best on dev leave, resumable at any moment.

This is the loop every tutorial draws, written out:

    for each epoch, for each batch:  loss = task.loss(model, batch);  loss.backward();  optimizer.step()
    now and then:                    score on dev; keep the best weights; write a checkpoint

Accelerate supplies what a laptop and a machine with several GPUs do differently: device, mixed precision, gradient
synchronisation and the checkpoint's format. The same code runs under `accelerate launch`.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from tqdm import tqdm

Batch = Any
Tensors = dict[str, torch.Tensor]


class Task(Protocol):
    """What is learned: NER and QA differ only here."""

    model: Any

    def epoch_batches(self, epoch: int) -> Sequence[Batch]:
        """The batches of an epoch; the same for the same epoch and seed, so that a resumed run can skip."""
        ...

    def collate(self, batch: Batch) -> Tensors:
        """Tensors of a batch."""
        ...

    def loss(self, model: Any, tensors: Tensors) -> torch.Tensor:
        """The mean loss of a batch, a scalar."""
        ...

    def evaluate(self, model: Any) -> dict[str, float]:
        """Scores on dev; `main` is the one that chooses the best weights, higher is better."""
        ...

    def save(self, model: Any, folder: Path) -> None:
        """Write weights, configuration and tokenizer so that transformers can load the folder."""
        ...


@dataclass(frozen=True)
class FineTuningSettings:
    """Everything the loop can be told. `max_pieces` caps the whole run's word pieces, for equal budgets."""

    epochs: float = 3.0
    learning_rate: float = 5e-5
    warmup: float = 0.06
    weight_decay: float = 0.01
    max_gradient_norm: float = 1.0
    seed: int = 1
    evaluations: int = 8
    patience: int = 0
    save_minutes: float = 5.0
    max_pieces: int | None = None
    mixed_precision: str = "auto"
    progress: bool = True


@dataclass
class Progress:
    """Where a run stands; written with each checkpoint."""

    epoch: int = 0
    batch: int = 0
    step: int = 0
    pieces: int = 0
    best: float = -1.0
    best_step: int = 0
    evaluations: int = 0
    without_improvement: int = 0
    seconds: float = 0.0
    finished: bool = False
    scores: dict[str, float] = field(default_factory=dict)


def fine_tune(task: Task, settings: FineTuningSettings, folder: Path) -> Progress:
    """Run or resume the fine-tuning in `folder`; the best weights are then in `folder/best`.

    `folder` also holds `metrics.jsonl` (one JSON object a line: step, pieces, loss, learning rate, or dev scores),
    `checkpoint/` (state of model, optimizer and random generators) and `progress.json`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    set_seed(settings.seed)
    accelerator = Accelerator(mixed_precision=_mixed_precision(settings.mixed_precision))
    model, optimizer = accelerator.prepare(task.model, _optimizer(task.model, settings))
    progress = _resume(accelerator, folder)
    if progress.finished:
        return progress
    share = 1 / accelerator.num_processes
    first_epoch = _batches_of(task, progress.epoch, accelerator)
    total = _total_pieces(first_epoch, settings, share)
    evaluate_every = max(1, total // max(1, settings.evaluations))
    next_evaluation = (progress.pieces // evaluate_every + 1) * evaluate_every
    metrics = _Metrics(folder / "metrics.jsonl", accelerator.is_main_process)
    bar = tqdm(
        total=total,
        initial=progress.pieces,
        unit="pc",
        unit_scale=True,
        smoothing=0.05,
        disable=not (settings.progress and accelerator.is_main_process),
    )
    started = last_saved = time.monotonic()
    seconds_before = progress.seconds
    losses: list[float] = []
    model.train()
    batches = first_epoch
    while progress.pieces < total:
        if progress.batch >= len(batches):
            progress.epoch, progress.batch = progress.epoch + 1, 0
            batches = _batches_of(task, progress.epoch, accelerator)
        tensors = {name: t.to(accelerator.device) for name, t in task.collate(batches[progress.batch]).items()}
        rate = settings.learning_rate * _schedule(progress.pieces / total, settings.warmup)
        for group in optimizer.param_groups:
            group["lr"] = rate
        with accelerator.autocast():
            loss = task.loss(model, tensors)
        accelerator.backward(loss)
        accelerator.clip_grad_norm_(model.parameters(), settings.max_gradient_norm)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
        if not math.isfinite(losses[-1]):
            raise FloatingPointError(
                f"The loss became {losses[-1]} at step {progress.step}; try a lower learning rate than "
                f"{settings.learning_rate} or mixed_precision 'no'."
            )
        size = int(tensors["attention_mask"].sum())
        progress.batch += 1
        progress.step += 1
        progress.pieces += size
        progress.seconds = seconds_before + time.monotonic() - started
        bar.update(size)
        if progress.step % 50 == 0:
            mean = sum(losses) / len(losses)
            losses.clear()
            bar.set_postfix(loss=f"{mean:.3f}", best=f"{progress.best:.3f}")
            metrics.write(progress, loss=round(mean, 5), learning_rate=rate)
        if progress.pieces >= next_evaluation or progress.pieces >= total:
            next_evaluation += evaluate_every
            _evaluate(task, model, accelerator, progress, metrics, folder)
            if settings.patience and progress.without_improvement >= settings.patience:
                break
        if time.monotonic() - last_saved > settings.save_minutes * 60:
            _save_checkpoint(accelerator, progress, folder)
            last_saved = time.monotonic()
    bar.close()
    progress.finished = True
    if accelerator.is_main_process:
        _write_json(folder / "progress.json", asdict(progress))
        shutil.rmtree(folder / "checkpoint", ignore_errors=True)
    return progress


def _mixed_precision(wanted: str) -> str:
    """ "auto" is bf16 or fp16 on a GPU; on the CPUs measured here autocast to bf16 was slower than fp32."""
    if wanted != "auto":
        return wanted
    if not torch.cuda.is_available():
        return "no"
    return "bf16" if torch.cuda.is_bf16_supported() else "fp16"


def _optimizer(model: torch.nn.Module, settings: FineTuningSettings) -> torch.optim.Optimizer:
    """AdamW; biases and layer norms are not decayed, as in BERT's own fine-tuning."""
    named = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    plain = [p for name, p in named if p.ndim < 2]
    decayed = [p for name, p in named if p.ndim >= 2]
    return torch.optim.AdamW(
        [
            {"params": decayed, "weight_decay": settings.weight_decay},
            {"params": plain, "weight_decay": 0.0},
        ],
        lr=settings.learning_rate,
        fused=True,
    )


def _schedule(done: float, warmup: float) -> float:
    """Linear warm-up, then linear decay to zero; `done` is the finished share of the run."""
    if done < warmup:
        return (done + 1e-4) / warmup
    return max(0.0, (1 - done) / (1 - warmup))


def _batches_of(task: Task, epoch: int, accelerator: Accelerator) -> Sequence[Batch]:
    """This process's batches: every n-th, an equal number for each so that none waits for another at the end."""
    batches = task.epoch_batches(epoch)
    even = len(batches) - len(batches) % accelerator.num_processes
    return batches[accelerator.process_index : even : accelerator.num_processes]


def _total_pieces(batches: Sequence[Batch], settings: FineTuningSettings, share: float) -> int:
    of_epoch = sum(len(window.input_ids) for batch in batches for window in batch)
    total = int(of_epoch * settings.epochs)
    if settings.max_pieces is not None:
        total = min(total, int(settings.max_pieces * share))
    return max(total, 1)


def _evaluate(
    task: Task, model: Any, accelerator: Accelerator, progress: Progress, metrics: _Metrics, folder: Path
) -> None:
    unwrapped = accelerator.unwrap_model(model)
    unwrapped.eval()
    scores = task.evaluate(unwrapped)
    unwrapped.train()
    progress.evaluations += 1
    metrics.write(progress, **{f"dev_{name}": round(value, 5) for name, value in scores.items()})
    if scores["main"] > progress.best:
        progress.best, progress.best_step, progress.scores = scores["main"], progress.step, scores
        progress.without_improvement = 0
        if accelerator.is_main_process:
            _replace_folder(folder / "best", lambda new: task.save(unwrapped, new))
    else:
        progress.without_improvement += 1
    accelerator.wait_for_everyone()


def _save_checkpoint(accelerator: Accelerator, progress: Progress, folder: Path) -> None:
    """The old checkpoint is replaced only when the new one is whole, so a kill at any moment leaves one."""
    new = folder / "checkpoint.new"
    accelerator.save_state(str(new), safe_serialization=True)
    if accelerator.is_main_process:
        _write_json(new / "progress.json", asdict(progress))
        _swap(new, folder / "checkpoint")
    accelerator.wait_for_everyone()


def _resume(accelerator: Accelerator, folder: Path) -> Progress:
    finished = folder / "progress.json"
    if finished.exists():
        return Progress(**json.loads(finished.read_text(encoding="utf-8")))
    for candidate in (folder / "checkpoint", folder / "checkpoint.old"):
        if (candidate / "progress.json").exists():
            accelerator.load_state(str(candidate))
            return Progress(**json.loads((candidate / "progress.json").read_text(encoding="utf-8")))
    return Progress()


class _Metrics:
    def __init__(self, path: Path, is_main: bool) -> None:
        self.path, self.is_main = path, is_main

    def write(self, progress: Progress, **values: float) -> None:
        if not self.is_main:
            return
        line = {
            "step": progress.step,
            "epoch": progress.epoch,
            "pieces": progress.pieces,
            "seconds": round(progress.seconds, 1),
            **values,
        }
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(line) + "\n")


def _replace_folder(folder: Path, fill: Any) -> None:
    new = folder.with_name(folder.name + ".new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    fill(new)
    _swap(new, folder)


def _swap(new: Path, folder: Path) -> None:
    old = folder.with_name(folder.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        os.replace(folder, old)
    os.replace(new, folder)
    shutil.rmtree(old, ignore_errors=True)


def _write_json(path: Path, value: object) -> None:
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(value, indent=1), encoding="utf-8")
    os.replace(temporary, path)
