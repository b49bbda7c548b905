// Answers of list_documents enter; the list of documents with search, order, filter and progress leaves.
"use strict";

const ROWS_AT_ONCE = 50;
const SEARCH_DELAY_MS = 250;
const ROW_STATES = {
  done: ["✓", "done"], skipped: ["↷", "skipped"], started: ["◐", "started"], open: ["○", "not started"], new: ["○", "not started"],
};

// `ask(payload)` resolves to { rows, total, done } or { error }; `open(id)` is called with the row a person chose.
function createQueue({ parts, ask, open }) {
  let rows = [];
  let current = null;
  let request = 0;
  let timer = 0;

  async function refresh(more = false) {
    request += 1;
    const mine = request;
    const offset = more ? rows.length : 0;
    const limit = more ? ROWS_AT_ONCE : Math.max(ROWS_AT_ONCE, rows.length);
    let answer;
    try {
      answer = await ask({
        query: parts.search.value.trim(), sort: parts.sort.value, filters: { state: parts.filter.value }, offset, limit,
      });
    } catch (error) {
      answer = { error: `The list could not be fetched (${error.message}).` };
    }
    if (mine !== request || !answer) return; // a later question has been asked meanwhile
    parts["queue-note"].hidden = !answer.error;
    parts["queue-note"].textContent = answer.error ?? "";
    if (answer.error) return;
    rows = more ? [...rows, ...answer.rows] : answer.rows;
    draw(answer.total);
  }

  function draw(total) {
    const active = parts.rows.contains(document.activeElement) ? document.activeElement.dataset.document : null;
    parts.rows.replaceChildren(...rows.map(rowNode));
    parts["more-rows"].hidden = rows.length >= total;
    parts["more-rows"].textContent = `Show more of ${grouped(total)}`;
    parts["queue-note"].hidden = total > 0;
    if (!total) parts["queue-note"].textContent = "No document is like this.";
    // A project without documents has nothing to search.
    parts.queue.hidden = !total && !parts.search.value.trim() && parts.filter.value === "all";
    mark(current);
    if (active !== null) buttonOf(active)?.focus();
  }

  function rowNode(row) {
    const [sign, words] = ROW_STATES[row.state] ?? ["", row.state];
    const unseen = row.counts?.unseen ?? 0;
    return createNode("li", {}, createNode(
      "button", { type: "button", class: "bd-document", tabindex: "-1", "data-document": row.id, click: () => open(row.id) },
      createNode(
        "span", { class: "bd-ed-row-head" },
        createNode("span", { class: "bd-ed-row-state", "aria-hidden": "true", text: sign }),
        createNode("span", { class: "bd-document-id", text: row.name }),
        row.isFlagged ? createNode("span", { class: "bd-ed-row-flag", title: "flagged", text: "⚑" }) : null,
        createNode("span", { class: "bd-sr", text: `, ${words}${row.isFlagged ? ", flagged" : ""}: ` }),
        createNode("span", { class: "bd-ed-row-count", text: unseen ? `${unseen} unseen` : "" }),
      ),
      createNode("span", { class: "bd-document-start", text: oneLine(row.snippet || row.title || "", 160) }),
      row.reasons?.length ? createNode("span", { class: "bd-ed-reasons" }, ...row.reasons.map(reasonNode)) : null,
    ));
  }

  const buttons = () => [...parts.rows.querySelectorAll(".bd-document")];
  const buttonOf = (id) => buttons().find((button) => button.dataset.document === String(id));

  function mark(id) {
    current = id;
    const all = buttons();
    const chosen = buttonOf(id);
    for (const button of all) {
      button.tabIndex = button === (chosen ?? all[0]) ? 0 : -1;
      if (button === chosen) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
    if (chosen) scrollIntoRows(chosen);
  }

  // Scrolls the list alone: scrollIntoView would move the whole page under the reader's eyes.
  function scrollIntoRows(button) {
    const [row, list] = [button.getBoundingClientRect(), parts.rows.getBoundingClientRect()];
    if (row.top < list.top) parts.rows.scrollTop -= list.top - row.top;
    else if (row.bottom > list.bottom) parts.rows.scrollTop += row.bottom - list.bottom;
  }

  // What is done in the open document changes its row at once; the list is fetched anew only when it may be another one.
  function showCount(unseen) {
    const row = rows.find((one) => String(one.id) === String(current));
    if (row?.counts) row.counts.unseen = unseen;
    const node = buttonOf(current)?.querySelector(".bd-ed-row-count");
    if (node) node.textContent = unseen ? `${unseen} unseen` : "";
  }

  function showProgress(progress, position) {
    const { done = 0, total = 0, today = 0 } = progress ?? {};
    parts.progress.max = Math.max(1, total);
    parts.progress.value = done;
    parts["progress-words"].textContent = `${grouped(done)} of ${grouped(total)} done · ${grouped(today)} today`;
    parts.position.textContent = position?.count ? `${grouped(position.index + 1)} of ${grouped(position.count)}` : "";
  }

  parts.search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(refresh, SEARCH_DELAY_MS);
  });
  for (const name of ["sort", "filter"]) parts[name].addEventListener("change", () => refresh());
  parts["more-rows"].addEventListener("click", () => refresh(true));
  parts.rows.addEventListener("keydown", (event) => {
    const button = event.target.closest(".bd-document");
    if (button && moveFocus(buttons(), button, event.key)) event.preventDefault();
  });

  return { refresh, mark, showCount, showProgress };
}

function reasonNode(reason) {
  return createNode("span", { class: "bd-ed-reason", text: reason });
}
