"""A browser enters; whether a correction becomes a model that a person can follow, judge, overrule and take back is seen."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from review_steps import EDITOR, message, wait_for_document
from test_editor import double_click, focus, press, saved

RUN = "#bd-learn-run"
RESULT = "#bd-learn-result"
MODELS = "#bd-learn-models"
TEXT = "Penicillin and zamorubin were given.\nLumositis met zamorubin in mice; an allergy followed."
FRESH = "Nobody had heard of zamorubin before."


@pytest.fixture
def start(serve: Callable[..., str], lexicon_model: Path, tmp_path: Path) -> Callable[..., str]:
    """A page with its worker, whose trainer learns words by heart; it halts midway until `tmp_path / "gate"` is there."""

    def begin(**environment: str) -> str:
        return serve(
            "app.py",
            BIOBERT_DEMO_HOME=str(tmp_path / "home"),
            BIOBERT_DEMO_NER_MODEL=str(lexicon_model),
            BIOBERT_DEMO_TRAINER=shlex.join([sys.executable, str(ROOT / "tests" / "word_trainer.py")]),
            WORD_TRAINER_GATE=str(tmp_path / "gate"),
            **environment,
        )

    return begin


@pytest.fixture
def story(serve: Callable[..., str]) -> str:
    """A page over a laboratory's earlier models."""
    return serve("tests/journeys/serve_learning.py", "--no-worker", "ready")


def tab(page: Any, name: str) -> None:
    page.get_by_role("tab", name=name).click()


def highlight(page: Any, text: str) -> None:
    page.get_by_role("textbox", name="Abstracts").fill(text)
    page.get_by_role("button", name="Highlight", exact=True).click()
    page.locator("#bd-run-status", has_text="Found").wait_for()


def correct_a_text(page: Any) -> None:
    """Add the drug that the model does not know, twice, and complete the text."""
    highlight(page, TEXT)
    page.get_by_role("button", name="Review these").click()
    wait_for_document(page)
    for nth in (0, 1):
        double_click(page, "zamorubin", nth)
        page.locator(f"{EDITOR} [data-part='panel']").get_by_role("button", name="Drug / chemical").first.click()
        saved(page)
    page.locator(f"{EDITOR} [data-action='complete']").click()
    message(page, "Every document of this project is done.")


def learn(page: Any) -> None:
    tab(page, "Learn")
    page.locator("#bd-learn-lessons", has_text="1 document completed").wait_for()
    page.get_by_role("button", name="Learn now").click()
    page.locator(RUN, has_text="is learning").wait_for()


def wait_for_model(page: Any, number: int) -> None:
    page.locator("#bd-model-status", has_text=f"Model {number} is serving").wait_for()


def test_a_correction_is_learned_and_read_in_a_fresh_text_and_taken_back(
    start: Callable[..., str], open_page: Callable[..., Any], tmp_path: Path
) -> None:
    page = open_page(start())
    correct_a_text(page)
    learn(page)
    page.locator(f"{RUN} [aria-current='step']", has_text="Learning").wait_for()
    assert "50 %" in page.locator(f"{RUN} [data-part='figures']").inner_text()
    assert "the loss" in page.locator(f"{RUN} [data-part='words']").inner_text()
    for plot in ("loss", "dev"):
        page.locator(f"#bd-learn-{plot} .mark-line path").first.wait_for()

    (tmp_path / "gate").touch()
    page.locator(RESULT, has_text="The gate said yes: model 2 took the place of model 1.").wait_for()
    assert page.get_by_role("button", name="Now right 2").get_attribute("aria-pressed") == "true"
    place = page.locator(f"{RESULT} [data-part='list'] > li").first
    assert place.locator(".bd-learn-verdict").all_inner_texts() == ["✗ nothing", "✓ Drug / chemical"]
    assert place.locator(".bd-learn-sentence").first.inner_text() == TEXT.partition("\n")[0]
    assert place.locator("mark").inner_text() == "zamorubin"
    wait_for_model(page, 2)

    tab(page, "Read")
    highlight(page, FRESH)
    page.locator(".bd-body .bd-mark", has_text="zamorubin").wait_for()
    tab(page, "Review")
    focus(page, "zamorubin")
    page.locator(f"{EDITOR} [data-part='mention-facts']", has_text="Used in model 2; now predicted right.").wait_for()

    tab(page, "Learn")
    page.get_by_role("button", name="Roll back to model 1").focus()
    press(page, "Enter", "Tab")
    page.keyboard.type("Ann")
    press(page, "Tab")
    page.keyboard.type("It was a test.")
    press(page, "Enter")
    wait_for_model(page, 1)
    assert page.locator(f"{MODELS} li.is-promoted").get_attribute("data-number") == "1"
    tab(page, "Read")
    highlight(page, FRESH)
    page.locator(".bd-body .bd-mark").wait_for(state="detached")


def test_a_run_is_followed_only_while_somebody_looks_and_stops_when_told(
    start: Callable[..., str], open_page: Callable[..., Any]
) -> None:
    page = open_page(start())
    correct_a_text(page)
    learn(page)
    tab(page, "Read")
    beats = "**/component_server/"
    # The line of the model asks every few seconds; between two of its questions the tab asked several times.
    with page.expect_request(beats):
        pass
    asked = sum("/queue/join" in url for url in page.requests)
    with page.expect_request(beats):
        pass
    assert sum("/queue/join" in url for url in page.requests) == asked
    tab(page, "Learn")
    page.locator(RUN, has_text="is learning").wait_for()
    page.get_by_role("button", name="Cancel").click()
    page.locator(RUN, has_text="was cancelled").wait_for()
    page.get_by_role("button", name="Cancel").wait_for(state="hidden")
    assert page.locator(RESULT).inner_text().strip() == ""


def test_a_refused_model_is_put_into_use_with_a_name_and_a_reason(
    start: Callable[..., str], open_page: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "gate").touch()
    page = open_page(start(WORD_TRAINER_REFUSES="yes"))
    correct_a_text(page)
    tab(page, "Learn")
    page.get_by_role("button", name="Learn now").click()
    page.locator(RESULT, has_text="The gate said no: model 2 was not put into use").wait_for()
    against = page.locator(f"{RESULT} [data-part='reasons'] .is-against")
    assert against.inner_text().split("\n")[-1].endswith("A sentence that must not break is broken: <b>penicillin</b>.")
    wait_for_model(page, 1)

    page.get_by_role("button", name="Put into use … model 2").click()
    page.get_by_role("textbox", name="Your name").fill("Ann")
    page.get_by_role("button", name="Put into use", exact=True).click()
    assert page.get_by_role("textbox", name="Reason").evaluate("node => !node.checkValidity()"), "a reason is required"
    page.get_by_role("textbox", name="Reason").fill("<img src=x onerror=alert(1)>")
    page.get_by_role("button", name="Put into use", exact=True).click()
    wait_for_model(page, 2)
    shown = page.locator(f"{MODELS} li.is-promoted")
    assert shown.get_attribute("data-number") == "2"
    assert "by hand by Ann" in shown.inner_text()
    assert "“<img src=x onerror=alert(1)>”" in shown.inner_text()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_earlier_models_fit_a_narrow_screen_and_their_texts_stay_texts(
    story: str, open_page: Callable[..., Any], theme: str
) -> None:
    page = open_page(f"{story}?__theme={theme}", viewport={"width": 390, "height": 844})
    tab(page, "Learn")
    place = page.locator(f"{RESULT} [data-part='list'] > li").first
    place.wait_for()
    page.locator("#bd-learn-curve .mark-line path").first.wait_for()
    page.locator(f"{MODELS} details", has_text="Earlier runs").locator("summary").last.click()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert "mice with lumositis. The BRX7 kinase was <b>inhibited</b> twice." in place.inner_text()
    assert page.locator(f"{RESULT} [data-part='list'] b, {MODELS} i").count() == 0
    assert "ann <i>" in page.locator(f"{MODELS} [data-part='runs']").inner_text()


def test_two_models_are_compared_and_changes_filtered_with_the_keyboard(
    story: str, open_page: Callable[..., Any]
) -> None:
    page = open_page(story)
    tab(page, "Learn")
    page.get_by_role("button", name="Now wrong 1").focus()
    press(page, "Enter")
    page.locator(f"{RESULT} [data-part='list'] li", has_text="headache").wait_for()
    assert page.locator(f"{RESULT} [data-part='list'] li").count() == 1
    page.get_by_label("First model").select_option(label="2 (was in use)")
    table = page.locator(f"{MODELS} [data-part='compare-table']")
    page.get_by_role("columnheader", name="Model 2").wait_for()
    assert "+5.0" in table.inner_text()
