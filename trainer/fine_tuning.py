"""A task (model, batches, loss, dev score) enters; the weights that were best on dev leave, resumable at any moment.

This is the loop every tutorial draws, written out:

    for each epoch, for each batch:  loss = task.loss(model, batch);  loss.backward();  optimizer.step()
    now and then:                    score on dev; keep the best weights; write a checkpoint

Accelerate supplies what a laptop and a machine with several GPUs do differently: device, mixed precision, gradient
synchronisation and the checkpoint's format. The same code runs under `accelerate launch`: each step then takes one
batch a process, and what must be the same everywhere (when to stop, to score, to save) follows from what all
processes know or is decided by the main one.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, Protocol

import torch
from accelerate import Accelerator, PartialState
from accelerate.utils import broadcast_object_list, parse_flag_from_env, set_seed
from safetensors import SafetensorError
from tqdm import tqdm

from biobert_demo.errors import BadInput, BiobertDemoError

Batch = Sequence[Any]
"""Windows, each with its `input_ids`."""

Tensors = dict[str, torch.Tensor]


class TrainingDiverged(BiobertDemoError):
    """A loss that is no longer a finite number."""


class CheckpointDamaged(BiobertDemoError):
    """A checkpoint that cannot be read."""


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
    """Everything the loop can be told.

    `max_pieces` caps the whole run's word pieces, over all processes, for equal budgets; `epochs` None leaves the cap
    alone to end the run. `patience` 0 never stops early. With `keeps_last` the last weights are kept rather than those
    that were best on dev: for runs so short that dev, being small, would choose by chance.
    """

    epochs: float | None = 3.0
    learning_rate: float = 5e-5
    warmup: float = 0.06
    weight_decay: float = 0.01
    max_gradient_norm: float = 1.0
    seed: int = 1
    evaluations: int = 8
    patience: int = 0
    save_minutes: float = 5.0
    steps_per_record: int = 50
    max_pieces: int | None = None
    mixed_precision: str = "auto"
    progress: bool = True
    keeps_last: bool = False


@dataclass
class Progress:
    """Where a run stands; written with each checkpoint.

    `batch` counts the steps of the epoch, `pieces` and `total` the word pieces of all processes.
    """

    epoch: int = 0
    batch: int = 0
    step: int = 0
    pieces: int = 0
    total: int = 0
    best: float = -1.0
    best_step: int = 0
    evaluations: int = 0
    without_improvement: int = 0
    seconds: float = 0.0
    finished: bool = False
    scores: dict[str, float] = field(default_factory=dict)


Watch = Callable[["Progress", float | None], None]
"""Called after each step with the progress and, where it was just written down, the mean loss; may raise to stop."""


def fine_tune(task: Task, settings: FineTuningSettings, folder: Path, watch: Watch | None = None) -> Progress:
    """Run or resume the fine-tuning in `folder`; the best weights are then in `folder/best`.

    `folder` also holds `metrics.jsonl` (one JSON object a line: step, pieces, loss, learning rate, or dev scores),
    `checkpoint/` (state of model, optimizer and random generators) and `progress.json`.
    Raises BadInput where there is no batch to learn from, TrainingDiverged where the loss is no number any more, and
    CheckpointDamaged where there is a checkpoint that cannot be read.
    """
    folder.mkdir(parents=True, exist_ok=True)
    accelerator = Accelerator(mixed_precision=_mixed_precision(settings.mixed_precision))
    set_seed(settings.seed, device_specific=True)
    model, optimizer = accelerator.prepare(task.model, _optimizer(task.model, settings))
    progress = _resume(accelerator, folder)
    if progress.finished:
        return progress
    steps = _steps_of(task, progress.epoch, accelerator)
    total = progress.total = progress.total or _total_pieces(steps, settings)
    metrics = _Metrics(folder / "metrics.jsonl", progress.step, accelerator.is_main_process)
    shows_bar = settings.progress and accelerator.is_main_process
    bar = tqdm(total=total, initial=progress.pieces, unit="pc", unit_scale=True, smoothing=0.05, disable=not shows_bar)
    started = last_saved = time.monotonic()
    seconds_before = progress.seconds
    losses: list[float] = []
    model.train()
    with bar:
        while progress.pieces < total:
            if progress.batch >= len(steps):
                progress.epoch, progress.batch = progress.epoch + 1, 0
                steps = _steps_of(task, progress.epoch, accelerator)
            step = steps[progress.batch]
            tensors = task.collate(step[accelerator.process_index])
            tensors = {name: tensor.to(accelerator.device) for name, tensor in tensors.items()}
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
                raise TrainingDiverged(
                    f"The loss became {losses[-1]} at step {progress.step}; try a lower learning rate than "
                    f"{settings.learning_rate}, or mixed precision 'no', in another output folder."
                )
            before, size = progress.pieces, _pieces_of(step)
            progress.batch += 1
            progress.step += 1
            progress.pieces += size
            progress.seconds = seconds_before + time.monotonic() - started
            bar.update(size)
            mean = None
            if progress.step % settings.steps_per_record == 0 or progress.pieces >= total:
                mean = sum(losses) / len(losses)
                losses.clear()
                bar.set_postfix(loss=f"{mean:.3f}", best=f"{progress.best:.3f}")
                metrics.write(progress, loss=round(mean, 5), learning_rate=rate)
            if watch is not None:
                watch(progress, mean)
            if _is_evaluation_due(before, progress.pieces, total, settings.evaluations):
                _evaluate(task, model, accelerator, progress, metrics, folder, settings.keeps_last)
                if settings.patience and progress.without_improvement >= settings.patience:
                    break
            if _main_says(accelerator, time.monotonic() - last_saved > settings.save_minutes * 60):
                _save_checkpoint(accelerator, progress, folder)
                last_saved = time.monotonic()
    progress.finished = True
    if accelerator.is_main_process:
        _write_json(folder / "progress.json", asdict(progress))
        shutil.rmtree(folder / "checkpoint", ignore_errors=True)
    accelerator.wait_for_everyone()
    return progress


def wait_for_everyone() -> None:
    """Go on when all processes of an `accelerate launch` have come here."""
    PartialState(cpu=parse_flag_from_env("ACCELERATE_USE_CPU")).wait_for_everyone()


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


def _steps_of(task: Task, epoch: int, accelerator: Accelerator) -> list[Sequence[Batch]]:
    """The batches of each step of an epoch, one for each process; every process makes the same list.

    Where they do not divide evenly, the last step takes some batches again, so that no process waits in vain.
    """
    batches = task.epoch_batches(epoch)
    if not batches:
        raise BadInput("The training documents give no batch to learn from; they hold no word.")
    processes = accelerator.num_processes
    return [
        [batches[(first + process) % len(batches)] for process in range(processes)]
        for first in range(0, len(batches), processes)
    ]


def _pieces_of(step: Sequence[Batch]) -> int:
    return sum(len(window.input_ids) for batch in step for window in batch)


def _total_pieces(steps: Sequence[Sequence[Batch]], settings: FineTuningSettings) -> int:
    limits = []
    if settings.epochs is not None:
        limits.append(int(settings.epochs * sum(map(_pieces_of, steps))))
    if settings.max_pieces is not None:
        limits.append(settings.max_pieces)
    if not limits:
        raise BadInput("Neither epochs nor a number of word pieces says when to stop; give one.")
    return max(1, min(limits))


def _is_evaluation_due(before: int, now: int, total: int, evaluations: int) -> bool:
    """Whether a step from `before` to `now` pieces passed one of the evenly spaced evaluations; the last is the end."""
    every = math.ceil(total / max(1, evaluations))
    return now >= total or now // every > before // every


def _evaluate(
    task: Task,
    model: Any,
    accelerator: Accelerator,
    progress: Progress,
    metrics: _Metrics,
    folder: Path,
    keeps_last: bool,
) -> None:
    """The main process scores dev and keeps the weights; all learn the scores. Of equal scores the later wins."""
    unwrapped = accelerator.unwrap_model(model)
    scores: dict[str, float] = {}
    if accelerator.is_main_process:
        unwrapped.eval()
        scores = task.evaluate(unwrapped)
        unwrapped.train()
    scores = _main_says(accelerator, scores)
    progress.evaluations += 1
    metrics.write(progress, **{f"dev_{name}": round(value, 5) for name, value in scores.items()})
    progress.without_improvement = 0 if scores["main"] > progress.best else progress.without_improvement + 1
    if keeps_last or scores["main"] >= progress.best:
        progress.best, progress.best_step, progress.scores = scores["main"], progress.step, scores
        if accelerator.is_main_process:
            _replace_folder(folder / "best", lambda new: task.save(unwrapped, new))
    accelerator.wait_for_everyone()


def _main_says(accelerator: Accelerator, value: Any) -> Any:
    """The main process's value, in all processes."""
    return broadcast_object_list([value])[0] if accelerator.num_processes > 1 else value


def _save_checkpoint(accelerator: Accelerator, progress: Progress, folder: Path) -> None:
    """The old checkpoint is replaced only when the new one is whole, so a kill at any moment leaves one."""
    new = folder / "checkpoint.new"
    accelerator.save_state(str(new), safe_serialization=True)
    accelerator.wait_for_everyone()
    if accelerator.is_main_process:
        _write_json(new / "progress.json", asdict(progress))
        _swap(new, folder / "checkpoint")
    accelerator.wait_for_everyone()


def _resume(accelerator: Accelerator, folder: Path) -> Progress:
    best, best_before = folder / "best", folder / "best.old"
    if accelerator.is_main_process and best_before.exists() and not best.exists():
        os.replace(best_before, best)
    finished = folder / "progress.json"
    if finished.exists():
        return Progress(**json.loads(finished.read_text(encoding="utf-8")))
    for candidate in (folder / "checkpoint", folder / "checkpoint.old"):
        if (candidate / "progress.json").exists():
            return _load_checkpoint(accelerator, candidate)
    return Progress()


def _load_checkpoint(accelerator: Accelerator, folder: Path) -> Progress:
    try:
        progress = Progress(**json.loads((folder / "progress.json").read_text(encoding="utf-8")))
        accelerator.load_state(str(folder))
    except (
        OSError,
        EOFError,
        ValueError,
        TypeError,
        KeyError,
        RuntimeError,
        SafetensorError,
        UnpicklingError,
    ) as error:
        reason = str(error).strip().splitlines()[:1]
        raise CheckpointDamaged(
            f"The checkpoint {folder} cannot be read ({type(error).__name__}: {''.join(reason)[:200]}); remove "
            "that folder to begin again."
        ) from error
    return progress


class _Metrics:
    """Appends records to metrics.jsonl; what a killed run wrote after its last checkpoint will be written again."""

    def __init__(self, path: Path, resumed_step: int, is_main: bool) -> None:
        self.path, self.is_main = path, is_main
        if is_main and path.exists():
            kept = [line for line in path.read_text(encoding="utf-8").split("\n") if _step_of(line) <= resumed_step]
            _write_text(path, "".join(line + "\n" for line in kept))

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


def _step_of(line: str) -> float:
    """A record's step; infinite for an empty line or one that a kill cut off."""
    try:
        return json.loads(line)["step"]
    except json.JSONDecodeError:
        return math.inf


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
    _write_text(path, json.dumps(value, indent=1))


def _write_text(path: Path, text: str) -> None:
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, path)
