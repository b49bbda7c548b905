// What Python counts, JavaScript must find: spans in code points against texts with every kind of wide character.
"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
const { codePointOffsets, placeSpans, utf16Offsets } = require("../../assets/js/offsets.js");

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

for (const [name, text] of Object.entries(TEXTS)) {
  test(`the way back names the same places: ${name}`, () => {
    const [toUtf16, toCodePoint] = [utf16Offsets(text), codePointOffsets(text)];
    for (let index = 0; index <= Array.from(text).length; index += 1) assert.equal(toCodePoint(toUtf16(index)), index);
    assert.equal(toCodePoint(-1), 0);
    assert.equal(toCodePoint(text.length + 9), Array.from(text).length);
  });
}

test("both ways agree with counting by hand, for many random texts with every kind of character", () => {
  const alphabet = ["a", "\u00B5", "\u0301", "\u{1F48A}", "\u{1D6FC}", "\r\n", "\u200D", "\u2028", "\u05D3", "\uD83D", "\uDC8A", " ", "\u0000"];
  let seed = 3;
  const random = (below) => (seed = (seed * 1103515245 + 12345) % 2147483648) % below;
  for (let round = 0; round < 1000; round += 1) {
    const text = Array.from({ length: random(25) }, () => alphabet[random(alphabet.length)]).join("");
    const characters = Array.from(text); // two lone halves that meet are one character here, and one in Python's JSON too
    const [toUtf16, toCodePoint] = [utf16Offsets(text), codePointOffsets(text)];
    let unit = 0;
    characters.forEach((character, index) => {
      assert.equal(toUtf16(index), unit);
      for (let half = 0; half < character.length; half += 1) assert.equal(toCodePoint(unit + half), index);
      unit += character.length;
    });
    assert.equal(toUtf16(characters.length), text.length);
    assert.equal(toCodePoint(text.length), characters.length);
  }
});

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
