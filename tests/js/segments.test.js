// No text is lost or shown twice, whatever the spans are; where they overlap the longest is shown.
"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
const { textSegments, withoutOverlaps } = require("../../assets/js/segments.js");

const span = (from, to, score) => ({ from, to, score, label: "Gene" });
const places = (spans) => spans.map(({ from, to }) => [from, to]);

const OVERLAPS = [
  ["none", [span(0, 2), span(4, 6)], [[0, 2], [4, 6]]],
  ["touching is no overlap", [span(0, 2), span(2, 6)], [[0, 2], [2, 6]]],
  ["given in any order", [span(4, 6), span(0, 2)], [[0, 2], [4, 6]]],
  ["nested: the longer", [span(2, 4), span(0, 6)], [[0, 6]]],
  ["crossing: the longer", [span(0, 3), span(2, 8)], [[2, 8]]],
  ["a chain: the longest, then what still fits", [span(0, 4), span(3, 9), span(8, 10)], [[3, 9]]],
  ["equal length: the surer", [span(0, 3, 0.4), span(2, 5, 0.8)], [[2, 5]]],
  ["the same place twice", [span(1, 3, 0.5), span(1, 3, 0.9)], [[1, 3]]],
];

for (const [name, spans, expected] of OVERLAPS) {
  test(`overlaps, ${name}`, () => assert.deepEqual(places(withoutOverlaps(spans)), expected));
}

test("segments hold every character exactly once, for many random spans and passages", () => {
  let seed = 7;
  const random = (below) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed % below;
  };
  for (let round = 0; round < 300; round += 1) {
    const text = Array.from({ length: random(40) }, () => "ab \n\u03B1"[random(5)]).join("");
    const spans = Array.from({ length: random(8) }, () => {
      const from = random(text.length + 1);
      return span(from, Math.min(text.length, from + 1 + random(9)), random(100) / 100);
    }).filter(({ from, to }) => from < to);
    const middle = random(text.length + 1);
    const passages = [{ from: 0, to: middle, kind: "title" }, { from: middle + 1, to: text.length, kind: "abstract" }];
    const segments = textSegments(text, spans, round % 2 ? passages : []);
    assert.equal(segments.map((segment) => segment.text).join(""), text);
    for (const segment of segments.filter((entry) => entry.span)) {
      assert.equal(segment.text, text.slice(segment.span.from, segment.span.to));
    }
    assert.equal(segments.filter((entry) => entry.span).length, withoutOverlaps(spans).length);
  }
});

test("each segment knows the kind of passage it is in", () => {
  const passages = [{ from: 0, to: 5, kind: "title" }, { from: 6, to: 12, kind: "abstract" }];
  const kinds = textSegments("Title\nMore a.", [span(6, 10)], passages).map(({ text, passage }) => [text, passage]);
  assert.deepEqual(kinds, [["Title", "title"], ["\n", ""], ["More", "abstract"], [" a", "abstract"], [".", ""]]);
});

test("a mention across two passages is drawn whole", () => {
  const passages = [{ from: 0, to: 3, kind: "title" }, { from: 3, to: 9, kind: "abstract" }];
  const segments = textSegments("abcdefghi", [span(1, 6)], passages);
  assert.deepEqual(segments.map((segment) => segment.text), ["a", "bcdef", "ghi"]);
});
