// Documents with spans enter; which mentions are shown, how often each name occurs and how sure the model is leave.
"use strict";

// A score as people read it. No prediction is certain, whatever rounding has made of it: 0.997 and 1 are ">99 %".
function percent(score) {
  if (score === undefined || score === null) return "";
  if (score >= 0.995) return ">99 %";
  return `${Math.round(score * 100)} %`;
}

// Compares what is displayed: with the slider at 50, a mention that reads "50 %" stays. Without a score, always.
function isShown(span, threshold, hiddenLabels) {
  if (hiddenLabels.has(span.label)) return false;
  return span.score === undefined || span.score === null || Math.round(span.score * 100) >= threshold;
}

function countByLabel(spans) {
  const counts = new Map();
  for (const span of spans) counts.set(span.label, (counts.get(span.label) ?? 0) + 1);
  return counts;
}

// The same name in the same class is one row, ignoring case and line breaks inside it.
function nameOf(surface) {
  return surface.replace(/\s+/g, " ").toLowerCase();
}

// Rows { key, label, surface, count, texts, score, places: [{ document, start }] }, most frequent first.
// `texts` is the number of documents a name occurs in; `score` the mean; `surface` the commonest spelling.
function groupMentions(entries) {
  const rows = new Map();
  for (const { documentIndex, span, surface } of entries) {
    const name = nameOf(surface);
    const key = `${span.label}\u0000${name}`;
    let row = rows.get(key);
    if (!row) {
      row = { key, name, label: span.label, count: 0, total: 0, scored: 0, spellings: new Map(), places: [] };
      rows.set(key, row);
    }
    row.count += 1;
    if (span.score !== undefined && span.score !== null) {
      row.total += span.score;
      row.scored += 1;
    }
    const spelling = surface.replace(/\s+/g, " ");
    row.spellings.set(spelling, (row.spellings.get(spelling) ?? 0) + 1);
    row.places.push({ document: documentIndex, start: span.start });
  }
  return [...rows.values()]
    .map(({ total, scored, spellings, ...row }) => ({
      ...row,
      surface: [...spellings].sort((a, b) => b[1] - a[1])[0][0],
      texts: new Set(row.places.map((place) => place.document)).size,
      score: scored ? total / scored : null,
    }))
    .sort((a, b) => b.count - a.count || a.name.localeCompare(b.name));
}

// How many spans fall into each of `bins` equal steps of score; the last one includes 1.
function scoreHistogram(spans, bins) {
  const counts = new Array(bins).fill(0);
  for (const { score } of spans) {
    if (score === undefined || score === null) continue;
    counts[Math.max(0, Math.min(bins - 1, Math.floor(score * bins)))] += 1;
  }
  return counts;
}

const STANDARD_STYLES = new Set(["Disease", "Chemical", "Gene", "Species"]);
const OTHER_STYLES = 28; // of reader.css: seven colours, each with four kinds of line

// Labels with the style of reader.css that each is drawn in; those beyond the four standard ones are numbered in their order.
function styleLabels(labels) {
  let others = 0;
  return labels.map((label) => ({
    ...label, style: STANDARD_STYLES.has(label.name) ? label.name : `other-${others++ % OTHER_STYLES}`,
  }));
}

if (typeof module !== "undefined") {
  module.exports = { percent, isShown, countByLabel, groupMentions, scoreHistogram, styleLabels };
}
