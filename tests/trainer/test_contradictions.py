"""Corrections and gold enter; a vandal's contradictions are over the limit, and honest differences are not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from biobert_demo.annotations import Annotation
from biobert_demo.documents import Document
from biobert_demo.reviewed import ReviewedDocument
from trainer.contradictions import LEAST_COUNT, find_contradictions

DRUGS = ("velocumab", "tarinib", "osmirol", "fenadrine", "dorvastin", "penicillin")
GENES = ("BRX7", "NTA1", "GLK2", "KVR4", "TULP9")
ALL = ("Chemical", "Gene", "Disease")


def review(
    id: str, mentions: Iterable[tuple[str, str]], labels: Iterable[str] = ALL, author: str = "ann"
) -> ReviewedDocument:
    """A text that is nothing but the mentions, one after the other."""
    texts, annotations, start = [], [], 0
    for text, label in mentions:
        annotations.append(Annotation(start, start + len(text), text, label))
        texts.append(text)
        start += len(text) + 5
    document = Document(id, " and ".join(texts), annotations=tuple(annotations))
    return ReviewedDocument(document, frozenset(labels), author=author)


GOLD = [review("gold", [*((it, "Chemical") for it in DRUGS), *((it, "Gene") for it in GENES)])]


def corrections(number: int, drugs: str = "Chemical", genes: str = "Gene", **more: object) -> list[ReviewedDocument]:
    mentions = [*((it, drugs) for it in DRUGS), *((it, genes) for it in GENES)]
    return [review(str(i), mentions, **more) for i in range(number)]  # type: ignore[arg-type]


def over(reviewed: list[ReviewedDocument], gold: list[ReviewedDocument] = GOLD) -> list[str]:
    return [one.sentence for one in find_contradictions(reviewed, gold) if one.is_over_limit]


def test_corrections_that_agree_with_the_gold_say_nothing() -> None:
    assert find_contradictions(corrections(10), GOLD) == []


def test_a_vandal_who_calls_every_chemical_a_gene_is_over_the_limit() -> None:
    (found,) = find_contradictions(corrections(10, drugs="Gene"), GOLD)
    assert found.is_over_limit
    assert (found.count, found.total) == (60, 60)
    assert "Chemical in the gold documents are Gene" in found.sentence
    assert found.examples[0] == "“dorvastin” (Chemical in the gold, Gene in 10 corrections)"
    assert len(found.examples) == 5


def test_one_name_in_many_documents_is_enough() -> None:
    reviewed = [review(str(i), [("aspirin", "Gene")]) for i in range(14)]
    (found,) = find_contradictions(reviewed, [review("gold", [("Aspirin", "Chemical")])])
    assert found.is_over_limit
    assert "“aspirin” (Chemical in the gold, Gene in 14 corrections)" in found.sentence


def test_a_vandal_whose_review_is_about_genes_alone_is_over_the_limit_too() -> None:
    assert over(corrections(5, drugs="Gene", labels=["Gene"]))


def test_an_honest_review_of_genes_alone_is_not() -> None:
    """One name that means two things is all of the "chemicals" among its genes."""
    reviewed = [review(str(i), [*((it, "Gene") for it in GENES), ("tarinib", "Gene")], ["Gene"]) for i in range(10)]
    (found,) = find_contradictions(reviewed, GOLD)
    assert (found.count, found.total, found.is_over_limit) == (10, 60, False)


def test_an_abbreviation_that_means_something_else_in_one_document_is_one_error() -> None:
    reviewed = [review("1", [("BRX7", "Disease")] * 12)]
    (found,) = find_contradictions(reviewed, GOLD)
    assert (found.count, found.is_over_limit) == (3, False)


@pytest.mark.parametrize(("wrong", "is_over"), [(LEAST_COUNT - 1, False), (LEAST_COUNT, True)])
def test_the_limit_is_a_number_of_mentions(wrong: int, is_over: bool) -> None:
    reviewed = [review(str(i), [("velocumab", "Gene")]) for i in range(wrong)]
    assert bool(over(reviewed)) is is_over


@pytest.mark.parametrize(("right", "is_over"), [(18, True), (24, False)])
def test_the_limit_is_also_a_share(right: int, is_over: bool) -> None:
    reviewed = [review(f"w{i}", [("velocumab", "Gene")]) for i in range(8)]
    reviewed += [review(f"r{i}", [("tarinib", "Chemical"), ("BRX7", "Gene")]) for i in range(right)]
    assert bool(over(reviewed)) is is_over


def test_one_vandal_does_not_hide_among_many() -> None:
    reviewed = [*corrections(40), *corrections(3, drugs="Gene", author="mal")]
    (sentence,) = over(reviewed)
    assert "by mal" in sentence


def test_a_label_of_the_labs_own_contradicts_nothing() -> None:
    assert find_contradictions(corrections(10, drugs="Antibiotic", labels=[*ALL, "Antibiotic"]), GOLD) == []


def test_a_name_the_gold_is_not_clear_about_is_not_known() -> None:
    mixed = [review("gold", [("velocumab", "Chemical"), ("velocumab", "Gene")])]
    assert find_contradictions([review(str(i), [("velocumab", "Disease")]) for i in range(9)], mixed) == []


def test_a_label_that_a_gold_document_is_not_about_is_not_known_from_it() -> None:
    gold = [review("gold", [("velocumab", "Chemical")], labels=["Gene", "Disease"])]
    assert find_contradictions([review(str(i), [("velocumab", "Gene")]) for i in range(9)], gold) == []


def test_a_place_with_two_labels_says_nothing() -> None:
    one = review("1", [("velocumab", "Gene")])
    both = replace(one, document=one.document.with_annotations([
        *one.document.annotations, replace(one.document.annotations[0], label="Chemical"),
    ]))  # fmt: skip
    assert find_contradictions([both] * 10, GOLD) == []


def test_words_for_people_and_words_of_grammar_are_no_names() -> None:
    gold = [review("gold", [("women", "Species"), ("it", "Gene")], labels=["Species", "Gene"])]
    assert (
        find_contradictions([review(str(i), [("women", "Disease"), ("it", "Disease")]) for i in range(9)], gold) == []
    )


def test_what_is_below_the_limit_is_told_once() -> None:
    reviewed = [*corrections(20), review("x", [("velocumab", "Gene")])]
    notes = find_contradictions(reviewed, GOLD)
    assert [(one.count, one.is_over_limit) for one in notes] == [(1, False), (1, False)]
    assert "not too many" in next(one.sentence for one in notes if "gold" in one.sentence)


def test_corrections_that_contradict_each_other_are_over_the_limit() -> None:
    reviewed = [review(str(i), [("zorvex", "Chemical" if i % 2 else "Gene")]) for i in range(20)]
    (found,) = find_contradictions(reviewed, [])
    assert (found.count, found.total, found.is_over_limit) == (10, 20, True)
    assert "Decide which it is" in found.sentence


def test_reviews_that_are_about_different_labels_do_not_contradict_each_other() -> None:
    reviewed = [review(str(i), [("insulin", label)], [label]) for i in range(10) for label in ("Chemical", "Gene")]
    assert find_contradictions(reviewed, []) == []


def test_touched_places_of_unfinished_reviews_are_compared_with_the_gold_only() -> None:
    reviewed = [review(str(i), [("zorvex", "Chemical" if i % 2 else "Gene")], []) for i in range(20)]
    assert find_contradictions(reviewed, GOLD) == []
    assert over([review(str(i), [("velocumab", "Gene")], []) for i in range(10)])


def test_nothing_contradicts_nothing() -> None:
    assert find_contradictions([], GOLD) == []
    assert find_contradictions(corrections(3, drugs="Gene"), []) == []
