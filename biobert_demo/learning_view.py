"""Training runs, model versions and the gate's decisions enter; values in plain words, for a page to draw, leave. Pure.

What a model's `scores` and `decision` hold is written by the trainer as JSON. It is read here with care: an older
program, or another one, may have written it, and a page that shows less is better than a page that shows nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from biobert_demo.learning_words import PHASES
from biobert_demo.store.models import ModelVersion, Promotion
from biobert_demo.store.run_records import Receipt, SpanChange
from biobert_demo.store.runs import TrainingRun
from biobert_demo.wording import count_nouns

_STATES = {
    "queued": "is waiting for its turn",
    "running": "is learning",
    "promoted": "is done: the gate let its model through",
    "refused": "is done: the gate did not let its model through",
    "failed": "did not come to an end",
    "cancelled": "was cancelled",
}
_TRIGGERS = {"hand": "asked for on the page", "count": "started by itself", "nightly": "started at night"}
OUTCOME_WORDS = {
    "now_right": "now right",
    "now_wrong": "now wrong",
    "still_wrong": "still wrong",
    "still_right": "still right",
}


# ---------------------------------------------------------------- runs


def present_run(run: TrainingRun, number: int | None = None) -> dict[str, Any]:
    """A run; `number` is that of the model it made. `share` is how far its phase is, from 0 to 1, None where unknown."""
    return {
        "id": run.id,
        "state": run.state,
        "sentence": f"Run {run.id} {_STATES[run.state]}.",
        "phase": run.phase,
        "share": min(1.0, max(0.0, run.step / run.steps)) if run.steps > 0 else None,
        "left": describe_seconds(run.seconds_left),
        "loss": run.loss,
        "devF1": as_percent(run.dev_f1),
        "message": run.message,
        "origin": f"{_TRIGGERS.get(run.trigger, 'asked for')} by {run.author}"
        if run.trigger in ("hand", "command")
        else f"{_TRIGGERS.get(run.trigger, 'started')} ({run.author})",
        "created": run.created,
        "started": run.started,
        "finished": run.finished,
        "took": describe_span(run.started, run.finished),
        "attempts": run.attempts,
        "isCancelRequested": run.is_cancel_requested,
        "isEnded": run.is_ended,
        "model": number,
    }


def present_phases(run: TrainingRun) -> list[dict[str, Any]]:
    """Every phase with `state` "done", "now" or "next"; a run may pass over "checking"."""
    names = [phase.name for phase in PHASES]
    at = names.index(run.phase) if run.phase in names else -1
    if run.state == "queued":
        at = -1
    if run.state in ("promoted", "refused"):
        at = len(names)
    return [
        {
            "name": phase.name,
            "title": phase.title,
            "words": phase.words,
            "state": "done" if index < at else "now" if index == at else "next",
        }
        for index, phase in enumerate(PHASES)
    ]


def describe_seconds(seconds: float | None) -> str:
    """ "about 4 minutes"; empty where nothing is known."""
    if seconds is None or not 0 <= seconds < 1e7:
        return ""
    if seconds < 10:
        return "a few seconds"
    if seconds < 90:
        return f"about {round(seconds / 10) * 10} seconds"
    if seconds < 5_400:
        return f"about {count_nouns(round(seconds / 60), 'minute')}"
    return f"about {seconds / 3_600:.1f} hours"


def describe_span(start: str | None, end: str | None) -> str:
    """How long it was between two times of the store; empty where one is missing."""
    if not start or not end:
        return ""
    try:
        return describe_seconds((_moment(end) - _moment(start)).total_seconds()).replace("about ", "")
    except ValueError:
        return ""


def as_percent(value: object) -> float | None:
    """A score in percent. Trainers write shares or percent; no model that is worth a curve has an F1 of one percent."""
    number = as_number(value)
    return None if number is None else round(number * 100 if abs(number) <= 1 else number, 2)


def as_number(value: object) -> float | None:
    """A finite number; None for everything else."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if is_number else None  # type: ignore[arg-type]  # it was looked at just now


# ---------------------------------------------------------------- curves


def loss_points(metrics: Iterable[Mapping[str, Any]], most: int = 300) -> list[list[float]]:
    """[step, loss] of what was measured; of a long run about `most` of them, the last one included."""
    points = [[step, loss] for row, step in _with_steps(metrics) if (loss := as_number(row.get("loss"))) is not None]
    stride = max(1, -(-len(points) // most))
    return [point for index, point in enumerate(points) if (len(points) - 1 - index) % stride == 0]


def dev_points(metrics: Iterable[Mapping[str, Any]]) -> list[list[Any]]:
    """[step, F1 in percent, name of the documents] of each score on documents that are not learned from."""
    points = []
    for row, step in _with_steps(metrics):
        for key, value in row.items():
            if key.startswith("dev_") and as_number(value) is not None:
                points.append([step, as_percent(value), "dev" if key == "dev_f1" else key[4:].replace("_", " ")])
    return points


def _with_steps(metrics: Iterable[Mapping[str, Any]]) -> Iterable[tuple[Mapping[str, Any], float]]:
    # What a killed run wrote after its last checkpoint is written again: of each step the last one counts.
    rows = list(metrics)
    last: dict[tuple[float, bool], int] = {}
    for index, row in enumerate(rows):
        step = as_number(row.get("step"))
        if step is not None:
            last[step, "loss" in row] = index
    for index in sorted(last.values(), key=lambda index: (rows[index]["step"], index)):
        yield rows[index], rows[index]["step"]


# ---------------------------------------------------------------- the gate's decision


def present_decision(model: ModelVersion, parent: ModelVersion | None) -> dict[str, Any] | None:
    """The decision on a model; None where there was none, as for a base."""
    reasons = [present_reason(one) for one in _mappings(model.decision.get("reasons"))]
    if not reasons and "is_promoted" not in model.decision:
        return None
    return {
        "isPromoted": bool(model.decision.get("is_promoted")),
        "model": model.number,
        "parent": parent.number if parent else None,
        "reasons": sorted((one for one in reasons if one["sentence"]), key=lambda one: not one["isAgainst"]),
        "table": present_scores(model),
    }


def present_reason(reason: Mapping[str, Any]) -> dict[str, Any]:
    """One reason: `mark` is "for", "against" or "note" (neither: too little was known, or nothing changed)."""
    is_against = bool(reason.get("is_against"))
    kind = str(reason.get("kind", ""))
    return {
        "mark": "against" if is_against else "for" if kind == "better" else "note",
        "isAgainst": is_against,
        "kind": kind,
        "sentence": str(reason.get("sentence", "")),
    }


def present_scores(model: ModelVersion) -> list[dict[str, Any]]:
    """Rows {set, kind, label, before, after, low, high} in percent, from a model's scores; else from its reasons.

    `label` "" stands for all labels together. Scores are F1; of sentences that must not break, the share that is right.
    `low` and `high` bound the change, where the gate measured how far it may be chance.
    """
    measured: dict[tuple[str, str], dict[str, float | None]] = {}
    for one in _mappings(model.decision.get("reasons")):
        if None not in (as_number(one.get("before")), as_number(one.get("after"))):
            place = str(one.get("set") or ""), str(one.get("label") or "")
            measured.setdefault(place, {name: as_number(one.get(name)) for name in ("before", "after", "low", "high")})
    rows = read_scores(model.scores)
    if not rows:
        return [{"set": set_, "kind": "", "label": label, **row} for (set_, label), row in measured.items()]
    for row in rows:
        found = measured.get((row["set"], row["label"]))
        if found and row["low"] is None:
            row.update(low=found["low"], high=found["high"])
    return rows


def read_scores(scores: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows in a model's scores: {"sets": [{name, documents, before, after, labels: {label: {before, after}}}]}, or
    simpler {set: {label: F1}}, where a score may also be {"f1": ...} or {"before": ..., "after": ...}."""
    if isinstance(sets := scores.get("sets"), list | tuple):
        return _rows_of_sets(sets)
    if isinstance(sets, Mapping):
        scores = sets
    rows = []
    for name, labels in scores.items():
        for label, value in labels.items() if isinstance(labels, Mapping) else ():
            row = _row(value if isinstance(value, Mapping) else {"after": value})
            rows.append({**row, "set": str(name), "kind": "", "label": "" if label in _ALL_LABELS else str(label)})
    return [row for row in rows if row["after"] is not None]


_ALL_LABELS = ("", "all", "micro", "overall")


def _rows_of_sets(sets: Iterable[object]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for one in _mappings(list(sets)):
        place = {"set": str(one.get("name", "")), "kind": str(one.get("kind", ""))}
        rows.append({**_row(one), **place, "label": ""})
        labels = one.get("labels")
        for label, values in labels.items() if isinstance(labels, Mapping) else ():
            if isinstance(values, Mapping):
                rows.append({**_row(values), **place, "label": str(label)})
    return [row for row in rows if row["after"] is not None]


def _row(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "before": as_percent(values.get("before")),
        "after": as_percent(values.get("after", values.get("f1"))),
        "low": _signed(values.get("low")),
        "high": _signed(values.get("high")),
    }


def compare_models(first: ModelVersion, second: ModelVersion) -> list[dict[str, Any]]:
    """Rows {set, kind, label, a, b} of two models' scores, of what both or either were measured on."""
    kinds: dict[tuple[str, str], str] = {}
    scores: list[dict[tuple[str, str], float | None]] = []
    for model in (first, second):
        rows = present_scores(model)
        kinds |= {(row["set"], row["label"]): row["kind"] for row in rows}
        scores.append({(row["set"], row["label"]): row["after"] for row in rows})
    ours, theirs = scores
    return [
        {"set": key[0], "kind": kind, "label": key[1], "a": ours.get(key), "b": theirs.get(key)}
        for key, kind in kinds.items()
    ]


OWN_SET = "corrections"
"""What the trainer calls all corrected documents together that a model was compared on."""


# ---------------------------------------------------------------- models


def present_model(model: ModelVersion, numbers: Mapping[int, int], promotion: Promotion | None) -> dict[str, Any]:
    """A line of the list of models; `numbers` are those of all models by id, `promotion` its last one."""
    return {
        "id": model.id,
        "number": model.number,
        "version": model.version,
        "parent": numbers.get(model.parent_id) if model.parent_id else None,
        "created": model.created,
        "state": model.state,
        "isBase": model.is_base,
        "isPinned": model.is_pinned,
        "labels": list(model.labels),
        "run": model.run_id,
        "f1": corrections_score(model),
        "reasons": [present_reason(one) for one in _mappings(model.decision.get("reasons"))],
        "promotion": None
        if promotion is None
        else {
            "kind": promotion.kind,
            "author": promotion.author,
            "reason": promotion.reason,
            "created": promotion.created,
        },
    }


def corrections_score(model: ModelVersion) -> list[float | None]:
    """[F1 before, after] on the lab's own documents that were set aside; [None, None] where that is not known."""
    rows = [row for row in present_scores(model) if row["label"] == "" and row["set"] == OWN_SET]
    return [rows[0]["before"], rows[0]["after"]] if rows else [None, None]


# ---------------------------------------------------------------- changes and receipts


def present_change(change: SpanChange, text: str, name: str, state: str = "") -> dict[str, Any]:
    """A place that somebody decided on, with its sentence; offsets are code points of that sentence.

    `state` is that of the span at this place in the review, if it is still there. `isRejected` says that a person said
    what it is not; `was` and `is`, whether each model had it right: the right label with other borders is not right.
    """
    was, is_ = _RIGHT[change.outcome]
    # A right answer that is not the label can only be right where the label was rejected.
    is_rejected = state == "rejected" or (
        not state and ((was and change.before != change.label) or (is_ and change.after != change.label))
    )
    start, end = min(change.sentence_start, change.start), max(change.sentence_end, change.end)
    return {
        "document": change.document_id,
        "name": name,
        "sentence": text[start:end],
        "start": change.start - start,
        "end": change.end - start,
        "label": change.label,
        "before": change.before,
        "after": change.after,
        "isRejected": bool(change.label) and is_rejected,
        "was": was,
        "is": is_,
    }


_RIGHT = {
    "now_right": (False, True),
    "now_wrong": (True, False),
    "still_wrong": (False, False),
    "still_right": (True, True),
}
"""By outcome, whether the old model and the new one are right."""


def describe_receipts(receipts: Sequence[Receipt]) -> dict[tuple[int, int, str], str]:
    """What to say at each place of a review: (start, end, label) -> "Used in model 7; now predicted right."

    `label` is the one that the person accepted or rejected when the run read it: of a correction that was changed since,
    nothing can be said.

    The run that counts is the newest one whose model has been promoted, else the newest of all. A place of a held-out
    document was no example: it was a question of the exam.
    """
    told: dict[tuple[int, int, str], str] = {}
    for one in receipts:
        if one.start is not None and one.end is not None:
            told.setdefault((one.start, one.end, one.label), _describe_receipt(one))
    return told


def _describe_receipt(one: Receipt) -> str:
    model = f"model {one.model_number}" if one.model_number is not None else f"run {one.run_id}"
    if one.outcome == "":
        predicted = ""
    elif one.is_promoted:
        words = {"now_right": "now predicted right", "still_right": "predicted right, as before"}
        predicted = "; " + words.get(one.outcome, f"{OUTCOME_WORDS[one.outcome]} there")
    else:
        words = {
            "now_right": "right",
            "still_right": "right, as before",
            "now_wrong": "wrong",
            "still_wrong": "still wrong",
        }
        predicted = f"; that model had it {words[one.outcome]}, but was not put into use"
    return f"{'Used in' if one.part == 'training' else 'Set aside to examine'} {model}{predicted}."


def _mappings(values: object) -> list[Mapping[str, Any]]:
    return [one for one in values if isinstance(one, Mapping)] if isinstance(values, list | tuple) else []


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _signed(value: object) -> float | None:
    """A difference in percent points, from percent points: unlike a score it may well lie between -1 and 1."""
    number = as_number(value)
    return None if number is None else round(number, 2)
