"""IOB2 lines enter; checks on the documents and mentions that they spell leave."""

from __future__ import annotations

import pytest

from biobert_demo.errors import Problem
from trainer.corpora.iob import read_blocks, to_document


def _read(lines: list[str]) -> tuple[list[list[tuple[str, str]]], list[str]]:
    problems: list[Problem] = []
    documents = [
        to_document(str(n), block.sentences, "x.tsv", problems.append)
        for n, block in enumerate(read_blocks(lines, "x.tsv", lambda line: line.startswith("#DOC"), problems.append))
    ]
    return [[(a.text, a.label) for a in d.annotations] for d in documents], [str(p) for p in problems]


@pytest.mark.parametrize(
    ("tags", "mentions"),
    [
        ("B-protein I-protein O", [("w0 w1", "Gene")]),
        ("B-protein B-protein O", [("w0", "Gene"), ("w1", "Gene")]),
        ("O B-Simple_chemical I-Simple_chemical", [("w1 w2", "Chemical")]),
        ("B-DNA O B-RNA", [("w0", "DNA"), ("w2", "RNA")]),
        ("O O O", []),
    ],
)
def test_tags_spell_mentions(tags: str, mentions: list[tuple[str, str]]) -> None:
    lines = [f"w{i}\t{tag}" for i, tag in enumerate(tags.split())]
    assert _read(lines) == ([mentions], [])


@pytest.mark.parametrize(
    ("tags", "mentions", "said"),
    [
        ("O I-protein O", [("w1", "Gene")], "x.tsv:2 (document 0): the tag I-protein follows no tag of its class"),
        ("B-DNA I-protein O", [("w0", "DNA"), ("w1", "Gene")], "x.tsv:2 (document 0): the tag I-protein"),
        ("O E-protein O", [], "x.tsv:2 (document 0): 'E-protein' is not an IOB2 tag; read as O"),
        ("O B- O", [], "x.tsv:2 (document 0): 'B-' is not an IOB2 tag"),
    ],
)
def test_broken_tags_are_reported_with_their_line(tags: str, mentions: list[tuple[str, str]], said: str) -> None:
    lines = [f"w{i}\t{tag}" for i, tag in enumerate(tags.split())]
    found, [problem] = _read(lines)
    assert found == [mentions]
    assert problem.startswith(said)


def test_markers_cut_documents_and_blank_lines_cut_sentences_and_mentions() -> None:
    lines = ["#DOC 1", "", "a\tB-protein", "", "b\tI-protein", "#DOC 2", "", "", "#DOC 3", "c\tO"]
    problems: list[Problem] = []
    blocks = list(read_blocks(lines, "x.tsv", lambda line: line.startswith("#DOC"), problems.append))
    assert [(b.marker, [[r.token for r in s] for s in b.sentences]) for b in blocks] == [
        ("#DOC 1", [["a"], ["b"]]),
        ("#DOC 3", [["c"]]),
    ]
    document = to_document("1", blocks[0].sentences, "x.tsv", problems.append)
    assert (document.text, [p.kind for p in document.passages]) == ("a\nb", ["sentence", "sentence"])
    assert [a.text for a in document.annotations] == ["a", "b"]


def test_a_line_without_a_tag_is_reported() -> None:
    found, [problem] = _read(["alone", "b\tB-protein"])
    assert found == [[("b", "Gene")]]
    assert problem == "x.tsv:1: the line 'alone' is not `token, tag` with a tab; left out"
