"""BioC JSON enters and documents leave, and the other way round.

A collection {"documents": [...]}, PubTator3's {"PubTator3": [...]}, a bare array of documents, one document, and one
document after another (PubTator's export) are all read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TextIO

from biobert_demo.documents import Document
from biobert_demo.errors import InvalidSpan, Problem
from biobert_demo.formats.bioc import from_document, to_document
from biobert_demo.formats.common import Report, SeenIds, excerpt, stem, warn
from biobert_demo.formats.json_values import iterate_documents, replace_surrogates

_LISTS = frozenset({"documents", "PubTator3"})


def read_bioc_json(stream: TextIO, source: str, report: Report) -> Iterator[Document]:
    """The documents, one at a time; one that cannot be used is reported and left out, see `bioc.to_document`.

    Raises BadInput where the text is not JSON.
    """
    seen = SeenIds(source, report)
    for number, raw in enumerate(iterate_documents(stream, source, _LISTS), 1):
        place = f"document {number}"
        if not isinstance(raw, dict) or "passages" not in raw:
            message = f"{place}, {excerpt(str(raw))}, is no object with `passages`; left out"
            report(Problem(source, message, text_lost=True))
            continue
        try:
            clean = replace_surrogates(raw, lambda message: report(Problem(source, message)))
            document = to_document(clean, f"{stem(source)}-{number}", source, report)
        except (InvalidSpan, ValueError) as error:
            message = f"{place}: {error}; the document is left out"
            report(Problem(source, message, None, str(raw.get("id")), text_lost=True))
            continue
        seen.check(document.id)
        yield document


def write_bioc_json(documents: Iterable[Document], stream: TextIO, report: Report = warn) -> None:
    """One collection, a document a line; every character of the texts is kept."""
    stream.write('{"source": "biobert-demo", "date": "", "key": "", "infons": {}, "documents": [')
    separator = "\n"
    for document in documents:
        stream.write(separator + json.dumps(from_document(document, report)))
        separator = ",\n"
    stream.write("\n]}\n")
