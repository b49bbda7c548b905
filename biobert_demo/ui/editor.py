"""The functions behind the span editor enter; the workspace - queue, text, panel, dialogs - leaves as one component."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from biobert_demo.ui.scripts import join_scripts

SERVER_FUNCTIONS = (
    *("open_document", "save", "undo", "redo", "complete", "skip", "previous"),
    *("preview_identical", "apply_identical", "save_keys", "list_documents"),
)
"""What the page calls; each takes one dict and returns one dict (docs/editor.md has their fields)."""

_SCRIPTS = (
    *("dom.js", "words.js", "offsets.js", "segments.js", "mentions.js", "tooltip.js"),
    *("editor-labels.js", "editor-words.js", "editor-layers.js", "editor-state.js", "editor-outbox.js"),
    *("editor-model.js", "editor-keys.js", "editor-text.js", "editor-caret.js", "editor-gestures.js"),
    *("editor-guideline.js", "editor-queue.js", "editor-panels.js", "editor-identical.js", "editor-help.js"),
    *("editor-drawing.js", "editor-acts.js", "editor.js", "editor-learned.js"),
)

# A static skeleton: Gradio evaluates templates as JavaScript, so no word of a document may ever come near this one.
_TEMPLATE = """
<div class="bd-empty bd-ed-empty" data-part="empty">
  <p data-part="empty-words" role="status">The next document appears here.</p>
</div>
<section class="bd-reader bd-ed" data-part="editor" aria-label="Review" hidden>
  <div class="bd-toolbar bd-ed-toolbar">
    <div class="bd-legend" data-part="legend" role="group" aria-label="Label of new mentions"></div>
    <div class="bd-ed-tools">
      <label class="bd-ed-check"><input type="checkbox" data-part="show-scores" checked><span>Scores</span></label>
      <label class="bd-ed-check"><input type="checkbox" data-part="hide-decided"><span>Hide rejected</span></label>
      <span class="bd-ed-buttons">
        <button type="button" class="bd-ed-button" data-action="undo" data-part="undo">Undo
          <kbd aria-hidden="true"></kbd></button>
        <button type="button" class="bd-ed-button" data-action="redo" data-part="redo">Redo</button>
        <button type="button" class="bd-ed-button" data-action="help" aria-haspopup="dialog">Keys
          <kbd aria-hidden="true"></kbd></button>
      </span>
      <span class="bd-ed-saved" data-part="saved" data-kind="saved">
        <span class="bd-status-dot" aria-hidden="true"></span>
        <span data-part="saved-words" role="status">Saved</span>
        <button type="button" class="bd-ed-link" data-part="retry" hidden>Try now</button>
      </span>
    </div>
  </div>
  <div class="bd-ed-message" data-part="message" role="alert" hidden>
    <span data-part="message-words"></span>
    <button type="button" class="bd-ed-link" data-part="message-close">Close</button>
  </div>
  <div class="bd-ed-columns">
    <article class="bd-ed-article" data-part="article" aria-label="Document">
      <header class="bd-ed-head">
        <h2 class="bd-document-name" data-part="document-name"></h2>
        <span class="bd-ed-done" data-part="document-state"></span>
        <button type="button" class="bd-ed-link" data-part="reopen" hidden>Reopen</button>
        <span class="bd-ed-reasons" data-part="reasons"></span>
        <span class="bd-ed-position" data-part="position"></span>
      </header>
      <div class="bd-body-frame">
        <div class="bd-ed-text" data-part="body" role="group" lang="en"
          aria-label="Text with mentions; arrow keys or Tab move between them"></div>
        <div class="bd-ed-caret" data-part="caret" aria-hidden="true" hidden></div>
        <div class="bd-tooltip" data-part="tooltip" role="tooltip" hidden></div>
      </div>
      <div class="bd-ed-go">
        <button type="button" class="bd-ed-button" data-action="previous">Back <kbd aria-hidden="true"></kbd></button>
        <button type="button" class="bd-ed-button" data-action="skip">Skip <kbd aria-hidden="true"></kbd></button>
        <button type="button" class="bd-ed-button" data-action="caret"
          title="Label new text with the keyboard">Cursor <kbd aria-hidden="true"></kbd></button>
        <button type="button" class="bd-ed-complete" data-action="complete"><span data-part="complete-words">Complete</span>
          <kbd aria-hidden="true"></kbd></button>
      </div>
    </article>
    <aside class="bd-ed-panel" data-part="panel" aria-label="Details">
      <section class="bd-ed-section" aria-label="Mention">
        <h2 class="bd-small-head">Mention</h2>
        <p class="bd-ed-hint" data-part="mention-none">Double-click a word or drag over some to label them. Press a mention,
          or Tab to it, to correct it.</p>
        <div data-part="selection" hidden>
          <p class="bd-ed-hint">Label <q data-part="selection-text"></q> as</p>
          <div class="bd-ed-choices" data-part="selection-labels" role="group" aria-label="Label for the marked text"></div>
        </div>
        <div data-part="mention" hidden>
          <p class="bd-ed-mention-text"><span data-part="mention-text"></span></p>
          <div class="bd-ed-decisions" data-part="decisions" role="group" aria-label="Decision">
            <button type="button" class="bd-ed-button" data-act="accept">Accept <kbd aria-hidden="true"></kbd></button>
            <button type="button" class="bd-ed-button" data-act="reject">Reject <kbd aria-hidden="true"></kbd></button>
            <button type="button" class="bd-ed-button" data-act="ignore">Ignore <kbd aria-hidden="true"></kbd></button>
            <button type="button" class="bd-ed-button" data-act="reset">Unseen <kbd aria-hidden="true"></kbd></button>
          </div>
          <div class="bd-ed-choices" data-part="mention-labels" role="group" aria-label="Label of this mention"></div>
          <div class="bd-ed-boundaries" data-part="boundaries" role="group" aria-label="Boundaries, by word">
            <span>Start</span>
            <button type="button" class="bd-ed-button" data-edge="start" data-direction="-1"
              aria-label="Start one word back" title="Alt Shift &#8592;">&#8592;</button>
            <button type="button" class="bd-ed-button" data-edge="start" data-direction="1"
              aria-label="Start one word on" title="Alt Shift &#8594;">&#8594;</button>
            <span>End</span>
            <button type="button" class="bd-ed-button" data-edge="end" data-direction="-1"
              aria-label="End one word back" title="Shift &#8592;">&#8592;</button>
            <button type="button" class="bd-ed-button" data-edge="end" data-direction="1"
              aria-label="End one word on" title="Shift &#8594;">&#8594;</button>
          </div>
          <div class="bd-ed-acts" data-part="mention-acts">
            <button type="button" class="bd-ed-button" data-part="identical" data-key="identical"
              aria-haspopup="dialog">Apply to identical … <kbd aria-hidden="true"></kbd></button>
            <button type="button" class="bd-ed-button" data-part="remove" data-key="remove">Remove
              <kbd aria-hidden="true"></kbd></button>
          </div>
          <dl class="bd-ed-facts" data-part="mention-facts"></dl>
          <label class="bd-ed-field"><span>Note on this mention</span>
            <textarea rows="2" data-part="mention-note"></textarea></label>
          <label class="bd-ed-check"><input type="checkbox" data-part="mention-flag"><span>Flag this mention</span></label>
        </div>
      </section>
      <section class="bd-ed-section" aria-label="Findings">
        <h2 class="bd-small-head">Findings <span class="bd-ed-number" data-part="findings-count"></span></h2>
        <p class="bd-ed-hint" data-part="findings-none">Nothing looks inconsistent.</p>
        <ul class="bd-ed-findings" data-part="findings"></ul>
      </section>
      <section class="bd-ed-section" aria-label="Document">
        <h2 class="bd-small-head">Document</h2>
        <label class="bd-ed-field"><span>Note on this document</span>
          <textarea rows="2" data-part="document-note"></textarea></label>
        <label class="bd-ed-check"><input type="checkbox" data-part="document-flag"><span>Flag this document</span></label>
      </section>
      <details class="bd-ed-section" data-part="guideline-fold" open hidden>
        <summary class="bd-small-head">Guideline</summary>
        <div class="bd-ed-guideline" data-part="guideline"></div>
      </details>
    </aside>
    <nav class="bd-ed-queue" data-part="queue" aria-label="Documents">
      <h2 class="bd-small-head">Documents</h2>
      <div class="bd-ed-progress">
        <progress data-part="progress" value="0" max="1" aria-label="Documents done"></progress>
        <span data-part="progress-words"></span>
      </div>
      <div class="bd-ed-find" role="search">
        <input type="search" data-part="search" placeholder="Search texts, mentions, notes" aria-label="Search documents">
        <select data-part="filter" aria-label="Show">
          <option value="all">all</option><option value="open">to do</option><option value="new">not started</option>
          <option value="started">started</option><option value="done">done</option>
          <option value="skipped">skipped</option><option value="flagged">flagged</option>
        </select>
        <select data-part="sort" aria-label="Order">
          <option value="queue">doubtful first</option><option value="unseen">most unseen</option>
          <option value="changed">last changed</option><option value="name">by name</option>
          <option value="length">shortest first</option><option value="added">newest first</option>
        </select>
      </div>
      <p class="bd-ed-hint" data-part="queue-note" role="status" hidden></p>
      <ol class="bd-document-list" data-part="rows"></ol>
      <button type="button" class="bd-ed-link" data-part="more-rows" hidden></button>
    </nav>
  </div>
  <p class="bd-sr" data-part="live" aria-live="polite"></p>
</section>
<dialog class="bd-ed-dialog" data-part="identical-dialog" aria-labelledby="bd-ed-identical-title">
  <h2 id="bd-ed-identical-title">Label “<span data-part="identical-text"></span>” as
    <span data-part="identical-label"></span> everywhere</h2>
  <fieldset class="bd-ed-scope" data-part="identical-scope"><legend class="bd-sr">Where</legend>
    <label><input type="radio" name="bd-ed-scope" value="document" checked> this document</label>
    <label><input type="radio" name="bd-ed-scope" value="open"> all open documents</label>
  </fieldset>
  <label class="bd-ed-check"><input type="checkbox" data-part="identical-all"><span>All</span></label>
  <p class="bd-ed-hint" data-part="identical-note" role="status"></p>
  <ul class="bd-ed-items" data-part="identical-items"></ul>
  <div class="bd-ed-dialog-foot">
    <span class="bd-ed-hint">One undo takes all of it back.</span>
    <button type="button" class="bd-ed-button" data-part="identical-cancel">Cancel</button>
    <button type="button" class="bd-ed-complete" data-part="identical-apply"></button>
  </div>
</dialog>
<dialog class="bd-ed-dialog bd-ed-help" data-part="help-dialog" aria-labelledby="bd-ed-help-title">
  <h2 id="bd-ed-help-title">Keys</h2>
  <p class="bd-ed-hint">Press a key's button to give the action another key. Screen readers use single characters
    themselves: switch them off here, everything has a button too.</p>
  <label class="bd-ed-check"><input type="checkbox" data-part="help-letters"><span>Single-character keys</span></label>
  <p class="bd-ed-hint bd-ed-help-note" data-part="help-note" role="status"></p>
  <div class="bd-ed-help-columns">
    <div data-part="help-keys" class="bd-ed-help-keys"></div>
    <section><h3>Labels</h3><ul data-part="help-labels"></ul>
      <h3>In the text</h3>
      <ul>
        <li><span>Next mention, mention before</span><kbd>&#8594; &#8592; Tab</kbd></li>
        <li><span>First, last mention</span><kbd>Home End</kbd></li>
        <li><span>Let go of the mention</span><kbd>Esc</kbd></li>
        <li><span>Label the name under the mouse</span><kbd>double click</kbd></li>
        <li><span>Label some words</span><kbd>drag</kbd></li>
        <li><span>Label exact characters</span><kbd>drag, Shift at the end</kbd></li>
      </ul>
      <h3>With the text cursor</h3>
      <ul>
        <li><span>Move by word, by line</span><kbd>&#8592; &#8594; &#8593; &#8595;</kbd></li>
        <li><span>Select</span><kbd>Shift &#8592; &#8594;</kbd></li>
        <li><span>By character</span><kbd>Ctrl or Alt too</kbd></li>
        <li><span>Label it</span><kbd>1–9, Enter</kbd></li>
        <li><span>Leave</span><kbd>Esc</kbd></li>
      </ul>
      <h3>How it is drawn</h3>
      <ul class="bd-ed-key-marks">
        <li><span>Suggestion, with its score</span><mark class="bd-mark bd-ed-mark is-still" data-label="Disease"
          data-state="unseen" data-letter="D 62">fever</mark></li>
        <li><span>Accepted, or added by a person</span><mark class="bd-mark bd-ed-mark is-still" data-label="Disease"
          data-state="accepted" data-letter="D">fever</mark></li>
        <li><span>Rejected</span><mark class="bd-mark bd-ed-mark is-still" data-label="Disease" data-state="rejected"
          data-letter="D×">fever</mark></li>
        <li><span>Ignored</span><mark class="bd-mark bd-ed-mark is-still" data-label="Disease" data-state="ignored"
          data-letter="D–">fever</mark></li>
        <li><span>One inside another: the inner one has the colour, the outer one runs below</span><span
          class="bd-ed-under" data-label="Disease" data-depth="1"><mark class="bd-mark bd-ed-mark is-still"
          data-label="Gene" data-state="accepted" data-letter="G">BRCA1</mark> cancer</span></li>
      </ul>
    </section>
  </div>
  <div class="bd-ed-dialog-foot">
    <button type="button" class="bd-ed-button" data-part="help-reset">Default keys</button>
    <button type="button" class="bd-ed-complete" data-part="help-close">Close</button>
  </div>
</dialog>
"""


def build_editor(assets: Path, server_functions: Sequence[Callable[[dict[str, Any]], dict[str, Any]]]) -> gr.HTML:
    """The editor; `server_functions` carry the names of SERVER_FUNCTIONS. Its value is JSON: a document or {"open": ...}.

    Raises ValueError where a function is missing: the page would only notice once somebody pressed its key.
    """
    missing = set(SERVER_FUNCTIONS) - {function.__name__ for function in server_functions}
    if missing:
        raise ValueError(f"The editor calls server functions that were not given: {', '.join(sorted(missing))}.")
    return gr.HTML(
        "",
        html_template=_TEMPLATE,
        js_on_load=join_scripts(assets, *_SCRIPTS),
        server_functions=list(server_functions),
        apply_default_css=False,
        elem_id="bd-editor",
        elem_classes="bd-plain",
    )
