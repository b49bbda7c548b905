"""A fine-tuned model folder enters; a smaller one to ship (fp16 weights, its card and figures) leaves."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from biobert_demo.errors import BadInput
from trainer.run import say, update_config

MOST_MEGABYTES = 60
KEPT = (
    "run.json",
    "metrics.jsonl",
    "calibration.json",
    "evaluation.json",
    "ablation.json",
    "README.md",
    "gazetteer.npz",
    "training.png",
    "reliability.png",
)


def ship_model(source: Path, target: Path) -> None:
    """Write `target` with half-precision weights, named by their hash; transformers loads it as it is, in fp32.

    Rounding to fp16 moves a logit by about a thousandth; `python -m trainer evaluate` on the target shows the scores.
    Raises BadInput where the weights are larger than what the project ships.
    """
    import torch
    from safetensors.torch import load_file, save_file
    from transformers import AutoTokenizer

    weights = source / "model.safetensors"
    if not weights.exists():
        raise BadInput(f"The folder {source} holds no model.safetensors; give the model folder that a run wrote.")
    target.mkdir(parents=True, exist_ok=True)
    tensors = {
        name: tensor.to(torch.float16) if tensor.is_floating_point() else tensor
        for name, tensor in load_file(weights).items()
    }
    save_file(tensors, target / "model.safetensors", metadata={"format": "pt"})
    AutoTokenizer.from_pretrained(source).save_pretrained(target)
    shutil.copy(source / "config.json", target / "config.json")
    # "dtype" is what a caller gets who asks for nothing: fp32, since fp16 is slow or missing on CPUs.
    digest = hashlib.sha256((target / "model.safetensors").read_bytes()).hexdigest()
    update_config(target, dtype="float32", version=f"ner-{digest[:8]}")
    for name in KEPT:
        if (source / name).exists():
            shutil.copy(source / name, target / name)
    size = (target / "model.safetensors").stat().st_size / 1e6
    if size > MOST_MEGABYTES:
        raise BadInput(
            f"The weights are {size:.0f} MB, more than the {MOST_MEGABYTES} MB this project ships in a file."
        )
    say(f"{target}: {size:.1f} MB of weights.")
