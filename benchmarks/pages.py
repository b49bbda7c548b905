"""Python code enters; a page that it serves, Gradio's own editor with a document, and a browser to open them leave."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PATH = [str(ROOT), str(ROOT / "tests" / "journeys"), str(ROOT / "benchmarks")]
"""Where what benchmarks share with the journeys is imported from."""
sys.path[:0] = PATH

_PEER = """
import sys, threading
sys.path[:0] = {path!r}
sys.argv = ["peer"]
import gradio as gr
{imports}
document = {document}
entities = [{{"start": a.start, "end": a.end, "entity": a.label}} for a in document.annotations]
with gr.Blocks(analytics_enabled=False) as page:
    gr.HighlightedText({{"text": document.text, "entities": entities}}, interactive=True, elem_id="peer")
page.launch(server_name="127.0.0.1", quiet=True, prevent_thread_lock=True, share=False, ssr_mode=False)
print(page.local_url, flush=True)
threading.Event().wait()
"""


@contextmanager
def open_browser(executable: str | None = None) -> Iterator[Any]:
    """A headless Chromium: the one named, else the one that the journeys find."""
    from conftest import CHROMIUM_FLAGS, find_chromium
    from playwright.sync_api import sync_playwright

    executable = executable or find_chromium()
    if executable is None:
        raise SystemExit("No Chromium was found; name one in BIOBERT_DEMO_CHROMIUM.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


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


def highlighted_text(imports: str, document: str) -> list[str]:
    """Python's arguments for a page with gr.HighlightedText(interactive=True); `document` is an expression."""
    return ["-c", _PEER.format(path=PATH, imports=imports, document=document)]
