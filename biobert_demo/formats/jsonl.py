"""JSON Lines, one document a line, enter and documents leave, and the other way round.

{"id": "1", "text": "An allergy ...", "spans": [{"start": 3, "end": 10, "label": "Disease"}]}

`docs/formats.md` describes every field. The spans may also be called `entities`, `annotations`, `labels` or `label`,
or be [start, end, label] triples, which covers what spaCy and Hugging Face pipelines write.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import TextIO

from biobert_demo.documents import Document
from biobert_demo.errors import Problem
from biobert_demo.formats.common import Report, SeenIds, excerpt, stem, strip_line_end, warn
from biobert_demo.formats.json_values import parse_json
from biobert_demo.formats.records import document_id, to_document, to_record

_LINE_BREAKERS = {"\x85": "\\u0085", "\u2028": "\\u2028", "\u2029": "\\u2029"}
"""Characters that some programs end a line at, and their JSON escapes."""


def read_jsonl(lines: Iterable[str], source: str, report: Report) -> Iterator[Document]:
    """The documents, one a line; those without an `id` are called `{file stem}-{line}`.

    The text is `text`, or `title` and `abstract` joined by a line end. A line that is no JSON object with a text, and
    one that Prodigy marks as rejected or ignored, is reported and left out; so is a span whose `text`, if it has one,
    does not stand at its offsets, but its document is kept.
    """
    seen = SeenIds(source, report)
    for number, raw_line in enumerate(lines, 1):
        line = strip_line_end(raw_line).removeprefix("\ufeff")
        if not line.strip():
            continue
        complain = _complain(source, report, number)
        try:
            raw = parse_json(line, complain)
            if not isinstance(raw, dict):
                raise ValueError("it is no object")
            id = document_id(raw, f"{stem(source)}-{number}")
            document = to_document(raw, id, _complain(source, report, number, id))
        except ValueError as error:
            complain(f"the line {excerpt(line)} is no document ({error}); left out", text_lost=True)
            continue
        if raw.get("answer", "accept") != "accept":
            complain = _complain(source, report, number, id)
            complain(f"the document is marked {excerpt(str(raw['answer']))}; left out", text_lost=True)
            continue
        seen.check(id, number)
        yield document


def write_jsonl(documents: Iterable[Document], stream: TextIO, report: Report = warn) -> None:
    """One object a line: id, text, passages, spans (scores with four digits) and, if there are any, relations."""
    for document in documents:
        line = json.dumps(to_record(document), ensure_ascii=False)
        for character, spelled in _LINE_BREAKERS.items():
            line = line.replace(character, spelled)
        stream.write(line + "\n")


def _complain(source: str, report: Report, line: int, document_id: str | None = None) -> Callable[..., None]:
    return lambda message, text_lost=False: report(Problem(source, message, line, document_id, text_lost))
