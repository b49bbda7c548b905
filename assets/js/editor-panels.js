// The document, its focused mention and its findings enter; the panel beside the text leaves.
"use strict";

// `act` holds what the buttons do: decide(action), relabel(name), moveBoundary(edge, direction), annotate(span, change),
// identical(), remove(), visit(finding), fix(finding), addSelected(name).
function createPanels({ parts, act }) {
  let shownSpan = null;
  let shownReview = null;

  function drawMention({ span, labels, keys, selection, threshold, outer }) {
    parts["mention-none"].hidden = span !== null || selection !== null;
    parts.mention.hidden = span === null;
    parts.selection.hidden = selection === null;
    if (selection) drawChoices(parts["selection-labels"], labels, null, [], (name) => act.addSelected(name));
    parts["selection-text"].textContent = selection ? oneLine(selection, 200) : "";
    if (!span) {
      shownSpan = null;
      return;
    }
    const label = labelNamed(labels, span.label);
    parts["mention-text"].textContent = oneLine(span.text, 300);
    paintLabel(parts["mention-text"], label);
    drawFacts(span, labels, outer);
    drawChoices(parts["mention-labels"], labels, span.label, probabilitiesOf(span), (name) => act.relabel(name), threshold);
    drawDecisions(span, keys);
    if (shownSpan !== span.id || document.activeElement !== parts["mention-note"]) {
      parts["mention-note"].value = span.note;
      parts["mention-note"].dataset.saved = span.note;
    }
    parts["mention-flag"].checked = span.isFlagged;
    shownSpan = span.id;
  }

  function probabilitiesOf(span) {
    const first = span.suggested ? span.suggested[2] : span.label;
    const own = span.score === null ? [] : [[first, span.score]];
    return [...own, ...(span.others ?? []).filter(([name]) => name !== first)];
  }

  function drawFacts(span, labels, outer) {
    const facts = [["State", describeState(span)]];
    if (span.author) facts.push(["Decided by", span.author]);
    if (span.model) facts.push(["Model", span.model]);
    if (span.suggested) {
      const [, , name] = span.suggested;
      facts.push(["Suggested", `${labelNamed(labels, name).shown}${span.suggestedText ? `, “${oneLine(span.suggestedText, 60)}”` : ""}`]);
    }
    if (outer.length) facts.push(["Inside", outer.map((other) => `“${oneLine(other.text, 60)}”`).join(", ")]);
    if (span.receipt) facts.push(["Learned", span.receipt]);
    if (span.identifiers?.length) facts.push(["Identifiers", span.identifiers.join(", ")]);
    parts["mention-facts"].replaceChildren(...facts.flatMap(([name, words]) => [
      createNode("dt", { text: name }), createNode("dd", { text: words }),
    ]));
  }

  // One button a label, with the model's probability of it as a bar. Buttons are kept, so that the focus stays.
  function drawChoices(list, labels, chosen, probabilities, choose) {
    const shares = new Map(probabilities);
    const names = labels.map((label) => label.name).join("\u0000");
    if (list.dataset.names !== names) {
      list.dataset.names = names;
      list.replaceChildren(...labels.map((label) => paintLabel(createNode(
        "button", { type: "button", class: "bd-ed-choice", "data-name": label.name },
        createNode("span", { class: "bd-letter", "aria-hidden": "true", text: label.letter }),
        createNode("span", { class: "bd-ed-choice-name", text: label.shown, title: label.shown }),
        createNode("span", { class: "bd-ed-share" }),
        keyNode(label.key),
      ), label)));
    }
    for (const button of list.children) {
      const { name } = button.dataset;
      const share = shares.get(name);
      button.onclick = () => choose(name);
      button.setAttribute("aria-pressed", String(name === chosen));
      button.querySelector(".bd-ed-share").textContent = percent(share);
      button.style.setProperty("--share", String(share ?? 0));
    }
  }

  function drawDecisions(span, keys) {
    const isHuman = !span.model;
    const pressed = { accept: "accepted", reject: "rejected", ignore: "ignored", reset: "unseen" };
    for (const button of parts.decisions.children) {
      const { act: action } = button.dataset;
      button.hidden = isHuman && action === "reset";
      button.setAttribute("aria-pressed", String(span.state === pressed[action]));
      showHint(button, keys[action]);
    }
    for (const button of parts["mention-acts"].querySelectorAll("[data-key]")) {
      showHint(button, keys[button.dataset.key]);
    }
  }

  function drawDocument({ review, note, isFlagged }) {
    if (shownReview !== review || document.activeElement !== parts["document-note"]) {
      parts["document-note"].value = note;
      parts["document-note"].dataset.saved = note;
    }
    parts["document-flag"].checked = isFlagged;
    shownReview = review;
  }

  function drawFindings(findings, current, keys) {
    parts["findings-count"].textContent = findings.length ? String(findings.length) : "";
    parts["findings-none"].hidden = findings.length > 0;
    const active = parts.findings.contains(document.activeElement) ? document.activeElement.dataset : null;
    parts.findings.replaceChildren(...findings.map((finding) => createNode(
      "li", { class: finding.id === current ? "is-current" : "" },
      createNode("button", {
        type: "button", class: "bd-ed-finding", "data-finding": finding.id, text: finding.message, click: () => act.visit(finding),
      }),
      finding.fix ? createNode(
        "button", { type: "button", class: "bd-ed-button bd-ed-fix", "data-fix": finding.id, click: () => act.fix(finding) },
        createNode("span", { text: finding.fix.summary }), finding.id === current ? keyNode(keys.fix) : null,
      ) : null,
    )));
    if (!active) return;
    const buttons = [...parts.findings.querySelectorAll("button")];
    const same = buttons.find((button) => button.dataset.finding === active.finding && button.dataset.fix === active.fix);
    (same ?? buttons[0])?.focus();
  }

  function drawGuideline(html) {
    if (parts.guideline.dataset.shown === html) return;
    parts.guideline.dataset.shown = html;
    const nodes = guidelineNodes(html);
    parts["guideline-fold"].hidden = nodes.length === 0;
    parts.guideline.replaceChildren(...nodes);
  }

  const isUnsaved = () => ["mention-note", "document-note"].some((name) => parts[name].value !== (parts[name].dataset.saved ?? ""));

  for (const button of parts.decisions.children) button.addEventListener("click", () => act.decide(button.dataset.act));
  for (const button of parts.boundaries.querySelectorAll("button")) {
    button.addEventListener("click", () => act.moveBoundary(button.dataset.edge, Number(button.dataset.direction)));
  }
  parts.identical.addEventListener("click", act.identical);
  parts.remove.addEventListener("click", act.remove);
  parts["mention-note"].addEventListener("change", () => {
    const { value } = parts["mention-note"];
    parts["mention-note"].dataset.saved = value;
    if (shownSpan) act.annotate(shownSpan, { note: value });
  });
  parts["mention-flag"].addEventListener("change", () => act.annotate(shownSpan, { isFlagged: parts["mention-flag"].checked }));
  parts["document-note"].addEventListener("change", () => {
    const { value } = parts["document-note"];
    parts["document-note"].dataset.saved = value;
    act.annotate(null, { note: value });
  });
  parts["document-flag"].addEventListener("change", () => act.annotate(null, { isFlagged: parts["document-flag"].checked }));

  return { drawMention, drawDocument, drawFindings, drawGuideline, isUnsaved };
}

// The key that does the same as a button, on it and for screen readers.
function showHint(button, key) {
  const hint = button.querySelector("kbd");
  if (hint) {
    hint.textContent = showKey(key);
    hint.hidden = !key;
  }
  if (key) button.setAttribute("aria-keyshortcuts", ariaKey(key));
  else button.removeAttribute("aria-keyshortcuts");
}

function keyNode(key) {
  return key ? createNode("kbd", { text: showKey(key), "aria-hidden": "true" }) : createNode("kbd", { hidden: true });
}
