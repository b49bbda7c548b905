// Whatever mentions nest or cross, every character is drawn once and every mention can be reached once.
"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
const { blocksOf } = require("../../assets/js/segments.js");
const { layerText } = require("../../assets/js/editor-layers.js");

const span = (id, from, to, state = "accepted") => ({ id, from, to, state });
const drawn = (text, spans, passages = []) => layerText(text, spans, blocksOf(text, passages)).flatMap((block) => block.pieces);
const shape = (pieces) => pieces.map((piece) => (piece.handle
  ? `<${piece.handle.id}>` : `${piece.text}${piece.span ? `/${[...piece.under, piece.span].map(({ id }) => id).join("")}` : ""}`));

const CASES = [
  ["none", [], ["abcdefgh"]],
  ["one", [span("A", 2, 4)], ["ab", "cd/A", "efgh"]],
  ["touching", [span("A", 0, 2), span("B", 2, 4)], ["ab/A", "cd/B", "efgh"]],
  ["nested: the inner one has the colour, the outer runs below", [span("A", 0, 6), span("B", 2, 4)], ["ab/A", "cd/AB", "ef/A", "gh"]],
  ["crossing: the one that starts last", [span("A", 0, 4), span("B", 2, 6)], ["ab/A", "cd/AB", "ef/B", "gh"]],
  ["one start: the one that ends first", [span("A", 0, 6), span("B", 0, 2)], ["ab/AB", "cdef/A", "gh"]],
  ["covered altogether: a handle", [span("A", 0, 4), span("B", 0, 2), span("C", 2, 4)], ["<A>", "ab/AB", "cd/AC", "efgh"]],
  ["the same place twice: a handle for one", [span("A", 0, 2), span("B", 0, 2)], ["<B>", "ab/BA", "cdefgh"]],
  ["a rejected one gives way", [span("A", 0, 6), span("B", 2, 4, "rejected")], ["ab/A", "<B>", "cd/BA", "ef/A", "gh"]],
];
for (const [name, spans, expected] of CASES) {
  test(`layers, ${name}`, () => assert.deepEqual(shape(drawn("abcdefgh", spans)), expected));
}

test("every character is drawn once and every mention is reached once, for many random mentions and passages", () => {
  let seed = 5;
  const random = (below) => (seed = (seed * 1103515245 + 12345) % 2147483648) % below;
  for (let round = 0; round < 500; round += 1) {
    const text = Array.from({ length: 1 + random(40) }, () => "ab \n\u03B1"[random(5)]).join("");
    const spans = Array.from({ length: random(9) }, (_, index) => {
      const from = random(text.length);
      return span(`s${index}`, from, Math.min(text.length, from + 1 + random(12)), ["accepted", "unseen", "rejected"][random(3)]);
    });
    const middle = random(text.length + 1);
    const passages = round % 2 ? [{ from: 0, to: middle, kind: "title" }, { from: middle, to: text.length, kind: "abstract" }] : [];
    const pieces = drawn(text, spans, passages);
    assert.equal(pieces.map((piece) => piece.text).join(""), text);
    const reached = pieces.flatMap((piece) => (piece.handle ? [piece.handle.id] : piece.isFirst ? [piece.span.id] : []));
    assert.deepEqual(reached.sort(), spans.map(({ id }) => id).sort());
    let at = 0;
    for (const piece of pieces.filter((one) => one.text)) {
      assert.equal(piece.from, at);
      at = piece.to;
      const over = spans.filter((one) => one.from < piece.to && one.to > piece.from).map(({ id }) => id).sort();
      assert.deepEqual((piece.span ? [piece.span, ...piece.under] : []).map(({ id }) => id).sort(), over);
    }
  }
});
