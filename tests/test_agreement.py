"""Agreement: published values, the library's own figures, and a diff that shows each span of both sides once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biobert_demo.agreement import (
    CompletedReview,
    Difference,
    cohens_kappa,
    compare_reviews,
    krippendorffs_alpha,
    measure_agreement,
)
from biobert_demo.annotations import Annotation
from biobert_demo.review import ReviewedSpan
from biobert_demo.scoring import Score

TEXT = "Velocumab cured chronic lumositis in mice, BRX7 did not."


def span(surface: str, label: str) -> Annotation:
    start = TEXT.index(surface)
    return Annotation(start, start + len(surface), surface, label)


def review(document: int, author: str, *spans: Annotation) -> CompletedReview:
    return CompletedReview(document, TEXT, author, spans)


@pytest.mark.parametrize(
    ("ratings", "expected"),
    [
        # The examples of Krippendorff, Computing Krippendorff's alpha-reliability (2011), A, B and C; * is no label.
        (("0100000010", "1110010000"), 0.095),
        (("aabbdcccedda", "babbbccceddd"), 0.692),
        (("123321412***", "1233224125*3", "*3332342251*", "12332441251*"), 0.743),
        (("aaaa", "bbbb"), -0.75),
        (("ab", "ab"), 1.0),
        (("aaaa", "aaaa"), None),
        (("ab*", "**a"), None),
        ((), None),
    ],
)
def test_alpha_is_the_published_one(ratings: tuple[str, ...], expected: float | None) -> None:
    items = [[label for label in labels if label != "*"] for labels in zip(*ratings, strict=True)]
    found = krippendorffs_alpha(items)
    assert found == (None if expected is None else pytest.approx(expected, abs=6e-4))


labels = st.sampled_from(["none", "Gene", "Disease"])


@given(st.lists(st.lists(labels, min_size=2, max_size=3), min_size=1, max_size=30))
def test_alpha_is_what_the_library_makes_of_all_items(items: list[list[str]]) -> None:
    from nltk.metrics.agreement import AnnotationTask

    triples = [(coder, item, label) for item, given in enumerate(items) for coder, label in enumerate(given)]
    found = krippendorffs_alpha(items)
    if found is None:
        assert len({label for given in items for label in given}) == 1
    else:
        assert found == pytest.approx(AnnotationTask(triples).alpha())


def test_kappa_is_the_textbook_one() -> None:
    first = ["yes"] * 25 + ["no"] * 25
    second = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15
    assert cohens_kappa(first, second) == pytest.approx(0.4)
    assert cohens_kappa("ab", "ba") == -1.0
    assert cohens_kappa("aaa", "aaa") is None
    assert cohens_kappa([], []) is None
    assert cohens_kappa("aab", "aaa") == 0.0
    with pytest.raises(ValueError, match="2 and 3"):
        cohens_kappa("ab", "abc")


@given(st.lists(st.tuples(labels, labels), min_size=1, max_size=40))
def test_kappa_is_the_librarys_and_the_same_either_way_round(pairs: list[tuple[str, str]]) -> None:
    from nltk.metrics.agreement import AnnotationTask

    first, second = zip(*pairs, strict=True)
    found = cohens_kappa(first, second)
    assert found == cohens_kappa(second, first)
    if found is not None:
        triples = [(coder, item, pair[coder]) for item, pair in enumerate(pairs) for coder in (0, 1)]
        assert found == pytest.approx(AnnotationTask(triples).kappa())


BOTH = span("Velocumab", "Chemical")
LONG, SHORT = span("chronic lumositis", "Disease"), span("lumositis", "Disease")


def test_two_people_are_compared_on_what_both_completed() -> None:
    report = measure_agreement(
        [
            review(1, "ann", BOTH, LONG),
            review(1, "ben", BOTH, SHORT, span("BRX7", "Gene")),
            review(2, "ann", BOTH),
            review(3, "ben", SHORT),
        ]
    )
    assert (report.documents, report.authors, report.labels) == (1, ("ann", "ben"), ("Chemical", "Disease", "Gene"))
    by_label = {pair.label: pair for pair in report.pairs}
    assert list(by_label) == [None, "Chemical", "Disease", "Gene"]
    assert by_label[None].strict == Score(correct=1, predicted=3, gold=2)
    assert by_label["Disease"].strict == Score(0, 1, 1)
    assert by_label[None].words == 11
    # Nine of eleven words agree; by chance 1 + 2 * 1 + 8 * 8 of 121 would.
    assert by_label[None].kappa == pytest.approx((9 * 11 - 67) / (121 - 67))
    assert by_label["Chemical"].kappa == 1.0
    assert by_label["Gene"].kappa == 0.0
    alphas = {alpha.label: alpha for alpha in report.alphas}
    assert (alphas[None].annotators, alphas[None].documents) == (2, 1)
    assert alphas["Chemical"].alpha == 1.0
    assert 0 < (alphas[None].alpha or 0) < 1


def test_three_people_make_three_pairs_and_one_alpha() -> None:
    report = measure_agreement(
        [review(1, author, BOTH) for author in ("cem", "ann", "ben")] + [review(2, "ann"), review(2, "ben", LONG)]
    )
    overall = [(pair.first, pair.second, pair.documents) for pair in report.pairs if pair.label is None]
    assert overall == [("ann", "ben", 2), ("ann", "cem", 1), ("ben", "cem", 1)]
    assert [alpha.annotators for alpha in report.alphas] == [3, 3, 3]


def test_people_who_share_no_document_are_no_pair() -> None:
    report = measure_agreement([review(1, "ann"), review(1, "ben"), review(2, "cem"), review(2, "dan")])
    assert [(pair.first, pair.second) for pair in report.pairs] == [("ann", "ben"), ("cem", "dan")]
    assert [pair.kappa for pair in report.pairs] == [None, None]
    assert [alpha.alpha for alpha in report.alphas] == [None]
    empty = measure_agreement([review(1, "ann", BOTH), review(2, "ben", BOTH)])
    assert (empty.documents, empty.pairs, empty.authors) == (0, (), ())


def test_order_of_reviews_does_not_matter_and_the_last_of_an_author_counts() -> None:
    reviews = [review(1, "ann", BOTH), review(1, "ben", LONG), review(2, "ben", SHORT), review(2, "ann", SHORT)]
    assert measure_agreement(reviews) == measure_agreement(reviews[::-1])
    assert measure_agreement([review(1, "ann", SHORT), *reviews]) == measure_agreement(reviews)


def test_inner_of_nested_spans_is_a_words_label_and_the_outer_counts_for_its_own() -> None:
    inner = span("lumositis", "Gene")
    report = measure_agreement([review(1, "ann", LONG, inner), review(1, "ben", inner, LONG)])
    assert {pair.kappa for pair in report.pairs} == {1.0}
    report = measure_agreement([review(1, "ann", LONG, inner), review(1, "ben", LONG)])
    kappas = {pair.label: pair.kappa for pair in report.pairs}
    assert kappas["Disease"] == 1.0
    assert kappas["Gene"] == 0.0
    assert (kappas[None] or 0) < 1


def test_a_boundary_costs_the_strict_score_but_only_one_word_of_kappa() -> None:
    report = measure_agreement([review(1, "ann", LONG), review(1, "ben", SHORT)])
    overall = report.pairs[0]
    assert overall.strict.f1 == 0.0
    assert (overall.kappa or 0) > 0.5


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ([], [], []),
        ([BOTH], [BOTH], ["same"]),
        ([BOTH, BOTH], [BOTH], ["same"]),
        ([BOTH], [], ["only_a"]),
        ([], [BOTH], ["only_b"]),
        ([LONG], [SHORT], ["boundary"]),
        ([BOTH], [span("Velocumab", "Gene")], ["label"]),
        ([LONG], [span("lumositis", "Gene")], ["only_a", "only_b"]),
        ([LONG, SHORT], [SHORT], ["only_a", "same"]),
        ([LONG, SHORT], [LONG, SHORT], ["same", "same"]),
        # Two labels against one: the equal one first.
        ([BOTH, span("Velocumab", "Gene")], [BOTH], ["same", "only_a"]),
        # One long span against two short ones: the one that shares more of it.
        ([LONG], [SHORT, span("chronic", "Disease")], ["only_b", "boundary"]),
        ([span("mice", "X")], [span("BRX7", "X")], ["only_a", "only_b"]),
    ],
)  # fmt: skip
def test_differences_are_of_these_kinds(a: list, b: list, expected: list[str]) -> None:
    assert sorted(one.kind for one in compare_reviews(TEXT, a, b)) == sorted(expected)


def test_difference_shows_both_spans_and_the_stretch_of_both() -> None:
    reviewed = ReviewedSpan("1.0", LONG.start, LONG.end, LONG.text, "Disease", "accepted")
    (one,) = compare_reviews(TEXT, [SHORT], [reviewed])
    assert one == Difference("boundary", SHORT, reviewed, LONG.start, LONG.end)
    with pytest.raises(ValueError, match="outside"):
        compare_reviews("short", [LONG], [])


places = st.tuples(st.integers(0, 20), st.integers(1, 12), st.sampled_from(["Gene", "Disease"]))
some_spans = st.lists(
    places.map(lambda one: Annotation(one[0], one[0] + one[1], TEXT[one[0] : one[0] + one[1]], one[2])), max_size=8
)


@given(some_spans, some_spans)
def test_each_span_of_both_sides_is_shown_once(a: list[Annotation], b: list[Annotation]) -> None:
    differences = compare_reviews(TEXT, a, b)
    assert sorted(one.a.key for one in differences if one.a) == sorted({one.key for one in a})  # type: ignore[attr-defined]
    assert sorted(one.b.key for one in differences if one.b) == sorted({one.key for one in b})  # type: ignore[attr-defined]
    assert [one.start for one in differences] == sorted(one.start for one in differences)
    same = {one.key for one in a} & {one.key for one in b}
    assert sum(one.kind == "same" for one in differences) == len(same)
    swapped = {"only_a": "only_b", "only_b": "only_a"}
    other_way = sorted(swapped.get(one.kind, one.kind) for one in compare_reviews(TEXT, b, a) if one.kind != "boundary")
    if not any(one.kind == "boundary" for one in differences):
        assert sorted(one.kind for one in differences) == other_way
    report = measure_agreement([review(1, "ann", *a), review(1, "ben", *b)])
    assert report.pairs[0].strict.correct == len(same)
