"""A folder of corpora enters `read_training_set`; merged documents without leaks leave."""

from __future__ import annotations

from pathlib import Path

import pytest

from biobert_demo.errors import BadInput
from trainer.corpora.fingerprints import fingerprint
from trainer.merging import read_own, read_test_sets, read_training_set

DATA = Path(__file__).parent / "corpora" / "samples"


def test_corpora_that_may_not_ship_are_left_out_unless_named() -> None:
    assert "i2b2_2010" not in read_training_set(DATA).corpora
    assert read_training_set(DATA, ["i2b2_2010"]).corpora["i2b2_2010"]


def test_every_corpus_says_which_labels_it_annotates() -> None:
    training = read_training_set(DATA)
    assert training.annotated["ncbi_disease"] == ["Disease"]
    assert training.annotated["bc5cdr"] == ["Chemical", "Disease"]
    assert training.annotated["biored"] == ["Chemical", "Disease", "Gene", "Species"]


def test_no_training_document_stands_in_a_dev_or_test_part() -> None:
    training = read_training_set(DATA)
    held_out = {fingerprint(d.text) for s in [*read_test_sets(DATA), *training.dev] for d in s.documents}
    trained = {fingerprint(d.text) for documents in training.corpora.values() for d in documents}
    assert held_out
    assert trained
    assert not held_out & trained


def test_a_corpus_that_is_not_known_is_named_with_the_choices() -> None:
    with pytest.raises(BadInput, match="no corpus named 'bc9'; the names are ncbi_disease"):
        read_training_set(DATA, ["bc9"])


def test_a_labs_own_file_is_split_by_document(tmp_path: Path) -> None:
    path = tmp_path / "own.jsonl"
    path.write_text(
        "".join(
            f'{{"id": "{i}", "text": "Line HX{i} grew well.", "spans": [{{"start": 5, "end": {7 + len(str(i))}, '
            '"label": "CellLine"}]}\n'
            for i in range(40)
        ),
        encoding="utf-8",
    )
    training = read_own(path, None)
    assert training.annotated == {"own": ["CellLine"]}
    kept = {d.id for d in training.dev[0].documents}
    trained = {d.id for d in training.corpora["own"]}
    assert kept
    assert not kept & trained
    assert len(kept | trained) == 40
