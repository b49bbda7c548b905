"""A command line enters; corpora are listed, models fine-tuned, compared and scored: `python -m trainer COMMAND`."""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from biobert_demo.errors import BadInput, BiobertDemoError

if TYPE_CHECKING:
    from trainer.run import RunSettings, TrainingSet

RUNS = Path("runs")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code. Errors are one line on stderr."""
    try:
        options = _parser().parse_args(arguments)
        return options.run(options) or 0
    except BiobertDemoError as error:
        return _fail(str(error), error.exit_code)
    except OSError as error:
        return _fail(f"The system refused: {error}; check space and permissions.", 1)
    except KeyboardInterrupt:
        return _fail("Interrupted; the same command goes on from the last checkpoint.", 130)


def _fail(message: str, exit_code: int) -> int:
    print(f"trainer: {message}", file=sys.stderr)
    return exit_code


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, as every command here does."""

    def error(self, message: str) -> NoReturn:
        raise BadInput(f"{message[:1].upper()}{message[1:]}; see `{self.prog} --help`.")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m trainer", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, parser_class=_Parser)

    corpora = commands.add_parser("corpora", help="list the corpora found: labels, sizes, problems, licences, leaks")
    _add_data(corpora)
    corpora.add_argument("--verbose", action="store_true", help="print every problem with its place")
    corpora.set_defaults(run=_corpora)

    ner = commands.add_parser("ner", help="fine-tune a token classifier on the merged corpora")
    _add_data(ner)
    _add_training(ner)
    ner.add_argument("--preset", default="minilm", help="biobert, pubmedbert, bert, minilm, a hub id or a folder")
    ner.add_argument(
        "--missing",
        choices=("unknown", "outside"),
        default="unknown",
        help="what a label that a corpus does not annotate means there",
    )
    ner.add_argument("--own", type=Path, help="a lab's own file or folder (PubTator, BioC, brat, CoNLL, JSONL)")
    ner.add_argument(
        "--own-labels", type=_names, help="labels that the own file annotates; default: those that occur in it"
    )
    ner.add_argument("--keep-dev", type=_share, default=0.2, help="share of the dev parts kept out of training")
    ner.add_argument(
        "--gazetteer",
        default="auto",
        help="a gazetteer.npz, none, or auto: made from DATA/vocab where the preset uses one",
    )
    ner.add_argument(
        "--augment",
        type=_share,
        default=0.0,
        help="share of documents that are also learned with other names, from DATA/vocab, in the places of their mentions",
    )
    ner.add_argument(
        "--add",
        type=Path,
        help="a file of completely annotated documents to learn beside the corpora, e.g. trainer/samples/reactions.jsonl",
    )
    ner.add_argument("--initial", type=Path, help="go on from the weights of an earlier run's model folder")
    ner.add_argument("--dry-run", action="store_true", help="a minute on a tiny sample: does everything run?")
    ner.set_defaults(run=_ner)

    evaluate = commands.add_parser("evaluate", help="score a model folder on test parts and write its model card")
    evaluate.add_argument("model", type=Path)
    _add_data(evaluate)
    evaluate.add_argument("--part", choices=("dev", "test"), default="test")
    evaluate.add_argument("--corpora", type=_names, help="comma-separated names (default: all that are there)")
    evaluate.set_defaults(run=_evaluate)

    average = commands.add_parser(
        "average", help="one model with the mean of the weights of several runs from one start"
    )
    average.add_argument("models", type=Path, nargs="+", metavar="MODEL", help="model folders of the runs")
    average.add_argument("--output", type=Path, required=True, help="the new model folder")
    _add_data(average)
    average.add_argument("--corpora", type=_names, help="comma-separated names (default: all that may be trained on)")
    average.add_argument("--keep-dev", type=_share, default=0.2, help="share of the dev parts that the runs kept")
    average.set_defaults(run=_average)

    ship = commands.add_parser("ship", help="write a model folder as fp16 weights with its card, at most 60 MB")
    ship.add_argument("model", type=Path)
    ship.add_argument("target", type=Path)
    ship.set_defaults(run=_ship)

    learn = commands.add_parser(
        "learn", help="do a queued run on corrections; `biobert-demo finetune` queues and starts one"
    )
    learn.add_argument(
        "--run", type=int, required=True, dest="run_id", help="the run's number in the store of BIOBERT_DEMO_HOME"
    )
    learn.set_defaults(run=_learn)

    replay = commands.add_parser(
        "replay", help="draw the samples of gold that runs on corrections replay and are judged by"
    )
    _add_data(replay)
    replay.set_defaults(run=_replay)

    compare = commands.add_parser("compare", help="what does biomedical pre-training bring? one corpus, several bases")
    _add_data(compare)
    _add_training(compare)
    compare.add_argument("--presets", default="bert,biobert,minilm", help="comma-separated presets, hub ids or folders")
    compare.set_defaults(run=_compare)

    ablation = commands.add_parser("ablation", help="naive union, ours and single-corpus models at equal budgets")
    _add_data(ablation)
    _add_training(ablation)
    ablation.add_argument("--preset", default="minilm", help="biobert, pubmedbert, bert, minilm, a hub id or a folder")
    ablation.add_argument(
        "--full-single-budget",
        action="store_true",
        help="each corpus's own model gets the whole budget, rather than a share of it",
    )
    ablation.set_defaults(max_pieces=2_000_000, evaluations=3)
    ablation.add_argument("--model", type=Path, help="a model folder that gets ablation.json beside its weights")
    ablation.set_defaults(run=_ablation)
    return parser


def _add_data(parser: argparse.ArgumentParser) -> None:
    given = os.environ.get("BIOBERT_DEMO_DATA")
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(given) if given else None,
        help="the folder of corpora (default: BIOBERT_DEMO_DATA)",
    )


def _add_training(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--corpora", type=_names, help="comma-separated names (default: all that may be trained on)")
    parser.add_argument("--output", type=Path, help="the run's folder; a run that was stopped there is resumed")
    parser.add_argument("--epochs", type=_positive(float), help="default: the preset's, or what --max-pieces allows")
    parser.add_argument("--learning-rate", type=_positive(float), help="default: the preset's")
    parser.add_argument(
        "--max-pieces", type=_positive(int), help="stop after this many word pieces (for equal budgets)"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--evaluations", type=_positive(int), default=8, help="how often dev is scored")
    parser.add_argument("--patience", type=int, default=0, help="stop after so many scores without a better one")
    parser.add_argument("--mixed-precision", choices=("auto", "no", "bf16", "fp16"), default="auto")
    parser.add_argument(
        "--sampling",
        type=_sampling,
        default={},
        help="how often an epoch sees a corpus, e.g. jnlpba=0.3,ncbi_disease=2",
    )


def _data(options: argparse.Namespace) -> Path:
    if options.data is None:
        raise BadInput(
            "No corpora were named; give --data FOLDER or set BIOBERT_DEMO_DATA to the folder that holds them."
        )
    if not options.data.is_dir():
        raise BadInput(f"There is no folder {options.data}; give the folder of corpora with --data.")
    return options.data


def _names(given: str) -> list[str] | None:
    """Names separated by commas; None, as where the option is left out, for none at all."""
    return [name.strip() for name in given.split(",") if name.strip()] or None


def _positive(kind: type[int] | type[float]) -> Callable[[str], float]:
    def read(given: str) -> float:
        try:
            value = kind(given)
        except ValueError:
            value = 0
        if not 0 < value < math.inf:
            raise argparse.ArgumentTypeError(f"it was {given!r} rather than a number above 0")
        return value

    return read


def _share(given: str) -> float:
    try:
        value = float(given)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"it was {given!r} rather than a share from 0 to 1")
    return value


def _sampling(given: str) -> dict[str, float]:
    try:
        sampling = {name: float(value) for name, value in (pair.split("=") for pair in given.split(",") if pair)}
    except ValueError:
        sampling = {given: math.nan}
    if not all(0 <= value < math.inf for value in sampling.values()):
        raise argparse.ArgumentTypeError(f"it was {given!r}; write corpus=number, e.g. jnlpba=0.3,bc2gm=2")
    return sampling


def _corpora(options: argparse.Namespace) -> int:
    from trainer.corpora.table import print_corpora

    print_corpora(_data(options), verbose=options.verbose)
    return 0


def _ner(options: argparse.Namespace) -> int:
    from trainer.merging import add_documents, read_own, read_training_set
    from trainer.run import fine_tune_ner, say
    from trainer.variants import settings_of

    settings = replace(
        settings_of(options, options.preset),
        missing=options.missing,
        initial=options.initial,
        augment=options.augment,
        added=options.add.name if options.add else "",
    )
    output = options.output or RUNS / f"ner-{Path(options.preset).name}-{options.seed}"
    if options.dry_run:
        from trainer.dry_run import dry_run_settings, dry_run_training_set

        output = (options.output or RUNS) / "dry-run"
        settings, training = dry_run_settings(settings, output), dry_run_training_set()
    elif options.own:
        training = read_own(options.own, options.own_labels)
        labels = tuple(sorted({label for labels in training.annotated.values() for label in labels}))
        settings = replace(settings, labels=labels)
    else:
        training = read_training_set(_data(options), options.corpora, keep_dev=options.keep_dev)
    if options.add:
        training = add_documents(training, options.add)
    if options.augment:
        training = _augment(training, options)
    settings = replace(settings, gazetteer=_gazetteer(options, settings, output))
    folder = fine_tune_ner(training, settings, output)
    say(f"The model is in {folder}; score it with: python -m trainer evaluate {folder}")
    return 0


def _augment(training: TrainingSet, options: argparse.Namespace) -> TrainingSet:
    from trainer.augmentation import COPY_MARK, augment_corpora, collect_name_lists
    from trainer.vocabularies import read_names

    labels = sorted({label for labels in training.annotated.values() for label in labels})
    names = collect_name_lists(read_names(_data(options) / "vocab"), labels)
    copies = augment_corpora(training.corpora, names, options.augment, seed=options.seed)
    annotated = {name + COPY_MARK: labels for name, labels in training.annotated.items()}
    return replace(training, corpora={**training.corpora, **copies}, annotated={**training.annotated, **annotated})


def _gazetteer(options: argparse.Namespace, settings: RunSettings, output: Path) -> Path | None:
    """The gazetteer's file, built once for a run; None where the run uses none."""
    from biobert_demo.gazetteer import FILE_NAME
    from trainer.vocabularies import build_gazetteer

    if options.gazetteer not in ("auto", "none"):
        return Path(options.gazetteer)
    vocabularies = options.data / "vocab" if options.data else None
    if options.gazetteer == "none" or not settings.preset.gazetteer or not (vocabularies and vocabularies.is_dir()):
        return None
    path = output / FILE_NAME
    if not path.exists():
        output.mkdir(parents=True, exist_ok=True)
        build_gazetteer(vocabularies).save(path)
    return path


def _evaluate(options: argparse.Namespace) -> int:
    from trainer.scoring_run import score_model_folder

    print(score_model_folder(options.model, _data(options), options.part, options.corpora))
    return 0


def _average(options: argparse.Namespace) -> int:
    from trainer.averaging import average_models
    from trainer.merging import read_training_set
    from trainer.run import say

    dev = read_training_set(_data(options), options.corpora, keep_dev=options.keep_dev).dev
    folder = average_models(options.models, options.output, dev)
    say(f"The model is in {folder}; score it with: python -m trainer evaluate {folder}")
    return 0


def _ship(options: argparse.Namespace) -> int:
    from trainer.shipping import ship_model

    ship_model(options.model, options.target)
    return 0


def _learn(options: argparse.Namespace) -> int:
    from trainer.learning import learn

    return learn(options.run_id)


def _replay(options: argparse.Namespace) -> int:
    from trainer.replay import make_samples

    for corpus, (replayed, gold) in make_samples(_data(options)).items():
        print(f"{corpus}: {replayed} documents to replay, {gold} to judge by")
    return 0


def _compare(options: argparse.Namespace) -> int:
    from trainer.compare import compare_presets

    print(compare_presets(options, _data(options)))
    return 0


def _ablation(options: argparse.Namespace) -> int:
    from trainer.ablation import run_ablation

    print(run_ablation(options, _data(options)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
