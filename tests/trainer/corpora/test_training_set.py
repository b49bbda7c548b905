"""The invented corpora enter; checks that no training document is in any dev or test part leave."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from trainer.corpora import CORPORA, read_corpus
from trainer.corpora.leaks import find_leaks
from trainer.corpora.training_set import TrainingPart, biored_dev_unseen, evaluation_sets, read_training_set

NAMES = [name for name, corpus in CORPORA.items() if corpus.for_training]


def _ids(parts: Iterable[TrainingPart]) -> dict[str, list[str]]:
    return {part.corpus.name: [document.id for document in part.documents] for part in parts}


def test_documents_that_are_in_another_corpus_test_set_are_removed(samples: Path) -> None:
    parts = {part.corpus.name: part for part in read_training_set(NAMES, samples, [].append)}
    removed = {
        name: [(leak.document_id, leak.evaluation_set, leak.reason) for leak in part.leaks]
        for name, part in parts.items()
        if part.leaks
    }
    assert removed == {
        "bc2gm": [("P09300003A0001", "ncbi_disease/test", "the same sentences")],
        "biored": [("9100003", "bc5cdr/test", "the same PMID")],
        "gnormplus": [("9700002", "species800/test", "the same text")],
    }
    assert _ids(parts.values())["biored"] == ["9600001"]


def test_a_medline_number_that_is_another_documents_pmid_is_no_leak(samples: Path) -> None:
    [part] = read_training_set(["jnlpba"], samples, [].append)
    assert [document.id for document in part.documents] == ["MEDLINE:90000001", "MEDLINE:9100003"]


def test_biored_dev_is_scored_on_documents_that_no_other_training_part_holds(samples: Path) -> None:
    dev = [document.id for document in read_corpus("biored", samples, "dev", [].append)]
    assert dev == ["9000001", "9100002", "9600002", "9600003"]
    # 9000001 is in NCBI Disease's train, 9100002 in BC5CDR's dev, and the text of 9600003 in GNormPlus by another id.
    assert [document.id for document in biored_dev_unseen(samples)] == ["9600002"]


@pytest.mark.parametrize(("whole", "ncbi"), [(False, ["9000001", "9000002"]), (True, ["9000002"])])
def test_documents_of_biored_dev_stay_in_training_unless_the_whole_of_it_is_reported_on(
    samples: Path, whole: bool, ncbi: list[str]
) -> None:
    parts = read_training_set(["ncbi_disease"], samples, [].append, for_whole_biored_dev=whole)
    assert _ids(parts) == {"ncbi_disease": ncbi}


@pytest.mark.parametrize("whole", [False, True])
def test_what_is_left_shares_nothing_with_any_dev_or_test_part(samples: Path, whole: bool) -> None:
    evaluation = dict(evaluation_sets(samples, [].append, for_whole_biored_dev=whole))
    assert {"bc5cdr/test", "jnlpba/dev", "species800/test", "linnaeus/test"} < set(evaluation)
    parts = list(read_training_set(NAMES, samples, [].append, for_whole_biored_dev=whole))
    assert find_leaks((document for part in parts for document in part.documents), evaluation) == []
