// The server's values and a person's acts enter; the document as it stands, with what is not saved yet, leaves.
"use strict";

const LEAVING = new Set(["complete", "skip", "previous", "open_document"]);

// `send(name, payload)` asks the server. `onDocument(value)` is told of another document (null: there is none),
// `onChange(renamed)` of a new state of this one, `onMessage` of a sentence for the person, `onAnswer` of every answer.
function createModel({ send, onDocument, onChange, onMessage, onStatus, onAnswer, makeKey = makeUniqueKey, timers = {} }) {
  let base = null;
  let shown = null;
  let text = "";
  let toUtf16 = null;
  let toCodePoint = null;

  const outbox = createOutbox({ send, onStatus, makeKey, onAnswer: takeAnswer, ...timers });

  function takeAnswer(operation, answer) {
    const value = answer.value ?? null;
    if (answer.error) {
      if (value && isSameReview(value)) rebase(value, operation);
      else refold();
      onMessage(answer.error, true);
    } else if (LEAVING.has(operation.name)) {
      showDocument(value, answer.message);
    } else if (value) {
      rebase(value, operation);
      if (answer.message) onMessage(answer.message, false);
    } else {
      refold();
    }
    onAnswer(operation, answer);
  }

  const isSameReview = (value) => base !== null && value.review.id === base.review.id;

  function showDocument(value, message = null) {
    base = value;
    if (value) {
      text = value.document.text;
      toUtf16 = utf16Offsets(text);
      toCodePoint = codePointOffsets(text);
      refold();
    }
    onDocument(value);
    if (message) onMessage(message, false);
  }

  // The same review in a newer state: what still waits is drawn upon it, under the names the server has given.
  function rebase(value, operation) {
    const provisional = operation ? foldWaiting(viewOf(base), [operation], context()).view.spans : [];
    const renamed = matchIds(provisional, value.spans);
    for (const waiting of outbox.waiting) {
      if (!waiting.corrections) continue;
      waiting.corrections = waiting.corrections.map((one) => (renamed.has(one.span) ? { ...one, span: renamed.get(one.span) } : one));
    }
    base = value;
    refold(renamed);
  }

  function refold(renamed = new Map()) {
    if (!base) return;
    const { view, refused } = foldWaiting(viewOf(base), outbox.waiting, context());
    shown = { ...view, spans: view.spans.map(placed) };
    onChange(renamed);
    if (refused.length) onMessage(refused[0].reason, true);
  }

  const surface = (start, end) => text.slice(toUtf16(start), toUtf16(end));
  const context = () => ({ author: base.review.author, surface });

  function placed(span) {
    const [from, to] = [toUtf16(span.start), toUtf16(span.end)];
    const suggestedText = span.suggested ? surface(span.suggested[0], span.suggested[1]) : null;
    return { ...span, from, to, text: text.slice(from, to), suggestedText };
  }

  function viewOf(value) {
    return {
      spans: value.spans, note: value.document.note ?? "", isFlagged: Boolean(value.document.isFlagged),
      isComplete: value.review.isComplete,
    };
  }

  // Draws corrections at once and sends them; the sentence why where they do not fit, null otherwise.
  function edit(corrections, summary) {
    if (isLeaving()) return "The next document is on its way; this one is closed.";
    try {
      applyCorrections(shown, corrections, { ...context(), id: "trial" });
    } catch (error) {
      if (error instanceof EditRefused) return error.message;
      throw error;
    }
    act("save", {}, { corrections, summary });
    return null;
  }

  // Any other act on the review. `extra` is added to what is sent.
  function act(name, extra = {}, own = {}) {
    const { id: review, author } = base.review;
    outbox.push({
      ...own, name, review,
      payload: (entry) => ({
        review, seen: base.review.revision, key: entry.key, author, ...extra,
        ...(entry.corrections ? { corrections: entry.corrections, summary: entry.summary } : {}),
      }),
    });
    refold();
  }

  function open(payload) {
    outbox.push({ name: "open_document", payload: () => payload });
  }

  // A value that the server sent unasked: an older state of this review is no news.
  async function receive(value) {
    await outbox.whenIdle();
    if (!isSameReview(value)) showDocument(value);
    else if (value.review.revision >= base.review.revision) rebase(value, null);
  }

  // { start, end, text } in code points, as corrections carry it, of a place in UTF-16 units.
  function placeOf(from, to) {
    return { start: toCodePoint(from), end: toCodePoint(to), text: text.slice(from, to) };
  }

  const isLeaving = () => outbox.waiting.some((operation) => LEAVING.has(operation.name));
  const count = (name) => outbox.waiting.filter((operation) => operation.name === name).length;

  return {
    edit, act, open, receive, placeOf, isLeaving, outbox,
    base: () => base,
    view: () => shown,
    text: () => text,
    canUndo: () => base.review.canUndo || count("save") > count("undo"),
    canRedo: () => base.review.canRedo || count("undo") > count("redo"),
  };
}

if (typeof module !== "undefined") module.exports = { createModel };
