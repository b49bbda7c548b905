// A run with its phases (`props.value`, JSON) enters; what happens in it, in words, and how far it is leave.
// Runs as the body of Gradio's js_on_load, after dom.js and learn-words.js.
"use strict";

const parts = partsOf(element);
const SIGNS = { done: "✓", now: "●", next: "○" };
const STATES = { done: "done", now: "now", next: "to come" };
let shownPhase = null;

function receive(json) {
  const value = json ? JSON.parse(json) : null;
  if (!value) return;
  drawGlossary(value.glossary ?? []);
  parts.run.hidden = !value.run;
  if (value.run) draw(value);
}

function draw({ run, phases, queued, needsWorker }) {
  const isOn = run.state === "running" || run.state === "queued";
  parts.run.dataset.state = run.state;
  say(parts.title, isOn && run.isCancelRequested ? `Run ${run.id} is being cancelled.` : run.sentence);
  parts.origin.textContent = [run.origin, localTime(run.started ?? run.created), run.took ? `took ${run.took}` : "",
    queued ? `run ${queued.id} begins after it` : "", run.attempts ? `begun again ${run.attempts === 1 ? "once" : `${run.attempts} times`}` : ""]
    .filter(Boolean).join(" · ");
  parts.on.hidden = run.state !== "running";
  if (run.state === "running") drawProgress(run, phases);
  const waits = needsWorker
    ? "No worker is running, so nothing will begin. Start one in a terminal, “biobert-demo worker”, or do the run there, “biobert-demo finetune”."
    : "It begins within seconds.";
  // What came of a run that was decided on stands below, with the reasons.
  const isDecided = run.state === "promoted" || run.state === "refused";
  say(parts.message, isDecided ? "" : run.state === "queued" ? (run.message || needsWorker ? `${run.message} ${waits}`.trim() : waits) : run.message);
  parts.message.hidden = !parts.message.textContent;
}

function drawProgress(run, phases) {
  parts.phases.replaceChildren(...phases.map((phase) => createNode("li", {
    class: `is-${phase.state}`, "aria-current": phase.state === "now" ? "step" : null,
  },
  createNode("span", { class: "bd-learn-mark", "aria-hidden": "true", text: SIGNS[phase.state] }),
  createNode("span", { text: phase.title }), createNode("span", { class: "bd-sr", text: `, ${STATES[phase.state]}` }))));
  const now = phases.find((phase) => phase.state === "now");
  if (shownPhase !== (now?.name ?? "")) {
    shownPhase = now?.name ?? "";
    parts.words.textContent = now?.words ?? "The training process is starting.";
  }
  const share = run.share === null ? null : Math.round(run.share * 100);
  parts.bar.hidden = share === null;
  if (share !== null) {
    parts.bar.setAttribute("aria-valuenow", String(share));
    parts.fill.style.width = `${share}%`;
  }
  parts.figures.textContent = [
    share === null ? "" : `${share} %`, run.left ? `${run.left} left of this phase` : "",
    run.loss === null ? "" : `loss ${run.loss.toFixed(3)}`, run.devF1 === null ? "" : `dev F1 ${run.devF1.toFixed(1)}`,
  ].filter(Boolean).join(" · ");
}

function drawGlossary(words) {
  if (parts.glossary.childElementCount || !words.length) return;
  parts.glossary.replaceChildren(...words.flatMap(([name, meaning]) => [createNode("dt", { text: name }), createNode("dd", { text: meaning })]));
}

// A screen reader announces what is set anew, the same words too.
function say(node, words) {
  if (node.textContent !== words) node.textContent = words;
}

watch("value", () => receive(props.value));
receive(props.value);
