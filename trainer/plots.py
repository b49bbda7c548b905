"""Records of runs enter; small PNG pictures for model cards leave."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# Okabe and Ito's palette, distinguishable with any colour vision; line styles differ too.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_STYLES = ("-", "--", "-.", ":")


def plot_training(metrics: Path, picture: Path) -> None:
    """Loss (left) and F1 on dev (right) against word pieces seen, from a run's metrics.jsonl."""
    records = read_metrics(metrics)
    figure, loss_axis = _figure()
    losses = [(r["pieces"], r["loss"]) for r in records if "loss" in r]
    if losses:
        loss_axis.plot(*zip(*losses, strict=True), color="#999999", linewidth=1)
    loss_axis.set_xlabel("word pieces seen")
    loss_axis.set_ylabel("loss")
    f1_axis = loss_axis.twinx()
    names = sorted({name for r in records for name in r if name.startswith("dev_") and "." not in name})
    for place, name in enumerate(names):
        points = [(r["pieces"], 100 * r[name]) for r in records if name in r]
        is_main = name == "dev_main"
        f1_axis.plot(
            *zip(*points, strict=True),
            color="#000000" if is_main else _COLOURS[place % (len(_COLOURS) - 1)],
            linestyle="-" if is_main else _STYLES[place % len(_STYLES)],
            linewidth=2.5 if is_main else 1,
            marker="o",
            markersize=3,
            label="mean" if is_main else name.removeprefix("dev_"),
        )
    f1_axis.set_ylabel("F1 on dev, percent")
    if names:
        f1_axis.legend(fontsize=6, loc="lower right", ncols=2)
    _save(figure, picture)


def plot_reliability(calibration: Path, picture: Path) -> None:
    """How often spans were right against their score, with the number of spans in each tenth, from calibration.json."""
    bins = [b for b in json.loads(calibration.read_text(encoding="utf-8"))["bins"] if b["count"]]
    figure, axis = _figure()
    axis.plot([0, 1], [0, 1], color="#999999", linestyle="--", linewidth=1, label="perfectly calibrated")
    points = [(b["mean_score"], b["share_right"]) for b in bins]
    if points:
        axis.plot(*zip(*points, strict=True), color=_COLOURS[0], marker="o", label="spans on dev")
    axis.set_xlabel("score")
    axis.set_ylabel("share of spans that were right")
    counts = axis.twinx()
    counts.bar([b["mean_score"] for b in bins], [b["count"] for b in bins], width=0.06, color=_COLOURS[0], alpha=0.15)
    counts.set_ylabel("spans")
    axis.legend(fontsize=7, loc="upper left")
    _save(figure, picture)


def plot_learning_curves(runs: Mapping[str, Path], picture: Path) -> None:
    """Mean F1 on dev against word pieces seen, one line for each run's metrics.jsonl."""
    figure, axis = _figure()
    for place, (name, metrics) in enumerate(runs.items()):
        points = [(r["pieces"], 100 * r["dev_main"]) for r in read_metrics(metrics) if "dev_main" in r]
        if points:
            axis.plot(
                *zip(*points, strict=True),
                color=_COLOURS[place % len(_COLOURS)],
                linestyle=_STYLES[place % len(_STYLES)],
                marker="o",
                label=name,
            )
    axis.set_xlabel("word pieces seen")
    axis.set_ylabel("F1 on dev, percent")
    if runs:
        axis.legend(fontsize=8)
    _save(figure, picture)


def read_metrics(path: Path) -> list[dict[str, Any]]:
    """The records of a metrics.jsonl; a last line cut off by a kill is passed over."""
    records = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            records.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    return records


def _figure() -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 3.6), dpi=100, layout="constrained")
    axis = figure.subplots()
    axis.grid(visible=True, alpha=0.3)
    return figure, axis


def _save(figure: Any, picture: Path) -> None:
    figure.savefig(picture, format="png", metadata={"Software": None})
