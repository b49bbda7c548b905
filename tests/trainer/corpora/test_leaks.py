"""Documents that are and are not the same enter; checks on which count as leaks, and why, leave."""

from __future__ import annotations

import pytest

from biobert_demo.documents import Document
from trainer.corpora.fingerprints import fingerprint, sentence_fingerprints
from trainer.corpora.leaks import document_keys, find_leaks, remove_leaks

TITLE = "Zorbin-alpha is lost in families with glimmer ataxia"
FIRST = "The kinase BRX7 phosphorylates zorbin-alpha in most tissues of adult zebrafish"
SECOND = "Its loss was found in nine of ten families with glimmer ataxia (P < 0.05)"
THIRD = "Screening for the variant may help to tell the ataxias apart before symptoms begin"
ABSTRACT = f"{TITLE}.\n{FIRST}. {SECOND}. {THIRD}."
STOCK = "The authors declare that they have no competing interests whatsoever"
FILLER = "Other text follows. " * 40


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("TNF-α", "tnf - alpha"),
        ("TNF-α", "TNFalpha"),
        ("Sjögren's", "Sjogren ' s"),
        ("Sjo\u0308gren's", "Sjögren's"),
        ("``Fe(2+)''", '"Fe 2 +"'),
        ("ﬁbrin", "fibrin"),
        ("µg", "μg"),
        ("IL\u00a02\u2028", "IL-2"),
        ("ς", "σ"),
    ],
)
def test_texts_that_differ_in_spacing_case_and_folding_have_one_fingerprint(one: str, other: str) -> None:
    assert fingerprint(one) == fingerprint(other)


def test_different_letters_and_digits_have_different_fingerprints() -> None:
    assert len({fingerprint(text) for text in ("IL-2", "IL-12", "IL-1β", "IL-1α", "β", "")}) == 6


def test_only_long_sentences_have_fingerprints_and_tokenising_does_not_move_their_ends() -> None:
    original = f"Short one. In E. coli (Fig. 3), 0.5 mg was enough. {FIRST}."
    tokenised = original.replace(".", " . ").replace("(", "( ").replace(")", " )")
    assert sentence_fingerprints(original) == sentence_fingerprints(tokenised) == {fingerprint(FIRST)}


@pytest.mark.parametrize(
    ("document_id", "pmid"),
    [("123", "123"), ("MEDLINE:123", None), ("pmcA123", None), ("P00000123T0000", None), ("١٢٣", None), ("", None)],
)
def test_only_plain_numbers_are_pmids(document_id: str, pmid: str | None) -> None:
    assert document_keys(Document(document_id, "x")).pmid == pmid


@pytest.mark.parametrize(
    ("training", "evaluation", "reason"),
    [
        (Document("1", "Old wording."), Document("1", "New wording."), "the same PMID"),
        (Document("1", ABSTRACT), Document("2", ABSTRACT.upper().replace("\n", "  ")), "the same text"),
        (Document("MEDLINE:1", ABSTRACT), Document("1", "Another text."), None),
        (Document("P1", f"{SECOND}."), Document("2", ABSTRACT), "the same sentences"),
        (Document("2", ABSTRACT), Document("P1", f"{SECOND}."), "the same sentences"),
        (
            Document("pmc1", f"{ABSTRACT}\n" + FILLER * 9),
            Document("2", ABSTRACT),
            "the same sentences",
        ),
        (Document("1", f"{ABSTRACT} {STOCK}. {FILLER}"), Document("2", f"{STOCK}. {FILLER}"), None),
        (Document("1", "Materials and Methods"), Document("2", "Materials and methods"), None),
        (Document("1", "Zorbin in chronic lumositis"), Document("2", "ZORBIN in chronic lumositis."), "the same text"),
        (Document("1", "One text."), Document("2", "Another text."), None),
    ],
)
def test_a_training_document_leaks_where_an_evaluation_document_is_the_same(
    training: Document, evaluation: Document, reason: str | None
) -> None:
    leaks = find_leaks([training], {"corpus/test": [evaluation]})
    expected = [] if reason is None else [(training.id, "corpus/test", evaluation.id, reason)]
    assert [(leak.document_id, leak.evaluation_set, leak.evaluation_id, leak.reason) for leak in leaks] == expected


def test_removal_keeps_the_others_and_says_why_for_every_evaluation_document() -> None:
    twice, kept = Document("1", ABSTRACT), Document("3", "An abstract that nobody tests on.")
    evaluation = {"a/dev": [Document("1", "x")], "b/test": [Document("2", ABSTRACT)]}
    documents, leaks = remove_leaks([twice, kept], evaluation)
    assert documents == [kept]
    assert [str(leak) for leak in leaks] == [
        "1 is left out of training: the same PMID as 1 of a/dev",
        "1 is left out of training: the same text as 2 of b/test",
    ]
    assert find_leaks(documents, evaluation) == []
