"""How much does the gazetteer know? The class it gives the first word of each gold mention, per corpus and label.

    python benchmarks/gazetteer_coverage.py --data DATA [--gazetteer assets/models/ner/gazetteer.npz]

Shares of mentions in the dev parts, in percent; shares below 3 % are left out.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from biobert_demo.alignment import words_of
from biobert_demo.gazetteer import CLASSES, Gazetteer
from trainer.corpora import read_corpus

ROOT = Path(__file__).parent.parent
CORPORA = ("ncbi_disease", "bc5cdr", "bc2gm", "species800", "linnaeus", "biored")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--gazetteer", type=Path, default=ROOT / "assets/models/ner/gazetteer.npz")
    options = parser.parse_args()
    gazetteer = Gazetteer.load(options.gazetteer)
    print(f"{len(gazetteer):,} names\n\n| corpus | label | mentions | class of the first word |\n|---|---|---:|---|")
    for name in CORPORA:
        found: Counter[tuple[str, str]] = Counter()
        for document in read_corpus(name, options.data, "dev", lambda problem: None):
            words, unit_starts = words_of(document)
            types = gazetteer.word_types([word.of(document.text) for word in words], unit_starts)
            places = {word.start: place for place, word in enumerate(words)}
            for annotation in document.annotations:
                kind = types[places[annotation.start]] if annotation.start in places else 0
                found[annotation.label, CLASSES[(kind - 1) // 2] if kind else "none"] += 1
        for label in sorted({label for label, _ in found}):
            total = sum(count for (of, _), count in found.items() if of == label)
            shares = [(100 * count / total, kind) for (of, kind), count in found.items() if of == label]
            shown = ", ".join(f"{kind} {share:.0f}" for share, kind in sorted(shares, reverse=True) if share >= 3)
            print(f"| {name} | {label} | {total} | {shown} |")


if __name__ == "__main__":
    main()
