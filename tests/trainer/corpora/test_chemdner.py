"""Invented CHEMDNER tables enter; checks on chemicals in title and abstract leave."""

from __future__ import annotations


def test_offsets_into_title_and_abstract_become_offsets_into_the_document(read_sample) -> None:
    documents, _ = read_sample("bc4chemd")
    assert [(d.id, [p.kind for p in d.passages]) for d in documents] == [
        ("9200001", ["title", "abstract"]),
        ("9200002", ["title", "abstract"]),
    ]
    assert [(a.start, a.text, a.label) for a in documents[0].annotations] == [
        (0, "Ethanol", "Chemical"),
        (12, "β-glimmerol", "Chemical"),
        (34, "Na2GlO4", "Chemical"),
        (55, "ethanol", "Chemical"),
    ]


def test_what_does_not_fit_is_reported_with_its_line(read_sample) -> None:
    _, problems = read_sample("bc4chemd")
    assert sorted((p.source, p.line, p.document_id) for p in problems) == [
        ("training.abstracts.txt", 3, None),
        ("training.annotations.txt", 5, "9200001"),
        ("training.annotations.txt", 6, "9200009"),
        ("training.annotations.txt", 7, None),
    ]


def test_each_part_has_its_own_files(read_sample) -> None:
    assert [[d.id for d in read_sample("bc4chemd", part)[0]] for part in ("dev", "test")] == [
        ["9200003"],
        ["9200004"],
    ]
