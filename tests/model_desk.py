"""A folder enters; model folders that have the right form and a few bytes of weights, and a registry of them, leave."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from biobert_demo.models import ModelRegistry
from biobert_demo.settings import Settings
from biobert_demo.store import ModelVersion, Store

NAMES = ("O", "B-Disease", "I-Disease", "B-Gene", "I-Gene")


def safetensors(values: bytes) -> bytes:
    """A safetensors file of one tensor."""
    tensor = {"dtype": "U8", "shape": [len(values)], "data_offsets": [0, len(values)]}
    header = json.dumps({"__metadata__": {"format": "pt"}, "weight": tensor}).encode()
    return len(header).to_bytes(8, "little") + header + values


def write_model(folder: Path, weights: str = "weights", **config: Any) -> Path:
    """A model folder in the right form; no library could run it."""
    folder.mkdir(parents=True, exist_ok=True)
    content = {"model_type": "bert", "id2label": dict(enumerate(NAMES))} | config
    (folder / "config.json").write_text(json.dumps(content), encoding="utf-8")
    (folder / "tokenizer.json").write_text("{}", encoding="utf-8")
    (folder / "model.safetensors").write_bytes(safetensors(weights.encode()))
    return folder


class ModelDesk:
    """A data folder with a store and a registry whose base is `base`; candidates come from folders beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.base_folder = write_model(folder / "base", "base")
        self.settings = Settings(
            home=folder / "home", assets=folder, ner_model=self.base_folder, qa_model=folder / "no" / "qa"
        )
        self.store = Store.open(self.settings.home, backups=False)
        self.registry = ModelRegistry(self.store, self.settings)

    def with_base(self, path: Path) -> ModelRegistry:
        """The registry as it is with other settings."""
        self.settings = replace(self.settings, ner_model=path)
        self.registry = ModelRegistry(self.store, self.settings)
        return self.registry

    def add(self, weights: str, parent: ModelVersion | None = None, **options: Any) -> ModelVersion:
        """A candidate with these weights."""
        source = write_model(self.folder / "sources" / weights, weights)
        options = {"run_id": None, "labels": ["Disease", "Gene"]} | options
        return self.registry.add_candidate("ner", source, parent=parent, **options)

    def promote(self, model: ModelVersion, kind: Any = "gate") -> ModelVersion:
        self.registry.promote(model.id, author="Ann", reason="Better.", kind=kind)
        return self.store.models.get(model.id)

    def serve(self, weights: str, parent: ModelVersion | None = None) -> ModelVersion:
        """A candidate that was promoted."""
        return self.promote(self.add(weights, parent))

    def promoted(self) -> int:
        """The number of the promoted model."""
        return self.registry.promoted("ner").number

    def states(self) -> dict[int, str]:
        return {model.number: model.state for model in self.store.models.list("ner")}

    def truncate(self, model: ModelVersion) -> None:
        """Damage a model's weights."""
        path = self.registry.folder_of(model) / "model.safetensors"
        path.write_bytes(path.read_bytes()[:-3])
