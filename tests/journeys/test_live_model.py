"""A browser and a registry enter; that a page which is open follows promotions and rollbacks by itself is checked."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from biobert_demo.models import ModelRegistry
from biobert_demo.settings import Settings
from biobert_demo.store import Store

MARKS = ".bd-body .bd-mark"
TEXT = "An allergy to penicillin in mice."
ROOT = Path(__file__).resolve().parents[2]


def test_an_open_page_follows_a_promotion_and_a_rollback_of_the_command_line(
    serve: Callable[..., str],
    open_page: Callable[..., Any],
    lexicon_model: Path,
    make_lexicon: Callable[..., Path],
    tmp_path: Path,
) -> None:
    places = {"BIOBERT_DEMO_HOME": str(tmp_path), "BIOBERT_DEMO_NER_MODEL": str(lexicon_model)}
    with Store.open(tmp_path, backups=False) as store:
        registry = ModelRegistry(store, Settings.from_environment(places))
        base = registry.base("ner")
        folder = make_lexicon("taught", {"reaction": "Disease", "mice": "Species"})
        taught = registry.add_candidate("ner", folder, parent=base, run_id=None, labels=base.labels)

    def models(*arguments: str) -> None:
        command = [sys.executable, "-m", "biobert_demo.cli", "models", *arguments]
        environment = {**places, "PATH": "", "PYTHONPATH": str(ROOT)}
        finished = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert finished.returncode == 0, finished.stderr

    def wait_until_serving(number: int) -> None:
        page.locator("#bd-model-status", has_text=f"Model {number} is serving since").wait_for()

    def highlight() -> None:
        page.get_by_role("button", name="Highlight", exact=True).click()

    page = open_page(serve("app.py", "--no-worker", **places))
    drug = page.locator(f"{MARKS}:text-is('penicillin')")
    wait_until_serving(base.number)
    page.get_by_role("textbox", name="Abstracts").fill(TEXT)
    highlight()
    drug.wait_for()
    before = page.locator(MARKS).all_inner_texts()

    models("promote", str(taught.number), "--author", "Ann", "--reason", "It knows what we study.")
    wait_until_serving(taught.number)
    assert drug.count() == 1, "what is on display stays as it was read"
    highlight()
    drug.wait_for(state="detached")
    assert page.locator(MARKS).all_inner_texts() == before[-1:]

    models("rollback", "--author", "Ann")
    wait_until_serving(base.number)
    highlight()
    drug.wait_for()
    assert page.locator(MARKS).all_inner_texts() == before
