"""A browser enters; that the author is whoever signed in, and nobody without an account gets in, is checked."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from review_steps import ANCHORS, wait_for_document
from test_editor import press, saved

from biobert_demo.accounts import add_account

SERVER = "tests/journeys/serve_word_list.py"
PASSWORD = "chronic lumositis"


def test_the_author_is_whoever_signed_in(open_page: Callable[..., Any], serve: Any, tmp_path: Path) -> None:
    add_account(tmp_path / "people", "ann", PASSWORD)
    address = serve(
        SERVER, "ready", BIOBERT_DEMO_HOME=str(tmp_path / "home"), BIOBERT_DEMO_AUTH=str(tmp_path / "people")
    )
    page = open_page(address, ready="text=Login", tolerated=["401", "400"])
    refused = page.request.post(f"{address}login", form={"username": "ann", "password": "wrong"})
    assert refused.status == 400
    page.locator("input").nth(0).fill("ann")
    page.locator("input[type=password]").fill(PASSWORD)
    page.get_by_role("button", name="Login").click()
    page.get_by_role("textbox", name="Abstracts").fill("An allergy to penicillin.")
    page.get_by_role("button", name="Highlight", exact=True).click()
    page.get_by_role("button", name="Review these").click()
    wait_for_document(page)
    name = page.get_by_label("Signed in as")
    assert name.input_value() == "ann"
    assert not name.is_editable()

    forged: list[dict[str, Any]] = []

    def forge(route: Any) -> None:
        body = json.loads(route.request.post_data)
        if body["fn_name"] == "save":
            body["data"]["author"] = "somebody else"
            forged.append(body)
        route.continue_(post_data=json.dumps(body))

    page.route("**/component_server/", forge)
    press(page, "j", "a")
    saved(page)
    page.locator(f"{ANCHORS}[data-state='accepted']").first.wait_for()
    assert forged
    with sqlite3.connect(tmp_path / "home" / "biobert-demo.sqlite") as connection:
        assert connection.execute("SELECT DISTINCT author FROM steps WHERE kind = 'edit'").fetchall() == [("ann",)]
        (edits,) = connection.execute("SELECT count(*) FROM steps WHERE kind = 'edit'").fetchone()

    stranger = page.context.browser.new_context()
    answer = stranger.request.post(f"{address}gradio_api/component_server/", data=forged[0])
    assert answer.status == 401
    stranger.close()
    with sqlite3.connect(tmp_path / "home" / "biobert-demo.sqlite") as connection:
        assert connection.execute("SELECT count(*) FROM steps WHERE kind = 'edit'").fetchone() == (edits,)
