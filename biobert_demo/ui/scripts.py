"""Names of files in assets/js enter; the one script that a component of the page runs leaves."""

from __future__ import annotations

from pathlib import Path


def join_scripts(assets: Path, *names: str) -> str:
    """The named scripts in order, as one function body: Gradio hands a component's script to `new Function`.

    No build step and no module loader: each file ends with a guarded `module.exports`, for `node --test` alone.
    """
    return "\n".join((assets / "js" / name).read_text(encoding="utf-8") for name in names)
