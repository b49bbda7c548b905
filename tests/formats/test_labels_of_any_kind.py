"""Labels of every kind enter the formats; each is back, or a sentence says what it became, and no two become one."""

from __future__ import annotations

from pathlib import Path

import pytest

from biobert_demo.annotations import Annotation
from biobert_demo.documents import Document
from biobert_demo.errors import Problem
from biobert_demo.formats import FORMATS, WRITABLE, read_documents, write_documents

TEXT = "HeLa cells carry BRCA1 and grow."
ONE_WORD = (
    "<b>",
    "x" * 100,
    "🧬",
    "a|b",
    "B-Disease",
    "O",
    '"q"',
    "a;b",
    "細胞株",
    "=1+1",
    "&amp;",
    "a:b",
    "Cell_line",
    "שלום",
)
WITH_SPACES = ("Cell line", "Cell  line", "Cell\u2028line", "1 2")
READABLE = [name for name in WRITABLE if FORMATS[name].read is not None]


def written_and_read(format: str, folder: Path, *labels: str) -> tuple[list[str], list[Problem]]:
    """The labels of a document whose first words have these, after a round trip."""
    starts = (0, 5, 11, 17)
    words = (TEXT[start:].split(maxsplit=1)[0] for start in starts)
    found = [
        Annotation(start, start + len(word), word, label)
        for start, word, label in zip(starts, words, labels, strict=False)
    ]
    problems: list[Problem] = []
    path = folder / f"file{FORMATS[format].suffix}"
    write_documents([Document("1", TEXT, (), tuple(found))], path, format, problems.append)
    (document,) = read_documents(path, problems.append)
    return [one.label for one in sorted(document.annotations, key=lambda one: one.start)], problems


@pytest.mark.parametrize("format", READABLE)
@pytest.mark.parametrize("label", ONE_WORD)
def test_a_label_without_spaces_is_back_from_every_format(format: str, label: str, tmp_path: Path) -> None:
    assert written_and_read(format, tmp_path, label) == ([label], [])


@pytest.mark.parametrize("format", READABLE)
@pytest.mark.parametrize("label", WITH_SPACES)
def test_a_label_with_spaces_is_back_or_told(format: str, label: str, tmp_path: Path) -> None:
    labels, problems = written_and_read(format, tmp_path, label)
    if format in ("brat", "conll"):
        assert labels == ["_".join(label.split())]
        assert [f"cannot hold the label {label!r}; written as {labels[0]!r}" in one.message for one in problems] == [
            True
        ]
    else:
        assert (labels, problems) == ([label], [])


@pytest.mark.parametrize("format", ["brat", "conll"])
def test_two_labels_never_become_one(format: str, tmp_path: Path) -> None:
    labels, problems = written_and_read(format, tmp_path, "Cell line", "Cell_line", "Cell\tline", "Cell line")
    assert labels == ["Cell_line", "Cell_line_2", "Cell_line_3", "Cell_line"]
    assert [one.message.partition("this format ")[2] for one in problems] == [
        "cannot hold the label 'Cell line'; written as 'Cell_line'",
        "has the name of another label for the label 'Cell_line'; written as 'Cell_line_2'",
        r"cannot hold the label 'Cell\tline'; written as 'Cell_line_3'",
    ]


@pytest.mark.parametrize(
    ("format", "label", "becomes"),
    [("pubtator", "a\tb", "a b"), ("pubtator", " a", "a"), ("bioc", "a\x01b", "a\ufffdb")],
)
def test_what_a_format_must_write_otherwise_is_told(format: str, label: str, becomes: str, tmp_path: Path) -> None:
    labels, problems = written_and_read(format, tmp_path, label)
    assert labels == [becomes]
    assert len([one for one in problems if "labels" in one.message]) == 1


def test_a_table_keeps_the_label_beside_the_text(tmp_path: Path) -> None:
    write_documents([Document("1", TEXT, (), (Annotation(0, 4, "HeLa", "=1+1"),))], tmp_path / "t.csv", "csv")
    assert ",'=1+1,HeLa," in (tmp_path / "t.csv").read_text(encoding="utf-8"), "no spreadsheet runs it"
