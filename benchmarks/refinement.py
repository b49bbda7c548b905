"""What does each rule of `biobert_demo.refinement` bring? Strict F1 on the dev documents that are kept out of training.

    python benchmarks/refinement.py --data DATA [--model assets/models/ner]

Each document is read once; only the decoding differs from row to row.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from unittest import mock

from biobert_demo import refinement
from biobert_demo.alignment import EncodedSpan, covering_span
from biobert_demo.decoding import log_softmax
from biobert_demo.recognition import EntityRecognizer, drop_person_words
from biobert_demo.refinement import ScoredSpan, decode_document
from trainer.merging import read_training_set

ROOT = Path(__file__).parent.parent
CORPORA = ("ncbi_disease", "bc5cdr", "bc2gm", "species800", "biored", "nlm_gene", "gnormplus", "drugprot")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=ROOT / "assets/models/ner")
    options = parser.parse_args()
    recognizer = EntityRecognizer.load(options.model)
    dev = read_training_set(options.data, CORPORA).dev
    read = [
        (s, document, *output)
        for s in dev
        for document, output in zip(s.documents, recognizer.word_logits(s.documents), strict=True)
    ]
    minimum = recognizer.minimum_score
    columns = [(s.name, label) for s in dev for label in s.labels]
    print("| rules | " + " | ".join(f"{name} {label}" for name, label in columns) + " | mean |")
    print("|---|" + "---:|" * (len(columns) + 1))
    for title, rules, least in (
        ("none", (), 0.0),
        ("edges", ("edges",), 0.0),
        (f"+ least score {minimum}", ("edges",), minimum),
        ("+ abbreviations", ("edges", "short"), minimum),
        ("+ agreement", ("edges", "short", "spread"), minimum),
    ):
        counts = {column: [0, 0] for column in columns}
        with _only(rules):
            for evaluation_set, document, words, passages, logits in read:
                texts = [word.of(document.text) for word in words]
                probabilities = log_softmax(logits, recognizer.temperature)
                spans = decode_document(texts, passages, probabilities, recognizer.tag_set, least)
                places = [(covering_span(words, s.first, s.last), s.label) for s in spans]
                found = {(place.start, place.end, label) for place, label in places}
                gold = {a.key for a in drop_person_words(document.annotations)}
                for label in evaluation_set.labels:
                    of_label = [{key for key in keys if key[2] == label} for keys in (found, gold)]
                    counts[evaluation_set.name, label][0] += len(of_label[0] & of_label[1])
                    counts[evaluation_set.name, label][1] += len(of_label[0]) + len(of_label[1])
        f1 = [200 * right / max(1, both) for right, both in counts.values()]
        print(f"| {title} | " + " | ".join(f"{value:.1f}" for value in (*f1, sum(f1) / len(f1))) + " |")


def _only(rules: Sequence[str]) -> mock._patch_dict:
    """The rules that are not named do nothing."""

    def keep_edges(words: Sequence[str], span: EncodedSpan, limit: int) -> EncodedSpan:
        return span

    def keep(words: Sequence[str], spans: Sequence[ScoredSpan], *rest: object) -> list[ScoredSpan]:
        return list(spans)

    replaced: dict[str, Callable[..., object]] = {}
    if "edges" not in rules:
        replaced["trim_edges"] = keep_edges
    if "short" not in rules:
        replaced["label_short_forms"] = keep
    if "spread" not in rules:
        replaced["spread_mentions"] = keep
    return mock.patch.dict(vars(refinement), replaced)


if __name__ == "__main__":
    main()
