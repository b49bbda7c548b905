// Keys pressed anywhere on the page, and what is shown, enter; a pressed "Highlight" and the right address leave.
"use strict";

document.addEventListener("keydown", (event) => {
  const isSend = event.key === "Enter" && (event.ctrlKey || event.metaKey);
  if (isSend && event.target.closest("#bd-input")) document.querySelector("#bd-highlight")?.click();
});

// The address names the document under review, so that a reload, a bookmark and a colleague come back to it.
document.addEventListener("biobert-demo:document", ({ detail: { id } }) => setDocument(id));
document.addEventListener("click", (event) => {
  const tab = event.target.closest?.('[role="tab"]');
  if (tab && tab.textContent.trim() === "Read") setDocument(null);
});

function setDocument(id) {
  const address = new URL(location.href);
  address.searchParams.delete("project");
  if (id === null) address.searchParams.delete("doc");
  else address.searchParams.set("doc", id);
  history.replaceState(history.state, "", address);
}
