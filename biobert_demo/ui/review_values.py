"""A review with its project, findings and place in the queue enters; the value that the editor draws leaves.

All offsets are code points, as in Python. Texts travel as JSON and never reach a template.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from biobert_demo.errors import BadInput
from biobert_demo.review import Correction, ReviewedSpan
from biobert_demo.ui.guideline import render_guideline
from biobert_demo.ui.presentation import present_labels

if TYPE_CHECKING:
    from biobert_demo.consistency import Finding
    from biobert_demo.store import Project, ProjectLabel, Review, StoredDocument

MOST_CORRECTIONS = 20_000
"""In one step; more than a person can mean at once."""

_TITLE_LENGTH = 90


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the editor shows around a document: its place in the queue, why it is there, and what is done so far.

    `late_labels` came to the project after the review was completed.
    """

    index: int = 0
    count: int = 0
    reasons: tuple[str, ...] = ()
    done: int = 0
    total: int = 0
    today: int = 0
    keys: Mapping[str, str | None] | None = None
    late_labels: tuple[str, ...] = ()
    message: str | None = None


def present_review(
    review: Review,
    project: Project,
    findings: Sequence[Finding] = (),
    around: Surroundings | None = None,
    receipts: Mapping[tuple[int, int, str], str] | None = None,
) -> dict[str, Any]:
    """The editor's value for a review; `receipts` say what became of its spans (see `learning_view.describe_receipts`)."""
    around = around or Surroundings()
    stored, revision = review.document, review.revision
    met = [span.label for span in revision.spans]
    return {
        "review": {
            "id": review.id,
            "revision": revision.number,
            "author": review.author,
            "isComplete": revision.is_complete,
            "canUndo": revision.undoable is not None,
            "canRedo": revision.redoable is not None,
            "kind": review.kind,
            "lateLabels": list(around.late_labels),
        },
        "project": {"id": project.id, "name": project.name, "guideline": render_guideline(project.guideline)},
        "document": {
            "id": stored.id,
            "name": stored.name,
            "text": stored.document.text,
            "passages": [{"kind": p.kind, "start": p.start, "end": p.end} for p in stored.document.passages],
            "note": revision.note,
            "isFlagged": revision.is_flagged,
            "reasons": list(around.reasons),
        },
        "labels": present_project_labels(project.labels, met),
        "spans": [{**present_span(span), "receipt": _receipt(span, receipts or {})} for span in revision.spans],
        "findings": [present_finding(finding) for finding in findings],
        "progress": {"done": around.done, "total": around.total, "today": around.today},
        "position": {"index": around.index, "count": around.count},
        "keys": dict(around.keys or {}),
        "message": around.message,
    }


def present_project_labels(labels: Iterable[ProjectLabel], met: Iterable[str] = ()) -> list[dict[str, Any]]:
    """The project's labels, and behind them those that only the document has, each with a letter of its own."""
    own = {label.name: label for label in labels}
    presented: list[dict[str, Any]] = []
    for one in present_labels([*own, *dict.fromkeys(name for name in sorted(met) if name not in own)]):
        label = own.get(one["name"])
        color, key = (label.color, label.key) if label else (None, None)
        presented.append({**one, "shown": label.shown if label else one["shown"], "color": color, "key": key})
    return presented


def present_span(span: ReviewedSpan) -> dict[str, Any]:
    """A span as the editor knows it."""
    return {
        "id": span.id,
        "start": span.start,
        "end": span.end,
        "label": span.label,
        "state": span.state,
        "score": span.score,
        "model": span.model,
        "author": span.author,
        "suggested": list(span.suggested) if span.suggested else None,
        "others": [[label, score] for label, score in span.others],
        "note": span.note,
        "isFlagged": span.is_flagged,
        "identifiers": list(span.identifiers),
    }


def _receipt(span: ReviewedSpan, receipts: Mapping[tuple[int, int, str], str]) -> str:
    """What became of a decision, empty where it is none or nothing is known."""
    is_decided = span.state in ("accepted", "rejected")
    return receipts.get((span.start, span.end, span.label), "") if is_decided else ""


def present_finding(finding: Finding) -> dict[str, Any]:
    """A finding of the consistency check, with its fix where there is one."""
    return {
        "id": finding.id,
        "kind": finding.kind,
        "message": finding.message,
        "start": finding.start,
        "end": finding.end,
        "spans": list(finding.span_ids),
        "fix": {"summary": finding.fix_summary, "corrections": [present_correction(one) for one in finding.fix]}
        if finding.fix
        else None,
    }


def present_correction(one: Correction) -> dict[str, Any]:
    """A correction as JSON."""
    return {
        "action": one.action,
        "span": one.span_id,
        "start": one.start,
        "end": one.end,
        "text": one.text,
        "label": one.label,
        "note": one.note,
        "isFlagged": one.is_flagged,
    }


def read_corrections(values: Any) -> tuple[Correction, ...]:
    """Corrections from the editor; raises BadInput for what is none. A person cannot send what only models say."""
    if not isinstance(values, list) or not values or len(values) > MOST_CORRECTIONS:
        raise BadInput("The page sent an edit without corrections, or with too many; reload it and try again.")
    return tuple(_read_correction(value) for value in values)


def title_of(stored: StoredDocument) -> str:
    """The first words of a document's title, or of its text."""
    document = stored.document
    passages = [p for p in document.passages if "title" in p.kind.casefold() and p.end > p.start]
    text = document.text[passages[0].start : passages[0].end] if passages else document.text[: 4 * _TITLE_LENGTH]
    return shorten(text)


def shorten(text: str, length: int = _TITLE_LENGTH) -> str:
    """The beginning of a text on one line."""
    line = " ".join(text[: 4 * length].split())
    return line if len(line) <= length else f"{line[: length - 1].rstrip()}…"


def _read_correction(value: Any) -> Correction:
    if not isinstance(value, dict):
        raise BadInput("The page sent a correction that cannot be read; reload it and try again.")
    action = value.get("action")
    if action not in _FROM_PEOPLE:
        raise BadInput(f"There is no correction named {str(action)[:40]!r}; reload the page and try again.")
    return Correction(
        action,
        span_id=_optional(value, "span", str),
        start=_optional(value, "start", int),
        end=_optional(value, "end", int),
        text=_optional(value, "text", str),
        label=_optional(value, "label", str),
        note=_optional(value, "note", str),
        is_flagged=_optional(value, "isFlagged", bool),
    )


_FROM_PEOPLE = ("add", "remove", "relabel", "rebound", "accept", "reject", "ignore", "reset", "annotate", "reopen")


def _optional(value: Mapping[str, Any], name: str, kind: type) -> Any:
    found = value.get(name)
    if found is None:
        return None
    if not isinstance(found, kind) or (kind is int and isinstance(found, bool)):
        raise BadInput(f"The correction's {name} is {str(found)[:40]!r}, which it cannot be; reload the page.")
    return found
