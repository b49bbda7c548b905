"""A data folder enters; a table of its corpora leaves: labels, sizes, problems, licences and leaks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from biobert_demo.annotations import LABEL_NAMES
from biobert_demo.documents import Document
from biobert_demo.errors import BadInput, Problem
from biobert_demo.segmentation import split_sentences
from trainer.corpora import CORPORA, is_present, read_corpus
from trainer.corpora.corpus import Corpus
from trainer.corpora.evaluation_parts import EVALUATION_PARTS
from trainer.corpora.leaks import EvaluationIndex


@dataclass(frozen=True)
class PartReport:
    """What one part of a corpus holds. `leaks` counts its documents that each other evaluation part holds too."""

    corpus: Corpus
    part: str
    documents: int
    sentences: int
    mentions: Counter[str]
    relations: int
    problems: list[Problem]
    leaks: Counter[str]


def print_corpora(data: Path, verbose: bool = False) -> None:
    """Print the table of the corpora in the data folder; `verbose` adds every problem with its place."""
    parts, faults = describe_corpora(data)
    print(format_corpora(parts))
    absent = [corpus.title for name, corpus in CORPORA.items() if not is_present(name, data)]
    if absent:
        print(f"\nNot in the data folder: {', '.join(absent)}.")
    for fault in faults:
        print(f"\nNot readable: {fault}")
    if verbose:
        for part in parts:
            for problem in part.problems:
                print(f"{part.corpus.name} {part.part}: {problem}")
    elif any(part.problems for part in parts):
        print("\n`--verbose` prints every problem with its place.")


def describe_corpora(data: Path) -> tuple[list[PartReport], list[str]]:
    """(a report for each part that is in the folder, what is wrong with the parts that could not be read)."""
    read: list[tuple[Corpus, str, list[Document], list[Problem]]] = []
    faults: list[str] = []
    for name, corpus in CORPORA.items():
        for part in corpus.parts if is_present(name, data) else ():
            problems: list[Problem] = []
            try:
                documents = list(read_corpus(name, data, part, problems.append))
            except BadInput as error:
                faults.append(f"{name} {part}: {error}")
                continue
            read.append((corpus, part, documents, problems))
    index = EvaluationIndex(
        {f"{c.name}/{part}": d for c, part, d, _ in read if c.for_training and part in EVALUATION_PARTS}
    )
    return [_describe(corpus, part, documents, problems, index) for corpus, part, documents, problems in read], faults


def format_corpora(parts: Sequence[PartReport]) -> str:
    """In Markdown: what each part holds, what may be done with each corpus, and what to know about it."""
    sizes = [
        ("corpus", "part", "annotates", "documents", "sentences", "mentions", "problems", "also in (documents)"),
        *(_sizes_row(part) for part in parts),
    ]
    corpora = list({part.corpus.name: part.corpus for part in parts}.values())
    terms = [
        ("corpus", "what", "licence", "weights may ship", "source"),
        *(_terms_row(corpus) for corpus in corpora),
    ]
    notes = [f"- {corpus.name}: {' '.join(corpus.caveats)}" for corpus in corpora if corpus.caveats]
    return "\n\n".join([_markdown(sizes, numbers=(3, 4, 6)), _markdown(terms), "\n".join(notes)])


def _describe(
    corpus: Corpus, part: str, documents: Sequence[Document], problems: list[Problem], index: EvaluationIndex
) -> PartReport:
    here = f"{corpus.name}/{part}"
    leaks: Counter[str] = Counter()
    for document in documents:
        leaks.update({leak.evaluation_set for leak in index.leaks_of(document)} - {here})
    return PartReport(
        corpus,
        part,
        len(documents),
        sum(_count_sentences(document) for document in documents),
        Counter(annotation.label for document in documents for annotation in document.annotations),
        sum(len(document.relations) for document in documents),
        problems,
        leaks,
    )


def _count_sentences(document: Document) -> int:
    return sum(len(split_sentences(document.text, passage.start, passage.end)) for passage in document.passages)


def _sizes_row(part: PartReport) -> tuple[str, ...]:
    return (
        part.corpus.name,
        part.part,
        ", ".join(sorted(part.corpus.labels)),
        f"{part.documents:,}",
        f"{part.sentences:,}",
        ", ".join(_mentions(part)),
        f"{len(part.problems):,}",
        ", ".join(f"{count} {name}" for name, count in sorted(part.leaks.items())) or "-",
    )


def _mentions(part: PartReport) -> Iterator[str]:
    """The project's labels first, then the corpus's own in brackets, then relations."""
    for label in LABEL_NAMES:
        if part.mentions[label]:
            yield f"{part.mentions[label]:,} {label}"
    own = [f"{count:,} {label}" for label, count in sorted(part.mentions.items()) if label not in LABEL_NAMES]
    if own:
        yield f"({', '.join(own)})"
    if part.relations:
        yield f"{part.relations:,} relations"


def _terms_row(corpus: Corpus) -> tuple[str, ...]:
    return (
        corpus.name,
        corpus.title,
        corpus.licence,
        "yes" if corpus.may_ship else "no",
        corpus.source,
    )


def _markdown(rows: Sequence[Sequence[str]], numbers: Iterable[int] = ()) -> str:
    right = set(numbers)
    cells = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    widths = [max(3, *(len(row[column]) for row in cells)) for column in range(len(cells[0]))]

    def line(row: Sequence[str]) -> str:
        padded = (
            cell.rjust(widths[column]) if column in right else cell.ljust(widths[column])
            for column, cell in enumerate(row)
        )
        return f"| {' | '.join(padded)} |"

    rule = (f"{'-' * (width - 1)}:" if column in right else "-" * width for column, width in enumerate(widths))
    return "\n".join([line(cells[0]), f"| {' | '.join(rule)} |", *(line(row) for row in cells[1:])])
