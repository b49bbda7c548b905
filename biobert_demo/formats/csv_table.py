"""Documents enter; one CSV row a mention leaves, for spreadsheets and data frames (nothing reads it back)."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import TextIO

from biobert_demo.documents import Document
from biobert_demo.formats.common import NO_NUL, Report, warn

COLUMNS = ("document_id", "start", "end", "label", "text", "score", "identifiers")

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def write_csv(documents: Iterable[Document], stream: TextIO, report: Report = warn) -> None:
    """A header and one row a mention: code point offsets, score with four digits, identifiers joined by `|`.

    A cell of text that a spreadsheet would run as a formula ("=cmd ...", "-carotene") gets an apostrophe before it, as
    OWASP advises against CSV injection; the offsets tell the exact text. Texts without mentions leave no row.
    """
    table = csv.writer(stream)
    table.writerow(COLUMNS)
    for document in documents:
        for annotation in document.annotations:
            score = "" if annotation.score is None else round(annotation.score, 4)
            texts = (annotation.label, annotation.text, "|".join(annotation.identifiers))
            label, text, identifiers = map(_cell, texts)
            table.writerow((_cell(document.id), annotation.start, annotation.end, label, text, score, identifiers))


def _cell(text: str) -> str:
    text = text.translate(NO_NUL)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
