"""The editor's scripts and functions enter; whether they fit together before a browser sees them is decided."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from biobert_demo.settings import find_assets
from biobert_demo.ui.editor import SERVER_FUNCTIONS, build_editor


def functions(names: tuple[str, ...]) -> list[Any]:
    def make(name: str) -> Any:
        def function(payload: dict[str, Any]) -> dict[str, Any]:
            return payload

        function.__name__ = name
        return function

    return [make(name) for name in names]


def test_no_script_takes_a_name_that_another_has() -> None:
    """All scripts of a component share one scope, where a second function of the same name replaces the first."""
    script = str(build_editor(find_assets(), functions(SERVER_FUNCTIONS)).js_on_load)
    names = re.findall(r"^(?:async function|function|const|let|class) (\w+)", script, re.MULTILINE)
    assert [name for name, count in Counter(names).items() if count > 1] == []


def test_every_part_that_the_scripts_name_is_in_the_template() -> None:
    editor = build_editor(find_assets(), functions(SERVER_FUNCTIONS))
    parts = set(re.findall(r'data-part="([\w-]+)"', str(editor.html_template)))
    folder = Path(find_assets()) / "js"
    named: set[str] = set()
    for path in folder.glob("editor*.js"):
        for dotted, quoted in re.findall(r'\bparts(?:\.(\w+)|\["([\w-]+)"\])', path.read_text(encoding="utf-8")):
            named.add(dotted or quoted)
    assert named - parts == set()


def test_the_template_holds_nothing_that_gradio_would_evaluate() -> None:
    template = str(build_editor(find_assets(), functions(SERVER_FUNCTIONS)).html_template)
    assert not re.search(r"\$\{|\{\{|`|\\", template)


def test_a_missing_function_is_told_when_the_page_is_built() -> None:
    with pytest.raises(ValueError, match="were not given: undo"):
        build_editor(find_assets(), functions(tuple(name for name in SERVER_FUNCTIONS if name != "undo")))
