// A sentence of the text on display enters; its word pieces, their softmax and the merged spans leave, as a picture.
// Runs as the body of Gradio's js_on_load, after dom.js, offsets.js, segments.js and mentions.js.
"use strict";

const find = (name) => element.querySelector(`.bd-${name}`);
const fold = find("how");
const chooser = find("how-sentence");
const pieces = find("how-pieces");
const grid = find("how-grid");
const merged = find("how-merged");
const note = find("how-note");
const stages = find("how-stages");

let styles = new Map();
const styleOf = (label) => styles.get(label) ?? "other-0";
const labelOfTag = (tag) => tag.replace(/^[A-Z]-/, "");

let shown = { text: "", start: 0, isChosen: false };
let drawn = null;
let request = 0;

async function explain(choice) {
  request += 1;
  const mine = request;
  note.textContent = "Asking the model…";
  note.hidden = false;
  let answer;
  try {
    answer = await server.explain_sentence({ text: shown.text, ...choice });
  } catch (error) {
    answer = { error: `The server did not answer (${error.message}).` };
  }
  if (mine !== request) return; // a later question has been asked meanwhile
  stages.hidden = Boolean(answer.error);
  note.hidden = !answer.error;
  note.textContent = answer.error ?? "";
  if (answer.error) return;
  drawn = shown.text;
  styles = new Map(styleLabels(answer.labels).map(({ name, style }) => [name, style]));
  drawChooser(answer.sentences, answer.index);
  drawPieces(answer.tokens);
  drawGrid(answer.tokens, answer.tags);
  drawMerged(answer.sentence, answer.spans, answer.labels);
}

function drawChooser(sentences, chosen) {
  chooser.replaceChildren(...sentences.map((sentence, index) => {
    const option = createNode("option", { value: index, text: `${index + 1}. ${shorten(sentence, 90)}` });
    option.selected = index === chosen;
    return option;
  }));
}

function drawPieces(tokens) {
  pieces.replaceChildren(...tokens.map((token) => createNode("li", {
    class: token.start === null ? "is-special" : token.is_first ? "" : "is-inside", text: token.piece,
  })));
}

// One row a tag, one column a piece: a column's cells are its softmax and add up to 100 %.
function drawGrid(tokens, tags) {
  const head = createNode("tr", {}, createNode("th", { scope: "col", text: "tag" }), ...tokens.map((token) => createNode(
    "th", { scope: "col", class: token.start === null ? "is-special" : token.is_first ? "" : "is-inside", text: token.piece },
  )));
  const rows = tags.map((tag) => createNode(
    "tr", {},
    createNode("th", { scope: "row", text: tag, title: tag, "data-label": tag === "O" ? null : styleOf(labelOfTag(tag)) }),
    ...tokens.map((token) => softmaxCell(token, tag)),
  ));
  const verdict = createNode(
    "tr", { class: "bd-how-verdict" }, createNode("th", { scope: "row", text: "chosen" }),
    ...tokens.map((token) => createNode("td", {
      text: token.is_first ? token.tag : "", "data-label": isEntity(token) ? styleOf(labelOfTag(token.tag)) : null,
    })),
  );
  grid.replaceChildren(createNode("thead", {}, head), createNode("tbody", {}, ...rows, verdict));
}

const isEntity = (token) => token.is_first && token.tag !== "O" && token.tag !== "";

function softmaxCell(token, tag) {
  if (!token.is_first) return createNode("td", { class: "is-unused" });
  const share = token.probabilities[tag] ?? 0;
  const shownShare = Math.round(share * 100);
  const cell = createNode("td", {
    "data-label": tag === "O" ? "none" : styleOf(labelOfTag(tag)), class: shownShare >= 50 ? "is-strong" : "",
    title: `${token.piece}, ${tag}: ${(share * 100).toFixed(1)} %`,
  }, createNode("span", { text: shownShare >= 1 ? String(shownShare) : "" }));
  cell.style.setProperty("--share", share.toFixed(3));
  return cell;
}

function drawMerged(sentence, spans, labels) {
  const shownNames = new Map(labels.map((label) => [label.name, label]));
  merged.replaceChildren(...textSegments(sentence, withoutOverlaps(placeSpans(sentence, spans))).map((segment) => {
    if (!segment.span) return document.createTextNode(segment.text);
    const label = shownNames.get(segment.span.label) ?? { shown: segment.span.label, letter: segment.span.label[0] };
    return createNode("mark", {
      class: "bd-mark is-still", text: segment.text, "data-label": styleOf(segment.span.label), "data-letter": label.letter,
      title: `${label.shown}, ${percent(segment.span.score)}`,
    });
  }));
  if (!spans.length) merged.append(createNode("em", { text: "  (no mention in this sentence)" }));
}

function shorten(text, length) {
  const line = text.replace(/\s+/g, " ");
  return line.length > length ? `${line.slice(0, length - 1)}…` : line;
}

const isOpen = () => fold.open && shown.text !== "";

document.addEventListener("biobert-demo:shown", (event) => {
  const isNewText = event.detail.text !== drawn;
  shown = event.detail;
  if (isOpen() && (isNewText || shown.isChosen)) explain({ start: shown.start });
});
fold.addEventListener("toggle", () => {
  if (!fold.open) return;
  if (shown.text === "") {
    note.hidden = false;
    note.textContent = "Highlight a text first: one of its sentences is then taken apart here.";
  } else if (drawn !== shown.text) {
    explain({ start: shown.start });
  }
});
chooser.addEventListener("change", () => explain({ index: Number(chooser.value) }));
