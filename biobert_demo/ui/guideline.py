"""A project's guideline in Markdown enters; HTML that can do no harm leaves."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_DEEPEST = 6
_LEVELS_ABOVE = 2
"""The page's own headings go down to the second level; a guideline's begin below them."""


@lru_cache(64)
def render_guideline(markdown: str) -> str:
    """CommonMark with tables as HTML: tags in the text stay text, pictures are left out, links leave in a new tab.

    A picture would be fetched from wherever it lies, and this page asks nobody for anything. Remembered, since every
    answer to the editor carries it.
    """
    parser = _parser()
    tokens = parser.parse(markdown)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(_DEEPEST, int(token.tag[1:]) + _LEVELS_ABOVE)}"
        for child in token.children or ():
            if child.type == "link_open":
                child.attrSet("target", "_blank")
                child.attrSet("rel", "noopener noreferrer nofollow")
    return parser.renderer.render(tokens, parser.options, {})


@lru_cache(1)
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
