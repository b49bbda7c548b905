"""What can be asked for enters; the tab "Learn" - what there is to learn from, the run, its result, models - leaves."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from biobert_demo.errors import BiobertDemoError
from biobert_demo.ui.learn_actions import LearnActions, describe_plan
from biobert_demo.ui.learn_panels import build_forecast, build_lessons, build_models, build_result, build_run
from biobert_demo.ui.learn_plots import LearnPlots
from biobert_demo.ui.presentation import to_json
from biobert_demo.ui.status import build_status_line, status_of

POLL_SECONDS = 1.5
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


def build_learn_tab(
    actions: LearnActions, assets: Path, tab: gr.Tab, others: Sequence[gr.Tab], name: gr.Textbox
) -> None:
    """Lay out the tab inside the Blocks that are being built, and connect it; `name` is the field with who works here."""
    plots = LearnPlots()
    # What is drawn already: a plot that is drawn anew each second would flicker.
    drawn = gr.State({})
    timer = gr.Timer(POLL_SECONDS, active=False)
    lessons = build_lessons(assets)
    with gr.Row(elem_classes="bd-actions"):
        learn = gr.Button("Learn now", variant="primary", scale=0, min_width=130, elem_id="bd-learn-now")
        cancel = gr.Button("Cancel", scale=0, min_width=90, visible=False, elem_id="bd-learn-cancel")
        project = gr.Dropdown(
            [("all projects", 0)],
            value=0,
            label="from",
            container=True,
            scale=0,
            min_width=200,
            visible=False,
            filterable=False,
            elem_id="bd-learn-project",
        )
    status = build_status_line(assets, status_of("idle", ""), "bd-learn-status")
    run = build_run(assets)
    with gr.Row(visible=False, elem_id="bd-learn-curves") as curves:
        loss = plots.build_loss()
        dev = plots.build_dev()
    result = build_result(assets, actions.server_functions())
    with gr.Column(visible=False, elem_id="bd-learn-history-curve") as history:
        gr.HTML(_HISTORY, apply_default_css=False, elem_classes="bd-plain")
        curve = plots.build_history()
        forecast = build_forecast(assets)
    models = build_models(assets, actions.server_functions())
    with gr.Accordion("Learn by itself", open=False, elem_id="bd-learn-plan"):
        with gr.Row():
            after = gr.Number(
                0, label="after so many newly completed documents (0: never)", precision=0, minimum=0, min_width=200
            )
            nightly = gr.Textbox(
                "", label="every night at (like 02:00; empty: never)", max_lines=1, max_length=5, min_width=200
            )
        keep = gr.Button("Save", scale=0, min_width=110, elem_id="bd-learn-plan-save")

    seen = [drawn, timer, learn, cancel, run, curves, loss, dev]
    everything = [*seen, status, project, lessons, result, history, curve, forecast, models]

    def look(shown: dict[str, Any], chosen: int | None, claimed: str, request: gr.Request) -> tuple[Any, ...]:
        """All of the tab, as it stands now."""
        try:
            author = actions.author(request, claimed)
            return (*follow(shown), status_of("idle", ""), *rest(chosen, author))
        except BiobertDemoError as error:
            return (*_skips(seen), status_of("failed", str(error)), *_skips(everything[len(seen) + 1 :]))

    def follow(shown: dict[str, Any]) -> tuple[Any, ...]:
        """What changes while a run is on: values of `seen`."""
        value = actions.look_at_run()
        value["glossary"] = actions.glossary
        one = value["run"]
        is_on = one is not None and not one["isEnded"]
        metrics = actions.metrics(one["id"]) if one is not None else []
        key = {"run": one and one["id"], "last": metrics[-1]["number"] if metrics else 0}
        is_new = key != {name: shown.get(name) for name in key}
        return (
            {**shown, **key, "isOn": is_on},
            gr.Timer(active=is_on),
            gr.Button("Learn again after this run" if one and one["state"] == "running" else "Learn now",
                      interactive=not (one and one["state"] == "queued")),
            gr.Button(visible=is_on, interactive=is_on and not one["isCancelRequested"]),
            to_json(value),
            gr.Row(visible=bool(metrics)) if is_new else gr.skip(),
            plots.loss(metrics) if is_new else gr.skip(),
            plots.dev(metrics) if is_new else gr.skip(),
        )  # fmt: skip

    def rest(chosen: int | None, author: str) -> tuple[Any, ...]:
        """What changes only when a run has ended, or somebody did something."""
        choices = [("all projects", 0), *((one.name, one.id) for one in actions.projects())]
        known = chosen if any(id == chosen for _, id in choices) else 0
        points, forecasts = actions.look_at_curve()
        return (
            gr.Dropdown(choices, value=known, visible=len(choices) > 2),
            to_json(actions.look_at_lessons(known or None)),
            to_json(actions.look_at_result()),
            gr.Column(visible=bool(points)),
            plots.history(points) if points else gr.skip(),
            to_json(forecasts),
            to_json(actions.look_at_models(author)),
        )

    def tick(shown: dict[str, Any], chosen: int | None, claimed: str, request: gr.Request) -> tuple[Any, ...]:
        """A moment has passed: follow the run, and where it has ended look at everything."""
        try:
            values = follow(shown)
            if values[0]["isOn"] or not shown.get("isOn"):
                return (*values, *_skips(everything[len(seen) :]))
            return (*values, status_of("idle", ""), *rest(chosen, actions.author(request, claimed)))
        except BiobertDemoError as error:
            return (*_skips(seen), status_of("failed", str(error)), *_skips(everything[len(seen) + 1 :]))

    def act(shown: dict[str, Any], sentence: Any) -> tuple[Any, ...]:
        try:
            said = sentence()
            line = status_of("done" if said else "idle", said)
            return (*follow(shown), line)
        except BiobertDemoError as error:
            return (*_skips(seen), status_of("failed", str(error)))

    def start(shown: dict[str, Any], chosen: int | None, claimed: str, request: gr.Request) -> tuple[Any, ...]:
        return act(shown, lambda: actions.start(actions.author(request, claimed), chosen or None))

    def stop(shown: dict[str, Any], claimed: str, request: gr.Request) -> tuple[Any, ...]:
        return act(shown, lambda: actions.cancel(actions.author(request, claimed)))

    def count(chosen: int | None) -> tuple[Any, str]:
        try:
            return to_json(actions.look_at_lessons(chosen or None)), status_of("idle", "")
        except BiobertDemoError as error:
            return gr.skip(), status_of("failed", str(error))

    def show_plan() -> tuple[Any, Any]:
        try:
            plan = actions.read_plan()
        except BiobertDemoError:
            # The tab's own status line tells what is wrong with the store.
            return gr.skip(), gr.skip()
        return plan.after, plan.nightly or ""

    def keep_plan(number: Any, time: str, claimed: str, request: gr.Request) -> str:
        try:
            actions.author(request, claimed)
            return status_of("done", describe_plan(actions.keep_plan(number, time)))
        except BiobertDemoError as error:
            return status_of("failed", str(error))

    asked = [drawn, project, name]
    tab.select(look, asked, everything, **QUIET)
    timer.tick(tick, asked, everything, **QUIET)
    learn.click(start, asked, [*seen, status], **QUIET)
    cancel.click(stop, [drawn, name], [*seen, status], **QUIET)
    project.input(count, project, [lessons, status], **QUIET)
    models.acted(look, asked, everything, **QUIET)
    for other in others:
        # Nobody looks: nothing is asked for, however long the run takes.
        other.select(lambda: gr.Timer(active=False), None, timer, **QUIET)
    tab.select(show_plan, None, [after, nightly], **QUIET)
    keep.click(keep_plan, [after, nightly, name], status, **QUIET)


_HISTORY = """
<section class="bd-ed bd-learn" aria-label="Learning curve">
<h2 class="bd-learn-title">How far has it come, and what would more corrections bring?</h2></section>
"""


def _skips(outputs: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(gr.skip() for _ in outputs)
