"""Paths enter; what is read from and written to them, limits and clear refusals are checked."""

from __future__ import annotations

import gzip
import io
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from biobert_demo.annotations import Annotation
from biobert_demo.documents import Document
from biobert_demo.errors import BadInput, Problem
from biobert_demo.formats import FORMATS, WRITABLE, files, read_documents, write_documents

DOCUMENT = Document("7", "An allergy", (), (Annotation(3, 10, "allergy", "Disease"),))
PUBTATOR = b"7|t|An allergy\n7|a|to x\n7\t3\t10\tallergy\tDisease\n"


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def texts(path: Path | str, format: str | None = None) -> list[str]:
    return [document.text for document in read_documents(path, pytest.fail, format)]


@pytest.mark.parametrize(
    "content",
    [
        PUBTATOR,
        b"\xef\xbb\xbf" + PUBTATOR,
        PUBTATOR.decode().encode("utf-16"),
        b"\xfe\xff" + PUBTATOR.decode().encode("utf-16-be"),
        PUBTATOR.replace(b"\n", b"\r\n"),
        gzip.compress(PUBTATOR),
        gzip.compress(PUBTATOR[:20]) + gzip.compress(PUBTATOR[20:]),
    ],
)
def test_encodings_line_ends_and_gzip_are_told_by_the_bytes(tmp_path: Path, content: bytes) -> None:
    assert texts(write(tmp_path / "any.name", content)) == ["An allergy\nto x"]


@pytest.mark.parametrize(
    "content", [b"a\r\nb\n", b"\xef\xbb\xbfa", "\u2028 x \x0c".encode(), b"no end of line", b"\n\nx"]
)
def test_a_plain_text_is_one_document_with_every_character(tmp_path: Path, content: bytes) -> None:
    (document,) = read_documents(write(tmp_path / "note.1.txt", content), pytest.fail)

    assert document.text == content.decode("utf-8-sig")
    assert document.id == "note.1"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"name is empty; give a file with text in it"),
        (gzip.compress(b""), r"is empty"),
        (b" \n\t ", r"holds only white space"),
        (b"a\x00b", r"is a binary file \(it has NUL"),
        (b"%PDF-1.7 x", r"is a PDF, not a text file; save its text as UTF-8"),
        (b"PK\x03\x04 docx", r"a zip archive or an Office document"),
        (
            b"caf\xe9 au lait",
            r"name: byte 0xe9 at position 3 of the file is not UTF-8 .*convert the file, for",
        ),
        (b"ab" * 50_000 + b"\xe9 x", r"byte 0xe9 at position 100000 "),
        (b"\xef\xbb\xbfab\xff", r"byte 0xff at position 5 "),
        (b"ends early \xf0\x9f", r"byte 0xf0 at position 11 "),
        (b"\xff\xfea\x00b", r"byte 0x62 at position 4 of the file is not UTF-16"),
        (gzip.compress(b"text " * 100)[:-12], r"is a damaged gzip file"),
        (gzip.compress(b"text " * 100) + b"junk", r"is a damaged gzip file"),
        (b"\x1f\x8bnonsense", r"is a damaged gzip file"),
        (b'{"documents": []}', r"No document could be read from .* as bioc-json"),
        (b"<collection></collection>", r"No document could be read from .* as bioc;"),
    ],
)
def test_what_is_no_text_is_refused_with_a_sentence(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        texts(write(tmp_path / "name", content))


def test_a_line_that_is_not_utf8_is_reported_and_the_other_documents_are_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.pubtator", b"\xef\xbb\xbf1|t|A\n\n2|t|caf\xe9\n\n3|t|C\n\n4|t|cut off \xf0\x9f")
    problems: list[Problem] = []
    documents = list(read_documents(path, problems.append))

    assert [d.id for d in documents] == ["1", "3"]
    assert [(p.source, p.line, p.text_lost) for p in problems] == [(str(path), 3, True), (str(path), 7, True)]
    assert "byte 0xe9 at position 17 of the file is not UTF-8" in problems[0].message
    assert "byte 0xf0 at position 39 of the file" in problems[1].message


def test_json_that_is_not_utf8_stops_after_the_documents_before_that_place(tmp_path: Path) -> None:
    item = b'{"id": "%d", "passages": [{"offset": 0, "text": "' + b"x" * 100_000 + b'"}]}, '
    path = write(tmp_path / "a.json", b"[" + item % 1 + item % 2 + b"\xe9]")
    documents = read_documents(path, pytest.fail)

    assert next(documents).id == "1"
    with pytest.raises(BadInput, match=f"byte 0xe9 at position {path.read_bytes().index(0xE9)} of"):
        list(documents)


@pytest.mark.parametrize(
    ("name", "format", "message"),
    [
        ("absent", None, "There is no file .*absent"),
        ("a.txt", "docx", "There is no format 'docx'; the formats are text, pubtator, bioc, bioc-json, brat,"),
        ("a.txt", "csv", "cannot be read as csv; files can be read as text,"),
        ("a.txt", "brat", "cannot be read as brat"),
        ("a.csv", None, "cannot be read as csv"),
        (".", "pubtator", "is a folder, but pubtator is a file format"),
        (".", None, r"has no \.txt file|cannot"),
    ],
)
def test_paths_and_formats_that_do_not_go_together(tmp_path: Path, name: str, format: str | None, message: str) -> None:
    (tmp_path / "files").mkdir()
    write(tmp_path / "a.txt", b"x")
    write(tmp_path / "a.csv", b"x,y")
    with pytest.raises(BadInput, match=message):
        texts(tmp_path / ("files" if name == "." else name), format)


@pytest.fixture
def small_limit(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(files, "MAX_DOCUMENT_BYTES", 200_000)
    return 200_000


@pytest.mark.parametrize(
    "start",
    [b"", b"1|t|", b'{"text": "', b'{"documents": [{"id": "', b"<collection><document><id>", b"a\tO\nb\tO\nc\tO\n"],
)
def test_a_gzip_bomb_is_stopped_at_the_limit(tmp_path: Path, small_limit: int, start: bytes) -> None:
    read = 0

    def on_read(size: int) -> None:
        nonlocal read
        read += size

    path = write(tmp_path / "bomb.gz", gzip.compress(start + b"x" * (40 * small_limit)))
    with pytest.raises(BadInput, match=r"more than 0 MiB \(unpacked\).* split it"):
        list(read_documents(path, lambda problem: None, on_read=on_read))
    assert 0 < read <= path.stat().st_size


def test_many_documents_may_exceed_the_limit_of_one(tmp_path: Path, small_limit: int) -> None:
    block = b"%d|t|" + b"word " * 2000 + b"\n%d|a|x\n\n"
    path = write(tmp_path / "a.gz", gzip.compress(b"".join(block % (n, n) for n in range(100))))

    assert len(texts(path)) == 100


class Slow(io.BytesIO):
    """A pipe, whose bytes come in small pieces."""

    def read1(self, size: int | None = -1) -> bytes:
        return self.read(3)


def test_standard_input_is_read_and_its_documents_named_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(Slow(PUBTATOR)))
    assert texts("-") == ["An allergy\nto x"]

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(Slow(gzip.compress(b"plain"))))
    (document,) = read_documents("-", pytest.fail)
    assert (document.id, document.text) == ("stdin", "plain")


@pytest.mark.parametrize("format", [name for name in WRITABLE if not FORMATS[name].is_folder])
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_files_are_written_whole_and_gzipped_by_their_name(tmp_path: Path, format: str, suffix: str) -> None:
    path = tmp_path / f"out{FORMATS[format].suffix}{suffix}"
    write_documents([DOCUMENT], path, format, pytest.fail)

    assert (path.read_bytes()[:2] == b"\x1f\x8b") == bool(suffix)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    if FORMATS[format].read is not None:
        assert [document.id for document in read_documents(path, pytest.fail)] == ["7"]


def failing() -> Iterator[Document]:
    yield DOCUMENT
    raise BadInput("broken off")


@pytest.mark.parametrize("format", WRITABLE)
def test_after_an_error_the_old_file_is_as_it_was_and_nothing_else_is_left(tmp_path: Path, format: str) -> None:
    path = tmp_path / "out"
    if not FORMATS[format].is_folder:
        path.write_text("old")
    with pytest.raises(BadInput, match="broken off"):
        write_documents(failing(), path, format, pytest.fail)

    assert [p.read_text() for p in tmp_path.iterdir()] == ([] if FORMATS[format].is_folder else ["old"])


def test_the_same_documents_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "a.gz", tmp_path / "b.gz"
    for path in (first, second):
        write_documents([DOCUMENT], path, "jsonl", pytest.fail)

    assert first.read_bytes() == second.read_bytes()


def test_a_file_replaces_an_old_one_but_a_folder_with_files_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "out.jsonl", b"old")
    write_documents([DOCUMENT], path, "jsonl", pytest.fail)
    assert texts(path) == ["An allergy"]

    folder = tmp_path / "brat"
    folder.mkdir()
    write_documents([DOCUMENT], folder, "brat", pytest.fail)
    with pytest.raises(BadInput, match="is not empty; name a new one"):
        write_documents([DOCUMENT], folder, "brat", pytest.fail)
    assert texts(folder) == ["An allergy"]


@pytest.mark.parametrize(
    ("name", "format", "message"),
    [
        ("out", "text", "Nothing can be written as text; choose one of pubtator, bioc,"),
        ("out", "docx", "There is no format 'docx'"),
        ("no/such/folder/out", "jsonl", "Nothing can be written to .* choose another place"),
        ("no/such/folder/out", "brat", "Nothing can be written to .* choose another place"),
        ("file/out", "jsonl", "Nothing can be written to"),
        ("folder", "jsonl", "is a folder; name a file"),
        ("file", "brat", "is a file, but this format is a folder"),
    ],
)
def test_places_where_nothing_can_be_written(tmp_path: Path, name: str, format: str, message: str) -> None:
    (tmp_path / "folder").mkdir()
    write(tmp_path / "file", b"x")
    with pytest.raises(BadInput, match=message):
        write_documents([DOCUMENT], tmp_path / name, format, pytest.fail)


def test_standard_output_takes_files_but_no_folder(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    write_documents([Document("7", "é\r\n")], "-", "jsonl", pytest.fail)
    print("still open")

    first, last = capfdbinary.readouterr().out.decode().splitlines()
    assert '"text": "é\\r\\n"' in first
    assert last == "still open"
    with pytest.raises(BadInput, match="cannot go to standard output"):
        write_documents([DOCUMENT], "-", "brat", pytest.fail)


def test_a_writer_without_a_report_warns(tmp_path: Path) -> None:
    overlapping = Document("7", "ab", (), (Annotation(0, 1, "a", "Gene"),))
    with pytest.warns(UserWarning, match="widened to whole words"):
        write_documents([overlapping], tmp_path / "out", "conll")


def test_problems_name_the_file_as_it_was_given(tmp_path: Path) -> None:
    problems: list[Problem] = []
    path = write(tmp_path / "a.pubtator", PUBTATOR + b"broken\n")
    list(read_documents(path, problems.append))

    assert [str(p) for p in problems] == [
        f"{path}:4 (document 7): the line 'broken' is neither `ID|t|text` nor `ID, start, end, text, type` with tabs; "
        "left out"
    ]
