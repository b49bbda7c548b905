"""The stylesheet enters; whether its colours can be read and told apart, with colour blindness too, is decided."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest

from biobert_demo.settings import find_assets

LABELS = ("disease", "chemical", "gene", "species")
OTHERS = tuple(f"other-{number}" for number in range(7))
# Full dichromacy: Machado, Oliveira and Fernandes (2009), doi:10.1109/TVCG.2009.113, severity 1.0, on linear RGB.
VISION = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = np.array([0.9505, 1.0, 1.089])


def variables(theme: str) -> dict[str, str]:
    """The colour variables of the light or the dark theme."""
    found: dict[str, str] = {}
    for path in sorted((find_assets() / "css").glob("*.css")):
        text = path.read_text(encoding="utf-8")
        for selector in (":root",) if theme == "light" else (":root", ".dark"):
            for block in re.findall(rf"^{re.escape(selector)} \{{(.*?)^\}}", text, re.DOTALL | re.MULTILINE):
                found |= dict(re.findall(r"--bd-([\w-]+): (#[0-9a-f]{6});", block))
    return found


def linear(colour: str) -> np.ndarray:
    values = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def contrast(first: str, second: str) -> float:
    """WCAG 2.2 contrast ratio."""
    dark, light = sorted(float(TO_XYZ[1] @ linear(colour)) for colour in (first, second))
    return (light + 0.05) / (dark + 0.05)


def difference(first: str, second: str, vision: np.ndarray) -> float:
    """CIE 1976 colour difference as somebody with this vision sees it."""
    labs = []
    for colour in (first, second):
        xyz = TO_XYZ @ np.clip(vision @ linear(colour), 0, 1) / WHITE
        f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
        labs.append(np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])]))
    return float(np.linalg.norm(labs[0] - labs[1]))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("label", [*LABELS, *OTHERS])
def test_words_and_letters_on_a_highlight_can_be_read(theme: str, label: str) -> None:
    colours = variables(theme)
    tint, line = colours[f"{label}-tint"], colours[f"{label}-line"]
    assert contrast(colours["ink"], tint) >= 7, "text of a mention"
    assert contrast(line, tint) >= 4.5, "its letter"
    assert contrast(line, colours["paper"]) >= 4.5, "its underline, and its letter once the legend has hidden it"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_text_can_be_read(theme: str) -> None:
    colours = variables(theme)
    for surface in ("paper", "panel", "hover"):
        for text in ("ink", "soft", "accent", "bad"):
            assert contrast(colours[text], colours[surface]) >= 4.5, (text, surface)
        assert contrast(colours["focus"], colours[surface]) >= 3


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_labels_stay_apart_with_colour_blindness(theme: str, vision: str) -> None:
    colours = variables(theme)
    for first, second in itertools.combinations(LABELS, 2):
        tints = difference(colours[f"{first}-tint"], colours[f"{second}-tint"], VISION[vision])
        assert tints >= 12, (first, second, round(tints, 1))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_further_labels_have_colours_of_their_own(theme: str) -> None:
    colours = variables(theme)
    for first, second in itertools.combinations([*LABELS, *OTHERS], 2):
        tints = difference(colours[f"{first}-tint"], colours[f"{second}-tint"], VISION["normal"])
        assert tints >= 10, (first, second, round(tints, 1))


def test_twenty_eight_further_labels_differ_in_colour_or_line() -> None:
    text = (find_assets() / "css" / "reader.css").read_text(encoding="utf-8")
    styles: dict[str, list[str]] = {f"other-{number}": [] for number in range(28)}
    for selectors, rule in re.findall(r"^\.bd-plain :is\(([^)]*)\) \{ (.*) \}$", text, re.MULTILINE):
        for name in re.findall(r'data-label="([^"]+)"', selectors):
            styles[name].append(rule)
    assert len({tuple(rules) for rules in styles.values()}) == 28


def test_labels_differ_without_colour() -> None:
    text = (find_assets() / "css" / "reader.css").read_text(encoding="utf-8")
    styles = dict(re.findall(r'data-label="(Disease|Chemical|Gene|Species)"\] \{[^}]*--under: (\w+);', text))
    assert len(styles) == 4
    assert len(set(styles.values())) == 4


def test_no_style_asks_another_host_for_anything() -> None:
    for path in (find_assets() / "css").glob("*.css"):
        assert not re.search(r"url\(|@import|https?:", path.read_text(encoding="utf-8")), path
