"""A comparison enters; a decision with its reasons leaves: chance is neither progress nor harm, and harm does not pass."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from biobert_demo.annotations import Annotation
from biobert_demo.documents import Document
from biobert_demo.reviewed import ReviewedDocument
from biobert_demo.scoring import Score
from trainer.comparison import ALL_OLD, CORRECTIONS, Comparison, DocumentCounts, SetComparison
from trainer.contradictions import Contradiction, find_contradictions
from trainer.gate import GateDecision, GateRules, Reason, decide, scores_of
from trainer.sentences import SentenceResult

LABELS = ("Chemical", "Gene")
QUICK = GateRules(resamples=200)
NOTED = Contradiction("2 of 90 mentions differ.", 2, 90, (), False)
OVER = Contradiction("60 of 60 corrected mentions are Gene.", 60, 60, (), True)

Counts = Mapping[str, Score]
Pair = tuple[Counts, Counts]


def set_of(name: str, kind: str, pairs: Sequence[Pair]) -> SetComparison:
    documents = tuple(DocumentCounts(f"{name}-{i:03}", *pair) for i, pair in enumerate(pairs))
    return SetComparison(name, kind, documents)  # type: ignore[arg-type]


def pair(before: tuple[int, int, int], after: tuple[int, int, int], label: str = "Gene") -> Pair:
    return {label: Score(*before)}, {label: Score(*after)}


SAME = pair((8, 9, 10), (8, 9, 10))
BETTER = pair((8, 9, 10), (9, 9, 10))
WORSE = pair((8, 9, 10), (5, 9, 10))
CHEMICALS = pair((8, 9, 10), (8, 9, 10), "Chemical")


def comparison(corrected: Sequence[Pair], *old: Sequence[Pair], sentences: Sequence[SentenceResult] = ()) -> Comparison:
    sets = [set_of("held out", "corrections", corrected)] if corrected else []
    sets += [set_of(f"old {number}", "old", pairs) for number, pairs in enumerate(old, 1)]
    return Comparison((*sets, SetComparison("must not break", "sentences", sentences=tuple(sentences))))


def against(decision: GateDecision) -> list[tuple[str, str, str]]:
    return [(one.kind, one.set, one.label) for one in decision.against]


# ---------------------------------------------------------------- the rules, one by one


def test_better_where_it_was_corrected_and_the_same_elsewhere_is_promoted() -> None:
    decision = decide(comparison([BETTER] * 12, [SAME] * 20))
    assert decision.is_promoted
    assert decision.against == ()
    assert decision.summary == (
        "Promoted: Better on the corrected documents (12 documents, 120 mentions): 84.2 -> 94.7 (+10.5 to +10.5)."
    )


@pytest.mark.parametrize(
    ("corrected", "kind", "sentence"),
    [
        ([SAME] * 12, "same", "No better on the corrected documents (12 documents, 120 mentions): 84.2 -> 84.2."),
        ([WORSE] * 12, "worse", "Not better but worse on the corrected documents"),
        ([BETTER, WORSE] * 6, "worse", "though that may be chance"),
        ([], "too_little", "No corrected document was held out"),
        ([({}, {})] * 3, "too_little", "there is nothing to find"),
        ([pair((0, 3, 0), (0, 3, 0))] * 3, "same", "9 -> 9 mentions where people say that there is none"),
        ([pair((0, 3, 0), (0, 4, 0))] * 3, "worse", "9 -> 12 mentions where people say that there is none"),
    ],
)
def test_not_better_where_it_was_corrected_is_refused(corrected: list[Pair], kind: str, sentence: str) -> None:
    decision = decide(comparison(corrected, [SAME] * 20))
    assert not decision.is_promoted
    assert against(decision)[0] == (kind, CORRECTIONS, "")
    assert sentence in decision.against[0].sentence
    assert decision.summary.startswith("Refused: ")


def test_a_gain_that_may_be_chance_is_enough_and_said_to_be_one() -> None:
    decision = decide(comparison([BETTER, BETTER, BETTER, pair((8, 9, 10), (6, 9, 10))], [SAME] * 20))
    assert decision.is_promoted
    assert "though that may be chance" in decision.summary
    assert any(one.kind == "too_little" and "Only 4 corrected documents" in one.sentence for one in decision.reasons)


def test_fewer_false_alarms_are_better_where_people_only_took_suggestions_away() -> None:
    decision = decide(comparison([pair((0, 3, 0), (0, 1, 0))] * 3, [SAME] * 20))
    assert decision.is_promoted
    assert "9 -> 3 mentions" in decision.summary


def test_cross_fitted_documents_count_with_those_held_out() -> None:
    alone = comparison([SAME] * 2, [SAME] * 20)
    assert not decide(alone).is_promoted
    crossed = alone.with_sets(set_of("cross-fitted", "corrections", [BETTER] * 10))
    assert decide(crossed).is_promoted
    assert "(12 documents, 120 mentions)" in decide(crossed).summary


def test_worse_elsewhere_is_refused_and_says_where_by_how_much_and_how_surely() -> None:
    decision = decide(comparison([BETTER] * 12, [SAME] * 30, [WORSE] * 30))
    assert not decision.is_promoted
    assert ("worse", "old 2", "Gene") in against(decision)
    reason = next(one for one in decision.against if one.set == "old 2")
    assert reason.sentence == "Gene on old 2: 84.2 -> 52.6, worse by more than chance explains (-31.6 to -31.6)."
    assert (reason.before, reason.after, reason.low, reason.high) == (84.21, 52.63, -31.58, -31.58)


def test_a_loss_of_less_than_the_tolerance_is_told_and_tolerated() -> None:
    little = pair((90, 100, 100), (90, 101, 100))
    decision = decide(comparison([BETTER] * 12, [little] * 40))
    assert decision.is_promoted
    reason = next(one for one in decision.reasons if one.set == "old 1")
    assert (reason.kind, reason.is_against) == ("worse", False)
    assert "tolerated up to 0.5 points" in reason.sentence
    strict = decide(comparison([BETTER] * 12, [little] * 40), rules=GateRules(tolerance=0.1))
    assert against(strict) == [("worse", "old 1", "Gene")]


def test_a_loss_in_two_documents_is_chance() -> None:
    decision = decide(comparison([BETTER] * 12, [*[SAME] * 30, WORSE, WORSE]))
    assert decision.is_promoted
    reason = next(one for one in decision.reasons if one.set == "old 1")
    assert (reason.kind, reason.is_against) == ("same", False)


def test_what_is_forgotten_everywhere_is_seen_where_all_old_documents_are_together() -> None:
    """Four documents in each of four sets are too few for any one of them."""
    decision = decide(comparison([BETTER] * 12, *[[*[SAME] * 8, *[WORSE] * 4]] * 4))
    assert {one.set for one in decision.against} == {ALL_OLD}


def test_a_corrected_label_that_gets_worse_is_refused_though_others_gain_more() -> None:
    mixed = ({**BETTER[0], **CHEMICALS[0]}, {"Gene": Score(10, 10, 10), "Chemical": Score(7, 9, 10)})
    decision = decide(comparison([mixed] * 25, [SAME] * 20))
    assert against(decision) == [("worse", CORRECTIONS, "Chemical")]
    assert "Chemical on the corrected documents: 84.2 -> 73.7" in decision.against[0].sentence


def test_a_label_that_the_promoted_model_does_not_know_counts_from_zero() -> None:
    new = ({**SAME[0], "CellLine": Score(0, 0, 5)}, {**SAME[1], "CellLine": Score(3, 4, 5)})
    decision = decide(comparison([new] * 12, [SAME] * 20))
    assert decision.is_promoted
    assert any("CellLine on the corrected documents: 0.0 -> 66.7, better" in one.sentence for one in decision.reasons)


def test_false_mentions_of_a_label_without_gold_count_in_the_whole_set() -> None:
    invented = ({**SAME[0]}, {**SAME[1], "Chemical": Score(0, 4, 0)})
    decision = decide(comparison([BETTER] * 12, [invented] * 20))
    assert against(decision) == [("worse", "old 1", "Gene")]


@pytest.mark.parametrize(
    ("promoted", "candidate", "is_promoted", "told"),
    [
        ((), (), True, "Right in all sentences that must not break (1)"),
        ((), ("“penicillin” is missed",), False, "Breaks a sentence that must not break, “An allergy"),
        (("wrong",), ("wrong still",), True, "Wrong before and after, so not counted"),
        (("wrong",), (), True, "Right now, wrong before"),
    ],
)
def test_a_sentence_that_was_right_must_not_break(
    promoted: tuple[str, ...], candidate: tuple[str, ...], is_promoted: bool, told: str
) -> None:
    sentence = SentenceResult("1", "An allergy to penicillin.", promoted, candidate)
    decision = decide(comparison([BETTER] * 12, [SAME] * 20, sentences=[sentence]))
    assert decision.is_promoted is is_promoted
    assert any(told in one.sentence for one in decision.reasons)


def test_contradictions_over_the_limit_refuse_and_others_are_told() -> None:
    sets = comparison([BETTER] * 12, [SAME] * 20)
    assert decide(sets, contradictions=[NOTED]).is_promoted
    refused = decide(sets, contradictions=[NOTED, OVER])
    assert [one.sentence for one in refused.against] == [OVER.sentence]
    assert NOTED.sentence in [one.sentence for one in refused.reasons]


@pytest.mark.parametrize("old", [[], [[]], [[({}, {})]]])
def test_without_gold_of_the_old_labels_nothing_is_promoted_unless_it_is_allowed(old: list[list[Pair]]) -> None:
    sets = comparison([BETTER] * 12, *old)
    assert [one.kind for one in decide(sets).against] == ["too_little"]
    assert decide(sets, rules=GateRules(needs_old=False)).is_promoted


def test_small_losses_do_not_add_up_unseen() -> None:
    """Each promotion loses too little to be refused; against the model that ships the sum is not."""
    now = comparison(
        [BETTER] * 12, [pair((85, 100, 100), (84, 100, 100)), *[pair((85, 100, 100), (85, 100, 100))] * 29]
    )
    since = comparison([], [pair((90, 100, 100), (85, 100, 100))] * 30)
    assert decide(now).is_promoted
    decision = decide(now, since_base=since)
    assert against(decision) == [("worse", "old 1", "Gene")]
    assert "has lost too much since the model that ships: 90.0 -> 85.0" in decision.summary


def test_what_earlier_promotions_lost_is_not_held_against_a_candidate_that_loses_nothing_more() -> None:
    since = comparison([], [pair((90, 100, 100), (85, 100, 100))] * 30)
    assert decide(comparison([BETTER] * 12, [pair((85, 100, 100), (85, 100, 100))] * 30), since_base=since).is_promoted
    assert decide(comparison([BETTER] * 12, [SAME] * 20), since_base=comparison([], [SAME] * 20)).is_promoted


def test_a_decision_survives_json() -> None:
    decision = decide(comparison([BETTER] * 12, [WORSE] * 30), contradictions=[OVER], seed=7)
    assert GateDecision.from_record(json.loads(json.dumps(decision.to_record()))) == decision
    assert decision.to_record()["is_promoted"] is False
    assert [one["is_against"] for one in decision.to_record()["reasons"]] == sorted(
        (one.is_against for one in decision.reasons), reverse=True
    )


def test_the_scores_have_the_intervals_of_the_decision() -> None:
    sets = comparison([BETTER] * 12, [SAME] * 20, [({**SAME[0], **CHEMICALS[0]}, {**SAME[1], **CHEMICALS[1]})] * 20)
    rows = {one["name"]: one for one in scores_of(sets, decide(sets))["sets"]}
    assert (rows[CORRECTIONS]["low"], rows[CORRECTIONS]["high"]) == (10.53, 10.53)
    assert rows["old 1"]["low"] == rows["old 1"]["labels"]["Gene"]["low"] == 0
    assert {"low", "high"} <= set(rows["old 2"]["labels"]["Chemical"])
    assert {"low", "high"} <= set(rows[ALL_OLD])


# ---------------------------------------------------------------- properties

SCORES = st.builds(
    lambda correct, wrong, missed: Score(correct, correct + wrong, correct + missed),
    st.integers(0, 4), st.integers(0, 2), st.integers(0, 2),
)  # fmt: skip
BOTH = st.tuples(SCORES, st.floats(0, 1)).map(
    lambda drawn: (drawn[0], Score(round(drawn[0].gold * drawn[1]), round(drawn[0].gold * drawn[1]), drawn[0].gold))
)
DOCUMENT = st.dictionaries(st.sampled_from(LABELS), BOTH, max_size=2).map(
    lambda counts: ({label: two[0] for label, two in counts.items()}, {label: two[1] for label, two in counts.items()})
)
SETS = st.lists(DOCUMENT, min_size=1, max_size=14)


@st.composite
def comparisons(draw: st.DrawFn) -> Comparison:
    return comparison(draw(SETS), *draw(st.lists(SETS, min_size=1, max_size=3)))


def with_candidate(sets: Comparison, change: Callable[[str, DocumentCounts], Counts]) -> Comparison:
    return Comparison(
        tuple(
            replace(one, documents=tuple(replace(it, candidate=change(one.kind, it)) for it in one.documents))
            for one in sets.sets
        )
    )


@settings(max_examples=30)
@given(comparisons(), st.integers(0, 9))
def test_the_same_model_is_never_promoted_and_never_called_worse(sets: Comparison, seed: int) -> None:
    decision = decide(with_candidate(sets, lambda kind, one: one.promoted), rules=QUICK, seed=seed)
    assert not decision.is_promoted
    assert {one.kind for one in decision.reasons} <= {"same", "too_little"}


def improve(score: Score) -> Score:
    """One error less, if there is one: a mention more is found, or a false one less."""
    if score.correct < score.gold:
        return Score(score.correct + 1, score.predicted + 1, score.gold)
    return replace(score, predicted=max(score.correct, score.predicted - 1))


@settings(max_examples=30)
@given(comparisons())
def test_a_model_that_is_better_everywhere_is_promoted(sets: Comparison) -> None:
    before, _ = sets.corrections.total()
    assume(before.gold and before.f1 < 1 and sets.old[0].total()[0].gold)
    better = with_candidate(sets, lambda kind, one: {label: improve(score) for label, score in one.promoted.items()})
    decision = decide(better, rules=QUICK)
    assert decision.is_promoted, decision.summary


@settings(max_examples=30)
@given(comparisons(), st.data())
def test_a_better_candidate_is_never_refused_for_being_worse_where_the_other_was_not(
    sets: Comparison, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from([one.name for one in sets.sets if one.documents]))
    chosen = next(one for one in sets.sets if one.name == name)
    id = data.draw(st.sampled_from([one.id for one in chosen.documents]))
    label = data.draw(st.sampled_from(LABELS))
    rules = replace(QUICK, error_rate=0.3, tolerance=0.0)

    def change(kind: str, one: DocumentCounts) -> Counts:
        counts = dict(one.candidate)
        if one.id == id and label in counts:
            counts[label] = improve(counts[label])
        return counts

    base = with_candidate(sets, lambda kind, one: {**one.candidate})
    before = decide(sets, rules=rules, since_base=base)
    after = decide(with_candidate(sets, change), rules=rules, since_base=with_candidate(base, change))
    worse_before, worse_after = ({one for one in against(it) if one[0] == "worse"} for it in (before, after))
    assert worse_after <= worse_before
    assert after.is_promoted or not before.is_promoted


@settings(max_examples=30)
@given(comparisons(), st.randoms(use_true_random=False), st.integers(0, 9))
def test_the_order_of_sets_and_documents_does_not_matter(sets: Comparison, random: object, seed: int) -> None:
    shuffled = [
        replace(one, documents=tuple(random.sample(one.documents, len(one.documents))))  # type: ignore[attr-defined]
        for one in sets.sets
    ]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = decide(sets, rules=QUICK, seed=seed), decide(Comparison(tuple(shuffled)), rules=QUICK, seed=seed)

    def key(reason: Reason) -> tuple[str, str]:
        return reason.set, reason.label

    assert sorted(one.reasons, key=key) == sorted(other.reasons, key=key)
    assert one == decide(sets, rules=QUICK, seed=seed)


def noisy(generator: np.random.Generator, documents: int, change: float, lost: float = 0.0) -> list[Pair]:
    """Two models as good as each other that differ in a share of the mentions; the second one may lose some."""
    pairs = []
    for _ in range(documents):
        before, after = {}, {}
        for label in LABELS:
            gold = int(generator.poisson(6))
            ease = generator.beta(5, 1)
            kept = generator.binomial(gold, 1 - change)
            same = generator.binomial(kept, ease)
            found = [int(same + generator.binomial(gold - kept, ease)) for _ in range(2)]
            found[1] = int(generator.binomial(found[1], 1 - lost))
            before[label], after[label] = (Score(one, one + 1, gold) for one in found)
        pairs.append((before, after))
    return pairs


def test_chance_is_called_harm_or_a_sure_gain_no_more_often_than_the_rules_say() -> None:
    generator = np.random.default_rng(11)
    repeats, harm, sure = 150, 0, 0
    for seed in range(repeats):
        sets = comparison(*(noisy(generator, 25, 0.15) for _ in range(4)))
        decision = decide(sets, rules=GateRules(resamples=500, tolerance=0.0), seed=seed)
        harm += any(one.kind == "worse" and (one.set, one.label) != (CORRECTIONS, "") for one in decision.reasons)
        sure += any(one.kind == "better" and one.set != CORRECTIONS for one in decision.reasons)
    # One in twenty, and twice the standard error of that.
    most = repeats * 0.05 + 2 * (repeats * 0.05 * 0.95) ** 0.5
    assert harm <= most
    assert sure <= most


def test_a_model_that_really_forgets_is_refused() -> None:
    generator = np.random.default_rng(12)
    for seed in range(20):
        sets = comparison([BETTER] * 12, *(noisy(generator, 40, 0.05, lost=0.08) for _ in range(3)))
        assert not decide(sets, rules=QUICK, seed=seed).is_promoted


def test_a_vandals_corrections_are_refused_although_every_score_is_better() -> None:
    text = "velocumab and tarinib and osmirol"

    def review(label: str, author: str) -> ReviewedDocument:
        places = [(text.index(name), name) for name in text.split(" and ")]
        annotations = [Annotation(start, start + len(name), name, label) for start, name in places]
        return ReviewedDocument(Document("1", text, annotations=tuple(annotations)), frozenset(LABELS), author=author)

    gold = [review("Chemical", "")]
    sets = comparison([BETTER] * 12, [BETTER] * 20)
    honest = decide(sets, contradictions=find_contradictions([review("Chemical", "ann")] * 10, gold))
    vandal = decide(sets, contradictions=find_contradictions([review("Gene", "mal")] * 10, gold))
    assert honest.is_promoted
    assert against(vandal) == [("contradiction", "", "")]
    assert "30 of 30 corrected mentions whose names are Chemical in the gold documents are Gene" in vandal.summary
