"""How often does the gate call chance harm, what harm does it see, and whose corrections does it refuse?

python benchmarks/gate.py noise                        two models that differ by chance, or by a known loss, on the
                                                       gate's own gold documents
python benchmarks/gate.py contradictions --data DATA   corpora as honest corrections, and vandals who relabel them
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from biobert_demo.errors import Problem
from biobert_demo.recognition import drop_person_words
from biobert_demo.reviewed import ReviewedDocument
from biobert_demo.scoring import Score
from trainer.comparison import Comparison, DocumentCounts, SetComparison
from trainer.contradictions import find_contradictions
from trainer.corpora import CORPORA, is_present, read_corpus
from trainer.gate import GateRules, decide
from trainer.replay import GOLD_FILE, REPLAY_FILE, read_gold

HONEST = ("drugprot", "species800_revised", "bc5cdr", "nlm_gene", "gnormplus", "ncbi_disease", "linnaeus", "biored")
VANDALS = (
    ("drugprot", "Chemical", "Gene"),
    ("bc5cdr", "Chemical", "Gene"),
    ("biored", "Chemical", "Gene"),
    ("biored", "Gene", "Chemical"),
    ("biored", "Disease", "Gene"),
    ("biored", "Species", "Gene"),
    ("nlm_gene", "Gene", "Chemical"),
)
SIZES = (3, 10, 25, 50)
FOUND, FALSE_ALARMS, SPREAD = 0.85, 0.12, 6.0
"""Of simulated models: the share of mentions found, false ones for each gold one, and how alike documents are (the sum of
the parameters of a beta distribution)."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("noise", "contradictions"))
    parser.add_argument("--data", type=Path, default=Path("data"))
    parser.add_argument("--repeats", type=int, default=300)
    options = parser.parse_args()
    if options.what == "noise":
        measure_noise(options.repeats)
    else:
        measure_contradictions(options.data, options.repeats)


# ---------------------------------------------------------------- chance and harm


def measure_noise(repeats: int) -> None:
    """A table of how often a candidate is refused for being worse, by what the candidate really is."""
    gold = gold_counts()
    corrected = {"corrected": gold["biored"][:20]}
    generator = np.random.default_rng(1)
    print(
        "| the candidate | mentions that change | called worse | called better on the corrected documents | promoted |"
    )
    print("|---|---:|---:|---:|---:|")
    began, decisions = time.perf_counter(), 0
    for title, change, loss, labels in (
        ("as good, almost the same model", 0.02, 0.0, None),
        ("as good", 0.05, 0.0, None),
        ("as good, quite another model", 0.15, 0.0, None),
        ("finds 1 % fewer mentions of each label", 0.05, 0.01, None),
        ("finds 2 % fewer", 0.05, 0.02, None),
        ("finds 5 % fewer", 0.05, 0.05, None),
        ("finds 5 % fewer chemicals, all else as before", 0.05, 0.05, ("Chemical",)),
        ("finds 10 % fewer chemicals, all else as before", 0.05, 0.10, ("Chemical",)),
        ("finds 20 % fewer chemicals, all else as before", 0.05, 0.20, ("Chemical",)),
    ):
        worse = better = promoted = 0
        for seed in range(repeats):
            sets = [simulate(name, "old", counts, change, loss, labels, generator) for name, counts in gold.items()]
            sets += [simulate(name, "corrections", c, change, 0.0, None, generator) for name, c in corrected.items()]
            decision = decide(Comparison(tuple(sets)), seed=seed)
            decisions += 1
            worse += any(
                one.kind == "worse" and one.is_against and (one.label or one.set != "corrections")
                for one in decision.reasons
            )
            better += any(
                one.kind == "better" and one.set == "corrections" and not one.label and (one.low or 0) > 0
                for one in decision.reasons
            )
            promoted += decision.is_promoted
        shares = (100 * number / repeats for number in (worse, better, promoted))
        print(f"| {title} | {100 * change:.0f} % | " + " | ".join(f"{share:.1f} %" for share in shares) + " |")
    milliseconds = 1000 * (time.perf_counter() - began) / decisions
    sizes = ", ".join(f"{name} {len(counts)}" for name, counts in gold.items())
    print(
        f"\n{repeats} pairs of models a row; documents: {sizes}. {milliseconds:.0f} ms a decision, simulation included."
    )
    print(f"Rules: {GateRules()}")


def gold_counts() -> dict[str, list[Mapping[str, int]]]:
    """Of each corpus in the gate's gold, how many mentions of each label every document has."""
    counts: dict[str, list[Mapping[str, int]]] = {}
    for one in read_gold(GOLD_FILE):
        mentions = drop_person_words(one.reviewed.document.annotations)
        of_label = Counter(dict.fromkeys(sorted(one.reviewed.labels), 0))
        of_label.update(mention.label for mention in mentions if mention.label in one.reviewed.labels)
        counts.setdefault(one.corpus, []).append(of_label)
    return counts


def simulate(
    name: str,
    kind: str,
    gold: Sequence[Mapping[str, int]],
    change: float,
    loss: float,
    labels: Sequence[str] | None,
    generator: np.random.Generator,
) -> SetComparison:
    """Two models that find the same but for a share of mentions that each decides anew; the second one loses some."""
    documents = []
    for number, counts in enumerate(gold):
        before, after = {}, {}
        for label, mentions in counts.items():
            ease = generator.beta(FOUND * SPREAD, (1 - FOUND) * SPREAD)
            kept = generator.binomial(mentions, 1 - change)
            same = generator.binomial(kept, ease)
            correct = [same + generator.binomial(mentions - kept, ease) for _ in range(2)]
            false = generator.poisson(FALSE_ALARMS * mentions * (1 - change))
            wrong = [false + generator.poisson(FALSE_ALARMS * mentions * change) for _ in range(2)]
            if labels is None or label in labels:
                correct[1] = generator.binomial(correct[1], 1 - loss)
            before[label] = Score(int(correct[0]), int(correct[0] + wrong[0]), mentions)
            after[label] = Score(int(correct[1]), int(correct[1] + wrong[1]), mentions)
        documents.append(DocumentCounts(f"{name}-{number:04}", before, after))
    return SetComparison(name, kind, tuple(documents))  # type: ignore[arg-type]


# ---------------------------------------------------------------- contradictions


def measure_contradictions(data: Path, repeats: int) -> None:
    """Tables of how often corrections of so many documents are over the limit: honest ones, then vandals'."""
    kept = [*read_gold(REPLAY_FILE), *read_gold(GOLD_FILE)]
    gold = [one.reviewed for one in kept]
    texts = {one.document.text for one in gold} | {one.document.id for one in gold}
    corrections = {name: read_as_corrections(name, data, texts) for name in HONEST if is_present(name, data)}
    print("| honest corrections | documents | contradict the gold | among themselves | over the limit |")
    print("|---|---:|---:|---:|---:|")
    for name, documents in corrections.items():
        found = find_contradictions(documents, gold)
        against = next((one for one in found if "gold documents" in one.sentence), None)
        among = sum(one.count for one in found if "gold documents" not in one.sentence)
        share = f"{against.count} of {against.total} ({100 * against.count / against.total:.1f} %)" if against else "0"
        print(
            f"| {name} | {len(documents)} | {share} | {among} | {'yes' if any(f.is_over_limit for f in found) else 'no'} |"
        )
    head = " | ".join(f"{size} documents" for size in SIZES)
    print(f"\n| over the limit, of {repeats} samples | {head} |\n|---|" + "---:|" * len(SIZES))
    for name, documents in corrections.items():
        print(f"| honest, {name} | {_shares(documents, gold, repeats, lambda one: one)} |")
    for name, old, new in VANDALS:
        if name in corrections:
            print(
                f"| vandal, {name}: {old} -> {new} | {_shares(corrections[name], gold, repeats, relabel(old, new))} |"
            )


def read_as_corrections(name: str, data: Path, known_texts: set[str]) -> list[ReviewedDocument]:
    """The documents of a corpus that the gold does not hold, as complete reviews of the labels that it annotates."""
    corpus = CORPORA[name]
    part = "dev" if name == "biored" else "+".join(corpus.parts)
    problems: list[Problem] = []
    return [
        ReviewedDocument(document, corpus.labels)
        for document in read_corpus(name, data, part, problems.append)
        if document.text not in known_texts and document.id not in known_texts
    ]


def relabel(old: str, new: str) -> Callable[[ReviewedDocument], ReviewedDocument]:
    """A vandal, who calls everything of one label another, in reviews that are about both."""

    def vandalise(one: ReviewedDocument) -> ReviewedDocument:
        changed = [replace(a, label=new if a.label == old else a.label) for a in one.document.annotations]
        return replace(one, document=one.document.with_annotations(changed), labels=one.labels | {new})

    return vandalise


def _shares(
    documents: Sequence[ReviewedDocument],
    gold: Sequence[ReviewedDocument],
    repeats: int,
    change: Callable[[ReviewedDocument], ReviewedDocument],
) -> str:
    generator = random.Random(1)
    changed = [change(one) for one in documents]
    shares = []
    for size in SIZES:
        over = sum(
            any(
                one.is_over_limit
                for one in find_contradictions(generator.sample(changed, min(size, len(changed))), gold)
            )
            for _ in range(repeats)
        )
        shares.append(f"{100 * over / repeats:.1f} %")
    return " | ".join(shares)


if __name__ == "__main__":
    main()
