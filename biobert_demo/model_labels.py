"""Labels of projects and the outputs of a model enter; what the next model predicts, and reviews in its words, leave.

A project may call "Gene" something else, and two projects may call one thing by two names. A model has one name for
each of its outputs; what it learns from is translated into these.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from biobert_demo.annotations import LABEL_NAMES
from biobert_demo.errors import BadInput
from biobert_demo.labels import MOST_LABELS, LabelNames
from biobert_demo.review import ReviewedSpan, Revision, sort_spans


@dataclass(frozen=True, slots=True)
class LabelPlan:
    """The labels of the next model: those of its parent in their order, then new ones.

    `renamed` maps the parent's name of a label to the new one, where the lab has given it one.
    """

    labels: tuple[str, ...]
    renamed: Mapping[str, str]


def plan_labels(
    parent: Sequence[str],
    projects: Iterable[LabelNames],
    used: Iterable[str] | None = None,
    fixed: Iterable[str] = LABEL_NAMES,
) -> LabelPlan:
    """The labels of a model that learns from projects, given those of its parent.

    A label of the lab's own that all projects which know it have renamed alike is renamed in the model too; those in
    `fixed` keep their names, since other data has them. `used` are the labels, as the projects call them, that there is
    something to learn for (None: all that are not hidden). Raises BadInput where a model cannot hold so many.
    """
    projects = tuple(projects)
    renamed = _renamed(parent, projects, frozenset(fixed))
    labels = [renamed.get(label, label) for label in parent]
    wanted = None if used is None else tuple(dict.fromkeys(used))
    for project in projects:
        for label in project.visible:
            if (wanted is None or label in wanted) and not outputs_of(label, project, labels):
                labels.append(label)
    # What was accepted under a label that is on no list any more stays true.
    listed = {label for project in projects for label in project.labels}
    labels.extend(label for label in wanted or () if label not in listed and label not in labels)
    if len(labels) > MOST_LABELS:
        raise BadInput(
            f"There would be {len(labels)} labels, and a model can learn {MOST_LABELS}; hide or merge some, or learn from "
            "one project alone."
        )
    return LabelPlan(tuple(labels), renamed)


def outputs_of(label: str, names: LabelNames, outputs: Iterable[str]) -> list[str]:
    """The outputs of a model that mean a project's label: that of its own name first, those it has taken in last."""
    same = [output for output in outputs if names.of(output) == label]
    return sorted(same, key=lambda output: (output != label, names.is_merged(output)))


def in_model_terms(
    revision: Revision, names: LabelNames, outputs: Sequence[str], fixed: Iterable[str] = LABEL_NAMES
) -> Revision:
    """A revision in present names, without hidden labels, with its labels called as a model calls them.

    Where a project has merged labels that the model must keep apart (those in `fixed`, which other data has), a mention
    whose history says which of them it is has that one; of the others nothing is known, and they count as ignored. That
    a merged label was rejected under its old, narrower name says nothing about the whole.
    """
    kept = frozenset(fixed)
    spans = [_in_model_terms(span, names, outputs, kept) for span in revision.spans]
    covered = dict.fromkeys(name for label in revision.labels for name in outputs_of(label, names, outputs) or [label])
    return replace(revision, spans=sort_spans(spans), labels=tuple(covered))


def _in_model_terms(
    span: ReviewedSpan, names: LabelNames, outputs: Sequence[str], fixed: frozenset[str]
) -> ReviewedSpan:
    options = outputs_of(span.label, names, outputs)
    written = span.written or span.label
    is_narrow = names.is_merged(written)
    if written in options and (written in fixed or (is_narrow and span.state == "rejected")):
        return replace(span, label=written)
    if sum(option in fixed for option in options) > 1 or (is_narrow and span.state == "rejected"):
        return replace(span, state="ignored")
    return replace(span, label=options[0]) if options else span


def _renamed(parent: Sequence[str], projects: Sequence[LabelNames], fixed: frozenset[str]) -> dict[str, str]:
    renamed: dict[str, str] = {}
    for label in parent:
        knowing = [project for project in projects if project.of(label) != label or label in project.labels]
        now = {project.of(label) for project in knowing}
        # What was merged has no new name: the model keeps both apart, and the project reads them as one.
        if label in fixed or len(now) != 1 or any(project.is_merged(label) for project in knowing):
            continue
        (target,) = now
        if target != label and target not in parent and target not in renamed.values():
            renamed[label] = target
    return renamed
