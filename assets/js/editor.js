// A document under review (`props.value`, JSON) enters; a workspace to correct it leaves, which saves every act at once.
// Runs as the body of Gradio's js_on_load(element, trigger, props, server, upload, watch), after the files it builds on.
"use strict";

const HOVER_DELAY_MS = 500;

const parts = {};
for (const node of element.querySelectorAll("[data-part]")) parts[node.dataset.part] = node;

const { body } = parts;
const tooltip = createTooltip(parts.tooltip, parts.tooltip.parentElement);
const textView = createTextView(body);

const ui = {
  labels: [], current: null, focus: null, selection: null, finding: null, lit: null, showScores: true, hidesDecided: false,
  keys: {}, tokens: [], drawn: [], isWanted: false, identity: {},
};

const model = createModel({
  send: (name, payload) => server[name](payload),
  onDocument: showDocument,
  onChange: (renamed) => {
    if (renamed.has(ui.focus)) ui.focus = renamed.get(ui.focus);
    redraw();
  },
  onMessage: showMessage,
  onStatus: showStatus,
  onAnswer: afterAnswer,
});

const source = () => ({ text: model.text(), tokens: ui.tokens });
const caret = createCaret({ view: textView, body, mark: parts.caret, source, onMove: announceCaret });
const panels = createPanels({
  parts,
  act: {
    decide, relabel: chooseLabel, moveBoundary, annotate, identical: applyToIdentical, remove: removeSpan,
    visit: visitFinding, fix: fixFinding, addSelected: chooseLabel,
  },
});
const queue = createQueue({
  parts,
  ask: async (question) => (ui.identity.author === undefined ? null : server.list_documents({ ...ui.identity, ...question })),
  open: (document) => leaveWith(() => model.open({ ...ui.identity, document })),
});
const help = createHelpDialog({ parts, source: () => ({ saved: ui.keys, labels: ui.labels }), save: saveKeys });
const identical = createIdenticalDialog({ parts, preview: previewIdentical, apply: applyIdentical });

// ---------------------------------------------------------------- value in

function receive(json) {
  const value = json ? (typeof json === "string" ? JSON.parse(json) : json) : null;
  if (!value) return;
  if (value.open) {
    ui.identity = { project: value.open.project, author: value.open.author };
    model.open({ ...value.open, document: value.open.document ?? staying(value.open) });
  } else {
    model.receive(value);
  }
}

// The document on display, where the project changed under it and not the place in it.
function staying({ stays, project }) {
  const value = stays ? model.base() : null;
  return value?.project.id === project ? value.document.id : null;
}

function showDocument(value) {
  tooltip.hide();
  caret.leave();
  hideMessage();
  // Without a document the list stays: what is done can be opened again.
  parts.editor.hidden = value === null && ui.identity.author === undefined;
  parts.editor.classList.toggle("is-empty", value === null);
  parts.empty.hidden = value !== null;
  if (value === null) {
    parts["empty-words"].textContent = "Nothing is left to review here.";
    ui.isWanted = false;
    queue.mark(null);
    queue.refresh();
    return;
  }
  ui.identity = { project: value.project.id, author: value.review.author };
  ui.tokens = wordsOf(value.document.text);
  ui.focus = null;
  ui.selection = null;
  ui.finding = null;
  ui.wasComplete = undefined;
  const passages = placeSpans(value.document.text, value.document.passages ?? []);
  ui.blocks = blocksOf(value.document.text, passages);
  if (!ui.blocks.length) ui.blocks = [{ from: 0, to: 0, kind: "" }];
  takeProject(value);
  parts["document-name"].textContent = value.document.name;
  parts.reasons.replaceChildren(...(value.document.reasons ?? []).map(reasonNode));
  redraw();
  document.dispatchEvent(new CustomEvent("biobert-demo:document", { detail: { id: value.document.id } }));
  queue.mark(value.document.id);
  queue.refresh();
  if (!ui.isWanted) return;
  ui.isWanted = false;
  const first = ui.drawn.find((span) => span.state === "unseen") ?? ui.drawn[0];
  if (first) focusSpan(first.id);
  else body.focus();
  const { unseen } = countStates(model.view().spans);
  announce(`${value.document.name}: ${plural(unseen, "unseen suggestion")}.`);
  parts.article.scrollIntoView({ block: "nearest" });
}

function takeProject(value) {
  ui.keys = value.keys ?? {};
  ui.labels = prepareLabels(value.labels);
  if (!ui.labels.some((label) => label.name === ui.current) && ui.current !== "") ui.current = ui.labels[0]?.name ?? "";
  panels.drawGuideline(value.project.guideline ?? "");
  drawLegend();
}

// ---------------------------------------------------------------- keys

function saveKeys(keys) {
  ui.keys = keys;
  redraw();
  return server.save_keys({ author: ui.identity.author, keys })
    .then((answer) => (answer?.error ?? (answer ? null : "The keys are in use, but could not be saved: the server sent no answer.")))
    .catch((error) => `The keys are in use, but could not be saved (${error.message}).`);
}

const PERFORM = {
  accept: () => decide("accept"), reject: () => decide("reject"), ignore: () => decide("ignore"), reset: () => decide("reset"),
  remove: removeSpan,
  nextUnseen: () => stepFocus(1, isUnseen, true) || announce("No suggestion is unseen."),
  previousUnseen: () => stepFocus(-1, isUnseen, true) || announce("No suggestion is unseen."),
  caret: enterCaret,
  endRight: () => moveBoundary("end", 1), endLeft: () => moveBoundary("end", -1),
  startLeft: () => moveBoundary("start", -1), startRight: () => moveBoundary("start", 1),
  endRightCharacter: () => moveBoundary("end", 1, true), endLeftCharacter: () => moveBoundary("end", -1, true),
  startLeftCharacter: () => moveBoundary("start", -1, true), startRightCharacter: () => moveBoundary("start", 1, true),
  identical: applyToIdentical, fix: fixOrVisit,
  note: () => (focused() ? parts["mention-note"] : parts["document-note"]).focus(),
  flag: toggleFlag,
  hide: () => parts["hide-decided"].click(),
  undo: () => undo("undo"), redo: () => undo("redo"),
  complete: () => leaveWith(() => model.act("complete")),
  skip: () => leaveWith(() => model.act("skip")),
  previous: () => leaveWith(() => model.act("previous")),
  search: () => parts.search.focus(),
  help: () => help.open(),
};
// Held down, these may go on; a held Enter must not complete one document after another.
const REPEATABLE = /^(end|start)|Unseen$/;

function enterCaret() {
  const span = focused();
  const at = span?.from ?? ui.tokens.find((token) => token.kind === "word")?.from ?? 0;
  ui.focus = null;
  markFocus();
  body.focus({ preventScroll: true });
  caret.enter(at);
  drawMention();
  announce("Text cursor: arrows move by word, Shift and arrows select, a digit labels, Escape leaves.");
}

function announceCaret({ anchor, head }) {
  const stretch = caret.chosen();
  ui.selection = anchor === head ? null : { from: Math.min(anchor, head), to: Math.max(anchor, head) };
  if (stretch) announce(oneLine(model.text().slice(stretch.from, stretch.to), 80));
  drawMention();
}

function press(event) {
  if (event.defaultPrevented || !isOurs(event)) return;
  const key = keyOf(event);
  if (key === null) return;
  clearTimeout(resting);
  tooltip.hide();
  if (caret.isOn() && pressInCaret(event)) {
    event.preventDefault();
    return;
  }
  if (isOnControl(event) && (key === "Enter" || key === "Space")) return;
  const action = actionOf(key, ui.keys, ui.labels);
  if (action?.startsWith("label:")) {
    if (!event.repeat) chooseLabel(action.slice("label:".length));
    event.preventDefault();
  } else if (action) {
    // Without a mention, Shift+arrows stay the browser's: they extend its selection.
    if (/^(end|start)/.test(action) && ui.focus === null) return;
    if (!event.repeat || REPEATABLE.test(action)) PERFORM[action]();
    event.preventDefault();
  } else if (body.contains(event.target) && pressInText(event, key)) {
    event.preventDefault();
  }
}

function isOurs(event) {
  if (!model.base() || parts.editor.getClientRects().length === 0 || element.querySelector("dialog[open]")) return false;
  if (event.target.closest?.("input, textarea, select, [contenteditable='true']")) return false;
  return event.target === document.body || element.contains(event.target);
}

function isOnControl(event) {
  return event.target.closest("button, summary, a") !== null;
}

function pressInCaret(event) {
  if (event.key === "Escape" || event.key === "Tab") {
    caret.leave();
    clearFocus();
    return event.key === "Escape";
  }
  if (event.key === "Enter") {
    const stretch = caret.chosen();
    const name = ui.current || ui.labels[0]?.name;
    if (stretch && name) addSpan(stretch, name);
    return true;
  }
  return caret.press(event);
}

function pressInText(event, key) {
  const direction = {
    ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Tab: 1, "Shift+Tab": -1,
  }[key];
  // At either end Tab is the browser's again, and leaves the text.
  if (direction) return stepFocus(direction) || !key.endsWith("Tab");
  if (key === "Home" || key === "End") {
    const all = anchors();
    const goal = key === "Home" ? all[0] : all[all.length - 1];
    if (goal) focusSpan(goal.dataset.anchor);
    return true;
  }
  if (key === "Escape") {
    clearFocus();
    return true;
  }
  return false;
}

// ---------------------------------------------------------------- words for the person

function announce(words) {
  // The same words twice are two announcements: a changed node is what screen readers notice.
  parts.live.replaceChildren(createNode("span", { text: words }));
}

function showMessage(words, isProblem) {
  if (!model.base()) {
    parts["empty-words"].textContent = words;
    return;
  }
  parts.message.hidden = false;
  parts.message.classList.toggle("is-problem", isProblem);
  parts["message-words"].textContent = words;
}

function hideMessage() {
  parts.message.hidden = true;
  parts["message-words"].textContent = "";
}

let savedAt = null;
let resting = 0;

function showStatus({ kind, reason, seconds }) {
  parts.saved.dataset.kind = kind;
  parts.retry.hidden = kind !== "waiting";
  const count = model.outbox.waiting.length;
  const words = {
    saved: savedAt ? `Saved ${savedAt}` : "Saved",
    saving: "Saving …",
    waiting: `Not saved yet: ${plural(count, "act")} waiting (${reason}); next try in ${seconds} s`,
  }[kind];
  if (parts["saved-words"].textContent !== words) parts["saved-words"].textContent = words;
}

function afterAnswer(operation, answer) {
  if (answer.savedAt && !answer.error) {
    const time = new Date(answer.savedAt);
    savedAt = Number.isNaN(time.getTime()) ? null : time.toLocaleTimeString("en-GB");
  }
  if (answer.error) {
    ui.isWanted = false;
    return;
  }
  if (operation.name === "undo") announce("Undone.");
  if (operation.name === "redo") announce("Redone.");
  if (operation.name === "apply_identical") {
    announce(`Applied to ${plural(answer.applied ?? 0, "mention")}.`);
    queue.refresh();
  }
  trigger("edited");
}

// ---------------------------------------------------------------- listening

watchGestures({
  body, view: textView, source,
  onPress: (id) => {
    caret.leave();
    if (id === null) clearFocus();
    else focusSpan(id);
  },
  onMark: ({ from, to, isByTouch }) => {
    caret.leave();
    if (!isByTouch && ui.current) {
      addSpan({ from, to }, ui.current);
      return;
    }
    ui.focus = null;
    ui.selection = { from, to };
    markFocus();
    drawMention();
    announce(`“${oneLine(model.text().slice(from, to), 60)}” is marked; choose a label.`);
  },
  onDouble: (at, id, exact) => {
    getSelection().removeAllRanges();
    if (id !== null) {
      focusSpan(id);
      return;
    }
    const name = exact ?? nameAround(model.text(), ui.tokens, at);
    if (name && ui.current) addSpan(name, ui.current);
  },
});

body.addEventListener("focusin", (event) => {
  const anchor = event.target.closest("[data-anchor]");
  if (!anchor || anchor.dataset.anchor === ui.focus) return;
  focusSpan(anchor.dataset.anchor, false);
});
// Only a pointer that rests brings the note: it would cover the line above while somebody drags or presses.
body.addEventListener("mouseover", (event) => {
  clearTimeout(resting);
  const node = event.target.closest("[data-span]");
  if (!node || event.buttons) return;
  resting = setTimeout(() => {
    if (node.isConnected) tooltip.show(node, labelNamed(ui.labels, node.dataset.name));
  }, HOVER_DELAY_MS);
});
body.addEventListener("mouseout", () => {
  clearTimeout(resting);
  tooltip.hideSoon();
});
body.addEventListener("pointerdown", () => {
  clearTimeout(resting);
  tooltip.hide();
});
document.addEventListener("keydown", press);
for (const name of ["mention-note", "document-note", "search"]) {
  parts[name].addEventListener("keydown", (event) => {
    // The first Escape empties a search, as everywhere.
    if (event.key !== "Escape" || event.isComposing || (name === "search" && parts.search.value)) return;
    event.preventDefault();
    // Leaving saves the note, which draws its mention anew: only then is there a node to go to.
    parts[name].blur();
    (anchorOf(ui.focus) ?? body).focus();
  });
}
for (const button of element.querySelectorAll("[data-action]")) {
  button.addEventListener("click", () => PERFORM[button.dataset.action]());
}
parts.reopen.addEventListener("click", () => edit([{ action: "reopen" }], "reopen the document"));
parts["show-scores"].addEventListener("change", () => {
  ui.showScores = parts["show-scores"].checked;
  redraw();
});
parts["hide-decided"].addEventListener("change", () => {
  ui.hidesDecided = parts["hide-decided"].checked;
  redraw();
  announce(ui.hidesDecided ? "Rejected and ignored mentions are hidden." : "Rejected and ignored mentions are shown.");
});
parts["message-close"].addEventListener("click", hideMessage);
parts.retry.addEventListener("click", () => model.outbox.retryNow());
addEventListener("online", () => model.outbox.retryNow());
addEventListener("beforeunload", (event) => {
  if (model.outbox.waiting.length || panels.isUnsaved()) event.preventDefault();
});

watch("value", () => receive(props.value));
receive(props.value);
