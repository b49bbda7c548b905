"""Points of curves enter; Gradio's native line plots, and the values they draw, leave."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import gradio as gr

from biobert_demo.learning_view import dev_points, loss_points

_HEIGHT = 250
_COLORS = {
    "all labels": "#7d776b",
    "Disease": "#d2603a",
    "Drug / chemical": "#3a8fd6",
    "Gene": "#a68a0c",
    "Species": "#ab5fa6",
}
_FURTHER_COLORS = ("#2f9a83", "#c2527f", "#6f7fd0", "#8c8c3a")
"""Those of the labels, of a lightness that can be seen on white and on black paper; Gradio takes one for both."""


class LearnPlots:
    """The plots of a run, and the one over all models. Values are plain dicts, which Gradio's plots take as they are.

    Their headings are the plots' own: with a label above it, Gradio cuts the lower end of a plot off.
    """

    def build_loss(self) -> gr.LinePlot:
        """The loss by step."""
        return gr.LinePlot(
            x="step", y="loss", x_title="steps of learning", y_title="loss", title="Loss (should fall)",
            x_axis_format="~s", y_lim=[0, None], height=_HEIGHT, min_width=260, elem_id="bd-learn-loss",
        )  # fmt: skip

    def build_dev(self) -> gr.LinePlot:
        """F1 on documents that are not learned from, by step."""
        return gr.LinePlot(
            x="step", y="F1", color="documents", x_title="steps of learning", y_title="F1", color_title=" ",
            title="Dev F1 (should rise)", x_axis_format="~s", height=_HEIGHT, min_width=260, elem_id="bd-learn-dev",
        )  # fmt: skip

    def build_history(self) -> gr.LinePlot:
        """F1 by the number of corrected documents, over the lab's models."""
        return gr.LinePlot(
            x="documents", y="F1", color="label", x_title="corrected documents",
            y_title="F1 on documents set aside", color_title=" ", title="Learning curve",
            x_axis_format="~s", height=_HEIGHT + 60, elem_id="bd-learn-curve",
        )  # fmt: skip

    def loss(self, metrics: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
        """The value of the plot of the loss."""
        return _value(("step", "loss"), loss_points(metrics))

    def dev(self, metrics: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
        """The value of the plot of dev F1."""
        return _value(("step", "F1", "documents"), dev_points(metrics))

    def history(self, points: Sequence[Sequence[Any]]) -> gr.LinePlot:
        """The learning curve of [documents, F1, label], as an update of its plot: each label needs a colour."""
        names = dict.fromkeys(label for _, _, label in points)
        further = itertools.cycle(_FURTHER_COLORS)
        colors = {name: _COLORS.get(name) or next(further) for name in names}
        return gr.LinePlot(value=_value(("documents", "F1", "label"), points), color_map=colors)


def _value(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """The first two columns are numbers, a third one names the line."""
    datatypes = {name: "quantitative" if index < 2 else "nominal" for index, name in enumerate(columns)}
    return {"columns": list(columns), "data": [list(row) for row in rows], "datatypes": datatypes, "mark": "line"}
