"""A browser enters; whether a person corrects an abstract with the mouse, and finds it again after a power cut."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from review_steps import (
    ABSTRACT,
    ANCHORS,
    CORRECT,
    EDITOR,
    SUGGESTED,
    accepted,
    document_id,
    message,
    wait_for_document,
)
from test_editor import double_click, drag, saved, spans

ROOT = Path(__file__).resolve().parents[2]
SERVER = "tests/journeys/serve_word_list.py"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def review(page: Any, text: str) -> None:
    page.get_by_role("textbox", name="Abstracts").fill(text)
    page.get_by_role("button", name="Highlight", exact=True).click()
    page.get_by_role("button", name="Review these").click()
    wait_for_document(page)


def press_mark(page: Any, words: str) -> None:
    page.locator(f"{EDITOR} [data-part='body'] .bd-ed-mark", has_text=words).first.click()


def panel(page: Any, name: str) -> Any:
    return page.locator(f"{EDITOR} [data-part='panel']").get_by_role("button", name=name)


def test_an_abstract_is_corrected_with_the_mouse_and_survives_a_power_cut(
    open_page: Callable[..., Any], serve: Any, home: Path
) -> None:
    address = serve(SERVER, "ready", BIOBERT_DEMO_HOME=str(home))
    page = open_page(address)
    review(page, ABSTRACT)
    assert [(text, label) for text, label, _ in spans(page)] == SUGGESTED
    double_click(page, "urticaria")
    double_click(page, "wheezing")
    press_mark(page, "penicillin")
    panel(page, "Remove").click()
    press_mark(page, "allergy")
    panel(page, "Start one word back").click()
    press_mark(page, "Aspirin")
    for _ in range(2):
        panel(page, "End one word on").click()
    panel(page, "Disease").click()
    page.get_by_role("button", name="Drug / chemical").first.click()
    drag(page, "Montelukast")
    press_mark(page, "headache")
    panel(page, "Reject").click()
    press_mark(page, "E. coli")
    for _ in range(2):
        panel(page, "End one word on").click()
    saved(page)
    page.get_by_role("button", name="Complete").click()
    message(page, "Every document of this project is done.")
    assert accepted(page, spans) == CORRECT
    before = spans(page)
    id = document_id(page)

    page.reload()
    wait_for_document(page)
    assert spans(page) == before
    page.close()

    serve.kill(address)
    address = serve(SERVER, "ready", BIOBERT_DEMO_HOME=str(home))
    page = open_page(f"{address}?doc={id}", ready="#bd-editor [data-anchor]")
    assert spans(page) == before
    page.get_by_role("button", name="Undo").click()
    page.locator("[data-part='reopen']").wait_for(state="hidden")
    saved(page)
    page.get_by_role("button", name="Undo").click()
    page.locator(".bd-ed-mark", has_text="K-12").wait_for(state="detached")
    saved(page)
    for _ in range(2):
        page.get_by_role("button", name="Redo").click()
    page.locator("[data-part='reopen']").wait_for()
    saved(page)
    assert spans(page) == before

    page.get_by_role("button", name="Export").click()
    page.get_by_role("button", name="Make the file").click()
    with page.expect_download() as waiting:
        page.locator("#bd-export-file a[download]").click()
    (line,) = Path(waiting.value.path()).read_text(encoding="utf-8").splitlines()
    exported = json.loads(line)
    assert exported["text"] == ABSTRACT
    assert [(span["text"], span["label"]) for span in exported["spans"]] == CORRECT
    assert {span["author"] for span in exported["spans"]} == {"me"}

    command = [sys.executable, "-m", "biobert_demo.cli", "export", "--output", "-", "--format", "jsonl"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "BIOBERT_DEMO_HOME": str(home)}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    assert json.loads(done.stdout) == exported, "the page and the command line export the same"


def test_two_people_are_compared_and_a_third_decides(open_page: Callable[..., Any], serve: Any, home: Path) -> None:
    address = serve(SERVER, "ready", BIOBERT_DEMO_HOME=str(home))
    page = open_page(address)
    review(page, "An allergy to penicillin.")
    for name in ("ann", "ben"):
        box = page.get_by_label("Your name")
        box.fill(name)
        box.press("Enter")
        page.locator(f"{ANCHORS}[data-state='unseen']").first.wait_for()
        if name == "ben":
            press_mark(page, "allergy")
            panel(page, "Reject").click()
            saved(page)
        page.get_by_role("button", name="Complete").click()
        message(page, "Every document of this project is done.")
    box.fill("eve")
    box.press("Enter")
    page.locator(f"{ANCHORS}[data-state='unseen']").first.wait_for()
    page.get_by_role("button", name="Adjudicate").click()
    adjudication = page.locator("#bd-adjudication")
    adjudication.get_by_text("1 span the same, 1 difference.").wait_for()
    assert adjudication.get_by_role("button", name="1 difference to decide").is_disabled()
    adjudication.get_by_label("Disease: allergy").check()
    adjudication.get_by_role("button", name="Record as gold").click()
    adjudication.get_by_text("is gold with 2 spans").wait_for()
    page.get_by_role("button", name="Progress and agreement").click()
    page.locator("#bd-agreement").get_by_text("ann – ben").first.wait_for()


def test_a_guideline_and_a_label_of_its_own_belong_to_a_project(
    open_page: Callable[..., Any], serve: Any, home: Path
) -> None:
    address = serve(SERVER, "ready", BIOBERT_DEMO_HOME=str(home))
    page = open_page(address)
    page.get_by_role("tab", name="Review").click()
    page.get_by_role("button", name="Project: labels and guideline").click()
    name = page.get_by_label("Project name")
    page.wait_for_function("document.querySelector('#bd-project-name input, #bd-project-name textarea').value")
    name.fill("Allergies")
    page.get_by_label("Guideline in Markdown").fill("# Rule\n\n<img src=x onerror=alert(1)> Label *all* allergens.")
    page.get_by_role("button", name="Create as new project").click()
    page.locator("#bd-review-status", has_text="Allergies is saved.").wait_for()
    page.get_by_role("button", name="Add texts").click()
    page.get_by_label("Abstracts, or PubTator").fill("7|t|An allergy\n7|a|Penicillin causes an allergy.\n")
    page.get_by_role("button", name="Add", exact=True).click()
    wait_for_document(page, "7")
    guideline = page.locator("[data-part='guideline']")
    assert guideline.locator("h3").inner_text() == "Rule"
    assert "<img src=x onerror=alert(1)> Label all allergens." in guideline.inner_text()
    assert guideline.locator("img").count() == 0
