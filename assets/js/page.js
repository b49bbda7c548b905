// Keys pressed anywhere on the page enter; Ctrl+Enter (Cmd+Enter) in the text box presses "Highlight".
"use strict";

document.addEventListener("keydown", (event) => {
  const isSend = event.key === "Enter" && (event.ctrlKey || event.metaKey);
  if (isSend && event.target.closest("#bd-input")) document.querySelector("#bd-highlight")?.click();
});
