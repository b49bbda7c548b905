"""What does dropout inside the encoder cost? Word pieces a second of training with and without it, in one process.

    python benchmarks/training_speed.py [--preset minilm] [--seconds 8]

Alternates between the two; look at the ratio. With dropout, attention leaves its fast path on CPUs.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace

import torch

from biobert_demo.alignment import TagSet
from biobert_demo.annotations import LABEL_NAMES
from trainer.ner import load_encoder
from trainer.presets import find_preset

WINDOWS, PIECES = 16, 128


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", default="minilm")
    parser.add_argument("--seconds", type=float, default=8)
    options = parser.parse_args()
    rates: dict[float, list[float]] = {0.1: [], 0.0: []}
    for _ in range(2):
        for dropout, found in rates.items():
            found.append(pieces_per_second(options.preset, dropout, options.seconds))
    for dropout, found in rates.items():
        print(f"encoder dropout {dropout}: {max(found):,.0f} word pieces a second")
    print(f"ratio: {max(rates[0.0]) / max(rates[0.1]):.2f}")


def pieces_per_second(preset: str, dropout: float, seconds: float) -> float:
    model, _ = load_encoder(replace(find_preset(preset), encoder_dropout=dropout), TagSet(LABEL_NAMES))
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-5, fused=True)

    def step() -> None:
        ids = torch.randint(5, model.config.vocab_size, (WINDOWS, PIECES))
        model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits.float().square().mean().backward()
        optimizer.step()
        optimizer.zero_grad()

    step()
    started, steps = time.perf_counter(), 0
    while time.perf_counter() - started < seconds:
        step()
        steps += 1
    return steps * WINDOWS * PIECES / (time.perf_counter() - started)


if __name__ == "__main__":
    main()
