"""A project enters; the panel that shows and changes its name, labels and guideline leaves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from biobert_demo.annotations import canonical_label
from biobert_demo.errors import BadInput, BiobertDemoError
from biobert_demo.label_changes import check_look
from biobert_demo.labels import LabelChange, LabelNames
from biobert_demo.store import Project, ProjectLabel, Store, standard_labels
from biobert_demo.ui.label_panel import build_label_panel, read_addition, read_change
from biobert_demo.ui.people import People
from biobert_demo.ui.status import status_of
from biobert_demo.ui.store_state import StoreState

HEADERS = ["Name in files", "Shown as", "Colour", "Key"]
_NOTE = (
    "A label without a colour gets one that goes with the others and can be told apart; a colour is written as #c4e1fd. "
    "Keys are 1 to 9. Names are changed below, so that what was labelled before is not left behind."
)
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


def build_project_panel(
    stores: StoreState,
    people: People,
    project: gr.Dropdown,
    author: gr.Textbox,
    assets: Path,
    on_change: Callable[..., tuple[Any, ...]],
    outputs: Sequence[Any],
) -> None:
    """Lay out the panel.

    After a change `on_change(project id, author, sentence or None)` gives new values of `outputs`, the first a status line.
    """
    with gr.Accordion("Project: labels and guideline", open=False, elem_id="bd-project-panel") as panel:
        with gr.Row():
            name = gr.Textbox(label="Project name", max_lines=1, elem_id="bd-project-name")
        labels = gr.Dataframe(
            headers=HEADERS,
            datatype="str",
            type="array",
            interactive=True,
            label="Labels",
            column_count=len(HEADERS),
            row_count=4,
            static_columns=[0],
            wrap=True,
            column_widths=["32%", "36%", "18%", "14%"],
            elem_id="bd-project-labels",
        )
        gr.Markdown(_NOTE, elem_classes="bd-note")
        label_panel = build_label_panel(assets, project, lambda id: names_of(stores.store(), id), explain(stores))
        guideline = gr.Textbox(
            label="Guideline in Markdown, shown beside the editor",
            lines=6,
            max_lines=16,
            elem_id="bd-project-guideline",
        )
        with gr.Row(elem_classes="bd-actions"):
            save = gr.Button("Save project", variant="primary", scale=0, min_width=130)
            create = gr.Button("Create as new project", scale=0, min_width=180)
    fields = [name, labels, guideline, *label_panel.parts]

    def present(id: int | None, line: str | None = None) -> tuple[Any, ...]:
        store = stores.store()
        found = find_project(store, id)
        filled = label_panel.fill(store.projects.names(found.id), line)
        return found.name, present_labels_table(found), found.guideline, *filled

    def show(id: int | None) -> tuple[Any, ...]:
        try:
            return present(id)
        except BiobertDemoError:
            # The tab's own status line tells what is wrong with the store.
            return tuple(gr.skip() for _ in fields)

    def update(
        id: int | None, new_name: str, table: Any, text: str, claimed: str, request: gr.Request
    ) -> tuple[Any, ...]:
        def run(who: str) -> Project:
            projects = stores.store().projects
            id_ = find_project(stores.store(), id).id
            return projects.update(id_, name=new_name, labels=read_labels(table), guideline=text or "", author=who)

        return changed(run, claimed, request)

    def make(new_name: str, table: Any, text: str, claimed: str, request: gr.Request) -> tuple[Any, ...]:
        return changed(
            lambda _: stores.store().projects.create(new_name, read_labels(table), text or ""), claimed, request
        )

    def changed(run: Callable[[str], Project], claimed: str, request: gr.Request) -> tuple[Any, ...]:
        try:
            who = people.author(request, claimed)
            found = run(who)
            return *on_change(found.id, who), *present(found.id)
        except BiobertDemoError as error:
            skipped = (gr.skip() for _ in (*outputs[1:], *fields))
            return status_of("failed", str(error)), *skipped

    def add(id: int | None, new: str, words: str, claimed: str, request: gr.Request) -> tuple[Any, ...]:
        return change_label(id, read_addition(new, words), claimed, request)

    def alter(
        id: int | None, act: str, label: str | None, new: str, into: str | None, claimed: str, request: gr.Request
    ) -> tuple[Any, ...]:
        return change_label(id, read_change(act, label, new, into), claimed, request)

    def change_label(id: int | None, change: LabelChange, claimed: str, request: gr.Request) -> tuple[Any, ...]:
        """Make it, and leave what it meant on the panel's own status line: the tab's may be out of sight."""
        try:
            who = people.author(request, claimed)
            projects = stores.store().projects
            id_ = find_project(stores.store(), id).id
            (sentence,) = projects.explain(id_, [change])
            found = projects.change_labels(id_, [change], who)
            return *on_change(found.id, who, sentence), *present(found.id, status_of("done", sentence))
        except BiobertDemoError as error:
            skipped = (gr.skip() for _ in (*outputs, *fields[:-1]))
            return *skipped, status_of("failed", str(error))

    gr.on([panel.expand, project.change], show, project, fields, **QUIET)
    project.input(lambda: status_of("idle", ""), None, label_panel.status, **QUIET)
    everything = [*outputs, *fields]
    save.click(update, [project, name, labels, guideline, author], everything, **QUIET)
    create.click(make, [name, labels, guideline, author], everything, **QUIET)
    gr.on(label_panel.adds, add, [project, *label_panel.add_inputs, author], everything, **QUIET)
    gr.on(label_panel.changes, alter, [project, *label_panel.change_inputs, author], everything, **QUIET)


def find_project(store: Store, id: int | None) -> Project:
    """The project that is chosen, else the default one."""
    return store.projects.get(int(id)) if id else store.projects.default()


def names_of(store: Store, id: int | None) -> LabelNames:
    """The labels of the project that is chosen."""
    return store.projects.names(find_project(store, id).id)


def explain(stores: StoreState) -> Callable[[int | None, LabelChange], str]:
    """A function that says what a change of a project's labels would mean; it raises BadInput where it cannot be made."""

    def run(id: int | None, change: LabelChange) -> str:
        store = stores.store()
        (sentence,) = store.projects.explain(find_project(store, id).id, [change])
        return sentence

    return run


def present_labels_table(project: Project) -> list[list[str]]:
    """The labels that are shown, as rows of the table."""
    return [[one.name, one.shown, one.color or "", one.key or ""] for one in project.labels]


def read_labels(rows: Sequence[Sequence[Any]]) -> tuple[ProjectLabel, ...]:
    """The labels that the table's rows say, empty rows left out; raises BadInput for what a label cannot be."""
    labels = []
    for row in rows:
        name, shown, color, key = (*(str(cell if cell is not None else "").strip() for cell in row), "", "", "", "")[:4]
        if not name and not shown:
            continue
        name = canonical_label(name or shown)
        check_look(name, color, key)
        standard = {label.name: label.shown for label in standard_labels()}
        labels.append(ProjectLabel(name, shown or standard.get(name, name), color or None, key or None))
    if not labels:
        raise BadInput("A project needs at least one label; write its name into the table.")
    return tuple(labels)
