// Places that people decided on enter; each sentence under both models, side by side, leaves.
"use strict";

const OUTCOMES = {
  now_right: ["Now right", "The old model had these wrong; the new one says what you say."],
  now_wrong: ["Now wrong", "The old model had these right; the new one does not. This is the price, if there is one."],
  still_wrong: ["Still wrong", "Neither model says what you say. More documents like these would help most."],
  still_right: ["Still right", "Both models say what you say."],
};

// The words around a place, with the place marked as a model has it: under a label, or as nothing.
function sentenceNode(change, label, labels) {
  const toUtf16 = utf16Offsets(change.sentence);
  const [from, to] = [toUtf16(change.start), toUtf16(change.end)];
  const words = change.sentence.slice(from, to);
  const mark = label
    ? paintLabel(createNode("mark", { class: "bd-mark is-still", "data-letter": labelNamed(labels, label).letter, text: words }), labelNamed(labels, label))
    : createNode("span", { class: "bd-learn-nothing", text: words });
  return createNode("p", { class: "bd-learn-sentence", lang: "en", dir: "auto" },
    change.sentence.slice(0, from), mark, change.sentence.slice(to));
}

// A model may have the right label at other borders: then it is not right.
function says(labels, name, change, isRight) {
  if (!name) return "nothing";
  const isElsewhere = !isRight && !change.isRejected && name === change.label;
  return `${labelNamed(labels, name).shown}${isElsewhere ? ", other borders" : ""}`;
}

function changeItem(change, labels, names) {
  const side = (title, label, isRight) => createNode("div", { class: `bd-learn-side${isRight ? " is-right" : ""}` },
    createNode("h4", {}, createNode("span", { text: title }),
      createNode("span", { class: "bd-learn-verdict", text: `${isRight ? "✓" : "✗"} ${says(labels, label, change, isRight)}` })),
    sentenceNode(change, label, labels));
  return createNode("li", {},
    createNode("p", { class: "bd-learn-note" }, createNode("span", { text: change.isRejected ? "You say that this is not" : "You say:" }),
      change.label ? labelChip(labels, change.label) : createNode("span", { text: "nothing here" }),
      createNode("a", { href: `?doc=${Number(change.document)}`, text: change.name || `document ${change.document}` })),
    createNode("div", { class: "bd-learn-sides" }, side(names.before, change.before, change.was), side(names.after, change.after, change.is)));
}
