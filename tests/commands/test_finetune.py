"""Command lines enter; which run is done, what is printed and the exit code are checked."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from training_desk import ROOT, TrainingDesk, eventually, is_dead

from biobert_demo.cli import main
from biobert_demo.commands.finetune import describe_progress
from biobert_demo.store.runs import TrainingRun


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TrainingDesk]:
    desk = TrainingDesk(tmp_path)
    for name, value in desk.environment.items():
        monkeypatch.setenv(name, value)
    yield desk
    desk.close()


def behave(desk: TrainingDesk, monkeypatch: pytest.MonkeyPatch, **options: object) -> None:
    """Have the fake trainer behave so, whatever the run's settings are."""
    import json

    monkeypatch.setenv("FAKE_TRAINER", json.dumps(options))


@pytest.mark.parametrize(("end", "exit_code"), [("promoted", 0), ("refused", 3), ("failed", 1), ("cancelled", 130)])
def test_the_exit_code_says_how_it_ended(
    desk: TrainingDesk,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    end: str,
    exit_code: int,
) -> None:
    behave(desk, monkeypatch, end=end)
    assert main(["finetune", "--author", "Ann", "--seed", "7"]) == exit_code
    (run,) = desk.store.runs.list()
    assert (run.state, run.trigger, run.author, dict(run.settings)) == (end, "command", "Ann", {"seed": 7})
    printed = capsys.readouterr()
    assert f"Run {run.id}" in printed.err.splitlines()[-1]
    assert printed.out == ("It was refused.\n" if end == "refused" else "")
    assert end != "failed" or "It was failed." in printed.err


def test_the_gates_reasons_are_printed_one_a_line_those_against_first(
    desk: TrainingDesk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reasons = [
        {"kind": "better", "is_against": False, "sentence": "Disease on corrections: 60.0 -> 70.0."},
        {"kind": "worse", "is_against": True, "sentence": "Chemical on BioRED: 88.1 -> 80.0."},
    ]
    behave(desk, monkeypatch, end="refused", decision={"is_promoted": False, "reasons": reasons})
    assert main(["finetune"]) == 3
    assert capsys.readouterr().out.splitlines() == [
        "Chemical on BioRED: 88.1 -> 80.0.",
        "Disease on corrections: 60.0 -> 70.0.",
    ]


def test_a_run_that_dies_is_started_again_here_too(
    desk: TrainingDesk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from biobert_demo import supervision

    monkeypatch.setattr(supervision, "DEFAULT_PATIENCE", supervision.Patience(look=0.05, pauses=(0.01,)))
    behave(desk, monkeypatch, steps=4, die={"0": 2})
    assert main(["finetune"]) == 0
    assert "attempt 2 of 3" in capsys.readouterr().err


def test_answers_cannot_be_learned_yet(desk: TrainingDesk, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["finetune", "--task", "qa"]) == 2
    assert "cannot be fine-tuned yet" in capsys.readouterr().err
    assert desk.store.runs.list() == []


def test_a_project_that_does_not_exist_is_told(desk: TrainingDesk, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["finetune", "--project", "Trial"]) == 2
    assert "There is no project 'Trial'" in capsys.readouterr().err
    assert desk.store.runs.list() == []


def test_a_project_is_learned_from_alone(desk: TrainingDesk) -> None:
    project = desk.store.projects.create("Trial")
    assert main(["finetune", "--project", "Trial"]) == 0
    assert [run.project_id for run in desk.store.runs.list()] == [project.id]


def test_while_a_worker_trains_it_says_so_and_waits_if_asked_to(
    desk: TrainingDesk, capsys: pytest.CaptureFixture[str]
) -> None:
    run = desk.queue(steps=10_000, seconds=0.01)
    desk.start_worker()
    eventually(lambda: desk.run(run).step > 0)
    assert main(["finetune"]) == 1
    assert f"Run {run.id} is under way" in capsys.readouterr().err
    assert main(["finetune", "--cancel", "--author", "Bo"]) == 0
    assert main(["finetune", "--wait"]) == 0
    assert [run.state for run in desk.store.runs.list()] == ["promoted", "cancelled"]


def test_a_run_queued_with_other_settings_is_not_taken_for_ones_own(
    desk: TrainingDesk, capsys: pytest.CaptureFixture[str]
) -> None:
    queued = desk.queue(steps=2)
    assert main(["finetune", "--seed", "3"]) == 2
    assert f"Run {queued.id}, which Ann asked for" in capsys.readouterr().err
    assert main(["finetune", "--cancel"]) == 0
    assert desk.run(queued).state == "cancelled"
    assert main(["finetune", "--seed", "3"]) == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_cancels_the_run_and_ends_its_trainer(desk: TrainingDesk, number: int) -> None:
    environment = {**os.environ, **desk.environment, "FAKE_TRAINER": '{"steps": 100000, "seconds": 0.01}'}
    process = subprocess.Popen(
        [sys.executable, "-m", "biobert_demo.cli", "finetune"],
        cwd=ROOT,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    run = eventually(desk.store.runs.running)
    pid = desk.run(run).pid
    process.send_signal(number)
    said = process.communicate()[1]
    assert process.returncode == 130
    assert said.splitlines()[-1] == f"Run {run.id} was cancelled; the model in use is unchanged."
    assert pid is not None
    assert is_dead(pid)
    assert desk.run(run).state == "cancelled"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"phase": "reading"}, "reading the corrections"),
        ({"phase": "training", "step": 40, "steps": 2000, "loss": 0.3125}, "learning, step 40 of 2,000, loss 0.312"),
        ({"phase": "training", "seconds_left": 30.0}, "learning, less than a minute left"),
        (
            {"phase": "comparing", "seconds_left": 190.0, "dev_f1": 71.25},
            "comparing with the model in use, F1 71.2, about 3 min left",
        ),
    ],
)
def test_progress_is_told_in_words(values: dict[str, object], expected: str) -> None:
    run = TrainingRun(1, "ner", None, "hand", "Ann", "running", "2031-05-07T12:00:00.000+00:00", **values)  # type: ignore[arg-type]
    assert describe_progress(run) == expected
