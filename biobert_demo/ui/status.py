"""A state and its sentence enter; the line of the page that shows it, and tells screen readers, leaves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from biobert_demo.ui.model_state import ModelState, ModelStatus
from biobert_demo.ui.presentation import to_json
from biobert_demo.ui.scripts import join_scripts

_TEMPLATE = """
<div class="bd-status" role="status" hidden>
  <span class="bd-status-dot" aria-hidden="true"></span>
  <span class="bd-status-text"></span>
  <details class="bd-status-details" hidden><summary></summary><ul class="bd-status-list"></ul></details>
</div>
"""
_MOST_DETAILS = 50


def build_status_line(assets: Path, value: str, elem_id: str, elem_classes: str = "") -> gr.HTML:
    """A status line; give it values made by `status_of`."""
    return _build(assets, value, elem_id, elem_classes, ["dom.js", "status.js"])


def build_model_line(assets: Path, models: ModelState, elem_id: str, elem_classes: str = "") -> gr.HTML:
    """The status line of the model that serves; it asks every few seconds, while the page can be seen."""

    # A coroutine needs no thread, so it answers even while all of them wait for the model.
    async def model_status(_nothing: Any) -> str:
        return status_of_model(models.status)

    scripts = ["dom.js", "status.js", "model-status.js"]
    return _build(assets, status_of_model(models.status), elem_id, elem_classes, scripts, model_status)


def status_of(kind: str, text: str, *, run: int = 0, details: Sequence[str] = (), summary: str = "") -> str:
    """A status line's value: `kind` is "idle", "working", "done", "warning" or "failed"; details fold out."""
    shown = list(details[:_MOST_DETAILS])
    if len(details) > len(shown):
        shown.append(f"and {len(details) - len(shown):,} more")
    return to_json({"kind": kind, "text": text, "run": run, "details": shown, "summary": summary})


def status_of_model(status: ModelStatus) -> str:
    """The status line's value for a model's state."""
    kind = {"loading": "working", "ready": "done", "failed": "failed"}[status.kind]
    version = f" · {status.version}" if status.version else ""
    problem = f"{status.problem} " if status.problem else ""
    return status_of("warning" if problem and kind == "done" else kind, f"{problem}{status.sentence}{version}")


def _build(
    assets: Path, value: str, elem_id: str, elem_classes: str, scripts: Sequence[str], *asked: Callable[..., Any]
) -> gr.HTML:
    return gr.HTML(
        value,
        html_template=_TEMPLATE,
        js_on_load=join_scripts(assets, *scripts),
        server_functions=list(asked),
        apply_default_css=False,
        elem_id=elem_id,
        elem_classes=["bd-plain", elem_classes],
    )
