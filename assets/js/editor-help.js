// The keys in use enter; the help, where each key can be changed or switched off, and the person's new choice leave.
"use strict";

// `source()` gives { saved, labels }; `save(saved)` keeps a choice and resolves to a sentence where it could not.
function createHelpDialog({ parts, source, save }) {
  const dialog = parts["help-dialog"];
  let listening = null;

  function open() {
    listening = null;
    parts["help-note"].textContent = "";
    draw();
    dialog.showModal();
  }

  function draw() {
    const { saved, labels } = source();
    const keys = keysOf(saved);
    parts["help-letters"].checked = areLettersOn(saved);
    const groups = [...new Set(ACTIONS.map((action) => action.group))];
    const focused = document.activeElement?.dataset?.focus;
    parts["help-keys"].replaceChildren(...groups.map((group) => createNode(
      "section", {},
      createNode("h3", { text: group }),
      createNode("ul", {}, ...ACTIONS.filter((action) => action.group === group).map((action) => keyRow(action, keys[action.name]))),
    )));
    parts["help-labels"].replaceChildren(...labels.filter((label) => label.key).map((label) => createNode(
      "li", {}, createNode("span", { text: label.shown }), keyNode(label.key),
    )));
    if (focused) parts["help-keys"].querySelector(`[data-focus="${focused}"]`)?.focus();
  }

  function keyRow({ name, says }, key) {
    const isListening = listening === name;
    return createNode(
      "li", {},
      createNode("span", { text: says }),
      createNode("button", {
        type: "button", class: "bd-ed-key", "data-focus": name, "aria-label": `${says}: ${isListening ? "press the new key" : `key ${showKey(key)}; change`}`,
        text: isListening ? "press a key …" : showKey(key), click: () => { listening = name; draw(); },
      }),
      createNode("button", {
        type: "button", class: "bd-ed-key-off", "data-focus": `${name}-off`, "aria-label": `Switch off the key for: ${says}`,
        title: "Switch this key off", text: "off", hidden: key === null, click: () => change(name, null),
      }),
    );
  }

  async function change(name, key) {
    listening = null;
    const saved = { ...source().saved };
    if (ACTIONS.find((action) => action.name === name)?.key === key) delete saved[name];
    else saved[name] = key;
    await keep(saved);
  }

  async function keep(saved) {
    const problem = save(saved);
    draw();
    parts["help-note"].textContent = (await problem) ?? "Kept.";
  }

  dialog.addEventListener("keydown", (event) => {
    if (listening === null) return;
    const key = keyOf(event);
    if (key === null) return;
    event.preventDefault();
    event.stopPropagation();
    const name = listening;
    if (event.key === "Escape") {
      listening = null;
      draw();
      return;
    }
    const { saved, labels } = source();
    const reason = whyNotKey(key, name, saved, labels);
    parts["help-note"].textContent = reason ?? "";
    if (reason === null) change(name, key);
  });
  // Escape closes a dialog by itself, also while a key is awaited.
  dialog.addEventListener("cancel", (event) => { if (listening !== null) event.preventDefault(); });
  parts["help-letters"].addEventListener("change", () => {
    const saved = { ...source().saved };
    if (parts["help-letters"].checked) delete saved[LETTERS_SWITCH];
    else saved[LETTERS_SWITCH] = null;
    keep(saved);
  });
  parts["help-reset"].addEventListener("click", () => keep({}));
  parts["help-close"].addEventListener("click", () => dialog.close());

  return { open };
}
