"""Labels are listed and changed from the command line; sentences, exit codes and what is kept are checked."""

from __future__ import annotations

from pathlib import Path

import pytest

from biobert_demo.cli import main
from biobert_demo.store import Store

GOLD = "101|t|HeLa cells\n101|a|They carry BRCA1.\n101\t0\t4\tHeLa\tCellLine\t-\n101\t22\t27\tBRCA1\tGene\t672\n"
LABELS = ("projects", "labels", "Trial")


@pytest.fixture(autouse=True)
def trial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A project "Trial" with a reviewed text, in which CellLine has a mention."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BIOBERT_DEMO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LOGNAME", "ann")
    Path("gold.pubtator").write_text(GOLD, encoding="utf-8")
    assert main(["projects", "create", "Trial", "--labels", "Disease,Gene"]) == 0
    assert main(["import", "gold.pubtator", "--reviewed-by", "Ann", "--project", "Trial"]) == 0
    capsys.readouterr()


def rows(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[list[str]]:
    assert main([*LABELS, *arguments]) == 0
    return [line.split("\t") for line in capsys.readouterr().out.splitlines()]


def test_labels_are_listed_with_their_looks_and_mentions(capsys: pytest.CaptureFixture[str]) -> None:
    assert rows(capsys) == [
        ["Disease", "Disease", "shown", "", "1", "0", "0", ""],
        ["Gene", "Gene", "shown", "", "2", "1", "1", ""],
        ["CellLine", "CellLine", "shown", "", "", "1", "1", ""],
    ]


def test_changes_are_made_in_the_order_they_are_typed(capsys: pytest.CaptureFixture[str]) -> None:
    changes = ["--rename", "CellLine", "Cell line", "--add", "Clone", "--merge", "Clone", "Cell line", "--hide", "Gene"]
    assert (
        rows(
            capsys, *changes, "--words", "Cell line", "Cells", "--color", "Cell line", "#c4e1fd", "--key", "Disease", ""
        )
        == []
    )
    assert rows(capsys) == [
        ["Disease", "Disease", "shown", "", "", "0", "0", ""],
        ["Cell line", "Cells", "shown", "#c4e1fd", "", "1", "1", "CellLine"],
        ["Gene", "Gene", "hidden", "", "2", "1", "1", ""],
        ["Clone", "", "in Cell line", "", "", "", "", ""],
    ]
    assert [row[1:] for row in rows(capsys, "--history")] == [
        ["Ann", "added 'CellLine'"],
        ["ann", "renamed 'CellLine' to 'Cell line'"],
        ["ann", "added 'Clone'"],
        ["ann", "merged 'Clone' into 'Cell line'"],
        ["ann", "hid 'Gene'"],
    ]
    rows(capsys, "--split", "Clone", "--show", "Gene", "--author", "Bo")
    assert [row[0] for row in rows(capsys)] == ["Disease", "Cell line", "Gene", "Clone"]


def test_what_changes_mean_is_told_and_a_dry_run_makes_none(capsys: pytest.CaptureFixture[str]) -> None:
    before = rows(capsys)
    assert main([*LABELS, "--merge", "CellLine", "Gene", "--dry-run"]) == 0
    assert "1 mention in 1 text read 'Gene' from now on" in capsys.readouterr().err
    assert rows(capsys) == before


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--rename", "Cell", "Line"], "The project has no label 'Cell'"),
        (["--rename", "CellLine"], "expected 2 arguments"),
        (["--add", "X", "--color", "X", "red"], "colour of X is 'red'"),
        (["--add", "X", "--key", "Y", "3"], "The project shows no label 'Y'"),
        (["--add", "X", "--hide", "Nothing"], "The project has no label 'Nothing'"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_line_and_nothing_is_done(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = rows(capsys)
    assert main([*LABELS, *arguments]) == 2
    assert sentence in capsys.readouterr().err.splitlines()[-1]
    assert rows(capsys) == before


def test_a_project_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["projects", "labels", "Nothing", "--add", "X"]) == 2
    assert "There is no project 'Nothing'" in capsys.readouterr().err


def test_an_export_has_present_names_and_hidden_labels_on_demand(capsys: pytest.CaptureFixture[str]) -> None:
    rows(capsys, "--rename", "CellLine", "Cell line", "--hide", "Gene")
    for label, found in (
        ([], ["Cell line"]),
        (["--label", "Gene"], ["Gene"]),
        (["--label", "CellLine"], ["Cell line"]),
    ):
        assert main(["export", "--project", "Trial", "--output", "out.pubtator", "--format", "pubtator", *label]) == 0
        lines = Path("out.pubtator").read_text(encoding="utf-8").splitlines()
        assert [line.split("\t")[4] for line in lines if "\t" in line] == found
    with Store.open("home", backups=False) as store:
        assert store.check() == []
