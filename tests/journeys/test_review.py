"""A browser enters; whether what a person corrects on the real page is kept, found again, undone and exported."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from test_editor import MARKS, TEXT, double_click, drag, focus, focused_name, living, press, saved, spans

from biobert_demo.formats import read_documents
from biobert_demo.store import Store

SERVER = "tests/journeys/serve_word_list.py"
ABSTRACT = (
    "A 💊 trial of penicillin and aspirin\n"
    "Aspirin caused headache and an anaphylactic reaction in carriers of BRCA1. Penicillin was given with α-tocopherol "
    "against E. coli; tinnitus and rash followed."
)
SECOND = "An allergy to penicillin was seen in two carriers of BRCA1, and headache in none."


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


def test_an_abstract_is_corrected_with_the_mouse_and_is_kept(
    open_page: Callable[..., Any], start: Callable[[], str], home: Path
) -> None:
    address = start()
    page = open_page(address, viewport={"width": 1440, "height": 1000}, tolerated=LEAVING)
    review_these(page, ABSTRACT, SECOND)
    assert page.locator(TEXT).evaluate("node => node.textContent") == ABSTRACT
    double_click(page, "tinnitus")
    drag(page, "rash")
    page.locator(MARKS, has_text="headache").click()
    page.get_by_role("button", name="Accept", exact=True).click()
    page.locator(MARKS, has_text="BRCA1").click()
    page.get_by_role("button", name="Reject").click()
    page.locator(MARKS, has_text="E. coli").click()
    page.locator("[data-part='mention-labels']").get_by_role("button", name="Disease").click()
    saved(page)
    corrected = spans(page)
    assert living(page) == {"tinnitus": "Disease", "rash": "Disease", "headache": "Disease", "E. coli": "Disease"}
    open_document(page, address, 1)
    assert spans(page) == corrected

    elsewhere = start()
    other = open_page(elsewhere, viewport={"width": 1440, "height": 1000}, tolerated=LEAVING)
    open_document(other, elsewhere, 1)
    assert spans(other) == corrected, "another process reads what this one saved"
    other.locator("[data-part='undo']").click()
    saved(other)
    assert living(other) == {"tinnitus": "Disease", "rash": "Disease", "headache": "Disease"}, "undo after a restart"
    other.locator("[data-part='redo']").click()
    saved(other)
    other.get_by_role("button", name="Complete").click()
    other.locator(TEXT, has_text="An allergy to penicillin was seen").wait_for()
    with Store.open(home, backups=False) as store:
        assert store.check() == []
        assert store.reviews.find(1, "me").revision.is_complete

    other.get_by_role("button", name="Export").first.click()
    other.locator("#bd-export-button").click()
    with other.expect_download() as download:
        other.locator("#bd-export-file a").first.click()
    path = home / "exported.jsonl"
    download.value.save_as(path)
    (document,) = read_documents(path, lambda problem: pytest.fail(str(problem)))
    assert document.text == ABSTRACT
    wanted = {(text, label) for text, label, state in corrected if state in ("accepted", "unseen")}
    assert {(a.text, a.label) for a in document.annotations} == wanted
    assert {a.author for a in document.annotations} == {"me"}


def test_an_abstract_is_corrected_with_the_keyboard_alone_and_the_next_one_opens(
    open_page: Callable[..., Any], start: Callable[[], str], home: Path
) -> None:
    page = open_page(start(), viewport={"width": 1440, "height": 1000})
    page.locator("#bd-input textarea").focus()
    page.keyboard.insert_text(f"{ABSTRACT}\n\n{SECOND}")
    press(page, "Shift+Enter")
    page.locator("#bd-run-status", has_text="Found").wait_for()
    tab_to(page, "Review these")
    press(page, "Enter")
    page.locator(MARKS).first.wait_for()
    tab_to(page, "penicillin, Drug / chemical")
    press(page, "a")
    wait_for_focus(page, "aspirin")
    for key, following in (
        ("a", "Aspirin"), ("a", "headache"), ("x", "anaphylactic reaction"), ("a", "BRCA1"), (" ", "Penicillin"),
        ("4", "Penicillin, Species"), ("u", "Penicillin, Drug"), ("a", "α-tocopherol"), ("a", "E. coli"),
    ):  # fmt: skip
        press(page, key)
        wait_for_focus(page, following)
    # The text cursor: two words on, past the semicolon, one word marked, and labelled as a disease.
    press(page, "a", "c", "ArrowRight", "ArrowRight", "Shift+ArrowRight", "1")
    saved(page)
    assert ("headache", "Disease", "rejected") in spans(page)
    assert ("BRCA1", "Gene", "ignored") in spans(page)
    marked = [text for text, label, state in spans(page) if (label, state) == ("Disease", "accepted")]
    assert any(word in ("tinnitus", "rash", "and") for word in marked), marked
    focus(page, "E. coli")
    press(page, "Enter")
    page.locator(TEXT, has_text="An allergy to penicillin was seen").wait_for()
    with Store.open(home, backups=False) as store:
        assert store.check() == []
        (done,) = (one for one in store.reviews.iterate(1, "me", "review") if one.revision.is_complete)
        assert done.document.document.text == ABSTRACT


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


def wait_for_focus(page: Any, name: str) -> None:
    page.wait_for_function("name => document.activeElement?.getAttribute('aria-label')?.startsWith(name)", arg=name)


def tab_to(page: Any, name: str) -> None:
    """Press Tab until what has this name is focused."""
    for _ in range(120):
        press(page, "Tab")
        if focused_name(page).strip().startswith(name):
            return
    raise AssertionError(f"Tab never came to {name!r}")
