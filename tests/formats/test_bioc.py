"""BioC elements enter; documents with offsets that hold, and reports of those that do not, are checked."""

from __future__ import annotations

from typing import Any

import pytest

from biobert_demo.annotations import Annotation, Relation
from biobert_demo.documents import Document, Passage
from biobert_demo.errors import Problem
from biobert_demo.formats.bioc import MAX_GAP, from_document, to_document
from biobert_demo.formats.losses import Losses


def passage(offset: Any, text: str, *annotations: dict[str, Any], kind: str = "title") -> dict[str, Any]:
    return {"infons": {"type": kind}, "offset": offset, "text": text, "annotations": list(annotations)}


def mention(offset: Any, length: Any, text: str | None, id: str = "1", **infons: Any) -> dict[str, Any]:
    return {
        "id": id,
        "infons": {"type": "Disease", **infons},
        "locations": [{"offset": offset, "length": length}],
        "text": text,
    }


def read(*passages: dict[str, Any], **others: Any) -> tuple[Document, list[Problem]]:
    problems: list[Problem] = []
    raw = {"id": "7", "passages": list(passages), **others}
    return to_document(raw, "a-1", "a.xml", problems.append), problems


@pytest.mark.parametrize(
    ("blocks", "text", "passages"),
    [
        ([(0, "Ab"), (3, "cd")], "Ab\ncd", [(0, 2), (3, 5)]),
        ([(0, "Ab"), (2, "cd")], "Abcd", [(0, 2), (2, 4)]),
        ([(0, "Ab"), (5, "cd")], "Ab\n\n\ncd", [(0, 2), (5, 7)]),
        ([(2, "Ab")], "\n\nAb", [(2, 4)]),
        ([(0, ""), (1, "cd")], "\ncd", [(0, 0), (1, 3)]),
        ([("0", "Ab"), ("3", "cd")], "Ab\ncd", [(0, 2), (3, 5)]),
        ([], "", [(0, 0)]),
    ],
)
def test_gaps_are_filled_so_that_document_offsets_hold(
    blocks: list[tuple[Any, str]], text: str, passages: list[tuple[int, int]]
) -> None:
    document, problems = read(*(passage(offset, block) for offset, block in blocks))

    assert document.text == text
    assert [(p.start, p.end) for p in document.passages] == passages
    assert problems == []


@pytest.mark.parametrize("offset", [1, 2 + MAX_GAP + 1, 10**17])
def test_a_passage_that_overlaps_or_lies_far_off_is_closed_up_and_its_annotations_move_along(offset: int) -> None:
    document, problems = read(passage(0, "Ab"), passage(offset, "cold", mention(offset, 4, "cold")))

    assert document.text == "Ab\ncold"
    assert document.annotations == (Annotation(3, 7, "cold", "Disease"),)
    assert [p.document_id for p in problems] == ["7"]
    assert f"the title at offset {offset} lies" in problems[0].message


@pytest.mark.parametrize(
    ("annotation", "part_of_message"),
    [
        (mention(1, 4, "cold"), "1-5 lies outside the text of 4 code points; it occurs once, at 0"),
        (mention(0, 3, "cold"), "'cold' is not the text at 0-3, which is 'col'; it occurs once, at 0"),
        (mention(0, 4, "flu"), "'flu' is not the text at 0-4"),
        (mention(0, 99, "cold"), "outside the text of 4"),
        (mention(0, 0, ""), "start < end"),
        (mention(-1, 4, "cold"), "offset of a location is '-1'"),
        (mention(0, "x", "cold"), "length of a location is 'x'"),
        (mention(0, 4, "cold", type=""), "'cold' has no infon `type`"),
        ({**mention(0, 4, "cold"), "locations": []}, "has 0 locations"),
        (
            {**mention(0, 4, "cold"), "locations": [{"offset": 0, "length": 1}, {"offset": 2, "length": 1}]},
            "2 locations",
        ),
        ({**mention(0, 4, "cold"), "locations": "0-4"}, "`locations` is '0-4' rather than a list"),
        ({**mention(0, 4, "cold"), "infons": "Disease"}, "`infons` is 'Disease' rather than an object"),
    ],
)
def test_an_annotation_that_does_not_fit_is_reported_and_left_out(
    annotation: dict[str, Any], part_of_message: str
) -> None:
    document, problems = read(passage(0, "cold", annotation, mention(0, 4, "cold")))

    assert [a.text for a in document.annotations] == ["cold"]
    assert [(p.source, p.document_id) for p in problems] == [("a.xml", "7")]
    assert part_of_message in problems[0].message


def test_offsets_in_bytes_are_reported_with_the_place_meant() -> None:
    document, problems = read(passage(0, "β-cell flu", mention(8, 3, "flu")))

    assert document.annotations == ()
    assert "it occurs once, at 7" in problems[0].message


@pytest.mark.parametrize(
    ("infons", "identifiers"),
    [
        ({"identifier": "MESH:D1"}, ("MESH:D1",)),
        ({"MESH": "D1|D2"}, ("D1", "D2")),
        ({"NCBI GENE": 672}, ("672",)),
        ({"identifier": None}, ()),
        ({"identifier": "-"}, ()),
        ({"database": "ncbi_mesh", "name": "Cold"}, ()),
    ],
)
def test_identifiers_come_from_the_infons_that_hold_them(infons: dict[str, Any], identifiers: tuple[str, ...]) -> None:
    document, _ = read(passage(0, "cold", mention(0, 4, "cold", **infons)))

    assert document.annotations[0].identifiers == identifiers


@pytest.mark.parametrize(("score", "expected"), [("0.9", 0.9), (1, 1.0), ("high", None), (17, None), (None, None)])
def test_a_score_is_a_probability_or_none(score: Any, expected: float | None) -> None:
    document, _ = read(passage(0, "cold", mention(0, 4, None, score=score)))

    assert document.annotations == (Annotation(0, 4, "cold", "Disease", (), expected),)


def test_sentences_stand_in_for_a_passage_without_text() -> None:
    sentences = [passage(0, "One flu.", mention(4, 3, "flu")), passage(9, "Two.")]
    document, problems = read({"infons": {"type": "abstract"}, "offset": 0, "sentences": sentences})

    assert document.text == "One flu.\nTwo."
    assert document.passages == (Passage("sentence", 0, 8), Passage("sentence", 9, 13))
    assert [a.text for a in document.annotations] == ["flu"]
    assert problems == []


def test_annotations_of_sentences_and_of_the_document_are_read_too() -> None:
    block = {**passage(0, "flu and cold"), "sentences": [{"offset": 0, "annotations": [mention(0, 3, "flu")]}]}
    document, _ = read(block, annotations=[mention(8, 4, "cold")])

    assert [a.text for a in document.annotations] == ["flu", "cold"]


@pytest.mark.parametrize(
    ("relation", "expected"),
    [
        ({"infons": {"relation": "CID", "Chemical": "D1", "Disease": "D2"}}, Relation("CID", ("D1", "D2"))),
        (
            {"infons": {"entity1": "672", "entity2": "D2", "type": "Association", "novel": "No"}},
            Relation("Association", ("672", "D2", "No")),
        ),
        (
            {
                "infons": {
                    "type": "Association",
                    "score": "0.9",
                    "role1": {"identifier": "D1"},
                    "role2": {"identifier": "D2"},
                }
            },
            Relation("Association", ("D1", "D2")),
        ),
        (
            {"infons": {"type": "binds"}, "nodes": [{"refid": "2", "role": "a"}, {"refid": "1", "role": "b"}]},
            Relation("binds", ("8-12", "0-3")),
        ),
    ],
)
def test_relations_name_concepts_or_mentions(relation: dict[str, Any], expected: Relation) -> None:
    annotations = (mention(0, 3, "flu", "1"), mention(8, 4, "cold", "2"))
    document, problems = read(passage(0, "flu and cold", *annotations), relations=[relation])

    assert document.relations == (expected,)
    assert problems == []


def test_a_relation_to_an_annotation_that_was_left_out_is_reported() -> None:
    document, problems = read(passage(0, "flu"), relations=[{"infons": {"type": "binds"}, "nodes": [{"refid": "9"}]}])

    assert document.relations == ()
    assert "the relation binds links neither" in problems[0].message


@pytest.mark.parametrize("offset", [None, "", "x", -1, True, 1.5])
def test_passages_without_a_usable_offset_are_an_error(offset: Any) -> None:
    with pytest.raises(ValueError, match="offset of a passage"):
        read(passage(offset, "x"))


def test_a_document_without_an_id_gets_the_made_up_one() -> None:
    assert read(passage(0, "x"), id=" ")[0].id == "a-1"
    assert read(passage(0, "x"), id=12)[0].id == "12"


def test_text_between_passages_becomes_a_gap_that_is_no_passage_when_read() -> None:
    text = "Title\r\nBody and more"
    document = Document("7", text, (Passage("title", 0, 5), Passage("text", 7, 11)))
    raw = from_document(document, Losses("x", pytest.fail))

    kinds = [(block["infons"]["type"], block["offset"], block["text"]) for block in raw["passages"]]
    assert kinds == [("title", 0, "Title"), ("gap", 5, "\r\n"), ("text", 7, "Body"), ("gap", 11, " and more")]
    assert to_document(raw, "", "", pytest.fail) == document


def test_annotations_stand_in_the_passage_where_they_begin() -> None:
    passages = (Passage("title", 0, 3), Passage("text", 4, 7))
    annotations = (Annotation(0, 7, "one\ntwo", "Sign"), Annotation(4, 7, "two", "Sign"))
    raw = from_document(Document("7", "one\ntwo", passages, annotations), Losses("x", pytest.fail))

    assert [[a["text"] for a in block["annotations"]] for block in raw["passages"]] == [["one\ntwo"], ["two"]]


def test_identifiers_that_one_field_cannot_hold_are_reported() -> None:
    problems: list[Problem] = []
    annotation = Annotation(0, 3, "flu", "Disease", ("a,b", "c"))
    losses = Losses("x", problems.append)
    for _ in range(3):
        from_document(Document("7", "flu", (), (annotation,)), losses)
    losses.tell()

    assert [p.message for p in problems] == [
        "mentions whose identifiers will not be read again as the same ones: 3 (the first: a,b|c)"
    ]
