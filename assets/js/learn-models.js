// All models and runs (`props.value`, JSON) enter; what somebody promotes, rolls back, pins or compares leaves.
// Runs as the body of Gradio's js_on_load, after dom.js, learn-words.js and learn-table.js.
"use strict";

const parts = partsOf(element);
const state = { value: null, asked: null, opener: null, isChosen: false };
const STATES = {
  promoted: "in use", retired: "was in use", refused: "refused by the gate", candidate: "not decided on", deleted: "cleared away",
};
const stateOf = ({ state: name, isBase }) => (isBase && name === "candidate" ? "not in use" : STATES[name] ?? name);
const KINDS = { gate: "by the gate", override: "by hand", rollback: "rolled back to", base: "as it came" };

function receive(json) {
  const value = json ? JSON.parse(json) : null;
  if (!value) return;
  state.value = value;
  draw(value);
}

function draw(value) {
  parts.models.hidden = value.models.length === 0 && value.runs.length === 0;
  const focused = parts.list.contains(document.activeElement) ? { ...document.activeElement.dataset } : null;
  parts.list.replaceChildren(...value.models.map(modelNode));
  if (focused?.act) parts.list.querySelector(`[data-act="${focused.act}"][data-model="${focused.model}"]`)?.focus();
  parts.rollback.hidden = value.earlier === null;
  parts.rollback.textContent = `Roll back to model ${value.earlier}`;
  parts.compare.hidden = value.models.length < 2;
  const served = value.models.find((model) => model.state === "promoted") ?? value.models[0];
  const parent = value.models.find((model) => model.number === served?.parent) ?? value.models.find((model) => model !== served);
  for (const [name, fallback] of [["first", parent], ["second", served]]) {
    const select = parts[name];
    const chosen = state.isChosen ? select.value : "";
    select.replaceChildren(...value.models.map((model) => createNode("option", { value: model.id, text: `${model.number} (${stateOf(model)})` })));
    select.value = value.models.some((model) => String(model.id) === chosen) ? chosen : String(fallback?.id ?? "");
  }
  parts.runs.replaceChildren(...value.runs.map((run) => createNode("li", {},
    createNode("span", { text: [run.sentence.replace(/\.$/, ""), run.model ? `model ${run.model}` : "", run.origin, localTime(run.created), run.took].filter(Boolean).join(" · ") }),
    run.message ? createNode("span", { class: "bd-learn-note", text: ` ${run.message.split("\n")[0]}` }) : null)));
  parts.promotions.replaceChildren(...value.promotions.map((one) => createNode("li", {
    text: [`Model ${one.model}`, KINDS[one.kind] ?? one.kind, one.author, localTime(one.created), one.reason].filter(Boolean).join(" · "),
  })));
  compareTwo();
}

function modelNode(model) {
  const facts = [
    model.parent ? `learned on from model ${model.parent}` : model.isBase ? "came with the program" : "",
    localTime(model.created),
    model.f1[1] !== null ? `F1 on your corrections ${score(model.f1[0])} → ${score(model.f1[1])}` : "",
    model.promotion && model.promotion.kind !== "base" ? `promoted ${KINDS[model.promotion.kind] ?? ""} ${model.promotion.kind === "gate" ? "" : `by ${model.promotion.author}`}`.trim() : "",
  ].filter(Boolean).join(" · ");
  const isGone = model.state === "deleted";
  return createNode("li", { class: `is-${model.state}`, "data-number": model.number },
    createNode("div", { class: "bd-learn-model-head" },
      createNode("h3", {}, createNode("span", { text: `Model ${model.number}` })),
      createNode("span", { class: "bd-learn-state", text: stateOf(model) }),
      model.isPinned ? createNode("span", { class: "bd-learn-state", text: "pinned" }) : null,
      createNode("code", { text: model.version })),
    createNode("p", { class: "bd-learn-note", text: facts }),
    model.promotion?.reason && model.promotion.kind === "override" ? createNode("p", { class: "bd-learn-note", text: `“${model.promotion.reason}”` }) : null,
    model.reasons.length ? createNode("details", { class: "bd-learn-fold" }, createNode("summary", { text: "Why the gate decided so" }),
      createNode("ul", { class: "bd-learn-reasons" }, ...model.reasons.map(reasonNode))) : null,
    isGone ? null : createNode("div", { class: "bd-learn-acts" },
      model.state === "promoted" ? null : actNode("promote", model, "Put into use …", () => ask("promote", model)),
      actNode("pin", model, model.isPinned ? "Unpin" : "Pin", () => act("pin_model", { model: model.id, isPinned: !model.isPinned }),
        "A pinned model is never cleared away")));
}

function actNode(name, model, words, run, title = null) {
  return createNode("button", {
    type: "button", class: "bd-ed-button", "data-act": name, "data-model": model.id, "aria-label": `${words} model ${model.number}`, title, text: words, click: run,
  });
}

// ---------------------------------------------------------------- promoting and rolling back need a name

function ask(kind, model) {
  state.asked = { kind, model, seen: state.value.seen };
  state.opener = { act: model ? "promote" : null, model: model?.id };
  const isBack = kind === "rollback";
  const isAgainst = model?.state === "refused";
  parts["confirm-title"].textContent = isBack ? `Roll back to model ${state.value.earlier}?` : `Put model ${model.number} into use?`;
  parts["confirm-words"].textContent = isBack
    ? "It serves again within seconds. Nothing is lost: the model in use now can be put back."
    : isAgainst
      ? "The gate refused this model. You can overrule it; your name and your reason are kept with the model."
      : "It takes the place of the one in use within seconds. Your name and your reason are kept with the model.";
  parts["confirm-author-field"].hidden = state.value.isSignedIn;
  if (!parts["confirm-author"].value) parts["confirm-author"].value = state.value.author;
  parts["confirm-reason-name"].textContent = isBack ? "Reason (may be empty)" : "Reason";
  parts["confirm-reason"].value = "";
  parts["confirm-reason"].required = !isBack;
  parts["confirm-author"].required = !state.value.isSignedIn;
  parts["confirm-yes"].textContent = isBack ? "Roll back" : "Put into use";
  parts["confirm-problem"].textContent = "";
  parts.confirm.hidden = false;
  parts["confirm-title"].focus();
}

function closeConfirm() {
  parts.confirm.hidden = true;
  const { act: name, model } = state.opener ?? {};
  (parts.list.querySelector(`[data-act="${name}"][data-model="${model}"]`) ?? parts.rollback).focus();
}

async function confirm(event) {
  event.preventDefault();
  const { kind, model, seen } = state.asked;
  const payload = { author: parts["confirm-author"].value, reason: parts["confirm-reason"].value, seen, model: model?.id };
  parts["confirm-yes"].disabled = true;
  const problem = await act(kind === "rollback" ? "roll_back" : "promote_model", payload);
  parts["confirm-yes"].disabled = false;
  parts["confirm-problem"].textContent = problem ?? "";
  if (!problem) closeConfirm();
}

// Returns the sentence of what went wrong, null where nothing did.
async function act(name, payload) {
  try {
    const answer = await server[name]({ author: state.value.author, ...payload });
    if (!answer || answer.error) throw new Error(answer?.error ?? "The server sent no answer; try again.");
    parts.note.textContent = answer.message;
    state.value = answer.value;
    draw(answer.value);
    trigger("acted");
    return null;
  } catch (error) {
    parts.note.textContent = error.message;
    return error.message;
  }
}

// ---------------------------------------------------------------- comparing

async function compareTwo() {
  const [a, b] = [Number(parts.first.value), Number(parts.second.value)];
  if (!a || !b || a === b) {
    parts["compare-frame"].hidden = true;
    parts["compare-note"].textContent = a && a === b ? "Choose two different ones." : "";
    return;
  }
  try {
    const answer = await server.compare_two({ a, b });
    if (!answer || answer.error) throw new Error(answer?.error ?? "The server sent no answer; try again.");
    parts["compare-frame"].hidden = answer.rows.length === 0;
    parts["compare-note"].textContent = answer.rows.length
      ? "Each was measured when it was made. Your corrections have grown since, so those scores are of more documents for a newer model."
      : "Neither of them was measured yet; a run measures what it makes.";
    drawScores(parts["compare-table"], answer.rows, prepareLabels(answer.labels), [
      { name: `Model ${answer.a}`, isNumber: true, of: (row) => score(row.a) },
      { name: `Model ${answer.b}`, isNumber: true, of: (row) => score(row.b) },
      { name: "Difference", isNumber: true, of: (row) => changeNode(row.a, row.b) },
    ], `F1 of model ${answer.a} and model ${answer.b}`);
  } catch (error) {
    parts["compare-note"].textContent = error.message;
  }
}

parts.rollback.addEventListener("click", () => ask("rollback", null));
parts["confirm-no"].addEventListener("click", closeConfirm);
parts.confirm.addEventListener("submit", confirm);
parts.confirm.addEventListener("keydown", (event) => {
  if (event.key === "Escape") closeConfirm();
});
for (const name of ["first", "second"]) parts[name].addEventListener("change", () => {
  state.isChosen = true;
  compareTwo();
});
watch("value", () => receive(props.value));
receive(props.value);
