"""File names and first bytes enter; the format that a person would say is checked."""

from __future__ import annotations

from pathlib import Path

import pytest

from biobert_demo.formats import sniff_format

TITLE = "1|t|Title\n1|a|Abstract\n"


@pytest.mark.parametrize(
    ("name", "head", "format"),
    [
        ("a.txt", "An allergy to velocumab.", "text"),
        ("a.txt", TITLE, "pubtator"),
        ("a.txt", f"\n\n{TITLE}", "pubtator"),
        ("a.txt", f"\ufeff{TITLE}", "pubtator"),
        ("CDR.PubTator.txt.gz", TITLE, "pubtator"),
        ("a.PubTator", "", "pubtator"),
        ("-", TITLE, "pubtator"),
        ("a.xml", '<?xml version="1.0"?><collection>', "bioc"),
        ("a", "<!DOCTYPE collection SYSTEM 'BioC.dtd'>", "bioc"),
        ("a", "\n<collection>", "bioc"),
        ("a.txt", "<b>bold</b> text", "text"),
        ("a.json", '{"source": "x", "infons": {}, "documents": [', "bioc-json"),
        ("a.json", '{"PubTator3": [{', "bioc-json"),
        ("a", '[{"id": "1", "infons": {}, "passages": [{"text": "x"', "bioc-json"),
        ("a.json", '{"odd": 1}', "bioc-json"),
        ("a.json", '{"id": "1", "text": "x", "passages": []}\n', "jsonl"),
        ("a.jsonl", '{"id": "1"}', "jsonl"),
        ("a", '{"title": "T", "abstract": "A"}', "jsonl"),
        ("a.txt", "[Velocumab in lumositis].\nText.", "text"),
        ("a.txt", "{braces} first", "text"),
        ("a.txt", "An\tO\nallergy\tB-Disease\n.\tO\n", "conll"),
        ("a.tsv", "An DT O\nallergy NN I-Disease\n\n. . O\n", "conll"),
        ("a", "-DOCSTART- -X- O O\n\n", "conll"),
        ("a.iob2", "###MEDLINE:1\n\n", "conll"),
        ("a.txt", "a\tB-X\nb\tO\nc\tO\npartial li", "conll"),
        ("a.txt", "Group A was given vitamin B\nGroup B was not.\nNeither was O\n", "text"),
        ("a.txt", "A\tB\nallergy\tO", "text"),
        ("a.csv", "document_id,start", "csv"),
        ("a.txt", "p < 0.05 | t | x", "text"),
        ("a", "", "text"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_formats_are_told_by_content_first(tmp_path: Path, name: str, head: str, format: str, encoding: str) -> None:
    assert sniff_format(tmp_path / name, head.encode(encoding)) == format


def test_a_docbin_is_told_by_its_name_and_by_its_first_bytes(tmp_path: Path) -> None:
    assert sniff_format(tmp_path / "a.spacy", b"anything") == "docbin"
    assert sniff_format(tmp_path / "a", b"\x78\x9c\xff") == "docbin"
    assert sniff_format(tmp_path / "a", b"x^2 is no zlib") == "text"


@pytest.mark.parametrize("name", ["state.json", "dataset_dict.json"])
def test_a_folder_is_brat_unless_datasets_left_its_mark(tmp_path: Path, name: str) -> None:
    assert sniff_format(tmp_path, b"") == "brat"
    (tmp_path / name).write_text("{}")
    assert sniff_format(tmp_path, b"") == "datasets"
