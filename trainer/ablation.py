"""A folder of corpora enters; what merging corpora brings, and what it costs to merge them naively, leaves as a table.

Three variants at equal budgets: the naive union, where a label that a corpus does not annotate counts as absent; ours,
where it is unknown; and a model for each corpus, which share the budget among them. All are scored on dev parts, of
which nothing is trained on, and never on test.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from biobert_demo.errors import BadInput
from trainer.merging import read_training_set
from trainer.model_card import write_model_card
from trainer.run import RunSettings, TrainingSet, is_main_process, say, write_json
from trainer.variants import (
    Outcome,
    Score,
    Variant,
    describe_outcome,
    format_minutes,
    mean_over_corpora,
    run_variant,
    settings_of,
)

DEFAULT_CORPORA = ("ncbi_disease", "bc5cdr", "bc2gm", "linnaeus", "species800", "biored")
SHOWN = {"naive": "naive union", "ours": "ours", "single": "a model a corpus"}


def run_ablation(options: argparse.Namespace, data: Path) -> str:
    """Run what is not finished yet, each variant in a folder of its own; returns a Markdown table.

    The output folder then holds `ablation.md` and `ablation.json`; a model folder named with --model gets the latter
    and a model card that shows it.
    """
    if options.model is not None and not (options.model / "run.json").exists():
        raise BadInput(f"The folder {options.model} holds no run.json; give --model the model folder that a run wrote.")
    training = read_training_set(data, options.corpora or DEFAULT_CORPORA, keep_dev=1.0)
    settings = settings_of(options, options.preset)
    variants = _variants(training, settings, options.full_single_budget)
    output = options.output or Path("runs") / "ablation"
    outcomes = {
        kind: [run_variant(variant, output, {"dev": variant.training.dev}) for variant in of_kind]
        for kind, of_kind in variants.items()
    }
    table = _table(outcomes, options.full_single_budget)
    if is_main_process():
        _write(output, table, outcomes, options.model)
    return table


def _variants(training: TrainingSet, settings: RunSettings, full_single_budget: bool) -> dict[str, list[Variant]]:
    if settings.max_pieces is None:
        raise BadInput("The ablation has no budget; give --max-pieces.")
    names = [name for name, documents in training.corpora.items() if documents]
    share = settings.max_pieces if full_single_budget else settings.max_pieces // max(1, len(names))
    return {
        "naive": [Variant("naive", training, replace(settings, missing="outside"))],
        "ours": [Variant("ours", training, replace(settings, missing="unknown"))],
        "single": [_single(training, name, replace(settings, max_pieces=share)) for name in names],
    }


def _single(training: TrainingSet, name: str, settings: RunSettings) -> Variant:
    """The model of one corpus, which knows that corpus's labels only."""
    labels = tuple(label for label in settings.labels if label in training.annotated[name])
    alone = TrainingSet(
        {name: training.corpora[name]},
        {name: training.annotated[name]},
        [evaluation_set for evaluation_set in training.dev if evaluation_set.name == name],
    )
    sampling = {corpus: share for corpus, share in settings.sampling.items() if corpus == name}
    return Variant(f"single-{name}", alone, replace(settings, labels=labels, sampling=sampling))


def _table(outcomes: Mapping[str, Sequence[Outcome]], full_single_budget: bool) -> str:
    columns = {kind: _scores(of_kind) for kind, of_kind in outcomes.items()}
    lines = [
        "| corpus | label | " + " | ".join(SHOWN[kind] for kind in columns) + " |",
        "|---|---|" + "---:|" * len(columns),
    ]
    rows = sorted({score for column in columns.values() for score in column})
    for corpus, label in rows:
        lines.append(_line(corpus, label, [column[corpus, label] for column in columns.values()]))
    lines.append(_line("mean over corpora", "", [mean_over_corpora(column) for column in columns.values()]))
    budget = "; ".join(
        f"{SHOWN[kind]} {sum(o.pieces for o in of_kind):,} ({format_minutes(sum(o.seconds for o in of_kind))})"
        for kind, of_kind in outcomes.items()
    )
    shared = (
        "each of the single models has the whole budget of a merged one"
        if full_single_budget
        else f"the {len(outcomes['single'])} single models share one budget"
    )
    lines += [
        "",
        "Strict F1 in percent on dev (where a corpus has no dev part, or it serves as a test set, on a tenth of the "
        "training part); test parts were not looked at. One seed. Naive union: a label that a corpus does not annotate "
        "counts as absent. Ours: it is unknown, and the loss asks nothing of it.",
        "",
        f"Word pieces seen, {shared}: {budget}.",
    ]
    return "\n".join(lines)


def _scores(outcomes: Sequence[Outcome]) -> dict[Score, float]:
    return {(row.corpus, row.label): row.f1 for outcome in outcomes for row in outcome.scores["dev"]}


def _line(corpus: str, label: str, values: Sequence[float]) -> str:
    rounded = [round(value, 1) for value in values]
    shown = [f"**{value:.1f}**" if value == max(rounded) else f"{value:.1f}" for value in rounded]
    return f"| {corpus} | {label} | " + " | ".join(shown) + " |"


def _write(output: Path, table: str, outcomes: Mapping[str, Sequence[Outcome]], model: Path | None) -> None:
    (output / "ablation.md").write_text(table + "\n", encoding="utf-8")
    variants = {kind: [describe_outcome(outcome) for outcome in of_kind] for kind, of_kind in outcomes.items()}
    write_json(output / "ablation.json", {"table": table, "variants": variants})
    say(f"The table and its figures are in {output}.")
    if model is not None:
        shutil.copy(output / "ablation.json", model)
        write_model_card(model)
        say(f"The model card in {model} shows them.")
