"""A command enters; a running page in its own process, and a browser that watches its requests, leave."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# A limit for machines that are busy with other work; every wait ends as soon as what it waits for is there.
TIMEOUT_MS = 120_000


def find_chromium() -> str | None:
    """The browser named by BIOBERT_DEMO_CHROMIUM, else one on this machine."""
    named = os.environ.get("BIOBERT_DEMO_CHROMIUM")
    names = ("chromium", "chromium-browser", "google-chrome")
    return named or next((path for name in names if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A headless Chromium. Without one the journeys are skipped, but fail where CI is set: there they must run."""
    executable = find_chromium()
    try:
        from playwright import sync_api
    except ImportError:
        executable = None
    if executable is None:
        message = "browser journeys need Chromium (or BIOBERT_DEMO_CHROMIUM, its path) and the package playwright"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(f"not run: {message}")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """`serve(script, *arguments, **environment)` starts a page on a free port and returns its address.

    `serve.kill(address)` ends it as a power cut would.
    """
    processes: list[subprocess.Popen[str]] = []
    by_address: dict[str, subprocess.Popen[str]] = {}

    def start(script: str, *arguments: str, **environment: str) -> str:
        home = tmp_path_factory.mktemp("home")
        log = (home / "stderr.txt").open("w", encoding="utf-8")
        process = subprocess.Popen(
            [sys.executable, str(ROOT / script), "--port", "0", *arguments],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            cwd=home,
            env={**os.environ, "BIOBERT_DEMO_HOME": str(home), "GRADIO_TEMP_DIR": str(home / "uploads"), **environment},
        )
        processes.append(process)
        assert process.stdout is not None
        for line in process.stdout:
            if match := re.search(r"http://\S+", line):
                by_address[match[0]] = process
                return match[0]
        raise AssertionError(f"{script} ended: {Path(log.name).read_text(encoding='utf-8')}")

    def kill(address: str) -> None:
        by_address[address].kill()
        by_address[address].wait(timeout=30)

    start.kill = kill  # type: ignore[attr-defined]
    yield start
    for process in processes:
        process.terminate()
        process.wait(timeout=30)


@pytest.fixture(scope="session")
def address(serve: Callable[..., str]) -> str:
    """A page whose model is a list of words, ready."""
    return serve("tests/journeys/serve_word_list.py", "ready")


@pytest.fixture
def open_page(chromium: Any) -> Iterator[Callable[..., Any]]:
    """`open_page(address, **context)` opens a tab; afterwards it must have asked no other host and logged no error.

    `ready` is what to wait for; log entries that hold one of `tolerated` are no errors.
    """
    contexts: list[Any] = []
    faults: list[str] = []

    def open_it(
        address: str, *, ready: str = "#bd-input textarea", tolerated: Sequence[str] = (), **options: Any
    ) -> Any:
        context = chromium.new_context(accept_downloads=True, **{"viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        context.set_default_timeout(TIMEOUT_MS)
        page = context.new_page()
        page.requests = []

        def note_request(request: Any) -> None:
            page.requests.append(request.url)
            if not request.url.startswith((address.partition("?")[0], "data:", "blob:")):
                faults.append(f"asked another host: {request.url}")

        def note_error(message: Any) -> None:
            if not any(words in message.text for words in tolerated):
                faults.append(message.text)

        page.on("request", note_request)
        page.on("pageerror", lambda error: faults.append(f"script error: {error}"))
        page.on("console", lambda message: note_error(message) if message.type == "error" else None)
        page.on("dialog", lambda dialog: faults.append(f"dialog: {dialog.message}"))
        page.goto(address)
        page.locator(ready).first.wait_for()
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert not faults
