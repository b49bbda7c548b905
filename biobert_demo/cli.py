"""A command line enters; an exit code, and what the command was asked for, leave.

Exit codes: 0 done, 1 failed, 2 wrong usage or unusable input, 4 done except for documents that had to be left out.
Nothing heavy is imported before it is needed: `--help` and mistakes answer at once.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from biobert_demo import __version__
from biobert_demo.errors import BadInput, BiobertDemoError, Problem

if TYPE_CHECKING:
    from biobert_demo.bulk_annotation import Tally

PROGRAM = "biobert-demo"
EXIT_FAILED = 1
EXIT_DOCUMENTS_LEFT_OUT = 4
EXIT_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; failures become an exit code and one line on standard error."""
    try:
        options = _parser().parse_args(sys.argv[1:] if arguments is None else arguments)
        return options.run(options)
    except BiobertDemoError as error:
        return _fail(str(error), error.exit_code)
    except BrokenPipeError:
        # Whoever read our output has gone; what is left in the buffer must not raise once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _fail("Standard output was closed before everything was written.", EXIT_FAILED)
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        return _fail(f"The system refused: {error.strerror or error}{where}; check space and permissions.", EXIT_FAILED)
    except KeyboardInterrupt:
        return _fail("Interrupted; no output was written.", EXIT_INTERRUPTED)


def annotate(options: argparse.Namespace) -> int:
    """`biobert-demo annotate`: find the mentions in files."""
    _check_inputs(options.inputs, options.output)
    output_format = options.format or _format_of(options.output)
    from biobert_demo.bulk_annotation import annotate_files
    from biobert_demo.combination import load_recognizer

    recognizer = load_recognizer(options.model)
    is_shown = sys.stderr.isatty() if options.progress is None else options.progress
    progress = _Progress(options.inputs, is_shown)
    with progress:
        tally = annotate_files(
            options.inputs,
            options.output,
            output_format,
            recognizer,
            progress.report,
            options.from_format,
            options.min_score,
            on_document=progress.update,
        )
    if tally.not_english:
        _say(
            f"{tally.not_english} of {tally.documents} documents (the first is {tally.first_not_english}) do not read "
            "like English, the only language the model has learned; expect little there."
        )
    if is_shown:
        _say(f"{tally.documents} documents with {tally.mentions} mentions are in {options.output}.")
    if tally.is_text_lost:
        return _fail(
            f"Some documents were left out, as told above; the other {tally.documents} are in {options.output}.",
            EXIT_DOCUMENTS_LEFT_OUT,
        )
    return 0


def serve(options: argparse.Namespace) -> int:
    """`biobert-demo serve`: show the page; the same as `python app.py`."""
    from biobert_demo.app import main as serve_page

    arguments = [f"--{name}={value}" for name in ("host", "port") if (value := getattr(options, name)) is not None]
    return serve_page(arguments, program=f"{PROGRAM} serve")


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, as every command here does."""

    def error(self, message: str) -> NoReturn:
        raise BadInput(f"{message[:1].upper()}{message[1:]}; see `{self.prog} --help`.")


def _parser() -> argparse.ArgumentParser:
    from biobert_demo.formats import FORMATS, WRITABLE

    readable = [name for name, one in FORMATS.items() if one.read is not None]
    parser = _Parser(
        prog=PROGRAM, description="Find diseases, drugs, genes and species in biomedical text.", allow_abbrev=False
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", title="commands", parser_class=_Parser)

    one = commands.add_parser(
        "annotate",
        help="find the mentions in files",
        description="Find the mentions in files and write all documents to one output. Ids are kept; annotations that "
        "the inputs hold are ignored.",
        epilog="Exit codes: 0 done; 1 failed; 2 wrong usage or unusable input; 4 done, except for documents that had "
        "to be left out and are named on standard error.",
        allow_abbrev=False,
    )
    one.add_argument(
        "inputs",
        nargs="+",
        metavar="IN",
        help="plain text (a file is a document), PubTator, BioC, JSON Lines, CoNLL, any of them gzipped, a brat "
        "folder, or - for standard input",
    )
    one.add_argument("--output", required=True, metavar="OUT", help="file (gzipped if it ends in .gz), folder or -")
    one.add_argument("--format", choices=WRITABLE, help="format of OUT (default: what its suffix says)")
    one.add_argument(
        "--model", metavar="MODEL", help="model folder, hub name, or TOML file of several (default: the shipped one)"
    )
    one.add_argument("--from-format", choices=readable, help="format of IN (default: told by its content)")
    one.add_argument(
        "--min-score", type=_score, default=0.0, metavar="S", help="leave out mentions with a lower score, 0 to 1"
    )
    one.add_argument(
        "--progress",
        action=argparse.BooleanOptionalAction,
        help="show a progress bar (default: where standard error is a terminal)",
    )
    one.set_defaults(run=annotate)

    one = commands.add_parser("serve", help="show the page in a browser", allow_abbrev=False)
    one.add_argument("--host", help="address to listen on (default: 127.0.0.1)")
    one.add_argument("--port", help="port, 0 for any free one (default: 7860)")
    one.set_defaults(run=serve)
    return parser


def _score(text: str) -> float:
    try:
        score = float(text)
    except ValueError:
        score = -1.0
    if not 0 <= score <= 1:
        raise argparse.ArgumentTypeError(f"a score is a number from 0 to 1, but it is {text!r}")
    return score


def _check_inputs(inputs: Sequence[str], output: str) -> None:
    """Tell at once what would otherwise come out after minutes of work."""
    files = [path for path in inputs if path != "-"]
    for path in files:
        if not Path(path).exists():
            raise BadInput(f"There is no file {path}; check the path.")
    if inputs.count("-") > 1:
        raise BadInput("Standard input (-) is given twice; give it once.")
    if output == "-":
        return
    folder = Path(output).absolute().parent
    if not folder.is_dir():
        raise BadInput(f"There is no folder {folder} to write {Path(output).name} into; create it first.")
    for path in files:
        if Path(output).exists() and Path(path).samefile(output):
            raise BadInput(f"{output} is both input and output; choose another output.")


def _format_of(output: str) -> str:
    from biobert_demo.formats import FORMATS, WRITABLE

    suffix = Path(output.removesuffix(".gz")).suffix.lower()
    for name in WRITABLE:
        if suffix and FORMATS[name].suffix == suffix:
            return name
    raise BadInput(f"The name {output} does not tell its format; add --format with one of {', '.join(WRITABLE)}.")


class _Progress:
    """A bar on standard error with rate and time left, and the problems above it; silent where not shown."""

    def __init__(self, inputs: Sequence[str], is_shown: bool) -> None:
        self._is_shown = is_shown
        self._bar: Any = None
        are_files = all(Path(path).is_file() for path in inputs)
        self._total_bytes = sum(Path(path).stat().st_size for path in inputs) if are_files else 0

    def __enter__(self) -> _Progress:
        if self._is_shown:
            from tqdm import tqdm

            self._bar = tqdm(file=sys.stderr, unit=" documents", dynamic_ncols=True)
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def report(self, problem: Problem) -> None:
        if self._bar is None:
            _say(str(problem))
        else:
            self._bar.write(str(problem), file=sys.stderr)

    def update(self, tally: Tally) -> None:
        if self._bar is None:
            return
        # How many documents there are is estimated from the size of those read so far, exact once all are read.
        if self._total_bytes and tally.bytes_read:
            share_read = min(1.0, tally.bytes_read / self._total_bytes)
            self._bar.total = max(tally.documents_read, round(tally.documents_read / share_read))
        self._bar.update()


def _say(message: str) -> None:
    print(" ".join(message.split("\n")), file=sys.stderr)


def _fail(message: str, exit_code: int) -> int:
    _say(message)
    return exit_code


if __name__ == "__main__":
    sys.exit(main())
