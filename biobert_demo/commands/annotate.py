"""Files on the command line enter; one output with the mentions in them leaves."""

from __future__ import annotations

import argparse
from typing import Any

from biobert_demo.commands.places import check_inputs, check_output, format_of, readable_formats
from biobert_demo.commands.terminal import (
    EXIT_CODES,
    EXIT_DOCUMENTS_LEFT_OUT,
    Progress,
    add_progress_option,
    fail,
    say,
)
from biobert_demo.formats import WRITABLE


def register(commands: Any) -> None:
    """Add `annotate`."""
    one = commands.add_parser(
        "annotate",
        help="find the mentions in files",
        description="Find the mentions in files and write all documents to one output. Ids are kept; annotations that "
        "the inputs hold are ignored.",
        epilog=EXIT_CODES,
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
        "--model",
        metavar="MODEL",
        help="model folder, hub name, or TOML file of several (default: the promoted one, or the one that ships)",
    )
    one.add_argument("--from-format", choices=readable_formats(), help="format of IN (default: told by its content)")
    one.add_argument(
        "--min-score", type=_score, default=0.0, metavar="S", help="leave out mentions with a lower score, 0 to 1"
    )
    add_progress_option(one)
    one.set_defaults(run=annotate)


def annotate(options: argparse.Namespace) -> int:
    """`biobert-demo annotate`: find the mentions in files."""
    check_inputs(options.inputs)
    check_output(options.output, options.inputs)
    output_format = options.format or format_of(options.output)
    from biobert_demo.bulk_annotation import annotate_files
    from biobert_demo.combination import load_recognizer
    from biobert_demo.models import served_here

    recognizer = load_recognizer(options.model or served_here(say=say))
    progress = Progress(options.inputs, options.progress)
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
        say(
            f"{tally.not_english} of {tally.documents} documents (the first is {tally.first_not_english}) do not read "
            "like English, the only language the model has learned; expect little there."
        )
    if progress.is_shown:
        say(f"{tally.documents} documents with {tally.mentions} mentions are in {options.output}.")
    if tally.is_text_lost:
        return fail(
            f"Some documents were left out, as told above; the other {tally.documents} are in {options.output}.",
            EXIT_DOCUMENTS_LEFT_OUT,
        )
    return 0


def _score(text: str) -> float:
    try:
        score = float(text)
    except ValueError:
        score = -1.0
    if not 0 <= score <= 1:
        raise argparse.ArgumentTypeError(f"a score is a number from 0 to 1, but it is {text!r}")
    return score
