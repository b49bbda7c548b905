"""A model that may still be loading enters; the tab "Read" - paste, drop or pick a text, see what is in it - leaves."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from biobert_demo.documents import Document
from biobert_demo.errors import BiobertDemoError, Problem
from biobert_demo.ui.downloads import build_download
from biobert_demo.ui.explainer import build_explainer
from biobert_demo.ui.highlighter import build_highlighter
from biobert_demo.ui.model_state import ModelState
from biobert_demo.ui.presentation import present_documents
from biobert_demo.ui.reading import (
    documents_from_files,
    documents_from_text,
    hint_at_language,
    in_growing_steps,
    is_file_content,
    take_documents,
)
from biobert_demo.ui.status import build_status_line, status_of
from biobert_demo.wording import count_nouns

_LOG = logging.getLogger(__name__)
_KEPT_SECONDS = 12 * 3600.0
_PLACEHOLDER = (
    "Paste an abstract, or several with a blank line between them. PubTator, BioC and JSON Lines are understood too."
)
Shown = tuple[Any, Any, Any, Any, Any]
"""New values of the status line, the reading pane, the stop and the review button, and the texts on display."""


@dataclass(frozen=True, slots=True)
class ReadTexts:
    """The texts on display, kept on the server; `are_named` says whether their ids come from the person's files."""

    documents: tuple[Document, ...]
    are_named: bool


def build_read_tab(models: ModelState, assets: Path) -> tuple[gr.Button, gr.State]:
    """Lay out the tab inside the Blocks that are being built, and connect it.

    The button "Review these" and the ReadTexts on display leave, for the page to connect.
    """
    on_display = gr.State(None, time_to_live=_KEPT_SECONDS)
    with gr.Row(equal_height=True, elem_classes="bd-input-row"):
        text = gr.Textbox(
            label="Abstracts",
            placeholder=_PLACEHOLDER,
            lines=5,
            max_lines=10,
            scale=3,
            min_width=280,
            elem_id="bd-input",
            autofocus=True,
        )
        files = gr.File(
            label="Drop files: .txt, PubTator, BioC, JSON Lines, also gzipped",
            file_count="multiple",
            scale=1,
            min_width=220,
            elem_id="bd-files",
        )
    with gr.Row(elem_classes="bd-actions"):
        highlight = gr.Button("Highlight", variant="primary", scale=0, min_width=130, elem_id="bd-highlight")
        stop = gr.Button("Stop", scale=0, min_width=80, visible=False, elem_id="bd-stop")
        review = gr.Button("Review these", scale=0, min_width=120, visible=False, elem_id="bd-review-these")
        gr.HTML('<span class="bd-try">or try</span>', apply_default_css=False, elem_classes="bd-plain bd-try-frame")
        examples = [
            (gr.Button(title, scale=0, min_width=60, size="sm", elem_classes="bd-example"), sample)
            for title, sample in read_samples(assets)
        ]
    status = build_status_line(assets, status_of("idle", ""), "bd-run-status")
    pane = build_highlighter(assets, build_download)
    build_explainer(assets, models.explain)

    def read_text(pasted: str) -> Iterator[Shown]:
        problems: list[Problem] = []
        pasted = pasted or ""
        are_named = is_file_content(pasted)
        yield from _read(models, lambda: documents_from_text(pasted, problems.append), problems, are_named=are_named)

    def read_files(paths: Sequence[str] | None) -> Iterator[Shown]:
        problems: list[Problem] = []
        yield from _read(models, lambda: documents_from_files(paths or (), problems.append), problems, are_named=True)

    shown = [status, pane, stop, review, on_display]
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "concurrency_limit": 4}
    started = [
        gr.on([highlight.click, text.submit], read_text, text, shown, **quiet),
        files.upload(read_files, files, shown, **quiet),
    ]
    for button, sample in examples:
        filled = button.click(
            lambda sample=sample: sample, None, text, show_progress="hidden", api_visibility="private"
        )
        started.append(filled.then(read_text, text, shown, **quiet))
    stop.click(_stopped, None, [status, stop], cancels=started, show_progress="hidden", api_visibility="private")
    return review, on_display


def read_samples(assets: Path) -> list[tuple[str, str]]:
    """(title, text) of each file in assets/samples, in order of their names: "2 Targeted therapy.txt"."""
    return [
        (path.stem.split(" ", 1)[1], path.read_text(encoding="utf-8").strip())
        for path in sorted((assets / "samples").glob("[0-9] *.txt"))
    ]


def _read(
    models: ModelState, gather: Callable[[], Iterable[Document]], problems: list[Problem], *, are_named: bool
) -> Iterator[Shown]:
    run = time.time_ns() // 1_000_000

    def show(
        kind: str, sentence: str, value: Any = None, *, is_running: bool = False, read: ReadTexts | None = None
    ) -> Shown:
        details = [_describe(problem) for problem in problems]
        line = status_of(kind, sentence, run=run, details=details, summary="what and where" if details else "")
        pane = gr.skip() if value is None else value
        review = gr.skip() if value is None else gr.Button(visible=read is not None)
        return line, pane, gr.Button(visible=is_running), review, gr.skip() if read is None else read

    try:
        if models.status.kind == "loading":
            yield show("working", "The model is still loading; the text is read as soon as it is there.")
        # One model reads everything that was asked for together, even where another one takes over meanwhile.
        served = models.serving()
        documents = take_documents(gather(), problems.append)
        if not documents:
            yield show("failed", _why_nothing(problems))
            return
        hint_at_language(documents, problems.append)
        yield show("working", f"Reading {count_nouns(len(documents), 'text')} …")
        done: list[Document] = []
        seconds = 0.0

        def present() -> str:
            return present_documents(
                done, served.labels, run=run, model=served.version, seconds=seconds, are_named=are_named
            )

        count_on_display = 0
        for step in in_growing_steps(documents):
            began = time.perf_counter()
            done.extend(served.recognize(step))
            seconds += time.perf_counter() - began
            if len(done) == len(documents):
                break
            # Sent anew only when it has doubled: what travels to the browser stays in proportion to the input.
            has_doubled = len(done) >= 2 * count_on_display
            count_on_display = len(done) if has_doubled else count_on_display
            sentence = f"Read {len(done):,} of {len(documents):,} texts …"
            yield show("working", sentence, present() if has_doubled else None, is_running=True)
        read = ReadTexts(tuple(documents), are_named)
        yield show("warning" if problems else "done", _summary(done, problems), present(), read=read)
    except BiobertDemoError as error:
        yield show("failed", str(error))
    except (RuntimeError, MemoryError) as error:  # torch's own errors are RuntimeErrors
        _LOG.exception("Reading failed.")
        reason = f"{type(error).__name__}: {str(error)[:200]}"
        yield show("failed", f"The model stopped ({reason}); try fewer or shorter texts, or restart the page.")


def _describe(problem: Problem) -> str:
    return problem.message if problem.message.startswith(problem.source) else str(problem)


def _why_nothing(problems: list[Problem]) -> str:
    if not problems:
        return "The files hold no text; drop others."
    return _describe(problems.pop()) if len(problems) == 1 else "None of the input could be read:"


def _summary(documents: Iterable[Document], problems: Sequence[Problem]) -> str:
    documents = list(documents)
    mentions = sum(len(document.annotations) for document in documents)
    sentence = f"Found {count_nouns(mentions, 'mention')} in {count_nouns(len(documents), 'text')}."
    return f"{sentence} {count_nouns(len(problems), 'note')} on the input:" if problems else sentence


def _stopped() -> tuple[str, Any]:
    run = time.time_ns() // 1_000_000
    return status_of("warning", "Stopped; the texts on display stay.", run=run), gr.Button(visible=False)
