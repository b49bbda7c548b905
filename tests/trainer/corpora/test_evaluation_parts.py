"""The invented corpora enter `evaluation_sets`; the dev and test parts to guard leave."""

from __future__ import annotations

from pathlib import Path

from trainer.corpora import read_corpus
from trainer.corpora.evaluation_parts import biored_dev_unseen, evaluation_sets


def test_every_dev_and_test_part_is_guarded(samples: Path) -> None:
    names = {name for name, _ in evaluation_sets(samples, [].append)}
    assert {"bc5cdr/test", "jnlpba/dev", "species800/test", "linnaeus/test", "biored/dev (unseen)"} < names
    whole = dict(evaluation_sets(samples, [].append, for_whole_biored_dev=True))
    assert len(whole["biored/dev"]) == 4


def test_biored_dev_is_scored_on_documents_that_no_other_training_part_holds(samples: Path) -> None:
    dev = [document.id for document in read_corpus("biored", samples, "dev", [].append)]
    assert dev == ["9000001", "9100002", "9600002", "9600003"]
    # 9000001 is in NCBI Disease's train, 9100002 in BC5CDR's dev, and the text of 9600003 in GNormPlus by another id.
    assert [document.id for document in biored_dev_unseen(samples)] == ["9600002"]
