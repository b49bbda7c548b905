"""A folder and tiny models enter; a data folder with a store, a registry and models of the lab's own leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from biobert_demo.models import ModelRegistry
from biobert_demo.settings import Settings, find_assets
from biobert_demo.store import ModelVersion, Store
from biobert_demo.ui.store_state import StoreState


class Lab:
    """`add` registers a model that finds the words it is given; the first model, number 1, is the settings' own."""

    def __init__(self, home: Path, base: Path, make_lexicon: Callable[..., Path]) -> None:
        self.settings = Settings(home=home, assets=find_assets(), ner_model=base, qa_model=home / "no qa")
        self.stores = StoreState(
            lambda: Store.open(home, backups=False, busy_seconds=0.1), (home / "biobert-demo.sqlite").is_file
        )
        self._make_lexicon = make_lexicon

    @property
    def store(self) -> Store:
        return self.stores.store()

    @property
    def registry(self) -> ModelRegistry:
        return ModelRegistry(self.store, self.settings)

    def add(self, name: str, meanings: Mapping[str, str]) -> ModelVersion:
        base = self.registry.base("ner")
        folder = self._make_lexicon(name, meanings)
        return self.registry.add_candidate("ner", folder, parent=base, run_id=None, labels=base.labels)

    def promote(self, model: ModelVersion, kind: Any = "gate") -> None:
        self.registry.promote(model.id, author="Ann", reason="", kind=kind)

    def damage(self, model: ModelVersion) -> Callable[[], object]:
        """Cut the weights of a model short; the call that restores them leaves."""
        weights = self.registry.folder_of(model) / "model.safetensors"
        whole = weights.read_bytes()
        with weights.open("rb+") as file:
            file.truncate(len(whole) // 2)
        return lambda: weights.write_bytes(whole)
