"""What is learned from corrected abstracts, and what is forgotten, by each way of fine-tuning on them.

    python benchmarks/forgetting.py --data DATA --model MODEL --source drugprot

A person who corrects is simulated: gold annotations of a corpus that the model has not learned from are revealed, document
by document. The model named must have been trained without that corpus (`python -m trainer ner --corpora ...`); documents
that stand in another corpus's training part are left out. Scored is strict F1 on the other documents of the corpus, and
on the parts of the old corpora (`--part dev` to choose by, `--part test` to report).
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from biobert_demo.annotations import LABEL_NAMES
from biobert_demo.documents import Document
from biobert_demo.recognition import EntityRecognizer
from biobert_demo.reviewed import ReviewedDocument
from trainer.adaptation import METHODS, AdaptationSettings, adapt
from trainer.corpora import CORPORA, read_corpus
from trainer.corpora.leaks import EvaluationIndex, remove_leaks
from trainer.evaluation import EvaluationSet, score_rows, strip
from trainer.merging import read_test_sets, read_training_set
from trainer.replay import REPLAY_FILE, GoldDocument, read_gold
from trainer.run import say

OLD = ("ncbi_disease", "bc5cdr", "bc2gm", "linnaeus", "species800", "biored")
MOST_OTHERS = 200


def main() -> None:
    """Print a line for the start and for each variant."""
    options = _options()
    setting = read_setting(options.data, options.source, options.part, options.seed)
    corrections = setting.pool[: options.documents]
    before = score(options.model, setting)
    print(f"{options.documents} corrected documents of {options.source}, {len(setting.others.documents)} others")
    print(f"{'variant':58s} minutes  {options.source}  " + "  ".join(one.name for one in setting.old), flush=True)
    print_row("start", 0.0, before, before)
    for text in options.variants:
        variant = replace(read_variant(text), seed=options.seed)
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            started = time.monotonic()
            labels = EntityRecognizer.load(options.model).labels
            model, progress = adapt(options.model, corrections, setting.replay, labels, Path(folder), variant)
            minutes = (time.monotonic() - started) / 60
            after = score(model, setting)
        print_row(text, minutes, before, after)
        say(f"{text}: {progress.pieces} word pieces in {progress.step} steps")
        if options.records:
            with options.records.open("a", encoding="utf-8") as stream:
                record = {
                    "variant": text, "source": options.source, "documents": options.documents, "seed": options.seed,
                    "part": options.part, "minutes": round(minutes, 2), "before": before, "after": after,
                }  # fmt: skip
                stream.write(json.dumps(record) + "\n")


class Setting:
    """What is corrected (`pool`, in random order), what is scored, and what is replayed."""

    def __init__(
        self,
        pool: Sequence[ReviewedDocument],
        others: EvaluationSet,
        old: Sequence[EvaluationSet],
        replay: Sequence[GoldDocument],
    ) -> None:
        self.pool, self.others, self.old, self.replay = pool, others, old, replay


def read_setting(data: Path, source: str, part: str, seed: int) -> Setting:
    """The source's documents that the old corpora do not hold, split by a seed; the old corpora's parts to score."""
    training = read_training_set(data)
    corpus = CORPORA[source]
    labels = sorted(corpus.labels & set(LABEL_NAMES))
    documents = [document for one in corpus.parts for document in read_corpus(source, data, one, lambda _: None)]
    is_same_text = {"species800_revised": "species800"}.get(source)
    known = {name: texts for name, texts in training.corpora.items() if name not in (source, is_same_text)}
    if is_same_text:
        # The texts are those of a corpus that was learned from, under another guideline: take those kept out of training.
        learned = {document.id for document in training.corpora[is_same_text]}
        documents = [document for document in documents if document.id not in learned]
    documents, _ = remove_leaks(documents, EvaluationIndex(known))
    documents = [document for document in documents if document.annotations]
    random.Random(seed).shuffle(documents)
    pool = max(len(documents) - MOST_OTHERS, len(documents) // 2)
    sets = read_test_sets(data, OLD) if part == "test" else [one for one in training.dev if one.name in OLD]
    replay = [one for one in read_gold(REPLAY_FILE) if one.corpus != source]
    return Setting(
        [_reviewed(document, labels) for document in documents[:pool]],
        EvaluationSet(source, documents[pool:], labels),
        sets,
        replay,
    )


def score(model: Path, setting: Setting) -> dict[str, float]:
    """Micro F1 of the source and of each old corpus, over its labels."""
    recognizer = EntityRecognizer.load(model)
    return {one.name: micro_f1(recognizer, one) for one in (setting.others, *setting.old)}


def micro_f1(recognizer: EntityRecognizer, evaluation_set: EvaluationSet) -> float:
    """Strict F1 in percent, all labels together."""
    predicted = [document.annotations for document in recognizer.recognize(strip(evaluation_set.documents))]
    rows = score_rows(evaluation_set, predicted)
    correct, made, gold = (sum(getattr(row, name) for row in rows) for name in ("correct", "predicted", "gold"))
    return round(200 * correct / max(1, made + gold), 2)


def print_row(name: str, minutes: float, before: Mapping[str, float], after: Mapping[str, float]) -> None:
    """Scores, with the difference to the start in brackets."""
    cells = [f"{after[key]:.2f} ({after[key] - before[key]:+.2f})" for key in after]
    print(f"{name:58s} {minutes:5.1f}  " + "  ".join(cells), flush=True)


def read_variant(text: str) -> AdaptationSettings:
    """ "l2:learning_rate=5e-5,pull=0.1" as settings."""
    method, _, rest = text.partition(":")
    kinds = {field.name: type(field.default) for field in fields(AdaptationSettings)}
    values: dict[str, Any] = {"method": method}
    for pair in filter(None, rest.split(",")):
        name, _, value = pair.partition("=")
        values[name] = value == "True" if kinds[name] is bool else kinds[name](float(value))
    return AdaptationSettings(**values)


def _reviewed(document: Document, labels: Sequence[str]) -> ReviewedDocument:
    inside = [one for one in document.annotations if one.label in labels]
    return ReviewedDocument(document.with_annotations(inside), frozenset(labels))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True, help="a model folder, trained without the source")
    parser.add_argument("--source", default="drugprot")
    parser.add_argument("--documents", type=int, default=50)
    parser.add_argument("--part", choices=("dev", "test"), default="dev")
    parser.add_argument("--variants", nargs="+", default=list(METHODS), help="method, or method:setting=value,...")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where to train; default: the system's temporary folder")
    parser.add_argument("--records", type=Path, help="append a JSON line for each variant")
    return parser.parse_args()


if __name__ == "__main__":
    main()
