// A project's labels enter; their styles, letters and keys, and the words for a mention's state, leave.
"use strict";

// Paper and ink of page.css, which a project's own colours are mixed with.
const THEMES = { light: { paper: "#fbfaf7", ink: "#1f1e1b" }, dark: { paper: "#16181c", ink: "#ece8e0" } };
// What reader.css keeps for the standard labels: WCAG's 7 for the words of a mention, 4.5 for its letter and line.
const WORD_CONTRAST = 7;
const LETTER_CONTRAST = 4.5;

// Labels with the style of reader.css, a colour of the project's own where it is a plain #rrggbb, and a digit each.
function prepareLabels(labels) {
  const taken = new Set(labels.map((label) => label.key).filter(Boolean));
  const free = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0"].filter((digit) => !taken.has(digit));
  return styleLabels(labels).map((label) => ({
    ...label,
    key: label.key || free.shift() || null,
    own: /^#[0-9a-f]{6}$/i.test(label.color ?? "") ? readableColours(label.color) : null,
  }));
}

// A colour in each theme as { tint, line }: as much of it as leaves the words on the tint, and the line, readable.
function readableColours(color) {
  return Object.fromEntries(Object.entries(THEMES).map(([theme, { paper, ink }]) => {
    const tint = strongest(color, paper, 0.32, (mixed) => contrastOf(mixed, ink) >= WORD_CONTRAST);
    const isReadable = (mixed) => Math.min(contrastOf(mixed, tint), contrastOf(mixed, paper)) >= LETTER_CONTRAST;
    return [theme, { tint, line: strongest(color, ink, 0.55, isReadable) }];
  }));
}

function strongest(color, ground, most, isReadable) {
  for (let share = most; share > 0; share -= 0.01) {
    const mixed = mixColours(color, ground, share);
    if (isReadable(mixed)) return mixed;
  }
  return ground;
}

const channelsOf = (color) => [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));

function mixColours(color, ground, share) {
  const grounds = channelsOf(ground);
  const mixed = channelsOf(color).map((value, index) => Math.round(value * share + grounds[index] * (1 - share)));
  return `#${mixed.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

// WCAG 2.2's contrast ratio, 1 to 21.
function contrastOf(first, second) {
  const [dark, light] = [first, second].map(luminanceOf).sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function luminanceOf(color) {
  const [red, green, blue] = channelsOf(color).map((value) => value / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function labelNamed(labels, name) {
  return labels.find((label) => label.name === name)
    ?? { name, shown: name, letter: name.slice(0, 1).toUpperCase(), style: "other-0", own: null, key: null };
}

function paintLabel(node, label) {
  node.dataset.label = label.style;
  node.classList.toggle("has-own", label.own !== null);
  for (const theme of Object.keys(THEMES)) {
    for (const name of ["tint", "line"]) {
      if (label.own !== null) node.style.setProperty(`--own-${name}-${theme}`, label.own[theme][name]);
      else node.style.removeProperty(`--own-${name}-${theme}`);
    }
  }
  return node;
}

// "suggestion, 62 %", "accepted", "rejected", "ignored", "by Ada": what is known without colour.
function describeState(span) {
  const score = percent(span.score);
  if (span.state === "unseen") return score ? `suggestion, ${score}` : "suggestion";
  if (span.state !== "accepted") return span.state;
  if (!span.model) return span.author ? `by ${span.author}` : "added by hand";
  return span.suggested ? "corrected" : "accepted";
}

// What a screen reader says of a mention. `outer` are the mentions around it, `findings` those about it.
function nameSpan(span, label, outer = [], findings = []) {
  return [
    oneLine(span.text), label.shown, describeState(span),
    ...outer.map((other) => `inside “${oneLine(other.text)}”`),
    span.note ? "has a note" : "", span.isFlagged ? "flagged" : "",
    ...findings.map((finding) => `finding: ${finding.message}`),
  ].filter(Boolean).join(", ");
}

function oneLine(text, length = 120) {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > length ? `${line.slice(0, length - 1)}…` : line;
}

if (typeof module !== "undefined") module.exports = { THEMES, prepareLabels, contrastOf, labelNamed, describeState, nameSpan, oneLine };
