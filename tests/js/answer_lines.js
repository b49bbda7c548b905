// Questions enter, one a line of JSON; what the page's scripts make of each leaves, for tests in Python to compare.
"use strict";

const readline = require("node:readline");
const { codePointOffsets, utf16Offsets } = require("../../assets/js/offsets.js");
const { EditRefused, applyCorrections, sortSpans } = require("../../assets/js/editor-state.js");

const ANSWERS = {
  // The code units of a text (lone surrogates do not survive UTF-8) -> its offsets both ways.
  offsets: ({ units }) => {
    const text = String.fromCharCode(...units);
    const [toUtf16, toCodePoint] = [utf16Offsets(text), codePointOffsets(text)];
    const length = toCodePoint(text.length);
    return {
      toUtf16: Array.from({ length: length + 1 }, (_, index) => toUtf16(index)),
      toCodePoint: Array.from({ length: text.length + 1 }, (_, index) => toCodePoint(index)),
    };
  },
  // A text, a view and steps of corrections -> the view after them; a step that is refused changes nothing.
  apply: ({ text, view, steps }) => {
    const toUtf16 = utf16Offsets(text);
    const surface = (start, end) => text.slice(toUtf16(start), toUtf16(end));
    let after = { ...view, spans: sortSpans(view.spans) };
    const refused = [];
    for (const step of steps) {
      try {
        after = applyCorrections(after, step.corrections, { author: step.author, id: step.id, surface });
      } catch (error) {
        if (!(error instanceof EditRefused)) throw error;
        refused.push(step.id);
      }
    }
    return { view: after, refused };
  },
};

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const question = JSON.parse(line);
  process.stdout.write(`${JSON.stringify(ANSWERS[question.ask](question))}\n`);
});
