// A gesture means words: what is taken for a name, where boundaries stop, and that no character is ever cut in two.
"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
const { moveCharacter, moveEdge, nameAround, snapToWords, wordsOf } = require("../../assets/js/editor-words.js");

const cut = (text, place) => (place === null ? null : text.slice(place.from, place.to));

// The selection stands between two bars.
const SNAPS = [
  ["to the whole word", "An al|ler|gy to", "allergy"],
  ["to several words", "non-sma|ll cell lung can|cer.", "small cell lung cancer"],
  ["without the comma that was caught", "to |penicillin, |can", "penicillin"],
  ["without blanks at the ends", "to| penicillin |can", "penicillin"],
  ["without an unpaired bracket", "cancer |(NSCLC| is", "NSCLC"],
  ["with paired brackets", "of |5-HT(2A)| in", "5-HT(2A)"],
  ["with brackets and what they belong to", "|factor (TNF)| in", "factor (TNF)"],
  ["a part of a compound stays a part", "TNF-|alph|a-induced", "alpha"],
  ["with the sign of an ion", "of |Ca2+| in", "Ca2+"],
  ["an accent of its own belongs to its letter", "of Me|\u0301nie|\u0300re di", "Me\u0301nie\u0300re"],
  ["outside the BMP", "of PPAR|\u{1D6FC}| in", "PPAR\u{1D6FC}"],
  ["an emoji whole", "a |\u{1F469}\u200D\u{1F52C}| b", "\u{1F469}\u200D\u{1F52C}"],
  ["punctuation alone is kept", "a |;| b", ";"],
  ["blanks alone are nothing", "a| |b", null],
];
for (const [name, marked, expected] of SNAPS) {
  test(`a selection snaps ${name}`, () => {
    const [before, inside, after] = marked.split("|");
    const text = before + inside + after;
    const place = snapToWords(text, wordsOf(text), before.length, before.length + inside.length);
    assert.equal(cut(text, place), expected);
  });
}

const NAMES = [
  ["of TNF-al|pha-induced fever", "TNF-alpha-induced"],
  ["IL|-2,", "IL-2"],
  ["I|L-2,", "IL-2"],
  ["the |2,4-dichlorophenol.", "2,4-dichlorophenol"],
  ["Cro|hn's disease", "Crohn's"],
  ["mi|ce,rats", "mice"],
  ["mi|ce. Then", "mice"],
  ["E.co|li was", "E.coli"],
  ["(NSC|LC)", "NSCLC"],
  ["a| b", null],
];
for (const [marked, expected] of NAMES) {
  test(`the name at ${marked}`, () => {
    const text = marked.replace("|", "");
    assert.equal(cut(text, nameAround(text, wordsOf(text), marked.indexOf("|"))), expected);
  });
}

const EDGES = [
  ["end", 1, "TNF|-alpha-induced fever", "TNF-alpha"],
  ["end", -1, "TNF-alpha-induced| fever", "TNF-alpha"],
  ["end", 1, "factor (TNF|) in", "factor (TNF)"],
  ["end", 1, "mice|, rats", "mice, rats"],
  ["start", -1, "type 2 |diabetes", "type "],
  ["start", 1, "|the (EGFR)", "the "],
  ["start", 1, "the |(EGFR)", "the ("],
  ["end", 1, "mice|", null],
  ["start", -1, "|mice", null],
];
for (const [edge, direction, marked, expected] of EDGES) {
  test(`the ${edge} of a mention moves by ${direction} in ${marked}`, () => {
    const text = marked.replace("|", "");
    const goal = moveEdge(text, wordsOf(text), marked.indexOf("|"), edge, direction);
    assert.equal(goal === null ? null : text.slice(0, goal), expected);
  });
}

test("characters are walked one by one, forward and back, and none is cut", () => {
  const characters = ["a", "e\u0301", "\u{1F48A}", "\r\n", "\u{1D6FC}", "\u{1F469}\u200D", " ", "z"];
  const text = characters.join("");
  const stops = [0];
  while (stops[stops.length - 1] < text.length) stops.push(moveCharacter(text, stops[stops.length - 1], 1));
  assert.equal(moveCharacter(text, text.length, 1), null);
  const back = [text.length];
  while (back[back.length - 1] > 0) back.push(moveCharacter(text, back[back.length - 1], -1));
  assert.deepEqual(back.reverse(), stops);
  assert.deepEqual(stops.slice(1).map((stop, index) => text.slice(stops[index], stop)), characters);
});

test("words of a text of any kind are in order, apart, and leave out nothing but blanks", () => {
  let seed = 11;
  const random = (below) => (seed = (seed * 1103515245 + 12345) % 2147483648) % below;
  const alphabet = ["a", "\u03B1", "\u0301", "-", "(", ")", " ", "\r\n", "\u{1F48A}", "\u{1D6FC}", "\u200D", "\uD83D", ",", "7", "\u2028", "\u05D3"];
  for (let round = 0; round < 400; round += 1) {
    const text = Array.from({ length: random(30) }, () => alphabet[random(alphabet.length)]).join("");
    let at = 0;
    for (const token of wordsOf(text)) {
      assert.match(text.slice(at, token.from), /^\s*$/);
      assert.ok(token.from < token.to);
      at = token.to;
    }
    assert.match(text.slice(at), /^\s*$/);
    const [from, to] = [random(text.length + 1), random(text.length + 1)].sort((a, b) => a - b);
    const place = snapToWords(text, wordsOf(text), from, to);
    if (place) assert.ok(place.from >= 0 && place.from < place.to && place.to <= text.length);
  }
});
