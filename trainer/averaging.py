"""Model folders of runs from one start enter; one model folder with the mean of their weights leaves.

Runs that go on from the same weights, with other data shares, seeds or rates, end in places that differ in their errors
but lie in one valley of the loss: the mean of their weights is better than each and costs nothing at recognition
(Wortsman et al. 2022, Model soups: averaging weights of multiple fine-tuned models improves accuracy without increasing
inference time).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from biobert_demo.errors import BadInput, ModelUnavailable
from trainer.evaluation import EvaluationSet
from trainer.run import calibrate_folder, write_json

WEIGHTS = "model.safetensors"


def average_models(folders: Sequence[Path], output: Path, dev: Sequence[EvaluationSet]) -> Path:
    """Write the mean of the folders' weights to `output`, calibrated on dev, with the records of the last folder's run.

    `run.json` gets an entry "averaged": what each run was. Raises BadInput where the models differ in shape or tags,
    and ModelUnavailable where a folder holds no weights.
    """
    if len(folders) < 2:
        raise BadInput(f"An average needs at least two model folders, but {len(folders)} was given.")
    if output.exists():
        raise BadInput(f"There is something at {output} already; give another --output.")
    records = [_read_record(folder) for folder in folders]
    tags = [_read(folder, "config.json")["id2label"] for folder in folders]
    for folder, own in zip(folders, tags, strict=True):
        if own != tags[0]:
            raise BadInput(
                f"{folder} has other tags than {folders[0]}; only runs with the same labels can be averaged."
            )
    mean = _mean_weights(folders)
    shutil.copytree(
        folders[-1], output, ignore=shutil.ignore_patterns(WEIGHTS, "evaluation.json", "README.md", "*.png")
    )
    save_file(mean, output / WEIGHTS, metadata={"format": "pt"})
    calibrate_folder(output, dev)
    write_json(output / "run.json", {**records[-1], "averaged": [_summarise(record) for record in records]})
    return output


def load_weights(folder: Path) -> dict[str, torch.Tensor]:
    """The tensors of a model folder by name; raises ModelUnavailable where it holds no readable weights."""
    try:
        return load_file(folder / WEIGHTS)
    except (OSError, SafetensorError) as error:
        raise ModelUnavailable(
            f"The folder {folder} holds no readable {WEIGHTS} ({error}); name a run's model folder."
        ) from error


def _mean_weights(folders: Sequence[Path]) -> dict[str, torch.Tensor]:
    mean: dict[str, torch.Tensor] = {}
    for folder in folders:
        weights = load_weights(folder)
        shapes = {name: tensor.shape for name, tensor in weights.items()}
        if mean and shapes != {name: tensor.shape for name, tensor in mean.items()}:
            raise BadInput(f"{folder} is a model of another shape than {folders[0]}; average runs of one encoder.")
        for name, tensor in weights.items():
            share = tensor.float() / len(folders)
            mean[name] = mean[name] + share if name in mean else share
    return mean


def _summarise(record: dict[str, Any]) -> dict[str, Any]:
    """What tells a run from the others that it is averaged with."""
    settings, progress = record["settings"], record["progress"]
    return {
        "seed": settings["seed"],
        "learning_rate": settings["learning_rate"] or settings["preset"]["learning_rate"],
        "pieces": progress["pieces"],
        "earlier_pieces": sum(stage["progress"]["pieces"] for stage in record.get("earlier", [])),
        "seconds": progress["seconds"],
        "best": progress["best"],
        "corpora": len(record["documents"]),
        "averaged": len(record.get("averaged", [])),
    }


def _read_record(folder: Path) -> dict[str, Any]:
    if not (folder / "run.json").exists():
        raise BadInput(f"The folder {folder} holds no run.json; name the model folder that a run wrote.")
    return _read(folder, "run.json")


def _read(folder: Path, name: str) -> dict[str, Any]:
    return json.loads((folder / name).read_text(encoding="utf-8"))
