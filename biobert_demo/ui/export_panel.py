"""A project and a filter enter; a file to be saved, with what people decided, leaves."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import gradio as gr

from biobert_demo.errors import BadInput, BiobertDemoError, Problem
from biobert_demo.formats import FORMATS, WRITABLE, write_documents
from biobert_demo.review import STATES
from biobert_demo.store import ExportFilter, Store
from biobert_demo.ui.downloads import zip_folder
from biobert_demo.ui.status import build_status_line, status_of
from biobert_demo.ui.store_state import StoreState
from biobert_demo.wording import count_nouns

QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


def build_export_panel(stores: StoreState, project: gr.Dropdown, assets: Path) -> None:
    """Lay out the panel and connect it."""
    with gr.Accordion("Export", open=False, elem_id="bd-export") as panel:
        with gr.Row():
            format = gr.Dropdown(list(WRITABLE), value="jsonl", label="Format", scale=1, min_width=150)
            states = gr.CheckboxGroup(list(STATES), value=["accepted"], label="States of spans", scale=2, min_width=260)
        with gr.Row():
            authors = gr.Dropdown([], multiselect=True, label="Annotators (all if empty)", min_width=200)
            labels = gr.Dropdown([], multiselect=True, label="Labels (all if empty)", min_width=200)
        with gr.Row():
            since = gr.Textbox(label="Changed since", placeholder="2026-03-31", max_lines=1, min_width=140)
            until = gr.Textbox(label="Changed until", placeholder="2026-03-31", max_lines=1, min_width=140)
        complete = gr.Checkbox(True, label="Complete reviews alone")
        make = gr.Button("Make the file", variant="primary", scale=0, min_width=140, elem_id="bd-export-button")
        status = build_status_line(assets, status_of("idle", ""), "bd-export-status")
        file = gr.File(label="Export", visible=False, interactive=False, elem_id="bd-export-file")

    def show(id: int | None) -> tuple[Any, Any]:
        try:
            store = stores.store()
            found = store.projects.get(int(id)) if id else store.projects.default()
            people = [one.author for one in store.reviews.progress(found.id)]
        except BiobertDemoError:
            # The tab's own status line tells what is wrong with the store.
            return gr.skip(), gr.skip()
        hidden = [(f"{label.name} (hidden)", label.name) for label in found.hidden]
        choices = [*((name, name) for name in found.label_names), *hidden]
        return gr.Dropdown(people, value=[]), gr.Dropdown(choices, value=[])

    def export(
        id: int | None, name: str, chosen: Sequence[str], who: Sequence[str], which: Sequence[str], first: str,
        last: str, only_complete: bool,
    ) -> tuple[str, Any]:  # fmt: skip
        problems: list[Problem] = []
        try:
            store = stores.store()
            project_id = int(id) if id else store.projects.default().id
            wanted = ExportFilter(
                tuple(state for state in STATES if state in chosen),
                tuple(who),
                tuple(which),
                read_day(first),
                read_day(last),
                only_complete=only_complete,
            )
            path, count = write_export(store, project_id, wanted, name, problems)
        except (BiobertDemoError, OSError) as error:
            return status_of("failed", str(error)), gr.File(None, visible=False)
        notes = [str(problem) for problem in problems]
        line = status_of(
            "warning" if notes else "done",
            f"{count_nouns(count, 'document')} in {path.name}.",
            details=notes,
            summary="what the format could not hold" if notes else "",
        )
        return line, gr.File(str(path), visible=True)

    gr.on([panel.expand, project.change], show, project, [authors, labels], **QUIET)
    inputs = [project, format, states, authors, labels, since, until, complete]
    make.click(export, inputs, [status, file], concurrency_limit=2, **QUIET)


def write_export(
    store: Store, project_id: int, wanted: ExportFilter, format: str, problems: list[Problem]
) -> tuple[Path, int]:
    """The file (a folder of files is zipped) and how many documents are in it; raises BadInput where there are none."""
    if format not in WRITABLE:
        raise BadInput(f"There is no format {format!r}; choose one of {', '.join(WRITABLE)}.")
    if not wanted.states:
        raise BadInput("No state of spans is chosen; tick at least one.")
    documents = list(store.reviews.export(project_id, wanted))
    if not documents:
        raise BadInput("No review fits these choices, so that there is no file; complete a document, or ask for less.")
    stem = "".join(c if c.isalnum() else "-" for c in store.projects.get(project_id).name).strip("-") or "project"
    folder = Path(tempfile.mkdtemp(prefix="biobert-demo-export-"))
    path = folder / f"{stem}{FORMATS[format].suffix}"
    write_documents(documents, path, format, problems.append)
    if path.is_dir():
        packed = folder / f"{stem}-{format}.zip"
        packed.write_bytes(zip_folder(path))
        path = packed
    return path, len(documents)


def read_day(text: str | None) -> str | None:
    """An ISO date, None for an empty field; raises BadInput for anything else."""
    if not text or not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip()).isoformat()
    except ValueError as error:
        raise BadInput(f"A date is written as 2026-03-31, but it is {text.strip()[:40]!r}.") from error
