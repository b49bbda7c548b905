"""The built page enters; which endpoints it opens, what templates hold and what leaves the computer is checked."""

from __future__ import annotations

import re

import gradio as gr
import pytest
from word_list import WordListRecognizer

from biobert_demo.documents import Document
from biobert_demo.errors import ModelUnavailable
from biobert_demo.ui.model_state import ModelState
from biobert_demo.ui.page import annotate_text, build_page, launch_options
from biobert_demo.ui.people import People
from biobert_demo.ui.reading import CHARACTERS_AT_ONCE
from biobert_demo.ui.review import Workplace
from biobert_demo.ui.store_state import StoreState

TEXT = "💊 allergy to α-tocopherol"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> gr.Blocks:
    home = tmp_path_factory.mktemp("home") / "not made yet"
    return build_page(Workplace(ModelState(WordListRecognizer), StoreState.at(home), People()))


def test_annotate_is_the_only_public_endpoint(page: gr.Blocks) -> None:
    assert list(page.get_api_info()["named_endpoints"]) == ["/annotate"]
    assert not page.get_api_info()["unnamed_endpoints"]


def test_templates_are_static(page: gr.Blocks) -> None:
    components = [block for block in page.blocks.values() if isinstance(block, gr.HTML) and block.js_on_load]
    own = [block for block in components if "createNode" in block.js_on_load]
    assert len(own) >= 4
    for block in own:
        assert not re.search(r"\$\{|\{\{|`|\\", block.html_template)
        assert block.css_template == ""


def test_the_page_sends_nothing_away(page: gr.Blocks) -> None:
    assert page.analytics_enabled is False
    options = launch_options()
    assert options["run_history"] is False
    assert options["share"] is False
    assert not re.search(r"https?://", options["head"])
    fonts = (*options["theme"]._font, *options["theme"]._font_mono)
    assert not any(isinstance(font, gr.themes.GoogleFont) for font in fonts)


def test_annotate_gives_code_point_offsets_into_the_text_as_sent() -> None:
    text = f"  {TEXT}\r\n\r\nBRCA1\n"
    answer = annotate_text(ModelState(WordListRecognizer), text)
    assert answer["text"] == text
    assert [(text[s["start"] : s["end"]], s["label"]) for s in answer["spans"]] == [
        ("allergy", "Disease"),
        ("α-tocopherol", "Chemical"),
        ("BRCA1", "Gene"),
    ]
    assert all(0 < s["score"] <= 1 for s in answer["spans"])


@pytest.mark.parametrize("text", ["", "   \n"])
def test_annotate_finds_nothing_in_an_empty_text(text: str) -> None:
    assert annotate_text(ModelState(WordListRecognizer), text) == {"text": text, "spans": [], "model": "word-list"}


def test_annotate_tells_what_is_wrong_in_one_sentence() -> None:
    def fail() -> WordListRecognizer:
        raise ModelUnavailable("There is no model folder at x; check the path.")

    with pytest.raises(gr.Error, match="no model folder at x"):
        annotate_text(ModelState(fail), TEXT)
    with pytest.raises(gr.Error, match="in parts"):
        annotate_text(ModelState(WordListRecognizer), "x" * (CHARACTERS_AT_ONCE + 1))
    with pytest.raises(gr.Error, match="takes one string"):
        annotate_text(ModelState(WordListRecognizer), 7)  # type: ignore[arg-type]


def test_the_word_list_is_honest_about_documents() -> None:
    (document,) = WordListRecognizer().recognize([Document("1", TEXT)])
    assert [a.text for a in document.annotations] == ["allergy", "α-tocopherol"]
