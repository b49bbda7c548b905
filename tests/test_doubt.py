"""The queue: doubtful documents first and why, a random share that stays random, copies last, one order each time."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biobert_demo.annotations import Annotation
from biobert_demo.doubt import (
    KINDS,
    Candidate,
    Mention,
    RankSettings,
    fingerprint,
    is_drawn,
    rank_documents,
    resemblance,
)
from biobert_demo.review import ReviewedSpan

NONE_DRAWN = RankSettings(random_share=0.0)
SURE = Mention("lumositis", "Disease", 0.98)
TORN = Mention("BRX7", "Gene", 0.48, (("none", 0.46), ("Chemical", 0.45)))
UNSURE = Mention("velocumab", "Chemical", 0.35)


def candidate(id: int, *mentions: Mention, length: int = 1_400, misses: tuple[Mention, ...] = ()) -> Candidate:
    return Candidate(id, length, mentions, misses)


def reasons_of(one: Candidate, settings: RankSettings = NONE_DRAWN, *others: Candidate) -> tuple[str, ...]:
    items = rank_documents([one, *others], settings)
    return next(item.reasons for item in items if item.document_id == one.document_id)


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (candidate(1), ()),
        (candidate(1, SURE), ()),
        (candidate(1, replace(TORN, score=0.72)), ()),
        (
            candidate(1, replace(TORN, score=0.49)),
            ("two labels within 0.05: “BRX7” (Gene 0.49, Chemical 0.45)", "unsure: 1 of 1 mentions below 0.6"),
        ),
        # That it may be no mention is no second label.
        (candidate(1, Mention("BRX7", "Gene", 0.61, (("none", 0.6),))), ()),
        (candidate(1, UNSURE, SURE, replace(UNSURE, text="ethanol")), ("unsure: 2 of 3 mentions below 0.6",)),
        (candidate(1, UNSURE, UNSURE, UNSURE), ("unsure: 3 of 3 mentions below 0.6",)),
        (candidate(1, Mention("BRX7", "Gene", None)), ()),
        (candidate(1, misses=(Mention("locus", "Gene", 0.44),)), ("possible miss: “locus” (Gene 0.44)",)),
        (candidate(1, misses=(Mention("locus", "Gene", 0.2),)), ()),
        (
            candidate(1, misses=(Mention("locus", "Gene", 0.4), Mention("loss", "Gene", 0.45))),
            ("possible miss: “loss” (Gene 0.45) and 1 more",),
        ),
    ],
)
def test_reason_is_given_in_words(one: Candidate, expected: tuple[str, ...]) -> None:
    assert reasons_of(one) == expected


def test_long_or_broken_mention_fits_into_a_reason() -> None:
    long = Mention("a\nb" + "x" * 500, "Gene", 0.5, (("Disease", 0.5),))
    (reason, _) = reasons_of(candidate(1, long))
    assert "“a b" in reason
    assert "…”" in reason
    assert len(reason) < 120


def test_same_string_with_another_label_in_most_other_documents_is_told() -> None:
    others = [candidate(i, Mention("Velocumab", "Chemical", 0.97)) for i in (2, 3)]
    odd = candidate(1, Mention("velocumab", "Gene", 0.97))
    told = "same string labelled differently elsewhere: “velocumab” (Gene here, Chemical in 2 other places)"
    assert reasons_of(odd, NONE_DRAWN, *others) == (told,)
    assert reasons_of(others[0], NONE_DRAWN, odd, others[1]) == ()
    assert reasons_of(odd, NONE_DRAWN, others[0]) == ()


def test_what_people_labelled_counts_as_elsewhere_and_tells_what_is_rare() -> None:
    known = {"velocumab": {"Chemical": 90}, "lumositis": {"Disease": 60}, "mice": {"Species": 1}}
    settings = replace(NONE_DRAWN, known=known)
    assert reasons_of(candidate(1, SURE), settings) == ()
    assert reasons_of(candidate(1, Mention("Velocumab", "Disease", 0.9)), settings) == (
        "same string labelled differently elsewhere: “Velocumab” (Disease here, Chemical in 90 other places)",
    )
    assert reasons_of(candidate(1, Mention("mice", "Species", 0.9)), settings) == ("rare label: Species (“mice”)",)
    assert reasons_of(candidate(1, Mention("ethanol", "Chemical", 0.9)), settings) == ("rare in training: “ethanol”",)


def test_spans_of_a_review_are_mentions_too() -> None:
    span = ReviewedSpan("1.0", 0, 4, "BRX7", "Gene", "unseen", score=0.5, model="m", others=(("Chemical", 0.47),))
    assert reasons_of(Candidate(1, 900, (span,)))[0].startswith("two labels within 0.05")


def test_candidate_is_made_from_what_a_recognizer_gives() -> None:
    text = "BRX7 and locus"
    annotations = [Annotation(0, 4, "BRX7", "Gene", score=0.5)]
    one = Candidate.of(7, text, annotations, {0: (("Disease", 0.49),)}, [Annotation(9, 14, "locus", "Gene", score=0.4)])
    assert one.length == len(text)
    assert one.fingerprint == fingerprint(text)
    assert list(rank_documents([one], NONE_DRAWN)[0].kinds) == ["tie", "unsure", "miss"]


def order(candidates: list[Candidate], settings: RankSettings = NONE_DRAWN) -> list[int]:
    return [item.document_id for item in rank_documents(candidates, settings)]


def test_more_doubt_comes_first_for_the_same_length_and_less_length_for_the_same_doubt() -> None:
    assert order([candidate(1, SURE), candidate(2, UNSURE), candidate(3, TORN, UNSURE)]) == [3, 2, 1]
    assert order([candidate(1, UNSURE, length=9_000), candidate(2, replace(UNSURE, text="x7"), length=900)]) == [2, 1]


def test_long_document_is_not_first_for_its_many_sure_mentions() -> None:
    assert order([candidate(1, *[SURE] * 300, length=20_000), candidate(2, UNSURE)]) == [2, 1]


def test_without_any_doubt_the_less_sure_document_comes_first() -> None:
    assert order([candidate(1, SURE), candidate(2, Mention("mice", "Species", 0.8)), candidate(3)]) == [2, 1, 3]


def test_one_doubtful_name_does_not_fill_the_head_of_the_queue() -> None:
    same = [candidate(i, replace(UNSURE, score=0.30)) for i in range(1, 6)]
    other = candidate(9, Mention("ethanol", "Chemical", 0.4))
    assert order([*same, other]).index(9) == 1


def test_each_candidate_comes_once_and_the_same_order_each_time() -> None:
    candidates = [candidate(i, TORN if i % 3 else SURE, length=500 + i) for i in range(200)]
    shuffled = candidates[::-1]
    settings = RankSettings(seed=3)
    first = rank_documents(candidates, settings)
    assert first == rank_documents(shuffled, settings) == rank_documents(iter(candidates), settings)
    assert sorted(item.document_id for item in first) == list(range(200))
    assert first != rank_documents(candidates, RankSettings(seed=4))


def test_set_share_is_drawn_at_random_and_evenly_spread() -> None:
    items = rank_documents(
        [candidate(i, TORN if i % 2 else SURE) for i in range(1_000)], RankSettings(random_share=0.2)
    )
    is_random = ["random" in item.kinds for item in items[:500]]
    assert [sum(is_random[i : i + 50]) for i in range(0, 500, 50)] == [10] * 10
    assert all((item.reasons[:1] == ("random check",)) == ("random" in item.kinds) for item in items)


def test_drawing_does_not_look_at_doubt() -> None:
    doubtful = {i for i in range(2_000) if i % 10 == 0}
    drawn = {i for i in range(2_000) if is_drawn(i, 5, 0.25)}
    assert 0.2 < len(drawn) / 2_000 < 0.3
    assert 0.15 < len(drawn & doubtful) / len(doubtful) < 0.35
    ranked = rank_documents(
        [candidate(i, TORN if i in doubtful else SURE) for i in range(2_000)], RankSettings(seed=5, random_share=0.25)
    )
    assert {item.document_id for item in ranked if "random" in item.kinds} == drawn


def test_share_holds_when_the_rest_is_ranked_after_each_document() -> None:
    remaining = {i: candidate(i, TORN if i % 2 else SURE) for i in range(400)}
    kinds = Counter()
    for done in range(100):
        first = rank_documents(remaining.values(), RankSettings(random_share=0.2, done=done))[0]
        kinds["random" in first.kinds] += 1
        del remaining[first.document_id]
    assert kinds[True] == 20


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_queue_may_be_all_doubt_or_all_random(share: float) -> None:
    items = rank_documents([candidate(i, TORN) for i in range(20)], RankSettings(random_share=share))
    assert [("random" in item.kinds) for item in items] == [share == 1.0] * 20


BODY = " ".join(f"word{i} in a sentence about lumositis number {i}" for i in range(60))
OTHER = " ".join(f"another{i} thing that was measured in mice {i}" for i in range(60))


def test_near_copies_come_last_and_say_so() -> None:
    texts = {1: BODY, 2: BODY.replace("word3 ", "werd3 ").upper(), 3: OTHER, 4: OTHER + " Erratum.", 5: "Short."}
    mentions = {1: SURE, 2: UNSURE, 3: SURE, 4: SURE, 5: SURE}
    items = rank_documents(
        [Candidate(id, len(text), (mentions[id],), (), fingerprint(text)) for id, text in texts.items()], NONE_DRAWN
    )
    assert items[0].document_id == 2
    assert [item.copy_of for item in items[:3]] == [None, None, None]
    assert {item.document_id: item.copy_of for item in items[3:]} in ({1: 2, 4: 3}, {1: 2, 3: 4})
    assert items[-1].reasons[0] == "nearly the same text as another document"


def test_near_copy_of_what_was_reviewed_comes_last() -> None:
    settings = replace(NONE_DRAWN, reviewed={77: fingerprint(BODY)})
    items = rank_documents([Candidate.of(1, BODY + " More.", []), Candidate.of(2, OTHER, [])], settings)
    assert [(item.document_id, item.copy_of) for item in items] == [(2, None), (1, 77)]
    again = rank_documents([Candidate.of(77, BODY, [])], settings)
    assert again[0].copy_of is None


def test_texts_without_words_are_no_copies_of_each_other() -> None:
    assert all(item.copy_of is None for item in rank_documents([Candidate.of(i, " \n", []) for i in range(3)]))


def test_resemblance_is_near_the_true_share_of_runs() -> None:
    picker = random.Random(1)
    words = [f"w{i}" for i in range(3_000)]
    one = [picker.choice(words) for _ in range(800)]
    for kept in (0.9, 0.5, 0.1):
        other = [*one[: int(800 * kept)], *(picker.choice(words) for _ in range(800 - int(800 * kept)))]
        true = (800 * kept) / (1_600 - 800 * kept)
        assert resemblance(fingerprint(" ".join(one)), fingerprint(" ".join(other))) == pytest.approx(true, abs=0.15)
    assert resemblance(fingerprint(BODY), fingerprint(BODY)) == 1.0
    assert resemblance((), ()) == 0.0


names = st.sampled_from(["BRX7", "lumositis", "Velocumab", "mice"])
shares = st.one_of(st.none(), st.floats(0, 1))
mentions = st.builds(
    Mention, names, st.sampled_from(["Gene", "Disease"]), shares,
    st.lists(st.tuples(st.sampled_from(["none", "Chemical"]), st.floats(0, 1)), max_size=2).map(tuple),
)  # fmt: skip


@given(
    st.lists(
        st.builds(Candidate, st.integers(0, 40), st.integers(0, 5_000), st.lists(mentions, max_size=5).map(tuple))
    ),
    st.floats(0, 1),
    st.integers(0, 50),
)
def test_whatever_the_probabilities_all_documents_are_ranked(candidates: list, share: float, done: int) -> None:
    items = rank_documents(candidates, RankSettings(random_share=share, done=done))
    assert sorted(item.document_id for item in items) == sorted({one.document_id for one in candidates})
    assert all(set(item.kinds) <= set(KINDS) and len(item.kinds) == len(item.reasons) for item in items)
    assert all(item.score >= 0 for item in items)
