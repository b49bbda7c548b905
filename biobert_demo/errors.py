"""What can go wrong enters; one clear sentence for the person who has to act on it leaves."""

from __future__ import annotations

from dataclasses import dataclass, field


class BiobertDemoError(Exception):
    """A failure worth telling a person about: what happened, the value seen, what to do."""

    exit_code = 1


class InvalidSpan(BiobertDemoError, ValueError):
    """A span that does not fit its text."""


class BadInput(BiobertDemoError, ValueError):
    """Input that cannot be used; `exit_code` 2, as for a wrong command line."""

    exit_code = 2


class ModelUnavailable(BiobertDemoError):
    """A model folder that is absent, incomplete or damaged."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a file that could not be used, with its place, so that nothing is dropped silently.

    `line` counts from 1; None where the place is a document rather than a line. `text_lost` says that more than
    annotations went: a document, or a line of its text.
    """

    source: str
    message: str
    line: int | None = None
    document_id: str | None = None
    text_lost: bool = field(default=False, compare=False)

    def __str__(self) -> str:
        place = self.source if self.line is None else f"{self.source}:{self.line}"
        document = "" if self.document_id is None else f" (document {self.document_id})"
        return f"{place}{document}: {self.message}"
