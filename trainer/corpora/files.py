"""Paths inside a corpus folder enter; the exact text of plain, gzipped or archived files leaves."""

from __future__ import annotations

import gzip
import tarfile
import zlib
from pathlib import Path, PurePosixPath

from biobert_demo.errors import BadInput


def find_file(folder: Path, *names: str) -> Path:
    """The first of `names` that exists in the folder, as it is or with `.gz` added.

    Raises BadInput when none does.
    """
    for name in names:
        for candidate in (folder / name, folder / f"{name}.gz"):
            if candidate.is_file():
                return candidate
    wanted = " or ".join(names)
    raise BadInput(f"The corpus folder {folder.name} has no file {wanted} (plain or .gz); put it there.")


def read_text(path: Path) -> str:
    """The whole file as text, every character kept: line ends are not translated, a byte order mark is removed."""
    try:
        data = path.read_bytes()
        if path.suffix == ".gz":
            data = gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise BadInput(f"The file {path.name} cannot be read ({error}); get a fresh copy of it.") from error
    return decode(data, path.name)


def read_lines(path: Path) -> list[str]:
    """The lines of a file without their ends; only LF and CRLF end a line, never U+2028 or a form feed."""
    return split_lines(read_text(path))


def split_lines(text: str) -> list[str]:
    """The lines of a text without their ends; a last line that ends in LF is not followed by an empty one."""
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    if lines[-1] == "":
        lines.pop()
    return lines


def read_folder(folder: Path, *names: str) -> dict[str, str]:
    """File name -> text of the small files in a subfolder or in an archive NAME.tar.gz; the first name that exists.

    Archives are read member by member and never unpacked, so their paths cannot reach outside. Raises BadInput when
    no name exists.
    """
    for name in names:
        subfolder = folder / name
        if subfolder.is_dir():
            files = [path for path in sorted(subfolder.iterdir()) if path.is_file() and not _is_metadata(path.name)]
            return {path.name: read_text(path) for path in files}
        for suffix in (".tar.gz", ".tgz", ".tar"):
            archive = folder / f"{name}{suffix}"
            if archive.is_file():
                return _read_archive(archive)
    wanted = " or ".join(names)
    raise BadInput(f"The corpus folder {folder.name} has neither a folder {wanted} nor an archive of that name.")


def decode(data: bytes, name: str) -> str:
    """UTF-8 text of a file; raises BadInput with the place of the first byte that is not UTF-8."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        byte = f"{data[error.start]:#04x} at position {error.start}"
        raise BadInput(f"The file {name} is not UTF-8: byte {byte}; convert it to UTF-8.") from error


def _is_metadata(name: str) -> bool:
    """macOS adds `._NAME` beside each file and `.DS_Store` to each folder; neither is corpus text."""
    return name.startswith("._") or name == ".DS_Store"


def _read_archive(archive: Path) -> dict[str, str]:
    texts: dict[str, str] = {}
    try:
        with tarfile.open(archive) as members:
            for member in members:
                name = PurePosixPath(member.name).name
                stream = members.extractfile(member) if member.isfile() and not _is_metadata(name) else None
                if stream is not None:
                    texts[name] = decode(stream.read(), f"{archive.name}:{name}")
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        raise BadInput(f"The archive {archive.name} cannot be read ({error}); get a fresh copy of it.") from error
    return texts
