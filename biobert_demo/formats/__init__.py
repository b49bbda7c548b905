"""Files in any supported format enter; documents leave, and the other way round."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from biobert_demo.documents import Document
from biobert_demo.errors import BadInput
from biobert_demo.formats.bioc_json import read_bioc_json, write_bioc_json
from biobert_demo.formats.bioc_xml import read_bioc_xml, write_bioc_xml
from biobert_demo.formats.brat import read_brat_folder, write_brat
from biobert_demo.formats.common import Report, warn
from biobert_demo.formats.conll import read_conll, write_conll
from biobert_demo.formats.csv_table import write_csv
from biobert_demo.formats.files import HEAD_BYTES, STANDARD, DecodedText, open_bytes, open_new_file, open_new_folder
from biobert_demo.formats.jsonl import read_jsonl, write_jsonl
from biobert_demo.formats.pubtator import read_pubtator, write_pubtator
from biobert_demo.formats.sniffing import sniff_format
from biobert_demo.formats.text import read_text

__all__ = ["FORMATS", "WRITABLE", "Format", "Report", "read_documents", "sniff_format", "write_documents"]


@dataclass(frozen=True, slots=True)
class Format:
    """A file format: `read(stream or folder, source, report)` and `write(documents, stream or folder, report)`.

    Readers get text, except that XML (`is_binary`) tells its own encoding and brat (`is_folder`) has many files.
    """

    name: str
    suffix: str
    read: Callable[[Any, str, Report], Iterator[Document]] | None
    write: Callable[[Iterable[Document], Any, Report], None] | None
    is_binary: bool = False
    is_folder: bool = False


FORMATS: dict[str, Format] = {
    one.name: one
    for one in (
        Format("text", ".txt", read_text, None),
        Format("pubtator", ".pubtator", read_pubtator, write_pubtator),
        Format("bioc", ".xml", read_bioc_xml, write_bioc_xml, is_binary=True),
        Format("bioc-json", ".json", read_bioc_json, write_bioc_json),
        Format("brat", "", lambda folder, _, report: read_brat_folder(folder, report), write_brat, is_folder=True),
        Format("conll", ".conll", read_conll, write_conll),
        Format("jsonl", ".jsonl", read_jsonl, write_jsonl),
        Format("csv", ".csv", None, write_csv),
    )
}
"""All formats by name; those without `read` or `write` go one way only."""

WRITABLE: tuple[str, ...] = tuple(name for name, one in FORMATS.items() if one.write is not None)
"""The names that `write_documents` takes."""


def read_documents(
    path: Path | str,
    report: Report,
    format: str | None = None,
    on_read: Callable[[int], None] = lambda size: None,
) -> Iterator[Document]:
    """The documents of a file, plain or gzipped, of a brat folder, or of standard input ("-"), one at a time.

    The format is told by the content where none is given. Memory does not grow with the number of documents; one may
    take up to MAX_DOCUMENT_BYTES of the unpacked file. `on_read` is told of the bytes of a file (not of a folder's) as
    they are read. Raises BadInput, on the first `next`, for a file that is absent, empty, binary or holds no document,
    and later where it is damaged, not UTF-8 or UTF-16, or a document is too large: the documents before that place
    have then been given out. In formats that are read by lines, a line that is not UTF-8 is only reported.
    """
    if str(path) != STANDARD and Path(path).is_dir():
        if format not in (None, "brat"):
            raise BadInput(f"{path} is a folder, but {format} is a file format; name a file.")
        yield from read_brat_folder(Path(path), report)
        return
    with open_bytes(path, on_read) as source:
        name = format or sniff_format(path, source.head(HEAD_BYTES))
        chosen = _find(name)
        if chosen.read is None or chosen.is_folder:
            readable = ", ".join(one.name for one in FORMATS.values() if one.read is not None)
            raise BadInput(f"{source.source} cannot be read as {name}; files can be read as {readable}.")
        stream = source if chosen.is_binary else DecodedText(source, report)
        count = 0
        for document in chosen.read(stream, source.source, report):
            count += 1
            source.begin_document()
            yield document
    if count == 0:
        raise BadInput(f"No document could be read from {source.source} as {name}; check the file, or name its format.")


def write_documents(documents: Iterable[Document], path: Path | str, format: str, report: Report = warn) -> None:
    """Write documents one at a time; the file or brat folder appears only when all are written.

    Gzipped where the name ends in .gz; "-" is standard output. Raises BadInput for a format that is unknown or only
    read, and where nothing can be written at `path`.
    """
    chosen = _find(format)
    if chosen.write is None:
        raise BadInput(f"Nothing can be written as {format}; choose one of {', '.join(WRITABLE)}.")
    if chosen.is_folder and str(path) == STANDARD:
        raise BadInput(f"{format} is a folder of files and cannot go to standard output; name a folder.")
    target: AbstractContextManager[Any] = open_new_folder(path) if chosen.is_folder else open_new_file(path)
    with target as place:
        chosen.write(documents, place, report)


def _find(name: str) -> Format:
    if name not in FORMATS:
        raise BadInput(f"There is no format {name!r}; the formats are {', '.join(FORMATS)}.")
    return FORMATS[name]
