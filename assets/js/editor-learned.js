// The end of a training run, told by the tab "Learn", enters; the document on display, with its receipts, is shown anew.
// Runs after editor.js.
"use strict";

document.addEventListener("biobert-demo:learned", () => {
  const shown = model.base();
  // A note that is being written would be lost; the receipts come with the next act anyway.
  if (shown && !panels.isUnsaved()) model.open({ ...ui.identity, document: shown.document.id });
});
