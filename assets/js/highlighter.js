// Documents with scored spans (`props.value`, a JSON string) enter; a page to read them on leaves.
// Runs as the body of Gradio's js_on_load(element, trigger, props, server, upload, watch), after the files it builds on.
"use strict";

const ROWS_AT_FIRST = 100;
const HISTOGRAM_BINS = 25;

const find = (name) => element.querySelector(`.bd-${name}`);
const parts = {};
for (const name of [
  "reader", "empty", "legend", "threshold", "threshold-shown", "histogram", "documents", "document-list",
  "position", "previous", "next", "document-name", "body", "no-mentions", "tooltip", "scope",
  "chart", "table-body", "more-rows", "mentions-caption", "stats", "downloads-note", "announcer", "download-state",
]) parts[name] = find(name);

const tooltip = createTooltip(parts.tooltip, parts.body.parentElement);

const state = {
  labels: [], documents: [], shown: [], current: 0, threshold: 0, hidden: new Set(), scope: "one",
  picked: null, visited: -1, lit: null, sortBy: "count", rowLimit: ROWS_AT_FIRST, run: 0,
};

// ---------------------------------------------------------------- value in

function receive(json) {
  const value = json ? JSON.parse(json) : null;
  if (!value || (value.run ?? 0) < state.run) return; // an older run that is still going must not overwrite a newer one
  const isSameRun = value.run === state.run;
  state.run = value.run ?? 0;
  state.labels = styleLabels(value.labels);
  state.documents = value.documents.map(({ passages, spans, ...document }) => ({
    ...document,
    passages: placeSpans(document.text, passages),
    spans: placeSpans(document.text, spans),
    rawPassages: passages,
    words: (document.text.match(/\S+/g) ?? []).length,
  }));
  state.model = value.model;
  state.seconds = value.seconds;
  if (!isSameRun) {
    state.current = 0;
    state.picked = null;
    state.scope = "one";
    state.rowLimit = ROWS_AT_FIRST;
  }
  drawAll();
}

const labelOf = (name) => state.labels.find((label) => label.name === name)
  ?? { name, shown: name, letter: name.slice(0, 1).toUpperCase(), style: "other-0" };
const shownSpans = (document) => withoutOverlaps(
  document.spans.filter((span) => isShown(span, state.threshold, state.hidden)),
);
const current = () => state.documents[state.current];
const titleOf = (document) => (document.isUnnamed ? `Text ${document.id}` : document.id);

// ---------------------------------------------------------------- drawing

function drawAll() {
  const hasDocuments = state.documents.length > 0;
  parts.reader.hidden = !hasDocuments;
  parts.empty.hidden = hasDocuments;
  if (!hasDocuments) return;
  parts.reader.classList.toggle("has-many", state.documents.length > 1);
  parts.reader.classList.toggle("has-names", !state.documents[0].isUnnamed);
  drawDocumentList();
  drawHistogram();
  redraw();
  showDocument(state.current, false);
}

// Everything that depends on the slider and the legend.
function redraw() {
  state.shown = state.documents.map(shownSpans);
  drawDocumentCounts();
  drawStats();
  redrawDocument();
}

// What depends on the text on display besides.
function redrawDocument() {
  drawLegend();
  drawBody();
  drawMentions();
}

function drawLegend() {
  const aboveThreshold = current().spans.filter((span) => isShown(span, state.threshold, new Set()));
  const counts = countByLabel(withoutOverlaps(aboveThreshold));
  // Another model may serve by now, with as many labels but other ones.
  const names = JSON.stringify(state.labels);
  if (parts.legend.dataset.labels !== names) {
    parts.legend.dataset.labels = names;
    parts.legend.replaceChildren(...state.labels.map((label) => createNode(
      "button",
      {
        type: "button", class: "bd-chip", "data-label": label.style, "data-name": label.name,
        click: () => toggleLabel(label.name),
        mouseenter: () => lightLabel(label.name), mouseleave: () => lightLabel(null),
        focus: () => lightLabel(label.name), blur: () => lightLabel(null),
      },
      createNode("span", { class: "bd-letter", "aria-hidden": "true", text: label.letter }),
      createNode("span", { class: "bd-chip-name", text: label.shown }),
      createNode("span", { class: "bd-count" }),
    )));
  }
  for (const chip of parts.legend.children) {
    const { name } = chip.dataset;
    const count = counts.get(name) ?? 0;
    chip.setAttribute("aria-pressed", String(!state.hidden.has(name)));
    chip.setAttribute("aria-label", `${labelOf(name).shown}, ${plural(count, "mention")}`);
    chip.title = state.hidden.has(name) ? `Show ${labelOf(name).shown}` : `Hide ${labelOf(name).shown}`;
    chip.querySelector(".bd-count").textContent = String(count);
  }
}

function drawBody() {
  const { text, passages } = current();
  const spans = state.shown[state.current];
  const fragment = document.createDocumentFragment();
  let block = null;
  let blockKind = null;
  for (const segment of textSegments(text, spans, passages)) {
    if (segment.passage !== blockKind) {
      blockKind = segment.passage;
      block = /title/i.test(blockKind) ? createNode("span", { class: "bd-title" }) : fragment;
      if (block !== fragment) fragment.append(block);
    }
    block.append(segment.span ? markNode(segment) : document.createTextNode(segment.text));
  }
  tooltip.hide();
  parts.body.replaceChildren(fragment);
  const marks = markNodes();
  if (marks.length) marks[0].tabIndex = 0;
  parts["no-mentions"].hidden = marks.length > 0;
  parts["no-mentions"].textContent = current().spans.length
    ? "Nothing is shown here: the slider or the legend hides every mention of this text."
    : `No ${sought()} was found in this text.`;
  light();
}

// "disease, drug, gene or species", or the labels of a model that knows others.
function sought() {
  if (state.labels.map((label) => label.name).join() === "Disease,Chemical,Gene,Species") return "disease, drug, gene or species";
  const names = state.labels.map((label) => label.shown);
  return names.length > 1 ? `${names.slice(0, -1).join(", ")} or ${names.at(-1)}` : names.join();
}

function markNode({ text, span }) {
  const label = labelOf(span.label);
  const score = percent(span.score);
  return createNode("mark", {
    class: "bd-mark", role: "button", tabindex: "-1", text,
    "data-label": label.style, "data-letter": label.letter, "data-name": span.label, "data-start": span.start,
    "data-end": span.end, "data-score": score, "data-key": `${span.label}\u0000${nameOf(text)}`,
    "aria-pressed": "false",
    "aria-label": [text.replace(/\s+/g, " "), label.shown, score].filter(Boolean).join(", "),
  });
}

function drawDocumentList() {
  const hasMany = state.documents.length > 1;
  parts.documents.hidden = !hasMany;
  find("pager").hidden = !hasMany;
  parts["document-list"].replaceChildren(...(hasMany ? state.documents : []).map((entry, index) => createNode(
    "li", {},
    createNode(
      "button",
      { type: "button", class: "bd-document", tabindex: "-1", click: () => showDocument(index) },
      createNode("span", { class: "bd-document-id", text: titleOf(entry) }),
      createNode("span", { class: "bd-document-start", text: entry.text.slice(0, 100).trim() }),
      createNode("span", { class: "bd-badges" }),
    ),
  )));
}

function drawDocumentCounts() {
  const buttons = documentButtons();
  buttons.forEach((button, index) => {
    const counts = countByLabel(state.shown[index]);
    const present = state.labels.filter((label) => counts.get(label.name));
    button.querySelector(".bd-badges").replaceChildren(...present.map((label) => createNode(
      "span", { class: "bd-badge", "data-label": label.style, title: label.shown },
      createNode("span", { class: "bd-letter", "aria-hidden": "true", text: label.letter }),
      createNode("span", { class: "bd-sr", text: `${label.shown} ` }),
      createNode("span", { text: String(counts.get(label.name)) }),
    )));
  });
}

function drawHistogram() {
  const counts = scoreHistogram(state.documents.flatMap((entry) => entry.spans), HISTOGRAM_BINS);
  const tallest = Math.max(1, ...counts);
  parts.histogram.replaceChildren(...counts.map((count) => {
    const bar = createNode("span");
    // The square root keeps the few doubtful mentions visible beside the many sure ones.
    bar.style.height = `${Math.round(100 * Math.sqrt(count / tallest))}%`;
    return bar;
  }));
}

function drawMentions() {
  const indices = state.scope === "all" ? state.documents.map((_, index) => index) : [state.current];
  const entries = indices.flatMap((index) => state.shown[index].map((span) => ({
    documentIndex: index, span, surface: state.documents[index].text.slice(span.from, span.to),
  })));
  const rows = groupMentions(entries);
  drawChart(entries, rows);
  drawTable(sortRows(rows));
}

function drawChart(entries, rows) {
  const counts = countByLabel(entries.map((entry) => entry.span));
  const names = countByLabel(rows);
  const most = Math.max(1, ...counts.values());
  parts.chart.replaceChildren(...state.labels.map((label) => {
    const count = counts.get(label.name) ?? 0;
    const bar = createNode("span", { class: "bd-bar", "data-label": label.style });
    bar.style.inlineSize = `${(100 * count) / most}%`;
    return createNode(
      "li", { "data-label": label.style, class: count ? "" : "is-none" },
      createNode("span", { class: "bd-bar-name", text: label.shown, title: label.shown }),
      createNode("span", { class: "bd-bar-track", "aria-hidden": "true" }, bar),
      createNode("span", {
        class: "bd-bar-count", text: String(count), "aria-hidden": "true",
        title: `${plural(count, "mention")}, ${plural(names.get(label.name) ?? 0, "different name")}`,
      }),
      createNode("span", {
        class: "bd-sr", text: `${plural(count, "mention")}, ${plural(names.get(label.name) ?? 0, "different name")}`,
      }),
    );
  }));
}

function sortRows(rows) {
  const orders = {
    count: () => 0, // groupMentions has sorted by count already
    name: (a, b) => a.name.localeCompare(b.name),
    score: (a, b) => (a.score ?? 2) - (b.score ?? 2),
  };
  return [...rows].sort(orders[state.sortBy]);
}

function drawTable(rows) {
  const visible = rows.slice(0, state.rowLimit);
  parts["table-body"].replaceChildren(...visible.map((row) => {
    const label = labelOf(row.label);
    return createNode(
      "tr", { class: row.key === state.picked ? "is-picked" : "" },
      createNode(
        "th", { scope: "row" },
        createNode(
          "button",
          {
            type: "button", class: "bd-row", "data-label": label.style, "data-key": row.key,
            "aria-pressed": String(row.key === state.picked),
            title: "Show where it stands; press again for the next place",
            click: () => visitNext(row), mouseenter: () => lightKey(row.key), mouseleave: () => lightKey(null),
          },
          createNode("span", { class: "bd-letter", "aria-hidden": "true", text: label.letter }),
          createNode("span", { class: "bd-surface", text: row.surface }),
          createNode("span", { class: "bd-sr", text: `, ${label.shown}` }),
        ),
      ),
      createNode("td", { text: String(row.count) }),
      createNode("td", { text: percent(row.score) }),
    );
  }));
  const left = rows.length - visible.length;
  parts["more-rows"].hidden = left <= 0;
  parts["more-rows"].textContent = `Show ${plural(left, "more name")}`;
  parts["mentions-caption"].textContent = state.documents.length === 1 || state.scope === "one"
    ? `${plural(rows.length, "different name")} in this text`
    : `${plural(rows.length, "different name")} in ${plural(state.documents.length, "text")}`;
  for (const header of element.querySelectorAll("th[data-sort]")) {
    const isChosen = header.dataset.sort === state.sortBy;
    header.setAttribute("aria-sort", isChosen ? (state.sortBy === "count" ? "descending" : "ascending") : "none");
  }
}

function drawStats() {
  const total = state.documents.reduce((sum, entry) => sum + entry.spans.length, 0);
  const visible = state.shown.reduce((sum, spans) => sum + spans.length, 0);
  const words = state.documents.reduce((sum, entry) => sum + entry.words, 0);
  const speed = state.seconds === undefined || state.seconds === null ? "" : `${formatSeconds(state.seconds)}`;
  parts.stats.replaceChildren(...[
    [plural(state.documents.length, "text"), ""],
    [plural(words, "word"), ""],
    [visible === total ? plural(total, "mention") : `${grouped(visible)} of ${plural(total, "mention")}`, ""],
    [speed, "time the model took"],
    [state.model ? `model ${state.model}` : "", ""],
  ].filter(([text]) => text).map(([text, title]) => createNode("li", { text, title })));
  parts["downloads-note"].textContent = downloadNote(visible, total);
}

function downloadNote(visible, total) {
  const rules = [];
  if (state.threshold > 0) rules.push(`${state.threshold} % or surer`);
  for (const name of state.hidden) if (labelOf(name)) rules.push(`without ${labelOf(name).shown}`);
  const what = rules.length ? `what the slider and the legend show (${rules.join(", ")})` : "every mention found";
  return `Files hold ${what}: ${grouped(visible)} of ${plural(total, "mention")}`
    + ` in ${plural(state.documents.length, "text")}.`;
}

// ---------------------------------------------------------------- choosing a text

const documentButtons = () => [...parts["document-list"].querySelectorAll(".bd-document")];

function showDocument(index, isByPerson = true) {
  state.current = Math.max(0, Math.min(state.documents.length - 1, index));
  documentButtons().forEach((button, at) => {
    const isCurrent = at === state.current;
    button.tabIndex = isCurrent ? 0 : -1;
    if (isCurrent) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  });
  scrollIntoList(documentButtons()[state.current]);
  parts.position.textContent = `${grouped(state.current + 1)} of ${grouped(state.documents.length)}`;
  parts["document-name"].textContent = titleOf(current());
  // Not `disabled`: a button that is disabled under the finger loses the focus, and the keys with it.
  parts.previous.setAttribute("aria-disabled", String(state.current === 0));
  parts.next.setAttribute("aria-disabled", String(state.current === state.documents.length - 1));
  tooltip.hide();
  if (isByPerson) {
    redrawDocument();
    const mentions = plural(markNodes().length, "mention");
    parts.announcer.textContent = `Text ${state.current + 1} of ${state.documents.length}, ${titleOf(current())}: ${mentions}.`;
  }
  tellOthers(null);
}

// Scrolls the list alone: scrollIntoView would move the whole page under the reader's eyes.
function scrollIntoList(button) {
  if (!button) return;
  const list = parts["document-list"];
  const [top, bottom] = [button.offsetTop - list.offsetTop, button.offsetTop - list.offsetTop + button.offsetHeight];
  if (top < list.scrollTop) list.scrollTop = top;
  else if (bottom > list.scrollTop + list.clientHeight) list.scrollTop = bottom - list.clientHeight;
}

// "How it works" follows the text on display, and the mention that was pressed.
function tellOthers(start) {
  document.dispatchEvent(new CustomEvent("biobert-demo:shown", {
    detail: { text: current().text, start: start ?? current().spans[0]?.start ?? 0, isChosen: start !== null },
  }));
}

// ---------------------------------------------------------------- emphasis

const markNodes = () => [...parts.body.querySelectorAll(".bd-mark")];

function light() {
  const test = state.lit ?? (state.picked ? (mark) => mark.dataset.key === state.picked : null);
  parts.body.classList.toggle("is-dimmed", test !== null);
  for (const mark of markNodes()) {
    mark.classList.toggle("is-lit", test !== null && test(mark));
    mark.setAttribute("aria-pressed", String(mark.dataset.key === state.picked));
  }
}

function lightLabel(name) {
  state.lit = name === null || state.hidden.has(name) ? null : (mark) => mark.dataset.name === name;
  light();
}

function lightKey(key) {
  state.lit = key === null ? null : (mark) => mark.dataset.key === key;
  light();
}

function toggleLabel(name) {
  if (state.hidden.has(name)) state.hidden.delete(name);
  else state.hidden.add(name);
  state.lit = null;
  redraw();
}

function pick(key) {
  state.picked = state.picked === key ? null : key;
  state.visited = -1;
  state.lit = null;
  light();
  for (const button of parts["table-body"].querySelectorAll(".bd-row")) {
    const isPicked = button.dataset.key === state.picked;
    button.setAttribute("aria-pressed", String(isPicked));
    button.closest("tr").classList.toggle("is-picked", isPicked);
  }
}

// Pressing a row walks through its places, over several texts where it has to.
function visitNext(row) {
  if (state.picked !== row.key) {
    pick(row.key);
    state.visited = -1;
  }
  state.visited = (state.visited + 1) % row.places.length;
  const place = row.places[state.visited];
  if (place.document !== state.current) showDocument(place.document);
  const mark = markNodes().find((node) => Number(node.dataset.start) === place.start);
  if (!mark) return;
  mark.scrollIntoView({ block: "nearest" });
  mark.classList.remove("is-visited");
  void mark.offsetWidth; // restarts the animation
  mark.classList.add("is-visited");
  parts.announcer.textContent = `${mark.getAttribute("aria-label")}, place ${state.visited + 1} of ${row.places.length}.`;
  tellOthers(place.start);
}

// ---------------------------------------------------------------- downloads

async function download(format, button) {
  button.disabled = true;
  parts["download-state"].textContent = "Preparing the file…";
  const documents = state.documents.map((entry) => ({
    id: entry.id, text: entry.text, passages: entry.rawPassages,
    spans: shownSpans(entry).map(({ start, end, label, score }) => ({ start, end, label, score })),
  }));
  try {
    const file = await server.build_download({ format, documents, model: state.model });
    if (file.error) throw new Error(file.error);
    saveFile(file);
    const notes = file.notes.length ? ` The format could not hold everything: ${file.notes.slice(0, 3).join(" ")}` : "";
    parts["download-state"].textContent = `Saved ${file.name}.${notes}`;
  } catch (error) {
    parts["download-state"].textContent = `The file was not made: ${error.message}`;
  } finally {
    button.disabled = false;
  }
}

// ---------------------------------------------------------------- listening

const redrawSoon = oncePerFrame(redraw);

parts.threshold.addEventListener("input", () => {
  state.threshold = Number(parts.threshold.value);
  const bars = [...parts.histogram.children];
  bars.forEach((bar, at) => bar.classList.toggle("is-below", ((at + 1) * 100) / bars.length <= state.threshold));
  parts["threshold-shown"].textContent = state.threshold === 0 ? "off" : `${state.threshold} %`;
  parts.threshold.setAttribute("aria-valuetext", state.threshold === 0 ? "everything is shown" : `${state.threshold} percent`);
  redrawSoon();
});

parts.body.addEventListener("mouseover", (event) => {
  const mark = event.target.closest(".bd-mark");
  if (mark) tooltip.show(mark, labelOf(mark.dataset.name));
});
parts.body.addEventListener("mouseout", (event) => {
  if (event.target.closest(".bd-mark")) tooltip.hideSoon();
});
parts.body.addEventListener("focusin", (event) => {
  const mark = event.target.closest(".bd-mark");
  if (mark) tooltip.show(mark, labelOf(mark.dataset.name));
});
parts.body.addEventListener("focusout", tooltip.hideSoon);
parts.body.addEventListener("click", (event) => {
  const mark = event.target.closest(".bd-mark");
  if (!mark) return;
  for (const node of markNodes()) node.tabIndex = node === mark ? 0 : -1;
  pick(mark.dataset.key);
  tellOthers(Number(mark.dataset.start));
});
parts.body.addEventListener("keydown", (event) => {
  const mark = event.target.closest(".bd-mark");
  if (!mark || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Enter" || event.key === " ") {
    pick(mark.dataset.key);
    tellOthers(Number(mark.dataset.start));
    event.preventDefault();
  } else if (moveFocus(markNodes(), mark, event.key)) {
    event.preventDefault();
  }
});

parts["document-list"].addEventListener("keydown", (event) => {
  const button = event.target.closest(".bd-document");
  const next = button && moveFocus(documentButtons(), button, event.key);
  if (!next) return;
  showDocument(documentButtons().indexOf(next));
  event.preventDefault();
});
parts.previous.addEventListener("click", () => showDocument(state.current - 1));
parts.next.addEventListener("click", () => showDocument(state.current + 1));
parts.reader.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    tooltip.hide();
    if (state.picked) pick(state.picked);
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
  if (event.key === "n") showDocument(state.current + 1);
  if (event.key === "p") showDocument(state.current - 1);
});

parts.scope.addEventListener("change", (event) => {
  state.scope = event.target.value;
  state.rowLimit = ROWS_AT_FIRST;
  drawMentions();
});
parts["more-rows"].addEventListener("click", () => {
  state.rowLimit += 500;
  drawMentions();
});
for (const header of element.querySelectorAll("th[data-sort] button")) {
  header.addEventListener("click", () => {
    state.sortBy = header.parentElement.dataset.sort;
    drawMentions();
  });
}
for (const button of element.querySelectorAll("[data-format]")) {
  button.addEventListener("click", () => download(button.dataset.format, button));
}

watch("value", () => receive(props.value));
receive(props.value);
