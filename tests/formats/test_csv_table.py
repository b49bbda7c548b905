"""Documents enter; rows that spreadsheets and csv readers take apart rightly are checked."""

from __future__ import annotations

import csv
import io

import pytest

from biobert_demo.annotations import Annotation
from biobert_demo.documents import Document
from biobert_demo.formats.csv_table import COLUMNS, write_csv


def rows(*documents: Document) -> list[list[str]]:
    stream = io.StringIO()
    write_csv(documents, stream, pytest.fail)
    return list(csv.reader(io.StringIO(stream.getvalue(), newline="")))


def test_one_row_a_mention_under_a_header() -> None:
    annotation = Annotation(
        0, 3, "flu", "Disease", ("MESH:D1", "MESH:D2"), 0.98765, "m@1", "=ann", "rejected", "no, not"
    )
    without = Annotation(4, 8, "cold", "Disease")

    assert rows(Document("7", "flu cold", (), (annotation, without)), Document("8", "none")) == [
        list(COLUMNS),
        ["7", "0", "3", "Disease", "flu", "0.9877", "MESH:D1|MESH:D2", "m@1", "'=ann", "rejected", "no, not"],
        ["7", "4", "8", "Disease", "cold", "", "", "", "", "", ""],
    ]


@pytest.mark.parametrize("text", ["a,b", 'say "x"', "two\nlines", "a\r\nb", "β 😀", " spaced "])
def test_texts_come_back_from_their_cells(text: str) -> None:
    assert rows(Document("7", text, (), (Annotation(0, len(text), text, "D"),)))[1][4] == text


@pytest.mark.parametrize("start", ["=1+1", "+1", "-carotene", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(start: str) -> None:
    annotation = Annotation(0, len(start), start, start, (start,))
    row = rows(Document(start, start, (), (annotation,)))[1]

    assert [row[0], *row[3:5], row[6]] == [f"'{start}"] * 4
