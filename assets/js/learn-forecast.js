// Forecasts (`props.value`, JSON) enter; a sentence for each label leaves.
// Runs as the body of Gradio's js_on_load, after dom.js and learn-words.js.
"use strict";

const parts = partsOf(element);

function receive(json) {
  const value = json ? JSON.parse(json) : null;
  if (!value) return;
  parts.forecast.hidden = value.forecasts.length === 0;
  const labels = prepareLabels(value.labels);
  parts.list.replaceChildren(...value.forecasts.map(({ labels: names, sentence }) => createNode("li", {},
    createNode("span", { class: "bd-learn-names" }, ...names.map((name) => (name ? labelChip(labels, name) : createNode("span", { class: "bd-learn-label", text: "all labels" })))),
    createNode("span", { text: sentence }))));
}

watch("value", () => receive(props.value));
receive(props.value);
