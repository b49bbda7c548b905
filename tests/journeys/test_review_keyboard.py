"""A browser enters; whether a person corrects an abstract without ever touching the mouse is checked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from review_steps import ABSTRACT, CORRECT, SUGGESTED, accepted, message, wait_for_document
from test_editor import focused_name, press, saved, spans

SERVER = "tests/journeys/serve_word_list.py"


def tab_to(page: Any, name: str, key: str = "Tab", most: int = 80) -> None:
    for _ in range(most):
        if focused_name(page).strip().startswith(name):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{most} times {key} do not lead to {name!r}")


def move_to(page: Any, name: str) -> None:
    """From the first mention to the one with a name."""
    press(page, "Home")
    tab_to(page, name, "ArrowRight")


def test_an_abstract_is_corrected_with_keys_alone_and_is_still_there(
    open_page: Callable[..., Any], serve: Any, tmp_path: Path
) -> None:
    address = serve(SERVER, "ready", BIOBERT_DEMO_HOME=str(tmp_path / "home"))
    page = open_page(address)
    page.keyboard.insert_text(ABSTRACT)
    press(page, "Control+Enter")
    page.get_by_role("button", name="Review these").wait_for()
    tab_to(page, "Review these")
    press(page, "Enter")
    wait_for_document(page)
    assert [(text, label) for text, label, _ in spans(page)] == SUGGESTED
    press(page, "j")
    assert focused_name(page).startswith("Anaphylactic reaction, Disease, suggestion")
    press(page, "a", "a")
    assert focused_name(page).startswith("penicillin")
    press(page, "x")
    assert focused_name(page).startswith("allergy")
    press(page, "Alt+Shift+ArrowLeft")
    assert focused_name(page).startswith("penicillin allergy, Disease, corrected")
    move_to(page, "Aspirin")
    press(page, "Shift+ArrowRight", "Shift+ArrowRight", "1")
    assert focused_name(page).startswith("Aspirin-induced asthma, Disease")
    move_to(page, "headache")
    press(page, "x")
    move_to(page, "E. coli")
    press(page, "Shift+ArrowRight", "Shift+ArrowRight")
    assert focused_name(page).startswith("E. coli K-12")
    # What nobody suggested: the text cursor starts at the focused mention and moves by words.
    for before, words, label in (
        ("BRCA1", "urticaria", "1"),
        ("urticaria", "wheezing", "1"),
        ("Aspirin-", "Montelukast", "2"),
    ):
        move_to(page, before)
        press(page, "c")
        place = ABSTRACT.index(before)
        between = ABSTRACT[place : ABSTRACT.index(words)]
        for _ in range(40):
            press(page, "Shift+ArrowRight")
            if words in page.locator("[data-part='selection-text']").inner_text():
                break
            press(page, "ArrowRight")
        assert page.locator("[data-part='selection-text']").inner_text() == words, between
        press(page, label)
        assert focused_name(page).startswith(words)
    saved(page)
    press(page, "Enter")
    message(page, "Every document of this project is done.")
    assert accepted(page, spans) == CORRECT
    before_reload = spans(page)
    page.reload()
    wait_for_document(page)
    assert spans(page) == before_reload
    press(page, "u")
    page.locator("[data-part='reopen']").wait_for(state="hidden")
    saved(page)
    press(page, "Shift+u")
    page.locator("[data-part='reopen']").wait_for()
