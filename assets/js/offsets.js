// Code point offsets, as Python counts, enter; UTF-16 offsets, as JavaScript counts, leave, and the other way round.
"use strict";

// A function from a code point offset into `text` to the UTF-16 offset of the same place; offsets beyond either end
// are moved to that end. Half-open spans stay half-open. A lone surrogate counts as one, as in Python.
function utf16Offsets(text) {
  const clamp = (offset, length) => Math.max(0, Math.min(length, offset));
  if (!/[\ud800-\udbff][\udc00-\udfff]/.test(text)) return (offset) => clamp(offset, text.length);
  const table = new Uint32Array(text.length + 1);
  let codePoints = 0;
  for (let unit = 0; unit < text.length; codePoints += 1) {
    table[codePoints] = unit;
    unit += text.codePointAt(unit) > 0xffff ? 2 : 1;
  }
  table[codePoints] = text.length;
  return (offset) => table[clamp(offset, codePoints)];
}

// The way back: from a UTF-16 offset to the code point offset of the same place. Between the halves of a surrogate pair
// there is no place that Python could name; such an offset moves to the start of its character.
function codePointOffsets(text) {
  const clamp = (offset, length) => Math.max(0, Math.min(length, offset));
  if (!/[\ud800-\udbff][\udc00-\udfff]/.test(text)) return (offset) => clamp(offset, text.length);
  const table = new Uint32Array(text.length + 1);
  let codePoints = 0;
  for (let unit = 0; unit < text.length; codePoints += 1) {
    table[unit] = codePoints;
    const isPair = text.codePointAt(unit) > 0xffff;
    if (isPair) table[unit + 1] = codePoints;
    unit += isPair ? 2 : 1;
  }
  table[text.length] = codePoints;
  return (offset) => table[clamp(offset, text.length)];
}

// Spans with `from` and `to`, the UTF-16 offsets of `start` and `end`. Spans that cover no text are left out.
function placeSpans(text, spans) {
  const toUtf16 = utf16Offsets(text);
  return spans
    .map((span) => ({ ...span, from: toUtf16(span.start), to: toUtf16(span.end) }))
    .filter((span) => span.from < span.to);
}

if (typeof module !== "undefined") module.exports = { utf16Offsets, codePointOffsets, placeSpans };
