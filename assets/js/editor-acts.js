// What a person does to the focused mention, a marked text, a finding or the document enters; corrections leave.
// Part of editor.js, whose `ui`, `model` and `caret` it uses.
"use strict";

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
