// What there is to learn from (`props.value`, JSON) enters; a sentence and a bar for each label leave.
// Runs as the body of Gradio's js_on_load, after dom.js, words.js and editor-labels.js.
"use strict";

const parts = partsOf(element);

function leadOf({ new: fresh, completed, touched, served }) {
  if (!completed && !touched) {
    return "Nothing has been reviewed yet. Correct a text on the tab Review and complete it; then the model can learn from it.";
  }
  const model = served ? ` since the last run` : "";
  const more = touched ? ` In ${plural(touched, "further one")} that ${touched === 1 ? "is" : "are"} not complete, only what you decided on counts.` : "";
  if (!completed) return `No document is complete yet.${more}`;
  const news = fresh === completed ? "none of them learned from yet" : fresh ? `${grouped(fresh)} of them new${model}` : `none of them new${model}`;
  return `${plural(completed, "document")} completed, ${news}.${more}`;
}

function receive(json) {
  const value = json ? JSON.parse(json) : null;
  if (!value) return;
  parts.lessons.hidden = false;
  parts.lead.textContent = leadOf(value);
  const labels = prepareLabels(value.mentions);
  const most = Math.max(1, ...labels.map((label) => label.count));
  parts.mentions.hidden = labels.length === 0;
  parts.mentions.replaceChildren(...labels.map((label) => {
    const node = createNode("li", {}, labelChip(labels, label.name),
      createNode("span", { class: "bd-learn-count", text: plural(label.count, "mention") }));
    paintLabel(node, label);
    node.style.setProperty("--share", String(label.count / most));
    return node;
  }));
}

watch("value", () => receive(props.value));
receive(props.value);
