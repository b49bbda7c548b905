"""Names, labels and guidelines enter; projects, and a list of them, leave. What their labels become is in `labels`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from biobert_demo.commands import labels as label_commands
from biobert_demo.commands.opening import opened_store
from biobert_demo.commands.places import read_names
from biobert_demo.commands.terminal import say
from biobert_demo.errors import BadInput


def register(commands: Any) -> None:
    """Add `projects list|create|labels`."""
    projects = commands.add_parser("projects", help="list and create projects, and change their labels")
    actions = projects.add_subparsers(required=True, metavar="ACTION", title="actions")
    one = actions.add_parser(
        "list", help="print name, documents, complete reviews, annotators and labels, separated by tabs"
    )
    one.set_defaults(run=list_projects)
    one = actions.add_parser("create", help="create a project")
    one.add_argument("name", metavar="NAME")
    one.add_argument("--labels", type=read_names, metavar="L,..", help="its labels (default: the four standard ones)")
    one.add_argument("--guideline", metavar="FILE", help="a Markdown file, shown beside the editor")
    one.set_defaults(run=create_project)
    label_commands.register(actions)


def list_projects(_: argparse.Namespace) -> int:
    """`biobert-demo projects list`."""
    with opened_store() as store:
        for project in store.projects.list():
            people = store.reviews.progress(project.id)
            print(
                project.name,
                store.documents.count(project.id),
                sum(one.completed for one in people),
                ",".join(one.author for one in people),
                ",".join(project.label_names),
                sep="\t",
            )
    return 0


def create_project(options: argparse.Namespace) -> int:
    """`biobert-demo projects create NAME`."""
    from biobert_demo.annotations import canonical_label
    from biobert_demo.store import ProjectLabel, standard_labels

    guideline = _read_guideline(options.guideline) if options.guideline else ""
    labels = None
    if options.labels:
        standard = {label.name: label for label in standard_labels()}
        names = dict.fromkeys(map(canonical_label, options.labels))
        labels = [
            ProjectLabel(name, standard[name].shown if name in standard else name, None, str(i) if i <= 9 else None)
            for i, name in enumerate(names, 1)
        ]
    with opened_store() as store:
        project = store.projects.create(options.name, labels, guideline)
    say(f"The project {project.name!r} has the labels {', '.join(project.label_names)}.")
    return 0


def _read_guideline(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"The guideline {path} cannot be read ({error}); give a Markdown file in UTF-8.") from error
