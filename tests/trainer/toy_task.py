"""A target line enters; a task of a dozen numbers that learns it leaves, for tests of the loop around any task.

Run as a program, it fine-tunes in a folder and kills itself like `kill -9` before a step: `toy_task.py FOLDER STEP`.
"""

from __future__ import annotations

import os
import random
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from trainer.fine_tuning import FineTuningSettings, Tensors, fine_tune

SETTINGS = FineTuningSettings(
    epochs=4, learning_rate=0.05, evaluations=4, save_minutes=0.0, progress=False, mixed_precision="no"
)


@dataclass
class ToyWindow:
    """A "text" of some pieces, of which the first ones are its numbers."""

    input_ids: list[int]


class ToyTask:
    """Learns the sum of three numbers through dropout and noise, so that random generators matter."""

    def __init__(self, before_step: Callable[[int], None] = lambda step: None, scores: Sequence[float] = ()) -> None:
        """`before_step` is told each step's number; `scores` are returned one by one instead of measured ones."""
        torch.manual_seed(11)
        self.model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Dropout(0.1), torch.nn.Linear(4, 1))
        self.before_step, self.scores = before_step, list(scores)
        self.steps = 0
        self.evaluated: list[float] = []

    def epoch_batches(self, epoch: int) -> list[list[ToyWindow]]:
        rng = random.Random(f"toy-{epoch}")
        return [
            [ToyWindow([rng.randrange(9) for _ in range(rng.choice((3, 5, 8)))]) for _ in range(4)] for _ in range(15)
        ]

    def collate(self, batch: Sequence[ToyWindow]) -> Tensors:
        self.steps += 1
        self.before_step(self.steps)
        numbers = torch.tensor([window.input_ids[:3] for window in batch], dtype=torch.float32) / 9
        noise = torch.randn(len(batch), 1) * 0.01 + random.random() * 0.01
        return {"numbers": numbers, "sums": numbers.sum(dim=1, keepdim=True) + noise}

    def loss(self, model: Any, tensors: Tensors) -> torch.Tensor:
        return torch.nn.functional.mse_loss(model(tensors["numbers"]), tensors["sums"])

    def evaluate(self, model: Any) -> dict[str, float]:
        if self.scores:
            score = self.scores.pop(0)
        else:
            points = torch.tensor([[0.2, 0.5, 0.3], [0.9, 0.1, 0.0], [0.4, 0.8, 0.7], [0.1, 0.1, 0.2]])
            with torch.no_grad():
                score = 1 - float(torch.nn.functional.mse_loss(model(points), points.sum(dim=1, keepdim=True)))
        self.evaluated.append(score)
        return {"main": score, "line": score}

    def save(self, model: Any, folder: Path) -> None:
        torch.save(model.state_dict(), folder / "weights.pt")


def weights_of(folder: Path) -> list[torch.Tensor]:
    return list(torch.load(folder / "best" / "weights.pt").values())


def kill_before(step: int) -> Callable[[int], None]:
    def check(current: int) -> None:
        if current == step:
            os.kill(os.getpid(), signal.SIGKILL)

    return check


if __name__ == "__main__":
    fine_tune(ToyTask(kill_before(int(sys.argv[2]))), SETTINGS, Path(sys.argv[1]))
