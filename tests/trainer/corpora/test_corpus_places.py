"""Stated places of mentions enter; checks on where they are taken, and on what is reported, leave."""

from __future__ import annotations

import pytest

from biobert_demo.errors import Problem
from trainer.corpora.passages import line_passages
from trainer.corpora.places import locate_mention

TEXT = "😀 β-globin and globin"


@pytest.mark.parametrize(
    ("stated", "surface", "taken", "said"),
    [
        ((2, 10), "β-globin", (2, 10), None),
        ((3, 11), "β-globin", (2, 10), "taken at 2-10"),
        ((15, 22), "globin", (15, 21), "taken at 15-21"),
        ((9, 15), "globin", (4, 10), "taken at 4-10"),
        ((0, 8), "haemin", None, "left out"),
        ((-1, -1), "haemin", None, "left out"),
        ((90, 99), "globin", None, "left out"),
        ((3, 3), "", None, "left out"),
    ],
)
def test_a_mention_is_taken_where_its_text_stands(
    stated: tuple[int, int], surface: str, taken: tuple[int, int] | None, said: str | None
) -> None:
    problems: list[Problem] = []
    place = Problem("genes.tsv", "", 7, "doc-1")
    found = locate_mention(TEXT, stated, surface, "Gene", problems.append, place, ("NCBIGene:1",))
    assert (found and (found.start, found.end)) == taken
    if said is None:
        assert problems == []
    else:
        [problem] = problems
        assert said in problem.message
        assert (problem.source, problem.line, problem.document_id) == ("genes.tsv", 7, "doc-1")


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("Title. \n\nAbstract.\n", [("title", "Title. "), ("abstract", "Abstract.")]),
        ("Title\r\nOne\r\nTwo", [("title", "Title"), ("abstract", "One"), ("abstract", "Two")]),
        ("One\u2028line\x0bonly", [("title", "One\u2028line\x0bonly")]),
    ],
)
def test_passages_are_the_lines_of_a_text(text: str, blocks: list[tuple[str, str]]) -> None:
    passages = line_passages(text, ("title", "abstract"))
    assert [(passage.kind, text[passage.start : passage.end]) for passage in passages] == blocks
