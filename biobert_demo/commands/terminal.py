"""What commands have to say enters; lines on standard error, a progress bar and exit codes leave."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn, Protocol

from biobert_demo.errors import BadInput, Problem

PROGRAM = "biobert-demo"
EXIT_FAILED = 1
EXIT_DOCUMENTS_LEFT_OUT = 4
EXIT_INTERRUPTED = 130

EXIT_CODES = (
    "Exit codes: 0 done; 1 failed; 2 wrong usage or unusable input; 4 done, except for documents that had to be left "
    "out and are named on standard error."
)


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, as every command here does."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **{"allow_abbrev": False, **options})

    def error(self, message: str) -> NoReturn:
        raise BadInput(f"{message[:1].upper()}{message[1:]}; see `{self.prog} --help`.")


class Tally(Protocol):
    """What a progress bar reads while files are worked through."""

    bytes_read: int
    documents_read: int


class Progress:
    """A bar on standard error with rate and time left, and the problems above it; silent where not shown."""

    def __init__(self, inputs: Sequence[str | Path] = (), is_shown: bool | None = None) -> None:
        self.is_shown = sys.stderr.isatty() if is_shown is None else is_shown
        self._bar: Any = None
        self.total: int | None = None
        are_files = all(Path(path).is_file() for path in inputs)
        self._total_bytes = sum(Path(path).stat().st_size for path in inputs) if are_files else 0

    def __enter__(self) -> Progress:
        if self.is_shown:
            from tqdm import tqdm

            self._bar = tqdm(file=sys.stderr, unit=" documents", dynamic_ncols=True, total=self.total)
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def report(self, problem: Problem) -> None:
        """Tell a problem, above the bar where there is one."""
        self.say(str(problem))

    def say(self, message: str) -> None:
        """Tell something, above the bar where there is one."""
        if self._bar is None:
            say(message)
        else:
            self._bar.write(" ".join(message.split("\n")), file=sys.stderr)

    def update(self, tally: Tally | None = None) -> None:
        """One more document is done."""
        if self._bar is None:
            return
        # How many documents there are is estimated from the size of those read so far, exact once all are read.
        if tally is not None and self._total_bytes and tally.bytes_read:
            share_read = min(1.0, tally.bytes_read / self._total_bytes)
            self._bar.total = max(tally.documents_read, round(tally.documents_read / share_read))
        self._bar.update()


def add_progress_option(parser: argparse.ArgumentParser) -> None:
    """`--progress` and `--no-progress`."""
    parser.add_argument(
        "--progress",
        action=argparse.BooleanOptionalAction,
        help="show a progress bar (default: where standard error is a terminal)",
    )


def say(message: str) -> None:
    """One line on standard error."""
    print(" ".join(message.split("\n")), file=sys.stderr)


def fail(message: str, exit_code: int) -> int:
    """Say it, and give the exit code back."""
    say(message)
    return exit_code
