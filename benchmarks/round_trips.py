"""Do mentions survive a format? Every corpus is imported, exported, imported, exported and imported again.

    python benchmarks/round_trips.py DATA [--corpora NAME ...] [--formats NAME ...] [--write docs/formats.md]

DATA is the folder of corpora that `docs/corpora.md` describes; all parts of all corpora that are there are taken, with
the Leaf Clinical Trials and DDI corpora, which have many nested and fragmented mentions. The first table tells for
each corpus and format how many mentions of the first import have the same start, end, label and identifiers in the
second one ("all", or how many not). "Reports on import" counts what the first import told, such as fragmented mentions.
CoNLL joins tokens by spaces, so there the label and the characters count. In every format the third import must equal
the second in every field, or the exit code is 1. The second table is what the writers reported. `--write` puts both
between the markers of a Markdown file.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from biobert_demo.annotations import Annotation
from biobert_demo.documents import Document
from biobert_demo.errors import Problem
from biobert_demo.formats import FORMATS, WRITABLE, read_documents, write_documents
from biobert_demo.formats.brat import read_brat
from trainer.corpora import CORPORA, is_present, read_corpus
from trainer.corpora.files import read_folder

BEGIN, END = "<!-- round trips: begin -->", "<!-- round trips: end -->"
READABLE = tuple(name for name in WRITABLE if FORMATS[name].read is not None)
BY_CHARACTERS = frozenset(["conll"])

Report = Callable[[Problem], None]


@dataclass
class Row:
    """What came of one corpus."""

    name: str
    documents: int
    mentions: int
    overlapping: int
    left_out: int
    cells: dict[str, str] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=dict)
    is_stable: bool = True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--corpora", nargs="+", metavar="NAME", default=[*CORPORA, *OTHERS])
    parser.add_argument("--formats", nargs="+", metavar="NAME", choices=READABLE, default=READABLE)
    parser.add_argument(
        "--keep", type=Path, metavar="FILE", help="JSON of corpora that are done; they are not done again"
    )
    parser.add_argument("--write", type=Path, metavar="FILE", help="Markdown file to put the tables into")
    options = parser.parse_args()
    kept = json.loads(options.keep.read_text()) if options.keep is not None and options.keep.is_file() else {}
    rows = []
    for name in options.corpora:
        if name in kept:
            rows.append(Row(**kept[name]))
            continue
        problems: list[Problem] = []
        documents = list(documents_of(name, options.data, problems.append))
        if documents:
            rows.append(round_trips(name, documents, len(problems), options.formats))
            kept[name] = asdict(rows[-1])
            if options.keep is not None:
                options.keep.write_text(json.dumps(kept))
    tables = "\n".join(table_lines(rows, options.formats))
    print(tables)
    if options.write is not None:
        before, _, rest = options.write.read_text(encoding="utf-8").partition(BEGIN)
        after = rest.partition(END)[2]
        options.write.write_text(f"{before}{BEGIN}\n{tables}\n{END}{after}", encoding="utf-8")
    return 0 if all(row.is_stable for row in rows) else 1


def documents_of(name: str, data: Path, report: Report) -> Iterator[Document]:
    """All parts of a corpus; ids that occur again, as where a part is in two files, get a number."""
    seen: Counter[str] = Counter()
    for document in _parts_of(name, data, report):
        seen[document.id] += 1
        number = seen[document.id]
        yield document if number == 1 else replace(document, id=f"{document.id}-{number}")


def _parts_of(name: str, data: Path, report: Report) -> Iterator[Document]:
    if name in OTHERS:
        yield from OTHERS[name](data, report)
    elif is_present(name, data):
        for part in CORPORA[name].parts:
            yield from read_corpus(name, data, part, report)


def leaf_clinical_trials(data: Path, report: Report) -> Iterator[Document]:
    """Eligibility criteria with nested mentions, in brat."""
    folder = data / "clinical_trials"
    files = read_folder(folder, "lct_brat_batches") if folder.is_dir() else {}
    for name in sorted(name for name in files if name.endswith(".txt")):
        stem = name.removesuffix(".txt")
        yield read_brat(files[name], files.get(f"{stem}.ann", "").split("\n"), stem, f"{stem}.ann", report)


def ddi(data: Path, report: Report) -> Iterator[Document]:
    """DDI 2013: XML of sentences; `charOffset` is "first-last" in the sentence, and several of them for fragments."""
    from defusedxml.ElementTree import fromstring

    path = data / "relations" / "ddi2013" / "DDICorpus-2013.zip"
    if not path.is_file():
        return
    with zipfile.ZipFile(path) as archive:
        for number, name in enumerate(sorted(one for one in archive.namelist() if one.endswith(".xml"))):
            texts: list[tuple[str, str]] = []
            annotations: list[Annotation] = []
            offset = 0
            for sentence in fromstring(archive.read(name)):
                text = sentence.get("text", "")
                for entity in sentence.findall("entity"):
                    try:
                        first, last = map(int, entity.get("charOffset", "").split("-"))
                        surface = text[first : last + 1]
                        if surface != entity.get("text"):
                            raise ValueError(f"{entity.get('text')!r} is not at {entity.get('charOffset')}")
                        place = offset + first, offset + last + 1
                        annotations.append(Annotation(*place, surface, entity.get("type", "")))
                    except ValueError as error:
                        report(Problem(name, str(error)))
                texts.append(("sentence", text))
                offset += len(text) + 1
            yield Document.from_passages(f"{Path(name).stem}-{number}", texts, "\n", annotations)


OTHERS: dict[str, Callable[[Path, Report], Iterator[Document]]] = {
    "leaf_clinical_trials": leaf_clinical_trials,
    "ddi2013": ddi,
}


def round_trips(name: str, documents: Sequence[Document], left_out: int, formats: Sequence[str]) -> Row:
    """Write and read the documents twice in each format."""
    mentions = sum(len(document.annotations) for document in documents)
    row = Row(name, len(documents), mentions, sum(map(count_overlapping, documents)), left_out)
    for format in formats:
        start = time.perf_counter()
        reports: list[Problem] = []
        second = written_and_read(documents, format, reports.append)
        third = written_and_read(second, format, lambda problem: None)
        # brat folders are read by name, whatever order the documents came in.
        order = [document.id for document in second]
        kept = count_kept(documents, second, format in BY_CHARACTERS)
        is_stable = second == third and sorted(order) == sorted(document.id for document in documents)
        row.cells[format] = "all" if kept == mentions else f"-{mentions - kept:,}"
        if not is_stable:
            row.cells[format] += " UNSTABLE"
            row.is_stable = False
        row.notes[format] = [problem.message for problem in reports]
        seconds = time.perf_counter() - start
        print(f"{name} {format}: {row.cells[format]} ({seconds:.0f} s)", file=sys.stderr, flush=True)
    return row


def written_and_read(documents: Sequence[Document], format: str, report: Report) -> list[Document]:
    """The documents after one export and import; problems of reading count as well."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"out{FORMATS[format].suffix}"
        write_documents(documents, path, format, report)
        return list(read_documents(path, report, format))


def count_kept(before: Sequence[Document], after: Sequence[Document], by_characters: bool) -> int:
    """Mentions that are in both, matched within the documents of an id."""

    def keys(documents: Sequence[Document]) -> Counter[tuple[str, ...]]:
        counts: Counter[tuple[str, ...]] = Counter()
        for document in documents:
            for a in document.annotations:
                characters = "".join(a.text.split())
                place = (characters,) if by_characters else (str(a.start), str(a.end), *a.identifiers)
                counts[(document.id, a.label, *place)] += 1
        return counts

    return (keys(before) & keys(after)).total()


def count_overlapping(document: Document) -> int:
    """Mentions that share a character with another one before them."""
    count = reached = 0
    for annotation in sorted(document.annotations, key=lambda a: (a.start, -a.end)):
        count += annotation.start < reached
        reached = max(reached, annotation.end)
    return count


def table_lines(rows: Sequence[Row], formats: Sequence[str]) -> Iterator[str]:
    """Both tables in Markdown."""
    yield f"| corpus | documents | mentions | overlapping | reports on import | {' | '.join(formats)} |"
    yield f"|---|---:|---:|---:|---:|{'---|' * len(formats)}"
    for row in rows:
        numbers = (row.documents, row.mentions, row.overlapping, row.left_out)
        cells = (f"{row.name}", *(f"{number:,}" for number in numbers), *(row.cells[name] for name in formats))
        yield f"| {' | '.join(cells)} |"
    yield ""
    yield "| format | corpus | what it could not hold |"
    yield "|---|---|---|"
    for name in formats:
        for row in rows:
            if row.notes[name]:
                told = "; ".join(dict.fromkeys(note.partition(" (the first")[0] for note in row.notes[name]))
                yield f"| {name} | {row.name} | {told} |".replace("\n", " ")


if __name__ == "__main__":
    sys.exit(main())
