// A state and its sentence (`props.value`, a JSON string) enter; a line that screen readers announce leaves.
// Runs as the body of Gradio's js_on_load, after dom.js.
"use strict";

const line = element.querySelector(".bd-status");
const sentence = element.querySelector(".bd-status-text");
const details = element.querySelector(".bd-status-details");
const list = element.querySelector(".bd-status-list");
const summary = element.querySelector("summary");
let latestRun = 0;

function receive(json) {
  const value = json ? JSON.parse(json) : null;
  if (!value || (value.run ?? 0) < latestRun) return;
  latestRun = value.run ?? 0;
  line.dataset.kind = value.kind;
  line.hidden = !value.text;
  line.setAttribute("role", value.kind === "failed" ? "alert" : "status");
  line.title = value.title ?? "";
  sentence.textContent = value.text;
  const notes = value.details ?? [];
  details.hidden = notes.length === 0;
  summary.textContent = value.summary ?? "";
  list.replaceChildren(...notes.map((note) => createNode("li", { text: note })));
}

watch("value", () => receive(props.value));
receive(props.value);
