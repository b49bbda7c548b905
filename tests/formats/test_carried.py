"""A document with everything is written and read; what came back is compared with the table in docs/formats.md."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from biobert_demo.annotations import Annotation, Relation
from biobert_demo.documents import Document
from biobert_demo.errors import Problem
from biobert_demo.formats import FORMATS, WRITABLE, read_documents, write_documents
from biobert_demo.formats.losses import Losses

DOCS = Path(__file__).parents[2] / "docs" / "formats.md"
PASSAGES = (("title", "β-catenin and flu"), ("methods", "😀 An\tallergy.\r\n"), ("results", "It was mild."))
REVIEWED = Annotation(
    0, 9, "β-catenin", "Gene", ("NCBIGene:1499", "MESH:D1"), 0.9876, "ner-2@3f", "Ann B", "accepted", "sure?\nyes"
)
NESTED = Annotation(2, 9, "catenin", "Chemical")
INSIDE = Annotation(23, 26, "all", "Sign")
REJECTED = Annotation(14, 17, "flu", "Disease", (), 0.5, "ner-2@3f", "Ann B", "rejected")
IGNORED = Annotation(23, 30, "allergy", "Disease", state="ignored")
BETWEEN_MENTIONS = Relation("binds", ("0-9", "2-9"))
BETWEEN_CONCEPTS = Relation("CID", ("MESH:D1", "MESH:D2"))
EVERYTHING = Document.from_passages(
    "everything/1",
    PASSAGES,
    "\n",
    (REVIEWED, NESTED, REJECTED, INSIDE, IGNORED),
    (BETWEEN_MENTIONS, BETWEEN_CONCEPTS),
)
EMPTY = Document("empty", "Nothing here.")

Check = Callable[[dict[str, Document]], bool]


def mention(found: dict[str, Document], wanted: Annotation) -> Annotation | None:
    document = found.get(EVERYTHING.id)
    keys = {a.key: a for a in document.annotations} if document is not None else {}
    return keys.get(wanted.key)


def has(name: str) -> Check:
    def check(found: dict[str, Document]) -> bool:
        one = mention(found, REVIEWED)
        return one is not None and getattr(one, name) == getattr(REVIEWED, name)

    return check


CHECKS: dict[str, Check] = {
    "document id": lambda found: EVERYTHING.id in found,
    "text, to the character": lambda found: found[EVERYTHING.id].text == EVERYTHING.text,
    "documents without mentions": lambda found: EMPTY.id in found,
    "passages of any kind": lambda found: found[EVERYTHING.id].passages == EVERYTHING.passages,
    "exact places of mentions": lambda found: mention(found, INSIDE) is not None,
    "nested and overlapping mentions": lambda found: None not in (mention(found, REVIEWED), mention(found, NESTED)),
    "identifiers": has("identifiers"),
    "score": has("score"),
    "model version": has("model"),
    "author": has("author"),
    "state": has("state"),
    "note on a mention": has("note"),
    "rejected and ignored suggestions": lambda found: (
        mention(found, REJECTED) == REJECTED and mention(found, IGNORED) == IGNORED
    ),
    "relations between mentions": lambda found: BETWEEN_MENTIONS in found[EVERYTHING.id].relations,
    "relations between concepts": lambda found: BETWEEN_CONCEPTS in found[EVERYTHING.id].relations,
}


def table() -> dict[str, dict[str, str]]:
    """{format: {what: "yes" or "no"}} as the document has it."""
    lines = (
        DOCS.read_text(encoding="utf-8").partition("<!-- carried: begin -->")[2].split("<!--")[0].strip().split("\n")
    )
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {name: {row[0]: row[column] for row in rows[2:]} for column, name in enumerate(rows[0][1:], 1)}


def read_table(path: Path) -> list[Document]:
    """CSV is read by no reader of ours, so what its columns tell is put together here."""
    with path.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    length = max(int(row["end"]) for row in rows)
    text = [" "] * length
    for row in rows:
        text[int(row["start"]) : int(row["end"])] = row["text"]
    annotations = [
        Annotation(
            int(row["start"]),
            int(row["end"]),
            row["text"],
            row["label"],
            tuple(row["identifiers"].split("|")) if row["identifiers"] else (),
            float(row["score"]) if row["score"] else None,
            row["model"] or None,
            row["author"] or None,
            row["state"] or None,
            row["note"],
        )
        for row in rows
    ]
    return [Document(rows[0]["document_id"], "".join(text), (), tuple(annotations))]


def test_the_table_has_every_format_that_is_written() -> None:
    assert set(table()) == set(WRITABLE)
    assert all(set(rows) == set(CHECKS) for rows in table().values())


@pytest.mark.parametrize("format", WRITABLE)
def test_formats_carry_what_the_table_says(tmp_path: Path, format: str) -> None:
    path = tmp_path / f"out{FORMATS[format].suffix}"
    write_documents([EVERYTHING, EMPTY], path, format, lambda problem: None)
    documents = read_table(path) if format == "csv" else list(read_documents(path, pytest.fail))
    found = {document.id: document for document in documents}

    assert {what: "yes" if check(found) else "no" for what, check in CHECKS.items()} == table()[format]


@pytest.mark.parametrize("format", ["pubtator", "conll"])
def test_what_is_lost_is_told_once_a_kind_however_many_documents(tmp_path: Path, format: str) -> None:
    problems: list[Problem] = []
    write_documents([EVERYTHING] * 50, tmp_path / "out", format, problems.append)

    messages = [problem.message for problem in problems]
    assert (
        "the format has no place for these fields of mentions: score (50), model (50), author (50), state (50), note (50)"
        "; BioC, brat, JSON Lines, DocBin and datasets keep them"
    ) in messages
    assert (
        "rejected or ignored suggestions left out, since the format has no place for a state: 100 (the first: 'flu')"
        in messages
    )
    assert len(messages) <= 6


def test_losses_have_their_count_and_their_first_case() -> None:
    problems: list[Problem] = []
    losses = Losses("X output", problems.append)
    losses.add("things", "1", "a")
    losses.add("texts", "2", text_lost=True, count=3)
    losses.add("things", "3", "b")
    losses.tell()

    assert problems == [
        Problem("X output", "things: 2 (the first: a)", None, "1"),
        Problem("X output", "texts: 3", None, "2"),
    ]
    assert [problem.text_lost for problem in problems] == [False, True]


def test_a_fresh_prediction_loses_its_score_without_a_word() -> None:
    losses = Losses("X output", pytest.fail)
    losses.mentions(Document("1", "flu", (), (Annotation(0, 3, "flu", "Disease", (), 0.5, "m"),)))
    losses.tell()
