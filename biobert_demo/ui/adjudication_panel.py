"""The store and people enter; the component that shows two reviews side by side, and keeps decisions, leaves."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import gradio as gr

from biobert_demo.errors import BadInput, BiobertDemoError
from biobert_demo.store import Store
from biobert_demo.ui.adjudication import compare_document, list_shared, record_decision
from biobert_demo.ui.people import People
from biobert_demo.ui.review_actions import Answer, read_number, read_text
from biobert_demo.ui.scripts import join_scripts
from biobert_demo.ui.store_state import StoreState

_LOG = logging.getLogger(__name__)

_SCRIPTS = (
    *("dom.js", "words.js", "offsets.js", "segments.js", "mentions.js"),
    *("editor-labels.js", "editor-layers.js", "editor-text.js", "editor-outbox.js", "adjudication.js"),
)

# A static skeleton: Gradio evaluates templates as JavaScript, so no word of a document may ever come near this one.
_TEMPLATE = """
<section class="bd-ed bd-adj" aria-label="Adjudication">
  <p class="bd-adj-note" data-part="note" role="status">The documents that two people completed are compared here.</p>
  <div class="bd-adj-choose" data-part="choose" hidden>
    <label class="bd-ed-field"><span>Document</span><select data-part="document"></select></label>
    <button type="button" class="bd-ed-button" data-part="refresh">Look again</button>
  </div>
  <div data-part="comparison" hidden>
    <div class="bd-adj-sides">
      <div><label class="bd-adj-author">A <select data-part="author-a" aria-label="First annotator"></select></label>
        <div class="bd-ed-text" data-part="text-a" lang="en" role="group" aria-label="Text with A's spans"></div>
      </div>
      <div><label class="bd-adj-author">B <select data-part="author-b" aria-label="Second annotator"></select></label>
        <div class="bd-ed-text" data-part="text-b" lang="en" role="group" aria-label="Text with B's spans"></div>
      </div>
    </div>
    <div class="bd-adj-bar">
      <p class="bd-ed-hint" data-part="summary"></p>
      <button type="button" class="bd-ed-button" data-part="all-a">All as <span data-name-of="a"></span></button>
      <button type="button" class="bd-ed-button" data-part="all-b">All as <span data-name-of="b"></span></button>
      <button type="button" class="bd-ed-complete" data-part="record"><span data-part="record-words"></span></button>
    </div>
    <ol class="bd-adj-list" data-part="differences"></ol>
  </div>
</section>
"""


def build_adjudication(assets: Path, stores: StoreState, people: People) -> gr.HTML:
    """The component; give it the JSON {project, author, time} to make it look anew."""
    return gr.HTML(
        "",
        html_template=_TEMPLATE,
        js_on_load=join_scripts(assets, *_SCRIPTS),
        server_functions=adjudication_functions(stores, people),
        apply_default_css=False,
        elem_id="bd-adjudication",
        elem_classes="bd-plain",
    )


def adjudication_functions(stores: StoreState, people: People) -> list[Callable[..., Answer]]:
    """What the component's script calls; each takes one dict and returns one, {"error": a sentence} where it cannot."""

    def answered(work: Callable[[Store, Mapping[str, Any], str], Answer], payload: Any, request: Any) -> Answer:
        try:
            payload = payload if isinstance(payload, dict) else {}
            return work(stores.store(), payload, people.author(request, payload.get("author")))
        except BiobertDemoError as error:
            return {"error": str(error)}

    def list_shared_documents(payload: dict[str, Any], request: gr.Request) -> Answer:
        return answered(
            lambda store, p, _: {"documents": list_shared(store, read_number(p, "project"))}, payload, request
        )

    def compare(payload: dict[str, Any], request: gr.Request) -> Answer:
        def work(store: Store, p: Mapping[str, Any], author: str) -> Answer:
            return compare_document(store, read_number(p, "document"), author, p.get("a"), p.get("b"))

        return answered(work, payload, request)

    def record(payload: dict[str, Any], request: gr.Request) -> Answer:
        def work(store: Store, p: Mapping[str, Any], author: str) -> Answer:
            decisions = p.get("decisions")
            if not isinstance(decisions, dict):
                raise BadInput("The page sent no decisions; reload it and try again.")
            review = record_decision(
                store,
                read_number(p, "document"),
                author,
                read_text(p, "a"),
                read_text(p, "b"),
                decisions,
                read_number(p, "seen"),
                read_text(p, "key"),
            )
            return {"review": review.id, "spans": len(review.revision.gold)}

        return answered(work, payload, request)

    for function, name in (
        (list_shared_documents, "list_shared"),
        (compare, "compare_document"),
        (record, "record_decision"),
    ):
        function.__name__ = name
    return [list_shared_documents, compare, record]
