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
import statistics
from collections.abc import Callable
from typing import Any

from pages import ROOT, highlighted_text, open_browser, running

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


def main() -> None:
    options = read_options()
    size = [str(options.characters), str(options.spans)]
    document = f"long_text({options.characters}, {options.spans})[0]"
    ours = running([str(ROOT / "tests/journeys/serve_editor.py"), "--port", "0", "long", "--size", *size])
    peer = running(highlighted_text("from serve_editor import long_text", document))
    with open_browser() as browser, ours as our_address, peer as peer_address:
        times = measure(browser, our_address, peer_address, options.edits)
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
