// Numbers enter; words for people leave.
"use strict";

function grouped(number) {
  return number.toLocaleString("en-GB");
}

function plural(count, noun) {
  return `${grouped(count)} ${noun}${count === 1 ? "" : "s"}`;
}

function formatSeconds(seconds) {
  return seconds < 1 ? `${Math.max(1, Math.round(seconds * 1000))} ms` : `${seconds.toFixed(1)} s`;
}

if (typeof module !== "undefined") module.exports = { grouped, plural, formatSeconds };
