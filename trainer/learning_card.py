"""A run on corrections, with its decision, enters; the README.md that stands beside the candidate's weights leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from biobert_demo.wording import count_nouns
from trainer.corpora import CORPORA
from trainer.replay import SHARES, UNLABELLED_LICENCE, UNLABELLED_TEXTS

if TYPE_CHECKING:
    from biobert_demo.store import ModelVersion, TrainingRun
    from trainer.adaptation import AdaptationSettings
    from trainer.corrections import Snapshot
    from trainer.judgement import Judgement


def write_learning_card(
    folder: Path,
    run: TrainingRun,
    parent: ModelVersion,
    snapshot: Snapshot,
    settings: AdaptationSettings,
    judgement: Judgement,
) -> None:
    """Write README.md into a model folder: what it was made from and how, what the gate found, and what was replayed."""
    sections = [
        f"# Named entity recognition, learned from corrections (run {run.id})",
        _introduction(run, parent, snapshot.labels),
        "## Learned from\n\n" + _corrections(snapshot),
        "## How\n\n" + _method(settings),
        "## What the gate found\n\n" + _decision(judgement),
        "## Replayed\n\n" + _replayed(),
    ]
    (folder / "README.md").write_text("\n\n".join(sections) + "\n", encoding="utf-8")


def _introduction(run: TrainingRun, parent: ModelVersion, labels: Sequence[str]) -> str:
    new = [label for label in labels if label not in parent.labels]
    return (
        f"It started from model {parent.number} ({parent.version}) and knows {', '.join(map(_plain, labels))}"
        + (f"; new are {', '.join(map(_plain, new))}" if new else "")
        + f". It was asked for by {_plain(run.author)} on {run.created[:10]}. The licence and the limits of the model it "
        "started from apply, and what your own texts allow."
    )


def _corrections(snapshot: Snapshot) -> str:
    rows = [
        "| part | completed documents | unfinished documents | accepted mentions | rejected |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, documents in (("learned", snapshot.training), ("held out", snapshot.held_out)):
        complete = sum(one.is_complete for one in documents)
        accepted = sum(len(one.document.annotations) for one in documents)
        rejected = sum(len(one.rejected) for one in documents)
        rows.append(f"| {name} | {complete} | {len(documents) - complete} | {accepted} | {rejected} |")
    notes = [f"* {_plain(note)}" for note in snapshot.notes]
    return "\n".join([*rows, "", f"SHA-256 of all decisions: `{snapshot.hash}`.", *notes])


def _method(settings: AdaptationSettings) -> str:
    return "\n".join(["| setting | value |", "|---|---|", *(f"| {n} | {v} |" for n, v in asdict(settings).items())])


def _decision(judgement: Judgement) -> str:
    decision = judgement.decision
    lines = [f"**{'Promoted' if decision.is_promoted else 'Refused'}.**", ""]
    lines += [f"* {'against' if one.is_against else 'for'}: {_plain(one.sentence)}" for one in decision.reasons]
    lines += ["", "| set | label | documents | F1 before | F1 after |", "|---|---|---:|---:|---:|"]
    for one in judgement.scores.get("sets", ()):
        rows: list[tuple[str, Any]] = [("all", one), *sorted(one.get("labels", {}).items())]
        for label, values in rows:
            lines.append(
                f"| {_plain(one['name'])} | {_plain(label)} | {one.get('documents', '')} "
                f"| {_number(values.get('before'))} | {_number(values.get('after'))} |"
            )
    return "\n".join(lines)


def _replayed() -> str:
    rows = ["A sample of these corpora's texts was replayed, so that the model keeps what it knew:", ""]
    for share in SHARES:
        corpus = CORPORA[share.corpus]
        rows.append(
            f"* {corpus.title}: {count_nouns(share.replay, 'document')} to draw from; licence: {corpus.licence}"
        )
    rows.append(f"* unlabelled abstracts: {UNLABELLED_TEXTS} to draw from; licence: {UNLABELLED_LICENCE}")
    return "\n".join(rows)


def _number(value: object) -> str:
    return f"{value:.1f}" if isinstance(value, int | float) else ""


def _plain(text: str) -> str:
    """Names that people chose, without what Markdown or HTML would make of them."""
    cleaned = " ".join(text.split())
    for character in "\\`*_[]<>|#":
        cleaned = cleaned.replace(character, "&#" + str(ord(character)) + ";")
    return cleaned
