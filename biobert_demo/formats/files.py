"""A path enters; its bytes and its text, unpacked and within limits, leave, and what is written appears there whole."""

from __future__ import annotations

import codecs
import gzip
import io
import os
import shutil
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, AnyStr, BinaryIO

from biobert_demo.errors import BadInput, Problem
from biobert_demo.formats.common import MAX_DOCUMENT_BYTES, Report

HEAD_BYTES = 1 << 16
"""How much of a file is looked at to tell its format: an annotation tool's own keys may stand behind a long text."""

STANDARD = "-"
"""The path that means standard input or output."""

_CHUNK = 1 << 16
_GZIP = b"\x1f\x8b"
_BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_NOT_TEXT = {b"%PDF": "a PDF", b"PK\x03\x04": "a zip archive or an Office document", b"\xd0\xcf\x11\xe0": "a Word file"}


class ByteSource:
    """The unpacked bytes of a file. No more than MAX_DOCUMENT_BYTES may be read for one document."""

    def __init__(
        self, stream: BinaryIO | gzip.GzipFile, source: str, on_read: Callable[[int], None] = lambda size: None
    ) -> None:
        self.source = source
        self._stream = stream
        self._on_read = on_read
        self._head = b""
        self._left = MAX_DOCUMENT_BYTES

    def head(self, size: int = HEAD_BYTES) -> bytes:
        """The next bytes, fewer than `size` only at the end; they are still there to be read."""
        while len(self._head) < size:
            chunk = self._read(size - len(self._head))
            if not chunk:
                break
            self._head += chunk
        return self._head[:size]

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes, or a chunk of them; raises BadInput where a document exceeds its limit."""
        wanted = _CHUNK if size < 0 else min(size, _CHUNK)
        if self._head:
            chunk, self._head = self._head[:wanted], self._head[wanted:]
        else:
            chunk = self._read(wanted)
        self._left -= len(chunk)
        if self._left < 0:
            raise BadInput(
                f"{self.source} has a document of more than {MAX_DOCUMENT_BYTES >> 20} MiB (unpacked), or no document "
                "in that much of it; split it into documents, one file each or in PubTator, BioC or JSON Lines."
            )
        return chunk

    def begin_document(self) -> None:
        """Start counting anew: a document has been read."""
        self._left = MAX_DOCUMENT_BYTES

    def _read(self, size: int) -> bytes:
        try:
            chunk = self._stream.read1(size) if hasattr(self._stream, "read1") else self._stream.read(size)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise BadInput(f"{self.source} is a damaged gzip file ({error}); get a fresh copy of it.") from error
        self._on_read(len(chunk))
        return chunk


@contextmanager
def open_bytes(path: Path | str, on_read: Callable[[int], None] = lambda size: None) -> Iterator[ByteSource]:
    """A file's bytes, unpacked where it is a gzip file (told by its first bytes); "-" is standard input.

    `on_read` is told how many bytes, packed as they are, were just read, for those who show progress. Raises BadInput
    for a file that is absent, cannot be read, or is empty.
    """
    source = "stdin" if str(path) == STANDARD else str(path)
    try:
        stream = sys.stdin.buffer if str(path) == STANDARD else Path(path).open("rb")  # noqa: SIM115
    except FileNotFoundError as error:
        raise BadInput(f"There is no file {source}; check the path.") from error
    except OSError as error:
        raise BadInput(f"The file {source} cannot be read ({error.strerror}); check its permissions.") from error
    try:
        packed = ByteSource(stream, source, on_read)
        if packed.head(2) == _GZIP:
            # The packed bytes need no limit of their own: what they unpack to has one.
            unlimited = _Unlimited(packed)
            unpacked = ByteSource(gzip.GzipFile(fileobj=io.BufferedReader(unlimited), mode="rb"), source)
        else:
            unpacked = packed
        if not unpacked.head(1):
            raise BadInput(f"{source} is empty; give a file with text in it.")
        yield unpacked
    finally:
        if stream is not sys.stdin.buffer:
            stream.close()


class _Unlimited(io.RawIOBase):
    """The bytes of a source as the kind of stream that gzip reads from."""

    def __init__(self, source: ByteSource) -> None:
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self._source.begin_document()
        chunk = self._source.read(len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)


class DecodedText(io.TextIOBase):
    """The text of a source, every character kept: only LF ends a line, and a byte order mark is removed.

    UTF-8, or UTF-16 where a byte order mark says so. Who reads by lines gets an empty one in place of a line that is
    not UTF-8, which is reported: one bad document must not cost those behind it. Raises BadInput, while reading, with
    the place of the first byte that is wrong in any other way, and for NUL characters, which are in no text.
    """

    def __init__(self, source: ByteSource, report: Report) -> None:
        self._source = source
        self._report = report
        head = source.head()
        kind = next((name for start, name in _NOT_TEXT.items() if head.startswith(start)), None)
        if kind is not None:
            raise BadInput(f"{source.source} is {kind}, not a text file; save its text as UTF-8.")
        marks = ((mark, name) for mark, name in _BYTE_ORDER_MARKS if head.startswith(mark))
        mark, self._encoding = next(marks, (b"", "utf-8"))
        self._place = len(source.read(len(mark))) if mark else 0
        self._decoder = codecs.getincrementaldecoder(self._encoding)("strict")
        self._lines = (
            self._utf8_lines() if self._encoding == "utf-8" else _split_lines(iter(self._next_piece, ""), "\n")
        )

    def head(self) -> str:
        """The beginning of the text, which is still to be read; only before anything is read."""
        return self._source.head().decode(self._encoding, "ignore")

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> str:
        """All that is left, or else some characters, as many as come in one piece; empty only at the end."""
        if size is None or size < 0:
            return "".join(iter(self._next_piece, ""))
        return self._next_piece()

    def __next__(self) -> str:  # type: ignore[override]
        return next(self._lines)

    def _utf8_lines(self) -> Iterator[str]:
        for number, line in enumerate(_split_lines(iter(self._source.read, b""), b"\n"), 1):
            yield self._decode_line(line, number)

    def _decode_line(self, line: bytes, number: int) -> str:
        if b"\0" in line:
            raise BadInput(self._binary(self._place + line.index(b"\0")))
        start = self._place
        self._place += len(line)
        try:
            return line.decode("utf-8")
        except UnicodeDecodeError as error:
            message = f"the line is left out: {self._wrong_byte(error, start + error.start)}"
            self._report(Problem(self._source.source, message, number, text_lost=True))
            return "\n"

    def _next_piece(self) -> str:
        while True:
            chunk = self._source.read()
            pending = len(self._decoder.getstate()[0])
            try:
                piece = self._decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                if self._encoding == "utf-8" and b"\0" in chunk:
                    raise BadInput(self._binary(self._place + chunk.index(b"\0"))) from error
                place = self._place - pending + error.start
                raise BadInput(f"{self._source.source}: {self._wrong_byte(error, place)}") from error
            if "\0" in piece:
                raise BadInput(self._binary(self._place))
            self._place += len(chunk)
            if piece or not chunk:
                return piece

    def _binary(self, place: int) -> str:
        return (
            f"{self._source.source} is a binary file (it has NUL characters, one at about byte {place}); "
            "give a text file in UTF-8."
        )

    def _wrong_byte(self, error: UnicodeDecodeError, place: int) -> str:
        name = "UTF-8" if self._encoding == "utf-8" else "UTF-16"
        return (
            f"byte {error.object[error.start]:#04x} at position {place} of the file is not {name} ({error.reason}); "
            "convert the file, for example `iconv -f WINDOWS-1252 -t UTF-8 IN > OUT`."
        )


def _split_lines(pieces: Iterator[AnyStr], end: AnyStr) -> Iterator[AnyStr]:
    """The lines of a text or of bytes that come in pieces, with their ends."""
    unfinished: list[AnyStr] = []
    for piece in pieces:
        parts = piece.split(end)
        unfinished.append(parts[0])
        for part in parts[1:]:
            unfinished.append(end)
            yield end[:0].join(unfinished)
            unfinished = [part]
    if any(unfinished):
        yield end[:0].join(unfinished)


@contextmanager
def open_new_file(path: Path | str, is_binary: bool = False) -> Iterator[Any]:
    """A text or binary stream whose content appears under `path` when all of it is written, and not after an error.

    Gzipped where the name ends in .gz; "-" is standard output. Raises BadInput where nothing can be written there.
    """
    if str(path) == STANDARD:
        with _standard_output(is_binary) as stream:
            yield stream
        return
    path = Path(path)
    if path.is_dir():
        raise BadInput(f"{path} is a folder; name a file to write.")
    part = _make_part(path)
    try:
        with part.open("wb") as binary:
            packed = gzip.GzipFile("", "wb", 6, binary, mtime=0) if path.suffix == ".gz" else binary
            with packed if is_binary else io.TextIOWrapper(packed, encoding="utf-8", newline="") as stream:
                yield stream
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _standard_output(is_binary: bool) -> Iterator[Any]:
    if is_binary:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    text = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="", write_through=True)
    try:
        yield text
    finally:
        text.flush()
        text.detach()


@contextmanager
def open_new_folder(path: Path | str) -> Iterator[Path]:
    """An empty folder that takes the place of `path` when it is filled, and disappears after an error.

    Raises BadInput where `path` is a file or a folder with something in it: what people annotated is not overwritten.
    """
    path = Path(path)
    if path.is_dir() and any(path.iterdir()):
        raise BadInput(f"The folder {path} is not empty; name a new one, or empty it first.")
    if path.exists() and not path.is_dir():
        raise BadInput(f"{path} is a file, but this format is a folder of files; name a folder.")
    part = _make_part(path, folder=True)
    try:
        yield part
        if path.is_dir():
            path.rmdir()
        part.rename(path)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _make_part(path: Path, folder: bool = False) -> Path:
    """A file or folder beside `path`, so that it can be renamed to it in one step, with the usual permissions."""
    try:
        if folder:
            part = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent))
        else:
            handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
            os.close(handle)
            part = Path(name)
    except OSError as error:
        raise BadInput(f"Nothing can be written to {path} ({error.strerror}); choose another place.") from error
    mask = os.umask(0)
    os.umask(mask)
    part.chmod((0o777 if folder else 0o666) & ~mask)
    return part
