"""Names of models enter; a source of models in which tests choose, as a registry would, leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from word_list import WORDS, WordListRecognizer

from biobert_demo.ui.model_state import ModelChoice, Recognizer


def word_list(version: str, words: Mapping[str, tuple[str, float]] = WORDS) -> WordListRecognizer:
    """A list of words under a version of its own."""

    class Named(WordListRecognizer):
        pass

    Named.version = version
    return Named(words)


class Shelf:
    """Models numbered from 1; `loaded` lists the versions that were loaded, in order."""

    def __init__(self, *makers: Callable[[], Recognizer]) -> None:
        self.makers = list(makers)
        self.loaded: list[int] = []
        self.choice = self._choice(1)
        self.others: list[int] = []

    def put(self, *makers: Callable[[], Recognizer]) -> None:
        self.makers.extend(makers)

    def promote(self, number: int, problem: str = "") -> None:
        self.choice = self._choice(number, problem)

    def current(self) -> ModelChoice:
        return self.choice

    def load(self, choice: ModelChoice) -> Recognizer:
        assert choice.number is not None
        self.loaded.append(choice.number)
        return self.makers[choice.number - 1]()

    def instead_of(self, choice: ModelChoice, problem: str) -> ModelChoice | None:
        return self._choice(self.others.pop(0), problem) if self.others else None

    def _choice(self, number: int, problem: str = "") -> ModelChoice:
        return ModelChoice(Path(f"model-{number}"), f"m{number}", number, problem)
