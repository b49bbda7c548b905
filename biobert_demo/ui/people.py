"""A request and what the page says about itself enter; the name of the person who is working leaves."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import anyio.to_thread
import gradio as gr
from starlette.requests import Request

from biobert_demo.accounts import LONGEST_NAME, Accounts, clean_name
from biobert_demo.errors import BadInput, BiobertDemoError

_LOG = logging.getLogger(__name__)

NAMELESS = "me"
"""Who works here where nobody gave a name."""


class People:
    """Who is who: with accounts the name always comes from the login, else from the name field."""

    def __init__(self, accounts: Accounts | None = None) -> None:
        self._accounts = accounts

    @property
    def have_accounts(self) -> bool:
        """Whether people sign in."""
        return self._accounts is not None

    def author(self, request: Any, claimed: object = None) -> str:
        """The author of what a request asks for; raises BadInput where people sign in and this one has not."""
        if self._accounts is None:
            return read_name(claimed)
        name = signed_in_as(request)
        # Who was removed from the accounts keeps a valid cookie.
        if name is None or name not in self._accounts:
            raise BadInput("You are not signed in (any more); reload the page and sign in.")
        return name

    def gradio_auth(self) -> Callable[[str, str], Awaitable[bool]] | None:
        """What `launch(auth=...)` needs; None where there are no accounts."""
        accounts = self._accounts
        if accounts is None:
            return None

        async def check(name: str, password: str) -> bool:
            try:
                # Hashing takes a tenth of a second on purpose; others' requests must not wait for it.
                return await anyio.to_thread.run_sync(accounts.check, name, password)
            except BiobertDemoError as error:
                _LOG.error("Nobody can sign in: %s", error)
                return False

        return check


def read_name(claimed: object) -> str:
    """A name from the name field; what cannot be one becomes "me"."""
    name = " ".join(clean_name(claimed).split()) if isinstance(claimed, str) else ""
    return name[:LONGEST_NAME] or NAMELESS


def signed_in_as(request: Any) -> str | None:
    """The login name behind a request, None where nobody is signed in.

    Gradio hands its own Request to event listeners, but Starlette's to functions that a component's script calls:
    there the cookie is looked up as gradio.routes.App does.
    """
    if isinstance(request, gr.Request):
        return request.username
    if not isinstance(request, Request):
        return None
    app: Any = request.app
    cookies: Mapping[str, str] = request.cookies
    for prefix in ("access-token-", "access-token-unsecure-"):
        token = cookies.get(f"{prefix}{app.cookie_id}")
        if token:
            return app.tokens.get(token)
    return None
