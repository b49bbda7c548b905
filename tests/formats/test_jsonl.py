"""JSON lines enter; documents, and the exact place of what cannot be used, are checked."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from biobert_demo.annotations import Annotation, Relation
from biobert_demo.documents import Document, Passage
from biobert_demo.errors import Problem
from biobert_demo.formats.jsonl import read_jsonl, write_jsonl

TEXT = "An allergy to velocumab."


def read(*lines: str | dict[str, Any]) -> tuple[list[Document], list[Problem]]:
    problems: list[Problem] = []
    written = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    return list(read_jsonl(written, "x/set.jsonl", problems.append)), problems


@pytest.mark.parametrize(
    "spans",
    [
        {"spans": [{"start": 3, "end": 10, "label": "Disease", "text": "allergy", "token_start": 1}]},
        {"entities": [{"start": 3, "end": 10, "entity_group": "Disease", "word": "allergy"}]},
        {"entities": [[3, 10, "Disease"]]},
        {"annotations": [{"start": 3, "end": 10, "type": "Disease"}]},
        {"label": [[3, 10, "Disease"]]},
        {"labels": [[3, 10, "Disease"]], "spans": []},
        {"spans": [{"start": 3, "end": 10, "label": "Disease"}], "answer": "accept"},
    ],
)
def test_the_shapes_of_other_programs_are_read(spans: dict[str, Any]) -> None:
    documents, problems = read({"text": TEXT, **spans})

    assert documents == [Document("set-1", TEXT, (), (Annotation(3, 10, "allergy", "Disease"),))]
    assert problems == []


def test_everything_a_document_may_have_is_read() -> None:
    span = {"start": 0, "end": 1, "label": "Gene", "score": 0.5, "identifiers": ["NCBIGene:1", "NCBIGene:2"]}
    relations = [{"type": "CID", "arguments": ["C1", "D1"]}]
    passages = [{"kind": "title", "start": 0, "end": 1}]
    (document,), problems = read(
        {"id": 7, "text": "A b", "spans": [span], "passages": passages, "relations": relations}
    )

    annotation = Annotation(0, 1, "A", "Gene", ("NCBIGene:1", "NCBIGene:2"), 0.5)
    assert document == Document("7", "A b", (Passage("title", 0, 1),), (annotation,), (Relation("CID", ("C1", "D1")),))
    assert problems == []


def test_title_and_abstract_are_joined_by_a_line_end() -> None:
    documents, _ = read({"id": "1", "title": "T", "abstract": "A"}, {"abstract": "only"}, {"title": "only"})

    assert [(d.id, d.text) for d in documents] == [("1", "T\nA"), ("set-2", "only"), ("set-3", "only")]
    assert documents[0].passages == (Passage("title", 0, 1), Passage("abstract", 2, 3))


@pytest.mark.parametrize(
    ("line", "part_of_message"),
    [
        ("{", "is no document (Expecting property name"),
        ("[1]", "is no document (it is no object)"),
        ('{"id": "2"}', "neither `text` nor `title` and `abstract`"),
        ('{"text": 3}', "neither `text` nor"),
        ("[" * 100_000, "nested too deeply"),
        ('{"text": "x", "answer": "reject"}', "is marked 'reject'"),
    ],
)
def test_a_line_that_is_no_document_is_reported_with_its_place(line: str, part_of_message: str) -> None:
    documents, problems = read({"id": "a", "text": "x"}, "", line, {"id": "b", "text": "y"})

    assert [d.id for d in documents] == ["a", "b"]
    assert [(p.source, p.line, p.text_lost) for p in problems] == [("x/set.jsonl", 3, True)]
    assert part_of_message in problems[0].message
    assert len(problems[0].message) < 300


@pytest.mark.parametrize(
    ("fields", "part_of_message"),
    [
        ({"spans": [{"start": 3, "end": 9, "label": "D", "text": "allergy"}]}, "'allergy' is not the text at 3-9"),
        ({"spans": [{"start": 3, "end": 90, "label": "D"}]}, "outside the text of 24"),
        ({"spans": [{"start": 9, "end": 3, "label": "D"}]}, "start < end"),
        ({"spans": [{"start": -3, "end": 9, "label": "D"}]}, "the offset '-3' is not a whole number"),
        ({"spans": [{"start": "3", "end": 9, "label": "D"}]}, "the offset '3' is not"),
        ({"spans": [{"start": True, "end": 9, "label": "D"}]}, "the offset 'True' is not"),
        ({"spans": [{"start": 3, "label": "D"}]}, "`end` is missing"),
        ({"spans": [{"start": 3, "end": 10}]}, "has no label"),
        ({"spans": [{"start": 3, "end": 10, "label": "D", "text": 1}]}, "the text of a span is '1'"),
        ({"spans": [{"start": 3, "end": 10, "label": "D", "score": 7}]}, "the score of a span is '7'"),
        ({"spans": [{"start": 3, "end": 10, "label": "D", "score": float("nan")}]}, "the score of a span is 'nan'"),
        ({"spans": [{"start": 3, "end": 10, "label": "D", "identifiers": "x"}]}, "the identifiers of a span are 'x'"),
        ({"spans": ["allergy"]}, "the span 'allergy' is neither"),
        ({"spans": [[3, 10]]}, "the span '[3, 10]' is neither"),
        ({"spans": {"start": 3}}, "rather than a list"),
        ({"label": "positive"}, "`label` is 'positive' rather than a list"),
        ({"passages": [{"kind": "title", "start": 0, "end": 99}]}, "passages overlap or lie outside"),
        ({"passages": [{"kind": "t", "start": 0, "end": 9}, {"kind": "a", "start": 3, "end": 12}]}, "passages overlap"),
        ({"passages": [{"kind": "title"}]}, "are not objects with kind, start and end"),
        ({"passages": 7}, "are not objects with kind, start and end"),
        ({"relations": [{"head": 1, "child": 2}]}, "is no object with `type`"),
    ],
)
def test_what_does_not_fit_is_reported_and_the_document_kept(fields: dict[str, Any], part_of_message: str) -> None:
    documents, problems = read({"id": "a", "text": TEXT, **fields})

    assert documents == [Document("a", TEXT)]
    assert [(p.line, p.document_id, p.text_lost) for p in problems] == [(1, "a", False)]
    assert part_of_message in problems[0].message


def test_half_a_surrogate_pair_is_replaced_and_an_id_that_repeats_reported() -> None:
    documents, problems = read('{"id": "a", "text": "x\\ud83d"}', '{"id": "a", "text": "\\ud83d\\ude00"}')

    assert [d.text for d in documents] == ["x\ufffd", "😀"]
    assert [p.line for p in problems] == [1, 2]


def test_each_document_is_one_line_whatever_ends_lines_elsewhere() -> None:
    text = "a\n\r\x0b\x0c\x1c\x85\u2028\u2029b"
    annotation = Annotation(0, 1, "a", "Gene", (), 0.123456)
    stream = io.StringIO()
    write_jsonl([Document("1", text, (), (annotation,)), Document("2", "é")], stream, pytest.fail)

    lines = stream.getvalue().splitlines()
    assert [json.loads(line)["text"] for line in lines] == [text, "é"]
    assert json.loads(lines[0])["spans"] == [{"start": 0, "end": 1, "text": "a", "label": "Gene", "score": 0.1235}]
    assert list(json.loads(lines[1])) == ["id", "text", "passages", "spans"]
    assert "é" in lines[1]
