"""A project and a filter enter; one file or folder with what was imported or corrected leaves."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from biobert_demo.commands.opening import opened_store, project_to_read
from biobert_demo.commands.places import check_output, format_of, read_names
from biobert_demo.commands.reading import begun
from biobert_demo.commands.terminal import Progress, add_progress_option, say
from biobert_demo.documents import Document
from biobert_demo.formats import WRITABLE, write_documents
from biobert_demo.review import STATES
from biobert_demo.wording import count_nouns


def register(commands: Any) -> None:
    """Add `export`."""
    one = commands.add_parser(
        "export",
        help="write reviewed documents to a file",
        description="Write the documents of a project that somebody reviewed, with the spans they accepted. Where "
        "several people reviewed a document, the adjudicated review is taken, else a complete one, else the newest.",
        epilog="Exit codes: 0 done; 1 failed; 2 wrong usage, or nothing to export.",
    )
    one.add_argument("--output", required=True, metavar="OUT", help="file (gzipped if it ends in .gz), folder or -")
    one.add_argument("--format", choices=WRITABLE, help="format of OUT (default: what its suffix says)")
    one.add_argument("--project", metavar="P", help='project to write (default: "My texts")')
    one.add_argument(
        "--state",
        type=_states,
        default=("accepted",),
        metavar="S,..",
        help=f"states of the spans to write: {', '.join(STATES)} or all (default: accepted)",
    )
    one.add_argument("--author", type=read_names, default=[], metavar="A,..", help="reviews of these people alone")
    one.add_argument("--label", type=read_names, default=[], metavar="L,..", help="spans with these labels alone")
    one.add_argument("--since", type=_moment, metavar="DATE", help="reviews changed on this day or later (YYYY-MM-DD)")
    one.add_argument("--until", type=_moment, metavar="DATE", help="reviews changed on this day or before")
    one.add_argument("--complete-only", action="store_true", help="leave out reviews that are not complete")
    add_progress_option(one)
    one.set_defaults(run=export)


def export(options: argparse.Namespace) -> int:
    """`biobert-demo export`: what was imported or corrected comes out again."""
    check_output(options.output)
    output_format = options.format or format_of(options.output)
    from biobert_demo.store import ExportFilter

    wanted = ExportFilter(
        states=tuple(options.state),
        authors=tuple(options.author),
        labels=tuple(options.label),
        since=options.since,
        until=options.until,
        only_complete=options.complete_only,
    )
    written = [0, 0]
    with opened_store() as store:
        project = project_to_read(store, options.project)
        nothing = (
            f"Nothing in the project {project.name!r} is reviewed and fits these options, so that nothing was written; "
            "`biobert-demo projects list` shows what there is."
        )
        documents = begun(store.reviews.export(project.id, wanted), nothing)
        progress = Progress((), options.progress)
        with progress:
            write_documents(_counted(documents, progress, written), options.output, output_format, progress.report)
    if progress.is_shown:
        say(f"{count_nouns(written[0], 'document')} with {count_nouns(written[1], 'span')} are in {options.output}.")
    return 0


def _counted(documents: Iterable[Document], progress: Progress, written: list[int]) -> Iterator[Document]:
    for document in documents:
        written[0] += 1
        written[1] += len(document.annotations)
        progress.update()
        yield document


def _states(text: str) -> tuple[str, ...]:
    names = tuple(read_names(text))
    if names == ("all",):
        return STATES
    unknown = [name for name in names if name not in STATES]
    if unknown:
        raise argparse.ArgumentTypeError(f"there is no state {unknown[0]!r}; choose from {', '.join(STATES)}, or all")
    return names


def _moment(text: str) -> str:
    """A date as it is, a time as the store writes it (UTC)."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"a date is written as 2026-03-31, but it is {text!r}") from error
    if len(text.strip()) <= len("2026-03-31"):
        return moment.date().isoformat()
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
