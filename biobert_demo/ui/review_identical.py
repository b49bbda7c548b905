"""A labelled mention enters; the other places that read the same, and their labelling as one step, leave."""

from __future__ import annotations

from typing import Any

from biobert_demo.store import Review, SaveResult, Store


def preview_identical(
    store: Store, review: Review, place: tuple[int, int], label: str, scope: Any, author: str
) -> list[dict[str, Any]]:
    """The places as the dialog shows them."""
    return []


def apply_to_identical(
    store: Store, review: Review, label: str, items: Any, author: str, key: str
) -> tuple[list[SaveResult], int]:
    """Label the chosen places; (results, number of places)."""
    return [], 0
