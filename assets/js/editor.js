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
    model.open(value.open);
  } else {
    model.receive(value);
  }
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

// ---------------------------------------------------------------- drawing

function redraw() {
  const value = model.base();
  if (!value || !ui.blocks) return;
  drawText();
  drawAround();
}

function drawText() {
  const { spans } = model.view();
  const { findings = [] } = model.base();
  const hadFocus = body.contains(document.activeElement);
  const order = ui.drawn.findIndex((span) => span.id === ui.focus);
  ui.drawn = ui.hidesDecided ? spans.filter(isLiving) : spans;
  const bySpan = new Map();
  for (const finding of findings) {
    for (const id of finding.spans ?? []) bySpan.set(id, [...(bySpan.get(id) ?? []), finding]);
  }
  const look = { labels: ui.labels, showScores: ui.showScores, findings: bySpan };
  textView.draw(layerText(model.text(), ui.drawn, ui.blocks), (piece) => describePiece(piece, look));
  if (ui.focus !== null && !ui.drawn.some((span) => span.id === ui.focus)) {
    ui.focus = hadFocus ? (ui.drawn[Math.min(order, ui.drawn.length - 1)]?.id ?? null) : null;
  }
  markFocus();
  if (hadFocus && !body.contains(document.activeElement)) {
    (anchorOf(ui.focus) ?? body).focus({ preventScroll: true });
  }
  light();
}

function drawAround() {
  const value = model.base();
  const view = model.view();
  const keys = shownKeys();
  const counts = countStates(view.spans);
  panels.drawDocument({ review: value.review.id, note: view.note, isFlagged: view.isFlagged });
  panels.drawFindings(value.findings ?? [], ui.finding, keys);
  drawMention();
  queue.showProgress(value.progress, value.position);
  queue.showCount(counts.unseen);
  for (const chip of parts.legend.children) {
    const number = view.spans.filter((span) => span.label === chip.dataset.name && isLiving(span)).length;
    chip.querySelector(".bd-count").textContent = String(number);
    chip.setAttribute("aria-pressed", String(chip.dataset.name === ui.current));
  }
  parts["document-state"].textContent = view.isComplete ? "complete" : "";
  parts.reopen.hidden = !view.isComplete;
  if (ui.wasComplete !== undefined && ui.wasComplete !== value.review.isComplete) queue.refresh();
  ui.wasComplete = value.review.isComplete;
  parts["complete-words"].textContent = view.isComplete && !counts.unseen ? "Next document"
    : counts.unseen ? `Complete – accepts ${counts.unseen} unseen` : "Complete";
  for (const [name, isPossible] of [["undo", model.canUndo()], ["redo", model.canRedo()]]) {
    parts[name].setAttribute("aria-disabled", String(!isPossible));
  }
  for (const button of element.querySelectorAll("[data-action]")) showHint(button, keys[button.dataset.action]);
}

function shownKeys() {
  const keys = keysOf(ui.keys);
  if (areLettersOn(ui.keys)) return keys;
  return Object.fromEntries(Object.entries(keys).map(([name, key]) => [name, key && isSingleCharacter(key) ? null : key]));
}

function drawMention() {
  const span = focused();
  panels.drawMention({
    span, labels: ui.labels, keys: shownKeys(),
    selection: ui.selection ? model.text().slice(ui.selection.from, ui.selection.to) : null,
    outer: span ? model.view().spans.filter((other) => other.id !== span.id && isLiving(other) && isAround(other, span)) : [],
  });
}

function drawLegend() {
  const names = JSON.stringify(ui.labels.map(({ name, key, own, shown }) => [name, key, own, shown]));
  if (parts.legend.dataset.names === names) return;
  parts.legend.dataset.names = names;
  parts.legend.replaceChildren(...ui.labels.map((label) => paintLabel(createNode(
    "button",
    {
      type: "button", class: "bd-chip", "data-name": label.name, "aria-keyshortcuts": label.key,
      title: `New mentions become ${label.shown}; press again for none`,
      click: () => setCurrent(ui.current === label.name ? "" : label.name),
      mouseenter: () => lightLabel(label.name), mouseleave: () => lightLabel(null),
      focus: () => lightLabel(label.name), blur: () => lightLabel(null),
    },
    createNode("span", { class: "bd-letter", "aria-hidden": "true", text: label.letter }),
    createNode("span", { class: "bd-chip-name", text: label.shown }),
    createNode("span", { class: "bd-count" }),
    keyNode(label.key),
  ), label)));
}

function setCurrent(name) {
  ui.current = name;
  drawAround();
  announce(name ? `New mentions become ${labelNamed(ui.labels, name).shown}.` : "No label is chosen: mark a text, then choose one.");
}

function lightLabel(name) {
  ui.lit = name;
  light();
}

function light() {
  if (ui.lit === null && !body.classList.contains("is-dimmed")) return;
  body.classList.toggle("is-dimmed", ui.lit !== null);
  for (const node of body.querySelectorAll(".bd-ed-mark, .bd-ed-handle")) node.classList.toggle("is-lit", node.dataset.name === ui.lit);
}

// ---------------------------------------------------------------- focus

const anchors = () => [...body.querySelectorAll("[data-anchor]")];
const anchorOf = (id) => (id === null ? null : body.querySelector(`[data-anchor="${CSS.escape(id)}"]`));
const focused = () => model.view()?.spans.find((span) => span.id === ui.focus) ?? null;

function markFocus() {
  const all = anchors();
  const focusedNode = anchorOf(ui.focus);
  const anchor = focusedNode ?? all[0];
  // Only what changes is written: each attribute that is set costs the browser a new look at the style of its node.
  for (const node of all) if (node.tabIndex !== (node === anchor ? 0 : -1)) node.tabIndex = node === anchor ? 0 : -1;
  if (body.tabIndex !== (all.length ? -1 : 0)) body.tabIndex = all.length ? -1 : 0;
  const id = ui.focus === null ? null : CSS.escape(ui.focus);
  const wanted = new Set(id === null ? [] : body.querySelectorAll(`[data-span="${id}"], [data-under="${id}"]`));
  for (const node of body.querySelectorAll(".is-focused")) {
    if (wanted.has(node)) continue;
    node.classList.remove("is-focused");
    node.removeAttribute("aria-current");
  }
  for (const node of wanted) node.classList.add("is-focused");
  if (focusedNode && !focusedNode.hasAttribute("aria-current")) focusedNode.setAttribute("aria-current", "true");
}

function focusSpan(id, movesFocus = true) {
  if (caret.isOn()) caret.leave();
  ui.focus = id;
  ui.selection = null;
  markFocus();
  if (movesFocus) anchorOf(id)?.focus();
  drawMention();
}

function clearFocus() {
  ui.focus = null;
  ui.selection = null;
  getSelection().removeAllRanges();
  markFocus();
  body.focus({ preventScroll: true });
  drawMention();
}

function stepFocus(direction, isWanted = () => true, wraps = false) {
  const ids = anchors().map((node) => node.dataset.anchor);
  const spans = new Map(ui.drawn.map((span) => [span.id, span]));
  const at = ids.indexOf(ui.focus);
  const start = at < 0 ? (direction > 0 ? -1 : ids.length) : at;
  const after = direction > 0 ? ids.slice(start + 1) : ids.slice(0, start).reverse();
  const around = direction > 0 ? ids.slice(0, start) : ids.slice(start + 1).reverse();
  const next = [...after, ...(wraps ? around : [])].find((id) => isWanted(spans.get(id)));
  if (next === undefined) return false;
  focusSpan(next);
  return true;
}

const isUnseen = (span) => span.state === "unseen";

// ---------------------------------------------------------------- acts

function edit(corrections, summary) {
  const reason = model.edit(corrections, summary);
  if (reason) showMessage(reason, true);
  else hideMessage();
  return reason === null;
}

function needSpan() {
  const span = focused();
  if (!span) announce("No mention is focused; press Tab or an arrow key in the text.");
  return span;
}

function decide(action) {
  const span = needSpan();
  if (!span) return;
  const state = DECISIONS[action];
  if (span.state === state) announce(`“${oneLine(span.text, 60)}” is ${state} already.`);
  else if (!edit([{ action, span: span.id }], `${action} “${oneLine(span.text, 60)}”`)) return;
  else announce(`“${oneLine(span.text, 60)}” ${state}.`);
  if (action !== "reset" && body.contains(document.activeElement)) stepFocus(1, isUnseen);
}

function removeSpan() {
  const span = needSpan();
  if (!span || !edit([{ action: "remove", span: span.id }], `remove “${oneLine(span.text, 60)}”`)) return;
  announce(span.model ? `“${oneLine(span.text, 60)}” rejected.` : `“${oneLine(span.text, 60)}” removed.`);
  if (span.model) stepFocus(1, isUnseen);
}

// A digit or a label's button: labels what is marked, else relabels what is focused, else chooses for what comes next.
function chooseLabel(name) {
  const stretch = caret.isOn() ? caret.chosen() : ui.selection;
  const span = focused();
  if (stretch) {
    ui.current = name;
    addSpan(stretch, name);
  } else if (span) {
    relabelSpan(span, name);
  } else {
    setCurrent(name);
  }
}

function relabelSpan(span, name) {
  const { shown } = labelNamed(ui.labels, name);
  ui.current = name;
  if (span.label !== name) {
    if (!edit([{ action: "relabel", span: span.id, label: name }], `relabel “${oneLine(span.text, 60)}” as ${shown}`)) return;
  } else if (span.state !== "accepted") {
    if (!edit([{ action: "accept", span: span.id }], `accept “${oneLine(span.text, 60)}”`)) return;
  } else {
    drawAround();
  }
  announce(`“${oneLine(span.text, 60)}” is ${shown}.`);
}

function addSpan({ from, to }, name) {
  const { shown } = labelNamed(ui.labels, name);
  const place = model.placeOf(from, to);
  const twin = model.view().spans.find((span) => span.start === place.start && span.end === place.end && isLiving(span));
  caret.leave();
  getSelection().removeAllRanges();
  ui.selection = null;
  if (twin) {
    // Marking exactly what is a mention already means to correct it, not to lay a second one over it.
    focusSpan(twin.id);
    relabelSpan(twin, name);
    return;
  }
  if (!edit([{ action: "add", ...place, label: name }], `add “${oneLine(place.text, 60)}” as ${shown}`)) return;
  const added = model.view().spans.find((span) => span.start === place.start && span.end === place.end && span.label === name);
  if (added) focusSpan(added.id);
  announce(`“${oneLine(place.text, 60)}” is ${shown}.`);
}

function moveBoundary(edge, direction, isByCharacter = false) {
  const span = needSpan();
  if (!span) return;
  const { text, tokens } = source();
  const at = edge === "end" ? span.to : span.from;
  const goal = isByCharacter ? moveCharacter(text, at, direction) : moveEdge(text, tokens, at, edge, direction);
  const [from, to] = edge === "end" ? [span.from, goal] : [goal, span.to];
  if (goal === null || from >= to) {
    announce("The boundary cannot go further.");
    return;
  }
  const place = model.placeOf(from, to);
  if (edit([{ action: "rebound", span: span.id, ...place }], `change “${oneLine(span.text, 40)}” to “${oneLine(place.text, 40)}”`)) {
    announce(`Now “${oneLine(place.text, 80)}”.`);
  }
}

function annotate(id, change) {
  const what = "note" in change ? "note" : change.isFlagged ? "flag" : "unflag";
  edit([{ action: "annotate", span: id, ...change }], `${what} on ${id ? "a mention" : "the document"}`);
}

function toggleFlag() {
  const span = focused();
  const isFlagged = span ? span.isFlagged : model.view().isFlagged;
  annotate(span?.id ?? null, { isFlagged: !isFlagged });
  announce(`${span ? "Mention" : "Document"} ${isFlagged ? "not flagged any more" : "flagged"}.`);
}

function undo(name) {
  const isPossible = name === "undo" ? model.canUndo() : model.canRedo();
  if (!isPossible) announce(`There is nothing to ${name}.`);
  else if (!model.isLeaving()) model.act(name);
}

function leaveWith(go) {
  if (model.isLeaving()) return;
  // A note that is being written is saved first: leaving its box tells it so.
  if (parts.panel.contains(document.activeElement)) document.activeElement.blur();
  caret.leave();
  hideMessage();
  ui.isWanted = true;
  go();
}

// ---------------------------------------------------------------- findings and identical mentions

function currentFinding() {
  const { findings = [] } = model.base();
  const chosen = findings.find((finding) => finding.id === ui.finding);
  const isAbout = (finding) => finding.spans?.includes(ui.focus);
  return chosen && (isAbout(chosen) || !chosen.spans?.length) ? chosen : findings.find(isAbout);
}

function visitFinding(finding) {
  ui.finding = finding.id;
  const id = (finding.spans ?? []).find((one) => anchorOf(one));
  if (id !== undefined) focusSpan(id);
  else textView.rangeOf(...placeInUnits(finding))?.startContainer.parentElement.scrollIntoView({ block: "center" });
  drawAround();
  const keys = shownKeys();
  announce(`${finding.message}${finding.fix && keys.fix ? ` ${showKey(keys.fix)}: ${finding.fix.summary}` : ""}`);
}

function placeInUnits({ start, end }) {
  const toUtf16 = utf16Offsets(model.text());
  return [toUtf16(start), toUtf16(end)];
}

function fixFinding(finding) {
  if (!finding.fix) {
    showMessage("This finding has no fix of its own; look at its place and decide.", false);
  } else if (edit(finding.fix.corrections, finding.fix.summary)) {
    announce(`Fixed: ${finding.fix.summary}`);
  }
}

function fixOrVisit() {
  const { findings = [] } = model.base();
  const here = currentFinding();
  if (here?.fix && ui.finding === here.id) {
    fixFinding(here);
  } else if (here && ui.finding !== here.id) {
    visitFinding(here);
  } else if (findings.length) {
    visitFinding(findings[(findings.findIndex((finding) => finding.id === ui.finding) + 1) % findings.length]);
  } else {
    announce("There are no findings in this document.");
  }
}

function applyToIdentical() {
  const span = needSpan();
  if (span) identical.open(span, labelNamed(ui.labels, span.label));
}

async function previewIdentical({ start, end, label, scope }) {
  await model.outbox.whenIdle();
  const span = model.view().spans.find((one) => one.start === start && one.end === end && one.label === label)?.id ?? null;
  const { id: review, author } = model.base().review;
  const answer = await server.preview_identical({ review, span, start, end, label, scope, author });
  if (!answer) throw new Error("the server sent no answer");
  return answer;
}

function applyIdentical(label, items) {
  model.act("apply_identical", { label: label.name, items });
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
