// What is counted, what the slider hides and how scores read.
"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
const { countByLabel, groupMentions, isShown, percent, scoreHistogram, styleLabels } = require("../../assets/js/mentions.js");

const PERCENTS = [[0, "0 %"], [0.004, "0 %"], [0.5, "50 %"], [0.974, "97 %"], [0.9949, "99 %"], [0.996, ">99 %"], [1, ">99 %"], [null, ""], [undefined, ""]];
for (const [score, expected] of PERCENTS) test(`${score} reads ${expected || "nothing"}`, () => assert.equal(percent(score), expected));

const SHOWN = [
  ["at the threshold it stays", { label: "Gene", score: 0.5 }, 50, [], true],
  ["what reads 50 % stays at 50", { label: "Gene", score: 0.496 }, 50, [], true],
  ["below it goes", { label: "Gene", score: 0.49 }, 50, [], false],
  ["a hidden label goes", { label: "Gene", score: 0.9 }, 0, ["Gene"], false],
  ["another hidden label does not matter", { label: "Gene", score: 0.9 }, 0, ["Disease"], true],
  ["without a score it stays", { label: "Gene", score: null }, 100, [], true],
];
for (const [name, span, threshold, hidden, expected] of SHOWN) {
  test(`shown: ${name}`, () => assert.equal(isShown(span, threshold, new Set(hidden)), expected));
}

const entry = (surface, label, score, documentIndex = 0, start = 0) => ({ surface, documentIndex, span: { label, score, start } });

test("names are grouped ignoring case and line breaks, the commonest spelling is shown, the most frequent comes first", () => {
  const rows = groupMentions([
    entry("Aspirin", "Chemical", 0.9, 0, 0), entry("colitis", "Disease", 0.5), entry("aspirin", "Chemical", 0.7, 1, 4),
    entry("aspirin", "Chemical", 0.8, 1, 9), entry("bile\n acid", "Chemical", 1), entry("bile acid", "Chemical", 1),
  ]);
  assert.deepEqual(rows.map(({ surface, label, count, texts }) => [surface, label, count, texts]), [
    ["aspirin", "Chemical", 3, 2], ["bile acid", "Chemical", 2, 1], ["colitis", "Disease", 1, 1],
  ]);
  assert.ok(Math.abs(rows[0].score - 0.8) < 1e-9);
  assert.deepEqual(rows[0].places, [{ document: 0, start: 0 }, { document: 1, start: 4 }, { document: 1, start: 9 }]);
});

test("one name in two classes is two rows", () => {
  assert.equal(groupMentions([entry("insulin", "Chemical", 0.9), entry("insulin", "Gene", 0.9)]).length, 2);
});

test("labels are counted, and scores fall into bins of equal width, 1 into the last", () => {
  const spans = [{ label: "Gene", score: 0 }, { label: "Gene", score: 0.49 }, { label: "Disease", score: 0.5 }, { label: "Gene", score: 1 }, { label: "Gene", score: null }];
  assert.deepEqual([...countByLabel(spans)], [["Gene", 4], ["Disease", 1]]);
  assert.deepEqual(scoreHistogram(spans, 2), [2, 2]);
});

test("labels beyond the four are drawn in styles of their own, whatever stands between them", () => {
  const styles = (...names) => styleLabels(names.map((name) => ({ name }))).map((label) => label.style);
  assert.deepEqual(styles("CellLine", "Gene", "<b>", "🧬"), ["other-0", "Gene", "other-1", "other-2"]);
  assert.equal(new Set(styles(...Array.from({ length: 27 }, (_, number) => `L${number}`))).size, 27);
});
