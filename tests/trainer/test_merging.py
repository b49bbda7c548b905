"""A folder of corpora enters `read_training_set`; merged documents without leaks leave."""

from __future__ import annotations

from pathlib import Path

import pytest

from biobert_demo.errors import BadInput
from trainer.corpora import CORPORA, read_corpus
from trainer.corpora.evaluation_parts import evaluation_sets
from trainer.corpora.leaks import find_leaks
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


def test_documents_that_are_in_another_corpus_dev_or_test_part_are_removed() -> None:
    read = {
        name: {d.id for d in read_corpus(name, DATA, "train", [].append)} for name in ("bc2gm", "biored", "gnormplus")
    }
    training = read_training_set(DATA, list(read), keep_dev=1.0)
    kept = {name: {d.id for d in documents} for name, documents in training.corpora.items()}
    # In NCBI Disease's test part, BC5CDR's test part and, under another id, Species-800's test part.
    assert "P09300003A0001" in read["bc2gm"] - kept["bc2gm"]
    assert "9100003" in read["biored"] - kept["biored"]
    assert "9700002" in read["gnormplus"] - kept["gnormplus"]
    assert "9600001" in kept["biored"]


def test_a_medline_number_that_is_another_documents_pmid_is_no_leak() -> None:
    training = read_training_set(DATA, ["jnlpba"], keep_dev=1.0)
    assert [d.id for d in training.corpora["jnlpba"]] == ["MEDLINE:90000001", "MEDLINE:9100003"]


@pytest.mark.parametrize(("whole", "expected"), [(False, {"9000001", "9000002"}), (True, {"9000002"})])
def test_documents_of_biored_dev_stay_in_training_unless_the_whole_of_it_is_reported_on(
    whole: bool, expected: set[str]
) -> None:
    training = read_training_set(DATA, ["ncbi_disease"], keep_dev=1.0, for_whole_biored_dev=whole)
    assert {d.id for d in training.corpora["ncbi_disease"]} == expected


@pytest.mark.parametrize("whole", [False, True])
def test_what_is_left_shares_nothing_with_any_dev_or_test_part(whole: bool) -> None:
    evaluation = dict(evaluation_sets(DATA, [].append, for_whole_biored_dev=whole))
    names = [name for name, corpus in CORPORA.items() if corpus.for_training]
    training = read_training_set(DATA, names, keep_dev=1.0, for_whole_biored_dev=whole)
    assert find_leaks((d for documents in training.corpora.values() for d in documents), evaluation) == []


def test_with_a_part_of_dev_in_training_tests_and_kept_documents_stay_out() -> None:
    training = read_training_set(DATA)
    held_out = {s.name: s.documents for s in read_test_sets(DATA)} | {
        f"{s.name}/kept": s.documents for s in training.dev
    }
    trained = [d for documents in training.corpora.values() for d in documents]
    assert trained
    assert find_leaks(trained, held_out) == []


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
