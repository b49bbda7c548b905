"""A comparison of the promoted model with a candidate enters; whether the candidate goes live, and why, leaves. Pure.

It goes live if it is better on the corrected documents that it has not learned from, worse nowhere else beyond what
chance explains, breaks no sentence that must not break, and its corrections do not contradict what is known.
docs/gate.md has the rules, where the formulas come from, and what all this cannot see.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np

from biobert_demo.scoring import Score
from biobert_demo.wording import count_nouns
from trainer.comparison import ALL_OLD, CORRECTIONS, Comparison, DocumentCounts, SetComparison
from trainer.contradictions import Contradiction
from trainer.resampling import Difference, adjust, measure_differences
from trainer.sentences import SentenceResult

ReasonKind = Literal["better", "worse", "same", "broken", "contradiction", "too_little"]

_CORRECTED = "the corrected documents"


@dataclass(frozen=True, slots=True)
class GateRules:
    """The limits of the gate; points are points of F1 in percent.

    error_rate: how often at most chance alone may be called harm (or a gain) in a comparison, all labels of all sets
    together. tolerance: a loss up to this much is no reason to refuse, however sure it is. base_tolerance: the same for
    what has been lost since the model that ships, over all promotions together. few_documents: below this the reader
    is told that the corrected documents say little. needs_old: whether old labels have to be looked at at all.
    """

    resamples: int = 2_000
    confidence: float = 0.95
    error_rate: float = 0.025
    tolerance: float = 0.5
    base_tolerance: float = 1.0
    few_documents: int = 10
    needs_old: bool = True


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that the gate looked at, in a sentence; `is_against` says that it alone is enough to refuse.

    F1 `before` (promoted model) and `after` (candidate) are in percent, `low` and `high` bound their difference in
    points; None where the reason is about something else. `label` "" means all labels together.
    """

    kind: ReasonKind
    is_against: bool
    sentence: str
    set: str = ""
    label: str = ""
    before: float | None = None
    after: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class GateDecision:
    """Whether the candidate is promoted, with everything that was looked at; the reasons against it stand first."""

    is_promoted: bool
    reasons: tuple[Reason, ...]
    rules: GateRules = field(default_factory=GateRules)
    seed: int = 1

    @property
    def against(self) -> tuple[Reason, ...]:
        """The reasons to refuse; none where it is promoted."""
        return tuple(one for one in self.reasons if one.is_against)

    @property
    def summary(self) -> str:
        """The decision in one line."""
        if not self.is_promoted:
            return f"Refused: {self.against[0].sentence}" + (
                f" And for {count_nouns(len(self.against) - 1, 'further reason')}." if len(self.against) > 1 else ""
            )
        return f"Promoted: {self.reasons[0].sentence}"

    def to_record(self) -> dict[str, Any]:
        """Plain values for JSON; `from_record` reads them."""
        return {
            "is_promoted": self.is_promoted,
            "summary": self.summary,
            "reasons": [asdict(one) for one in self.reasons],
            "rules": asdict(self.rules),
            "seed": self.seed,
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> GateDecision:
        """What `to_record` wrote."""
        reasons = tuple(Reason(**one) for one in record["reasons"])
        return cls(record["is_promoted"], reasons, GateRules(**record["rules"]), record["seed"])


@dataclass(frozen=True, slots=True)
class _Test:
    """One difference that is looked at: of a set and a label, "" for all labels together."""

    set: str
    label: str
    difference: Difference


def decide(
    comparison: Comparison,
    *,
    rules: GateRules | None = None,
    contradictions: Iterable[Contradiction] = (),
    since_base: Comparison | None = None,
    seed: int = 1,
) -> GateDecision:
    """Promote or refuse; the same input gives the same decision, whatever order the sets and documents come in.

    `since_base` compares the model that ships with the candidate on the old sets, where the promoted one is another:
    many small losses, each within the tolerance, would otherwise add up unseen.
    """
    rules = rules or GateRules()
    corrected = comparison.corrections
    old = comparison.old
    results = [sentence for one in comparison.of_kind("sentences") for sentence in one.sentences]
    reasons = [
        *_judge_corrections(corrected, rules, seed),
        *_judge_elsewhere(corrected, old, rules, seed),
        *_judge_since_base(comparison, since_base, rules, seed),
        *_judge_sentences(results),
        *(Reason("contradiction", one.is_over_limit, one.sentence) for one in contradictions),
    ]
    if rules.needs_old and not any(_is_comparable(one) for one in old):
        reasons.append(
            Reason(
                "too_little",
                True,
                "There was no gold document of the old labels to compare on, so nobody knows whether they still work.",
            )
        )
    is_promoted = not any(one.is_against for one in reasons)
    return GateDecision(is_promoted, tuple(sorted(reasons, key=lambda one: not one.is_against)), rules, seed)


def scores_of(comparison: Comparison, decision: GateDecision) -> dict[str, Any]:
    """`Comparison.to_scores` with `low` and `high`, in points, wherever the decision has them."""
    intervals = {(one.set, one.label): (one.low, one.high) for one in decision.reasons if one.low is not None}
    scores = comparison.to_scores()
    for one in scores["sets"]:
        labels = one.get("labels", {})
        only = next(iter(labels)) if len(labels) == 1 else ""
        for label, row in (("", one), *labels.items()):
            names = (label, "" if label else only) if only else (label,)
            found = next((intervals[one["name"], name] for name in names if (one["name"], name) in intervals), None)
            if found:
                row["low"], row["high"] = found
    return scores


def _judge_corrections(corrected: SetComparison, rules: GateRules, seed: int) -> Iterator[Reason]:
    """The point estimate decides here: what people corrected has to become better, and it need not be beyond doubt."""
    before, after = corrected.total()
    if not _is_comparable(corrected):
        what = (
            "In the corrected documents that were held out there is nothing to find, and nothing was found"
            if corrected.documents
            else "No corrected document was held out to compare on"
        )
        sentence = f"{what}, so nobody knows whether the candidate is better; complete more documents."
        yield Reason("too_little", True, sentence, CORRECTIONS)
        return
    if not before.gold:
        yield _judge_false_alarms(before, after)
        return
    (difference,) = _measure(corrected, [""], rules, seed)
    values = (CORRECTIONS, "", *_rounded(difference))
    change = _change(difference)
    interval = _interval(difference)
    mentions = count_nouns(before.gold, "mention")
    amount = f"{count_nouns(len(corrected.documents), 'document')}, {mentions}"
    if difference.points > 0:
        doubt = "" if difference.low > 0 else ", though that may be chance"
        yield Reason("better", False, f"Better on {_CORRECTED} ({amount}): {change}{doubt} {interval}.", *values)
    elif difference.points < 0:
        doubt = "" if difference.high < 0 else ", though that may be chance"
        yield Reason(
            "worse", True, f"Not better but worse on {_CORRECTED} ({amount}): {change}{doubt} {interval}.", *values
        )
    else:
        yield Reason("same", True, f"No better on {_CORRECTED} ({amount}): {change}.", *values)
    if len(corrected.documents) < rules.few_documents:
        yield Reason(
            "too_little",
            False,
            f"Only {count_nouns(len(corrected.documents), 'corrected document')} could be compared, so much of this is "
            "chance; it becomes surer with every document that is completed.",
            CORRECTIONS,
        )


def _judge_false_alarms(before: Score, after: Score) -> Reason:
    """Where people have only taken suggestions away there is no F1: fewer of them is better."""
    change = f"{before.predicted} -> {after.predicted} mentions where people say that there is none"
    if after.predicted < before.predicted:
        return Reason("better", False, f"Better on {_CORRECTED}: {change}.", CORRECTIONS)
    kind: ReasonKind = "worse" if after.predicted > before.predicted else "same"
    return Reason(kind, True, f"No better on {_CORRECTED}: {change}.", CORRECTIONS)


def _judge_elsewhere(
    corrected: SetComparison, old: Sequence[SetComparison], rules: GateRules, seed: int
) -> Iterator[Reason]:
    """Each label of each old set, of all old sets together and of the corrected documents; each old set as a whole.

    A single set is small, so what is forgotten of a label everywhere is seen where all sets are together.
    """
    measured = [*_measure_all(corrected, rules, seed)[1:], *_measure_sets(old, rules, seed)]
    tests = [one for one in measured if one.set != ALL_OLD or _is_in_several(one.label, old[1:])]
    worse = adjust([one.difference.p_worse for one in tests])
    better = adjust([one.difference.p_better for one in tests])
    for test, p_worse, p_better in zip(tests, worse, better, strict=True):
        yield _judge(test, p_worse <= rules.error_rate, p_better <= rules.error_rate, len(tests), rules)


def _judge(test: _Test, is_worse: bool, is_better: bool, tests: int, rules: GateRules) -> Reason:
    difference = test.difference
    place = _CORRECTED if test.set == CORRECTIONS else test.set
    what = f"{test.label or 'All labels together'} on {place}: {_change(difference)}"
    values = (test.set, test.label, *_rounded(difference))
    interval = _interval(difference)
    if is_worse and difference.points < -rules.tolerance:
        return Reason("worse", True, f"{what}, worse by more than chance explains {interval}.", *values)
    if is_worse:
        return Reason(
            "worse",
            False,
            f"{what}, a little worse, which is tolerated up to {rules.tolerance:g} points {interval}.",
            *values,
        )
    if is_better:
        return Reason("better", False, f"{what}, better by more than chance explains {interval}.", *values)
    if difference.low == difference.high == difference.points == 0:
        return Reason("same", False, f"{what}, the same.", *values)
    if difference.low <= 0 <= difference.high:
        return Reason("same", False, f"{what}, within noise {interval}.", *values)
    return Reason(
        "same", False, f"{what}, which chance explains among {count_nouns(tests, 'comparison')} {interval}.", *values
    )


def _judge_since_base(
    comparison: Comparison, since_base: Comparison | None, rules: GateRules, seed: int
) -> Iterator[Reason]:
    """Only what this candidate makes worse still: a loss of earlier promotions alone would refuse everything for ever."""
    if since_base is None:
        return
    now = {one.name: one for one in comparison.old}
    tests = _measure_sets(since_base.old, rules, seed)
    for test, p_worse in zip(tests, adjust([one.difference.p_worse for one in tests]), strict=True):
        is_lost = p_worse <= rules.error_rate and test.difference.points < -rules.base_tolerance
        if not is_lost or test.set not in now:
            continue
        before, after = now[test.set].total(test.label)
        if after.f1 < before.f1:
            yield Reason(
                "worse",
                True,
                f"{test.label or 'All labels together'} on {test.set} has lost too much since the model that ships: "
                f"{_change(test.difference)} {_interval(test.difference)}, and this candidate loses some more.",
                test.set,
                test.label,
                *_rounded(test.difference),
            )


def _judge_sentences(results: Sequence[SentenceResult]) -> Iterator[Reason]:
    for one in results:
        quoted = f"“{' '.join(one.text.split())}”"
        if one.is_newly_broken:
            sentence = f"Breaks a sentence that must not break, {quoted}: {'; '.join(one.candidate)}."
            yield Reason("broken", True, sentence)
        elif one.promoted and one.candidate:
            sentence = f"Wrong before and after, so not counted, {quoted}: {'; '.join(one.candidate)}."
            yield Reason("broken", False, sentence)
        elif one.promoted:
            yield Reason("better", False, f"Right now, wrong before, {quoted}: {'; '.join(one.promoted)}.")
    whole = sum(not one.candidate for one in results)
    if results and whole == len(results):
        yield Reason("same", False, f"Right in all sentences that must not break ({whole}).")


def _is_comparable(one: SetComparison) -> bool:
    return any(score.gold or score.predicted for score in one.total())


def _is_in_several(label: str, sets: Sequence[SetComparison]) -> bool:
    return not label or sum(one.total(label)[0].gold > 0 for one in sets) > 1


def _measure_sets(sets: Iterable[SetComparison], rules: GateRules, seed: int) -> list[_Test]:
    return [test for one in sets for test in _measure_all(one, rules, seed)]


def _measure_all(one: SetComparison, rules: GateRules, seed: int) -> list[_Test]:
    """The whole set, and each label with gold mentions where there are several; a set of one label goes by its name.

    Which tests there are must not depend on the candidate. Without gold mentions a label has no F1; what is found of it
    all the same counts in the whole set.
    """
    labels = [label for label in one.labels if one.total(label)[0].gold]
    if len(labels) == 1:
        return [_Test(one.name, labels[0], difference) for difference in _measure(one, [""], rules, seed)]
    return [
        _Test(one.name, label, difference)
        for label, difference in zip(["", *labels], _measure(one, ["", *labels], rules, seed), strict=True)
    ]


def _measure(one: SetComparison, labels: Sequence[str], rules: GateRules, seed: int) -> list[Difference]:
    documents = sorted(one.documents, key=_order)
    counts = np.array(
        [
            [[_numbers(document.promoted, label), _numbers(document.candidate, label)] for label in labels]
            for document in documents
        ],
        dtype=np.float32,
    ).reshape(len(documents), len(labels), 2, 3)
    return measure_differences(counts, rules.resamples, seed, one.name, rules.confidence)


def _order(document: DocumentCounts) -> str:
    return document.id


def _numbers(counts: Mapping[str, Score], label: str) -> tuple[int, int, int]:
    scores = [counts[label]] if label in counts else [] if label else list(counts.values())
    return (
        sum(score.correct for score in scores),
        sum(score.predicted for score in scores),
        sum(score.gold for score in scores),
    )


def _change(difference: Difference) -> str:
    """With a second digit where the first does not show that there is a difference."""
    before, after = f"{difference.before:.1f}", f"{difference.after:.1f}"
    if before == after and difference.points:
        before, after = f"{difference.before:.2f}", f"{difference.after:.2f}"
    return f"{before} -> {after}"


def _interval(difference: Difference) -> str:
    # Adding zero turns what is rounded to -0.0 into 0.0.
    low, high = round(difference.low, 1) + 0.0, round(difference.high, 1) + 0.0
    return f"({low:+.1f} to {high:+.1f})"


def _rounded(difference: Difference) -> tuple[float, float, float, float]:
    return (
        round(difference.before, 2),
        round(difference.after, 2),
        round(difference.low, 2),
        round(difference.high, 2),
    )
