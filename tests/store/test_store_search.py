"""Any query finds what it says and nothing else, whatever characters are in it."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_desk import TEXT, Desk, add

from biobert_demo.errors import BadInput
from biobert_demo.review import Correction
from biobert_demo.store import FIELDS, SearchHit


def found(desk: Desk, query: str, **options: object) -> list[tuple[str, str, list[str]]]:
    """(document, field, matched words) of each hit."""
    return [
        (hit.name, hit.where, [hit.snippet[start:end] for start, end in hit.matches])
        for hit in desk.store.search(query, desk.project.id, **options)  # type: ignore[arg-type]
    ]


@pytest.fixture
def shelf(desk: Desk) -> Desk:
    """Three documents, one reviewed by Ann and Bo, with notes."""
    ann = desk.open_review(desk.add("PMID:1", TEXT, "allergy=Disease,BRX7=Gene,mice=Species"), "Ann")
    desk.save(
        ann,
        Correction("reject", "1.1"),
        Correction("accept", "1.0"),
        Correction("annotate", "1.2", note="ask about “strains”"),
        Correction("annotate", note="Odd paper, Beyoğlu"),
    )
    desk.save(desk.open_review(desk.store.documents.ids(desk.project.id)[0], "Bo"), Correction("accept", "1.1"))
    desk.add("PMID:2", "Type 2 diabetes and IL-2 receptor; diabetic mice. Naïve β-cells, OR gates NOT used.")
    desk.add("third", "Nothing of note; “type 1 diabetes”, 2 cases.")
    return desk


@pytest.mark.parametrize(
    ("query", "hits"),
    [
        ("penicillin", [("PMID:1", "text", ["penicillin"])]),
        ("PENICILLIN mice", [("PMID:1", "text", ["penicillin", "mice"])]),
        ("penicillin diabetic", []),
        ("diabet*", [("PMID:2", "text", ["diabetes", "diabetic"]), ("third", "text", ["diabetes"])]),
        ('"type 2 diabetes"', [("PMID:2", "text", ["Type 2 diabetes"])]),
        ('"type 2', [("PMID:2", "text", ["Type 2"])]),
        ('"2 diab"*', [("PMID:2", "text", ["2 diabetes"])]),
        ("IL-2", [("PMID:2", "text", ["IL-2"])]),
        ("naive", [("PMID:2", "text", ["Naïve"])]),
        ("β-cells", [("PMID:2", "text", ["β-cells"])]),
        ("OR NOT", [("PMID:2", "text", ["OR", "NOT"])]),
        ("PMID:2", [("PMID:2", "name", ["PMID:2"])]),
        ("thir", [("third", "name", ["thir"])]),
        ("name:pmid diabetes", [("PMID:2", "text", ["diabetes"])]),
        ("text:diabetes name:third", [("third", "name", ["third"]), ("third", "text", ["diabetes"])]),
        ("mention:mice", [("PMID:1", "mention", ["mice"]), ("PMID:1", "mention", ["mice"])]),
        ("label:Gene state:rejected", [("PMID:1", "label", ["BRX7"])]),
        ("state:accepted label:gene", [("PMID:1", "label", ["BRX7"])]),
        ("note:strains", [("PMID:1", "note", ["strains"])]),
        ("note:beyoglu", [("PMID:1", "note", ["Beyoğlu"])]),
        ("note:odd label:Species penicillin", [("PMID:1", "text", ["penicillin"])]),
        ("note:odd diabetes", []),
        ("state:ignored", []),
        ("", []),
        (" * \" - ( ) ^ : {} + ' % ", []),
    ],
)
def test_what_a_query_finds(shelf: Desk, query: str, hits: list[object]) -> None:
    assert found(shelf, query) == hits


def test_an_author_sees_hits_of_their_own_reviews(shelf: Desk) -> None:
    assert found(shelf, "state:rejected", author="Bo") == []
    assert found(shelf, "state:rejected", author="Ann") == [("PMID:1", "state", ["BRX7"])]
    assert found(shelf, "note:odd", author="Bo") == []
    assert found(shelf, "penicillin note:odd", author="Bo") == []


def test_fields_and_limit_narrow_a_search(shelf: Desk) -> None:
    assert {where for _, where, _ in found(shelf, "mice")} == {"text", "mention"}
    assert {where for _, where, _ in found(shelf, "mice", fields=["mention"])} == {"mention"}
    assert len(found(shelf, "mice", limit=3)) == 3
    assert found(shelf, "mice", limit=0) == []
    with pytest.raises(BadInput, match="no field 'colour'"):
        found(shelf, "mice", fields=["colour"])


def test_hits_say_where_in_the_text_they_are(shelf: Desk) -> None:
    (hit,) = shelf.store.search("mention:BRX7 state:rejected", shelf.project.id)
    start = TEXT.index("BRX7")
    document = shelf.store.documents.ids(shelf.project.id)[0]
    review = shelf.open_review(document, "Ann")
    assert hit == SearchHit(document, "PMID:1", "mention", hit.snippet, hit.matches, start, start + 4, review.id, "1.1")
    (hit,) = shelf.store.search("text:penicillin", shelf.project.id)
    assert (hit.start, hit.end) == (14, 24)


def test_other_projects_are_not_searched(shelf: Desk) -> None:
    other = shelf.store.projects.create("Other")
    assert shelf.store.search("mice", other.id) == []


def test_the_index_follows_undo(desk: Desk) -> None:
    review = desk.open_review(desk.add())
    saved = desk.save(review, add("lumositis", "Disease"), Correction("annotate", note="mark")).review
    assert len(found(desk, "label:Disease")) == len(found(desk, "note:mark")) == 1
    undone = desk.act("undo", saved).review
    assert found(desk, "label:Disease") == found(desk, "note:mark") == []
    desk.act("redo", undone)
    assert len(found(desk, "label:Disease")) == len(found(desk, "note:mark")) == 1


def test_a_long_text_is_shown_around_the_match(desk: Desk) -> None:
    text = "word " * 20_000 + "needle 🐭" + " word" * 20_000
    desk.add("long", text)
    (hit,) = desk.store.search("needle", desk.project.id)
    assert len(hit.snippet) < 250
    assert hit.snippet.startswith("word ")
    assert [hit.snippet[start:end] for start, end in hit.matches] == ["needle"]
    assert text[hit.start : hit.end] == "needle"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    query=st.text(st.sampled_from("ab\"*:(){}^-+'% \n\0\ud800\ue000é𝛼NEARORtextlabel") | st.characters(), max_size=30)
)
def test_no_query_fails(shelf: Desk, query: str) -> None:
    for hit in shelf.store.search(query, shelf.project.id):
        assert hit.where in FIELDS
        for start, end in hit.matches:
            assert 0 <= start <= end <= len(hit.snippet)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.lists(st.sampled_from(TEXT.replace(".", "").replace(";", "").split()), min_size=1, max_size=4))
def test_words_of_a_text_find_it(shelf: Desk, words: list[str]) -> None:
    (hit,) = shelf.store.search(" ".join(words), shelf.project.id, fields=["text"])[:1]
    assert hit.name == "PMID:1" or set(words) <= {"mice", "and"}
    matched = {hit.snippet[start:end] for start, end in hit.matches}
    assert matched == {word for word in words if word in hit.snippet}
