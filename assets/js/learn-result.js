// A decision of the gate (`props.value`, JSON) enters; its reasons, its scores and what changed leave.
// Runs as the body of Gradio's js_on_load, after dom.js, learn-words.js, learn-table.js and learn-changes.js.
"use strict";

const parts = partsOf(element);
const state = { value: null, outcome: null, offset: 0, request: 0, size: 0 };

function receive(json) {
  const value = json ? JSON.parse(json) : null;
  if (!value) return;
  parts.result.hidden = !value.run;
  if (!value.run) return;
  const isSame = state.value?.run.id === value.run.id;
  state.value = value;
  if (!isSame) {
    state.outcome = Object.keys(OUTCOMES).find((name) => value.changes[name]) ?? "now_right";
    state.offset = 0;
  }
  draw(value);
  if (isSame) return;
  loadChanges();
  document.dispatchEvent(new CustomEvent("biobert-demo:learned"));
}

function draw({ run, decision, changes, labels }) {
  parts.result.dataset.verdict = run.state;
  parts.title.textContent = verdict(run, decision);
  const reasons = decision?.reasons ?? [];
  // What spoke neither for nor against it is folded in where it is much: the eye shall meet what decided.
  const notes = reasons.filter(({ mark }) => mark === "note");
  const isMuch = notes.length > 3;
  const shown = isMuch ? reasons.filter(({ mark }) => mark !== "note") : reasons;
  parts.reasons.hidden = shown.length === 0;
  parts.reasons.replaceChildren(...shown.map(reasonNode));
  parts["notes-fold"].hidden = !isMuch;
  parts["notes-count"].textContent = `${plural(notes.length, "further comparison")} that spoke neither for nor against it`;
  parts.notes.replaceChildren(...(isMuch ? notes.map(reasonNode) : []));
  const table = decision?.table ?? [];
  parts["table-frame"].hidden = table.length === 0;
  parts["table-note"].hidden = !table.some((row) => row.low !== null);
  drawScores(parts.table, table, prepareLabels(labels), [
    { name: "Before", isNumber: true, of: (row) => score(row.before) },
    { name: "After", isNumber: true, of: (row) => score(row.after) },
    { name: "Change", isNumber: true, of: (row) => changeNode(row.before, row.after, row.low, row.high) },
    { name: "95 % range", isNumber: true, of: (row) => (row.low === null || row.high === null ? "" : `${signed(row.low)} to ${signed(row.high)}`) },
  ], "F1 of the model before and after");
  const total = Object.values(changes).reduce((sum, count) => sum + count, 0);
  parts.changes.hidden = total === 0;
  parts.outcomes.replaceChildren(...Object.entries(OUTCOMES).map(([name, [words]]) => createNode("button", {
    type: "button", class: "bd-ed-button", "data-outcome": name, "aria-pressed": String(name === state.outcome), disabled: !changes[name],
    click: () => choose(name),
  }, createNode("span", { text: words }), createNode("b", { text: grouped(changes[name] ?? 0) }))));
}

function verdict(run, decision) {
  const model = decision ? `model ${decision.model}` : "the new model";
  const old = decision?.parent ? `model ${decision.parent}` : "the old one";
  if (run.state === "refused" && decision?.isPromoted) return `The gate said yes, but ${model} was not put into use. ${run.message.split("\n")[0]}`;
  if (run.state === "promoted") return `The gate said yes: ${model} took the place of ${old}.`;
  return `The gate said no: ${model} was not put into use, and ${old} stayed.`;
}

function choose(outcome) {
  state.outcome = outcome;
  state.offset = 0;
  for (const button of parts.outcomes.children) button.setAttribute("aria-pressed", String(button.dataset.outcome === outcome));
  loadChanges();
}

async function loadChanges() {
  const { value, outcome, offset } = state;
  parts["outcome-words"].textContent = OUTCOMES[outcome][1];
  if (!value.changes[outcome]) {
    parts.list.replaceChildren();
    drawPager(0, 0);
    return;
  }
  state.request += 1;
  const mine = state.request;
  let answer;
  try {
    answer = await server.list_changes({ run: value.run.id, outcome, offset });
    if (!answer || answer.error) throw new Error(answer?.error ?? "The server sent no answer; try again.");
  } catch (error) {
    if (mine === state.request) parts["outcome-words"].textContent = error.message;
    return;
  }
  if (mine !== state.request) return;
  const names = {
    before: value.decision?.parent ? `Model ${value.decision.parent}` : "Before",
    after: value.decision ? `Model ${value.decision.model}` : "After",
  };
  const labels = prepareLabels(answer.labels);
  parts.list.setAttribute("start", String(offset + 1));
  parts.list.replaceChildren(...answer.changes.map((change) => changeItem(change, labels, names)));
  state.size = answer.changes.length;
  drawPager(answer.total, answer.changes.length);
}

function drawPager(total, size) {
  parts.previous.hidden = state.offset === 0;
  parts.next.hidden = state.offset + size >= total;
  parts.position.textContent = total > size ? `${grouped(state.offset + 1)} to ${grouped(state.offset + size)} of ${grouped(total)}` : "";
}

parts.previous.addEventListener("click", () => {
  state.offset = Math.max(0, state.offset - 20);
  loadChanges();
});
parts.next.addEventListener("click", () => {
  state.offset += state.size;
  loadChanges();
});
watch("value", () => receive(props.value));
receive(props.value);
