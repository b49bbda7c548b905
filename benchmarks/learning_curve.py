"""How much do 0, 10, 25, 50, 100, 200 corrected abstracts bring, drawn at random or in the review queue's order?

    python benchmarks/learning_curve.py --data DATA --model MODEL --source drugprot --picture curve.png

The simulation is that of `benchmarks/forgetting.py`: gold of a corpus that the model has not learned is revealed. Each
point is a run of its own from the same model, with the settings that `biobert-demo finetune` uses.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

from forgetting import Setting, micro_f1, read_setting

from biobert_demo.doubt import Candidate, rank_documents
from biobert_demo.recognition import EntityRecognizer
from biobert_demo.reviewed import ReviewedDocument
from trainer.adaptation import AdaptationSettings, adapt
from trainer.evaluation import strip
from trainer.run import say

SIZES = (0, 10, 25, 50, 100, 200)
ORDERS = ("random", "queue")


def main() -> None:
    """Print a table, and draw it where asked to."""
    options = _options()
    setting = read_setting(options.data, options.source, "dev", options.seed)
    recognizer = EntityRecognizer.load(options.model)
    before = {one.name: micro_f1(recognizer, one) for one in (setting.others, *setting.old)}
    points: list[tuple[str, int, float, float]] = []
    print("| order | corrected documents | mentions | F1 on others | change | mean change on old corpora |")
    print("|---|---:|---:|---:|---:|---:|", flush=True)
    for order in options.orders:
        pool = setting.pool if order == "random" else queue_order(recognizer, setting.pool)
        for size in options.sizes:
            corrections = pool[:size]
            after = learned(options.model, corrections, setting, options.folder, options.seed) if size else before
            change = sum(after[one.name] - before[one.name] for one in setting.old) / len(setting.old)
            score = after[setting.others.name]
            mentions = sum(len(one.document.annotations) for one in corrections)
            points.append((order, size, score, change))
            gain = score - before[setting.others.name]
            print(f"| {order} | {size} | {mentions} | {score:.1f} | {gain:+.1f} | {change:+.2f} |", flush=True)
    if options.records:
        options.records.write_text(json.dumps({"source": options.source, "points": points}), encoding="utf-8")
    if options.picture:
        draw(points, options.source, options.picture)


def queue_order(recognizer: EntityRecognizer, pool: Sequence[ReviewedDocument]) -> list[ReviewedDocument]:
    """The documents as the review queue would bring them, of a model's suggestions and doubts."""
    candidates = [
        Candidate.of(number, found.document.text, found.document.annotations, found.others, found.misses)
        for number, found in enumerate(recognizer.suggest(strip(one.document for one in pool)))
    ]
    return [pool[item.document_id] for item in rank_documents(candidates)]


def learned(
    model: Path, corrections: Sequence[ReviewedDocument], setting: Setting, folder: Path | None, seed: int
) -> dict[str, float]:
    """Scores after one run on the corrections."""
    labels = EntityRecognizer.load(model).labels
    with tempfile.TemporaryDirectory(dir=folder) as place:
        target, progress = adapt(model, corrections, setting.replay, labels, Path(place), AdaptationSettings(seed=seed))
        say(f"{len(corrections)} documents: {progress.pieces} word pieces")
        recognizer = EntityRecognizer.load(target)
    return {one.name: micro_f1(recognizer, one) for one in (setting.others, *setting.old)}


def draw(points: Sequence[tuple[str, int, float, float]], source: str, path: Path) -> None:
    """A line for each order; the old corpora's mean change below."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (upper, lower) = pyplot.subplots(
        2, 1, figsize=(6.4, 5.2), sharex=True, height_ratios=(2, 1), layout="constrained"
    )
    for order, color, marker in zip(ORDERS, ("#1d6fa5", "#b3541e"), "os", strict=True):
        rows = [point for point in points if point[0] == order]
        if rows:
            sizes = [row[1] for row in rows]
            upper.plot(sizes, [row[2] for row in rows], color=color, marker=marker, label=f"{order} order")
            lower.plot(sizes, [row[3] for row in rows], color=color, marker=marker)
    upper.set_ylabel(f"strict F1 on other documents\nof {source}")
    upper.legend(frameon=False)
    lower.axhline(0, color="#999999", linewidth=0.8)
    lower.set_ylabel("old corpora,\nmean change")
    lower.set_xlabel("corrected documents")
    for axes in (upper, lower):
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="y", alpha=0.25)
    figure.savefig(path, dpi=130)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True, help="a model folder, trained without the source")
    parser.add_argument("--source", default="drugprot")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--orders", choices=ORDERS, nargs="+", default=ORDERS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where to train; default: the system's temporary folder")
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--records", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    main()
