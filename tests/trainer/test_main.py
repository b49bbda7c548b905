"""Command lines enter `python -m trainer`; exit codes and one clear line for every mistake leave."""

from __future__ import annotations

from pathlib import Path

import pytest

import trainer.run
from trainer.__main__ import main

DATA = str(Path(__file__).parent / "corpora" / "samples")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "required: command"),
        (["dance"], "invalid choice: 'dance'"),
        (["ner", "--epochs", "0"], "--epochs: it was '0' rather than a number above 0"),
        (["ner", "--epochs", "nan"], "--epochs: it was 'nan'"),
        (["ner", "--learning-rate", "-1"], "--learning-rate: it was '-1'"),
        (["ner", "--max-pieces", "1e6"], "--max-pieces: it was '1e6'"),
        (["ner", "--evaluations", "0"], "--evaluations: it was '0'"),
        (["ner", "--sampling", "jnlpba"], "--sampling: it was 'jnlpba'; write corpus=number"),
        (["ner", "--sampling", "jnlpba=-2"], "--sampling: it was 'jnlpba=-2'"),
        (["ner", "--missing", "maybe"], "invalid choice: 'maybe'"),
        (["ner", "--mixed-precision", "fp8"], "invalid choice: 'fp8'"),
        (["ner", "--keep-dev", "2"], "--keep-dev: it was '2' rather than a share from 0 to 1"),
        (["ner", "--augment", "x"], "--augment: it was 'x'"),
        (["ner"], "give --data FOLDER or set BIOBERT_DEMO_DATA"),
        (["corpora"], "give --data FOLDER"),
        (["ner", "--data", "no/such/folder"], "There is no folder no/such/folder"),
        (["ner", "--data", DATA, "--corpora", "bc9"], "There is no corpus named 'bc9'"),
        (["ner", "--data", DATA, "--corpora", "ncbi_disease", "--sampling", "bc2gm=2"], "--sampling names 'bc2gm'"),
        (["evaluate", "no/such/model", "--data", DATA], "no/such/model"),
        (["ship", "no/such/model", "target"], "no model.safetensors"),
        (["compare", "--presets", ",", "--data", DATA], "--presets was ','"),
    ],
)
def test_a_mistake_is_told_in_one_line(
    arguments: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.delenv("BIOBERT_DEMO_DATA", raising=False)
    monkeypatch.chdir(tmp_path)
    assert main(arguments) in (1, 2)
    told = capsys.readouterr()
    assert told.out == ""
    last = told.err.splitlines()[-1]
    assert last.startswith("trainer: ")
    assert message in last
    assert len([line for line in told.err.splitlines() if line.startswith("trainer: ")]) == 1


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert all(command in shown for command in ("corpora", "ner", "evaluate", "ship", "compare", "ablation"))


def test_an_interrupted_run_says_how_to_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def interrupt(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(trainer.run, "fine_tune_ner", interrupt)
    command = ["ner", "--data", DATA, "--corpora", "ncbi_disease", "--gazetteer", "none", "--output", str(tmp_path)]
    assert main(command) == 130
    assert capsys.readouterr().err.endswith(
        "trainer: Interrupted; the same command goes on from the last checkpoint.\n"
    )


def test_an_output_that_is_a_file_is_told(
    tiny_encoder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "taken").write_text("", encoding="utf-8")
    command = ["ner", "--data", DATA, "--corpora", "ncbi_disease", "--preset", str(tiny_encoder)]
    assert main([*command, "--output", str(tmp_path / "taken")]) == 1
    assert "taken" in capsys.readouterr().err.splitlines()[-1]


def test_a_run_from_the_command_line_leaves_a_model_that_can_be_scored(
    tiny_encoder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [
        "ner",
        "--data",
        DATA,
        "--corpora",
        "ncbi_disease,bc2gm",
        "--preset",
        str(tiny_encoder),
        "--max-pieces",
        "300",
    ]
    assert main([*command, "--sampling", "bc2gm=2", "--evaluations", "1", "--output", str(tmp_path)]) == 0
    assert main(["evaluate", str(tmp_path / "model"), "--data", DATA, "--corpora", "ncbi_disease"]) == 0
    assert "| ncbi_disease | Disease |" in capsys.readouterr().out
    card = (tmp_path / "model" / "README.md").read_text(encoding="utf-8")
    assert "--sampling bc2gm=2" in card
    assert "![Loss and F1 on dev" in card
