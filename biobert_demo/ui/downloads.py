"""What the page shows and the name of a format enter; one file, ready to be saved by a browser, leaves."""

from __future__ import annotations

from typing import Any


def build_download(request: dict[str, Any]) -> dict[str, str]:
    return {"error": "later"}
