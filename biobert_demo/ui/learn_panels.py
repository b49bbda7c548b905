"""Functions that scripts may call enter; the components of the tab "Learn" leave, each drawn by a script of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from biobert_demo.ui.scripts import join_scripts

# Static skeletons: Gradio evaluates templates as JavaScript, so no text, label or name may ever come near these.
_LESSONS = """
<section class="bd-ed bd-learn" aria-label="What there is to learn from" data-part="lessons" hidden>
  <p class="bd-learn-lead" data-part="lead"></p>
  <ul class="bd-learn-bars" data-part="mentions" aria-label="Accepted mentions in completed documents"></ul>
</section>
"""
_RUN = """
<section class="bd-ed bd-learn" aria-label="The run" data-part="run" hidden>
  <h2 class="bd-learn-title"><span data-part="title" role="status"></span></h2>
  <p class="bd-learn-note" data-part="origin"></p>
  <div class="bd-learn-on" data-part="on" hidden>
    <ol class="bd-learn-phases" data-part="phases" aria-label="Phases"></ol>
    <div class="bd-learn-bar" data-part="bar" role="progressbar" aria-label="Progress of this phase" aria-valuemin="0"
      aria-valuemax="100"><span data-part="fill"></span></div>
    <p class="bd-learn-figures" data-part="figures"></p>
    <p class="bd-learn-words" data-part="words"></p>
  </div>
  <p class="bd-learn-message" data-part="message"></p>
  <details class="bd-learn-fold"><summary>What do these words mean?</summary>
    <dl class="bd-learn-glossary" data-part="glossary"></dl></details>
</section>
"""
_RESULT = """
<section class="bd-ed bd-learn" aria-label="The last decision" data-part="result" hidden>
  <h2 class="bd-learn-title" data-part="title"></h2>
  <ul class="bd-learn-reasons" data-part="reasons" aria-label="Reasons"></ul>
  <details class="bd-learn-fold" data-part="notes-fold" hidden><summary data-part="notes-count"></summary>
    <ul class="bd-learn-reasons" data-part="notes"></ul></details>
  <div class="bd-learn-scroll" data-part="table-frame" role="region" aria-label="Scores before and after" tabindex="0"
    hidden>
    <table class="bd-learn-table" data-part="table"></table></div>
  <p class="bd-learn-note" data-part="table-note" hidden>Scores are F1: 100 is every mention found, and
    nothing else. Where the range of a change goes from below 0 to above it, the change may be luck.</p>
  <div data-part="changes" hidden>
    <h2 class="bd-learn-title">What did my corrections change?</h2>
    <div class="bd-learn-tabs" data-part="outcomes" role="group" aria-label="Which places to show"></div>
    <p class="bd-learn-note" data-part="outcome-words"></p>
    <ol class="bd-learn-changes" data-part="list" aria-label="Places"></ol>
    <div class="bd-learn-pager"><button type="button" class="bd-ed-button" data-part="previous">Earlier ones</button>
      <span data-part="position" role="status"></span>
      <button type="button" class="bd-ed-button" data-part="next">Further ones</button></div>
  </div>
</section>
"""
_MODELS = """
<section class="bd-ed bd-learn" aria-label="Models" data-part="models" hidden>
  <h2 class="bd-learn-title">Models</h2>
  <p class="bd-learn-note" data-part="note" role="status"></p>
  <div class="bd-learn-acts"><button type="button" class="bd-ed-button" data-part="rollback">Roll back</button></div>
  <form class="bd-learn-confirm" data-part="confirm" hidden>
    <h3 data-part="confirm-title" tabindex="-1"></h3>
    <p class="bd-learn-note" data-part="confirm-words"></p>
    <label class="bd-ed-field" data-part="confirm-author-field"><span>Your name</span>
      <input type="text" data-part="confirm-author" maxlength="80" autocomplete="name"></label>
    <label class="bd-ed-field"><span data-part="confirm-reason-name">Reason</span>
      <input type="text" data-part="confirm-reason" maxlength="500"></label>
    <p class="bd-learn-problem" data-part="confirm-problem" role="alert"></p>
    <div class="bd-learn-acts"><button type="submit" class="bd-ed-complete" data-part="confirm-yes"></button>
      <button type="button" class="bd-ed-button" data-part="confirm-no">Leave it</button></div>
  </form>
  <ul class="bd-learn-models" data-part="list" aria-label="Models, newest first"></ul>
  <div class="bd-learn-compare" data-part="compare" hidden>
    <h3>Compare two models</h3>
    <div class="bd-learn-acts"><label>Model <select data-part="first" aria-label="First model"></select></label>
      <label>with model <select data-part="second" aria-label="Second model"></select></label></div>
    <div class="bd-learn-scroll" data-part="compare-frame" role="region" aria-label="Scores of two models" tabindex="0"
      hidden>
      <table class="bd-learn-table" data-part="compare-table"></table></div>
    <p class="bd-learn-note" data-part="compare-note" role="status"></p>
  </div>
  <details class="bd-learn-fold" data-part="history-fold"><summary>Earlier runs, and who promoted what</summary>
    <ul class="bd-learn-history" data-part="runs" aria-label="Runs, newest first"></ul>
    <ul class="bd-learn-history" data-part="promotions" aria-label="Promotions, newest first"></ul></details>
</section>
"""
_FORECAST = """
<section class="bd-ed bd-learn" aria-label="Forecast" data-part="forecast" hidden>
  <ul class="bd-learn-forecasts" data-part="list"></ul>
</section>
"""


def build_lessons(assets: Path) -> gr.HTML:
    """What there is to learn from."""
    return _build(assets, _LESSONS, "bd-learn-lessons", "learn-lessons.js")


def build_run(assets: Path) -> gr.HTML:
    """The run that is on, or was last."""
    return _build(assets, _RUN, "bd-learn-run", "learn-run.js")


def build_result(assets: Path, functions: Sequence[Callable[..., Any]]) -> gr.HTML:
    """The gate's decision, and what changed; scripts call `list_changes`."""
    return _build(
        assets, _RESULT, "bd-learn-result", "learn-table.js", "learn-changes.js", "learn-result.js", functions=functions
    )


def build_models(assets: Path, functions: Sequence[Callable[..., Any]]) -> gr.HTML:
    """The list of models; its script triggers "acted" where it changed what is served."""
    return _build(assets, _MODELS, "bd-learn-models", "learn-table.js", "learn-models.js", functions=functions)


def build_forecast(assets: Path) -> gr.HTML:
    """What the learning curve lets one expect, in sentences."""
    return _build(assets, _FORECAST, "bd-learn-forecast", "learn-forecast.js")


def _build(
    assets: Path, template: str, elem_id: str, *scripts: str, functions: Sequence[Callable[..., Any]] = ()
) -> gr.HTML:
    shared = ("dom.js", "words.js", "offsets.js", "segments.js", "mentions.js", "editor-labels.js", "learn-words.js")
    return gr.HTML(
        "",
        html_template=template,
        js_on_load=join_scripts(assets, *shared, *scripts),
        server_functions=list(functions),
        apply_default_css=False,
        elem_id=elem_id,
        elem_classes="bd-plain",
    )
