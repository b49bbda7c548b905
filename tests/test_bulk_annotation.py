"""Many files in, one annotated file out: what is kept, what is reported, and how little is held at a time."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from biobert_demo import bulk_annotation
from biobert_demo.bulk_annotation import Tally, annotate_files
from biobert_demo.documents import Document
from biobert_demo.errors import BadInput, Problem
from biobert_demo.formats import read_documents
from biobert_demo.recognition import DOCUMENTS_AT_ONCE, EntityRecognizer

PUBTATOR = (
    "11|t|Velocumab for lumositis\n11|a|It spares mice.\n11\t0\t9\tVelocumab\tDisease\tMESH:D1\n"
    "11\tCID\tMESH:D1\tMESH:D2\n\n12|t|BRX7\n12|a|Nothing.\n\n"
)
JSONL = '{"id": "21", "text": "Ethanol and penicillin"}\n{"id": "22", "text": "zebrafish"}\n'
BIOC = (
    "<collection><source/><date/><key/><document><id>31</id><passage><infon key='type'>title</infon><offset>0</offset>"
    "<text>An allergy</text></passage></document></collection>"
)


@pytest.fixture(scope="module")
def recognizer(lexicon_model: Path) -> EntityRecognizer:
    return EntityRecognizer.load(lexicon_model)


@pytest.fixture
def run(recognizer: EntityRecognizer, tmp_path: Path) -> Callable[..., tuple[list[Document], list[Problem], Tally]]:
    """Annotates inputs, given as (name, content), to JSON Lines and reads those back."""

    def run(*inputs: tuple[str, str | bytes], **options: Any) -> tuple[list[Document], list[Problem], Tally]:
        paths = []
        for name, content in inputs:
            path = tmp_path / name
            path.write_bytes(content.encode() if isinstance(content, str) else content)
            paths.append(str(path))
        output, problems = tmp_path / "out.jsonl", []
        tally = annotate_files(paths, output, "jsonl", recognizer, problems.append, **options)
        return list(read_documents(output, lambda problem: None)), problems, tally

    return run


def mentions(document: Document) -> list[tuple[str, str]]:
    return [(a.text, a.label) for a in document.annotations]


def test_inputs_of_several_formats_come_out_in_order_with_their_ids(run: Callable) -> None:
    documents, problems, tally = run(
        ("a.txt", PUBTATOR), ("b.jsonl.gz", gzip.compress(JSONL.encode())), ("c.xml", BIOC), ("note.txt", "In mice.")
    )
    assert [(d.id, mentions(d)) for d in documents] == [
        ("11", [("Velocumab", "Chemical"), ("lumositis", "Disease"), ("mice", "Species")]),
        ("12", [("BRX7", "Gene")]),
        ("21", [("Ethanol", "Chemical"), ("penicillin", "Chemical")]),
        ("22", [("zebrafish", "Species")]),
        ("31", [("allergy", "Disease")]),
        ("note", [("mice", "Species")]),
    ]
    assert problems == []
    assert (tally.documents, tally.mentions, tally.is_text_lost) == (6, 9, False)


def test_annotations_and_relations_of_the_input_are_not_in_the_output(run: Callable) -> None:
    (first, _), _, _ = run(("a.txt", PUBTATOR))
    assert first.relations == ()
    assert not any(a.identifiers for a in first.annotations)
    assert [p.kind for p in first.passages] == ["title", "abstract"]


def test_mentions_below_the_least_score_are_left_out(recognizer: EntityRecognizer, run: Callable) -> None:
    (document,), _, tally = run(("a.txt", "Ethanol in mice."), min_score=0.999999)
    assert (document.annotations, tally.mentions) == ((), 0)


@pytest.mark.parametrize(
    ("bad", "line", "words"),
    [
        ("{broken\n", 2, "no document"),
        ('{"id": "x"}\n', 2, "neither `text`"),
        ("[1, 2]\n", 2, "no object"),
    ],
)
def test_bad_line_among_good_ones_is_reported_and_the_others_are_done(
    run: Callable, bad: str, line: int, words: str
) -> None:
    first, second = JSONL.splitlines(keepends=True)
    documents, problems, tally = run(("a.jsonl", first + bad + second))
    assert [d.id for d in documents] == ["21", "22"]
    assert [p.line for p in problems] == [line]
    assert words in problems[0].message
    assert tally.is_text_lost


def test_broken_pubtator_line_is_reported_and_the_documents_are_done(run: Callable) -> None:
    documents, problems, tally = run(("a.txt", PUBTATOR + "13 t Ethanol\n\n14|t|Mice\n"))
    assert [d.id for d in documents] == ["11", "12", "14"]
    assert [(p.line, p.text_lost) for p in problems] == [(9, True)]
    assert tally.is_text_lost


def test_broken_annotation_of_the_input_costs_no_text(run: Callable) -> None:
    documents, problems, tally = run(("a.txt", "11|t|Mice\n11\t0\t7\tZebra\tSpecies\n"))
    assert [mentions(d) for d in documents] == [[("Mice", "Species")]]
    assert len(problems) == 1
    assert not tally.is_text_lost


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.txt", b"", "is empty"),
        ("blank.txt", b" \n\t\n", "only white space"),
        ("binary.txt", b"text\x00more", "binary"),
        ("word.txt", b"PK\x03\x04....", "zip archive"),
        ("latin.txt", "Sjögren".encode("latin-1"), "not UTF-8"),
        ("damaged.jsonl.gz", gzip.compress(JSONL.encode())[:-9], "damaged gzip"),
        ("broken.xml", BIOC[:120].encode(), "not well-formed"),
        ("broken.json", b'{"documents": [', "not JSON"),
    ],
)
def test_unusable_file_is_refused_alone_and_reported_among_others(
    run: Callable, tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    with pytest.raises(BadInput, match=words):
        run((name, content))
    assert not (tmp_path / "out.jsonl").exists()
    documents, problems, tally = run((name, content), ("good.txt", "In mice."))
    assert [d.id for d in documents] == ["good"]
    assert len(problems) == 1
    assert words in problems[0].message
    assert str(problems[0]).count(name) == 1
    assert tally.is_text_lost


def test_line_in_another_encoding_among_good_ones_is_reported_and_the_others_are_done(run: Callable) -> None:
    first, second = JSONL.encode().splitlines(keepends=True)
    bad = '{"id": "x", "text": "Sjögren"}\n'.encode("latin-1")
    documents, problems, tally = run(("a.jsonl", first + bad + second))
    assert [d.id for d in documents] == ["21", "22"]
    assert [p.line for p in problems] == [2]
    assert f"byte 0xf6 at position {len(first) + bad.index(0xF6)} of the file is not UTF-8" in problems[0].message
    assert tally.is_text_lost


def test_file_that_breaks_in_its_middle_gives_what_stands_before(run: Callable) -> None:
    whole = BIOC.replace("</collection>", "")
    cut_off = whole[whole.index("<document>") :].replace("31", "32")[:-30]
    documents, problems, tally = run(("a.xml", whole + cut_off))
    assert [d.id for d in documents] == ["31"]
    assert "not well-formed" in problems[0].message
    assert tally.is_text_lost


def test_inputs_without_any_document_are_refused(run: Callable, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="None of the 2 inputs"):
        run(("a.txt", ""), ("b.txt", " "))
    assert not (tmp_path / "out.jsonl").exists()


def test_id_that_occurs_in_two_files_is_reported_and_both_are_kept(run: Callable) -> None:
    documents, problems, tally = run(("a.jsonl", JSONL), ("b.jsonl", JSONL.replace("22", "23")))
    assert [d.id for d in documents] == ["21", "22", "21", "23"]
    assert len(problems) == 1
    assert "'21' occurs in" in problems[0].message
    assert not tally.is_text_lost


def test_documents_in_another_language_are_counted_and_done(run: Callable) -> None:
    spanish = "El paciente fue tratado con penicillin para una infección grave de los pulmones y luego con otros " * 3
    documents, problems, tally = run(("es.txt", spanish), ("en.txt", "In mice."))
    assert mentions(documents[0]) == [("penicillin", "Chemical")] * 3
    assert (tally.not_english, tally.first_not_english) == (1, "es")
    assert problems == []


def test_no_more_is_held_than_a_batch(
    recognizer: EntityRecognizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counts, around the real readers and writers, how far reading runs ahead of writing."""
    count, read, written, ahead = 1_000, 0, 0, 0
    source = tmp_path / "in.jsonl"
    source.write_text("".join(json.dumps({"id": str(i), "text": "In mice."}) + "\n" for i in range(count)))
    really_read, really_write = bulk_annotation.read_all, bulk_annotation.write_documents

    def counting_read(*arguments: Any) -> Iterator[tuple[str, Document]]:
        nonlocal read, ahead
        for found in really_read(*arguments):
            read += 1
            ahead = max(ahead, read - written)
            yield found

    def counting_write(documents: Iterable[Document], *arguments: Any) -> None:
        def counted() -> Iterator[Document]:
            nonlocal written
            for document in documents:
                written += 1
                yield document

        really_write(counted(), *arguments)

    monkeypatch.setattr(bulk_annotation, "read_all", counting_read)
    monkeypatch.setattr(bulk_annotation, "write_documents", counting_write)
    tally = annotate_files([str(source)], tmp_path / "out.csv", "csv", recognizer, lambda problem: None)
    assert tally.documents == read == written == count
    assert ahead <= DOCUMENTS_AT_ONCE


def test_progress_is_told_after_each_document(run: Callable, tmp_path: Path) -> None:
    seen: list[tuple[int, int, int]] = []
    run(
        ("a.jsonl", JSONL),
        ("b.txt", PUBTATOR),
        on_document=lambda tally: seen.append((tally.documents, tally.documents_read, tally.bytes_read)),
    )
    total = len(JSONL) + len(PUBTATOR)
    assert [documents for documents, _, _ in seen] == [1, 2, 3, 4]
    assert all(documents <= documents_read for documents, documents_read, _ in seen)
    assert seen[-1] == (4, 4, total)
