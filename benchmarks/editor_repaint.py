"""A text with many mentions enters; how long an edit takes until it is painted, here and in Gradio's own editor, leaves.

    python benchmarks/editor_repaint.py [--spans 300] [--characters 20000] [--edits 15]

A browser (Chromium, found as the journeys find it) shows the span editor, then `gr.HighlightedText(interactive=True)` with
the same mentions. Measured from the event that edits to the first frame that shows a change ("painted"), and to the last
one ("settled", which in the span editor is after the server has saved), and as processor time of the page's main thread,
which a busy machine does not stretch. Gradio's editor is asked for the edit that it does with one click: taking a mention
away. The two take turns, so that a load on the machine meets both.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
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

_PEER_NAME = "gr.HighlightedText, remove"
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
    source = _PEER.format(
        root=str(ROOT), journeys=str(ROOT / "tests" / "journeys"), characters=options.characters, spans=options.spans
    )
    size = [str(options.characters), str(options.spans)]
    ours = running([str(ROOT / "tests/journeys/serve_editor.py"), "--port", "0", "long", "--size", *size])
    with sync_playwright() as playwright, ours as our_address, running(["-c", source]) as peer_address:
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
        times = measure(browser, our_address, peer_address, options.edits)
        browser.close()
    print(f"{options.spans} mentions in {options.characters:,} characters, {options.edits} edits each; milliseconds")
    for what, values in times.items():
        report(what, values)
    for index, name in ((0, "until painted"), (2, "of processor time")):
        every = [one[index] for what, values in times.items() if what != _PEER_NAME for one in values]
        ratio = statistics.median(one[index] for one in times[_PEER_NAME]) / statistics.median(every)
        print(f"Gradio's median {name} is {ratio:.1f} times the span editor's.")


def measure(browser: Any, our_address: str, peer_address: str, edits: int) -> dict[str, list[list[float]]]:
    """[painted, settled, processor time] of each edit, by what was done; spread over the text."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(our_address)
    page.locator(f"{_OURS} .bd-ed-mark").first.wait_for(timeout=120_000)
    count = page.locator(f"{_OURS} [data-anchor]").count()
    peer = browser.new_page(viewport={"width": 1440, "height": 900})
    peer.goto(peer_address)
    peer.locator("#peer .remove-btn").first.wait_for(timeout=120_000, state="attached")
    clocks = {one: start_clock(one) for one in (page, peer)}
    keys = {"another label": "'2'", "reject": "'x'", "move the end": "'ArrowRight', shiftKey: true"}
    times: dict[str, list[list[float]]] = {}

    def edit(one: Any, what: str, root: str, act: str) -> None:
        one.wait_for_timeout(200)  # the frames of what came before are not this edit's
        before = clocks[one]()
        painted, settled = one.evaluate(_MEASURE, [root, act])
        times.setdefault(what, []).append([painted, settled, clocks[one]() - before])

    for number in range(edits):
        page.bring_to_front()
        for turn, (what, key) in enumerate(keys.items()):
            index = (number * len(keys) + turn) * (count - 1) // (edits * len(keys))
            page.evaluate(f"{_OUR_MARK.replace('NUMBER', str(index))}.focus()")
            edit(page, f"span editor, {what}", "#bd-editor [data-part='body']", _PRESS.replace("'KEY'", key))
        peer.bring_to_front()
        edit(peer, _PEER_NAME, "#peer", "document.querySelectorAll('#peer .remove-btn')[3].click()")
    return times


def start_clock(page: Any) -> Callable[[], float]:
    """Milliseconds that the page's main thread has spent in tasks."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def read() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return float(next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration")) * 1000

    return read


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
    """One line: median and 95th percentile of each of the three."""
    words = []
    for name, values in zip(("painted", "settled", "processor"), zip(*times, strict=True), strict=True):
        ordered = sorted(values)
        p95 = ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]
        words.append(f"{name}: median {statistics.median(values):5.0f}, p95 {p95:5.0f}")
    print(f"  {what:<28} {';  '.join(words)}")


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spans", type=int, default=300)
    parser.add_argument("--characters", type=int, default=20_000)
    parser.add_argument("--edits", type=int, default=15)
    return parser.parse_args()


if __name__ == "__main__":
    main()
