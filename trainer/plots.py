"""Records of runs enter; small PNG pictures for model cards leave."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# Okabe and Ito's palette, distinguishable with any colour vision; line styles and markers differ too.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_STYLES = ("-", "--", "-.", ":")
_MARKERS = ("o", "s", "^", "D", "v", "P", "X")


def plot_training(metrics: Path, picture: Path) -> None:
    """Loss (left) and F1 on dev (right), mean and by corpus, against word pieces seen, from a run's metrics.jsonl."""
    records = read_metrics(metrics)
    figure, loss_axis = _figure("word pieces seen")
    losses = [(r["pieces"], r["loss"]) for r in records if "loss" in r]
    if losses:
        loss_axis.plot(*zip(*losses, strict=True), color="#999999", linewidth=1, label="loss (left)")
    loss_axis.set_ylabel("loss")
    f1_axis = loss_axis.twinx()
    f1_axis.set_ylabel("F1 on dev, percent")
    curves = {
        name: [(r["pieces"], 100 * r[name]) for r in records if name in r]
        for name in sorted({name for r in records for name in r if name.startswith("dev_") and "." not in name})
    }
    # The legend stands in the order of the curves' ends, top to bottom.
    for place, (name, points) in enumerate(sorted(curves.items(), key=lambda item: -item[1][-1][1])):
        if name == "dev_main":
            _draw(f1_axis, points, "mean", "#000000", "-", "o", linewidth=2.5)
        else:
            _draw(f1_axis, points, name.removeprefix("dev_"), *_look(place), linewidth=1)
    if losses or curves:
        figure.legend(loc="outside right upper", fontsize=7)
    _save(figure, picture)


def plot_reliability(calibration: Path, picture: Path) -> None:
    """How often spans were right against their score, with the number of spans in each tenth, from calibration.json."""
    bins = [b for b in json.loads(calibration.read_text(encoding="utf-8"))["bins"] if b["count"]]
    figure, axis = _figure("score")
    axis.plot([0, 1], [0, 1], color="#666666", linestyle="--", linewidth=1, label="perfectly calibrated")
    _draw(axis, [(b["mean_score"], b["share_right"]) for b in bins], "spans on dev", *_look(0), linewidth=1.5)
    axis.set_ylabel("share of spans that were right")
    counts = axis.twinx()
    counts.bar([b["mean_score"] for b in bins], [b["count"] for b in bins], width=0.06, color=_COLOURS[0], alpha=0.15)
    counts.set_ylabel("spans (bars)")
    axis.legend(fontsize=8, loc="upper left")
    _save(figure, picture)


def plot_learning_curves(runs: Mapping[str, Path], picture: Path) -> None:
    """Mean F1 on dev against word pieces seen, one line for each run's metrics.jsonl."""
    figure, axis = _figure("word pieces seen")
    for place, (name, metrics) in enumerate(runs.items()):
        points = [(r["pieces"], 100 * r["dev_main"]) for r in read_metrics(metrics) if "dev_main" in r]
        _draw(axis, points, name, *_look(place), linewidth=1.5)
    axis.set_ylabel("F1 on dev, percent")
    if runs:
        axis.legend(fontsize=8, loc="lower right")
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


def _figure(across: str) -> tuple[Any, Any]:
    """(figure, axes); `across` is what the horizontal axis counts: 2,000,000 is shown as 2M."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import EngFormatter

    figure = Figure(figsize=(6.8, 3.6), dpi=100, layout="constrained")
    axis = figure.subplots()
    axis.grid(visible=True, alpha=0.3)
    axis.set_xlabel(across)
    if across != "score":
        axis.xaxis.set_major_formatter(EngFormatter(sep=""))
    return figure, axis


def _look(place: int) -> tuple[str, str, str]:
    """Colour, line style and marker of the n-th line: no two of the first 84 are alike."""
    return _COLOURS[place % len(_COLOURS)], _STYLES[place % len(_STYLES)], _MARKERS[place % len(_MARKERS)]


def _draw(axis: Any, points: list[Any], name: str, colour: str, style: str, marker: str, linewidth: float) -> None:
    across, up = [point[0] for point in points], [point[1] for point in points]
    axis.plot(across, up, color=colour, linestyle=style, marker=marker, markersize=4, linewidth=linewidth, label=name)


def _save(figure: Any, picture: Path) -> None:
    """64 colours are enough for lines and letters, and a third of the bytes."""
    from PIL import Image

    drawn = io.BytesIO()
    figure.savefig(drawn, format="png")
    with Image.open(drawn) as image:
        image.convert("RGB").quantize(64).save(picture, format="PNG", optimize=True)
