// A keyboard event and a person's choice of keys enter; the action that is meant leaves.
"use strict";

// `says` stands in the help. Keys are written as `keyOf` names them; "Mod" is Ctrl, or Cmd on a Mac.
const ACTIONS = [
  { name: "accept", key: "a", says: "Accept the suggestion, go to the next unseen one", group: "Decide" },
  { name: "reject", key: "x", says: "Reject it: this label is wrong here", group: "Decide" },
  { name: "ignore", key: "Space", says: "Ignore it: neither right nor wrong", group: "Decide" },
  { name: "reset", key: "r", says: "Back to unseen", group: "Decide" },
  { name: "remove", key: "Delete", says: "Remove the mention (Backspace too)", group: "Decide" },
  { name: "nextUnseen", key: "j", says: "Go to the next unseen suggestion", group: "Move" },
  { name: "previousUnseen", key: "k", says: "Go to the unseen suggestion before", group: "Move" },
  { name: "caret", key: "c", says: "Place a text cursor, to label new text without a mouse", group: "Move" },
  { name: "endRight", key: "Shift+ArrowRight", says: "End: one word on", group: "Boundaries" },
  { name: "endLeft", key: "Shift+ArrowLeft", says: "End: one word back", group: "Boundaries" },
  { name: "startLeft", key: "Alt+Shift+ArrowLeft", says: "Start: one word back", group: "Boundaries" },
  { name: "startRight", key: "Alt+Shift+ArrowRight", says: "Start: one word on", group: "Boundaries" },
  { name: "endRightCharacter", key: "Mod+Shift+ArrowRight", says: "End: one character on", group: "Boundaries" },
  { name: "endLeftCharacter", key: "Mod+Shift+ArrowLeft", says: "End: one character back", group: "Boundaries" },
  { name: "startLeftCharacter", key: "Mod+Alt+Shift+ArrowLeft", says: "Start: one character back", group: "Boundaries" },
  { name: "startRightCharacter", key: "Mod+Alt+Shift+ArrowRight", says: "Start: one character on", group: "Boundaries" },
  { name: "identical", key: "i", says: "Apply to all identical mentions …", group: "More" },
  { name: "fix", key: "f", says: "Go to the next finding; press again to fix it", group: "More" },
  { name: "note", key: "e", says: "Write a note on the mention, or on the document", group: "More" },
  { name: "flag", key: "g", says: "Flag the mention, or the document", group: "More" },
  { name: "hide", key: "h", says: "Hide or show what was rejected or ignored", group: "More" },
  { name: "undo", key: "u", says: "Undo (Ctrl/Cmd+Z too)", group: "Document" },
  { name: "redo", key: "Shift+u", says: "Redo (Ctrl/Cmd+Shift+Z, Ctrl+Y too)", group: "Document" },
  { name: "complete", key: "Enter", says: "Complete the document and open the next", group: "Document" },
  { name: "skip", key: "n", says: "Skip: open the next, come back later", group: "Document" },
  { name: "previous", key: "p", says: "Go back to the document before", group: "Document" },
  { name: "search", key: "/", says: "Search the documents", group: "Document" },
  { name: "help", key: "?", says: "This help", group: "Document" },
];

// Kept beside the actions in what is saved; null switches every single-character key off.
const LETTERS_SWITCH = "single-characters";

const FIXED_KEYS = {
  Backspace: "remove", "Mod+z": "undo", "Mod+Shift+z": "redo", "Mod+y": "redo",
};
const RESERVED = new Set([
  ...Object.keys(FIXED_KEYS), "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Tab", "Shift+Tab", "Escape", "Home", "End",
]);

// "a", "Shift+a", "?", "Space", "Mod+Shift+z", "Alt+Shift+ArrowLeft"; null while only a modifier is down.
function keyOf(event) {
  const { key } = event;
  if (["Shift", "Control", "Alt", "Meta", "Dead", "Unidentified", "Process"].includes(key) || event.isComposing) return null;
  const isCharacter = [...key].length === 1;
  const isLetter = isCharacter && key.toLowerCase() !== key.toUpperCase();
  const pressed = [];
  if (event.ctrlKey || event.metaKey) pressed.push("Mod");
  if (event.altKey) pressed.push("Alt");
  // Of "?" or "/" the keyboard's layout decides whether Shift is needed; it says nothing here.
  if (event.shiftKey && (isLetter || !isCharacter || key === " ")) pressed.push("Shift");
  pressed.push(key === " " ? "Space" : isLetter ? key.toLowerCase() : key);
  return pressed.join("+");
}

// The key of each action: the person's own, null where it is switched off, the default otherwise.
function keysOf(saved = {}) {
  const keys = {};
  for (const { name, key } of ACTIONS) keys[name] = saved[name] === undefined ? key : saved[name];
  return keys;
}

function areLettersOn(saved = {}) {
  return saved[LETTERS_SWITCH] !== null;
}

function isSingleCharacter(key) {
  return [...key.replace(/^Shift\+/, "")].length === 1 || key === "Space";
}

// The action that a key means, null for none. Digits are labels: "label:NAME".
function actionOf(key, saved, labels) {
  if (key === null || (!areLettersOn(saved) && isSingleCharacter(key))) return null;
  const keys = keysOf(saved);
  const own = ACTIONS.find(({ name }) => keys[name] === key);
  if (own) return own.name;
  const label = labels.find((one) => one.key === key);
  if (label) return `label:${label.name}`;
  return FIXED_KEYS[key] ?? null;
}

// Why a key cannot be given to an action; null where it can.
function whyNotKey(key, action, saved, labels) {
  if (RESERVED.has(key)) return `${showKey(key)} has a fixed meaning here; choose another key.`;
  const label = labels.find((one) => one.key === key);
  if (label) return `${showKey(key)} chooses the label ${label.shown}; choose another key.`;
  const keys = keysOf(saved);
  const other = ACTIONS.find(({ name }) => name !== action && keys[name] === key);
  return other ? `${showKey(key)} already means “${other.says}”; switch that off first, or choose another key.` : null;
}

// A key as people read it.
function showKey(key) {
  if (!key) return "off";
  const names = {
    Mod: "Ctrl", ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Delete: "Del", Escape: "Esc",
  };
  return key.split(/(?<=.)\+(?=.)/).map((part) => names[part] ?? (part.length === 1 ? part.toUpperCase() : part)).join(" ");
}

// The form of `aria-keyshortcuts`.
function ariaKey(key) {
  return key ? key.replace("Mod", "Control") : null;
}

if (typeof module !== "undefined") {
  module.exports = { ACTIONS, LETTERS_SWITCH, keyOf, keysOf, actionOf, areLettersOn, whyNotKey, showKey };
}
