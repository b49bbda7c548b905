"""A function that writes downloads enters; the reading pane - texts, highlights, legend, table, downloads - leaves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr

from biobert_demo.ui.scripts import join_scripts

DOWNLOADS = (
    ("jsonl", "JSON Lines"),
    ("csv", "CSV"),
    ("pubtator", "PubTator"),
    ("bioc", "BioC XML"),
    ("bioc-json", "BioC JSON"),
    ("brat", "brat (zip)"),
    ("conll", "CoNLL"),
)

_SCRIPTS = (
    *("dom.js", "words.js", "offsets.js", "segments.js", "mentions.js"),
    *("tooltip.js", "saving.js", "highlighter.js"),
)

# A static skeleton: Gradio evaluates templates as JavaScript, so no word of a document may ever come near this one.
_TEMPLATE = """
<div class="bd-empty">
  <p class="bd-empty-line">Highlights appear here.</p>
  <ul class="bd-empty-legend">
    <li><mark class="bd-mark is-still" data-label="Disease" data-letter="D">anaphylaxis</mark> diseases and symptoms</li>
    <li><mark class="bd-mark is-still" data-label="Chemical" data-letter="C">penicillin</mark> drugs and chemicals</li>
    <li><mark class="bd-mark is-still" data-label="Gene" data-letter="G">BRCA1</mark> genes and proteins</li>
    <li><mark class="bd-mark is-still" data-label="Species" data-letter="S">E. coli</mark> species</li>
  </ul>
</div>
<section class="bd-reader" aria-label="Highlighted text" hidden>
  <div class="bd-toolbar">
    <div class="bd-legend" role="group" aria-label="Labels; press one to hide or show it"></div>
    <label class="bd-confidence">
      <span class="bd-confidence-name">Hide below <span class="bd-threshold-shown">off</span></span>
      <span class="bd-confidence-track">
        <span class="bd-histogram" aria-hidden="true"></span>
        <input class="bd-threshold" type="range" min="0" max="100" step="1" value="0"
          aria-label="Hide mentions the model is less sure of than" aria-valuetext="everything is shown">
      </span>
    </label>
  </div>
  <div class="bd-columns">
    <nav class="bd-documents" aria-label="Texts" hidden>
      <h2 class="bd-small-head">Texts</h2>
      <ol class="bd-document-list"></ol>
    </nav>
    <article class="bd-article" aria-label="Text">
      <header class="bd-article-head">
        <h2 class="bd-document-name"></h2>
        <div class="bd-pager" hidden>
          <button type="button" class="bd-previous" aria-label="Previous text" aria-keyshortcuts="p" title="Previous (p)">
            &#8592;</button>
          <span class="bd-position"></span>
          <button type="button" class="bd-next" aria-label="Next text" aria-keyshortcuts="n" title="Next (n)">
            &#8594;</button>
        </div>
      </header>
      <div class="bd-body-frame">
        <div class="bd-body" role="group" lang="en"
          aria-label="Text with highlights; arrow keys move between them"></div>
        <div class="bd-tooltip" role="tooltip" hidden></div>
      </div>
      <p class="bd-no-mentions" hidden></p>
    </article>
    <aside class="bd-aside" aria-label="Mentions">
      <div class="bd-aside-head">
        <h2 class="bd-small-head">Mentions</h2>
        <fieldset class="bd-scope"><legend class="bd-sr">Count mentions of</legend>
          <label><input type="radio" name="bd-scope" value="one" checked><span>this text</span></label>
          <label><input type="radio" name="bd-scope" value="all"><span>all texts</span></label>
        </fieldset>
      </div>
      <ul class="bd-chart" aria-label="Mentions by label"></ul>
      <div class="bd-table-frame" role="region" aria-label="Table of mentions" tabindex="0">
        <table class="bd-table">
          <caption class="bd-mentions-caption"></caption>
          <thead><tr>
            <th scope="col" data-sort="name"><button type="button">Mention</button></th>
            <th scope="col" data-sort="count"><button type="button">Count</button></th>
            <th scope="col" data-sort="score"><button type="button" title="Mean confidence">Sure</button></th>
          </tr></thead>
          <tbody class="bd-table-body"></tbody>
        </table>
        <button type="button" class="bd-more-rows" hidden></button>
      </div>
    </aside>
  </div>
  <footer class="bd-foot">
    <ul class="bd-stats" aria-label="About this reading"></ul>
    <div class="bd-downloads" role="group" aria-label="Downloads">
      <span class="bd-downloads-name">Download</span>
      DOWNLOAD_BUTTONS
    </div>
    <p class="bd-downloads-note"></p>
    <p class="bd-download-state" role="status"></p>
  </footer>
  <p class="bd-announcer bd-sr" role="status"></p>
</section>
"""


def build_highlighter(assets: Path, build_download: Callable[[dict[str, Any]], dict[str, str]]) -> gr.HTML:
    """The reading pane; give it values made by `present_documents`.

    Not a subclass of gr.HTML: Gradio writes a .pyi file beside the module of every subclass.
    """
    buttons = "\n      ".join(
        f'<button type="button" class="bd-download" data-format="{name}">{shown}</button>' for name, shown in DOWNLOADS
    )
    return gr.HTML(
        "",
        html_template=_TEMPLATE.replace("DOWNLOAD_BUTTONS", buttons),
        js_on_load=join_scripts(assets, *_SCRIPTS),
        server_functions=[build_download],
        apply_default_css=False,
        elem_id="bd-highlighter",
        elem_classes="bd-plain",
    )
