// A text with spans enters; consecutive stretches that hold every character of it exactly once leave.
"use strict";

// Where spans overlap the longest wins, then the surer one, then the earlier one.
function withoutOverlaps(spans) {
  const inOrder = [...spans].sort((a, b) => a.from - b.from);
  if (inOrder.every((span, index) => index === 0 || inOrder[index - 1].to <= span.from)) return inOrder;
  const byPreference = [...spans].sort(
    (a, b) => (b.to - b.from) - (a.to - a.from) || (b.score ?? 1) - (a.score ?? 1) || a.from - b.from,
  );
  const kept = [];
  for (const span of byPreference) {
    const place = placeToInsert(kept, span.from);
    const before = kept[place - 1];
    const after = kept[place];
    if ((before && before.to > span.from) || (after && after.from < span.to)) continue;
    kept.splice(place, 0, span);
  }
  return kept;
}

// [{ text, span, passage }], in order: `span` is null between mentions, `passage` the kind of block the stretch is in.
function textSegments(text, spans, passages = []) {
  const segments = [];
  const push = (from, to, span, passage) => {
    if (from < to) segments.push({ text: text.slice(from, to), span, passage });
  };
  const blocks = blocksOf(text, passages);
  const kept = withoutOverlaps(spans);
  let at = 0;
  let next = 0;
  for (const block of blocks) {
    // A mention across a block's end is drawn whole, in the block where it starts.
    while (next < kept.length && kept[next].from < block.to) {
      push(at, kept[next].from, null, block.kind);
      push(kept[next].from, kept[next].to, kept[next], block.kind);
      at = kept[next].to;
      next += 1;
    }
    push(at, block.to, null, block.kind);
    at = Math.max(at, block.to);
  }
  return segments;
}

function placeToInsert(sorted, from) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle].from < from) low = middle + 1;
    else high = middle;
  }
  return low;
}

function blocksOf(text, passages) {
  const blocks = [];
  let at = 0;
  for (const passage of passages) {
    const from = Math.max(at, Math.min(passage.from, text.length));
    const to = Math.max(from, Math.min(passage.to, text.length));
    if (from > at) blocks.push({ from: at, to: from, kind: "" });
    if (to > from) blocks.push({ from, to, kind: passage.kind });
    at = to;
  }
  if (at < text.length) blocks.push({ from: at, to: text.length, kind: "" });
  return blocks;
}

if (typeof module !== "undefined") module.exports = { withoutOverlaps, textSegments, blocksOf };
