"""The invented corpora enter; checks on the table that describes them leave."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from trainer.corpora.table import describe_corpora, format_corpora, print_corpora


def _rows(printed: str) -> dict[tuple[str, str], list[str]]:
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in printed.splitlines() if "|" in line]
    return {(row[0], row[1]): row[2:] for row in rows}


def test_each_part_has_its_labels_sizes_problems_and_leaks(samples: Path) -> None:
    rows = _rows(format_corpora(describe_corpora(samples)[0]))
    assert rows["bc2gm", "train"] == ["Gene", "3", "3", "4 Gene", "4", "1 ncbi_disease/test"]
    assert rows["jnlpba", "train"][3] == "4 Gene, (1 DNA, 1 cell_line, 1 cell_type)"
    assert rows["bc5cdr", "train"] == ["Chemical, Disease", "1", "2", "3 Disease, 2 Chemical, 1 relations", "0", "-"]
    assert rows["biored", "train"][5] == "1 bc5cdr/test"
    assert rows["species800", "dev"] == ["Species", "1", "2", "", "0", "-"]


def test_each_corpus_has_its_licence_and_whether_weights_may_ship(samples: Path) -> None:
    rows = _rows(format_corpora(describe_corpora(samples)[0]))
    assert rows["linnaeus", "LINNAEUS 1.1, filtered tags"][:2] == ["CC BY 4.0", "yes"]
    assert rows["i2b2_2010", "2010 i2b2/VA concepts"][1] == "no"


def test_every_line_of_a_table_is_as_wide_as_the_others(samples: Path) -> None:
    first, second, _ = format_corpora(describe_corpora(samples)[0]).split("\n\n")
    for table in (first, second):
        assert len({len(line) for line in table.splitlines()}) == 1


def test_problems_are_counted_and_printed_with_their_place_when_asked(
    samples: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    print_corpora(samples)
    assert "`--verbose` prints every problem" in capsys.readouterr().out
    print_corpora(samples, verbose=True)
    printed = capsys.readouterr().out
    assert "bc2gm train: GENE.eval:5 (document P09300002A0010): the mention 'Zorbin' is said to be at" in printed
    assert str(samples) not in printed


def test_absent_and_damaged_corpora_are_named_and_the_others_still_listed(
    samples: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(samples / "bc5cdr", tmp_path / "bc5cdr")
    (tmp_path / "bc5cdr" / "CDR_TestSet.PubTator.txt").write_bytes(b"\xff")
    print_corpora(tmp_path)
    printed = capsys.readouterr().out
    assert ("bc5cdr", "dev") in _rows(printed)
    assert "Not in the data folder: NCBI Disease, BioCreative IV CHEMDNER" in printed
    assert "Not readable: bc5cdr test: The file CDR_TestSet.PubTator.txt is not UTF-8" in printed


def test_an_empty_data_folder_says_that_nothing_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    print_corpora(tmp_path)
    assert "Not in the data folder: NCBI Disease" in capsys.readouterr().out
