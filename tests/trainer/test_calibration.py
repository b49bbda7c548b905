"""A recognizer that is too sure of itself enters `calibrate`; a temperature that makes its scores honest leaves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from biobert_demo.documents import Document
from biobert_demo.recognition import EntityRecognizer
from trainer.calibration import calibrate, calibration_error, reliability_bins
from trainer.evaluation import EvaluationSet
from trainer.run import update_config

TEXTS = ["penicillin works", "ethanol works", "velocumab works"] * 20
LABELS = ["Chemical", "Disease", "Gene", "Species"]


def dev_set(recognizer: EntityRecognizer, share_right: float) -> EvaluationSet:
    """Documents in whose gold the first share of what the recognizer finds stands, and nothing else."""
    found = list(recognizer.recognize(Document(str(i), text) for i, text in enumerate(TEXTS)))
    right = round(share_right * len(found))
    return EvaluationSet("dev", found[:right] + [d.with_annotations(()) for d in found[right:]], LABELS)


@pytest.mark.parametrize("share_right", [0.6, 0.8])
def test_a_model_that_is_too_sure_is_cooled_to_the_share_it_gets_right(
    share_right: float, make_lexicon: Callable[..., Path], tmp_path: Path
) -> None:
    folder = make_lexicon(f"sure-{share_right}", {"penicillin": "Chemical", "ethanol": "Chemical", "velocumab": "Gene"})
    recognizer = EntityRecognizer.load(folder)
    assert min(a.score for a in recognizer.annotate(TEXTS[0])) > 0.98
    calibration = calibrate(recognizer, [dev_set(recognizer, share_right)])
    assert calibration.temperature > 1.5
    assert calibration.error_before == pytest.approx(1 - share_right, abs=0.03)
    assert calibration.error_after < 0.1
    update_config(folder, calibration_temperature=calibration.temperature)
    cooled = EntityRecognizer.load(folder).annotate(TEXTS[0])
    assert cooled[0].score == pytest.approx(share_right, abs=0.1)


def test_a_model_that_is_always_right_is_left_sure(lexicon_model: Path) -> None:
    recognizer = EntityRecognizer.load(lexicon_model)
    calibration = calibrate(recognizer, [dev_set(recognizer, 1.0)])
    assert calibration.temperature <= 1.0
    assert calibration.error_after <= calibration.error_before


def test_labels_that_a_corpus_does_not_annotate_are_not_held_against_the_model(lexicon_model: Path) -> None:
    recognizer = EntityRecognizer.load(lexicon_model)
    document = Document("1", "penicillin for lumositis")
    (found,) = recognizer.recognize([document])
    gold = document.with_annotations(a for a in found.annotations if a.label == "Disease")
    calibration = calibrate(recognizer, [EvaluationSet("dev", [gold], ["Disease"])])
    assert sum(b.count for b in calibration.bins) == 1
    assert calibration.bins[-1].share_right == 1.0


def test_words_for_people_are_no_wrong_predictions(lexicon_model: Path) -> None:
    recognizer = EntityRecognizer.load(lexicon_model)
    gold = Document("1", "patients")
    assert sum(b.count for b in calibrate(recognizer, [EvaluationSet("d", [gold], ["Species"])]).bins) == 0


def test_where_nothing_is_predicted_nothing_changes(lexicon_model: Path) -> None:
    recognizer = EntityRecognizer.load(lexicon_model)
    for documents in ([], [Document("1", "nothing here")]):
        calibration = calibrate(recognizer, [EvaluationSet("dev", documents, LABELS)])
        assert calibration.temperature == 1.0
        assert (calibration.error_before, calibration.error_after) == (0.0, 0.0)


def test_bins_hold_scores_of_their_tenth() -> None:
    scores = np.array([0.05, 0.11, 0.19, 0.95, 1.0])
    right = np.array([0.0, 1.0, 0.0, 1.0, 1.0])
    bins = reliability_bins(scores, right)
    assert [b.count for b in bins] == [1, 2, 0, 0, 0, 0, 0, 0, 0, 2]
    assert (bins[1].mean_score, bins[1].share_right) == (pytest.approx(0.15), 0.5)
    assert calibration_error(scores, right) == pytest.approx((0.05 + 2 * 0.35 + 2 * 0.025) / 5)
