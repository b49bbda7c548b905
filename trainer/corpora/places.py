"""A mention's stated place and surface text enter; the annotation whose text truly stands there leaves."""

from __future__ import annotations

from biobert_demo.annotations import Annotation
from biobert_demo.errors import Problem
from trainer.corpora.corpus import Report

REACH = 5
"""Code points. How far a stated place may be off and the mention still be the one that was meant."""


def locate_mention(
    text: str,
    stated: tuple[int, int],
    surface: str,
    label: str,
    report: Report,
    problem: Problem,
    identifiers: tuple[str, ...] = (),
) -> Annotation | None:
    """The mention at its stated place, or at the nearest place within REACH where its surface text stands.

    A mention that had to be moved or could not be placed is reported as `problem` with the reason added.
    """
    start, end = stated
    if 0 <= start < end <= len(text) and text[start:end] == surface:
        return Annotation(start, end, surface, label, identifiers)
    said = f"the mention {surface[:60]!r} is said to be at {start}-{end}, where the text is {text[start:end][:60]!r}"
    found = _nearest(text, surface, start)
    if found is None:
        report(Problem(problem.source, f"{said}; left out", problem.line, problem.document_id))
        return None
    moved = f"{said}; taken at {found}-{found + len(surface)}"
    report(Problem(problem.source, moved, problem.line, problem.document_id))
    return Annotation(found, found + len(surface), surface, label, identifiers)


def _nearest(text: str, surface: str, start: int) -> int | None:
    if not surface:
        return None
    for distance in range(REACH + 1):
        for candidate in (start - distance, start + distance):
            if candidate >= 0 and text.startswith(surface, candidate):
                return candidate
    return None
