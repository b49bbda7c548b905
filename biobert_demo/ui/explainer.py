"""A model enters; "How it works", a fold-out that shows a sentence as the model sees it, leaves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr

from biobert_demo.errors import BadInput, BiobertDemoError
from biobert_demo.segmentation import split_sentences
from biobert_demo.ui.presentation import present_labels
from biobert_demo.ui.scripts import join_scripts

_MOST_SENTENCES = 500

_TEMPLATE = """
<details class="bd-how">
  <summary><span class="bd-how-title">How it works</span>
    <span class="bd-how-lead">one of your sentences, as the model sees it</span></summary>
  <p class="bd-how-note" role="status" hidden></p>
  <div class="bd-how-stages" hidden>
    <label class="bd-how-choose">Sentence <select class="bd-how-sentence"></select></label>
    <section class="bd-how-stage">
      <h3><span class="bd-how-number" aria-hidden="true">1</span> Words become pieces</h3>
      <p>The tokeniser cuts the sentence into word pieces from a fixed vocabulary; <code>##</code> continues a word.
        <code>[CLS]</code> opens and <code>[SEP]</code> closes what the encoder reads.</p>
      <ol class="bd-how-pieces" aria-label="Word pieces"></ol>
    </section>
    <section class="bd-how-stage">
      <h3><span class="bd-how-number" aria-hidden="true">2</span> Every word gets a probability for every tag</h3>
      <p>The encoder turns each piece into a vector that knows its neighbours; one linear layer and a softmax turn the
        vector of a word's first piece into these percentages. <code>B-</code> begins a mention, <code>I-</code>
        continues it, <code>O</code> is outside. Each column adds up to 100.</p>
      <div class="bd-how-scroll" role="region" aria-label="Tag probabilities of each word piece" tabindex="0">
        <table class="bd-how-grid"></table></div>
    </section>
    <section class="bd-how-stage">
      <h3><span class="bd-how-number" aria-hidden="true">3</span> Tags merge into mentions</h3>
      <p>The most probable sequence of tags that makes sense (no <code>I-</code> without its beginning) is joined into
        mentions, and their positions are mapped back to the characters of your text.</p>
      <p class="bd-how-merged"></p>
      <p class="bd-how-caveat">The model sees this sentence alone here, without its neighbours, so a score can differ
        a little from the one above.</p>
    </section>
  </div>
</details>
"""


def build_explainer(assets: Path, explain: Callable[[str], dict[str, Any]]) -> gr.HTML:
    """The fold-out; it follows the text on display by itself. `explain` is a recogniser's (see EntityRecognizer)."""

    def explain_sentence(request: dict[str, Any]) -> dict[str, Any]:
        try:
            return explain_part(explain, request)
        except BiobertDemoError as error:
            return {"error": str(error)}

    return gr.HTML(
        "",
        html_template=_TEMPLATE,
        js_on_load=join_scripts(assets, "dom.js", "offsets.js", "segments.js", "mentions.js", "explainer.js"),
        server_functions=[explain_sentence],
        apply_default_css=False,
        elem_id="bd-explainer",
        elem_classes="bd-plain",
    )


def explain_part(explain: Callable[[str], dict[str, Any]], request: dict[str, Any]) -> dict[str, Any]:
    """The explanation of one sentence of `request["text"]`: number `index`, else the one around offset `start`.

    Adds the sentences to choose from, the order of the tags, and the labels' names. Raises BadInput for an empty text.
    """
    text = str(request.get("text", ""))
    sentences = split_sentences(text)[:_MOST_SENTENCES]
    if not sentences:
        raise BadInput("There is no sentence to explain; highlight a text first.")
    index = _choose(request, [sentence.end for sentence in sentences])
    sentence = sentences[index].of(text)
    explanation = explain(sentence)
    tags = list(dict.fromkeys(tag for token in explanation["tokens"] for tag in token["probabilities"]))
    return {
        **explanation,
        "tags": tags,
        "sentence": sentence,
        "sentences": [s.of(text) for s in sentences],
        "index": index,
        "labels": present_labels(dict.fromkeys(tag[2:] for tag in tags if tag[1:2] == "-")),
    }


def _choose(request: dict[str, Any], ends: list[int]) -> int:
    index, start = request.get("index"), request.get("start")
    if isinstance(index, int):
        return max(0, min(len(ends) - 1, index))
    if isinstance(start, int):
        return next((number for number, end in enumerate(ends) if start < end), len(ends) - 1)
    return 0
