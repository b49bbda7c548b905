"""Texts from the page - read ones, pasted ones, files, PubMed ids - enter; documents of a project leave."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from biobert_demo.documents import Document
from biobert_demo.errors import BadInput, Problem
from biobert_demo.settings import Settings
from biobert_demo.store import AddTally, Project, Store
from biobert_demo.ui.reading import Report, documents_from_files, documents_from_text, is_file_content
from biobert_demo.wording import count_nouns


@dataclass(frozen=True, slots=True)
class Source:
    """What a person wants to add: pasted text, paths of dropped files, PubMed ids; any may be empty.

    `is_reviewed` says that annotations in it are the person's own completed reviews.
    """

    text: str = ""
    paths: tuple[str, ...] = ()
    pmids: str = ""
    is_reviewed: bool = False


@dataclass(frozen=True, slots=True)
class Added:
    """What came of it: a sentence, and the document to open first, None where there is none."""

    sentence: str
    first: int | None


def add_read_documents(
    store: Store, project: Project, documents: Sequence[Document], are_named: bool, report: Report
) -> AddTally:
    """Texts that the page has on display. The model reads them once more when they are opened: a reviewer is shown
    what else it thought of, a reader is not."""
    named = (document if are_named else name_by_content(document) for document in documents)
    return store.documents.add(project.id, (replace(one, annotations=()) for one in named), report)


def add_source(
    store: Store, project: Project, source: Source, author: str, settings: Settings | None, report: Report
) -> Added:
    """All that a person named; what cannot be used is reported. Raises BadInput where there is nothing at all."""
    documents = _documents_of(source, settings, report)
    first = next(documents, None)
    if first is None:
        raise BadInput("There is nothing to add: paste a text, drop a file or give PubMed ids.")
    before = set(store.documents.ids(project.id))
    every = itertools.chain([first], documents)
    if source.is_reviewed:
        tally = store.reviews.import_gold(project.id, every, author, None, report)
        sentence = (
            f"{count_nouns(tally.completed, 'review')} by {author} with {count_nouns(tally.spans, 'span')} imported; "
            f"{count_nouns(tally.added, 'document')} new."
        )
        return Added(sentence, None)
    added = store.documents.add(project.id, every, report)
    known = f" {count_nouns(len(added.known_ids), 'document')} known before." if added.known_ids else ""
    new = [id for id in added.added_ids if id not in before]
    sentence = f"{count_nouns(len(new), 'document')} added to {project.name}.{known}"
    return Added(sentence, next(iter(new or added.known_ids), None))


def name_by_content(document: Document) -> Document:
    """The document under a name that the same text always has: a pasted text brings none of its own."""
    digest = hashlib.sha256(document.text.encode(errors="replace")).hexdigest()
    return replace(document, id=f"text-{digest[:8]}")


def _documents_of(source: Source, settings: Settings | None, report: Report) -> Iterator[Document]:
    if source.text.strip():
        are_named = is_file_content(source.text)
        for document in documents_from_text(source.text, report):
            yield from _kept(document if are_named else name_by_content(document), report)
    for document in documents_from_files(source.paths, report):
        yield from _kept(document, report)
    if source.pmids.strip():
        from biobert_demo.pubmed import BASE_URL, fetch_pubmed, parse_pmids

        wanted = parse_pmids(source.pmids, report)
        key, email, url = (
            (settings.ncbi_api_key, settings.ncbi_email, settings.pubmed_url) if settings else (None, None, None)
        )
        if wanted:
            yield from fetch_pubmed(wanted, report, key, email, url or BASE_URL)


def _kept(document: Document, report: Report) -> Iterable[Document]:
    if not document.text.strip():
        report(Problem(document.id, "The document is empty."))
        return ()
    return (document,)
