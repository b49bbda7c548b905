// Scores, times and states of the tab "Learn" enter; words and small nodes for people leave.
"use strict";

function partsOf(root) {
  const parts = {};
  for (const node of root.querySelectorAll("[data-part]")) parts[node.dataset.part] = node;
  return parts;
}

function score(value) {
  return value === null || value === undefined ? "–" : value.toFixed(1);
}

function signed(value) {
  if (value === null || value === undefined) return "";
  return `${value > 0 ? "+" : value < 0 ? "−" : "±"}${Math.abs(value).toFixed(1)}`;
}

// A time of the store (ISO 8601, UTC) as the clock on this person's wall shows it.
function localTime(text) {
  const moment = text ? new Date(text) : null;
  if (!moment || Number.isNaN(moment.getTime())) return "";
  return moment.toLocaleString("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
}

function labelChip(labels, name) {
  const label = labelNamed(labels, name);
  return paintLabel(createNode("span", { class: "bd-learn-label" },
    createNode("span", { class: "bd-letter", "aria-hidden": "true", text: label.letter }),
    createNode("span", { text: label.shown })), label);
}

const MARKS = { for: ["✓", "for it"], against: ["✗", "against it"], note: ["·", "to know"] };

function reasonNode({ mark, sentence }) {
  const [sign, words] = MARKS[mark] ?? MARKS.note;
  return createNode("li", { class: `is-${mark}` },
    createNode("span", { class: "bd-learn-mark", "aria-hidden": "true", text: sign }),
    createNode("span", {}, createNode("span", { class: "bd-sr", text: `${words}: ` }), createNode("span", { text: sentence })));
}

if (typeof module !== "undefined") module.exports = { score, signed, localTime };
