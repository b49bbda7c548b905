"""A project enters; the panel that shows and changes its name, labels and guideline leaves."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from biobert_demo.annotations import canonical_label
from biobert_demo.errors import BadInput, BiobertDemoError
from biobert_demo.store import Project, ProjectLabel, standard_labels
from biobert_demo.ui.status import status_of
from biobert_demo.ui.store_state import StoreState

HEADERS = ["Name in files", "Shown as", "Colour", "Key"]
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_EMPTY_ROWS = 2
_NOTE = (
    "Empty rows at the end are for further labels. "
    "A label without a colour gets one that goes with the others and can be told apart; a colour is written as #c4e1fd. "
    "Keys are 1 to 9. A label that is taken out of the list stays on the spans that have it."
)
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


def build_project_panel(
    stores: StoreState,
    project: gr.Dropdown,
    on_change: Callable[[int], tuple[Any, ...]],
    outputs: Sequence[Any],
) -> None:
    """Lay out the panel. After a change `on_change(project id)` gives new values of `outputs`, the first a status line."""
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
            elem_id="bd-project-labels",
        )
        gr.Markdown(_NOTE, elem_classes="bd-note")
        guideline = gr.Textbox(
            label="Guideline in Markdown, shown beside the editor",
            lines=6,
            max_lines=16,
            elem_id="bd-project-guideline",
        )
        with gr.Row(elem_classes="bd-actions"):
            save = gr.Button("Save project", variant="primary", scale=0, min_width=130)
            create = gr.Button("Create as new project", scale=0, min_width=180)

    def show(id: int | None) -> tuple[Any, Any, Any]:
        try:
            projects = stores.store().projects
            found = projects.get(int(id)) if id else projects.default()
        except BiobertDemoError:
            # The tab's own status line tells what is wrong with the store.
            return gr.skip(), gr.skip(), gr.skip()
        return found.name, present_labels_table(found), found.guideline

    def update(id: int | None, new_name: str, table: Any, text: str) -> tuple[Any, ...]:
        def run() -> Project:
            projects = stores.store().projects
            id_ = int(id) if id else projects.default().id
            return projects.update(id_, name=new_name, labels=read_labels(table), guideline=text or "")

        return changed(run)

    def make(new_name: str, table: Any, text: str) -> tuple[Any, ...]:
        return changed(lambda: stores.store().projects.create(new_name, read_labels(table), text or ""))

    def changed(run: Callable[[], Project]) -> tuple[Any, ...]:
        try:
            found = run()
        except BiobertDemoError as error:
            return status_of("failed", str(error)), *(gr.skip() for _ in outputs[1:])
        return on_change(found.id)

    gr.on([panel.expand, project.change], show, project, [name, labels, guideline], **QUIET)
    save.click(update, [project, name, labels, guideline], list(outputs), **QUIET)
    create.click(make, [name, labels, guideline], list(outputs), **QUIET)


def present_labels_table(project: Project) -> list[list[str]]:
    """The labels as rows of the table, and two empty rows for further ones."""
    rows = [[one.name, one.shown, one.color or "", one.key or ""] for one in project.labels]
    return [*rows, *([""] * len(HEADERS) for _ in range(_EMPTY_ROWS))]


def read_labels(rows: Sequence[Sequence[Any]]) -> tuple[ProjectLabel, ...]:
    """The labels that the table's rows say, empty rows left out; raises BadInput for what a label cannot be."""
    labels = []
    for row in rows:
        name, shown, color, key = (*(str(cell if cell is not None else "").strip() for cell in row), "", "", "", "")[:4]
        if not name and not shown:
            continue
        name = canonical_label(name or shown)
        if color and not _COLOR.fullmatch(color):
            raise BadInput(f"The colour of {name} is {color[:40]!r}; write it as #c4e1fd, or leave it empty.")
        if key and key not in tuple("123456789"):
            raise BadInput(f"The key of {name} is {key[:20]!r}; a key is one digit from 1 to 9, or empty.")
        standard = {label.name: label.shown for label in standard_labels()}
        labels.append(ProjectLabel(name, shown or standard.get(name, name), color or None, key or None))
    if not labels:
        raise BadInput("A project needs at least one label; write its name into the table.")
    return tuple(labels)
