"""JSON in BioC's shapes enters; documents, and the place of what is no document, are checked."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from biobert_demo.documents import Document
from biobert_demo.errors import BadInput, Problem
from biobert_demo.formats.bioc_json import read_bioc_json, write_bioc_json


def raw(id: Any, text: str = "x") -> dict[str, Any]:
    return {"id": id, "infons": {}, "passages": [{"infons": {"type": "title"}, "offset": 0, "text": text}]}


def read(content: str) -> tuple[list[Document], list[Problem]]:
    problems: list[Problem] = []
    return list(read_bioc_json(io.StringIO(content), "a.json", problems.append)), problems


ONE, TWO = json.dumps(raw("1", "é")), json.dumps(raw(2, "β"), indent=1)


@pytest.mark.parametrize(
    "content",
    [
        f'{{"source": "", "infons": {{"documents": 1}}, "documents": [{ONE}, {TWO}], "date": ""}}',
        f'{{"PubTator3": [{ONE},{TWO}]}}',
        f"[{ONE}, {TWO}]",
        f"\ufeff \n[{ONE}, {TWO}]\n\n",
        f"{ONE}{TWO}",
        f"{ONE}\n{TWO}\n",
        f'[{{"documents": [{ONE}]}}, {{"documents": [{TWO}]}}]',
    ],
)
def test_collections_arrays_and_single_documents_are_read(content: str) -> None:
    documents, problems = read(content)

    assert [(d.id, d.text) for d in documents] == [("1", "é"), ("2", "β")]
    assert problems == []


@pytest.mark.parametrize(
    ("item", "part_of_message"),
    [
        ("12", "document 2, '12', is no object with `passages`"),
        ('{"id": "x"}', "is no object with `passages`"),
        ('{"id": "x", "passages": 3}', "`passages` is '3' rather than a list"),
        ('{"id": "x", "passages": [3]}', "`passages` is '[3]' rather than a list"),
        ('{"id": "x", "passages": [{"offset": "z", "text": "t"}]}', "offset of a passage is 'z'"),
    ],
)
def test_an_item_that_is_no_document_is_reported_and_the_next_is_read(item: str, part_of_message: str) -> None:
    documents, problems = read(f'{{"documents": [{ONE}, {item}, {TWO}]}}')

    assert [d.id for d in documents] == ["1", "2"]
    assert len(problems) == 1
    assert problems[0].text_lost
    assert part_of_message in problems[0].message


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ("nonsense", "line 1, column 1"),
        (f"[{ONE}, ", "column"),
        (f"[\n{ONE}\n{TWO}]", "line 3, column 1"),
        (f'{{"documents"\n [{ONE}]}}', "line 2, column 2"),
        ('{"documents": [{"id": "1}', "line 1, column 23"),
        ('[\n\n{"id": 01}]', "line 3, column 9"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a":' * 100_000, "nested too deeply"),
        ('[{"id": ' + "9" * 5000 + "}]", "4300"),
    ],
)
def test_text_that_is_not_json_is_bad_input_with_its_place(content: str, place: str) -> None:
    with pytest.raises(BadInput, match=place):
        read(content)


def test_documents_before_a_broken_place_are_given_out() -> None:
    documents = read_bioc_json(io.StringIO(f"[{ONE}, {TWO}, oops"), "a.json", pytest.fail)

    assert [next(documents).id, next(documents).id] == ["1", "2"]
    with pytest.raises(BadInput, match="Expecting value"):
        next(documents)


@pytest.mark.parametrize("size", [1, 2, 7, 50])
def test_values_cut_anywhere_by_the_stream_are_whole(size: int) -> None:
    class Pieces(io.StringIO):
        def read(self, wanted: int | None = -1) -> str:
            return super().read(size)

    documents = read_bioc_json(Pieces(f'{{"key": 12, "documents": [{ONE},{TWO}]}}'), "a.json", pytest.fail)
    assert [d.text for d in documents] == ["é", "β"]


def test_half_a_surrogate_pair_is_replaced_and_reported() -> None:
    (document,), problems = read(json.dumps(raw("1", "a\ud83d b 😀")))

    assert document.text == "a\ufffd b 😀"
    assert "1 unpaired surrogates" in problems[0].message


def test_what_is_written_is_one_collection() -> None:
    stream = io.StringIO()
    write_bioc_json([Document("1", "a"), Document("2", "\u2028")], stream, pytest.fail)

    collection = json.loads(stream.getvalue())
    assert [document["id"] for document in collection["documents"]] == ["1", "2"]
    assert collection["documents"][1]["passages"][0]["text"] == "\u2028"
    assert stream.getvalue().isascii()
