// A text enters; where its words begin and end, and what a gesture or a key means in words, leave (UTF-16 offsets).
"use strict";

const TOKEN = new RegExp(
  "[\\p{L}\\p{N}\\p{M}\\u200c\\u200d_]+" // a word; accents may be characters of their own
  + "|\\p{Extended_Pictographic}[\\ufe0f\\u{1f3fb}-\\u{1f3ff}]*(?:\\u200d\\p{Extended_Pictographic}\\ufe0f?)*"
  + "|\\S", "gu",
);
const WORD_START = /^[\p{L}\p{N}\p{M}_]/u;
const OPENING = "([{";
const CLOSING = ")]}";
// What may close a name besides letters and digits: "Ca2+", "5'", "p<0.05*" no, but "RNA™" and "37°" yes.
const ENDING = `${CLOSING}+%°'′″’®™`;
// What holds a name together when letters or digits stand on both sides: "TNF-alpha", "2,4-D", "Crohn's".
const JOINING = "-\u2010\u2011\u2013'\u2019.,+\u00b7";

// [{ from, to, kind }] in order; kind is "word", "open", "close" or "mark".
function wordsOf(text) {
  return Array.from(text.matchAll(TOKEN), (match) => ({
    from: match.index, to: match.index + match[0].length, kind: kindOf(match[0]),
  }));
}

// A selection made by hand, widened to whole words; blanks, commas and unpaired brackets at its ends are left out.
// Null where it covers nothing but blanks.
function snapToWords(text, tokens, from, to) {
  const covered = tokens.slice(firstEndingAfter(tokens, from)).filter((token) => token.from < to);
  if (!covered.length) return null;
  const all = { from: covered[0].from, to: covered[covered.length - 1].to };
  const isLoose = (token) => token.kind === "mark" && !ENDING.includes(text.slice(token.from, token.to));
  while (covered.length) {
    const first = covered[0];
    const last = covered[covered.length - 1];
    if (isLoose(first) || isUnpaired(first, covered)) covered.shift();
    else if (isLoose(last) || isUnpaired(last, covered)) covered.pop();
    else break;
  }
  return covered.length ? { from: covered[0].from, to: covered[covered.length - 1].to } : all;
}

// The whole name around a place, for a double click: "TNF-alpha", "IL-2", "2,4-dichlorophenol". Null on blanks.
function nameAround(text, tokens, at) {
  let first = firstEndingAfter(tokens, at);
  if (first >= tokens.length || tokens[first].from > at) return null;
  let last = first;
  if (tokens[first].kind === "word") {
    while (isJoined(text, tokens, first - 2)) first -= 2;
    while (isJoined(text, tokens, last)) last += 2;
  } else if (isJoined(text, tokens, first - 1)) {
    return nameAround(text, tokens, tokens[first - 1].from); // the click met the hyphen
  }
  return { from: tokens[first].from, to: tokens[last].to };
}

// Where the end (or the start) of a span goes when it moves by a word; null at the end of the text.
function moveEdge(text, tokens, at, edge, direction) {
  const isStop = edge === "end"
    ? (token) => token.kind === "word" || ENDING.includes(text.slice(token.from, token.to))
    : (token) => token.kind === "word" || token.kind === "open";
  const place = (token) => (edge === "end" ? token.to : token.from);
  if (direction > 0) {
    const next = tokens.find((token) => place(token) > at && isStop(token));
    return next ? place(next) : null;
  }
  for (let index = tokens.length - 1; index >= 0; index -= 1) {
    if (place(tokens[index]) < at && isStop(tokens[index])) return place(tokens[index]);
  }
  return null;
}

// One character on or back: never into a surrogate pair, between CR and LF, or before an accent. Null at the ends.
function moveCharacter(text, at, direction) {
  let place = at;
  do {
    if (direction > 0 ? place >= text.length : place <= 0) return place === at ? null : place;
    place += direction;
  } while (isInsideCharacter(text, place));
  return place;
}

function kindOf(token) {
  if (WORD_START.test(token)) return "word";
  if (OPENING.includes(token)) return "open";
  return CLOSING.includes(token) ? "close" : "mark";
}

// Index of the first token that ends after a place (binary search: texts may have tens of thousands).
function firstEndingAfter(tokens, at) {
  let low = 0;
  let high = tokens.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (tokens[middle].to <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isUnpaired(token, tokens) {
  if (token.kind !== "open" && token.kind !== "close") return false;
  const count = (kind) => tokens.filter((other) => other.kind === kind).length;
  return token.kind === "open" ? count("open") > count("close") : count("close") > count("open");
}

// Whether the words `index` and `index + 2` are one name, by what stands between them.
function isJoined(text, tokens, index) {
  const [left, joint, right] = [tokens[index], tokens[index + 1], tokens[index + 2]];
  if (!left || !right || left.kind !== "word" || right.kind !== "word") return false;
  if (left.to !== joint.from || joint.to !== right.from) return false;
  const sign = text.slice(joint.from, joint.to);
  // "1,2-dimethyl" and "N,N-dimethyl" are one name, "mice,rats" are two.
  if (sign === ",") return left.to - left.from <= 2;
  return JOINING.includes(sign);
}

function isInsideCharacter(text, at) {
  if (at <= 0 || at >= text.length) return false;
  const [before, after] = [text.charCodeAt(at - 1), text.charCodeAt(at)];
  if (before >= 0xd800 && before <= 0xdbff && after >= 0xdc00 && after <= 0xdfff) return true;
  if (before === 13 && after === 10) return true;
  return /^[\p{M}\u200d\ufe0f]/u.test(text.slice(at, at + 2));
}

if (typeof module !== "undefined") {
  module.exports = { wordsOf, snapToWords, nameAround, moveEdge, moveCharacter };
}
