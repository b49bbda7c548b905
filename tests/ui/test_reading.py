"""What people paste and drop enters; the documents made of it, and the report of the rest, are checked."""

from __future__ import annotations

from pathlib import Path

import pytest

from biobert_demo.documents import Document, Passage
from biobert_demo.errors import BadInput, Problem
from biobert_demo.ui.reading import (
    documents_from_files,
    documents_from_text,
    hint_at_language,
    in_growing_steps,
    is_file_content,
    split_abstracts,
    take_documents,
)

PUBTATOR = "101|t|Penicillin allergy\n101|a|An allergy to penicillin.\n\n102|t|BRCA1\n102|a|BRCA1 in E. coli.\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One abstract.", ["One abstract."]),
        ("First.\n\nSecond.", ["First.", "Second."]),
        ("First.\r\n\r\nSecond.\r\n", ["First.", "Second."]),
        ("First.\n \t\n\n\nSecond.", ["First.", "Second."]),
        ("\n\n  Indented.\n\n", ["Indented."]),
        ("A line,\nanother line.\n\nSecond.", ["A line,\nanother line.", "Second."]),
        ("Not\u2028a\x0bblank\x85line.", ["Not\u2028a\x0bblank\x85line."]),
        ("Aspirin\n\nHelps against headache.", ["Aspirin", "Helps against headache."]),
        ("Aspirin for headache again\n\nIt helps.", ["Aspirin for headache again\n\nIt helps."]),
        (
            "A first line in words\n\nAnother line without stop\n\nText.",
            ["A first line in words\n\nAnother line without stop", "Text."],
        ),
        ("It helps.\n\nA title at the end", ["It helps.", "A title at the end"]),
        ("💊 one.\n\n💊 two.", ["💊 one.", "💊 two."]),
    ],
)
def test_blank_lines_separate_abstracts_and_a_title_stays_with_its_text(text: str, expected: list[str]) -> None:
    documents = split_abstracts(text)
    assert [document.text for document in documents] == expected
    assert [document.id for document in documents] == [str(n + 1) for n in range(len(expected))]
    assert all(document.text in text for document in documents)


def test_a_title_becomes_a_passage_of_its_own() -> None:
    (document,) = split_abstracts("\nAspirin for headache again\n\nIt helps.\n")
    assert document.passages == (Passage("title", 0, 26), Passage("abstract", 28, 37))


@pytest.mark.parametrize("text", ["", "   ", "\n\t\n"])
def test_nothing_to_read_is_said_in_one_sentence(text: str) -> None:
    with pytest.raises(BadInput, match="no text yet"):
        documents_from_text(text, [].append)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (PUBTATOR, True),
        ('\n{"id": "1", "text": "x"}', True),
        ('<?xml version="1.0"?><collection/>', True),
        ("An allergy to penicillin.", False),
        ("p < 0.05 | t | a", False),
        ("{not json}", False),
    ],
)
def test_pasted_files_are_told_from_prose(text: str, expected: bool) -> None:
    assert is_file_content(text) is expected


def test_pasted_pubtator_keeps_its_ids() -> None:
    problems: list[Problem] = []
    documents = documents_from_text(PUBTATOR, problems.append)
    assert [document.id for document in documents] == ["101", "102"]
    assert documents[0].text == "Penicillin allergy\nAn allergy to penicillin."
    assert not problems


def test_a_bad_line_of_pasted_pubtator_is_reported_and_the_rest_is_read() -> None:
    problems: list[Problem] = []
    documents = documents_from_text(f"{PUBTATOR}\n103|t|Alone\nno line of PubTator\n", problems.append)
    assert [document.id for document in documents] == ["101", "102", "103"]
    assert len(problems) == 1
    assert "no line of PubTator" in str(problems[0])


@pytest.mark.parametrize("text", ['{"id": "1", "text": ', "<?xml version='1.0'?><collection><document>"])
def test_pasted_text_that_cannot_be_read_at_all_is_refused_in_words_for_people(text: str) -> None:
    with pytest.raises(BadInput, match="The pasted text") as caught:
        documents_from_text(text, [].append)
    assert "/" not in str(caught.value)


def test_a_bad_file_is_reported_by_its_name_and_the_others_are_read(tmp_path: Path) -> None:
    good, binary, absent = tmp_path / "good.txt", tmp_path / "picture.txt", tmp_path / "absent.txt"
    good.write_text("An allergy to penicillin.", encoding="utf-8")
    binary.write_bytes(bytes(range(256)) * 40)
    problems: list[Problem] = []
    documents = list(documents_from_files([binary, absent, good], problems.append))
    assert [document.text for document in documents] == ["An allergy to penicillin."]
    assert len(problems) == 2
    assert all(str(tmp_path) not in str(problem) for problem in problems)
    assert "picture.txt" in str(problems[0])


def test_too_much_is_refused_with_its_size_and_the_way_out() -> None:
    with pytest.raises(BadInput) as caught:
        take_documents([Document("1", "x" * 5_000_000)], [].append)
    assert "5,000,000" in str(caught.value)
    assert "biobert-demo annotate" in str(caught.value)


def test_documents_beyond_the_limit_are_reported_not_dropped_silently() -> None:
    problems: list[Problem] = []
    documents = [Document(str(n), "x" * 40) for n in range(5)]
    assert [d.id for d in take_documents(documents, problems.append, limit=100)] == ["0", "1"]
    assert [problem.source for problem in problems] == ["2"]


def test_empty_documents_are_reported() -> None:
    problems: list[Problem] = []
    assert [d.id for d in take_documents([Document("a", " \n"), Document("b", "x")], problems.append)] == ["b"]
    assert [problem.source for problem in problems] == ["a"]


def test_another_language_is_a_hint_and_no_refusal() -> None:
    problems: list[Problem] = []
    german = "Die Behandlung besteht aus Adrenalin, das sofort in den Oberschenkel gespritzt wird, und aus der "
    hint_at_language([Document("1", german * 3), Document("2", "An allergy.")], problems.append)
    assert [problem.source for problem in problems] == ["1"]


@pytest.mark.parametrize(
    ("count", "sizes"), [(0, []), (1, [1]), (3, [1, 2]), (10, [1, 2, 4, 3]), (100, [1, 2, 4, 8, 16, 32, 32, 5])]
)
def test_steps_grow_and_hold_every_document_once(count: int, sizes: list[int]) -> None:
    documents = [Document(str(n), "x") for n in range(count)]
    steps = list(in_growing_steps(documents))
    assert [len(step) for step in steps] == sizes
    assert [document for step in steps for document in step] == documents
