"""Points of curves enter; Gradio's native line plots, and the values they draw, leave."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import gradio as gr

from biobert_demo.learning_view import dev_points, loss_points

_HEIGHT = 220


class LearnPlots:
    """The plots of a run, and the one over all models. Values are plain dicts, which Gradio's plots take as they are."""

    def build_loss(self) -> gr.LinePlot:
        """The loss by step."""
        return gr.LinePlot(
            x="step", y="loss", x_title="steps", y_title="loss", label="Loss: should fall", height=_HEIGHT,
            min_width=280, elem_id="bd-learn-loss",
        )  # fmt: skip

    def build_dev(self) -> gr.LinePlot:
        """F1 on documents that are not learned from, by step."""
        return gr.LinePlot(
            x="step", y="F1", color="documents", x_title="steps", y_title="F1",
            label="Dev F1: should rise", height=_HEIGHT, min_width=280, elem_id="bd-learn-dev",
        )  # fmt: skip

    def build_history(self) -> gr.LinePlot:
        """F1 by the number of corrected documents, over the lab's models."""
        return gr.LinePlot(
            x="documents", y="F1", color="label", x_title="corrected documents", y_title="F1 on your corrections",
            label="Learning curve", height=300, elem_id="bd-learn-curve",
        )  # fmt: skip

    def loss(self, metrics: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
        """The value of the plot of the loss."""
        return _value(("step", "loss"), loss_points(metrics))

    def dev(self, metrics: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
        """The value of the plot of dev F1."""
        return _value(("step", "F1", "documents"), dev_points(metrics))

    def history(self, points: Sequence[Sequence[Any]]) -> dict[str, Any]:
        """The value of the learning curve, from [documents, F1, label]."""
        return _value(("documents", "F1", "label"), points)


def _value(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """The first two columns are numbers, a third one names the line."""
    datatypes = {name: "quantitative" if index < 2 else "nominal" for index, name in enumerate(columns)}
    return {"columns": list(columns), "data": [list(row) for row in rows], "datatypes": datatypes, "mark": "line"}
