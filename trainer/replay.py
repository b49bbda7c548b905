"""Corpora whose licence allows it enter; small samples of gold documents, to replay and to judge by, leave.

A model that learns only from corrections forgets what it learned before. So each run on corrections also sees texts of
`replay.jsonl.gz`, and a frozen teacher says what it thought of them: texts of training parts, and abstracts that no model
here has learned from, on which the teacher shows what it does where it is unsure. The gate compares models on
`gold.jsonl.gz`, drawn from parts that were kept out of training. Both ship with the program, are drawn by
`python -m trainer replay --data DATA`, and hold only what may be passed on.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from biobert_demo.documents import Document, Passage
from biobert_demo.errors import BadInput
from biobert_demo.formats.records import to_document, to_record
from biobert_demo.reviewed import ReviewedDocument
from trainer.corpora.leaks import EvaluationIndex, remove_leaks

SAMPLES = Path(__file__).with_name("samples")
REPLAY_FILE = SAMPLES / "replay.jsonl.gz"
GOLD_FILE = SAMPLES / "gold.jsonl.gz"

_PAPER_PART = 1_800
"""Characters of a part of a full paper; as long as an abstract."""


@dataclass(frozen=True)
class Share:
    """How many documents of a corpus go into the replay sample and into the gate's gold."""

    corpus: str
    replay: int
    gold: int


SHARES = (
    Share("ncbi_disease", 220, 20),
    Share("biored", 310, 40),
    Share("bc2gm", 1_500, 500),
    Share("linnaeus", 160, 40),
    Share("gnormplus", 90, 25),
    Share("nlm_gene", 120, 25),
    Share("drugprot", 100, 25),
)
"""Public domain or free to pass on with attribution: see the licences in `python -m trainer corpora`. BC5CDR and
Species-800 state no licence and are left out; what the model knows from them is kept by its own predictions."""


UNLABELLED = "bioasq"
UNLABELLED_TEXTS = 700
UNLABELLED_LICENCE = "BioASQ, CC BY 2.5; the abstracts are under NLM's terms"
_UNLABELLED_FILE = "qa/squad_format/bioasq_6b-9b_abstract.json.gz"


@dataclass(frozen=True, slots=True)
class GoldDocument:
    """A document of a corpus as a complete review of the labels that the corpus annotates; none for unlabelled texts."""

    corpus: str
    reviewed: ReviewedDocument


def make_samples(
    data: Path, replay_file: Path = REPLAY_FILE, gold_file: Path = GOLD_FILE
) -> dict[str, tuple[int, int]]:
    """Draw both samples from the data folder; returns, for each corpus, (replay, gold) documents written."""
    from trainer.merging import read_training_set

    training = read_training_set(data)
    kept = {dev.name: dev.documents for dev in training.dev}
    replay: list[GoldDocument] = []
    gold: list[GoldDocument] = []
    counts = {}
    for share in SHARES:
        labels = frozenset(training.annotated[share.corpus])
        parts = [
            _sample([part for document in documents for part in _cut(document)], most)
            for documents, most in ((training.corpora[share.corpus], share.replay), (kept[share.corpus], share.gold))
        ]
        for target, documents in zip((replay, gold), parts, strict=True):
            target.extend(GoldDocument(share.corpus, gold_document(document, labels)) for document in documents)
        counts[share.corpus] = (len(parts[0]), len(parts[1]))
    texts = _read_unlabelled(data, replay + gold)
    replay.extend(GoldDocument(UNLABELLED, ReviewedDocument(document)) for document in texts)
    counts[UNLABELLED] = (len(texts), 0)
    write_gold(replay, replay_file)
    write_gold(gold, gold_file)
    return counts


def write_gold(documents: Iterable[GoldDocument], path: Path) -> None:
    """One JSON object a line, as the format "jsonl" has it, with the corpus and the labels that it annotates."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # A fixed time stamp: the same documents give the same bytes.
    with path.open("wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", mtime=0, filename="") as stream:
        for one in documents:
            record = to_record(one.reviewed.document)
            record |= {"corpus": one.corpus, "annotated": sorted(one.reviewed.labels)}
            stream.write((json.dumps(record, ensure_ascii=False) + "\n").encode())


def read_gold(path: Path) -> list[GoldDocument]:
    """The documents of a file that `write_gold` wrote; raises BadInput with the line that is none."""
    try:
        return list(_read_lines(path))
    except (OSError, EOFError, zlib.error) as error:
        raise BadInput(f"The gold documents in {path} cannot be read ({error}); restore the file.") from error


def _read_lines(path: Path) -> Iterator[GoldDocument]:
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as stream:
        for number, line in enumerate(stream, 1):
            try:
                record = json.loads(line)
                labels = frozenset(record["annotated"])
                document = to_document(record, str(record["id"]), lambda *_, **__: None)
                yield GoldDocument(str(record["corpus"]), gold_document(document, labels))
            except (ValueError, KeyError, TypeError) as error:
                raise BadInput(f"Line {number} of {path} is no gold document ({error}); restore the file.") from error


def gold_document(document: Document, labels: Iterable[str]) -> ReviewedDocument:
    """A document of a corpus as a complete review of the labels that the corpus annotates; other mentions are left out."""
    labels = frozenset(labels)
    inside = [one for one in document.annotations if one.label in labels]
    return ReviewedDocument(document.with_annotations(inside), labels)


def _read_unlabelled(data: Path, known: Sequence[GoldDocument]) -> list[Document]:
    """Abstracts of BioASQ's questions, without the questions, that stand in none of the known documents."""
    with gzip.open(data / _UNLABELLED_FILE, "rt", encoding="utf-8") as stream:
        record = json.load(stream)
    texts = sorted({part["context"] for entry in record["data"] for part in entry["paragraphs"]})
    documents = [Document(f"bioasq-{number}", text) for number, text in enumerate(texts, 1)]
    documents, _ = remove_leaks(documents, EvaluationIndex({"known": [one.reviewed.document for one in known]}))
    return _shuffled(documents)[:UNLABELLED_TEXTS]


def _sample(documents: Sequence[Document], most: int) -> list[Document]:
    """At most so many, in a fixed pseudo-random order; at least three in four have a mention."""
    shuffled = _shuffled(documents)
    empty = [document for document in shuffled if not document.annotations][: most // 4]
    chosen = {id(document) for document in [*empty, *(d for d in shuffled if d.annotations)][:most]}
    return [document for document in shuffled if id(document) in chosen]


def _shuffled(documents: Iterable[Document]) -> list[Document]:
    """By the checksums of their texts, so that the order is the same everywhere."""
    return sorted(documents, key=lambda document: zlib.crc32(b"replay" + document.text.encode()))


def _cut(document: Document) -> Iterator[Document]:
    """A full paper as parts of whole paragraphs, each as long as an abstract; anything shorter as it is."""
    if len(document.text) <= 3 * _PAPER_PART:
        yield replace(document, relations=())
        return
    group: list[Passage] = []
    for passage in [*document.passages, None]:
        if group and (passage is None or passage.end - group[0].start > _PAPER_PART):
            part = _part(document, group)
            if 200 < len(part.text) <= 3 * _PAPER_PART:
                yield part
            group = []
        if passage is not None:
            group.append(passage)


def _part(document: Document, passages: Sequence[Passage]) -> Document:
    start, end = passages[0].start, passages[-1].end
    inside = [one for one in document.annotations if start <= one.start and one.end <= end]
    return Document(
        f"{document.id}-{start}",
        document.text[start:end],
        tuple(replace(one, start=one.start - start, end=one.end - start) for one in passages),
        tuple(replace(one, start=one.start - start, end=one.end - start) for one in inside),
    )
