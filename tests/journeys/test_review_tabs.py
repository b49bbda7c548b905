"""A browser enters; whether two tabs can work on one document, and whether any text stays text, on the real page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from test_editor import MARKS, TEXT, focus, press, saved, spans

SERVER = "tests/journeys/serve_word_list.py"
ABSTRACT = (
    "A 💊 trial of penicillin and aspirin\n"
    "Aspirin caused headache and an anaphylactic reaction in carriers of BRCA1. Penicillin was given with α-tocopherol "
    "against E. coli; tinnitus and rash followed."
)


# Gradio logs its own event stream's end as an error when a page is left.
LEAVING = ("AbortError", "Connection errored out")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def start(serve: Callable[..., str], home: Path) -> Callable[[], str]:
    """Each call starts a further process on the same data folder."""
    return lambda: serve(SERVER, "ready", BIOBERT_DEMO_HOME=str(home))


def review_these(page: Any, *texts: str) -> None:
    """Paste texts on the first tab, highlight them and take them to the second."""
    page.locator("#bd-input textarea").fill("\n\n".join(texts))
    page.locator("#bd-highlight").click()
    page.locator("#bd-run-status", has_text="Found").wait_for()
    page.get_by_role("button", name="Review these").click()
    page.locator(MARKS).first.wait_for()


def open_document(page: Any, address: str, number: int) -> None:
    page.goto(f"{address}?doc={number}")
    page.locator(MARKS).first.wait_for()


def test_two_tabs_overwrite_nothing_silently(open_page: Callable[..., Any], start: Callable[[], str]) -> None:
    address = start()
    first = open_page(address)
    review_these(first, ABSTRACT)
    second = open_page(address, tolerated=LEAVING)
    open_document(second, address, 1)
    focus(first, "headache")
    press(first, "x")
    saved(first)
    focus(second, "headache")
    press(second, "4")
    second.get_by_role("alert").filter(has_text="changed the same place").wait_for()
    assert ("headache", "Disease", "rejected") in spans(second), "the fresh state is shown"
    focus(first, "aspirin")
    press(first, "a")
    saved(first)
    focus(second, "E. coli")
    press(second, "a")
    second.get_by_role("alert").filter(has_text="both changes are kept").wait_for()
    assert {("aspirin", "Chemical", "accepted"), ("E. coli", "Species", "accepted")} <= set(spans(second))


def test_texts_stay_inert_and_whole(open_page: Callable[..., Any], start: Callable[[], str]) -> None:
    hostile = "<img src=x onerror=alert(1)> ${alert(2)} {{alert(3)}} `penicillin` </script><b>headache</b> \u202eabc"
    page = open_page(start())
    review_these(page, hostile)
    assert page.locator(TEXT).evaluate("node => node.textContent") == hostile
    assert page.locator(f"{TEXT} img, {TEXT} b").count() == 0
