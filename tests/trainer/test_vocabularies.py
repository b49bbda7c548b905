"""Tiny vocabularies in the native formats enter `read_names`; names with classes leave."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from trainer.vocabularies import build_gazetteer, read_names

MESH = (
    "D1\tLumositis\tLumosites|Inflammation, Lumen\tC01.100\t\n"
    "D2\tVelocumab\t\tD02.5|D12.7\t\n"
    "D3\tKinase BRX\tBRX Kinase\tD12.7|D08.1\t\n"
    "D4\tAbattoirs\t\tJ01.5\t\n"
    "D5\tGloom Disorder\t\tF03.1\t\n"
)
HGNC_HEAD = "HGNC ID\tApproved symbol\tApproved name\tStatus\tAlias symbols\tPrevious symbols\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {
        "mesh_id_label_mappings.tsv.gz": MESH,
        "mesh_supp_id_label_mappings.tsv.gz": "C1\tdrug X9Z\tx9z hydrochloride|\tD2\nC2\trare lumosis\t\tD1\n",
        "hgnc_entries.tsv.gz": HGNC_HEAD
        + 'HGNC:1\tBRX7\tbright "kinase 7\tApproved\tBK7, BRK\tOLD7\nHGNC:2\tGONE1\tgone\tEntry Withdrawn\t\t\n',
        "ncbi_taxonomy_common_names.tsv.gz": "#tax_id\tscientific_name\tcommon_name\trank\n"
        "9\tVulpes lucida\tbright fox\tspecies\n10\tLucidae\tbright ones\tfamily\n",
        "mondo.json.gz": json.dumps([{"id": "1", "name": "glare syndrome", "synonyms": ["glare disease"]}]),
    }
    for name, text in files.items():
        with gzip.open(tmp_path / name, "wt", encoding="utf-8") as stream:
            stream.write(text)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Lumositis", "Disease"),
        ("Lumosites", "Disease"),
        ("Velocumab", "Chemical"),
        ("BRX Kinase", "Protein"),
        ("Abattoirs", "other"),
        ("Gloom Disorder", "Disease"),
        ("drug X9Z", "Chemical"),
        ("rare lumosis", "Disease"),
        ("BRX7", "Gene"),
        ("Brx7", "Gene"),
        ("BK7", "Gene"),
        ("OLD7", "Gene"),
        ('bright "kinase 7', "Gene"),
        ("Vulpes lucida", "Species"),
        ("V lucida", "Species"),
        ("bright fox", "Species"),
        ("Lucidae", "Species"),
        ("glare disease", "Disease"),
    ],
)
def test_each_name_has_its_class(folder: Path, name: str, kind: str) -> None:
    assert (name, kind) in set(read_names(folder))


def test_withdrawn_genes_are_left_out(folder: Path) -> None:
    assert not {name for name, _ in read_names(folder)} & {"GONE1", "gone"}


def test_an_empty_folder_gives_an_empty_gazetteer(tmp_path: Path) -> None:
    assert len(build_gazetteer(tmp_path)) == 0
