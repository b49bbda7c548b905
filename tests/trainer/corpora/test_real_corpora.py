"""The real corpora enter, where a person has them; checks on counts and leaks leave.

Run with BIOBERT_DEMO_DATA set to the folder that holds the corpora; skipped otherwise.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from biobert_demo.errors import Problem
from trainer.corpora import CORPORA, is_present, read_corpus, species800
from trainer.corpora.evaluation_parts import biored_dev_unseen, evaluation_sets
from trainer.corpora.leaks import find_leaks
from trainer.merging import read_training_set

EXPECTED = [
    ("ncbi_disease", "train", 592, {"Disease": 5_133}, 2),
    ("ncbi_disease", "dev", 100, {"Disease": 787}, 0),
    ("ncbi_disease", "test", 100, {"Disease": 960}, 0),
    ("bc5cdr", "train", 500, {"Chemical": 5_203, "Disease": 4_182}, 0),
    ("bc5cdr", "dev", 500, {"Chemical": 5_347, "Disease": 4_244}, 0),
    ("bc5cdr", "test", 500, {"Chemical": 5_385, "Disease": 4_424}, 0),
    ("bc2gm", "train", 12_500, {"Gene": 15_204}, 1),
    ("bc2gm", "dev", 2_500, {"Gene": 3_061}, 0),
    ("bc2gm", "test", 5_000, {"Gene": 6_331}, 0),
    ("bc2gm", "train+dev", 15_000, {"Gene": 18_265}, 1),
    ("jnlpba", "train", 1_800, {"Gene": 27_803}, 0),
    ("jnlpba", "dev", 200, {"Gene": 2_466, "RNA": 107}, 0),
    ("jnlpba", "test", 404, {"Gene": 5_067, "DNA": 1_056, "RNA": 118}, 2),
    ("linnaeus", "train", 50, {"Species": 1_451}, 0),
    ("linnaeus", "dev", 17, {"Species": 537}, 0),
    ("linnaeus", "test", 33, {"Species": 863}, 0),
    ("species800", "train", 560, {"Species": 2_557}, 0),
    ("species800", "dev", 80, {"Species": 384}, 0),
    ("species800", "test", 160, {"Species": 767}, 0),
    ("biored", "train", 400, {"Chemical": 2_853, "Disease": 3_646, "Gene": 4_430, "Species": 1_429}, 0),
    ("biored", "dev", 100, {"Chemical": 822, "Disease": 982, "Gene": 1_087, "Species": 370}, 0),
    ("gnormplus", "train", 427, {"Gene": 5_392}, 35),
    ("nlm_gene", "train", 429, {"Gene": 12_182}, 11),
    ("drugprot", "train", 750, {"Chemical": 9_162, "Gene": 9_177}, 0),
    ("bionlp13cg", "train", 3_033, {"Chemical": 1_097}, 0),
    ("bionlp13cg", "dev", 1_003, {"Chemical": 446}, 0),
    ("bionlp13cg", "test", 1_906, {"Chemical": 727}, 0),
    ("bionlp11id", "train", 2_496, {"Chemical": 594}, 0),
    ("bionlp11id", "test", 1_961, {"Chemical": 248}, 0),
    ("bionlp13pc", "train", 2_499, {"Chemical": 1_178}, 0),
    ("bionlp13pc", "test", 1_695, {"Chemical": 858}, 0),
]


@pytest.mark.parametrize(("name", "part", "documents", "mentions", "problems"), EXPECTED)
def test_counts_are_those_of_the_corpus(
    real_data: Path, name: str, part: str, documents: int, mentions: dict[str, int], problems: int
) -> None:
    if not is_present(name, real_data):
        pytest.skip(f"{name} is not in the data folder")
    reported: list[Problem] = []
    read = list(read_corpus(name, real_data, part, reported.append))
    found = Counter(annotation.label for document in read for annotation in document.annotations)
    assert len(read) == documents
    assert {label: found[label] for label in mentions} == mentions
    assert len(reported) == problems


def test_both_native_forms_of_species800_agree_on_every_abstract(real_data: Path) -> None:
    native = {d.id: d for d in species800.read_native(real_data / "species800", [].append)}
    standoff = {d.id: d for d in read_corpus("species800", real_data, "train+dev+test", [].append)}
    assert native == standoff


def test_biored_dev_has_58_documents_that_no_other_training_part_holds(real_data: Path) -> None:
    assert len(biored_dev_unseen(real_data)) == 58


@pytest.mark.parametrize("whole", [False, True])
def test_no_training_document_is_in_a_dev_or_test_part_of_any_corpus(real_data: Path, whole: bool) -> None:
    names = [name for name, corpus in CORPORA.items() if corpus.for_training and is_present(name, real_data)]
    evaluation = dict(evaluation_sets(real_data, [].append, for_whole_biored_dev=whole))
    training = read_training_set(real_data, names, keep_dev=1.0, for_whole_biored_dev=whole)
    for documents in training.corpora.values():
        assert documents
        assert find_leaks(documents, evaluation) == []


def test_with_a_part_of_dev_in_training_no_document_is_in_a_test_part_or_a_kept_one(real_data: Path) -> None:
    training = read_training_set(real_data)
    tests = {name: documents for name, documents in evaluation_sets(real_data, [].append) if not name.endswith("/dev")}
    tests |= {f"{dev.name}/kept": list(dev.documents) for dev in training.dev}
    for documents in training.corpora.values():
        assert find_leaks(documents, tests) == []
