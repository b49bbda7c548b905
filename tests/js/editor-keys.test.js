// Keys as people press them, choose them and switch them off.
"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
const { ACTIONS, LETTERS_SWITCH, actionOf, keyOf, whyNotKey } = require("../../assets/js/editor-keys.js");

const LABELS = [{ name: "Disease", shown: "Disease", key: "1" }, { name: "Gene", shown: "Gene", key: "3" }];
const press = (key, modifiers = "") => ({
  key, ctrlKey: modifiers.includes("c"), metaKey: modifiers.includes("m"), altKey: modifiers.includes("a"), shiftKey: modifiers.includes("s"),
});

const PRESSES = [
  [press("a"), "accept"], [press("x"), "reject"], [press(" "), "ignore"], [press("Enter"), "complete"], [press("?", "s"), "help"],
  [press("Delete"), "remove"], [press("Backspace"), "remove"], [press("z", "c"), "undo"], [press("z", "m"), "undo"],
  [press("Z", "cs"), "redo"], [press("Z", "ms"), "redo"], [press("u"), "undo"], [press("U", "s"), "redo"],
  [press("ArrowRight", "s"), "endRight"], [press("ArrowLeft", "as"), "startLeft"], [press("ArrowRight", "cs"), "endRightCharacter"],
  [press("1"), "label:Disease"], [press("3"), "label:Gene"], [press("9"), null], [press("ArrowRight"), null], [press("a", "c"), null],
  [press("Shift", "s"), null], [{ ...press("a"), isComposing: true }, null],
];
for (const [event, expected] of PRESSES) {
  test(`${keyOf(event) ?? event.key} means ${expected}`, () => assert.equal(actionOf(keyOf(event), {}, LABELS), expected));
}

test("every action has a key of its own", () => {
  assert.equal(new Set(ACTIONS.map((action) => action.key)).size, ACTIONS.length);
});

test("an action answers to the key it was given, and no longer to the old one", () => {
  const saved = { accept: "y" };
  assert.equal(actionOf("y", saved, LABELS), "accept");
  assert.equal(actionOf("a", saved, LABELS), null);
});

test("a key that is switched off means nothing", () => assert.equal(actionOf("x", { reject: null }, LABELS), null));

test("single characters can be switched off together, for screen readers", () => {
  const saved = { [LETTERS_SWITCH]: null };
  for (const key of ["a", "x", "Space", "?", "1", "Shift+u"]) assert.equal(actionOf(key, saved, LABELS), null);
  assert.equal(actionOf("Enter", saved, LABELS), "complete");
  assert.equal(actionOf("Mod+z", saved, LABELS), "undo");
  assert.equal(actionOf("Shift+ArrowRight", saved, LABELS), "endRight");
});

test("a key in use is refused with what it means", () => {
  assert.match(whyNotKey("x", "accept", {}, LABELS), /already means “Reject/);
  assert.match(whyNotKey("1", "accept", {}, LABELS), /chooses the label Disease/);
  assert.match(whyNotKey("Tab", "accept", {}, LABELS), /fixed meaning/);
  assert.equal(whyNotKey("a", "accept", {}, LABELS), null);
  assert.equal(whyNotKey("x", "accept", { reject: null }, LABELS), null);
});
