"""Tagged columns enter; documents, and the exact place of what cannot be read, are checked."""

from __future__ import annotations

import io

import pytest

from biobert_demo.annotations import Annotation
from biobert_demo.documents import Document, Passage
from biobert_demo.errors import Problem
from biobert_demo.formats.conll import read_conll, write_conll


def read(*lines: str) -> tuple[list[Document], list[Problem]]:
    problems: list[Problem] = []
    return list(read_conll(lines, "folder/set.conll.gz", problems.append)), problems


def tags(line: str) -> list[str]:
    return [f"w{number}\t{tag}" for number, tag in enumerate(line.split())]


def spans(document: Document) -> list[tuple[str, str]]:
    return [(a.text, a.label) for a in document.annotations]


@pytest.mark.parametrize(
    ("line", "expected", "reported"),
    [
        ("B-D I-D O", [("w0 w1", "D")], []),
        ("B-D B-D O", [("w0", "D"), ("w1", "D")], []),
        ("B-D I-C", [("w0", "D"), ("w1", "C")], [2]),
        ("O I-D I-D", [("w1 w2", "D")], [2]),
        ("I-D B-D I-D", [("w0", "D"), ("w1 w2", "D")], [1]),
        ("S-D B-D I-D E-D O", [("w0", "D"), ("w1 w2 w3", "D")], []),
        ("B-D E-D I-D", [("w0 w1", "D"), ("w2", "D")], [3]),
        ("O E-D B-D", [("w1", "D"), ("w2", "D")], [2]),
        ("U-D B-D L-D", [("w0", "D"), ("w1 w2", "D")], []),
        ("B I O B", [("w0 w1", "Entity"), ("w3", "Entity")], []),
        ("B-cell-line I-cell-line", [("w0 w1", "cell-line")], []),
        ("B-D X I-D", [("w0", "D"), ("w2", "D")], [2, 3]),
        ("O O", [], []),
    ],
)
def test_tag_schemes(line: str, expected: list[tuple[str, str]], reported: list[int]) -> None:
    (document,), problems = read(*tags(line))

    assert spans(document) == expected
    assert [p.line for p in problems] == reported
    assert len(document.text.split()) == len(line.split())


def test_sentences_are_passages_joined_by_line_ends() -> None:
    (document,), problems = read(
        "-DOCSTART-\tO", "", "An\tO", "allergy\tB-Disease", "", "It\tO", "itched\tI-Disease", ""
    )

    assert document.text == "An allergy\nIt itched"
    assert document.passages == (Passage("sentence", 0, 10), Passage("sentence", 11, 20))
    assert document.annotations == (Annotation(3, 10, "allergy", "Disease"), Annotation(14, 20, "itched", "Disease"))
    assert [(p.line, p.document_id) for p in problems] == [(7, "set-1")]


@pytest.mark.parametrize(
    ("lines", "ids"),
    [
        (("a\tO", "", "", "b\tO"), ["set-1", "set-2"]),
        (("-DOCSTART-\tO", "a\tO", "", "b\tO", "-DOCSTART-\tO", "c\tO"), ["set-1", "set-2"]),
        (("-DOCSTART- -X- O O", "", "a NN O O"), ["set-1"]),
        (("-DOCSTART- (12 (x)) O", "", "a O"), ["12 (x)"]),
        (("-DOCSTART- (O)\tO", "", "a\tO"), ["O"]),
        (("-DOCSTART- 12", "", "a O"), ["12"]),
        (("###MEDLINE:95369245", "", "a\tO", "", "###MEDLINE:1", "", "b\tO"), ["95369245", "1"]),
        (("a\tO", "", "###MEDLINE:1", "", "b\tO"), ["set-1", "1"]),
        (("-DOCSTART- (1)\tO", "-DOCSTART- (2)\tO", "a\tO"), ["1", "2"]),
    ],
)
def test_documents_begin_at_markers_or_else_at_sentences(lines: tuple[str, ...], ids: list[str]) -> None:
    documents, problems = read(*lines)

    assert [document.id for document in documents] == ids
    assert problems == []


@pytest.mark.parametrize(
    ("line", "text", "part_of_message"),
    [
        ("word", "x word y", "no tag after 'word'"),
        ("word\tfoo", "x word y", "the tag 'foo' of 'word'"),
        ("word NN", "x word y", "the tag 'NN' of 'word'"),
        ("\tB-D", "x y", "a tag but no token"),
    ],
)
def test_a_broken_line_is_reported_and_its_token_kept(line: str, text: str, part_of_message: str) -> None:
    (document,), problems = read("x\tO", line, "y\tO")

    assert document.text == text
    assert [(p.source, p.line) for p in problems] == [("folder/set.conll.gz", 2)]
    assert part_of_message in problems[0].message


def test_comments_are_no_tokens_but_a_hash_with_a_tag_is() -> None:
    (document,), problems = read("# sent_id = 1", "#\tO", "1\tO")

    assert document.text == "# 1"
    assert problems == []


def test_columns_between_token_and_tag_are_passed_over_and_ids_that_occur_again_reported() -> None:
    documents, problems = read("###MEDLINE:1", "IL-2 NN B-NP B-Gene", "", "###MEDLINE:1", "b O")

    assert [spans(document) for document in documents] == [[("IL-2", "Gene")], []]
    assert [(p.line, p.document_id) for p in problems] == [(4, "1")]


def written(document: Document) -> tuple[str, list[str]]:
    problems: list[Problem] = []
    stream = io.StringIO()
    write_conll([document], stream, problems.append)
    return stream.getvalue(), [p.message for p in problems]


def test_words_and_sentences_are_written_with_tags() -> None:
    text = "An allergy. It itched badly."
    document = Document("7", text, (), (Annotation(3, 10, "allergy", "Disease"),))

    expected = "An\tO\nallergy\tB-Disease\n.\tO\n\nIt\tO\nitched\tO\nbadly\tO\n.\tO\n\n"
    assert written(document) == (f"-DOCSTART- (7)\tO\n\n{expected}", [])


def test_mentions_are_widened_to_words_and_of_overlapping_ones_the_longest_is_kept() -> None:
    text = "antiviral drug"
    inner = Annotation(4, 9, "viral", "Disease")
    outer = Annotation(4, 14, "viral drug", "Chemical")
    content, messages = written(Document("7", text, (), (inner, outer)))

    assert content.split("\n\n")[1] == "antiviral\tB-Chemical\ndrug\tI-Chemical"
    assert messages == [
        "mentions widened to whole words: 1 (the first: 'antiviral drug' at 0-14)",
        "mentions that share a word with another one, or hold none, left out: 1 (the first: 'viral' at 4-9)",
    ]


def test_prose_in_sentences_is_cut_into_words_where_a_mention_shows_that_it_is_no_list_of_tokens() -> None:
    text = "Ann took aspirin, then wine."
    document = Document("7", text, (Passage("sentence", 0, len(text)),), (Annotation(9, 16, "aspirin", "Drug"),))
    content, messages = written(document)

    assert "aspirin\tB-Drug\n,\tO\n" in content
    assert messages == []


def test_sentences_that_a_mention_crosses_become_one() -> None:
    text = "It was. Here it is."
    document = Document("7", text, (), (Annotation(3, 12, "was. Here", "Disease"),))

    content, messages = written(document)
    assert content.count("\n\n") == 2
    assert "was\tB-Disease\n.\tI-Disease\nHere\tI-Disease\n" in content
    assert messages == []


def test_text_outside_the_passages_is_written_too() -> None:
    content, _ = written(Document("7", "one two three", (Passage("title", 4, 7),)))

    assert [line.split("\t")[0] for line in content.split("\n")[2:] if line] == ["one", "two", "three"]


def test_labels_and_ids_with_spaces_are_changed_and_reported() -> None:
    content, messages = written(Document("a\nb", "IL-2", (), (Annotation(0, 4, "IL-2", "cell line"),)))

    assert content.startswith("-DOCSTART- (a b)\tO\n")
    assert "\tB-cell_line\n" in content
    assert len(messages) == 2
