"""Files and archives enter; checks that their text arrives exactly leave."""

from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import Path

import pytest

from biobert_demo.errors import BadInput
from trainer.corpora.files import find_file, read_folder, read_lines, read_text, split_lines

HOSTILE = "α\u2028β\x0b\x85 e\u0301\u00a0😀\r\nsecond\n"


@pytest.mark.parametrize("name", ["a.txt", "a.txt.gz"])
def test_text_is_kept_to_the_character(tmp_path: Path, name: str) -> None:
    data = HOSTILE.encode()
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    assert read_text(find_file(tmp_path, "a.txt")) == HOSTILE


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", []),
        ("a", ["a"]),
        ("a\n", ["a"]),
        ("a\r\nb\n\n", ["a", "b", ""]),
        ("a\u2028b\x0bc\x1cd\x85e\n", ["a\u2028b\x0bc\x1cd\x85e"]),
        ("a\rb\n", ["a\rb"]),
    ],
)
def test_only_lf_and_crlf_end_a_line(text: str, lines: list[str]) -> None:
    assert split_lines(text) == lines


def test_a_byte_order_mark_is_not_part_of_the_first_line(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbf123\n")
    assert read_lines(tmp_path / "a.txt") == ["123"]


def test_a_folder_and_an_archive_give_the_same_texts(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "1.txt").write_text(HOSTILE, encoding="utf-8", newline="")
    (tmp_path / "packed").mkdir()
    with tarfile.open(tmp_path / "packed" / "notes.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "notes", "notes")
    assert read_folder(tmp_path, "notes") == read_folder(tmp_path / "packed", "notes") == {"1.txt": HOSTILE}


def test_an_archive_with_hostile_paths_is_read_without_writing_a_file(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    with tarfile.open(folder / "notes.tar.gz", "w:gz") as archive:
        for name in ("../../evil.txt", "/tmp/evil2.txt", "._1.txt"):
            member = tarfile.TarInfo(name)
            member.size = 1
            archive.addfile(member, io.BytesIO(b"x"))
        link = tarfile.TarInfo("link.txt")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/hostname"
        archive.addfile(link)
    assert read_folder(folder, "notes") == {"evil.txt": "x", "evil2.txt": "x"}
    assert [path.name for path in tmp_path.rglob("*")] == ["in", "notes.tar.gz"]


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.txt", b"caf\xe9", "not UTF-8: byte 0xe9 at position 3"),
        ("a.txt.gz", b"no gzip", "cannot be read"),
        ("a.txt.gz", gzip.compress(b"x" * 999)[:20], "cannot be read"),
    ],
)
def test_a_damaged_file_is_named_in_one_sentence(tmp_path: Path, name: str, data: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(BadInput, match=said):
        read_text(tmp_path / name)


def test_a_damaged_archive_is_named_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "notes.tar.gz").write_bytes(b"no archive")
    with pytest.raises(BadInput, match=r"notes\.tar\.gz cannot be read"):
        read_folder(tmp_path, "notes")


def test_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no file a\.txt or b\.txt"):
        find_file(tmp_path, "a.txt", "b.txt")
    with pytest.raises(BadInput, match="neither a folder notes nor an archive"):
        read_folder(tmp_path, "notes")
