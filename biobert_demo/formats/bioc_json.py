"""BioC JSON enters and documents leave, and the other way round.

A collection {"documents": [...]}, PubTator3's {"PubTator3": [...]}, a bare array of documents, one document, and one
document after another (PubTator's export) are all read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import partial
from typing import TextIO

from biobert_demo.documents import Document
from biobert_demo.errors import InvalidSpan, Problem
from biobert_demo.formats.bioc import from_document, to_document
from biobert_demo.formats.common import Report, SeenIds, excerpt, stem, warn
from biobert_demo.formats.json_values import iterate_documents, replace_surrogates
from biobert_demo.formats.losses import Losses

_LISTS = frozenset({"documents", "PubTator3"})


def read_bioc_json(stream: TextIO, source: str, report: Report) -> Iterator[Document]:
    """The documents, one at a time; one that cannot be used is reported and left out, see `bioc.to_document`.

    Raises BadInput where the text is not JSON.
    """
    seen = SeenIds(source, report)
    for number, (line, raw) in enumerate(iterate_documents(stream, source, _LISTS), 1):
        place = f"document {number}"
        if not isinstance(raw, dict) or "passages" not in raw:
            message = f"{place}, {excerpt(str(raw))}, is no object with `passages`; left out"
            report(Problem(source, message, line, text_lost=True))
            continue
        try:
            clean = replace_surrogates(raw, partial(_tell, source, report, line))
            document = to_document(clean, f"{stem(source)}-{number}", source, report)
        except (InvalidSpan, ValueError) as error:
            message = f"{place}: {error}; the document is left out"
            report(Problem(source, message, line, str(raw.get("id")), text_lost=True))
            continue
        seen.check(document.id)
        yield document


def write_bioc_json(documents: Iterable[Document], stream: TextIO, report: Report = warn) -> None:
    """One collection, a document a line; every character of the texts is kept."""
    stream.write('{"source": "biobert-demo", "date": "", "key": "", "infons": {}, "documents": [')
    losses = Losses("BioC output", report)
    separator = "\n"
    for document in documents:
        stream.write(separator + json.dumps(from_document(document, losses)))
        separator = ",\n"
    stream.write("\n]}\n")
    losses.tell()


def _tell(source: str, report: Report, line: int, message: str) -> None:
    report(Problem(source, message, line))
