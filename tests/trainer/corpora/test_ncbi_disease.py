"""An invented NCBI Disease file enters; checks on diseases, identifiers and the repeated abstract leave."""

from __future__ import annotations


def test_all_four_classes_are_diseases_with_curies(read_sample) -> None:
    documents, _ = read_sample("ncbi_disease")
    assert [(a.text, a.label, a.identifiers) for a in documents[0].annotations] == [
        ("familial glimmer ataxia", "Disease", ("MESH:D900001",)),
        ("Glimmer ataxia", "Disease", ("MESH:D900001",)),
        ("GA", "Disease", ("MESH:D900001",)),
        ("blue or green fever", "Disease", ("MESH:D900002", "OMIM:900003")),
        ("fever", "Disease", ("MESH:D900004", "MESH:C900005")),
    ]


def test_the_second_copy_of_an_abstract_is_reported_and_left_out(read_sample) -> None:
    documents, problems = read_sample("ncbi_disease")
    assert [d.id for d in documents] == ["9000001", "9000002"]
    assert [p.document_id for p in problems if "twice" in p.message] == ["9000001"]


def test_a_mention_whose_text_is_not_there_is_reported_and_its_document_kept(read_sample) -> None:
    documents, problems = read_sample("ncbi_disease")
    assert [(p.line, p.document_id) for p in problems if "twice" not in p.message] == [(13, "9000002")]
    assert [(a.text, a.identifiers) for a in documents[1].annotations] == [("lumositis", ())]
