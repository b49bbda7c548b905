// A tag name, attributes and children enter; a DOM node leaves. Text only ever arrives through textContent.
"use strict";

function createNode(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "text") node.textContent = value;
    else if (typeof value === "function") node.addEventListener(name, value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) if (child !== undefined && child !== null) node.append(child);
  return node;
}

// Runs `draw` at most once a frame, however often it is asked for.
function oncePerFrame(draw) {
  let isWaiting = false;
  return () => {
    if (isWaiting) return;
    isWaiting = true;
    requestAnimationFrame(() => {
      isWaiting = false;
      draw();
    });
  };
}

// One tab stop for many nodes: `nodes()` lists them in order, arrow keys move, Home and End jump.
function moveFocus(nodes, active, key) {
  const last = nodes.length - 1;
  const at = nodes.indexOf(active);
  const goals = {
    ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: last,
  };
  if (at < 0 || !(key in goals)) return null;
  const next = nodes[Math.max(0, Math.min(last, goals[key]))];
  for (const node of nodes) node.tabIndex = node === next ? 0 : -1;
  next.focus();
  return next;
}
