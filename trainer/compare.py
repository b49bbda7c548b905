"""Names of encoders and a folder of corpora enter; a table and a picture of what each encoder learns leave.

It answers what every newcomer asks: what does pre-training on biomedical text bring? Each encoder learns from the same
documents for the same time, with the learning rate that suits it.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from biobert_demo.errors import BadInput, ModelUnavailable
from trainer.evaluation import EvaluationSet
from trainer.merging import read_test_sets, read_training_set
from trainer.plots import plot_learning_curves
from trainer.run import RunSettings, is_main_process, say, write_json
from trainer.variants import (
    Outcome,
    Variant,
    describe_outcome,
    format_minutes,
    run_variant,
    settings_of,
)

DEFAULT_CORPORA = ("ncbi_disease",)
DEFAULT_PIECES = 1_000_000
"""About five epochs of NCBI Disease: minutes on a GPU, ten minutes on a laptop for MiniLM and an hour or two for BERT."""


def compare_presets(options: argparse.Namespace, data: Path) -> str:
    """Fine-tune every preset in a folder of its own; returns a Markdown table, also written to `compare.md`.

    The output folder then holds `compare.json` and `learning_curves.png` as well. A preset that cannot be loaded is
    named and left out. Raises ModelUnavailable where none can be.
    """
    names = list(dict.fromkeys(name.strip() for name in options.presets.split(",") if name.strip()))
    folders = {name: Path(name).name for name in names}
    if not names or len(set(folders.values())) < len(names):
        raise BadInput(f"--presets was {options.presets!r}; give different presets, e.g. bert,biobert,minilm.")
    corpora = options.corpora or DEFAULT_CORPORA
    training = read_training_set(data, corpora, keep_dev=1.0)
    sets = {"dev": training.dev, "test": read_test_sets(data, corpora)}
    output = options.output or Path("runs") / "compare"
    outcomes: list[Outcome] = []
    for name in names:
        variant = Variant(folders[name], training, _settings(options, name))
        try:
            outcomes.append(run_variant(variant, output, sets))
        except ModelUnavailable as error:
            say(f"{name} is left out: {error}")
    if not outcomes:
        raise ModelUnavailable(f"None of the presets {', '.join(names)} can be loaded; see above why.")
    left_out = [name for name in names if folders[name] not in {outcome.name for outcome in outcomes}]
    table = _table(outcomes, sets, left_out)
    if is_main_process():
        _write(output, table, outcomes, left_out)
    return table


def _settings(options: argparse.Namespace, name: str) -> RunSettings:
    settings = settings_of(options, name)
    if settings.epochs is None and settings.max_pieces is None:
        settings = replace(settings, max_pieces=DEFAULT_PIECES)
    return settings


def _table(outcomes: Sequence[Outcome], sets: Mapping[str, Sequence[EvaluationSet]], left_out: Sequence[str]) -> str:
    parts = [part for part, of_part in sets.items() if any(s.documents for s in of_part)]
    lines = [
        "| encoder | " + " | ".join(f"{part} F1" for part in parts) + " | word pieces seen | time |",
        "|---|" + "---:|" * (len(parts) + 2),
    ]
    for outcome in outcomes:
        scores = " | ".join(f"**{outcome.mean_f1(part):.1f}**" for part in parts)
        lines.append(f"| {outcome.name} | {scores} | {outcome.pieces:,} | {format_minutes(outcome.seconds)} |")
    corpora = ", ".join(dict.fromkeys(s.name for of_part in sets.values() for s in of_part))
    lines += ["", f"Strict F1 in percent on {corpora}, mean over corpora of the mean over labels. One seed each."]
    if left_out:
        lines += ["", f"Left out, as they could not be loaded: {', '.join(left_out)}."]
    return "\n".join(lines)


def _write(output: Path, table: str, outcomes: Sequence[Outcome], left_out: Sequence[str]) -> None:
    plot_learning_curves({outcome.name: outcome.metrics for outcome in outcomes}, output / "learning_curves.png")
    (output / "compare.md").write_text(f"{table}\n\n![F1 on dev](learning_curves.png)\n", encoding="utf-8")
    write_json(
        output / "compare.json",
        {"table": table, "encoders": [describe_outcome(outcome) for outcome in outcomes], "left_out": list(left_out)},
    )
    say(f"The table, its figures and the learning curves are in {output}.")
