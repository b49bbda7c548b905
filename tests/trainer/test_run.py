"""Metrics of several stages enter `join_metrics`; one curve leaves."""

from __future__ import annotations

import json
from pathlib import Path

from trainer.run import join_metrics


def test_word_pieces_and_steps_count_on_from_the_earlier_stage(tmp_path: Path) -> None:
    initial = tmp_path / "initial"
    initial.mkdir()
    (initial / "metrics.jsonl").write_text('{"step": 50, "pieces": 1000, "loss": 0.5}\n', encoding="utf-8")
    own = tmp_path / "own.jsonl"
    own.write_text('{"step": 50, "pieces": 900, "dev_main": 0.7}\n', encoding="utf-8")
    join_metrics(initial, own, tmp_path / "all.jsonl")
    records = [json.loads(line) for line in (tmp_path / "all.jsonl").read_text(encoding="utf-8").splitlines()]
    assert records == [
        {"step": 50, "pieces": 1000, "loss": 0.5},
        {"step": 100, "pieces": 1900, "dev_main": 0.7},
    ]


def test_a_first_stage_is_taken_as_it_is(tmp_path: Path) -> None:
    own = tmp_path / "own.jsonl"
    own.write_text('{"step": 1, "pieces": 2, "loss": 0.1}\n', encoding="utf-8")
    join_metrics(None, own, tmp_path / "all.jsonl")
    assert json.loads((tmp_path / "all.jsonl").read_text(encoding="utf-8")) == {"step": 1, "pieces": 2, "loss": 0.1}
