"""Invented chemical IOB sets enter; checks on their sentences leave."""

from __future__ import annotations

import pytest

from trainer.corpora import CORPORA


@pytest.mark.parametrize("name", ["bionlp13cg", "bionlp11id", "bionlp13pc"])
@pytest.mark.parametrize("part", ["train", "dev", "test"])
def test_each_sentence_is_a_document_with_its_chemicals(read_sample, name: str, part: str) -> None:
    documents, problems = read_sample(name, part)
    assert [d.id for d in documents] == [f"{name}-{part}-1", f"{name}-{part}-2"]
    assert [[(a.text, a.label) for a in d.annotations] for d in documents] == [
        [("sodium glimmerate", "Chemical")],
        [],
    ]
    assert documents[1].text == "no tab"
    assert [(p.line, p.document_id) for p in problems] == [(8, None)]
    assert CORPORA[name].sentences_only
