"""Invented JNLPBA files enter; checks on proteins, the dev abstracts and ids leave."""

from __future__ import annotations

import shutil
from pathlib import Path

from biobert_demo.errors import Problem
from trainer.corpora import jnlpba


def test_only_proteins_are_genes(read_sample) -> None:
    documents, _ = read_sample("jnlpba")
    assert [(a.text, a.label) for a in documents[0].annotations] == [
        ("Zorbin-alpha", "Gene"),
        ("lumocytes", "cell_type"),
        ("Zorbin-alpha", "Gene"),
        ("ZA", "Gene"),
        ("glim promoter", "DNA"),
        ("K99 cells", "cell_line"),
    ]


def test_train_leaves_out_the_abstracts_of_dev_though_they_are_tokenised_and_folded_otherwise(read_sample) -> None:
    train, _ = read_sample("jnlpba", "train")
    [dev], _ = read_sample("jnlpba", "dev")
    assert dev.text == "The `` TNF - α '' - like factor GLX .\nGLX mRNA rose ( see text ) ."
    assert [d.id for d in train] == ["MEDLINE:90000001", "MEDLINE:9100003"]
    assert [(a.text, a.label) for a in dev.annotations] == [("GLX", "Gene"), ("GLX mRNA", "RNA")]


def test_test_documents_have_medline_ids_and_an_id_that_recurs_is_told_apart(read_sample) -> None:
    documents, problems = read_sample("jnlpba", "test")
    assert [d.id for d in documents] == ["MEDLINE:90000011", "MEDLINE:90000012", "MEDLINE:90000011-2"]
    assert [(a.text, a.label) for a in documents[0].annotations] == [
        ("Zorbin receptor", "Gene"),
        ("GLX", "Gene"),
        ("K99 cells", "cell_line"),
    ]
    assert sorted(p.document_id or "" for p in problems) == ["", "90000011", "90000011"]
    assert {7, 22} < {p.line for p in problems}


def test_the_native_training_file_is_read_where_it_is_there(samples: Path, tmp_path: Path) -> None:
    (tmp_path / "train").mkdir()
    shutil.copytree(samples / "jnlpba" / "iob", tmp_path / "iob")
    (tmp_path / "train" / "Genia4ERtask2.iob2").write_text(
        "###MEDLINE:1\n\nBRX7\tB-protein\n\n###MEDLINE:2\n\n"
        + (samples / "jnlpba" / "iob" / "devel.tsv").read_text(encoding="utf-8").partition("\n\n")[2],
        encoding="utf-8",
    )
    problems: list[Problem] = []
    assert [d.id for d in jnlpba.read(tmp_path, "train", problems.append)] == ["MEDLINE:1"]
    assert problems == []


def test_without_the_dev_file_train_is_every_abstract_and_says_so(samples: Path, tmp_path: Path) -> None:
    shutil.copytree(samples / "jnlpba" / "train", tmp_path / "train")
    problems: list[Problem] = []
    assert len(list(jnlpba.read(tmp_path, "train", problems.append))) == 3
    assert [problem.source for problem in problems] == ["iob/devel.tsv"]
