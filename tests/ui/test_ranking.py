"""Documents with predictions and completed reviews enter; their order and reasons are checked."""

from __future__ import annotations

from typing import Any

from biobert_demo.doubt import RankSettings
from biobert_demo.ui.ranking import SECOND_OPINION, Ranker

SURE = "An anaphylactic reaction."
DOUBTFUL = "No headache, said the man."


def test_doubtful_documents_come_first_with_a_reason(desk: Any) -> None:
    sure, doubtful = desk.add(SURE, DOUBTFUL)
    desk.predictor._read_missing([sure, doubtful])
    ranked = Ranker(RankSettings(random_share=0.0))(desk.store, 1)
    assert ranked.order == (doubtful, sure)
    assert "unsure: 1 of 1 mentions below 0.6" in ranked.reasons[doubtful]
    assert ranked.reasons[sure] == ()


def test_documents_without_predictions_are_in_the_queue_too(desk: Any) -> None:
    ids = desk.add(SURE, DOUBTFUL)
    assert sorted(Ranker()(desk.store, 1).order) == ids


def test_what_one_person_completed_comes_last_as_a_second_opinion(desk: Any) -> None:
    first, second, third = desk.add(DOUBTFUL, SURE, "Aspirin.")
    desk.act("complete", desk.open(first, "ann"))
    desk.act("complete", desk.open(first, "ben"))
    desk.act("complete", desk.open(third, "ann"))
    ranked = Ranker()(desk.store, 1)
    assert ranked.order == (second, third, first)
    assert ranked.reasons[third] == (SECOND_OPINION,)
    assert first not in ranked.reasons


def test_texts_are_cut_into_words_once(desk: Any) -> None:
    ids = desk.add(SURE, DOUBTFUL)
    ranker = Ranker()
    ranker(desk.store, 1)
    remembered = dict(ranker._remembered)
    ranker(desk.store, 1)
    assert ranker._remembered == remembered
    desk.predictor._read_missing(ids)
    ranker(desk.store, 1)
    assert len(ranker._remembered) == 4, "new predictions are looked at anew"
