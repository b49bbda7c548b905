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
from biobert_demo.documents import Token
from biobert_demo.recognition import EntityRecognizer, drop_person_words
from biobert_demo.refinement import ScoredSpan, decode_document
from biobert_demo.scoring import Score, SpanKey, macro_f1, score_spans
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
    gold = {s.name: [[a.key for a in drop_person_words(d.annotations)] for d in s.documents] for s in dev}
    read = [
        (
            s,
            [
                (words, [w.of(d.text) for w in words], passages, log_softmax(logits, recognizer.temperature))
                for d, (words, passages, logits) in zip(s.documents, recognizer.word_logits(s.documents), strict=True)
            ],
        )
        for s in dev
    ]
    minimum = recognizer.minimum_score
    columns = [f"{s.name} {label}" for s in dev for label in s.labels]
    print("| rules | " + " | ".join(columns) + " | mean |")
    print("|---|" + "---:|" * (len(columns) + 1))
    for title, rules, least in (
        ("none", (), 0.0),
        ("edges", ("edges",), 0.0),
        (f"+ least score {minimum}", ("edges",), minimum),
        ("+ abbreviations", ("edges", "short"), minimum),
        ("+ agreement", ("edges", "short", "spread"), minimum),
    ):
        scores: dict[str, Score] = {}
        with _only(rules):
            for evaluation_set, outputs in read:
                found = [
                    _keys(words, decode_document(texts, passages, probabilities, recognizer.tag_set, least))
                    for words, texts, passages, probabilities in outputs
                ]
                of_set = score_spans(gold[evaluation_set.name], found, evaluation_set.labels)
                scores |= {f"{evaluation_set.name} {label}": of_set[label] for label in evaluation_set.labels}
        f1 = [*(score.f1 for score in scores.values()), macro_f1(scores)]
        print(f"| {title} | " + " | ".join(f"{100 * value:.1f}" for value in f1) + " |")


def _keys(words: Sequence[Token], spans: Sequence[ScoredSpan]) -> list[SpanKey]:
    places = [covering_span(words, span.first, span.last) for span in spans]
    return [(place.start, place.end, span.label) for place, span in zip(places, spans, strict=True)]


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
