"""Nothing enters; the folder of tiny invented corpora, and the real one where a person has it, leave."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from biobert_demo.documents import Document
from biobert_demo.errors import Problem
from trainer.corpora import read_corpus

SAMPLES = Path(__file__).parent / "samples"


@pytest.fixture
def samples() -> Path:
    return SAMPLES


@pytest.fixture
def real_data() -> Path:
    folder = os.environ.get("BIOBERT_DEMO_DATA")
    if not folder:
        pytest.skip("BIOBERT_DEMO_DATA is not set, so there are no real corpora to check")
    return Path(folder)


ReadSample = Callable[..., tuple[list[Document], list[Problem]]]


@pytest.fixture
def read_sample() -> ReadSample:
    """(name, part) -> (documents, problems) of an invented corpus."""

    def read(name: str, part: str = "train") -> tuple[list[Document], list[Problem]]:
        problems: list[Problem] = []
        return list(read_corpus(name, SAMPLES, part, problems.append)), problems

    return read
