"""PubTator blocks enter; documents, and the exact place of what cannot be used, are checked."""

from __future__ import annotations

import io

import pytest

from biobert_demo.annotations import Annotation, Relation
from biobert_demo.documents import Document, Passage
from biobert_demo.errors import Problem
from biobert_demo.formats.pubtator import read_pubtator, write_pubtator

TITLE = "Velocumab in lumositis."
ABSTRACT = "Lumositis and brightness were seen."
HEAD = [f"7|t|{TITLE}", f"7|a|{ABSTRACT}"]


def read(lines: list[str]) -> tuple[list[Document], list[Problem]]:
    problems: list[Problem] = []
    return list(read_pubtator(lines, "a.txt", problems.append)), problems


def test_offsets_count_title_separator_and_abstract() -> None:
    (document,), problems = read([*HEAD, "7\t0\t9\tVelocumab\tChemical\tC1", "7\t24\t33\tLumositis\tDisease\t-1"])

    assert document.text == f"{TITLE}\n{ABSTRACT}"
    assert document.passages == (Passage("title", 0, 23), Passage("abstract", 24, 59))
    assert document.annotations == (
        Annotation(0, 9, "Velocumab", "Chemical", ("C1",)),
        Annotation(24, 33, "Lumositis", "Disease"),
    )
    assert problems == []


@pytest.mark.parametrize(
    ("column", "label", "identifiers"),
    [
        ("D012878", "Disease", ("D012878",)),
        ("MESH:D012878", "Disease", ("MESH:D012878",)),
        ("D1|D2", "Disease", ("D1", "D2")),
        ("D1+D2", "Disease", ("D1", "D2")),
        ("672, 7157;12831(Tax:10090)", "Gene", ("672", "7157", "12831(Tax:10090)")),
        ("OMIM:1|OMIM:1", "Disease", ("OMIM:1",)),
        ("c|SUB|T|10|C", "SequenceVariant", ("c|SUB|T|10|C",)),
        ("D1\tlumositis|brightness", "CompositeMention", ("D1",)),
        ("-1", "Disease", ()),
        ("-", "Disease", ()),
        ("", "Disease", ()),
    ],
)
def test_identifiers_are_split_and_kept_as_written(column: str, label: str, identifiers: tuple[str, ...]) -> None:
    (document,), _ = read([*HEAD, f"7\t24\t33\tLumositis\t{label}\t{column}"])

    assert [(a.label, a.identifiers) for a in document.annotations] == [(label, identifiers)]


def test_relations_keep_every_column() -> None:
    (document,), problems = read([*HEAD, "7\tCID\tD1\tD2", "7\tAssociation\t672\tD2\tNovel"])

    assert document.relations == (Relation("CID", ("D1", "D2")), Relation("Association", ("672", "D2", "Novel")))
    assert problems == []


@pytest.mark.parametrize(
    ("line", "part_of_message"),
    [
        ("7\t24\t34\tLumositis  \tDisease\tD1", "is not the text at 24-34"),
        ("7\t25\t34\tLumositis\tDisease\tD1", "it occurs once, at 24"),
        ("7\t24\t330\tLumositis\tDisease\tD1", "outside the text of 59 code points"),
        ("7\t33\t24\tLumositis\tDisease\tD1", "is not the text at 33-24"),
        ("7\t24\t24\t\tDisease\tD1", "start < end"),
        ("7\t-4\t5\tVeloc\tDisease\tD1", "start offset '-4' is not a whole number"),
        ("7\t24\t3x3\tLumositis\tDisease\tD1", "end offset '3x3' is not a whole number"),
        ("7\t\t33\tLumositis\tDisease\tD1", "start offset '' is not a whole number"),
        ("7\t²\t33\tLumositis\tDisease", "start offset '²'"),
        ("7\t" + "9" * 5000 + "\t33\tLumositis\tDisease", "4300"),
        ("7\t24\t33\tLumositis", "no entity type in column 5"),
        ("7\t24\t33\tLumositis\t \tD1", "no entity type in column 5"),
        ("7\t24\t33\tLumositis\tDisease\tD1\tx\ty", "8 columns, and 7 are the most"),
        ("8\t24\t33\tLumositis\tDisease\tD1", "belongs to '8', but the document here is '7'"),
        ("7\t24\t33", "neither `ID|t|text` nor"),
        ("some prose", "neither `ID|t|text` nor"),
        ("7|title|words", "neither `ID|t|text` nor"),
    ],
)
def test_a_broken_line_is_reported_with_its_place_and_the_rest_is_kept(line: str, part_of_message: str) -> None:
    good = "7\t0\t9\tVelocumab\tChemical\tC1"
    documents, problems = read(["", *HEAD, line, good, "", "9|t|Next", "9|a|"])

    assert [(d.id, [a.text for a in d.annotations]) for d in documents] == [("7", ["Velocumab"]), ("9", [])]
    assert [(p.source, p.line, p.document_id) for p in problems] == [("a.txt", 4, "7")]
    assert part_of_message in problems[0].message
    assert "left out" in problems[0].message


def test_an_annotation_before_any_document_is_reported() -> None:
    documents, problems = read(["7\t0\t9\tVelocumab\tChemical", *HEAD])

    assert [d.id for d in documents] == ["7"]
    assert [(p.line, p.document_id) for p in problems] == [(1, None)]


@pytest.mark.parametrize(
    ("lines", "texts"),
    [
        (["1|t|Only a title"], ["Only a title"]),
        (["1|t|Only a title", "1|a|"], ["Only a title"]),
        (["1|t|", "1|a|Only an abstract"], ["\nOnly an abstract"]),
        (["1|a|Only an abstract"], ["Only an abstract"]),
        (["1|t|", "1|a|"], [""]),
        (["1|t|T", "1|a|A", "1|x|B", "1|y|C"], ["T\nA\nB\nC"]),
        (["1|t|T", "1|a|", "1|x|B"], ["T\n\nB"]),
        (["\n", "  \n", "1|t|T\n", "1|a|A\n"], ["T\nA"]),
        (["1|t|T\r\n", "1|a|A\r\n"], ["T\nA"]),
        (["1|t|T\u2028t", "1|a|A\fa"], ["T\u2028t\nA\fa"]),
        (["1|t|a|b|c"], ["a|b|c"]),
        (["1|t|T", "2|t|U"], ["T", "U"]),
        (["1|t|T", "1|a|A", "1|t|U"], ["T\nA", "U"]),
        (["1|t|T", "1|a|A", "", "1|a|B"], ["T\nA", "B"]),
    ],
)
def test_documents_are_told_apart_and_passages_joined(lines: list[str], texts: list[str]) -> None:
    assert [document.text for document in read(lines)[0]] == texts


def test_annotations_after_an_empty_line_still_belong_to_their_document() -> None:
    (document,), problems = read([*HEAD, "", "7\t0\t9\tVelocumab\tChemical"])

    assert len(document.annotations) == 1
    assert problems == []


def test_other_passages_are_paragraphs() -> None:
    (document,), _ = read(["1|t|T", "1|a|A", "1|x|B"])

    assert [p.kind for p in document.passages] == ["title", "abstract", "paragraph"]


def test_an_id_that_occurs_again_is_kept_and_reported() -> None:
    documents, problems = read(["1|t|A", "", "2|t|B", "", "1|t|C"])

    assert [d.text for d in documents] == ["A", "B", "C"]
    assert [(p.line, p.document_id) for p in problems] == [(5, "1")]


def test_documents_are_read_one_at_a_time() -> None:
    lines = iter(["1|t|A", "", "2|t|B", "", "3|t|C"])
    documents = read_pubtator(lines, "a", lambda problem: None)

    assert next(documents).id == "1"
    assert list(lines) == ["", "3|t|C"]


def test_what_is_written_is_what_other_programs_expect() -> None:
    mention = Annotation(0, 9, "Velocumab", "Chemical", ("MESH:C1", "MESH:C2"), 0.98)
    bare = Annotation(24, 33, "Lumositis", "Disease")
    document = Document.from_passages(
        "7", [("title", TITLE), ("abstract", ABSTRACT)], "\n", [mention, bare], [Relation("CID", ("C1", "D1"))]
    )
    stream = io.StringIO()
    write_pubtator([document], stream, pytest.fail)

    assert stream.getvalue() == (
        f"7|t|{TITLE}\n7|a|{ABSTRACT}\n"
        "7\t0\t9\tVelocumab\tChemical\tMESH:C1|MESH:C2\n7\t24\t33\tLumositis\tDisease\t-\n7\tCID\tC1\tD1\n\n"
    )


def test_the_first_line_of_a_plain_text_is_its_title_and_other_breaks_are_spaces() -> None:
    stream = io.StringIO()
    problems: list[Problem] = []
    written = [Document("1", "Title\nOne\ttwo\r\nthree"), Document("2", "T\na\nb"), Document("3", "T\nonly")]
    write_pubtator(written, stream, problems.append)

    assert [str(p) for p in problems] == [
        "PubTator output (document 1): documents with line ends or tabs, which became spaces: 2"
    ]
    stream.seek(0)
    assert stream.read(33) == "1|t|Title\n1|a|One two  three\n\n2|t"


def test_ids_that_would_break_the_columns_are_changed_and_reported() -> None:
    problems: list[Problem] = []
    stream = io.StringIO()
    write_pubtator([Document("a|b\tc", "x")], stream, problems.append)

    assert stream.getvalue().startswith("a_b c|t|x\n")
    assert [p.document_id for p in problems] == ["a|b\tc"]
