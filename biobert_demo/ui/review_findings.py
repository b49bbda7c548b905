"""A review enters; what looks inconsistent in it leaves."""

from __future__ import annotations

from typing import Any

from biobert_demo.store import Review


def find_inconsistencies(review: Review) -> list[Any]:
    """The findings of the consistency check."""
    return []
