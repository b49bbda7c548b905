"""A folder of corpora enters `ablation`; a table of three ways to use them, at equal budgets, leaves."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from trainer import fine_tuning
from trainer.__main__ import main
from trainer.ablation import run_ablation

DATA = Path(__file__).parent / "corpora" / "samples"
CORPORA = ["ncbi_disease", "bc5cdr", "bc2gm"]
BUDGET = 900


def ablate(encoder: Path, output: Path, *more: str) -> int:
    return main(
        [
            *("ablation", "--data", str(DATA), "--preset", str(encoder), "--corpora", ",".join(CORPORA)),
            *("--output", str(output), "--max-pieces", str(BUDGET), "--learning-rate", "1e-3"),
            *more,
        ]
    )


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, tiny_encoder: Path) -> Path:
    output = tmp_path_factory.mktemp("ablation") / "out"
    assert ablate(tiny_encoder, output) == 0
    return output


def test_each_variant_is_a_run_of_its_own(finished: Path) -> None:
    runs = {
        path.parent.parent.name: json.loads(path.read_text(encoding="utf-8"))
        for path in finished.glob("*/model/run.json")
    }
    assert set(runs) == {"naive", "ours", *(f"single-{name}" for name in CORPORA)}
    assert {name: run["settings"]["missing"] for name, run in runs.items() if "single" not in name} == {
        "naive": "outside",
        "ours": "unknown",
    }
    assert list(runs["ours"]["documents"]) == CORPORA
    assert list(runs["single-bc5cdr"]["documents"]) == ["bc5cdr"]
    assert runs["single-bc5cdr"]["settings"]["labels"] == ["Disease", "Chemical"]


def test_the_single_models_share_the_budget_of_a_merged_one(finished: Path) -> None:
    ablation = json.loads((finished / "ablation.json").read_text(encoding="utf-8"))
    budgets = {
        path.parent.parent.name: json.loads(path.read_text(encoding="utf-8"))["settings"]["max_pieces"]
        for path in finished.glob("*/model/run.json")
    }
    assert budgets["naive"] == budgets["ours"] == BUDGET
    assert sum(budget for name, budget in budgets.items() if "single" in name) == BUDGET
    assert {kind: len(of_kind) for kind, of_kind in ablation["variants"].items()} == {
        "naive": 1,
        "ours": 1,
        "single": len(CORPORA),
    }


def test_the_table_has_a_line_for_each_corpus_and_label_and_says_the_budgets(finished: Path) -> None:
    table = json.loads((finished / "ablation.json").read_text(encoding="utf-8"))["table"]
    lines = table.splitlines()
    assert lines[0] == "| corpus | label | naive union | ours | a model a corpus |"
    assert [line.split("|")[1].strip() for line in lines[2:7]] == [
        "bc2gm",
        "bc5cdr",
        "bc5cdr",
        "ncbi_disease",
        "mean over corpora",
    ]
    assert "test parts were not looked at" in table
    assert "the 3 single models share one budget" in table
    assert (finished / "ablation.md").read_text(encoding="utf-8").strip() == table


def test_finished_runs_are_not_repeated_and_a_model_card_gets_the_table(
    finished: Path, tiny_encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = shutil.copytree(finished, tmp_path / "out")
    shutil.rmtree(output / "single-bc2gm")
    model = shutil.copytree(finished / "ours" / "model", tmp_path / "model")
    trained, fine_tune = [], fine_tuning.fine_tune
    monkeypatch.setattr(
        fine_tuning,
        "fine_tune",
        lambda task, settings, folder: trained.append(folder.name) or fine_tune(task, settings, folder),
    )
    assert ablate(tiny_encoder, output, "--model", str(model)) == 0
    assert trained == ["single-bc2gm"]
    table = json.loads((model / "ablation.json").read_text(encoding="utf-8"))["table"]
    assert table in (model / "README.md").read_text(encoding="utf-8")


def test_single_models_may_have_the_whole_budget_each(
    finished: Path, tiny_encoder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "out"
    for name in ("naive", "ours"):
        shutil.copytree(finished / name, output / name)
    assert ablate(tiny_encoder, output, "--full-single-budget") == 0
    single = json.loads((output / "single-bc2gm" / "model" / "run.json").read_text(encoding="utf-8"))
    assert single["settings"]["max_pieces"] == BUDGET
    assert "each of the single models has the whole budget of a merged one" in capsys.readouterr().out


def test_other_budgets_in_the_same_folder_are_refused(
    finished: Path, tiny_encoder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ablate(tiny_encoder, finished, "--max-pieces", "901") == 2
    assert "holds a run with max_pieces 900, not 901" in capsys.readouterr().err.splitlines()[-1]


def test_a_model_folder_that_is_none_is_told_before_the_runs(
    tiny_encoder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ablate(tiny_encoder, tmp_path / "out", "--model", str(tmp_path / "nothing")) == 2
    assert "holds no run.json" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert callable(run_ablation)
