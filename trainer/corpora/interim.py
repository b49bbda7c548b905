"""PubTator and brat lines enter; documents leave. Stands in until `biobert_demo.formats` has both readers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from biobert_demo.annotations import Annotation, Relation
from biobert_demo.documents import Document
from biobert_demo.errors import Problem
from trainer.corpora.corpus import Report


def read_pubtator(lines: Iterable[str], source: str, report: Report) -> Iterator[Document]:
    """Documents with native labels."""
    block: list[tuple[int, str]] = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            block.append((number, line))
        elif block:
            yield _pubtator_document(block, source, report)
            block = []
    if block:
        yield _pubtator_document(block, source, report)


def _pubtator_document(block: list[tuple[int, str]], source: str, report: Report) -> Document:
    pmid, _, title = block[0][1].split("|", 2)
    abstract = block[1][1].split("|", 2)[2]
    text = f"{title}\n{abstract}"
    annotations, relations = [], []
    for number, line in block[2:]:
        fields = line.split("\t")
        if not fields[1].isdigit():
            relations.append(Relation(fields[1], tuple(fields[2:4])))
            continue
        start, end = int(fields[1]), int(fields[2])
        if text[start:end] != fields[3]:
            report(Problem(source, f"{fields[3]!r} is not {text[start:end]!r}", number, pmid))
            continue
        identifiers = (fields[5],) if len(fields) > 5 and fields[5] else ()
        annotations.append(Annotation(start, end, fields[3], fields[4], identifiers))
    return Document.from_passages(pmid, [("title", title), ("abstract", abstract)], "\n", annotations, relations)


def read_brat(text: str, ann_lines: Iterable[str], document_id: str, source: str, report: Report) -> Document:
    """One document with native labels; discontinuous mentions are reported."""
    annotations: dict[str, Annotation] = {}
    identifiers: dict[str, list[str]] = {}
    for number, line in enumerate(ann_lines, 1):
        fields = line.split("\t")
        if line.startswith("T"):
            if ";" in fields[1]:
                report(Problem(source, f"discontinuous: {line!r}", number, document_id))
                continue
            label, start, end = fields[1].split()
            annotations[fields[0]] = Annotation(int(start), int(end), fields[2], label)
        elif line.startswith("N"):
            _, target, reference = fields[1].split()
            identifiers.setdefault(target, []).append(reference)
    found = [
        Annotation(a.start, a.end, a.text, a.label, tuple(identifiers.get(key, ()))) for key, a in annotations.items()
    ]
    return Document(document_id, text, (), tuple(sorted(found, key=lambda a: a.key)))
