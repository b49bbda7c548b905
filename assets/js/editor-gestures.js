// Mouse and touch on the text enter; a mention that was pressed or a stretch that was marked leaves.
"use strict";

const TOUCH_SETTLES_MS = 350;

// `source()` gives { text, tokens }. `onPress(id or null)` is a click, `onMark({ from, to, isByTouch })` a stretch.
function watchGestures({ body, view, source, onPress, onMark, onDouble }) {
  let isDown = false;
  let isTouch = false;
  let timer = 0;

  body.addEventListener("pointerdown", (event) => {
    isTouch = event.pointerType === "touch";
    isDown = event.button === 0;
    const anchor = isTouch ? null : event.target.closest("[data-anchor]");
    if (!anchor) return;
    // Chromium selects nothing in a drag that begins on a focusable node inside another; a press focuses it later anyway.
    const { tabIndex } = anchor;
    anchor.removeAttribute("tabindex");
    document.addEventListener("mouseup", () => { anchor.tabIndex = tabIndex; }, { once: true, capture: true });
  });

  document.addEventListener("mouseup", (event) => {
    if (!isDown || isTouch) return;
    isDown = false;
    const stretch = selectedStretch();
    const pressed = event.target.closest?.("[data-span]");
    if (event.detail >= 2) {
      if (stretch) onDouble(stretch.from, pressed?.dataset.span ?? null, event.shiftKey ? stretch : null);
      return;
    }
    if (!stretch) {
      if (body.contains(event.target)) onPress(pressed?.dataset.span ?? null);
      return;
    }
    finish(stretch, event.shiftKey, false);
  });

  // A screen reader's "press" is a click without a pointer.
  body.addEventListener("click", (event) => {
    const pressed = event.target.closest("[data-anchor]");
    if (pressed && (isTouch || event.detail === 0) && !selectedStretch()) onPress(pressed.dataset.anchor);
  });

  document.addEventListener("selectionchange", () => {
    if (!isTouch) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      const stretch = selectedStretch();
      if (stretch) finish(stretch, false, true);
    }, TOUCH_SETTLES_MS);
  });

  function finish(stretch, isExact, isByTouch) {
    const { text, tokens } = source();
    const snapped = isExact ? stretch : snapToWords(text, tokens, stretch.from, stretch.to);
    if (snapped) onMark({ from: snapped.from, to: snapped.to, isByTouch });
  }

  function selectedStretch() {
    const selection = getSelection();
    if (!selection.rangeCount || selection.isCollapsed) return null;
    const range = selection.getRangeAt(0);
    if (!range.intersectsNode(body)) return null;
    const from = view.offsetAt(range.startContainer, range.startOffset);
    const to = view.offsetAt(range.endContainer, range.endOffset);
    return from < to ? { from, to } : null;
  }
}
