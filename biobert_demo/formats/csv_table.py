"""Documents enter; one CSV row a mention leaves, for spreadsheets and data frames (nothing reads it back).

CSV holds no text, and a mention without its text cannot be checked, so reading it back would bring nothing.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import TextIO

from biobert_demo.documents import Document
from biobert_demo.formats.common import NO_NUL, Report, warn
from biobert_demo.formats.losses import Losses
from biobert_demo.formats.records import SCORE_DIGITS

COLUMNS = ("document_id", "start", "end", "label", "text", "score", "identifiers", "model", "author", "state", "note")

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def write_csv(documents: Iterable[Document], stream: TextIO, report: Report = warn) -> None:
    """A header and one row a mention: code point offsets, score with four digits, identifiers joined by `|`.

    A cell of text that a spreadsheet would run as a formula ("=cmd ...", "-carotene") gets an apostrophe before it, as
    OWASP advises against CSV injection; the offsets tell the exact text. Texts without mentions leave no row.
    """
    losses = Losses("CSV output", report)
    table = csv.writer(stream)
    table.writerow(COLUMNS)
    for document in documents:
        if document.relations:
            losses.add(
                "relations left out, since a table of mentions has none", document.id, "", len(document.relations)
            )
        for a in document.annotations:
            score = "" if a.score is None else round(a.score, SCORE_DIGITS)
            texts = (a.label, a.text, "|".join(a.identifiers), a.model or "", a.author or "", a.state or "", a.note)
            label, text, identifiers, *provenance = map(_cell, texts)
            table.writerow((_cell(document.id), a.start, a.end, label, text, score, identifiers, *provenance))
    losses.tell()


def _cell(text: str) -> str:
    text = text.translate(NO_NUL)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
