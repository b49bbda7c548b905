// Rows of scores enter; a table that a screen reader can read, grouped by set, leaves.
"use strict";

// `columns`: [{ name, of(row) -> node or text, isNumber }]; the set and the label stand first, once for each set.
function drawScores(table, rows, labels, columns, caption) {
  const head = createNode("tr", {}, createNode("th", { scope: "col", text: "Texts" }), createNode("th", { scope: "col", text: "Label" }),
    ...columns.map((column) => createNode("th", { scope: "col", class: column.isNumber ? "is-number" : null, text: column.name })));
  const bodies = [...Map.groupBy(rows, (row) => row.set)].map(([name, group]) => createNode("tbody", {}, ...group.map((row, index) => createNode("tr", {
    class: row.label ? null : "is-all",
  },
  index ? null : createNode("th", { scope: "rowgroup", rowspan: group.length, text: setName(name) }),
  createNode("td", {}, row.label ? labelChip(labels, row.label) : createNode("span", { text: "all" })),
  ...columns.map((column) => {
    const cell = createNode("td", { class: column.isNumber ? "is-number" : null });
    cell.append(column.of(row));
    return cell;
  })))));
  table.replaceChildren(createNode("caption", { class: "bd-sr", text: caption }), createNode("thead", {}, head), ...bodies);
}

const SET_NAMES = { corrections: "your corrections, set aside", "cross-fitted": "your corrections, cross-fitted" };

function setName(name) {
  return SET_NAMES[name] ?? name;
}

function changeNode(before, after) {
  if (before === null || before === undefined || after === null || after === undefined) return createNode("span", { text: "" });
  const change = after - before;
  const kind = Math.abs(change) < 0.05 ? "same" : change > 0 ? "up" : "down";
  return createNode("span", { class: `bd-learn-change is-${kind}`, text: signed(change) });
}
