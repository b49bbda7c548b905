"""A project enters; the panel that adds, renames, merges, hides and shows its labels leaves.

Whatever is about to happen is told in a sentence before it is done: how many mentions it is about, and what undoes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from biobert_demo.errors import BiobertDemoError
from biobert_demo.label_changes import describe_change
from biobert_demo.labels import LabelAct, LabelChange, LabelNames
from biobert_demo.ui.status import build_status_line, status_of

QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
ACTS: Mapping[str, LabelAct] = {
    "Rename": "rename",
    "Merge into another label": "merge",
    "Undo a merge": "split",
    "Hide": "hide",
    "Show again": "show",
}
BUTTONS: Mapping[LabelAct, str] = {
    "rename": "Rename",
    "merge": "Merge",
    "split": "Undo merge",
    "hide": "Hide",
    "show": "Show again",
}
NOTHING: Mapping[LabelAct, str] = {
    "split": "No label was merged into another one.",
    "show": "No label is hidden.",
    "merge": "A merge needs two labels that are shown.",
    "hide": "The only label that is shown cannot be hidden.",
}
HISTORY_HEADERS = ["When (UTC)", "Who", "What"]


Outcome = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class LabelPanel:
    """What the panel around it connects: `parts` are filled by `fill(LabelNames, status line or None)`.

    `adds` and `changes` are the events on which `read_addition` and `read_change` make a LabelChange of `add_inputs` and
    `change_inputs`.
    """

    parts: list[Any]
    fill: Callable[[LabelNames, str | None], Outcome]
    status: gr.HTML
    adds: list[Any]
    add_inputs: list[Any]
    changes: list[Any]
    change_inputs: list[Any]


def build_label_panel(
    assets: Path,
    project: gr.Dropdown,
    load: Callable[[int | None], LabelNames],
    explain: Callable[[int | None, LabelChange], str],
) -> LabelPanel:
    """Lay out the panel; `load` gives a project's names, `explain` says what a change means or raises what is in its way."""
    with gr.Row(elem_classes="bd-label-row"):
        new = gr.Textbox(label="A further label: name in files", max_lines=1, min_width=180, elem_id="bd-label-new")
        words = gr.Textbox(
            label="Shown as",
            placeholder="the name, if left empty",
            max_lines=1,
            min_width=150,
            elem_id="bd-label-words",
        )
        add = gr.Button("Add label", scale=0, min_width=130, elem_id="bd-label-add")
    with gr.Row(elem_classes="bd-label-row"):
        what = gr.Dropdown(
            list(ACTS), value="Rename", label="Change a label", filterable=False, min_width=170, elem_id="bd-label-act"
        )
        # Gradio sends each choice twice, the second time with values that the first has changed: it must not refuse them.
        which = gr.Dropdown([], label="Which", allow_custom_value=True, min_width=150, elem_id="bd-label-which")
        name = gr.Textbox(label="New name", max_lines=1, min_width=150, elem_id="bd-label-name")
        into = gr.Dropdown(
            [],
            label="Into",
            allow_custom_value=True,
            min_width=150,
            visible=False,
            elem_id="bd-label-into",
        )
        change = gr.Button("Rename", scale=0, min_width=130, elem_id="bd-label-change")
    status = build_status_line(assets, status_of("idle", ""), "bd-label-status")
    with gr.Accordion("Changes of labels so far", open=False, elem_id="bd-label-history"):
        history = gr.Dataframe(
            headers=HISTORY_HEADERS,
            datatype="str",
            type="array",
            interactive=False,
            show_label=False,
            wrap=True,
            elem_id="bd-label-changes",
        )

    def turn(id: int | None, act: str, chosen: str | None) -> Outcome:
        """Another act, or another label: offer what it can be done to, and with."""
        try:
            names = load(id)
        except BiobertDemoError as error:
            return (*(gr.skip() for _ in range(4)), status_of("failed", str(error)))
        label, into = first_choice(names, act, chosen)
        line = tell(id, act, label, "", into) if label else status_of("idle", NOTHING.get(ACTS[act], ""))
        return *present_choices(names, act, label, into), line

    def tell(id: int | None, act: str, chosen: str | None, given: str, target: str | None) -> str:
        """What the change that is set up would mean."""
        if not chosen or (ACTS[act] == "rename" and not (given or "").strip()):
            return status_of("idle", "")
        try:
            return status_of("idle", explain(id, read_change(act, chosen, given, target)))
        except BiobertDemoError as error:
            return status_of("failed", str(error))

    def fill(names: LabelNames, line: str | None) -> Outcome:
        rows = [[one.created[:16].replace("T", " "), one.author, describe_change(one)] for one in names.changes]
        which_now, _, into_now, change_now = present_choices(names, "Rename", *first_choice(names, "Rename", None))
        # Without a line nothing has been done: what somebody is typing stays.
        typed = gr.Textbox(visible=True) if line is None else gr.Textbox("", visible=True)
        emptied = gr.skip() if line is None else ""
        told = gr.skip() if line is None else line
        return "Rename", which_now, typed, into_now, change_now, emptied, emptied, rows[::-1], told

    asked = [project, what, which, name, into]
    turned = {"fn": turn, "inputs": [project, what, which], "outputs": [which, name, into, change, status], **QUIET}
    gr.on([what.input, which.input], **turned)
    gr.on([into.input, name.input], tell, asked, status, trigger_mode="always_last", **QUIET)
    return LabelPanel(
        [what, which, name, into, change, new, words, history, status],
        fill,
        status,
        [add.click, new.submit, words.submit],
        [new, words],
        [change.click, name.submit],
        [what, which, name, into],
    )


def first_choice(names: LabelNames, act: str, chosen: str | None) -> tuple[str | None, str | None]:
    """The label to begin with, the chosen one where something can be done to it, and the label to merge it into."""
    choices = choices_for(ACTS[act], names)
    label = chosen if chosen in choices else next(iter(choices), None)
    return label, next((other for other in names.visible if other != label), None)


def present_choices(names: LabelNames, act: str, label: str | None, into: str | None) -> Outcome:
    """New values of the fields "Which", "New name" and "Into", and of the button."""
    made = ACTS[act]
    choices = choices_for(made, names)
    others = [other for other in names.visible if other != label]
    return (
        gr.Dropdown(choices, value=label, interactive=bool(choices)),
        gr.Textbox(visible=made == "rename"),
        gr.Dropdown(others, value=into, visible=made == "merge"),
        gr.Button(BUTTONS[made], interactive=bool(choices)),
    )


def choices_for(act: LabelAct, names: LabelNames) -> list[str]:
    """The labels that something can be done to."""
    if act == "split":
        return list(names.mergeable_back())
    if act == "show":
        return [name for name in names.labels if name in names.hidden]
    if act in ("hide", "merge"):
        return list(names.visible) if len(names.visible) > 1 else []
    return list(names.labels)


def read_addition(name: str, words: str) -> LabelChange:
    """The label that the fields say is to be added."""
    return LabelChange("add", name or "", words or "")


def read_change(act: str, label: str | None, name: str | None, into: str | None) -> LabelChange:
    """The change that the fields say is to be made."""
    made = ACTS[act]
    return LabelChange(made, label or "", {"rename": name or "", "merge": into or ""}.get(made, ""))
