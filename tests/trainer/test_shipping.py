"""A model folder enters `ship_model`; half-size weights that load and predict alike leave."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from biobert_demo.documents import Document
from biobert_demo.errors import BadInput
from biobert_demo.recognition import EntityRecognizer
from trainer import shipping


def test_shipped_weights_are_half_the_size_and_predict_alike(random_uncased: Path, tmp_path: Path) -> None:
    shipping.ship_model(random_uncased, tmp_path / "shipped")
    before, after = (f / "model.safetensors" for f in (random_uncased, tmp_path / "shipped"))
    assert after.stat().st_size < 0.7 * before.stat().st_size
    document = Document("1", "An allergy to penicillin can cause a reaction in mice.")
    ((_, _, full),) = EntityRecognizer.load(random_uncased).word_logits([document])
    ((_, _, half),) = EntityRecognizer.load(tmp_path / "shipped").word_logits([document])
    assert np.allclose(full, half, atol=0.05)
    assert full.std() > 0.1


def test_a_caller_who_asks_for_nothing_gets_fp32(random_uncased: Path, tmp_path: Path) -> None:
    import torch
    from transformers import AutoModelForTokenClassification

    shipping.ship_model(random_uncased, tmp_path / "shipped")
    model = AutoModelForTokenClassification.from_pretrained(tmp_path / "shipped")
    assert next(model.parameters()).dtype == torch.float32


def test_records_travel_with_the_weights(random_uncased: Path, tmp_path: Path) -> None:
    import shutil

    source = shutil.copytree(random_uncased, tmp_path / "source")
    (source / "run.json").write_text("{}", encoding="utf-8")
    (source / "optimizer.bin").write_bytes(b"x")
    shipping.ship_model(source, tmp_path / "shipped")
    assert (tmp_path / "shipped" / "run.json").exists()
    assert not (tmp_path / "shipped" / "optimizer.bin").exists()


def test_weights_over_the_limit_are_refused(
    random_uncased: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shipping, "MOST_MEGABYTES", 0.001)
    with pytest.raises(BadInput, match=r"more than the 0\.001 MB"):
        shipping.ship_model(random_uncased, tmp_path / "shipped")


def test_a_folder_without_weights_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"holds no model\.safetensors"):
        shipping.ship_model(tmp_path, tmp_path / "shipped")
