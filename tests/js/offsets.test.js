// What Python counts, JavaScript must find: spans in code points against texts with every kind of wide character.
"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
const { placeSpans, utf16Offsets } = require("../../assets/js/offsets.js");

const TEXTS = {
  ascii: "An allergy to penicillin.",
  "greek, one unit each": "7.1 µM of IFN-γ and TNF-α",
  "mathematical alphabet outside the BMP": "PPAR\u{1D6FC} and IL-1\u{1D6FD}",
  "emoji before the mention": "\u{1F48A}\u{1F48A} penicillin",
  "emoji joined by zero-width joiners": "\u{1F469}\u200D\u{1F52C} found BRCA1",
  "combining accents": "Ménière disease".normalize("NFD"),
  "windows line ends and tabs": "a\r\n\tb\r\nc",
  "right to left": "\u05D3\u05DC\u05E7\u05EA aspirin",
  "line separator and no-break space": "a\u2028b\u00A0c",
  "a lone surrogate": "x\uD83Dy",
  empty: "",
};

for (const [name, text] of Object.entries(TEXTS)) {
  test(`every code point is found: ${name}`, () => {
    const characters = Array.from(text); // iterates by code point, as Python does
    const toUtf16 = utf16Offsets(text);
    characters.forEach((character, index) => {
      assert.equal(text.slice(toUtf16(index), toUtf16(index + 1)), character);
    });
    assert.equal(toUtf16(characters.length), text.length);
  });
}

test("offsets beyond the text are moved to its ends", () => {
  for (const text of ["abc", "\u{1F48A}bc"]) {
    assert.equal(utf16Offsets(text)(-5), 0);
    assert.equal(utf16Offsets(text)(99), text.length);
  }
});

test("spans keep what they carry, and those that cover nothing are left out", () => {
  const text = "\u{1F48A} penicillin";
  const spans = [
    { start: 2, end: 12, label: "Chemical", score: 0.9 },
    { start: 3, end: 3, label: "Gene" },
    { start: 50, end: 60, label: "Gene" },
  ];
  const placed = placeSpans(text, spans);
  assert.deepEqual(placed, [{ start: 2, end: 12, label: "Chemical", score: 0.9, from: 3, to: 13 }]);
  assert.equal(text.slice(placed[0].from, placed[0].to), "penicillin");
});
