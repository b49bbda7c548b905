"""Requests enter; who is behind them is checked, against Gradio's own login."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from fastapi.testclient import TestClient

from biobert_demo import accounts
from biobert_demo.accounts import Accounts, add_account, remove_account
from biobert_demo.errors import BadInput
from biobert_demo.ui.people import People, read_name

PASSWORD = "chronic lumositis"


@pytest.mark.parametrize(
    ("claimed", "name"),
    [("ann", "ann"), ("  Ann \n B. ", "Ann B."), ("", "me"), (None, "me"), (7, "me"), ("x" * 99, "x" * 64)],
)
def test_without_accounts_the_name_field_counts(claimed: Any, name: str) -> None:
    assert read_name(claimed) == name
    assert People().author(None, claimed) == name
    assert People().gradio_auth() is None


def test_a_component_function_learns_who_signed_in_and_nobody_else_reaches_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cookie is looked up as Gradio does it: this test fails where a new Gradio does it differently."""
    monkeypatch.setattr(accounts, "_COST", 4)
    path = tmp_path / "people"
    add_account(path, "ann", PASSWORD)
    people = People(Accounts(path))

    def whoami(payload: dict[str, Any], request: gr.Request) -> dict[str, Any]:
        try:
            return {"author": people.author(request, payload.get("author"))}
        except BadInput as error:
            return {"error": str(error)}

    with gr.Blocks() as page:
        component = gr.HTML("", server_functions=[whoami])
    page.auth_message = None  # what launch() sets
    app = gr.routes.App.create_app(page)
    app.auth = people.gradio_auth()
    body = {"data": {"author": "eve"}, "fn_name": "whoami", "component_id": component._id, "session_hash": "s"}
    with TestClient(app) as client:
        assert client.post("/gradio_api/component_server", json=body).status_code == 401
        assert client.post("/login", data={"username": "ann", "password": "wrong"}).status_code == 400
        assert client.post("/login", data={"username": "eve", "password": PASSWORD}).status_code == 400
        assert client.post("/login", data={"username": "ann", "password": PASSWORD}).status_code == 200
        assert client.post("/gradio_api/component_server", json=body).json() == {"author": "ann"}
        add_account(path, "ben", PASSWORD)
        remove_account(path, "ann")
        assert "not signed in" in client.post("/gradio_api/component_server", json=body).json()["error"]
        path.unlink()
        assert client.post("/login", data={"username": "ben", "password": PASSWORD}).status_code == 400


def test_an_event_of_gradios_queue_carries_the_login(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "_COST", 4)
    add_account(tmp_path / "people", "ann", PASSWORD)
    people = People(Accounts(tmp_path / "people"))
    assert people.author(gr.Request(username="ann"), "eve") == "ann"
    with pytest.raises(BadInput, match="not signed in"):
        people.author(gr.Request(username=None), "ann")
    with pytest.raises(BadInput, match="not signed in"):
        people.author(None, "ann")
