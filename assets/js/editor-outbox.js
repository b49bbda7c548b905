// Acts of a person enter, in order; each is sent until the server has answered it, under one key, and its answer leaves.
"use strict";

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 15_000;

// `send(name, payload)` resolves to an answer or rejects where there was no connection. `onAnswer(operation, answer)` is
// awaited by nobody and may push more. `onStatus({ kind, reason, seconds })`: kind is "saved", "saving" or "waiting".
// `schedule` and `cancel` are setTimeout and clearTimeout, or a test's own.
function createOutbox({ send, onAnswer, onStatus, makeKey, schedule = setTimeout, cancel = clearTimeout }) {
  const waiting = [];
  const whenIdle = [];
  let isRunning = false;
  let wake = null;

  // `operation` has a `name` and `payload(entry)`, made at the moment of sending: earlier answers may have changed it.
  function push(operation) {
    const entry = { ...operation, key: makeKey() };
    waiting.push(entry);
    if (!isRunning) run();
    return entry;
  }

  async function run() {
    isRunning = true;
    while (waiting.length) {
      const operation = waiting[0];
      onStatus({ kind: "saving" });
      const answer = await deliver(operation);
      waiting.shift();
      onAnswer(operation, answer);
    }
    isRunning = false;
    onStatus({ kind: "saved" });
    for (const resume of whenIdle.splice(0)) resume();
  }

  async function deliver(operation) {
    // The payload of a retry is the first one's: the server may have done what it could not answer.
    const payload = operation.payload(operation);
    for (let delay = FIRST_RETRY_MS; ; delay = Math.min(LAST_RETRY_MS, delay * 2)) {
      try {
        const answer = await send(operation.name, payload);
        if (answer !== null && typeof answer === "object") return answer;
        throw new Error("the server sent no answer");
      } catch (error) {
        onStatus({ kind: "waiting", reason: error.message, seconds: delay / 1000 });
        await pause(delay);
        onStatus({ kind: "saving" });
      }
    }
  }

  function pause(delay) {
    return new Promise((resolve) => {
      const timer = schedule(done, delay);
      function done() {
        cancel(timer);
        wake = null;
        resolve();
      }
      wake = done;
    });
  }

  return {
    push,
    waiting,
    retryNow: () => wake?.(),
    whenIdle: () => (isRunning ? new Promise((resolve) => { whenIdle.push(resolve); }) : Promise.resolve()),
  };
}

// A name for an act that no other act has; crypto.randomUUID exists only on pages served over https or from localhost.
function makeUniqueKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

if (typeof module !== "undefined") module.exports = { createOutbox, makeUniqueKey };
