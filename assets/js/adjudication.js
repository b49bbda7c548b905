// Two reviews of a document and where they differ enter; what somebody decides on each difference leaves.
// Runs as the body of Gradio's js_on_load, after the files it builds on. `props.value` is JSON: { project, author, time }.
"use strict";

const parts = {};
for (const node of element.querySelectorAll("[data-part]")) parts[node.dataset.part] = node;

const SIDES = ["a", "b"];
const views = { a: createTextView(parts["text-a"]), b: createTextView(parts["text-b"]) };
const state = { identity: null, documents: [], value: null, labels: [], decisions: new Map(), request: 0 };

async function receive(json) {
  const value = json ? JSON.parse(json) : null;
  if (!value) return;
  state.identity = { project: value.project, author: value.author };
  await refresh();
}

async function ask(name, payload) {
  try {
    const answer = await server[name]({ ...state.identity, ...payload });
    if (!answer) throw new Error("the server sent no answer");
    if (answer.error) throw new Error(answer.error);
    return answer;
  } catch (error) {
    tell(error.message, true);
    return null;
  }
}

function tell(words, isProblem = false) {
  parts.note.textContent = words;
  parts.note.classList.toggle("is-problem", isProblem);
}

// ---------------------------------------------------------------- which document

async function refresh(chosen = null) {
  const answer = await ask("list_shared", {});
  if (!answer) return;
  state.documents = answer.documents;
  const open = state.documents.filter((one) => !one.decidedBy).length;
  parts.choose.hidden = state.documents.length === 0;
  if (!state.documents.length) {
    parts.comparison.hidden = true;
    tell("No document has been completed by two people yet.");
    return;
  }
  tell(`${plural(state.documents.length, "document")} done by two or more, ${open} of them undecided.`);
  parts.document.replaceChildren(...state.documents.map((one) => createNode("option", {
    value: one.id, text: `${one.decidedBy ? "✓ " : ""}${one.name} – ${one.title} (${one.authors.join(", ")})`,
  })));
  const next = state.documents.find((one) => one.id === chosen) ?? state.documents.find((one) => !one.decidedBy) ?? state.documents[0];
  parts.document.value = String(next.id);
  await compare(next.id);
}

async function compare(document, a = null, b = null) {
  state.request += 1;
  const mine = state.request;
  const value = await ask("compare_document", { document, a, b });
  if (mine !== state.request || !value) return;
  state.value = value;
  state.labels = prepareLabels(value.labels);
  state.decisions = new Map(value.differences.filter((one) => one.decision).map((one) => [one.id, one.decision]));
  draw();
}

// ---------------------------------------------------------------- drawing

function draw() {
  const { value } = state;
  parts.comparison.hidden = false;
  for (const side of SIDES) {
    const select = parts[`author-${side}`];
    select.replaceChildren(...value.authors.map((name) => createNode("option", { value: name, text: name })));
    select.value = value[side].author;
    select.disabled = value.authors.length < 3;
    drawText(side);
  }
  for (const node of element.querySelectorAll("[data-name-of]")) node.textContent = value[node.dataset.nameOf].author;
  const count = value.differences.length;
  parts.summary.textContent = `${plural(value.same, "span")} the same, ${plural(count, "difference")}`
    + `${value.isDecided ? "; decided before, shown as decided" : ""}.`;
  parts.differences.replaceChildren(...value.differences.map(differenceNode));
  drawState();
}

function drawText(side) {
  const { document: { text, passages } } = state.value;
  const differing = new Map();
  for (const one of state.value.differences) if (one[side]) differing.set(keyOfSpan(one[side]), one.id);
  const spans = placeSpans(text, state.value[side].spans).map((span) => ({ ...span, text: text.slice(span.from, span.to) }));
  const look = { labels: state.labels, showScores: false, findings: new Map() };
  const blocks = blocksOf(text, placeSpans(text, passages));
  views[side].draw(layerText(text, spans, blocks), (piece) => describePiece(piece, look));
  // What both have is drawn faintly: the eye shall go to what differs.
  const byId = new Map(spans.map((span) => [span.id, differing.get(keyOfSpan(span)) ?? null]));
  for (const node of parts[`text-${side}`].querySelectorAll("[data-span]")) {
    const difference = byId.get(node.dataset.span);
    node.classList.toggle("is-same", difference === null);
    if (difference !== null) node.dataset.difference = difference;
    node.removeAttribute("role");
    node.removeAttribute("tabindex");
  }
}

const keyOfSpan = (span) => `${span.start} ${span.end} ${span.label}`;

const KINDS = { label: "another label", boundary: "other boundaries", only_a: "only one has it", only_b: "only one has it" };

function differenceNode(one, index) {
  const { text } = state.value.document;
  const toUtf16 = utf16Offsets(text);
  const [from, to] = [toUtf16(one.start), toUtf16(one.end)];
  const name = `bd-adjudicate-${index}`;
  const choices = [
    ["a", one.a ? spanWords(one.a) : "nothing"], ["b", one.b ? spanWords(one.b) : "nothing"],
    ...(one.a && one.b ? [["both", "both"], ["neither", "neither"]] : []),
  ];
  return createNode(
    "li", { "data-id": one.id, mouseenter: () => light(one.id), mouseleave: () => light(null), focusin: () => light(one.id) },
    createNode(
      "fieldset", {},
      createNode(
        "legend", {},
        createNode("span", { class: "bd-adj-number", text: String(index + 1) }),
        createNode("span", { class: "bd-adj-context" },
          createNode("span", { text: `…${oneLine(text.slice(Math.max(0, from - 30), from), 40)} ` }),
          createNode("b", { text: oneLine(text.slice(from, to)) }),
          createNode("span", { text: ` ${oneLine(text.slice(to, to + 30), 40)}…` })),
        createNode("span", { class: "bd-adj-kind", text: KINDS[one.kind] }),
      ),
      createNode("div", { class: "bd-adj-choices" }, ...choices.map(([value, words]) => createNode(
        "label", { class: "bd-adj-choice" },
        createNode("input", {
          type: "radio", name, value, checked: isChosen(one, value), change: () => decide(one, value),
        }),
        SIDES.includes(value) ? createNode("span", { class: "bd-adj-who", text: state.value[value].author }) : null,
        createNode("span", { text: words }),
      ))),
    ),
  );
}

// Where one side has nothing, "neither" and the empty side say the same.
function isChosen(one, value) {
  const decision = state.decisions.get(one.id);
  if (decision === value) return true;
  if (decision === "neither") return !one[value] && SIDES.includes(value) && !(one.a && one.b);
  return decision === "both" && !(one.a && one.b) && Boolean(one[value]);
}

function spanWords(span) {
  const { text } = state.value.document;
  const toUtf16 = utf16Offsets(text);
  return `${labelNamed(state.labels, span.label).shown}: ${oneLine(text.slice(toUtf16(span.start), toUtf16(span.end)), 80)}`;
}

function light(id) {
  for (const node of element.querySelectorAll("[data-difference]")) node.classList.toggle("is-lit", node.dataset.difference === id);
}

function drawState() {
  const open = state.value.differences.length - state.decisions.size;
  parts.record.disabled = open > 0;
  parts["record-words"].textContent = open ? `${plural(open, "difference")} to decide` : "Record as gold";
}

// ---------------------------------------------------------------- deciding

function decide(one, choice) {
  state.decisions.set(one.id, choice);
  drawState();
}

function decideAll(choice) {
  for (const one of state.value.differences) state.decisions.set(one.id, choice);
  parts.differences.replaceChildren(...state.value.differences.map(differenceNode));
  drawState();
}

async function record() {
  const { value } = state;
  parts.record.disabled = true;
  const answer = await ask("record_decision", {
    document: value.document.id, a: value.a.author, b: value.b.author, seen: value.seen, key: makeUniqueKey(),
    decisions: Object.fromEntries(state.decisions),
  });
  if (!answer) {
    drawState();
    return;
  }
  await refresh();
  tell(`${value.document.name} is gold with ${plural(answer.spans, "span")}. ${parts.note.textContent}`);
}

parts.document.addEventListener("change", () => compare(Number(parts.document.value)));
for (const side of SIDES) {
  parts[`author-${side}`].addEventListener("change", () => {
    compare(state.value.document.id, parts["author-a"].value, parts["author-b"].value);
  });
}
parts["all-a"].addEventListener("click", () => decideAll("a"));
parts["all-b"].addEventListener("click", () => decideAll("b"));
parts.record.addEventListener("click", record);
parts.refresh.addEventListener("click", () => refresh(state.value?.document.id ?? null));

watch("value", () => receive(props.value));
receive(props.value);
