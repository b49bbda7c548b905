// A text with spans that may nest and cross enters; pieces that hold every character exactly once leave.
"use strict";

// Blocks [{ kind, pieces }] of a text; `blocks` are { from, to, kind } that cover it, spans have `from`, `to`, `id` and
// `state`. A piece is { from, to, text, span, under, isFirst, isLast } or, with no text, { handle: span, from }.
//
// The rule: a piece takes the colour of the innermost span over it - of the one that starts last, then ends first -
// and the others run as lines below it (`under`, outermost first). Rejected and ignored spans give way to living ones.
// A span that is innermost nowhere gets a handle before its first piece, so that each is reachable exactly once.
function layerText(text, spans, blocks) {
  const inOrder = [...spans].sort((a, b) => a.from - b.from || b.to - a.to || (a.id < b.id ? -1 : 1));
  const cuts = cutsOf(inOrder, blocks);
  const layered = [];
  const first = new Map();
  const last = new Map();
  let active = [];
  let next = 0;
  let at = 0;
  for (const block of blocks) {
    const pieces = [];
    while (at < cuts.length - 1 && cuts[at] < block.to) {
      const [from, to] = [cuts[at], cuts[at + 1]];
      active = active.filter((span) => span.to > from);
      for (; next < inOrder.length && inOrder[next].from <= from; next += 1) active.push(inOrder[next]);
      const span = innermost(active);
      const piece = { from, to, text: text.slice(from, to), span, under: active.filter((other) => other !== span) };
      if (span) {
        if (!first.has(span.id)) first.set(span.id, piece);
        last.set(span.id, piece);
      }
      pieces.push(piece);
      at += 1;
    }
    layered.push({ kind: block.kind, pieces: mergePlain(pieces) });
  }
  for (const { pieces } of layered) {
    for (const piece of pieces) {
      piece.isFirst = piece.span !== null && first.get(piece.span.id) === piece;
      piece.isLast = piece.span !== null && last.get(piece.span.id) === piece;
    }
  }
  return withHandles(layered, inOrder.filter((span) => !first.has(span.id)));
}

// Whether a span counts: a rejected or ignored suggestion is only a memory.
function isLiving(span) {
  return span.state === "accepted" || span.state === "unseen";
}

function cutsOf(spans, blocks) {
  const cuts = new Set();
  for (const { from, to } of [...blocks, ...spans]) cuts.add(from).add(to);
  return [...cuts].sort((a, b) => a - b);
}

function innermost(active) {
  let best = null;
  for (const span of active) if (best === null || isFurtherIn(span, best)) best = span;
  return best;
}

function isFurtherIn(one, other) {
  if (isLiving(one) !== isLiving(other)) return isLiving(one);
  if (one.from !== other.from) return one.from > other.from;
  if (one.to !== other.to) return one.to < other.to;
  return one.id < other.id;
}

function mergePlain(pieces) {
  const merged = [];
  for (const piece of pieces) {
    const before = merged[merged.length - 1];
    if (before && before.span === null && piece.span === null) {
      before.text += piece.text;
      before.to = piece.to;
    } else {
      merged.push(piece);
    }
  }
  return merged;
}

function withHandles(layered, covered) {
  if (!covered.length) return layered;
  let next = 0;
  return layered.map(({ kind, pieces }) => {
    const all = [];
    for (const piece of pieces) {
      while (next < covered.length && covered[next].from <= piece.from) {
        all.push({ handle: covered[next], from: piece.from, to: piece.from, text: "" });
        next += 1;
      }
      all.push(piece);
    }
    return { kind, pieces: all };
  });
}

if (typeof module !== "undefined") module.exports = { layerText, isLiving };
