"""Characters or words enter; the brackets among them that have no partner leave."""

from __future__ import annotations

from collections.abc import Sequence

PARTNERS = {"(": ")", "[": "]", "{": "}"}
"""Each opening bracket with its closing one."""

_CLOSING = frozenset(PARTNERS.values())


def unmatched_brackets(parts: Sequence[str]) -> tuple[list[int], list[int]]:
    """(places of closing ones without an opening one, of opening ones without a closing one), each in order.

    `parts` are the characters of a text or its words, of which a bracket is one. "[a)" has two without partners.
    """
    opened: list[int] = []
    closing: list[int] = []
    for place, part in enumerate(parts):
        if part in PARTNERS:
            opened.append(place)
        elif part in _CLOSING:
            if opened and PARTNERS[parts[opened[-1]]] == part:
                opened.pop()
            else:
                closing.append(place)
    return closing, opened
