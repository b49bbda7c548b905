"""A text with many mentions enters; how long an edit takes until it is painted, here and in Gradio's own editor, leaves.

    python benchmarks/editor_repaint.py [--spans 300] [--characters 20000] [--edits 40]

A browser (Chromium, found as the journeys find it) shows the span editor, then `gr.HighlightedText(interactive=True)` with
the same mentions. Measured from the event that edits to the first frame that shows a change ("painted"), and to the last
one ("settled", which in the span editor is after the server has saved). Gradio's editor is asked for the edit that it does
with one click: taking a mention away.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "journeys")]

# Resolves, after `act`, to the milliseconds until the first and the last change of `root` were painted; a page that is
# still for 200 ms has settled.
_MEASURE = """
([root, act]) => new Promise((resolve, reject) => {
    let first = null;
    let last = null;
    const painted = () => requestAnimationFrame(() => {
        const channel = new MessageChannel();
        channel.port1.onmessage = () => { last = performance.now(); first ??= last; };
        channel.port2.postMessage(0);
    });
    const observer = new MutationObserver(painted);
    const everything = { subtree: true, childList: true, characterData: true, attributes: true };
    observer.observe(document.querySelector(root), everything);
    const began = performance.now();
    eval(act);
    const wait = () => {
        const now = performance.now();
        if (last !== null && now - last > 200) { observer.disconnect(); resolve([first - began, last - began]); }
        else if (now - began > 30000) { observer.disconnect(); reject(new Error("nothing changed")); }
        else setTimeout(wait, 10);
    };
    setTimeout(wait, 10);
})
"""
_OURS = "[data-part='body']"
_OUR_MARK = f'document.querySelectorAll("{_OURS} [data-anchor]")[NUMBER]'
_PRESS = (
    "document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: 'KEY', bubbles: true, cancelable: true}))"
)

_PEER = """
import sys
sys.path[:0] = [{root!r}, {journeys!r}]
sys.argv = ["peer"]
import gradio as gr
from serve_editor import long_text
(document,) = long_text({characters}, {spans})
entities = [{{"start": a.start, "end": a.end, "entity": a.label}} for a in document.annotations]
with gr.Blocks(analytics_enabled=False) as page:
    gr.HighlightedText({{"text": document.text, "entities": entities}}, interactive=True, elem_id="peer")
page.launch(server_name="127.0.0.1", quiet=True, prevent_thread_lock=True, share=False, ssr_mode=False)
print(page.local_url, flush=True)
import threading
threading.Event().wait()
"""


def main() -> None:
    options = read_options()
    from conftest import CHROMIUM_FLAGS, find_chromium
    from playwright.sync_api import sync_playwright

    executable = find_chromium()
    if executable is None:
        raise SystemExit("No Chromium was found; name one in BIOBERT_DEMO_CHROMIUM.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
        size = [str(options.characters), str(options.spans)]
        with running([str(ROOT / "tests/journeys/serve_editor.py"), "--port", "0", "long", "--size", *size]) as address:
            ours = measure_ours(browser, address, options.edits)
        source = _PEER.format(
            root=str(ROOT),
            journeys=str(ROOT / "tests" / "journeys"),
            characters=options.characters,
            spans=options.spans,
        )
        with running(["-c", source]) as address:
            theirs = measure_peer(browser, address, max(4, options.edits // 4))
        browser.close()
    print(f"{options.spans} mentions in {options.characters:,} characters; milliseconds from the edit")
    for what, times in ours.items():
        report(f"span editor, {what}", times)
    report("gr.HighlightedText, remove", theirs)
    every = [first for times in ours.values() for first, _ in times]
    ratio = statistics.median(first for first, _ in theirs) / statistics.median(every)
    print(f"Gradio's median until painted is {ratio:.1f} times the span editor's.")


def measure_ours(browser: Any, address: str, edits: int) -> dict[str, list[list[float]]]:
    """Milliseconds of relabelling, rejecting and of adding a mention, spread over the text."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(address)
    page.locator(f"{_OURS} .bd-ed-mark").first.wait_for(timeout=60_000)
    count = page.locator(f"{_OURS} [data-anchor]").count()
    times: dict[str, list[list[float]]] = {}
    for what, key in (("another label", "2"), ("reject", "x"), ("move the end by a word", "Shift")):
        times[what] = []
        for number in range(edits):
            page.evaluate(f"{_OUR_MARK.replace('NUMBER', str(number * (count - 1) // edits))}.focus()")
            page.wait_for_timeout(150)  # the frame of the focus is not the edit's
            press = (
                _PRESS.replace("'KEY'", "'ArrowRight', shiftKey: true")
                if key == "Shift"
                else _PRESS.replace("KEY", key)
            )
            times[what].append(page.evaluate(_MEASURE, ["#bd-editor [data-part='body']", press]))
    page.close()
    return times


def measure_peer(browser: Any, address: str, edits: int) -> list[list[float]]:
    """Milliseconds of taking a mention away with its "x", the edit that Gradio's component does with one click."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(address)
    page.locator("#peer .remove-btn").first.wait_for(timeout=120_000, state="attached")
    times = []
    for _ in range(edits):
        click = "document.querySelectorAll('#peer .remove-btn')[3].click()"
        times.append(page.evaluate(_MEASURE, ["#peer", click]))
    page.close()
    return times


@contextmanager
def running(arguments: list[str]) -> Iterator[str]:
    """The address of a page that a Python process serves meanwhile."""
    with tempfile.TemporaryDirectory() as home:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            stdout=subprocess.PIPE,
            text=True,
            cwd=home,
            env={**os.environ, "GRADIO_ANALYTICS_ENABLED": "False", "GRADIO_TEMP_DIR": home},
        )
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if match := re.search(r"http://\S+", line):
                    yield match[0]
                    return
            raise SystemExit("The page did not start; see what it wrote above.")
        finally:
            process.terminate()
            process.wait(timeout=30)


def report(what: str, times: list[list[float]]) -> None:
    """One line: median and 95th percentile until painted and until settled."""
    words = []
    for name, values in zip(("painted", "settled"), zip(*times, strict=True), strict=True):
        ordered = sorted(values)
        p95 = ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]
        words.append(f"{name}: median {statistics.median(values):5.0f}, p95 {p95:5.0f}")
    print(f"  {what:<36} {';  '.join(words)}  (n {len(times)})")


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spans", type=int, default=300)
    parser.add_argument("--characters", type=int, default=20_000)
    parser.add_argument("--edits", type=int, default=40)
    return parser.parse_args()


if __name__ == "__main__":
    main()
