"""Annotated or plain files, or PubMed ids, enter; documents of a project, reviewed where somebody vouches, leave."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from biobert_demo.commands.opening import opened_store, project_to_fill
from biobert_demo.commands.places import STANDARD, check_inputs, read_names, readable_formats
from biobert_demo.commands.reading import Reading, begun, files_of
from biobert_demo.commands.terminal import (
    EXIT_CODES,
    EXIT_DOCUMENTS_LEFT_OUT,
    Progress,
    add_progress_option,
    fail,
    say,
)
from biobert_demo.errors import BadInput
from biobert_demo.wording import count_nouns

NOTHING = "There is nothing to take in: no document could be read, as told above."


def register(commands: Any) -> None:
    """Add `import` and `pubmed`."""
    one = commands.add_parser(
        "import",
        help="take documents and gold annotations in",
        description="Take documents into a project. With --reviewed-by their annotations become that person's completed "
        "reviews; without it the texts alone are added, to be reviewed.",
        epilog=EXIT_CODES,
    )
    one.add_argument(
        "inputs", nargs="+", metavar="FILE|FOLDER", help="any readable format, gzipped or not, a folder of these, or -"
    )
    one.add_argument("--reviewed-by", metavar="NAME", help="who vouches for the annotations")
    one.add_argument(
        "--labels",
        type=read_names,
        metavar="L,..",
        help="what the files annotate wherever it occurs; nothing is claimed about other labels (default: those that "
        "occur in the files)",
    )
    one.add_argument(
        "--project", metavar="P", help='project to fill, created where there is none (default: "My texts")'
    )
    one.add_argument(
        "--from-format", choices=readable_formats(), help="format of the files (default: told by their content)"
    )
    add_progress_option(one)
    one.set_defaults(run=import_files)

    one = commands.add_parser(
        "pubmed",
        help="fetch titles and abstracts from PubMed",
        description="Fetch titles and abstracts by PubMed id into a project. NCBI_API_KEY, where it is set, is sent "
        "along and allows a faster pace.",
        epilog=EXIT_CODES,
    )
    one.add_argument(
        "pmids", nargs="+", metavar="PMID", help="PubMed ids, or a file with them, or - for standard input"
    )
    one.add_argument(
        "--project", metavar="P", help='project to fill, created where there is none (default: "My texts")'
    )
    add_progress_option(one)
    one.set_defaults(run=import_pubmed)


def import_files(options: argparse.Namespace) -> int:
    """`biobert-demo import`: documents, and what somebody says is true about them, enter the store."""
    check_inputs(options.inputs)
    if options.labels and not options.reviewed_by:
        raise BadInput("--labels says what reviewed files cover; add --reviewed-by NAME, or leave it out.")
    if options.reviewed_by is not None and not options.reviewed_by.strip():
        raise BadInput("--reviewed-by needs a name, but it is empty.")
    files = [path for given in options.inputs for path in files_of(given, options.from_format)]
    progress = Progress(files, options.progress)
    reading = Reading(progress)
    with opened_store(with_backups=True) as store:
        documents = reading.read(files, options.from_format)
        with progress:
            # Nothing is written, not even an empty project, before the first document has been read.
            documents = begun(documents, NOTHING)
            project = project_to_fill(store, options.project)
            if options.reviewed_by:
                tally = store.reviews.import_gold(
                    project.id, documents, options.reviewed_by.strip(), options.labels, reading.report
                )
                reading.is_text_lost |= tally.left_out > 0
                told = (
                    f"{count_nouns(tally.completed, 'review')} by {options.reviewed_by.strip()} with "
                    f"{count_nouns(tally.spans, 'span')} are complete in {project.name!r}; "
                    f"{count_nouns(tally.added, 'document')} new."
                )
            else:
                added = store.documents.add(project.id, reading.without_annotations(documents), reading.report)
                told = (
                    f"{count_nouns(len(added.added_ids), 'document')} added to {project.name!r}, "
                    f"{len(added.known_ids)} known before."
                )
    if reading.ignored:
        say(
            f"The files hold {count_nouns(reading.ignored, 'annotation')}, which were not taken in; --reviewed-by NAME "
            "imports them as NAME's reviews."
        )
    return _end(reading, told, progress.is_shown)


def import_pubmed(options: argparse.Namespace) -> int:
    """`biobert-demo pubmed`: titles and abstracts by PubMed id."""
    from biobert_demo.pubmed import BASE_URL, fetch_pubmed, parse_pmids
    from biobert_demo.settings import Settings

    settings = Settings.from_environment()
    progress = Progress((), options.progress)
    reading = Reading(progress)
    pmids = parse_pmids(_id_text(options.pmids), reading.report)
    if not pmids:
        raise BadInput("There is no PubMed id among what was given; an id is a number such as 15858239.")
    progress.total = len(pmids)
    documents = fetch_pubmed(
        pmids, reading.report, settings.ncbi_api_key, settings.ncbi_email, settings.pubmed_url or BASE_URL
    )
    with opened_store() as store, progress:
        documents = begun(reading.counted(documents), NOTHING)
        project = project_to_fill(store, options.project)
        added = store.documents.add(project.id, documents, reading.report)
    told = f"{count_nouns(len(added.added_ids), 'document')} added to {project.name!r}, {len(added.known_ids)} known before."
    return _end(reading, told, progress.is_shown)


def _id_text(given: list[str]) -> str:
    parts = []
    for one in given:
        if one == STANDARD:
            parts.append(sys.stdin.read())
        elif not one.strip(", ").isdigit() and Path(one).is_file():
            parts.append(Path(one).read_text(encoding="utf-8", errors="replace"))
        else:
            parts.append(one)
    return "\n".join(parts)


def _end(reading: Reading, told: str, is_shown: bool) -> int:
    if reading.is_text_lost:
        return fail(f"Some documents were left out, as told above. {told}", EXIT_DOCUMENTS_LEFT_OUT)
    if is_shown:
        say(told)
    return 0
