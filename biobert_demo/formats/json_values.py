"""JSON text enters; its values leave, one at a time where it holds many, so that a huge file needs little memory."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, TextIO

from biobert_demo.errors import BadInput
from biobert_demo.formats.common import excerpt, strip_line_end

_CHUNK = 1 << 16
_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"[ \t\n\r\ufeff]*")
_SURROGATE = re.compile("[\ud800-\udfff]")
_NEAR_END = 16
"""Characters; an error this close to the end of what was read may only mean that more has to be read."""


def parse_json(text: str, complain: Callable[[str], None]) -> Any:
    """One value; raises ValueError, with a readable message, for text that is not JSON or nested without end."""
    try:
        return replace_surrogates(json.loads(text), complain) if "\\u" in text else json.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def replace_surrogates(value: Any, complain: Callable[[str], None]) -> Any:
    """JSON can spell half a surrogate pair, which no text file can hold: it becomes U+FFFD, one code point for one."""
    if isinstance(value, str):
        fixed, count = _SURROGATE.subn("\ufffd", value)
        if count:
            complain(f"{count} unpaired surrogates in {excerpt(fixed)} were replaced by U+FFFD")
        return fixed
    if isinstance(value, list):
        return [replace_surrogates(item, complain) for item in value]
    if isinstance(value, dict):
        return {replace_surrogates(k, complain): replace_surrogates(v, complain) for k, v in value.items()}
    return value


def iterate_lines(lines: Iterable[str], complain: Callable[..., None]) -> Iterator[tuple[int, Any]]:
    """(line, value) of each line of JSON Lines; `complain(message, line=...)` is told of lines that are no JSON."""
    for number, raw in enumerate(lines, 1):
        line = strip_line_end(raw).removeprefix("\ufeff")
        if not line.strip():
            continue
        try:
            value = parse_json(line, partial(complain, line=number))
        except ValueError as error:
            complain(f"the line {excerpt(line)} is no JSON ({error}); left out", line=number, text_lost=True)
            continue
        yield number, value


def iterate_documents(
    stream: TextIO, source: str, list_keys: frozenset[str] = frozenset()
) -> Iterator[tuple[int, Any]]:
    """(line, value) of each document of a JSON file: the items of an array, or of the array under one of `list_keys`.

    An object without such a key is itself a document, and several values may follow one another, as in JSON Lines.
    Nothing but the document at hand is held. Raises BadInput with line and column where the text is not JSON.
    """
    scanner = _Scanner(stream, source)
    while scanner.peek():
        if scanner.peek() == "[":
            yield from _items(scanner, list_keys)
        elif scanner.peek() == "{":
            yield from _members(scanner, list_keys)
        else:
            yield scanner.line(), scanner.value()


def _items(scanner: _Scanner, list_keys: frozenset[str]) -> Iterator[tuple[int, Any]]:
    scanner.take("[")
    while scanner.peek() != "]":
        if scanner.peek() == "{":
            yield from _members(scanner, list_keys)
        else:
            yield scanner.line(), scanner.value()
        if scanner.peek() != "]":
            scanner.take(",")
    scanner.take("]")


def _members(scanner: _Scanner, list_keys: frozenset[str]) -> Iterator[tuple[int, Any]]:
    line = scanner.line()
    scanner.take("{")
    members: dict[str, Any] = {}
    is_collection = False
    while scanner.peek() != "}":
        key = scanner.value()
        scanner.take(":")
        if key in list_keys and scanner.peek() == "[":
            is_collection = True
            yield from _items(scanner, frozenset())
        else:
            members[key] = scanner.value()
        if scanner.peek() != "}":
            scanner.take(",")
    scanner.take("}")
    if not is_collection:
        yield line, members


class _Scanner:
    """The part of the stream that is being read; what was read is let go."""

    def __init__(self, stream: TextIO, source: str) -> None:
        self._stream = stream
        self._source = source
        self._buffer = ""
        self._place = 0
        self._line = 1
        self._column = 1
        self._counted = (0, 1)

    def line(self) -> int:
        """The line of the next character."""
        start, line = self._counted
        self._counted = self._place, line + self._buffer.count("\n", start, self._place)
        return self._counted[1]

    def peek(self) -> str:
        """The next character that is not white space; empty at the end."""
        while True:
            space = _SPACE.match(self._buffer, self._place)
            self._place = self._place if space is None else space.end()
            if self._place < len(self._buffer) or not self._more(_CHUNK):
                return self._buffer[self._place : self._place + 1]

    def take(self, character: str) -> None:
        """Go past a character that must stand here."""
        if self.peek() != character:
            self._fail(f"{character!r} is missing", self._place)
        self._place += 1

    def value(self) -> Any:
        """The next value, read in pieces that double until it is whole."""
        self.peek()
        size = _CHUNK
        while True:
            try:
                value, end = _DECODER.raw_decode(self._buffer, self._place)
            except json.JSONDecodeError as error:
                cut_off = error.msg.startswith("Unterminated") or error.pos >= len(self._buffer) - _NEAR_END
                distance = error.pos - self._place
                if not (cut_off and self._more(size)):
                    self._fail(error.msg, self._place + distance)
            except ValueError as error:
                self._fail(str(error), self._place)
            except RecursionError:
                self._fail("it is nested too deeply", self._place)
            else:
                if end < len(self._buffer) or not self._more(size):
                    self._place = end
                    return value
            size *= 2

    def _more(self, size: int) -> bool:
        done = self._buffer[: self._place]
        lines = done.count("\n")
        self._line += lines
        self._column = len(done) - done.rfind("\n") if lines else self._column + len(done)
        pieces = [self._buffer[self._place :]]
        while size > 0 and (piece := self._stream.read(size)):
            pieces.append(piece)
            size -= len(piece)
        self._buffer = "".join(pieces)
        self._place = 0
        self._counted = 0, self._line
        return len(pieces) > 1

    def _fail(self, message: str, place: int) -> None:
        before = self._buffer[:place]
        lines = before.count("\n")
        column = len(before) - before.rfind("\n") if lines else self._column + len(before)
        raise BadInput(
            f"{self._source} is not JSON from line {self._line + lines}, column {column} on ({message}); "
            "nothing after that place can be read, so correct it there."
        )
