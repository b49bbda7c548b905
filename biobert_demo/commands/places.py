"""Paths on the command line enter; those that cannot work are refused before any work begins, and formats leave."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from biobert_demo.errors import BadInput
from biobert_demo.formats.files import STANDARD


def check_inputs(inputs: Sequence[str]) -> None:
    """Raise BadInput for a path that is not there, and for standard input given twice."""
    for path in inputs:
        if path != STANDARD and not Path(path).exists():
            raise BadInput(f"There is no file {path}; check the path.")
    if inputs.count(STANDARD) > 1:
        raise BadInput("Standard input (-) is given twice; give it once.")


def check_output(output: str, inputs: Sequence[str] = ()) -> None:
    """Raise BadInput where nothing could be written, or an input would be overwritten."""
    if output == STANDARD:
        return
    folder = Path(output).absolute().parent
    if not folder.is_dir():
        raise BadInput(f"There is no folder {folder} to write {Path(output).name} into; create it first.")
    for path in inputs:
        if path != STANDARD and Path(output).exists() and Path(path).samefile(output):
            raise BadInput(f"{output} is both input and output; choose another output.")


def format_of(output: str) -> str:
    """The format that the suffix of an output means; raises BadInput where it means none."""
    from biobert_demo.formats import FORMATS, WRITABLE

    suffix = Path(output.removesuffix(".gz")).suffix.lower()
    for name in WRITABLE:
        if suffix and FORMATS[name].suffix == suffix:
            return name
    raise BadInput(f"The name {output} does not tell its format; add --format with one of {', '.join(WRITABLE)}.")


def readable_formats() -> list[str]:
    """The names of formats that files can be read as."""
    from biobert_demo.formats import FORMATS

    return [name for name, one in FORMATS.items() if one.read is not None]


def read_names(text: str) -> list[str]:
    """Names separated by commas, for argparse."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise argparse.ArgumentTypeError(f"names are separated by commas, but there are none in {text!r}")
    return names
