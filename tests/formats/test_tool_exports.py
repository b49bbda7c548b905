"""Invented exports of Label Studio, doccano and Prodigy enter; documents and the place of what is broken are checked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from biobert_demo.annotations import Annotation, Relation
from biobert_demo.documents import Document
from biobert_demo.errors import BadInput, Problem
from biobert_demo.formats import read_documents, sniff_format

SAMPLES = Path(__file__).parent / "samples"
TEXT = "An allergy to velocumab."


def read(path: Path, format: str | None = None) -> tuple[list[Document], list[Problem]]:
    problems: list[Problem] = []
    return list(read_documents(path, problems.append, format)), problems


def read_items(tmp_path: Path, format: str, *items: Any) -> tuple[list[Document], list[Problem]]:
    path = tmp_path / "set.json"
    path.write_text("\n".join(json.dumps(item) for item in items))
    return read(path, format)


@pytest.mark.parametrize(
    ("name", "format"),
    [
        ("label_studio.json", "label-studio"),
        ("label_studio_min.json", "label-studio"),
        ("doccano.jsonl", "doccano"),
        ("doccano_relations.jsonl", "doccano"),
        ("prodigy.jsonl", "prodigy"),
    ],
)
@pytest.mark.parametrize("long_text", [False, True])
def test_exports_are_told_by_their_keys_whatever_their_name(
    tmp_path: Path, name: str, format: str, long_text: bool
) -> None:
    content = (SAMPLES / name).read_bytes()
    if long_text:
        content = content.replace(b"An allergy", b"word " * 5_000 + b"An allergy")
    path = tmp_path / "export.txt"
    path.write_bytes(content)

    assert sniff_format(path, content[: 1 << 16]) == format


@pytest.mark.parametrize("key", ["_input_hash", "completed_by", "start_offset", "Comments"])
def test_a_text_that_speaks_of_such_keys_is_no_export(tmp_path: Path, key: str) -> None:
    line = json.dumps({"id": "1", "text": f'the key "{key}": 3', "spans": []})

    assert sniff_format(tmp_path / "a", line.encode()) == "jsonl"


def test_label_studio_gives_what_people_marked_and_else_what_the_model_did() -> None:
    (one, two), problems = read(SAMPLES / "label_studio.json")

    disease = Annotation(
        3, 10, "allergy", "Disease", author="ann@lab.example", state="accepted", note="see the guideline"
    )
    chemical = Annotation(14, 23, "velocumab", "Chemical", (), 0.75, author="ann@lab.example", state="accepted")
    assert (one.id, one.text) == ("900001", "An allergy to velocumab.\nIt is mild.")
    assert one.annotations == (disease, chemical)
    assert one.relations == (Relation("causes", ("14-23", "3-10")),)
    predicted = Annotation(0, 9, "Lumositis", "Disease", (), 0.4, "ner-2", None, "unseen")
    assert two == Document("12", "Lumositis in mice.", (), (predicted,))
    assert sorted((p.document_id, p.message) for p in problems) == [
        ("900001", "results that are no spans of text, such as choices, left out: 1 (the first: choices)"),
        (
            "900001",
            "tasks with several annotations, of which the ground truth or else the newest was read: 1 (the first: task "
            "900001)",
        ),
    ]


def test_label_studio_min_is_read_too() -> None:
    documents, problems = read(SAMPLES / "label_studio_min.json")

    found = tuple(Annotation(3, 10, "allergy", label, author="3", state="accepted") for label in ("Disease", "Symptom"))
    assert documents == [Document("11", TEXT, (), found)]
    assert problems == []


def task(text: str, *values: dict[str, Any], **more: Any) -> dict[str, Any]:
    results = [{"id": str(n), "type": "labels", "value": value} for n, value in enumerate(values)]
    return {"id": 7, "data": {"text": text}, "annotations": [{"completed_by": 1, "result": results}], **more}


def test_the_ground_truth_counts_before_a_newer_annotation(tmp_path: Path) -> None:
    layers = [
        {"result": [{"value": {"start": 0, "end": 2, "labels": [label]}}], "updated_at": day, "ground_truth": truth}
        for label, day, truth in (
            ("Old", "2024-01-01", False),
            ("Gold", "2024-01-02", True),
            ("New", "2024-01-03", False),
        )
    ]
    (document,), _ = read_items(tmp_path, "label-studio", {"id": 7, "data": {"text": TEXT}, "annotations": layers})

    assert [a.label for a in document.annotations] == ["Gold"]


@pytest.mark.parametrize(
    ("text", "value", "place"),
    [
        ("💩 and 😀 flu", {"start": 10, "end": 13, "text": "flu"}, (8, 11)),
        ("💩 and 😀 flu", {"start": 8, "end": 11, "text": "flu"}, (8, 11)),
        ("💩 flu", {"start": 0, "end": 1, "text": "💩"}, (0, 1)),
        ("two\nlines", {"start": 0, "end": 9, "text": "two\\nlines"}, (0, 9)),
        ("a flu", {"start": "/div[1]/text()[1]", "globalOffsets": {"start": 2, "end": 5}, "text": "flu"}, (2, 5)),
    ],
)
def test_label_studio_places_are_found_by_their_text(
    tmp_path: Path, text: str, value: dict[str, Any], place: tuple[int, int]
) -> None:
    (document,), problems = read_items(tmp_path, "label-studio", task(text, {**value, "labels": ["X"]}))

    assert [(a.start, a.end) for a in document.annotations] == [place]
    assert [p.message.partition(",")[0] for p in problems] == (
        ["spans in UTF-16 units"] if value["start"] == 10 else []
    )


@pytest.mark.parametrize(
    ("value", "part_of_message"),
    [
        ({"start": 3, "end": 9, "text": "allergy", "labels": ["X"]}, "'allergy' is not the text at 3-9"),
        ({"start": 3, "end": 90, "labels": ["X"]}, "lies outside the text of 24"),
        ({"start": 3, "labels": ["X"]}, "`end` is missing"),
        ({"start": "3", "end": 9, "labels": ["X"]}, "the offset '3' is not a whole number"),
        ({"start": 3, "end": 10}, "has no label"),
    ],
)
def test_a_span_that_cannot_be_used_is_reported_and_its_document_kept(
    tmp_path: Path, value: dict[str, Any], part_of_message: str
) -> None:
    documents, problems = read_items(tmp_path, "label-studio", task(TEXT, value))

    assert documents == [Document("7", TEXT)]
    assert [(p.line, p.document_id, p.text_lost) for p in problems] == [(1, "7", False)]
    assert part_of_message in problems[0].message


@pytest.mark.parametrize(
    ("item", "part_of_message"),
    [
        ([1], "is no document (it is no object)"),
        ({"id": 1, "data": {"n": 3}}, "its data hold no text"),
        ({"id": 1, "data": {"text": "https://lab.example/a.txt"}}, "its text is not in the file but at https://lab"),
    ],
)
def test_a_task_that_is_no_document_is_reported_with_its_line(tmp_path: Path, item: Any, part_of_message: str) -> None:
    path = tmp_path / "set.json"
    path.write_text(json.dumps([task(TEXT), item, task("last", id=8)], indent=1))
    documents, problems = read(path, "label-studio")

    assert [d.id for d in documents] == ["7", "8"]
    assert [p.text_lost for p in problems] == [True]
    assert part_of_message in problems[0].message
    lines = path.read_text().split("\n")
    assert lines[problems[0].line - 1].strip() in ("{", "[")
    assert str(problems[0]).startswith(f"{path}:{problems[0].line}: item 2")


def test_a_file_that_breaks_off_gives_the_tasks_before_that_place(tmp_path: Path) -> None:
    path = tmp_path / "set.json"
    path.write_text(f"[\n{json.dumps(task(TEXT))},\n{{'id': 8}}]")
    documents = read_documents(path, pytest.fail, "label-studio")

    assert next(documents).id == "7"
    with pytest.raises(BadInput, match=r"set.json is not JSON from line 3, column 2 on"):
        next(documents)


def test_doccano_spans_are_read_and_comments_counted() -> None:
    documents, problems = read(SAMPLES / "doccano.jsonl")

    disease = Annotation(3, 10, "allergy", "Disease", state="accepted")
    chemical = Annotation(14, 23, "velocumab", "Chemical", state="accepted")
    assert documents == [Document("21", TEXT, (), (disease, chemical)), Document("22", "Lumositis in mice.")]
    assert [(p.document_id, p.message) for p in problems] == [("22", "documents with comments, which were left out: 1")]


def test_doccano_entities_may_be_linked() -> None:
    (document,), problems = read(SAMPLES / "doccano_relations.jsonl")

    assert [a.text for a in document.annotations] == ["allergy", "velocumab"]
    assert document.relations == (Relation("causes", ("14-23", "3-10")),)
    assert problems == []


def test_older_doccano_exports_name_the_annotator_inside(tmp_path: Path) -> None:
    text_labels = {"id": 1, "text": TEXT, "annotation_approver": "ann", "labels": [[3, 10, "Disease"]]}
    numbers = {"id": 2, "text": TEXT, "annotations": [{"label": 4, "start_offset": 3, "end_offset": 10, "user": 9}]}
    (one, two), problems = read_items(tmp_path, "doccano", text_labels, numbers)

    assert one.annotations == (Annotation(3, 10, "allergy", "Disease", author="ann", state="accepted"),)
    assert two.annotations == (Annotation(3, 10, "allergy", "4", author="9", state="accepted"),)
    assert ["a number" in p.message for p in problems] == [True]


@pytest.mark.parametrize(
    ("item", "part_of_message"),
    [
        ({"id": 1, "text": TEXT, "label": [[3, 90, "X"]]}, "lies outside the text of 24"),
        ({"id": 1, "text": TEXT, "label": [[10, 3, "X"]]}, "start < end"),
        ({"id": 1, "text": TEXT, "label": [[3, 10]]}, "`start_offset` is missing"),
        ({"id": 1, "text": TEXT, "label": ["Sports"]}, "labels of whole documents, left out: 1 (the first: 'Sports')"),
        ({"id": 1, "text": TEXT, "relations": [{"from_id": 1, "to_id": 2, "type": "r"}]}, "links spans that were not"),
        ({"id": 1, "text": TEXT, "relations": [3]}, "'3' among the relations is no object"),
    ],
)
def test_what_does_not_fit_in_doccano_is_reported(tmp_path: Path, item: dict[str, Any], part_of_message: str) -> None:
    documents, problems = read_items(tmp_path, "doccano", item)

    assert documents == [Document("1", TEXT)]
    assert [p.document_id for p in problems] == ["1"]
    assert part_of_message in problems[0].message


@pytest.mark.parametrize("format", ["doccano", "prodigy"])
def test_a_broken_line_is_reported_with_its_number_and_the_others_are_read(tmp_path: Path, format: str) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text('{"id": 1, "text": "one"}\n{"id": 2, "text": \n\n{"id": 3}\n{"id": 4, "text": "four"}\n')
    documents, problems = read(path, format)

    assert [d.id for d in documents] == ["1", "4"]
    assert [(p.source, p.line, p.text_lost) for p in problems] == [(str(path), 2, True), (str(path), 4, True)]
    assert "is no JSON" in problems[0].message
    assert "it has no `text`" in problems[1].message


@pytest.mark.parametrize("format", ["doccano", "prodigy", "label-studio"])
def test_an_array_is_read_as_well_as_lines(tmp_path: Path, format: str) -> None:
    path = tmp_path / "set.json"
    path.write_text('\n[{"id": 1, "text": "one"},\n {"id": 2, "text": "t\\ud800o"}]')
    documents, problems = read(path, format)

    assert [(d.id, d.text) for d in documents] == [("1", "one"), ("2", "t\ufffdo")]
    assert [p.line for p in problems] == [3]


def test_prodigy_examples_are_read_where_they_were_accepted() -> None:
    (one, two), problems = read(SAMPLES / "prodigy.jsonl")

    disease = Annotation(3, 10, "allergy", "Disease", author="trial-ann", state="accepted")
    chemical = Annotation(14, 23, "velocumab", "Chemical", (), 0.8, "ner-2", "trial-ann", "accepted")
    assert one == Document("900001", TEXT, (), (disease, chemical), (Relation("causes", ("14-23", "3-10")),))
    assert two == Document("-91", "Lumositis in mice.")
    assert [(p.message, p.text_lost) for p in problems] == [
        ("examples with the answer 'reject', left out: 1 (the first: 'Nothing of use.')", True),
        ("examples with the answer 'ignore', left out: 2 (the first: 'Skipped.')", True),
    ]


@pytest.mark.parametrize(
    ("fields", "part_of_message"),
    [
        ({"spans": [{"start": 3, "end": 99, "label": "X"}]}, "lies outside the text of 24"),
        ({"spans": [{"start": 3, "label": "X"}]}, "`end` is missing"),
        ({"spans": [{"start": 3, "end": 10}]}, "has no label"),
        ({"spans": [{"start": 3, "end": 10, "label": "X", "text": "flu"}]}, "'flu' is not the text at 3-10"),
        ({"spans": "x"}, "'x' among the spans is no object"),
        ({"relations": [{"head": 1, "child": 2, "label": "r"}]}, "links spans that were not read"),
    ],
)
def test_what_does_not_fit_in_prodigy_is_reported(tmp_path: Path, fields: dict[str, Any], part_of_message: str) -> None:
    documents, problems = read_items(tmp_path, "prodigy", {"id": "a", "text": TEXT, **fields})

    assert documents == [Document("a", TEXT)]
    assert [(p.line, p.document_id) for p in problems] == [(1, "a")]
    assert part_of_message in problems[0].message
