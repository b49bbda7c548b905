"""A lab's own files in several formats enter; checks on documents and annotated labels leave."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from biobert_demo.errors import BadInput, Problem
from trainer.corpora.generic import read_own_corpus

PUBTATOR = (
    "1|t|Velocumab and β-zorbin.\n1|a|It cures lumositis.\n"
    "1\t0\t9\tVelocumab\tDrug\tD1\n1\t14\t22\tβ-zorbin\tProtein\t7\n1\t33\t42\tlumositis\tRare_Disease\n"
)
CONLL = "Velocumab\tB-Drug\nand\tO\nβ-zorbin\tB-Protein\n.\tO\n"
BIOC = {
    "source": "lab",
    "documents": [
        {
            "id": "1",
            "passages": [
                {
                    "offset": 0,
                    "text": "Velocumab and β-zorbin.",
                    "annotations": [
                        {
                            "id": "T1",
                            "infons": {"type": "Drug"},
                            "text": "Velocumab",
                            "locations": [{"offset": 0, "length": 9}],
                        }
                    ],
                }
            ],
        }
    ],
}


def _own(tmp_path: Path, form: str) -> Path:
    if form == "brat":
        folder = tmp_path / "notes"
        folder.mkdir()
        (folder / "1.txt").write_text("Velocumab and β-zorbin.\n", encoding="utf-8")
        (folder / "1.ann").write_text("T1\tDrug 0 9\tVelocumab\nT2\tProtein 14 22\tβ-zorbin\n", encoding="utf-8")
        return folder
    name, text = {
        "pubtator": ("own.pubtator", PUBTATOR),
        "conll": ("own.conll", CONLL),
        "bioc-json": ("own.json", json.dumps(BIOC)),
    }[form]
    (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path / name


@pytest.mark.parametrize(
    ("form", "mentions"),
    [
        ("pubtator", [("Velocumab", "Chemical"), ("β-zorbin", "Gene"), ("lumositis", "Rare_Disease")]),
        ("conll", [("Velocumab", "Chemical"), ("β-zorbin", "Gene")]),
        ("brat", [("Velocumab", "Chemical"), ("β-zorbin", "Gene")]),
        ("bioc-json", [("Velocumab", "Chemical")]),
    ],
)
def test_own_files_are_read_with_the_projects_labels_where_one_fits(
    tmp_path: Path, form: str, mentions: list[tuple[str, str]]
) -> None:
    problems: list[Problem] = []
    [document], annotated = read_own_corpus(_own(tmp_path, form), None, problems.append)
    assert [(a.text, a.label) for a in document.annotations] == mentions
    assert annotated == {label for _, label in mentions}
    assert problems == []


def test_identifiers_become_curies(tmp_path: Path) -> None:
    [document], _ = read_own_corpus(_own(tmp_path, "pubtator"), None, [].append)
    assert [a.identifiers for a in document.annotations] == [("MESH:D1",), ("NCBIGene:7",), ()]


def test_given_labels_say_what_is_annotated_exhaustively(tmp_path: Path) -> None:
    documents, annotated = read_own_corpus(_own(tmp_path, "pubtator"), ["drug", "Gene"], [].append)
    assert annotated == {"Chemical", "Gene"}
    assert len(documents[0].annotations) == 3


def test_a_given_label_that_occurs_nowhere_is_answered_with_those_that_do(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no mention labelled 'Diseas'; .*: Chemical, Gene, Rare_Disease"):
        read_own_corpus(_own(tmp_path, "pubtator"), ["Diseas"], [].append)


def test_what_does_not_fit_is_reported_and_the_rest_read(tmp_path: Path, samples: Path) -> None:
    path = tmp_path / "genes.pubtator"
    shutil.copy(samples / "extra_gene" / "GNormPlus_Train.PubTator", path)
    problems: list[Problem] = []
    documents, _ = read_own_corpus(path, None, problems.append)
    assert [document.id for document in documents] == ["9700001", "9700002"]
    assert [(problem.line, problem.document_id) for problem in problems] == [(7, "9700001")]
