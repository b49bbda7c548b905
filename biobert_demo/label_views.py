"""A revision as the history has it enters; the same revision with its labels' present names leaves (pure).

What was hidden is left out. Where a merge lets two spans of one place say the same, one of them is shown; `with_twins`
makes an edit of it reach the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from biobert_demo.annotations import Annotation
from biobert_demo.labels import LabelNames
from biobert_demo.review import Correction, ReviewedSpan, Revision, State, sort_spans

_SHOWN_FIRST: tuple[State, ...] = ("accepted", "unseen", "ignored", "rejected")
"""Of spans that say the same about one place. That a mention is no A does not say that it is not "A or B"."""

_MOVES_OR_ENDS = frozenset({"remove", "reject", "relabel", "rebound"})


def present_revision(
    revision: Revision, names: LabelNames, completed: str | None = None, *, hidden: bool | Iterable[str] = False
) -> Revision:
    """The revision in present names; `labels` of a complete one are those that it covers (`LabelNames.covered_by`).

    `hidden` says whether spans of hidden labels stay in it, or those of which.
    """
    kept = names.hidden if hidden is True else frozenset(hidden or ())
    covered = names.covered_by(revision.labels, completed) if revision.is_complete else revision.labels
    if not names.changes:
        return replace(revision, labels=covered)
    spans = [_present(span, names) for span in revision.spans]
    spans = [span for span in spans if span.label not in names.hidden or span.label in kept]
    return replace(revision, spans=sort_spans(_without_twins(spans)), labels=covered)


def present_annotations(
    annotations: Sequence[Annotation],
    others: Mapping[int, tuple[tuple[str, float], ...]],
    names: LabelNames,
    *,
    hidden: Iterable[str] = (),
) -> tuple[tuple[Annotation, ...], dict[int, tuple[tuple[str, float], ...]]]:
    """A model's annotations, and their further labels by place in the list, in present names."""
    if not names.changes:
        return tuple(annotations), dict(others)
    unwanted = names.hidden.difference(hidden)
    found: list[Annotation] = []
    further: dict[int, tuple[tuple[str, float], ...]] = {}
    for place, annotation in enumerate(annotations):
        label = names.of(annotation.label)
        if label in unwanted:
            continue
        if place in others:
            further[len(found)] = present_others(others[place], label, names)
        found.append(replace(annotation, label=label))
    return tuple(found), further


def present_others(others: Iterable[tuple[str, float]], label: str, names: LabelNames) -> tuple[tuple[str, float], ...]:
    """Probabilities of labels other than `label`, those that mean the same now added up, best first."""
    sums: dict[str, float] = {}
    for written, share in others:
        now = names.of(written)
        if now != label and now not in names.hidden:
            sums[now] = sums.get(now, 0.0) + share
    return tuple(sorted(((name, round(min(share, 1.0), 4)) for name, share in sums.items()), key=lambda one: -one[1]))


def with_twins(corrections: Iterable[Correction], revision: Revision, names: LabelNames) -> tuple[Correction, ...]:
    """Corrections that also remove what stood behind the spans they are about, unshown, for saying the same.

    `revision` is as the history has it. What is added stands at the end: a new span's id is its place in the step.
    """
    corrections = tuple(corrections)
    if not names.changes:
        return corrections
    moved = {one.span_id for one in corrections if one.action in _MOVES_OR_ENDS}
    places = {(span.start, span.end, names.of(span.label)) for span in revision.spans if span.id in moved}
    own = {one.span_id for one in corrections}
    twins = (
        span.id
        for span in revision.spans
        if (span.start, span.end, names.of(span.label)) in places
        and span.id not in own
        and span.state in ("accepted", "unseen")
    )
    return (*corrections, *(Correction("remove", span_id=id) for id in twins))


def decided_places(revision: Revision, names: LabelNames) -> frozenset[tuple[int, int, str]]:
    """(start, end, present label) of what a person has decided on, as it stands and as it was suggested."""
    places = set()
    for span in revision.spans:
        if span.state != "unseen":
            places.add((span.start, span.end, names.of(span.label)))
            if span.suggested is not None:
                start, end, label = span.suggested
                places.add((start, end, names.of(label)))
    return frozenset(places)


def _present(span: ReviewedSpan, names: LabelNames) -> ReviewedSpan:
    label = names.of(span.label)
    suggested = span.suggested
    if suggested is not None:
        now = (*suggested[:2], names.of(suggested[2]))
        suggested = None if now == (span.start, span.end, label) else now
    return replace(
        span,
        label=label,
        written=span.label if label != span.label else "",
        suggested=suggested,
        others=present_others(span.others, label, names),
    )


def _without_twins(spans: Iterable[ReviewedSpan]) -> list[ReviewedSpan]:
    shown: dict[tuple[int, int, str], ReviewedSpan] = {}
    for span in sorted(spans, key=lambda span: _SHOWN_FIRST.index(span.state)):
        first = shown.get(span.key)
        if first is None:
            shown[span.key] = span
            continue
        notes = dict.fromkeys(note for note in (first.note, span.note) if note)
        identifiers = dict.fromkeys((*first.identifiers, *span.identifiers))
        shown[span.key] = replace(
            first,
            note="\n".join(notes),
            identifiers=tuple(identifiers),
            is_flagged=first.is_flagged or span.is_flagged,
        )
    return list(shown.values())
