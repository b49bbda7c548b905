"""Problems name their place as editors and compilers do."""

from __future__ import annotations

import pytest

from biobert_demo.errors import BadInput, BiobertDemoError, ModelUnavailable, Problem


@pytest.mark.parametrize(
    ("problem", "shown"),
    [
        (Problem("a.txt", "is empty."), "a.txt: is empty."),
        (Problem("a.txt", "has 3 fields.", line=7), "a.txt:7: has 3 fields."),
        (Problem("a.txt", "is odd.", line=7, document_id="D1"), "a.txt:7 (document D1): is odd."),
        (Problem("a.txt", "is odd.", document_id="D1"), "a.txt (document D1): is odd."),
    ],
)
def test_problem_shows_its_place(problem: Problem, shown: str) -> None:
    assert str(problem) == shown


def test_exit_codes_tell_bad_input_from_failure() -> None:
    assert BadInput.exit_code == 2
    assert ModelUnavailable.exit_code == BiobertDemoError.exit_code == 1
