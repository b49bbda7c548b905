// Numbers as people read them.
"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
const { formatSeconds, plural } = require("../../assets/js/words.js");

for (const [count, expected] of [[0, "0 texts"], [1, "1 text"], [2, "2 texts"], [16224, "16,224 texts"]]) {
  test(expected, () => assert.equal(plural(count, "text"), expected));
}
for (const [seconds, expected] of [[0, "1 ms"], [0.0312, "31 ms"], [0.9996, "1000 ms"], [1.26, "1.3 s"], [75, "75.0 s"]]) {
  test(expected, () => assert.equal(formatSeconds(seconds), expected));
}
