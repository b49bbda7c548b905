// What the editor shows and the corrections that the server has not confirmed yet enter; what to draw meanwhile leaves.
// The rules are those of biobert_demo/review.py, which has the last word: tests/js/test_editor_state.py compares them.
"use strict";

const DECISIONS = { accept: "accepted", reject: "rejected", ignore: "ignored", reset: "unseen" };

class EditRefused extends Error {}

// A view { spans, note, isFlagged, isComplete } after corrections; throws EditRefused, and then nothing was changed.
// `step` is { author, id, surface }: a span that is added is named `${id}.${ordinal}` until the server has named it, and
// `surface(start, end)` is the document's text between two code point offsets.
function applyCorrections(view, corrections, step) {
  let after = view;
  corrections.forEach((correction, ordinal) => { after = applyOne(after, correction, step, ordinal); });
  return { ...after, spans: sortSpans(after.spans) };
}

// The view with everything that waits drawn on it. `waiting` holds operations in order: { name, key, corrections }.
// An undo takes back the last edit that still waits; one that reaches further back is drawn when the server answers.
// Returns { view, refused }: operations that no longer fit, each with the sentence why.
function foldWaiting(view, waiting, { author, surface }) {
  const active = [];
  const undone = [];
  for (const operation of waiting) {
    if (operation.name === "save") {
      active.push(operation);
      undone.length = 0;
    } else if (operation.name === "undo" && active.length) {
      undone.push(active.pop());
    } else if (operation.name === "redo" && undone.length) {
      active.push(undone.pop());
    }
  }
  const refused = [];
  let after = view;
  for (const operation of active) {
    try {
      after = applyCorrections(after, operation.corrections, { author, surface, id: operation.key });
    } catch (error) {
      if (!(error instanceof EditRefused)) throw error;
      refused.push({ operation, reason: error.message });
    }
  }
  return { view: after, refused };
}

// Which provisional ids the server has replaced by which: Map(provisional id -> id). `provisional` are the spans as they
// were drawn, `spans` the same as the server names them.
function matchIds(provisional, spans) {
  const known = new Set(spans.map((span) => span.id));
  const byPlace = new Map(spans.map((span) => [placeKey(span), span.id]));
  const names = new Map();
  for (const span of provisional) {
    if (!known.has(span.id) && byPlace.has(placeKey(span))) names.set(span.id, byPlace.get(placeKey(span)));
  }
  return names;
}

function placeKey(span) {
  return `${span.start} ${span.end} ${span.label}`;
}

function sortSpans(spans) {
  const order = (a, b) => (a < b ? -1 : Number(a > b));
  return [...spans].sort(
    (a, b) => a.start - b.start || b.end - a.end || order(a.label, b.label) || order(a.id, b.id),
  );
}

function countStates(spans) {
  const counts = { unseen: 0, accepted: 0, rejected: 0, ignored: 0 };
  for (const span of spans) counts[span.state] += 1;
  return counts;
}

function applyOne(view, one, step, ordinal) {
  if (one.action === "add") return applyAdd(view, one, step, ordinal);
  if (one.action === "complete") return { ...view, isComplete: true };
  if (one.action === "reopen") return { ...view, isComplete: false };
  if (one.action === "annotate" && !one.span) {
    return { ...view, note: one.note ?? view.note, isFlagged: one.isFlagged ?? view.isFlagged };
  }
  const span = view.spans.find((other) => other.id === one.span);
  if (!span) throw new EditRefused("This mention is not in the document any more; it was removed or undone.");
  const spans = changeSpan(view.spans, span, one, step);
  return { ...view, spans };
}

function applyAdd(view, one, step, ordinal) {
  const { start, end, text, label } = one;
  if (!label) throw new EditRefused(`The new mention “${text}” has no label; choose one.`);
  const known = view.spans.find((span) => span.start === start && span.end === end && span.label === label);
  if (known) {
    return { ...view, spans: replaceSpan(view.spans, { ...known, state: "accepted", author: step.author }) };
  }
  const added = {
    id: `${step.id}.${ordinal}`, start, end, text, label, state: "accepted", score: null, model: null,
    author: step.author, suggested: null, others: [], note: "", isFlagged: false, identifiers: [],
  };
  return { ...view, spans: [...view.spans, added] };
}

function changeSpan(spans, span, one, step) {
  if (one.action === "reset") return resetSpan(spans, span, step);
  if (one.action in DECISIONS) return replaceSpan(spans, { ...span, state: DECISIONS[one.action], author: step.author });
  if (one.action === "remove") {
    if (!span.model) return spans.filter((other) => other.id !== span.id);
    return replaceSpan(spans, { ...span, state: "rejected", author: step.author });
  }
  if (one.action === "annotate") {
    return replaceSpan(spans, { ...span, note: one.note ?? span.note, isFlagged: one.isFlagged ?? span.isFlagged });
  }
  if (one.action === "relabel" || one.action === "rebound") return moveSpan(spans, span, one, step);
  throw new EditRefused(`There is no correction named “${one.action}”.`);
}

function resetSpan(spans, span, step) {
  if (!span.model) {
    throw new EditRefused(`“${span.text}” was added by a person and has no earlier state; remove it instead.`);
  }
  const [start, end, label] = span.suggested ?? [span.start, span.end, span.label];
  const text = step.surface(start, end);
  const reset = { ...span, start, end, label, text, state: "unseen", author: null, suggested: null };
  if (spans.some((other) => other.id !== span.id && placeKey(other) === placeKey(reset))) {
    throw new EditRefused(`“${text}” has this label by another mention; remove one of the two first.`);
  }
  return replaceSpan(spans, reset);
}

function moveSpan(spans, span, one, step) {
  const moved = one.action === "relabel"
    ? { ...span, label: one.label }
    : { ...span, start: one.start, end: one.end, text: one.text };
  const twin = spans.find((other) => other.id !== span.id && placeKey(other) === placeKey(moved));
  if (twin && twin.state === "accepted") {
    throw new EditRefused(`“${moved.text}” already has this label at this place; remove one of the two instead.`);
  }
  const first = span.suggested ?? (span.model ? [span.start, span.end, span.label] : null);
  const isBack = first !== null && first.join(" ") === placeKey(moved);
  // Of two that become one, the other's remarks are kept.
  const notes = new Set([moved.note, twin?.note].filter(Boolean));
  return replaceSpan(spans.filter((other) => other !== twin), {
    ...moved, state: "accepted", author: step.author, suggested: isBack ? null : first,
    note: [...notes].join("\n"), isFlagged: moved.isFlagged || Boolean(twin?.isFlagged),
  });
}

function replaceSpan(spans, changed) {
  return spans.map((span) => (span.id === changed.id ? changed : span));
}

if (typeof module !== "undefined") {
  module.exports = { EditRefused, applyCorrections, foldWaiting, matchIds, sortSpans, countStates };
}
