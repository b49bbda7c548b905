// A project's labels enter; their styles, letters and keys, and the words for a mention's state, leave.
"use strict";

const EDITOR_STYLES = new Set(["Disease", "Chemical", "Gene", "Species"]);

// Labels with the style of reader.css, a colour of the project's own where it is a plain #rrggbb, and a digit each.
function prepareLabels(labels) {
  const taken = new Set(labels.map((label) => label.key).filter(Boolean));
  const free = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0"].filter((digit) => !taken.has(digit));
  return labels.map((label, index) => ({
    ...label,
    key: label.key || free.shift() || null,
    style: EDITOR_STYLES.has(label.name) ? label.name : `other-${index % 4}`,
    own: /^#[0-9a-f]{6}$/i.test(label.color ?? "") ? label.color : null,
  }));
}

function labelNamed(labels, name) {
  return labels.find((label) => label.name === name)
    ?? { name, shown: name, letter: name.slice(0, 1).toUpperCase(), style: "other-0", own: null, key: null };
}

function paintLabel(node, label) {
  node.dataset.label = label.style;
  node.classList.toggle("has-own", label.own !== null);
  if (label.own !== null) node.style.setProperty("--own", label.own);
  else node.style.removeProperty("--own");
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

if (typeof module !== "undefined") module.exports = { prepareLabels, labelNamed, describeState, nameSpan, oneLine };
