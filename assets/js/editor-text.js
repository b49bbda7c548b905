// Pieces of a layered text enter; their nodes on the page leave, and only those that changed are made anew.
"use strict";

// `describe(piece)` gives { signature, make() }: two pieces with one signature look the same, so their node can stay.
function createTextView(body) {
  let drawn = []; // [{ kind, node, items: [{ signature, node, piece }] }]
  let items = [];

  function draw(blocks, describe) {
    if (drawn.length !== blocks.length || blocks.some((block, index) => block.kind !== drawn[index].kind)) {
      drawn = blocks.map(({ kind }) => ({
        kind, items: [], node: createNode("span", { class: /title/i.test(kind) ? "bd-title" : "bd-ed-block" }),
      }));
      body.replaceChildren(...drawn.map((block) => block.node));
    }
    blocks.forEach((block, index) => drawBlock(drawn[index], block.pieces, describe));
    items = drawn.flatMap((block) => block.items);
  }

  function drawBlock(block, pieces, describe) {
    const old = block.items;
    const fresh = pieces.map((piece) => ({ ...describe(piece), piece }));
    let start = 0;
    const shorter = Math.min(old.length, fresh.length);
    while (start < shorter && old[start].signature === fresh[start].signature) start += 1;
    let end = 0;
    while (end < shorter - start && old[old.length - 1 - end].signature === fresh[fresh.length - 1 - end].signature) end += 1;
    for (let index = start; index < fresh.length - end; index += 1) fresh[index].node = fresh[index].make();
    for (let index = 0; index < start; index += 1) fresh[index].node = old[index].node;
    for (let back = 1; back <= end; back += 1) fresh[fresh.length - back].node = old[old.length - back].node;
    const after = end ? old[old.length - end].node : null;
    const made = document.createDocumentFragment();
    for (const item of fresh.slice(start, fresh.length - end)) made.append(item.node);
    for (const item of old.slice(start, old.length - end)) item.node.remove();
    block.node.insertBefore(made, after);
    block.items = fresh;
  }

  // The place of a DOM point in the text, in UTF-16 units; places outside the text move to its ends.
  function offsetAt(node, offset) {
    const range = document.createRange();
    range.selectNodeContents(body);
    if (range.comparePoint(node, offset) > 0) return range.toString().length;
    if (range.comparePoint(node, offset) < 0) return 0;
    range.setEnd(node, offset);
    return range.toString().length;
  }

  // The DOM point of a place: [text node, offset inside]; null in an empty text.
  function pointAt(unit) {
    let low = 0;
    let high = items.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (items[middle].piece.to <= unit) low = middle + 1;
      else high = middle;
    }
    while (items[low] && items[low].piece.text === "") low += 1;
    const item = items[low] ?? items.filter(({ piece }) => piece.text !== "").pop();
    if (!item) return null;
    const text = firstText(item.node);
    return [text, Math.max(0, Math.min(text.length, unit - item.piece.from))];
  }

  function rangeOf(from, to) {
    const [start, end] = [pointAt(from), pointAt(to)];
    if (!start || !end) return null;
    const range = document.createRange();
    range.setStart(...start);
    range.setEnd(...end);
    return range;
  }

  return { draw, offsetAt, pointAt, rangeOf };
}

function firstText(node) {
  let inner = node;
  while (inner.nodeType !== Node.TEXT_NODE) inner = inner.firstChild;
  return inner;
}

// How a piece is drawn: text, a mark with lines below it, or an empty handle for a mention that others cover.
// `look` is { labels, showScores, findings: Map(span id -> findings) }.
function describePiece(piece, look) {
  const outer = piece.handle ? [] : piece.under.filter(isLiving);
  const known = (span) => [
    span.id, span.label, span.state, span.text, span.score, span.author, span.suggested !== null, span.note !== "",
    span.isFlagged, look.findings.get(span.id)?.map((finding) => finding.message),
  ];
  const signature = JSON.stringify([
    piece.text, piece.handle ? known(piece.handle) : null, piece.span ? known(piece.span) : null,
    piece.under?.map(known), piece.isFirst, piece.isLast, look.showScores,
  ]);
  return { signature, make: () => (piece.handle ? makeHandle(piece.handle, look) : makePiece(piece, outer, look)) };
}

function makePiece(piece, outer, look) {
  let node = document.createTextNode(piece.text);
  if (piece.span) {
    const { span } = piece;
    const label = labelNamed(look.labels, span.label);
    node = paintLabel(createNode("mark", {
      class: "bd-mark bd-ed-mark", "data-span": span.id, "data-state": span.state, "data-by": span.model ? "model" : "person",
      "data-name": span.label, "data-score": percent(span.score),
    }, node), label);
    node.classList.toggle("goes-on", !piece.isLast);
    node.classList.toggle("came-on", !piece.isFirst);
    if (piece.isLast) node.dataset.letter = signOf(span, label, look);
    if (piece.isFirst) makeReachable(node, span, label, piece.under.filter((other) => isAround(other, span)), look);
  }
  // Outermost last: each wrapper draws its line lower than the ones inside it.
  for (let depth = outer.length; depth > 0; depth -= 1) {
    const span = outer[depth - 1];
    node = paintLabel(createNode("span", {
      class: "bd-ed-under", "data-under": span.id, "data-depth": Math.min(3, outer.length - depth + 1), "data-state": span.state,
    }, node), labelNamed(look.labels, span.label));
  }
  return node;
}

function makeHandle(span, look) {
  const label = labelNamed(look.labels, span.label);
  const node = paintLabel(createNode("span", {
    class: "bd-ed-handle", "data-span": span.id, "data-state": span.state, "data-name": span.label,
    "data-letter": signOf(span, label, look), "data-score": percent(span.score),
  }), label);
  makeReachable(node, span, label, [], look);
  return node;
}

function makeReachable(node, span, label, outer, look) {
  node.dataset.anchor = span.id;
  node.tabIndex = -1;
  node.setAttribute("role", "button");
  node.setAttribute("aria-label", nameSpan(span, label, outer, look.findings.get(span.id)));
}

function isAround(outer, inner) {
  return outer.from <= inner.from && outer.to >= inner.to;
}

// The small letter behind a mention: label, then what sets it apart: score of a suggestion, a note, a flag, a finding.
function signOf(span, label, look) {
  const state = { unseen: look.showScores && span.score !== null ? `\u202f${Math.round(span.score * 100)}` : "?", rejected: "×", ignored: "–" };
  return [
    label.letter, state[span.state] ?? "", span.note ? "✎" : "", span.isFlagged ? "⚑" : "", look.findings.has(span.id) ? "!" : "",
  ].join("");
}
