// Acts are drawn at once, sent in order under one key each until they are answered, and taken back where they are refused.
"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
Object.assign(globalThis, require("../../assets/js/offsets.js"), require("../../assets/js/editor-state.js"), require("../../assets/js/editor-outbox.js"));
const { createModel } = require("../../assets/js/editor-model.js");

const TEXT = "\u{1F48A} fever and mice";
const suggestion = {
  id: "1.0", start: 2, end: 7, label: "Disease", state: "unseen", score: 0.6, model: "m", author: null, suggested: null,
  others: [], note: "", isFlagged: false, identifiers: [],
};

function valueOf(revision, spans, review = 7) {
  return {
    review: { id: review, revision, author: "Ada", isComplete: false, canUndo: revision > 1, canRedo: false },
    document: { text: TEXT, note: "", isFlagged: false }, spans,
  };
}

// A server whose answers the test gives one by one: `answer(value or Error)` settles the call that waits longest.
function createBench() {
  const bench = { calls: [], messages: [], statuses: [], documents: [], pauses: [], renamed: [] };
  const settle = [];
  let keys = 0;
  bench.model = createModel({
    send: (name, payload) => {
      bench.calls.push([name, JSON.parse(JSON.stringify(payload))]);
      return new Promise((resolve, reject) => settle.push((one) => (one instanceof Error ? reject(one) : resolve(one))));
    },
    onDocument: (value) => bench.documents.push(value?.review.id ?? null),
    onChange: (renamed) => bench.renamed.push(...renamed),
    onMessage: (words) => bench.messages.push(words),
    onStatus: ({ kind }) => bench.statuses.push(kind),
    onAnswer: () => {},
    makeKey: () => `k${(keys += 1)}`,
    timers: { schedule: (resume) => bench.pauses.push(resume), cancel: () => {} },
  });
  const settled = async () => { for (let turn = 0; turn < 20; turn += 1) await null; };
  bench.answer = async (one) => {
    settle.shift()(one);
    await settled();
  };
  bench.wake = async () => {
    bench.pauses.shift()();
    await settled();
  };
  bench.start = async (spans = [suggestion]) => {
    await bench.model.receive(valueOf(1, spans));
    return bench;
  };
  bench.states = () => bench.model.view().spans.map((span) => [span.text, span.label, span.state]);
  return bench;
}

const start = (spans) => createBench().start(spans);
const accept = { action: "accept", span: "1.0" };
const addMice = { action: "add", start: 12, end: 16, text: "mice", label: "Species" };

test("an edit is drawn before the server has answered, and saved only after", async () => {
  const bench = await start();
  assert.equal(bench.model.edit([accept], "accept"), null);
  assert.deepEqual(bench.states(), [["fever", "Disease", "accepted"]]);
  assert.deepEqual(bench.statuses, ["saving"]);
  assert.deepEqual(bench.calls, [["save", { review: 7, seen: 1, key: "k1", author: "Ada", corrections: [accept], summary: "accept" }]]);
  await bench.answer({ value: valueOf(2, [{ ...suggestion, state: "accepted", author: "Ada" }]) });
  assert.deepEqual(bench.statuses, ["saving", "saved"]);
});

test("a lost connection is tried again with the same key and the same words", async () => {
  const bench = await start();
  bench.model.edit([accept], "accept");
  await bench.answer(new Error("offline"));
  assert.equal(bench.statuses.at(-1), "waiting");
  bench.model.edit([addMice], "add");
  await bench.wake();
  assert.deepEqual(bench.calls[1], bench.calls[0]);
  await bench.answer(undefined); // Gradio's client answers nothing where a request failed
  await bench.wake();
  assert.deepEqual(bench.calls[2], bench.calls[0]);
  assert.equal(bench.model.outbox.waiting.length, 2);
  await bench.answer({ value: valueOf(2, [{ ...suggestion, state: "accepted" }]) });
  assert.deepEqual([bench.calls[3][1].key, bench.calls[3][1].seen], ["k2", 2]);
});

test("a refused edit is taken back with the server's sentence; later ones stay", async () => {
  const bench = await start();
  bench.model.edit([accept], "accept");
  bench.model.edit([addMice], "add");
  await bench.answer({ error: "The disk is full.", value: valueOf(1, [suggestion]) });
  assert.deepEqual(bench.messages, ["The disk is full."]);
  assert.deepEqual(bench.states(), [["fever", "Disease", "unseen"], ["mice", "Species", "accepted"]]);
});

test("an edit of a mention that the server has not named yet goes out under the server's name", async () => {
  const bench = await start();
  bench.model.edit([addMice], "add");
  const added = bench.model.view().spans[1];
  bench.model.edit([{ action: "relabel", span: added.id, label: "Gene" }], "relabel");
  assert.deepEqual(bench.states()[1], ["mice", "Gene", "accepted"]);
  await bench.answer({ value: valueOf(2, [suggestion, { ...suggestion, id: "2.0", start: 12, end: 16, label: "Species", state: "accepted", model: null }]) });
  assert.deepEqual(bench.calls[1][1].corrections, [{ action: "relabel", span: "2.0", label: "Gene" }]);
  assert.deepEqual(bench.states()[1], ["mice", "Gene", "accepted"]);
  assert.deepEqual(bench.renamed, [[added.id, "2.0"]]);
});

test("an undo takes back what still waits, and a redo brings it again, before any answer", async () => {
  const bench = await start();
  bench.model.edit([accept], "accept");
  assert.equal(bench.model.canUndo(), true);
  bench.model.act("undo");
  assert.deepEqual(bench.states(), [["fever", "Disease", "unseen"]]);
  assert.equal(bench.model.canRedo(), true);
  bench.model.act("redo");
  assert.deepEqual(bench.states(), [["fever", "Disease", "accepted"]]);
});

test("an edit that cannot fit is refused at once, and nothing is sent", async () => {
  const bench = await start([{ ...suggestion, model: null, state: "accepted" }]);
  assert.match(bench.model.edit([{ action: "reset", span: "1.0" }], "reset"), /remove it instead/);
  assert.match(bench.model.edit([{ action: "accept", span: "9.9" }], "accept"), /not in the document any more/);
  assert.deepEqual(bench.calls, []);
});

test("completing waits for what came before, closes the document meanwhile, and opens the next", async () => {
  const bench = await start();
  bench.model.edit([accept], "accept");
  bench.model.act("complete");
  assert.match(bench.model.edit([addMice], "add"), /on its way/);
  assert.deepEqual(bench.calls.map(([name]) => name), ["save"]);
  await bench.answer({ value: valueOf(2, []) });
  assert.deepEqual(bench.calls.map(([name, payload]) => [name, payload.seen]), [["save", 1], ["complete", 2]]);
  await bench.answer({ value: valueOf(1, [], 8) });
  assert.deepEqual(bench.documents, [7, 8]);
  assert.equal(bench.model.edit([addMice], "add"), null);
});

test("an older state of the same review is no news, a newer one is drawn", async () => {
  const bench = await start();
  bench.model.edit([accept], "accept");
  await bench.answer({ value: valueOf(5, [{ ...suggestion, state: "accepted" }]) });
  await bench.model.receive(valueOf(4, []));
  assert.equal(bench.states().length, 1);
  await bench.model.receive(valueOf(6, []));
  assert.equal(bench.states().length, 0);
});

test("places are told in code points", async () => {
  const bench = await start();
  assert.deepEqual(bench.model.placeOf(3, 8), { start: 2, end: 7, text: "fever" });
});
