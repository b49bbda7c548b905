"""The package's invented sample enters; a tiny encoder that learns it in seconds, and the sample itself, leave."""

from __future__ import annotations

from pathlib import Path

import pytest

from trainer.dry_run import build_tiny_encoder, dry_run_training_set
from trainer.run import TrainingSet


@pytest.fixture(scope="session")
def sample() -> TrainingSet:
    return dry_run_training_set()


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory: pytest.TempPathFactory, sample: TrainingSet) -> Path:
    texts = [document.text for documents in sample.corpora.values() for document in documents]
    return build_tiny_encoder(tmp_path_factory.mktemp("encoders") / "tiny", texts, layers=1, size=32)
