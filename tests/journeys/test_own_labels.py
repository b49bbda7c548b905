"""A browser enters; that a label of one's own is added, given, renamed, merged and hidden, by keys alone, is checked."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from review_steps import ANCHORS, EDITOR, wait_for_document
from test_editor import saved, spans

SERVER = "tests/journeys/serve_word_list.py"
TEXT = "An allergy to penicillin in HeLa cells."
HOSTILE = "<img src=x onerror=alert(1)>"


def status(page: Any, words: str) -> None:
    page.locator("#bd-label-status", has_text=words).wait_for()


def chips(page: Any, *wanted: str) -> None:
    """Wait until the editor offers these labels, in this order."""
    page.wait_for_function(
        "([root, wanted]) => [...document.querySelectorAll(`${root} .bd-chip-name`)]"
        ".map((node) => node.textContent).join('|') === wanted",
        arg=[EDITOR, "|".join(wanted)],
    )


ACTIVE = "document.querySelector(\"ul[role='listbox'] li.active\")?.ariaLabel"


def choose(page: Any, field: str, option: str) -> None:
    """A choice in a drop-down by keys: arrows and Enter."""
    box = page.locator(f"#{field} input")
    box.focus()
    page.locator("ul[role='listbox'] li").first.wait_for()
    while (active := page.evaluate(ACTIVE)) != option:
        box.press("ArrowDown")
        page.wait_for_function(f"active => {ACTIVE} !== active", arg=active)
    box.press("Enter")
    shown = "([field, option]) => document.querySelector(`#${field} input`).value === option"
    page.wait_for_function(shown, arg=[field, option])


def test_a_label_of_ones_own_by_keys_alone(open_page: Callable[..., Any], serve: Any, tmp_path: Path) -> None:
    home = tmp_path / "home"
    address = serve(SERVER, "ready", BIOBERT_DEMO_HOME=str(home))
    page = open_page(address)
    page.get_by_role("textbox", name="Abstracts").fill(TEXT)
    page.get_by_role("button", name="Highlight", exact=True).click()
    page.get_by_role("button", name="Review these").click()
    wait_for_document(page)
    chips(page, "Disease", "Drug / chemical", "Gene", "Species")
    page.get_by_role("button", name="Project: labels and guideline").press("Enter")
    page.wait_for_function("document.querySelector('#bd-label-which input').value")

    page.locator("#bd-label-new").locator("input, textarea").focus()
    page.keyboard.type("CellLine")
    page.keyboard.press("Tab")
    page.keyboard.type("Cell line")
    page.keyboard.press("Enter")
    status(page, "'CellLine' can be given from now on")
    chips(page, "Disease", "Drug / chemical", "Gene", "Species", "Cell line")
    page.locator("#bd-label-new").locator("input, textarea").focus()
    page.keyboard.type(HOSTILE)
    page.keyboard.press("Enter")
    chips(page, "Disease", "Drug / chemical", "Gene", "Species", "Cell line", HOSTILE)

    # HeLa becomes a cell line: the text cursor, Shift and an arrow, the label's digit.
    body = page.locator(f"{EDITOR} [data-part='body']")
    body.focus()
    page.locator(f"{ANCHORS}", has_text="penicillin").focus()
    page.keyboard.press("c")
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowRight", "5"):
        page.keyboard.press(key)
    saved(page)
    assert ("HeLa", "CellLine", "accepted") in spans(page)

    choose(page, "bd-label-which", "CellLine")
    page.locator("#bd-label-name").locator("input, textarea").focus()
    page.keyboard.type("Cells")
    status(page, "'CellLine' is called 'Cells' from now on, on the page and in files. 1 mention in 1 text")
    page.keyboard.press("Enter")
    chips(page, "Disease", "Drug / chemical", "Gene", "Species", "Cells", HOSTILE)
    assert ("HeLa", "Cells", "accepted") in spans(page), "the same document, redrawn"

    choose(page, "bd-label-act", "Merge into another label")
    choose(page, "bd-label-which", "Cells")
    choose(page, "bd-label-into", "Species")
    status(page, "'Cells' becomes part of 'Species'. 1 mention in 1 text read 'Species' from now on")
    page.locator("#bd-label-change").press("Enter")
    chips(page, "Disease", "Drug / chemical", "Gene", "Species", HOSTILE)
    assert ("HeLa", "Species", "accepted") in spans(page)

    choose(page, "bd-label-act", "Hide")
    choose(page, "bd-label-which", "Disease")
    status(page, "'Disease' is no longer offered, suggested, drawn or learned. 1 mention in 1 text stay")
    page.locator("#bd-label-change").press("Enter")
    chips(page, "Drug / chemical", "Gene", "Species", HOSTILE)
    assert "allergy" not in [text for text, _, _ in spans(page)]

    choose(page, "bd-label-act", "Undo a merge")
    status(page, "'Cells' leaves 'Species' and is a label of its own again")
    page.locator("#bd-label-change").press("Enter")
    chips(page, "Drug / chemical", "Gene", "Species", HOSTILE, "Cells")
    page.get_by_role("button", name="Changes of labels so far").press("Enter")
    page.locator("#bd-label-changes", has_text="renamed 'CellLine' to 'Cells'").wait_for()

    with sqlite3.connect(home / "biobert-demo.sqlite") as connection:
        written = connection.execute("SELECT label, state FROM spans WHERE text = 'HeLa'").fetchall()
        kinds = [kind for (kind,) in connection.execute("SELECT kind FROM label_changes ORDER BY id")]
    assert written == [("CellLine", "accepted")], "history keeps its words"
    assert kinds == ["add", "add", "rename", "merge", "hide", "split"]


def test_a_label_that_cannot_be_is_told_where_it_was_typed(open_page: Callable[..., Any], address: str) -> None:
    page = open_page(address)
    page.get_by_role("tab", name="Review").click()
    page.get_by_role("button", name="Project: labels and guideline").click()
    page.wait_for_function("document.querySelector('#bd-label-which input').value")
    new = page.locator("#bd-label-new").locator("input, textarea")
    for name, words in (
        ("Protein", "another name of"),
        ("x" * 101, "has 101 characters"),
        ("none", "stands for 'no label'"),
    ):
        new.fill("")
        new.press_sequentially(name)
        new.press("Enter")
        status(page, words)
        assert new.input_value() == name, "to be corrected, not typed again"
