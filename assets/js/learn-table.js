// Rows of scores enter; a table that a screen reader can read, grouped by set, leaves.
"use strict";

// `columns`: [{ name, of(row) -> node or text, isNumber }]; the set and the label stand first, once for each set.
function drawScores(table, rows, labels, columns, caption) {
  const head = createNode("tr", {}, createNode("th", { scope: "col", text: "Label" }),
    ...columns.map((column) => createNode("th", { scope: "col", class: column.isNumber ? "is-number" : null, text: column.name })));
  const bySet = new Map();
  for (const row of rows) bySet.set(row.set, [...(bySet.get(row.set) ?? []), row]);
  const bodies = [...bySet].map(([name, group]) => createNode("tbody", {}, createNode("tr", {},
    createNode("th", { scope: "rowgroup", colspan: columns.length + 1, text: setName(name) })), ...group.map((row) => createNode("tr", {
    class: row.label ? null : "is-all",
  },
  createNode("td", {}, row.label ? labelChip(labels, row.label) : createNode("span", { text: row.kind === "sentences" ? "right, in percent" : "all labels" })),
  ...columns.map((column) => {
    const cell = createNode("td", { class: column.isNumber ? "is-number" : null });
    cell.append(column.of(row));
    return cell;
  })))));
  table.replaceChildren(createNode("caption", { class: "bd-sr", text: caption }), createNode("thead", {}, head), ...bodies);
}

function setName(name) {
  return name === "corrections" ? "Your corrections, those not learned from" : name.replace(/^corrections, /, "Your corrections, ");
}

// Coloured only where it is more than luck: where the interval is known, that says so; else half a point does.
function changeNode(before, after, low = null, high = null) {
  if (before === null || before === undefined || after === null || after === undefined) return createNode("span", { text: "" });
  const change = after - before;
  const isLuck = low === null || high === null ? Math.abs(change) < 0.5 : low <= 0 && high >= 0;
  const kind = isLuck ? "same" : change > 0 ? "up" : "down";
  return createNode("span", { class: `bd-learn-change is-${kind}`, text: signed(change) });
}
