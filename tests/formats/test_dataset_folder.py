"""Documents and dataset folders enter; what `datasets` loads, and what comes back, is checked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from biobert_demo.annotations import Annotation
from biobert_demo.documents import Document
from biobert_demo.errors import BadInput, Problem
from biobert_demo.formats import dataset_folder, read_documents, sniff_format, write_documents

datasets = pytest.importorskip("datasets")

FOUND = (Annotation(3, 10, "allergy", "Disease", ("MESH:D1",), 0.5, "m@1", "Ann", "accepted", "sure?"),)


def read(path: Path) -> tuple[list[Document], list[Problem]]:
    problems: list[Problem] = []
    return list(read_documents(path, problems.append)), problems


def save(path: Path, rows: list[dict[str, Any]], features: Any = None) -> Path:
    datasets.Dataset.from_list(rows, features=features).save_to_disk(path)
    return path


def test_datasets_loads_what_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset_folder, "_ROWS_AT_ONCE", 2)
    documents = [Document(str(n), "An allergy", (), FOUND[:n]) for n in range(3)]
    path = tmp_path / "out"
    write_documents(documents, path, "datasets", pytest.fail)
    loaded = datasets.load_from_disk(path)

    assert loaded.column_names == ["id", "text", "passages", "spans", "relations"]
    assert loaded["id"][:] == ["0", "1", "2"]
    assert loaded[1]["spans"] == [
        {
            "start": 3,
            "end": 10,
            **{
                "text": "allergy",
                "label": "Disease",
                "model": "m@1",
                "author": "Ann",
                "state": "accepted",
                "note": "sure?",
            },
            "score": 0.5,
            "identifiers": ["MESH:D1"],
        }
    ]
    assert sorted(one.name for one in path.iterdir()) == [
        "data-00000-of-00001.arrow",
        "dataset_info.json",
        "state.json",
    ]
    assert sniff_format(path, b"") == "datasets"


def test_nothing_is_a_dataset_too(tmp_path: Path) -> None:
    write_documents([], tmp_path / "out", "datasets", pytest.fail)

    assert len(datasets.load_from_disk(tmp_path / "out")) == 0
    with pytest.raises(BadInput, match="No document could be read"):
        read(tmp_path / "out")


def test_splits_are_read_one_after_another(tmp_path: Path) -> None:
    parts = {name: datasets.Dataset.from_list([{"id": name, "text": "x"}]) for name in ("train", "test")}
    datasets.DatasetDict(parts).save_to_disk(tmp_path / "out")
    documents, problems = read(tmp_path / "out")

    assert [document.id for document in documents] == ["train", "test"]
    assert problems == []


@pytest.mark.parametrize("as_columns", [False, True])
def test_spans_of_other_datasets_are_read(tmp_path: Path, as_columns: bool) -> None:
    entity = {"start": 3, "end": 10, "label": "Disease"}
    entities: Any = {key: [value] for key, value in entity.items()} if as_columns else [entity]
    documents, problems = read(save(tmp_path / "out", [{"text": "An allergy", "entities": entities}]))

    assert documents == [Document("out-1", "An allergy", (), (Annotation(3, 10, "allergy", "Disease"),))]
    assert problems == []


@pytest.mark.parametrize("is_named", [True, False])
def test_tokens_and_tags_are_read_as_conll_is(tmp_path: Path, is_named: bool) -> None:
    names = ["O", "B-Disease", "I-Disease"]
    tags: Any = [0, 1, 2] if is_named else ["O", "B-Disease", "I-Disease"]
    tag = datasets.ClassLabel(names=names) if is_named else datasets.Value("string")
    features = datasets.Features(
        {
            "id": datasets.Value("string"),
            "tokens": datasets.List(datasets.Value("string")),
            "ner_tags": datasets.List(tag),
        }
    )
    rows = [
        {"id": "7", "tokens": ["An", "egg", "allergy"], "ner_tags": tags},
        {"id": "8", "tokens": ["x y"], "ner_tags": []},
    ]
    (one, two), problems = read(save(tmp_path / "out", rows, features))

    assert one.annotations == (Annotation(3, 14, "egg allergy", "Disease"),)
    assert (one.id, one.text, two.id, two.text) == ("7", "An egg allergy", "8", "x_y")
    assert [
        "row 2 has 1 tokens and 0 tags" in p.message or "'x y' is read as 'x_y'" in p.message for p in problems
    ] == [
        True,
        True,
    ]


def test_rows_that_cannot_be_used_are_reported_with_their_number(tmp_path: Path) -> None:
    rows = [
        {"id": "1", "text": "one", "spans": [{"start": 0, "end": 9, "label": "X"}]},
        {"id": "2", "text": None, "spans": []},
        {"id": "3", "text": "three", "spans": []},
    ]
    path = save(tmp_path / "out", rows)
    documents, problems = read(path)

    assert [document.id for document in documents] == ["1", "3"]
    assert [(p.source, p.document_id, p.text_lost) for p in problems] == [
        (str(path), "1", False),
        (str(path), "2", True),
    ]
    assert problems[0].message.startswith("row 1: '")
    assert problems[1].message.startswith("row 2: it is no document")


def test_a_dataset_without_texts_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="has the columns a, b; `text`, or `tokens` and `ner_tags`, are needed"):
        read(save(tmp_path / "out", [{"a": 1, "b": 2}]))


@pytest.mark.parametrize("damage", ["truncated", "absent", "no json", "odd json"])
def test_a_damaged_dataset_is_bad_input(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "out"
    write_documents([Document(str(n), "x" * 500) for n in range(50)], path, "datasets", pytest.fail)
    (data,) = path.glob("*.arrow")
    if damage == "truncated":
        data.write_bytes(data.read_bytes()[:-9_000])
    elif damage == "absent":
        data.unlink()
    else:
        (path / "state.json").write_text("{" if damage == "no json" else json.dumps({"x": 1}))
    with pytest.raises(BadInput, match=r"The dataset in .*out cannot be loaded"):
        read(path)


def test_progress_bars_are_as_they_were(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    before = datasets.are_progress_bars_disabled()
    write_documents([Document("7", "x")], tmp_path / "out", "datasets", pytest.fail)

    assert datasets.are_progress_bars_disabled() == before
    assert capfd.readouterr().err == ""
