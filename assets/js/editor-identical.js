// A mention enters; the places that read the same, each to be left out or kept, and the person's choice leave.
"use strict";

// `preview(payload)` resolves to { items } or { error }; `apply(label, items)` sends the choice as one step.
function createIdenticalDialog({ parts, preview, apply }) {
  const dialog = parts["identical-dialog"];
  let question = null; // { span, text, label }
  let items = [];
  let request = 0;

  async function open(span, label) {
    question = { span, label };
    parts["identical-text"].textContent = oneLine(span.text, 80);
    parts["identical-label"].textContent = label.shown;
    for (const radio of parts["identical-scope"].querySelectorAll("input")) radio.checked = radio.value === "document";
    drawItems([], "Looking …");
    dialog.showModal();
    await ask();
  }

  async function ask() {
    request += 1;
    const mine = request;
    const scope = parts["identical-scope"].querySelector("input:checked").value;
    const { id, start, end } = question.span;
    let answer;
    try {
      answer = await preview({ span: id, start, end, label: question.label.name, scope });
    } catch (error) {
      answer = { error: `The places could not be fetched (${error.message}); try again.` };
    }
    if (mine !== request || !dialog.open) return;
    items = answer?.items ?? [];
    drawItems(items, answer?.error ?? "");
  }

  function drawItems(all, note) {
    parts["identical-note"].textContent = note || (all.length ? "" : "No other place reads like this.");
    let name = null;
    const rows = [];
    all.forEach((item, index) => {
      if (item.name !== name && parts["identical-scope"].querySelector("input:checked").value === "open") {
        rows.push(createNode("li", { class: "bd-ed-item-head", text: item.name }));
      }
      name = item.name;
      rows.push(itemNode(item, index));
    });
    parts["identical-items"].replaceChildren(...rows);
    count();
  }

  function itemNode(item, index) {
    const isDone = item.alreadyLabel === question.label.name;
    const isOther = Boolean(item.alreadyLabel) && !isDone;
    const words = [item.why, isDone ? "has this label already" : isOther ? `is labelled ${item.alreadyLabel} now` : ""];
    return createNode("li", {}, createNode(
      "label", { class: "bd-ed-item" },
      // What somebody labelled otherwise may be right: it is not changed unless asked for.
      createNode("input", { type: "checkbox", value: index, checked: !isDone && !isOther && item.isLikely !== false, disabled: isDone, change: count }),
      createNode(
        "span", { class: "bd-ed-item-text" },
        createNode("span", { text: item.before }), createNode("b", { text: item.text }), createNode("span", { text: item.after }),
        createNode("span", { class: "bd-ed-item-why", text: words.filter(Boolean).join("; ") }),
      ),
    ));
  }

  const boxes = () => [...parts["identical-items"].querySelectorAll("input")];
  const chosen = () => boxes().filter((box) => box.checked && !box.disabled).map((box) => items[Number(box.value)]);

  function count() {
    const number = chosen().length;
    parts["identical-apply"].textContent = `Apply to ${plural(number, "mention")}`;
    parts["identical-apply"].disabled = number === 0;
    const free = boxes().filter((box) => !box.disabled);
    parts["identical-all"].checked = free.length > 0 && number === free.length;
    parts["identical-all"].indeterminate = number > 0 && number < free.length;
  }

  parts["identical-scope"].addEventListener("change", ask);
  parts["identical-all"].addEventListener("change", () => {
    for (const box of boxes()) if (!box.disabled) box.checked = parts["identical-all"].checked;
    count();
  });
  parts["identical-apply"].addEventListener("click", () => {
    const picked = chosen();
    dialog.close();
    apply(question.label, picked);
  });
  parts["identical-cancel"].addEventListener("click", () => dialog.close());

  return { open };
}
