// The model and what the person looks at (`ui`) enter; the workspace on the page, and where its focus is, leave.
// Part of editor.js, whose `parts`, `ui`, `model`, `panels` and `queue` it uses.
"use strict";

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
  const late = value.review.lateLabels ?? [];
  parts["complete-words"].textContent = counts.unseen ? `Complete – accepts ${counts.unseen} unseen`
    : !view.isComplete ? "Complete"
      : late.length ? `Complete for ${oneLine(late.join(", "), 40)} too` : "Next document";
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
  // By the attribute: a node without one says -1 as well, but cannot be focused.
  const ownTab = all.length ? "-1" : "0";
  if (body.getAttribute("tabindex") !== ownTab) body.setAttribute("tabindex", ownTab);
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
