"""A project's name and what is to change about its labels enter; the labels, and what the changes mean, leave."""

from __future__ import annotations

import argparse
import getpass
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from biobert_demo.commands.opening import opened_store, project_to_read
from biobert_demo.commands.terminal import say
from biobert_demo.errors import BadInput

if TYPE_CHECKING:
    from biobert_demo.labels import LabelChange, LabelNames
    from biobert_demo.store import Project, ProjectLabel, Store

_ACTS = (
    ("add", ("LABEL",), "a further label, under its name in files"),
    ("rename", ("OLD", "NEW"), "another name for a label; mentions keep the old one in their history"),
    ("merge", ("OLD", "INTO"), "read the mentions of a label as another one's"),
    ("split", ("LABEL",), "undo the merge of a label into another one"),
    ("hide", ("LABEL",), "neither offer, suggest, draw nor learn a label; its mentions stay"),
    ("show", ("LABEL",), "bring a hidden label back"),
)
_LOOKS = (
    ("words", ("LABEL", "WORDS"), "the words that the page shows for a label"),
    ("color", ("LABEL", "COLOR"), "its colour, as #c4e1fd; empty for one of the page's"),
    ("key", ("LABEL", "DIGIT"), "its key in the editor, 1 to 9; empty for none of its own"),
)


class _InOrder(argparse.Action):
    """Keeps the options in the order they were typed, which is the order the changes are made in."""

    def __call__(self, parser: Any, namespace: argparse.Namespace, values: Any, option: str | None = None) -> None:
        namespace.steps = [*namespace.steps, (self.dest, *values)]


def register(actions: Any) -> None:
    """Add `projects labels`."""
    one = actions.add_parser(
        "labels",
        help="list, add, rename, merge and hide the labels of a project",
        description="Without options, the labels are listed: name, words shown, state (shown, hidden, or what it was "
        "merged into), colour, key, mentions, texts, and earlier names, separated by tabs. Changes are made in the order "
        "they are typed, all or none.",
    )
    one.add_argument("name", metavar="NAME", help="of the project")
    for act, values, words in (*_ACTS, *_LOOKS):
        one.add_argument(f"--{act}", nargs=len(values), metavar=values, dest=act, action=_InOrder, help=words)
    one.add_argument("--author", metavar="NAME", help="who changes them (default: the user of this computer)")
    one.add_argument("--dry-run", action="store_true", help="say what the changes would mean, and make none")
    one.add_argument("--history", action="store_true", help="print the changes made so far: date, author, what")
    one.set_defaults(run=change_labels, steps=[])


def change_labels(options: argparse.Namespace) -> int:
    """`biobert-demo projects labels NAME`."""
    from biobert_demo.labels import LabelChange

    acts = {act for act, _, _ in _ACTS}
    changes = [LabelChange(act, *values) for act, *values in options.steps if act in acts]
    looks = [step for step in options.steps if step[0] not in acts]
    with opened_store() as store:
        project = project_to_read(store, options.name)
        for sentence in store.projects.explain(project.id, changes):
            say(sentence)
        _check_looks(looks, store.projects.names(project.id), changes)
        if options.dry_run:
            return 0
        if options.steps:
            project = _changed(store, project, changes, looks, _author(options.author))
        if options.history:
            _print_history(store, project)
        elif not options.steps:
            _print_labels(store, project)
    return 0


def _changed(
    store: Store, project: Project, changes: Sequence[LabelChange], looks: Sequence[Sequence[str]], author: str
) -> Project:
    project = store.projects.change_labels(project.id, changes, author) if changes else project
    if not looks:
        return project
    labels = {label.name: label for label in project.labels}
    for look, name, value in looks:
        labels[name] = _with_look(labels[name], look, value.strip())
    return store.projects.update(project.id, labels=labels.values(), author=author)


def _check_looks(looks: Iterable[Sequence[str]], names: LabelNames, changes: Iterable[LabelChange]) -> None:
    """Before anything is changed: that the labels will be there, and look as a page can draw."""
    from biobert_demo.label_changes import check_change, check_look

    for change in changes:
        names = names.after(check_change(names, change))
    for look, name, value in looks:
        if name not in names.visible:
            raise BadInput(f"The project shows no label {name[:60]!r}; its labels are {', '.join(names.visible)}.")
        check_look(name, value.strip() if look == "color" else None, value.strip() if look == "key" else None)


def _with_look(label: ProjectLabel, look: str, value: str) -> ProjectLabel:
    if look == "words":
        return replace(label, shown=value or label.name)
    return replace(label, color=value or None) if look == "color" else replace(label, key=value or None)


def _author(given: str | None) -> str:
    if given is not None:
        return given
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError) as error:
        raise BadInput("This computer does not tell who you are; add --author NAME.") from error


def _print_labels(store: Store, project: Project) -> None:
    names = store.projects.names(project.id)
    for state, labels in (("shown", project.labels), ("hidden", project.hidden)):
        for label in labels:
            earlier = ", ".join(name for name in names.written_as(label.name)[1:] if not names.is_merged(name))
            counts = store.projects.count_label(project.id, label.name)
            print(label.name, label.shown, state, label.color or "", label.key or "", *counts, earlier, sep="\t")
    for part, whole in names.mergeable_back().items():
        print(part, "", f"in {whole}", "", "", "", "", "", sep="\t")


def _print_history(store: Store, project: Project) -> None:
    from biobert_demo.label_changes import describe_change

    for change in store.projects.names(project.id).changes:
        print(change.created[:19], change.author, describe_change(change), sep="\t")
