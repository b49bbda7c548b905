// Keys enter; a text cursor that moves by words and a selection made with it leave, for people without a mouse.
"use strict";

// `view` is a text view, `source()` gives { text, tokens }, `mark` the node drawn where the cursor stands.
function createCaret({ view, body, mark, source, onMove }) {
  let anchor = 0;
  let head = 0;
  let isOn = false;

  function enter(at) {
    isOn = true;
    body.classList.add("has-caret");
    anchor = head = at;
    show();
  }

  function leave() {
    if (!isOn) return;
    isOn = false;
    body.classList.remove("has-caret");
    mark.hidden = true;
    getSelection().removeAllRanges();
  }

  // The selection; where nothing is selected, the word at the cursor.
  function chosen() {
    const { text, tokens } = source();
    if (anchor !== head) return { from: Math.min(anchor, head), to: Math.max(anchor, head) };
    return nameAround(text, tokens, head);
  }

  // True where the key was the cursor's.
  function press(event) {
    const goal = goalOf(event);
    if (goal === undefined) return false;
    if (goal !== null) {
      head = goal;
      if (!event.shiftKey) anchor = head;
      show();
    }
    return true;
  }

  function goalOf(event) {
    const { text, tokens } = source();
    const byCharacter = event.ctrlKey || event.metaKey || event.altKey;
    const direction = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (direction && byCharacter) return moveCharacter(text, head, direction);
    if (direction) {
      // Extending forward ends behind a word, everything else stands before one.
      const edge = event.shiftKey && (direction > 0 ? head >= anchor : head > anchor) ? "end" : "start";
      return moveEdge(text, tokens, head, edge, direction) ?? (direction > 0 && event.shiftKey ? text.length : null);
    }
    if (event.key === "ArrowUp" || event.key === "ArrowDown") return lineBeside(event.key === "ArrowUp" ? -1 : 1);
    if (event.key === "Home") return tokens.length ? tokens[0].from : 0;
    if (event.key === "End") return tokens.length ? tokens[tokens.length - 1].from : 0;
    return undefined;
  }

  function lineBeside(direction) {
    const box = rectAt(head);
    if (!box) return null;
    const [x, y] = [box.left + 1, box.top + box.height / 2 + direction * lineHeight()];
    const point = document.caretPositionFromPoint?.(x, y);
    const range = point ? null : document.caretRangeFromPoint?.(x, y);
    const node = point?.offsetNode ?? range?.startContainer;
    if (!node || !body.contains(node)) return null;
    const at = view.offsetAt(node, point?.offset ?? range.startOffset);
    const { tokens } = source();
    const token = tokens.find(({ to }) => to > at);
    return token ? token.from : at;
  }

  const lineHeight = () => parseFloat(getComputedStyle(body).lineHeight) || 32;

  function rectAt(unit) {
    const { text } = source();
    const range = view.rangeOf(unit, Math.min(text.length, unit + 1));
    return range?.getClientRects()[0] ?? range?.getBoundingClientRect();
  }

  function show() {
    const [start, end] = [view.pointAt(anchor), view.pointAt(head)];
    if (!start || !end) return;
    getSelection().setBaseAndExtent(...start, ...end);
    place();
    onMove({ anchor, head });
  }

  function place() {
    const { text } = source();
    const isAtEnd = head === text.length || (head > anchor && head > 0);
    const box = rectAt(isAtEnd ? head - 1 : head);
    if (!box) return;
    const frame = mark.parentElement.getBoundingClientRect();
    mark.hidden = false;
    mark.style.left = `${(isAtEnd ? box.right : box.left) - frame.left - 1}px`;
    mark.style.top = `${box.top - frame.top}px`;
    mark.style.height = `${box.height}px`;
    if (box.top < 60 || box.bottom > innerHeight - 90) mark.scrollIntoView({ block: "center" });
  }

  return { enter, leave, press, chosen, isOn: () => isOn };
}
