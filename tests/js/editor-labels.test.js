// Whatever colour a project chooses, the words of its mentions, their letters and lines stay readable in both themes.
"use strict";

const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const test = require("node:test");
const { THEMES, contrastOf, prepareLabels } = require("../../assets/js/editor-labels.js");

globalThis.styleLabels = require("../../assets/js/mentions.js").styleLabels; // one script on the page

const LEVELS = ["00", "33", "66", "99", "cc", "ff"];
const COLOURS = LEVELS.flatMap((red) => LEVELS.flatMap((green) => LEVELS.map((blue) => `#${red}${green}${blue}`)));
const ownOf = (color) => prepareLabels([{ name: "Cell", shown: "Cell", letter: "C", color, key: null }])[0].own;

test("contrast is WCAG's", () => {
  assert.equal(contrastOf("#000000", "#ffffff").toFixed(2), "21.00");
  assert.equal(contrastOf("#777777", "#FFFFFF").toFixed(2), "4.48");
});

for (const [theme, { paper, ink }] of Object.entries(THEMES)) {
  test(`in the ${theme} theme every colour leaves words, letters and lines readable`, () => {
    for (const color of COLOURS) {
      const { tint, line } = ownOf(color)[theme];
      assert.ok(contrastOf(ink, tint) >= 7, `words on ${tint}, from ${color}`);
      assert.ok(contrastOf(line, tint) >= 4.5, `${line} on ${tint}, from ${color}`);
      assert.ok(contrastOf(line, paper) >= 4.5, `${line} on the paper, from ${color}`);
    }
  });

  test(`in the ${theme} theme colours stay apart, and apart from the paper`, () => {
    const tints = ["#ff0000", "#00aa00", "#0000ff", "#ffcc00", "#cc00cc"].map((color) => ownOf(color)[theme].tint);
    assert.equal(new Set([...tints, paper]).size, 6);
  });
}

test("paper and ink are those of the page", () => {
  const css = fs.readFileSync(path.join(__dirname, "../../assets/css/page.css"), "utf8");
  for (const [theme, selector] of [["light", ":root"], ["dark", ".dark"]]) {
    const block = css.slice(css.indexOf(`${selector} {`)).split("}")[0];
    for (const [name, value] of Object.entries(THEMES[theme])) assert.ok(block.includes(`--bd-${name}: ${value};`), `${theme} ${name}`);
  }
});

test("what is no plain colour is none", () => {
  for (const color of [null, undefined, "red", "#fff", "#12345g", "red;--x:url(//evil.test)"]) assert.equal(ownOf(color), null);
});
