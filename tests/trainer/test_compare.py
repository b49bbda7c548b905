"""Names of encoders and a folder of corpora enter `compare`; a table, its figures and a picture leave."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from trainer.__main__ import main
from trainer.dry_run import build_tiny_encoder

DATA = Path(__file__).parent / "corpora" / "samples"


@pytest.fixture(scope="module")
def encoders(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    home = tmp_path_factory.mktemp("encoders")
    return [
        str(build_tiny_encoder(home / "general", ["a rash"], layers=1, size=16)),
        str(build_tiny_encoder(home / "biomedical", ["a rash, a rash"], layers=1, size=32)),
    ]


def compare(presets: list[str], output: Path, *more: str) -> int:
    return main(
        [
            *("compare", "--data", str(DATA), "--presets", ",".join(presets), "--output", str(output)),
            *("--max-pieces", "600", "--evaluations", "2", "--learning-rate", "1e-3"),
            *more,
        ]
    )


def test_every_encoder_gets_the_same_documents_and_the_same_budget(
    encoders: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert compare([encoders[0], "no/such-encoder", encoders[1]], tmp_path) == 0
    printed = capsys.readouterr()
    written = json.loads((tmp_path / "compare.json").read_text(encoding="utf-8"))
    general, biomedical = written["encoders"]
    assert [general["name"], biomedical["name"]] == ["general", "biomedical"]
    assert general["documents"] == biomedical["documents"] > 0
    for encoder in written["encoders"]:
        assert 600 <= encoder["word_pieces"] <= 600 + 2_048
        assert [(row["corpus"], row["documents"]) for row in encoder["scores"]["dev"]] == [("ncbi_disease", 1)]
        assert [(row["corpus"], row["label"]) for row in encoder["scores"]["test"]] == [("ncbi_disease", "Disease")]
    assert printed.out.strip() == written["table"]
    assert "| encoder | dev F1 | test F1 | word pieces seen | time |" in printed.out
    assert (tmp_path / "compare.md").read_text(encoding="utf-8").startswith(written["table"])
    assert (tmp_path / "learning_curves.png").read_bytes().startswith(b"\x89PNG")

    left_out = [line for line in printed.err.splitlines() if "such-encoder is left out" in line]
    assert len(left_out) == 1
    assert written["left_out"] == ["no/such-encoder"]
    assert "Left out, as they could not be loaded: no/such-encoder." in printed.out


def test_a_comparison_goes_on_where_it_was_stopped(
    encoders: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert compare(encoders[:1], tmp_path) == 0
    first = (tmp_path / "general" / "metrics.jsonl").read_bytes()
    capsys.readouterr()
    assert compare(encoders, tmp_path) == 0
    assert f"The run in {tmp_path / 'general'} is finished" in capsys.readouterr().err
    assert (tmp_path / "general" / "metrics.jsonl").read_bytes() == first
    assert len(json.loads((tmp_path / "compare.json").read_text(encoding="utf-8"))["encoders"]) == 2


@pytest.mark.parametrize(
    ("presets", "more", "message"),
    [
        (["no/such-encoder"], (), "None of the presets no/such-encoder can be loaded"),
        (["bert", "other/bert"], (), "--presets was 'bert,other/bert'; give different presets"),
        ([","], (), "give different presets"),
        (["bert"], ("--corpora", "bc9"), "There is no corpus named 'bc9'"),
    ],
)
def test_what_cannot_be_compared_is_told(
    presets: list[str], more: tuple[str, ...], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert compare(presets, tmp_path, *more) != 0
    assert message in capsys.readouterr().err.splitlines()[-1]
