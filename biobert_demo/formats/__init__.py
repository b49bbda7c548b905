"""Files in any supported format enter; documents leave, and the other way round."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from biobert_demo.documents import Document
from biobert_demo.errors import BadInput, Problem
from biobert_demo.formats.bioc_json import read_bioc_json, write_bioc_json
from biobert_demo.formats.bioc_xml import read_bioc_xml, write_bioc_xml
from biobert_demo.formats.brat import read_brat_folder, write_brat
from biobert_demo.formats.common import Report, warn
from biobert_demo.formats.conll import read_conll, write_conll
from biobert_demo.formats.csv_table import write_csv
from biobert_demo.formats.dataset_folder import read_dataset_folder, write_dataset_folder
from biobert_demo.formats.docbin import read_docbin, write_docbin
from biobert_demo.formats.doccano import read_doccano
from biobert_demo.formats.files import HEAD_BYTES, STANDARD, DecodedText, open_bytes, open_new_file, open_new_folder
from biobert_demo.formats.jsonl import read_jsonl, write_jsonl
from biobert_demo.formats.label_studio import read_label_studio
from biobert_demo.formats.prodigy import read_prodigy
from biobert_demo.formats.pubtator import read_pubtator, write_pubtator
from biobert_demo.formats.sniffing import sniff_format
from biobert_demo.formats.text import read_text

__all__ = ["FORMATS", "WRITABLE", "Format", "Report", "read_all", "read_documents", "sniff_format", "write_documents"]


@dataclass(frozen=True, slots=True)
class Format:
    """A file format: `read(stream or folder, source, report)` and `write(documents, stream or folder, report)`.

    Readers and writers get text, except that XML (`is_binary`) tells its own encoding, DocBin is bytes both ways
    (`is_binary`, `is_written_binary`), and brat and datasets (`is_folder`) have many files.
    """

    name: str
    suffix: str
    read: Callable[[Any, str, Report], Iterator[Document]] | None
    write: Callable[[Iterable[Document], Any, Report], None] | None
    is_binary: bool = False
    is_folder: bool = False
    is_written_binary: bool = False


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
        Format("docbin", ".spacy", read_docbin, write_docbin, is_binary=True, is_written_binary=True),
        Format(
            "datasets",
            "",
            lambda folder, _, report: read_dataset_folder(folder, report),
            write_dataset_folder,
            is_folder=True,
        ),
        Format("label-studio", ".json", read_label_studio, None),
        Format("doccano", ".jsonl", read_doccano, None),
        Format("prodigy", ".jsonl", read_prodigy, None),
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
    """The documents of a file, plain or gzipped, of a folder (brat, datasets) or of standard input ("-"), one at a time.

    The format is told by the content where none is given. Memory does not grow with the number of documents; one may
    take up to MAX_DOCUMENT_BYTES of the unpacked file. `on_read` is told of the bytes of a file (not of a folder's) as
    they are read. Raises BadInput, on the first `next`, for a file that is absent, empty, binary or holds no document,
    and later where it is damaged, not UTF-8 or UTF-16, or a document is too large: the documents before that place
    have then been given out. In formats that are read by lines, a line that is not UTF-8 is only reported.
    """
    if str(path) != STANDARD and Path(path).is_dir():
        chosen = _find(format or sniff_format(path, b""))
        if not chosen.is_folder or chosen.read is None:
            raise BadInput(f"{path} is a folder, but {format} is a file format; name a file.")
        yield from _or_refuse(chosen.read(Path(path), str(path), report), str(path), chosen.name)
        return
    with open_bytes(path, on_read) as source:
        name = format or sniff_format(path, source.head(HEAD_BYTES))
        chosen = _find(name)
        if chosen.read is None or chosen.is_folder:
            readable = ", ".join(one.name for one in FORMATS.values() if one.read is not None and not one.is_folder)
            raise BadInput(f"{source.source} cannot be read as {name}; files can be read as {readable}.")
        stream = source if chosen.is_binary else DecodedText(source, report)
        for document in _or_refuse(chosen.read(stream, source.source, report), source.source, name):
            source.begin_document()
            yield document


def read_all(
    paths: Iterable[Path | str],
    report: Report,
    format: str | None = None,
    on_read: Callable[[int], None] = lambda size: None,
) -> Iterator[tuple[str, Document]]:
    """(source, document) of every document in the files, one file after another; the arguments are `read_documents`'.

    A file that cannot be read, or breaks in its middle, is reported and the others go on. Raises BadInput where it is
    the only one and gave no document.
    """
    names = [str(path) for path in paths]
    is_first = True
    for path in names:
        source = "stdin" if path == STANDARD else path
        try:
            for document in read_documents(path, report, format, on_read):
                is_first = False
                yield source, document
        except BadInput as error:
            if len(names) == 1 and is_first:
                raise
            report(Problem(source, str(error).removeprefix(source).lstrip(": "), text_lost=True))


def write_documents(documents: Iterable[Document], path: Path | str, format: str, report: Report = warn) -> None:
    """Write documents one at a time; the file or folder appears only when all are written.

    Gzipped where the name ends in .gz; "-" is standard output. Raises BadInput for a format that is unknown or only
    read, and where nothing can be written at `path`.
    """
    chosen = _find(format)
    if chosen.write is None:
        raise BadInput(f"Nothing can be written as {format}; choose one of {', '.join(WRITABLE)}.")
    if chosen.is_folder and str(path) == STANDARD:
        raise BadInput(f"{format} is a folder of files and cannot go to standard output; name a folder.")
    target: AbstractContextManager[Any]
    target = open_new_folder(path) if chosen.is_folder else open_new_file(path, chosen.is_written_binary)
    with target as place:
        chosen.write(documents, place, report)


def _or_refuse(documents: Iterator[Document], source: str, format: str) -> Iterator[Document]:
    count = 0
    for document in documents:
        count += 1
        yield document
    if count == 0:
        raise BadInput(f"No document could be read from {source} as {format}; check the file, or name its format.")


def _find(name: str) -> Format:
    if name not in FORMATS:
        raise BadInput(f"There is no format {name!r}; the formats are {', '.join(FORMATS)}.")
    return FORMATS[name]
