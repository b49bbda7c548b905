"""Records in a model folder enter `write_model_card`; a README with exactly those figures leaves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from trainer.model_card import write_model_card

RUN: dict[str, Any] = {
    "settings": {
        "preset_name": "minilm",
        "preset": {"base": "all-MiniLM-L6-v2", "learning_rate": 0.0005, "pieces_per_batch": 2048},
        "labels": ["Disease", "Gene"],
        "epochs": None,
        "learning_rate": 0.0003,
        "max_pieces": 12345,
        "seed": 7,
        "missing": "unknown",
        "sampling": {"ncbi_disease": 1.5},
    },
    "progress": {"pieces": 12345, "step": 60, "seconds": 360.0, "best": 0.8123, "best_step": 55},
    "documents": {"ncbi_disease": 593},
    "annotated": {"ncbi_disease": ["Disease"]},
    "dev": {"ncbi_disease": 20},
    "notes": ["ncbi_disease: 2 documents left out of training"],
}
SCORE = {
    "corpus": "ncbi_disease",
    "label": "Disease",
    "documents": 100,
    "correct": 800,
    "predicted": 950,
    "gold": 960,
    "precision": 84.21,
    "recall": 83.33,
    "f1": 83.77,
}
EVALUATION = {
    "part": "test",
    "scores": [SCORE],
    "dictionary": [{**SCORE, "f1": 41.5}],
    "errors": {
        "ncbi_disease": {
            "counts": {"missed": 3},
            "examples": {"missed": [["<b>A|B</b> syndrome: Disease", 2]]},
        }
    },
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "run.json").write_text(json.dumps(RUN), encoding="utf-8")
    return tmp_path


def test_figures_come_from_the_records(folder: Path) -> None:
    (folder / "evaluation.json").write_text(json.dumps(EVALUATION), encoding="utf-8")
    write_model_card(folder)
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert "| ncbi_disease | Disease | 100 | 960 | 84.2 | 83.3 | **83.8** | 41.5 |" in card
    assert "--max-pieces 12345" in card
    assert "seed 7 (one run" in card
    assert "Not for clinical use" in card
    assert "US Government" in card or "public domain" in card.casefold()


def test_text_of_corpora_stays_inert(folder: Path) -> None:
    (folder / "evaluation.json").write_text(json.dumps(EVALUATION), encoding="utf-8")
    write_model_card(folder)
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert "&lt;b>A\\|B" in card
    assert "<b>" not in card


def test_a_card_without_scores_says_nothing_about_scores(folder: Path) -> None:
    write_model_card(folder)
    assert "Strict scores" not in (folder / "README.md").read_text(encoding="utf-8")
