"""Standoff lines and folders enter; documents, and the exact place of what cannot be used, are checked."""

from __future__ import annotations

from pathlib import Path

import pytest

from biobert_demo.annotations import Annotation, Relation
from biobert_demo.documents import Document
from biobert_demo.errors import BadInput, Problem
from biobert_demo.formats.brat import read_brat, read_brat_folder, write_brat

TEXT = "An allergy to velocumab.\nIt is\nbad."


def read(*lines: str, text: str = TEXT) -> tuple[Document, list[Problem]]:
    problems: list[Problem] = []
    return read_brat(text, lines, "7", "7.ann", problems.append), problems


def test_mentions_identifiers_and_relations_are_read() -> None:
    document, problems = read(
        "T2\tDisease 3 10\tallergy\n",
        "T1\tChemical 14 23\tvelocumab\r\n",
        "R1\tCauses Arg1:T1 Arg2:T2",
        "N1\tReference T1 MESH:C1\tVelocumab",
        "N2\tReference T1 CHEBI:1\tVelocumab",
    )

    assert document.annotations == (
        Annotation(3, 10, "allergy", "Disease"),
        Annotation(14, 23, "velocumab", "Chemical", ("MESH:C1", "CHEBI:1")),
    )
    assert document.relations == (Relation("Causes", ("14-23", "3-10")),)
    assert document.text == TEXT
    assert problems == []


@pytest.mark.parametrize(
    ("line", "part_of_message"),
    [
        ("T2\tDisease 0 2;14 23\tAn velocumab", "in fragments (0 2;14 23)"),
        ("T2\tDisease 3 9\tallergy", "'allergy' is not the text at 3-9"),
        ("T2\tDisease 3 900\tallergy", "outside the text of 35"),
        ("T2\tDisease 10 3\tallergy", "is not the text at 10-3"),
        ("T2\tDisease 3 3\t", "start < end"),
        ("T2\tDisease 3\tallergy", "is not `Label start end`"),
        ("T2 Disease 3 10 allergy", "is not `Label start end`"),
        ("T2\tDisease -3 10\tallergy", "is not `Label start end`"),
        ("T1\tDisease 3 10\tallergy", "the mention T1 occurs before"),
        ("N1\tReference T9 MESH:C1\tx", "T9, which is no mention"),
        ("N1\tMESH:C1", "is not `N1, Reference T1 SOURCE:ID, name`"),
        ("R1\tCauses Arg1:T1 Arg2:T9", "T1 and T9, not all of which are mentions"),
        ("R1\tCauses Arg1:T1", "is not `R1, Type Arg1:T1 Arg2:T2`"),
        ("E1\tBinding:T1 Theme:T1", "events (1 line)"),
        ("A1\tNegation T1", "attributes (1 line)"),
        ("M1\tNegation E1", "modifications (1 line)"),
        ("#1\tAnnotatorNotes R1\tsure?", "notes (1 line)"),
        ("#1\tsure?", "notes (1 line)"),
        ("#1\tProvenance T1\t{", "the note on T1 cannot be used (Expecting property name"),
        ("#1\tProvenance T1\t[1]", "the note on T1 cannot be used (it is no JSON object)"),
        ("#1\tProvenance T1\t" + "[" * 100_000, "the note on T1 cannot be used (it is nested too deeply)"),
        ('#1\tProvenance T1\t{"state": "odd"}', "the note on T1 cannot be used (its state is 'odd')"),
        ('#1\tProvenance T1\t{"score": 7}', "the score of a span is '7'"),
        ("*\tEquiv T1 T1", "equivalences (1 line)"),
        ("what is this", "lines that begin with 'w'"),
    ],
)
def test_a_line_that_cannot_be_used_is_reported_with_its_place(line: str, part_of_message: str) -> None:
    document, problems = read("T1\tChemical 14 23\tvelocumab", "", line)

    assert [a.text for a in document.annotations] == ["velocumab"]
    assert [(p.source, p.line, p.document_id) for p in problems] == [("7.ann", 3, "7")]
    assert part_of_message in problems[0].message


def test_each_kind_of_other_line_is_reported_once() -> None:
    _, problems = read("E1\tx", "A1\tx", "E2\tx", "E3\tx")

    assert [(p.line, p.message.split(" have")[0]) for p in problems] == [
        (1, "events (3 lines)"),
        (2, "attributes (1 line)"),
    ]


def test_fragments_at_a_line_end_are_one_mention() -> None:
    document, problems = read("T1\tDisease 28 30;31 34\tis bad")

    assert document.annotations == (Annotation(28, 34, "is\nbad", "Disease"),)
    assert problems == []


def folder_of(path: Path, **files: str) -> Path:
    path.mkdir()
    for name, content in files.items():
        (path / name.replace("_", ".")).write_bytes(content.encode())
    return path


def test_a_folder_is_read_by_name_with_every_character(tmp_path: Path) -> None:
    folder = folder_of(
        tmp_path / "brat", b_txt="two\r\n", b_ann="T1\tX 0 3\ttwo\r\n", a_txt="\ufeffone\u2028", a_ann=""
    )
    documents = list(read_brat_folder(folder, pytest.fail))

    assert [(d.id, d.text, len(d.annotations)) for d in documents] == [("a", "one\u2028", 0), ("b", "two\r\n", 1)]


def test_files_without_their_partner_and_files_that_are_not_utf8_are_reported(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "brat", a_txt="one", b_ann="", c_txt="three", c_ann="")
    (folder / "d.txt").write_bytes(b"ab\xe9")
    problems: list[Problem] = []
    documents = list(read_brat_folder(folder, problems.append))

    assert [d.id for d in documents] == ["a", "c"]
    assert [(p.source, p.document_id) for p in problems] == [("b.ann", None), ("a.txt", "a"), ("d.txt", "d")]
    assert "byte 0xe9 at position 2" in problems[2].message


def test_a_folder_without_texts_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"has no \.txt file"):
        list(read_brat_folder(tmp_path, pytest.fail))


@pytest.mark.parametrize(
    ("document_id", "name"),
    [
        ("PMC12_a-b.c", "PMC12_a-b.c.txt"),
        ("../../etc/passwd", "%2E.%2F..%2Fetc%2Fpasswd.txt"),
        ("..", "%2E%2E.txt"),
        (".", "%2E.txt"),
        ("/absolute", "%2Fabsolute.txt"),
        ("C:\\x", "C%3A%5Cx.txt"),
        ("-rf", "%2Drf.txt"),
        ("a%2Fb", "a%252Fb.txt"),
        ("a~2", "a%7E2.txt"),
        ("β\n", "%CE%B2%0A.txt"),
    ],
)
def test_ids_become_safe_names_and_come_back(tmp_path: Path, document_id: str, name: str) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    write_brat([Document(document_id, "x")], folder, pytest.fail)

    assert sorted(path.name for path in folder.iterdir()) == sorted([name, name.replace(".txt", ".ann")])
    assert [d.id for d in read_brat_folder(folder, pytest.fail)] == [document_id]
    assert list(tmp_path.iterdir()) == [folder]


def test_ids_that_repeat_or_are_too_long_or_empty_get_names_of_their_own(tmp_path: Path) -> None:
    problems: list[Problem] = []
    ids = ["a", "a", "", "é" * 200, "é" * 201]
    write_brat([Document(one, f"text {number}") for number, one in enumerate(ids)], tmp_path, problems.append)

    texts = sorted(path.read_text() for path in tmp_path.glob("*.txt"))
    assert texts == [f"text {number}" for number in range(5)]
    assert [p.message for p in problems] == [
        "documents in files that do not give their ids back: 4 (the first: 'a' in a~2.txt)"
    ]


def test_names_that_were_not_made_here_are_ids_as_they_are(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "brat", **{"50% of_txt": "x", "50% of_ann": ""})

    assert [d.id for d in read_brat_folder(folder, pytest.fail)] == ["50% of"]


def test_what_is_written_is_what_brat_expects(tmp_path: Path) -> None:
    mentions = (Annotation(3, 10, "allergy", "Disease", ("MESH:D1",), 0.5), Annotation(28, 34, "is\nbad", "Sign"))
    relations = (Relation("Causes", ("3-10", "28-34")), Relation("CID", ("MESH:D1", "MESH:D2")))
    problems: list[Problem] = []
    write_brat([Document("7", TEXT, (), mentions, relations)], tmp_path, problems.append)

    assert (tmp_path / "7.ann").read_text() == (
        "T1\tDisease 3 10\tallergy\nN1\tReference T1 MESH:D1\tallergy\n"
        '#1\tProvenance T1\t{"score": 0.5}\n'
        "T2\tSign 28 30;31 34\tis bad\n"
        "R1\tCauses Arg1:T1 Arg2:T2\n"
    )
    assert [str(p) for p in problems] == [
        "brat output (document 7): relations that are not between mentions, as brat's are, left out: 1 (the first: CID of "
        "MESH:D1, MESH:D2)"
    ]


def test_provenance_and_remarks_are_notes_that_brat_shows(tmp_path: Path) -> None:
    reviewed = Annotation(0, 2, "An", "Sign", (), 0.5, "m@1", "Ann B", "rejected", "no\nsign ")
    noted = Annotation(3, 10, "allergy", "Disease", note="sure?")
    write_brat([Document("7", TEXT, (), (reviewed, noted))], tmp_path, pytest.fail)

    assert (tmp_path / "7.ann").read_text() == (
        "T1\tSign 0 2\tAn\n"
        '#1\tProvenance T1\t{"author": "Ann B", "model": "m@1", "score": 0.5, "state": "rejected", "note": "no\\nsign "}\n'
        "#2\tAnnotatorNotes T1\tno sign\n"
        "T2\tDisease 3 10\tallergy\n#3\tAnnotatorNotes T2\tsure?\n"
    )
    (document,) = read_brat_folder(tmp_path, pytest.fail)
    assert document.annotations == (reviewed, noted)
