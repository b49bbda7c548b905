"""Steps of a review (suggestions, corrections, undo) enter; the revision of the document after them leaves.

Nothing here reads a clock or a database. A review is one annotator's work on one document. Its history is a list of
steps that only ever grows: an undo is a step too. The state is what replaying the active steps gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from biobert_demo.annotations import Annotation
from biobert_demo.errors import BadInput, BiobertDemoError

State = Literal["unseen", "accepted", "rejected", "ignored"]
STATES: tuple[State, ...] = ("unseen", "accepted", "rejected", "ignored")

Action = Literal[
    "suggest", "add", "remove", "relabel", "rebound", "accept", "reject", "ignore", "reset", "annotate", "complete",
    "reopen",
]  # fmt: skip
"""What one correction does to one span, or (`complete`, `reopen`, and `annotate` without a span) to the document."""

StepKind = Literal["suggest", "edit", "undo", "redo"]

_DECISIONS: dict[str, State] = {"accept": "accepted", "reject": "rejected", "ignore": "ignored", "reset": "unseen"}
_ON_A_SPAN = frozenset({*_DECISIONS, "remove", "annotate", "relabel", "rebound"})


class EditRefused(BiobertDemoError, ValueError):
    """An edit that does not fit the document as it stands; nothing of its step was applied."""


class StaleEdit(EditRefused):
    """An edit made on a revision that another tab or person has changed since, in the same place."""


@dataclass(frozen=True, slots=True)
class ReviewedSpan:
    """A span under review: half-open code point offsets, its label, its state and where it came from.

    A suggestion has a `model` and a `score`, and `suggested` keeps its first (start, end, label) where a person moved
    or relabelled it. `author` is who decided last; None while it is unseen. `others` holds the model's probabilities
    of further labels, best first. `written` is the label in the history where it is called otherwise now.
    """

    id: str
    start: int
    end: int
    text: str
    label: str
    state: State
    identifiers: tuple[str, ...] = ()
    score: float | None = None
    model: str | None = None
    author: str | None = None
    suggested: tuple[int, int, str] | None = None
    others: tuple[tuple[str, float], ...] = ()
    note: str = ""
    is_flagged: bool = False
    written: str = ""

    @property
    def key(self) -> tuple[int, int, str]:
        """Both boundaries and the label: what may not occur twice among the spans that count."""
        return self.start, self.end, self.label

    @property
    def is_gold(self) -> bool:
        """Whether a person said that it is right."""
        return self.state == "accepted"

    def to_annotation(self) -> Annotation:
        """The same span as formats write it."""
        return Annotation(
            self.start,
            self.end,
            self.text,
            self.label,
            self.identifiers,
            self.score,
            self.model,
            self.author,
            self.state,
            self.note,
        )


@dataclass(frozen=True, slots=True)
class Correction:
    """One change. Which fields count depends on `action`; `text` is what the editor believes stands at start-end.

    suggest: start, end, text, label, score, model, others, identifiers. add: start, end, text, label, identifiers.
    rebound: span_id, start, end, text. relabel: span_id, label. remove, accept, reject, ignore: span_id. reset:
    span_id, which becomes what the model suggested, as if nobody had looked at it.
    annotate: note and/or is_flagged, of a span or (no span_id) of the document. complete: labels, those that the review
    covers exhaustively (empty: all of the project's).
    """

    action: Action
    span_id: str | None = None
    start: int | None = None
    end: int | None = None
    text: str | None = None
    label: str | None = None
    identifiers: tuple[str, ...] = ()
    score: float | None = None
    model: str | None = None
    others: tuple[tuple[str, float], ...] = ()
    note: str | None = None
    is_flagged: bool | None = None
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One act of one person (or one set of suggestions), which is undone as a whole.

    `number` counts the steps of the review from 1. `target` is the step that an undo or redo is about.
    """

    number: int
    kind: StepKind
    author: str
    created: str
    corrections: tuple[Correction, ...] = ()
    target: int | None = None
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Revision:
    """A document's state in a review after `number` steps; spans are sorted by place."""

    number: int = 0
    spans: tuple[ReviewedSpan, ...] = ()
    is_complete: bool = False
    labels: tuple[str, ...] = ()
    note: str = ""
    is_flagged: bool = False
    undoable: int | None = None
    redoable: int | None = None

    def span(self, id: str) -> ReviewedSpan:
        """The span with an id; raises EditRefused where there is none (any more)."""
        for span in self.spans:
            if span.id == id:
                return span
        raise EditRefused(f"There is no span {id!r} in this document any more; it was removed or undone.")

    @property
    def gold(self) -> tuple[ReviewedSpan, ...]:
        """The spans a person accepted, which are the truth once the review is complete."""
        return tuple(span for span in self.spans if span.is_gold)


def replay(text: str, steps: Sequence[Step]) -> Revision:
    """The revision after all steps; undone steps count for nothing.

    Raises EditRefused where a step does not fit: that means a bug or a damaged store, never a user's mistake.
    """
    undone, undo_stack, redo_stack = _follow_undo(steps)
    draft = _Draft(text)
    for step in steps:
        if step.kind in ("suggest", "edit") and step.number not in undone:
            draft.apply(step)
    return draft.revision(
        steps[-1].number if steps else 0,
        undo_stack[-1] if undo_stack else None,
        redo_stack[-1] if redo_stack else None,
    )


def check_step(text: str, steps: Sequence[Step], new: Step) -> Revision:
    """The revision with the new step; raises EditRefused, with what is wrong, where it does not fit."""
    if new.kind in ("undo", "redo"):
        _, undo_stack, redo_stack = _follow_undo(steps)
        stack = undo_stack if new.kind == "undo" else redo_stack
        if not stack or stack[-1] != new.target:
            raise EditRefused(f"There is nothing to {new.kind} here any more; the document shows its latest state.")
    elif new.kind == "edit" and not new.corrections:
        raise BadInput("An edit needs at least one correction, but it has none.")
    if steps and new.number != steps[-1].number + 1:
        raise BadInput(f"The step after step {steps[-1].number} needs the next number, but it has {new.number}.")
    return replay(text, [*steps, new])


def find_conflict(steps: Sequence[Step], seen: int, new: Step, text: str) -> str | None:
    """Why a step made on revision `seen` cannot simply follow the steps that came since; None where it can.

    Edits of different places do not disturb each other. Edits of the same span, of overlapping places, and whatever
    is about the whole document (undo, complete) do.
    """
    since = [step for step in steps if step.number > seen]
    if not since:
        return None
    if new.kind != "edit":
        return f"this document was changed since ({since[-1].author}), so {new.kind} would undo something else"
    known = replay(text, [step for step in steps if step.number <= seen])
    mine = [_touched(correction, known) for correction in new.corrections]
    for step in since:
        if step.kind != "edit":
            return f"{step.author} used {step.kind} in this document since"
        # What a step touched is where its spans stood when it came, and where they stand after it.
        before, after = (replay(text, [s for s in steps if s.number <= n]) for n in (step.number - 1, step.number))
        for correction in step.corrections:
            theirs = _touched(correction, before, after)
            if any(_do_meet(one, theirs) for one in mine):
                what = "this document" if theirs is None else f"the same place ({text[theirs[0] : theirs[1]][:40]!r})"
                return f"{step.author} changed {what} since"
    return None


def sort_spans(spans: Iterable[ReviewedSpan]) -> tuple[ReviewedSpan, ...]:
    """The spans in the order of a Revision: by place, of those that start together the longest first."""
    return tuple(sorted(spans, key=lambda span: (span.start, -span.end, span.label, span.id)))


def complete_step(revision: Revision, labels: Iterable[str] = ()) -> tuple[Correction, ...]:
    """The corrections that complete a document: what is still unseen was read and counts as accepted."""
    accepted = [Correction("accept", span_id=span.id) for span in revision.spans if span.state == "unseen"]
    return (*accepted, Correction("complete", labels=tuple(labels)))


def suggestion_step(
    annotations: Iterable[Annotation], others: Mapping[int, Any] | None = None
) -> tuple[Correction, ...]:
    """A model's annotations as corrections of a step of kind "suggest"; `others[i]` are further labels of the i-th."""
    return tuple(
        Correction(
            "suggest",
            start=one.start,
            end=one.end,
            text=one.text,
            label=one.label,
            identifiers=one.identifiers,
            score=one.score,
            model=one.model,
            others=tuple(others.get(i, ())) if others else (),
        )
        for i, one in enumerate(annotations)
    )


@dataclass(slots=True)
class _Draft:
    """A revision while steps are replayed on it."""

    text: str
    spans: dict[str, ReviewedSpan] = field(default_factory=dict)
    keys: dict[tuple[int, int, str], str] = field(default_factory=dict)
    is_complete: bool = False
    labels: tuple[str, ...] = ()
    note: str = ""
    is_flagged: bool = False

    def apply(self, step: Step) -> None:
        if step.kind == "suggest":
            # New suggestions replace those that nobody has looked at; what a person decided stays.
            for span in [span for span in self.spans.values() if span.state == "unseen" and not _is_marked(span)]:
                self._drop(span)
        for ordinal, correction in enumerate(step.corrections):
            self._apply(correction, f"{step.number}.{ordinal}", step.author)

    def revision(self, number: int, undoable: int | None, redoable: int | None) -> Revision:
        return Revision(
            number,
            sort_spans(self.spans.values()),
            self.is_complete,
            self.labels,
            self.note,
            self.is_flagged,
            undoable,
            redoable,
        )

    def _apply(self, one: Correction, id: str, author: str) -> None:
        if one.action == "suggest":
            span = self._new_span(one, id, "unseen", None)
            # What a person has already decided on is not asked again, neither as it was nor with other boundaries.
            if span.key not in self.keys and not self._is_settled(span):
                self._put(span)
        elif one.action == "add":
            span = self._new_span(one, id, "accepted", author)
            if (known := self.keys.get(span.key)) is not None:
                # The same span was suggested (or rejected) before: adding it says that it is right.
                before = self.spans[known]
                identifiers = one.identifiers or before.identifiers
                self._put(replace(before, state="accepted", author=author, identifiers=identifiers))
            else:
                self._put(span)
        elif one.action == "complete":
            self.is_complete, self.labels = True, one.labels
        elif one.action == "reopen":
            self.is_complete = False
        elif one.action == "annotate" and one.span_id is None:
            self.note = self.note if one.note is None else one.note
            self.is_flagged = self.is_flagged if one.is_flagged is None else one.is_flagged
        elif one.action in _ON_A_SPAN:
            self._change(one, self._find(one.span_id), author)
        else:
            raise EditRefused(f"There is no correction named {one.action!r}.")

    def _change(self, one: Correction, span: ReviewedSpan, author: str) -> None:
        if one.action in _DECISIONS:
            state = _DECISIONS[one.action]
            if state == "unseen" and span.model is None:
                raise EditRefused(
                    f"{span.text[:60]!r} was added by a person and has no earlier state; remove it instead."
                )
            if state == "unseen":
                self._reset(span)
            else:
                self._put(replace(span, state=state, author=author))
        elif one.action == "remove":
            if span.model is None:
                self._drop(span)
            else:
                # A suggestion is not forgotten: that it is wrong is worth learning.
                self._put(replace(span, state="rejected", author=author))
        elif one.action == "annotate":
            note = span.note if one.note is None else one.note
            is_flagged = span.is_flagged if one.is_flagged is None else one.is_flagged
            self._put(replace(span, note=note, is_flagged=is_flagged))
        else:
            changed = self._moved(one, span)
            other = self.spans.get(self.keys.get(changed.key, ""))
            if other is not None and other.id != span.id:
                if other.state == "accepted":
                    raise EditRefused(
                        f"{changed.text[:60]!r} at {changed.start}-{changed.end} is already labelled {changed.label}; "
                        "remove one of the two instead."
                    )
                # Of two that become one, the other's remarks are kept.
                notes = dict.fromkeys(note for note in (changed.note, other.note) if note)
                is_flagged = changed.is_flagged or other.is_flagged
                changed = replace(changed, note="\n".join(notes), is_flagged=is_flagged)
                self._drop(other)
            first = span.suggested or (span.key if span.model is not None else None)
            self._drop(span)
            suggested = None if first == changed.key else first
            self._put(replace(changed, state="accepted", author=author, suggested=suggested))

    def _reset(self, span: ReviewedSpan) -> None:
        """Back to what the model suggested; nobody has decided on it then."""
        start, end, label = span.suggested or span.key
        if self.keys.get((start, end, label), span.id) != span.id:
            raise EditRefused(
                f"{self.text[start:end][:60]!r} at {start}-{end} is labelled {label} by another span; remove one of the "
                "two first."
            )
        self._drop(span)
        self._put(
            replace(
                span, start=start, end=end, text=self.text[start:end], label=label, state="unseen", author=None,
                suggested=None,
            )
        )  # fmt: skip

    def _is_settled(self, suggestion: ReviewedSpan) -> bool:
        return any(
            span.suggested == suggestion.key
            or (span.state == "accepted" and span.start < suggestion.end and suggestion.start < span.end)
            for span in self.spans.values()
        )

    def _moved(self, one: Correction, span: ReviewedSpan) -> ReviewedSpan:
        if one.action == "relabel":
            return replace(span, label=_checked_label(one, span.text))
        start, end = self._checked_place(one)
        return replace(span, start=start, end=end, text=self.text[start:end])

    def _new_span(self, one: Correction, id: str, state: State, author: str | None) -> ReviewedSpan:
        start, end = self._checked_place(one)
        label = _checked_label(one, self.text[start:end])
        return ReviewedSpan(
            id, start, end, self.text[start:end], label, state, one.identifiers, one.score, one.model, author,
            others=one.others,
        )  # fmt: skip

    def _checked_place(self, one: Correction) -> tuple[int, int]:
        start, end = one.start, one.end
        if type(start) is not int or type(end) is not int or not 0 <= start < end <= len(self.text):
            raise EditRefused(
                f"A span needs 0 <= start < end <= {len(self.text)}, the document's length in code points, but the "
                f"edit says {start}-{end}."
            )
        if one.text != self.text[start:end]:
            raise EditRefused(
                f"The edit says that {(one.text or '')[:60]!r} stands at {start}-{end}, but the document has "
                f"{self.text[start:end][:60]!r} there; nothing was changed. Reload the document and try again."
            )
        return start, end

    def _find(self, id: str | None) -> ReviewedSpan:
        if id is None or id not in self.spans:
            raise EditRefused(f"There is no span {id!r} in this document any more; it was removed or undone.")
        return self.spans[id]

    def _put(self, span: ReviewedSpan) -> None:
        self.spans[span.id] = span
        self.keys[span.key] = span.id

    def _drop(self, span: ReviewedSpan) -> None:
        del self.spans[span.id]
        del self.keys[span.key]


def _follow_undo(steps: Sequence[Step]) -> tuple[set[int], list[int], list[int]]:
    """(numbers of undone steps, what can be undone, what can be redone; the last of a list is next)."""
    undone: set[int] = set()
    undo_stack: list[int] = []
    redo_stack: list[int] = []
    for step in steps:
        if step.kind == "edit":
            undo_stack.append(step.number)
            redo_stack.clear()
        elif step.kind in ("undo", "redo") and step.target not in (undo_stack if step.kind == "undo" else redo_stack):
            raise EditRefused(
                f"Step {step.number} is to {step.kind} step {step.target}, which cannot be: the history is damaged."
            )
        elif step.kind == "undo" and step.target is not None:
            undo_stack.remove(step.target)
            redo_stack.append(step.target)
            undone.add(step.target)
        elif step.kind == "redo" and step.target is not None:
            redo_stack.remove(step.target)
            undo_stack.append(step.target)
            undone.discard(step.target)
        elif step.kind == "suggest":
            # What was undone may be about suggestions that are gone.
            redo_stack.clear()
    return undone, undo_stack, redo_stack


def _is_marked(span: ReviewedSpan) -> bool:
    return bool(span.note) or span.is_flagged


def _checked_label(one: Correction, text: str) -> str:
    if not isinstance(one.label, str) or not one.label.strip():
        raise EditRefused(f"{text[:60]!r} is given the label {one.label!r}; choose one of the project's labels.")
    return one.label


def _touched(one: Correction, *revisions: Revision) -> tuple[int, int] | None:
    """The place a correction is about; None means the whole document."""
    places = []
    if one.start is not None and one.end is not None:
        places.append((one.start, one.end))
    if one.span_id is not None:
        for revision in revisions:
            places.extend((span.start, span.end) for span in revision.spans if span.id == one.span_id)
    if not places:
        return None
    return min(start for start, _ in places), max(end for _, end in places)


def _do_meet(one: tuple[int, int] | None, other: tuple[int, int] | None) -> bool:
    return one is None or other is None or (one[0] < other[1] and other[0] < one[1])
