"""A model that may still be loading enters; the whole page, as Gradio Blocks, and how to launch it leave."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from biobert_demo.documents import Document
from biobert_demo.errors import BiobertDemoError
from biobert_demo.settings import find_assets
from biobert_demo.ui.learn import build_learn_tab
from biobert_demo.ui.learn_actions import LearnActions
from biobert_demo.ui.model_state import ModelState
from biobert_demo.ui.presentation import present_spans
from biobert_demo.ui.read import build_read_tab
from biobert_demo.ui.reading import CHARACTERS_AT_ONCE
from biobert_demo.ui.review import Workplace, build_review_tab
from biobert_demo.ui.status import build_model_line, status_of_model

TITLE = "BioBERT demo"

_HEADER = """
<header class="bd-header">
  <h1>BioBERT demo</h1>
  <p>Diseases, drugs, genes and species in biomedical abstracts, found on this computer.</p>
</header>
"""
_FOOTER = """
<footer class="bd-footer">
  <p><strong>Not for clinical use.</strong> The model makes mistakes; check before you rely on what it shows.
  Your texts stay on this computer.</p>
</footer>
"""


def build_page(work: Workplace, assets: Path | None = None) -> gr.Blocks:
    """The page with its tabs, and the one public endpoint, /annotate."""
    assets = assets or find_assets()
    models = work.models
    with gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True, delete_cache=(600, 3600)) as page:
        with gr.Row(elem_classes="bd-head-row"):
            gr.HTML(_HEADER, apply_default_css=False, elem_classes="bd-plain bd-header-frame")
            state = build_model_line(assets, models, "bd-model-status", "bd-model-frame")
        with gr.Tabs() as tabs:
            with gr.Tab("Read", id="read") as read_tab:
                review_button, on_display = build_read_tab(models, assets)
            with gr.Tab("Review", id="review") as tab:
                review = build_review_tab(work, assets, tabs, tab)
            with gr.Tab("Learn", id="learn") as learn_tab:
                actions = LearnActions(work.stores, work.people, work.settings)
                build_learn_tab(actions, assets, learn_tab, [read_tab, tab], review.inputs[1])
        gr.HTML(_FOOTER, apply_default_css=False, elem_classes="bd-plain")

        def watch_model() -> Iterator[str]:
            yield status_of_model(models.status)
            yield status_of_model(models.wait())

        def annotate(text: str) -> dict[str, Any]:
            """What the model finds in a text, as code point offsets, and its version; waits while a first one loads."""
            return annotate_text(models, text)

        review_button.click(
            review.review_texts,
            [on_display, *review.inputs],
            review.outputs,
            show_progress="hidden",
            api_visibility="private",
        )
        page.load(
            review.open_address,
            review.address_inputs,
            review.address_outputs,
            show_progress="hidden",
            api_visibility="private",
        )
        page.load(watch_model, None, state, show_progress="hidden", api_visibility="private", concurrency_limit=None)
        gr.api(annotate, api_name="annotate", concurrency_limit=4)
    return page


def launch_options(assets: Path | None = None) -> dict[str, Any]:
    """What `launch` needs for this page to look as it should and to keep texts and usage data to itself."""
    assets = assets or find_assets()
    style = "\n".join(path.read_text(encoding="utf-8") for path in sorted((assets / "css").glob("*.css")))
    script = "\n".join((assets / "js" / name).read_text(encoding="utf-8") for name in ("page.js",))
    return {
        "theme": _theme(),
        "head": f"<style>{style}</style><script>{script}</script>",
        "footer_links": ["api", "settings"],
        "run_history": False,
        "share": False,
        "ssr_mode": False,
        "quiet": True,
    }


def annotate_text(models: ModelState, text: str) -> dict[str, Any]:
    """The text with its spans, for /annotate; raises gr.Error with one sentence where that is impossible."""
    if not isinstance(text, str):
        raise gr.Error(f"/annotate takes one string, but it got {type(text).__name__}.", print_exception=False)
    if len(text) > CHARACTERS_AT_ONCE:
        raise gr.Error(
            f"The text has {len(text):,} characters, more than {CHARACTERS_AT_ONCE:,}; send it in parts.",
            print_exception=False,
        )
    try:
        # The version is asked of the model that answered, since another one may serve by now.
        served = models.serving()
        (document,) = served.recognize([Document("text", text)])
    except BiobertDemoError as error:
        raise gr.Error(str(error), print_exception=False) from error
    return {"text": text, "spans": present_spans(document), "model": served.version}


def _theme() -> gr.themes.Base:
    # System fonts alone: a page that says texts stay here must not ask anybody for a font.
    sans = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "Liberation Sans", "sans-serif")
    mono = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "Liberation Mono", "monospace")
    theme = gr.themes.Default(
        primary_hue="stone", secondary_hue="stone", neutral_hue="stone", font=sans, font_mono=mono
    )
    # The values of page.css's variables, so that Gradio's own parts lie on the same paper.
    return theme.set(
        body_background_fill="#fbfaf7",
        body_background_fill_dark="#16181c",
        body_text_color="#1f1e1b",
        body_text_color_dark="#ece8e0",
        block_background_fill="#ffffff",
        block_background_fill_dark="#1c1f24",
        block_border_color="#e3ded4",
        block_border_color_dark="#33363d",
        block_label_background_fill="#ffffff",
        block_label_background_fill_dark="#1c1f24",
        block_label_text_color="#645f56",
        block_label_text_color_dark="#a8a397",
        block_info_text_color="#645f56",
        block_info_text_color_dark="#a8a397",
        block_title_text_color="#645f56",
        block_title_text_color_dark="#a8a397",
        input_background_fill="#ffffff",
        input_background_fill_dark="#1c1f24",
        input_border_color="#e3ded4",
        input_border_color_dark="#33363d",
        input_placeholder_color="#736d63",
        input_placeholder_color_dark="#9a958a",
        button_primary_background_fill="#2b2a27",
        button_primary_background_fill_hover="#47443f",
        button_primary_background_fill_dark="#ece8e0",
        button_primary_background_fill_hover_dark="#ffffff",
        button_primary_text_color="#fbfaf7",
        button_primary_text_color_dark="#16181c",
        button_large_text_weight="500",
        table_border_color="#e3ded4",
        table_border_color_dark="#33363d",
        table_even_background_fill="#ffffff",
        table_even_background_fill_dark="#1c1f24",
        table_odd_background_fill="#fbfaf7",
        table_odd_background_fill_dark="#202329",
    )
