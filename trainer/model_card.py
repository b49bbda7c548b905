"""A run's own records enter; the README.md that stands beside its weights leaves.

Nothing in the card is typed by hand: data, settings and scores come from run.json, calibration.json, evaluation.json
and, where there is one, ablation.json in the model folder.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from trainer.augmentation import COPY_MARK
from trainer.corpora import CORPORA
from trainer.evaluation import LabelScore, format_table
from trainer.plots import plot_reliability, plot_training

REFERENCE_F1: Mapping[str, Mapping[str, float]] = {
    "BioBERT-base (110M), authors' PyTorch re-run, one model a corpus": {
        "ncbi_disease/Disease": 88.3,
        "bc5cdr/Disease": 86.4,
        "bc5cdr/Chemical": 93.0,
        "bc2gm/Gene": 83.4,
        "linnaeus/Species": 88.1,
        "species800/Species": 72.4,
    }
}


VOCABULARY_LICENCES = (
    "MeSH (US National Library of Medicine, free with attribution), HGNC (CC0), Mondo (CC BY 4.0), Disease Ontology (CC0), "
    "NCBI Taxonomy (public domain)"
)


def write_model_card(folder: Path) -> None:
    """Write README.md and its pictures into a model folder from the records there."""
    run = _read(folder / "run.json")
    calibration = _read(folder / "calibration.json")
    evaluation = _read(folder / "evaluation.json")
    ablation = _read(folder / "ablation.json")
    if (folder / "metrics.jsonl").exists():
        plot_training(folder / "metrics.jsonl", folder / "training.png")
    if calibration:
        plot_reliability(folder / "calibration.json", folder / "reliability.png")
    sections = [
        _front_matter(run),
        _introduction(run),
        _use(),
        _scores(evaluation),
        _data(run),
        _training(run),
        _ablation(ablation),
        _calibration(calibration),
        _errors(evaluation),
        _limits(run),
        _commands(run),
    ]
    text = "\n\n".join(section for section in sections if section) + "\n"
    (folder / "README.md").write_text(text, encoding="utf-8")


def _front_matter(run: Mapping[str, Any]) -> str:
    return (
        "---\nlibrary_name: transformers\npipeline_tag: token-classification\nlanguage: en\n"
        f"base_model: {run['settings']['preset']['base']}\nlicense: other\n---"
    )


def _introduction(run: Mapping[str, Any]) -> str:
    labels = ", ".join(run["settings"]["labels"])
    return (
        f"# Named entity recognition: {labels}\n\n"
        f"A token classifier fine-tuned from `{run['settings']['preset']['base']}` on {len(run['documents'])} merged "
        "corpora, of which each annotates only some of the labels. It reads English biomedical abstracts.\n\n"
        "**Not for clinical use.** It finds names in text; it misses some, invents some, and says nothing about "
        "whether what the text claims is true."
    )


def _use() -> str:
    return (
        "## Use\n\n```python\nfrom biobert_demo.recognition import EntityRecognizer\n\n"
        "recognizer = EntityRecognizer.load()  # or the path of this folder\n"
        'for a in recognizer.annotate("An allergy to penicillin can cause an anaphylactic reaction."):\n'
        "    print(a.start, a.end, a.label, a.text, a.score)\n```\n\n"
        "The folder is an ordinary transformers checkpoint: `AutoModelForTokenClassification` and `pipeline` load it too. "
        "`biobert_demo` adds windows for long text, well-formed tag sequences and calibrated scores."
    )


def _scores(evaluation: Mapping[str, Any] | None) -> str:
    if not evaluation:
        return ""
    rows = [LabelScore(**row) for row in evaluation["scores"]]
    baseline = [LabelScore(**row) for row in evaluation["dictionary"]]
    reference = "; ".join(
        f"{name}: " + ", ".join(f"{key} {f1}" for key, f1 in scores.items()) for name, scores in REFERENCE_F1.items()
    )
    return (
        f"## Strict scores on the {evaluation['part']} parts\n\n"
        "A span counts only where start, end and label all agree with gold. BC2GM without its alternative boundaries; "
        "LINNAEUS with its filtered tags; Species-800 in its original annotation; BioRED on the dev documents that no "
        "other training part holds, without words for people (patients, women ...). The dictionary is the longest "
        "match of names from the same corpus's training part.\n\n"
        f"{format_table(rows, baseline)}\n\n{_macro(rows)}For comparison, {reference}."
    )


def _macro(rows: Sequence[LabelScore]) -> str:
    biored = [row.f1 for row in rows if row.corpus == "biored"]
    return f"BioRED, mean F1 of its {len(biored)} labels: {sum(biored) / len(biored):.1f}. " if biored else ""


def _data(run: Mapping[str, Any]) -> str:
    lines = [
        "## Data\n",
        "| corpus | labels it annotates | documents or sentences | seen in an epoch | licence |",
        "|---|---|---:|---:|---|",
    ]
    for name, count in run["documents"].items():
        corpus = CORPORA.get(name.removesuffix(COPY_MARK))
        title, licence = (corpus.title, corpus.licence) if corpus else (name, _licence_of_added(name, run))
        copied = ", copies with other names" if name.endswith(COPY_MARK) else ""
        share = run["settings"]["sampling"].get(name, 1.0)
        lines.append(f"| {title}{copied} | {', '.join(run['annotated'][name])} | {count} | {share:g} x | {licence} |")
    lines.append("\nSplit by document. " + " ".join(f"{note}." for note in run["notes"]))
    if run["settings"].get("gazetteer"):
        lines.append(f"\nThe gazetteer's names: {VOCABULARY_LICENCES}.")
    return "\n".join(lines)


def _licence_of_added(name: str, run: Mapping[str, Any]) -> str:
    is_ours = run["settings"].get("added") == f"{name}.jsonl"
    return "Apache-2.0; invented for this project" if is_ours else "the lab's own"


def _training(run: Mapping[str, Any]) -> str:
    stages = [*run.get("earlier", []), run]
    hours = _hours(stages)
    lines = [
        f"## Training\n\nAdamW, linear warm-up and decay in each stage, {hours:.1f} hours in all; seed "
        f"{run['settings']['seed']} (one run: the spread over seeds was not measured). A label that a corpus does not "
        f"annotate is {run['settings']['missing']} there. Of each stage the weights that were best on dev were kept, in the "
        f"last with {100 * run['progress']['best']:.2f} mean F1.\n",
        "| stage | starts from | word pieces | steps | peak learning rate | gazetteer | copies with other names |",
        "|---|---|---:|---:|---:|---|---:|",
    ]
    for number, stage in enumerate(stages, 1):
        settings, progress = stage["settings"], stage["progress"]
        mean_of = len(stages[number - 2].get("averaged", [])) if number > 1 else 0
        start = f"the mean of {mean_of} runs" if mean_of else f"stage {number - 1}" if number > 1 else "the encoder"
        rate = settings["learning_rate"] or settings["preset"]["learning_rate"]
        lines.append(
            f"| {number} | {start} | {progress['pieces']:,} | {progress['step']:,} | {rate:g} "
            f"| {'yes' if settings.get('gazetteer') else 'no'} | {settings.get('augment', 0):.0%} |"
        )
    lines += _averaged(run.get("averaged", []))
    return "\n".join(lines) + "\n\n![Loss and F1 on dev against word pieces seen](training.png)"


def _hours(stages: Sequence[Mapping[str, Any]]) -> float:
    """The time of all stages and of the runs that were averaged with them, each once."""
    seconds = {stage["progress"]["seconds"] for stage in stages}
    seconds |= {run["seconds"] for stage in stages for run in stage.get("averaged", [])}
    return sum(seconds) / 3600


def _averaged(runs: Sequence[Mapping[str, Any]]) -> list[str]:
    if not runs:
        return []
    return [
        f"\nThe weights are the mean of those of {len(runs)} runs, of which the last is the one above (`python -m trainer "
        "average`; averages between stages are of runs like these, too; Wortsman et al. 2022, Model soups):\n",
        "| run | seed | corpora | word pieces, last stage | stages before | peak rate | mean F1 on dev |",
        "|---|---:|---:|---:|---:|---:|---:|",
        *(
            f"| {number} | {run['seed']} | {run['corpora']} | {run['pieces']:,} | {run['earlier_pieces']:,} "
            f"| {run['learning_rate']:g} | {100 * run['best']:.1f} |"
            for number, run in enumerate(runs, 1)
        ),
    ]


def _ablation(ablation: Mapping[str, Any] | None) -> str:
    return f"## Ablation\n\n{ablation['table']}" if ablation else ""


def _calibration(calibration: Mapping[str, Any] | None) -> str:
    if not calibration:
        return ""
    return (
        "## Calibration\n\nA span's score is the probability that it is right, boundaries and label included. "
        f"Temperature {calibration['temperature']}, chosen on dev; expected calibration error "
        f"{calibration['error_before']:.3f} before, {calibration['error_after']:.3f} after. "
        f"Spans with a score below {calibration.get('minimum_score', 0.0)} are not shown; this was chosen on dev too."
        "\n\n![Share of right spans against score](reliability.png)"
    )


def _errors(evaluation: Mapping[str, Any] | None) -> str:
    if not evaluation:
        return ""
    lines = ["## Frequent errors\n", "| corpus | kind | number | most frequent |", "|---|---|---:|---|"]
    for corpus, errors in evaluation["errors"].items():
        for kind, count in errors["counts"].items():
            shown = "; ".join(f"{_escape(text)} ({number})" for text, number in errors["examples"][kind][:4])
            lines.append(f"| {corpus} | {kind} | {count} | {shown} |")
    return "\n".join(lines)


def _limits(run: Mapping[str, Any]) -> str:
    return (
        "## Limits\n\nThe corpora disagree about what a gene, a disease or a species is, and where its name ends; one "
        "model can follow only one rule at a place. Nested and discontinuous names are not found. English abstracts "
        "and papers only: clinical notes, patents and social media were not seen. Names in lower case that are also common "
        "words, new drug codes and rare taxa are missed most. Words for people (patients, women ...) are never "
        "reported as species."
    )


def _commands(run: Mapping[str, Any]) -> str:
    stages = [*run.get("earlier", []), run]
    lines = [_command(stage, number) for number, stage in enumerate(stages, 1)]
    return (
        "## Commands\n\n```\n" + "\n".join(lines) + f"\npython -m trainer ship runs/{len(stages)}/model "
        "assets/models/ner\npython -m trainer evaluate assets/models/ner --data DATA\n```"
    )


def _command(run: Mapping[str, Any], number: int) -> str:
    settings = run["settings"]
    sampling = ",".join(f"{name}={value:g}" for name, value in settings["sampling"].items())
    corpora = [name for name in run["documents"] if name in CORPORA]
    parts = [
        f"python -m trainer ner --preset {settings['preset_name']} --corpora {','.join(corpora)}",
        f"--seed {settings['seed']}",
        f"--epochs {settings['epochs']:g}" if settings["epochs"] else "",
        f"--learning-rate {settings['learning_rate']:g}" if settings["learning_rate"] else "",
        f"--max-pieces {settings['max_pieces']}" if settings["max_pieces"] else "",
        f"--sampling {sampling}" if sampling else "",
        "" if settings.get("gazetteer") else "--gazetteer none",
        f"--augment {settings['augment']:g}" if settings.get("augment") else "",
        f"--add trainer/samples/{settings['added']}" if settings.get("added") else "",
        f"--initial runs/{number - 1}/model" if settings.get("initial") else "",
        f"--data DATA --output runs/{number}",
    ]
    return " ".join(part for part in parts if part)


def _escape(text: str) -> str:
    return " ".join(text.replace("|", "\\|").replace("<", "&lt;").split())


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
