"""Guidelines, labels and corrections enter; what the editor gets, and what is refused from it, is checked."""

from __future__ import annotations

from typing import Any

import pytest

from biobert_demo.documents import Document, Passage
from biobert_demo.errors import BadInput
from biobert_demo.store import ProjectLabel, StoredDocument
from biobert_demo.ui.guideline import render_guideline
from biobert_demo.ui.review_values import present_project_labels, read_corrections, title_of


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("# Rules\n\n- *one*", "<h3>Rules</h3>\n<ul>\n<li><em>one</em></li>\n</ul>\n"),
        ("<img src=x onerror=alert(1)>", "<p>&lt;img src=x onerror=alert(1)&gt;</p>\n"),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>\n"),
        ("${alert(1)} {{value}} `${x}`", "<p>${alert(1)} {{value}} <code>${x}</code></p>\n"),
        ("###### deep", "<h6>deep</h6>\n"),
        ("", ""),
    ],
)
def test_a_guideline_can_do_no_harm(markdown: str, html: str) -> None:
    assert render_guideline(markdown) == html


def test_a_guideline_fetches_nothing_and_its_links_leave_in_a_new_tab() -> None:
    html = render_guideline("![p](http://elsewhere.example/p.png) [l](https://elsewhere.example)")
    assert "<img" not in html
    assert html.count('target="_blank" rel="noopener noreferrer nofollow"') == 2


def test_every_label_has_a_letter_of_its_own_and_those_met_follow() -> None:
    labels = [ProjectLabel("Disease", "Disease", "#ff0000", "1"), ProjectLabel("Drug2", "Drugs")]
    presented = present_project_labels(labels, ["Device", "Disease"])
    assert [(one["name"], one["shown"], one["letter"], one["color"], one["key"]) for one in presented] == [
        ("Disease", "Disease", "D", "#ff0000", "1"),
        ("Drug2", "Drugs", "R", None, None),
        ("Device", "Device", "E", None, None),
    ]


@pytest.mark.parametrize(
    "values", [None, [], {}, "x", [None], [[]], [{"action": "drop"}], [{"action": "add"}] * 20_001]
)
def test_corrections_that_cannot_be_read_are_refused(values: Any) -> None:
    with pytest.raises(BadInput, match="reload"):
        read_corrections(values)


@pytest.mark.parametrize(
    ("document", "title"),
    [
        (Document("1", "Title\nText.", (Passage("title", 0, 5), Passage("abstract", 6, 11))), "Title"),
        (Document("1", "A  text\nwithout a title."), "A text without a title."),
        (Document("1", "word " * 60), ("word " * 18)[:-1][:89].rstrip() + "…"),
        (Document("1", "\nText.", (Passage("title", 0, 0), Passage("abstract", 1, 6))), "Text."),
    ],
)
def test_a_title_is_the_titles_passage_or_the_first_words(document: Document, title: str) -> None:
    assert title_of(StoredDocument(1, 1, "h", "n", document, "")) == title
