// A mention on the page enters; a note beside it, with its label and score, leaves.
"use strict";

const TOOLTIP_DELAY_MS = 150;
const TOOLTIP_GAP_PX = 6;

// `node` is the tooltip, `frame` the positioned box it may not leave. It can itself be pointed at (WCAG 1.4.13).
function createTooltip(node, frame) {
  let hiding = 0;

  function show(mark, label) {
    clearTimeout(hiding);
    const { score } = mark.dataset;
    const meter = createNode("span", { class: "bd-meter", "aria-hidden": "true" }, createNode("span"));
    meter.firstChild.style.inlineSize = `${score.replace(/\D/g, "")}%`;
    node.replaceChildren(
      createNode("span", { class: "bd-letter", text: label.letter }),
      createNode("span", { text: label.shown }),
      ...(score ? [createNode("strong", { text: score }), meter] : []),
    );
    node.dataset.label = label.style;
    node.hidden = false;
    place(mark.getClientRects()[0] ?? mark.getBoundingClientRect());
  }

  function place(line) {
    const box = frame.getBoundingClientRect();
    const height = node.offsetHeight + TOOLTIP_GAP_PX;
    const top = line.top >= height ? line.top - height : line.bottom + TOOLTIP_GAP_PX;
    node.style.left = `${Math.max(0, Math.min(line.left - box.left, box.width - node.offsetWidth))}px`;
    node.style.top = `${top - box.top}px`;
  }

  function hide() {
    clearTimeout(hiding);
    node.hidden = true;
  }

  function hideSoon() {
    clearTimeout(hiding);
    hiding = setTimeout(hide, TOOLTIP_DELAY_MS);
  }

  node.addEventListener("mouseenter", () => clearTimeout(hiding));
  node.addEventListener("mouseleave", hideSoon);
  return { show, hide, hideSoon };
}
