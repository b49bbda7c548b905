"""`biobert-demo models` lists, shows, promotes, goes back, pins and clears away; `annotate` and `check` follow it."""

from __future__ import annotations

import getpass
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from model_desk import ModelDesk

from biobert_demo.cli import main
from biobert_demo.formats import read_documents
from biobert_demo.models import ModelRegistry
from biobert_demo.settings import Settings
from biobert_demo.store import FILE_NAME, ModelVersion, Store

REFUSAL = {
    "is_promoted": False,
    "reasons": [
        {"sentence": "Gene on old texts: 88.1 -> 80.0, worse.", "is_against": True},
        {"sentence": "Disease on corrections: 70.0 -> 75.0, better.", "is_against": False},
    ],
}


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelDesk]:
    desk = ModelDesk(tmp_path)
    monkeypatch.setenv("BIOBERT_DEMO_HOME", str(desk.settings.home))
    monkeypatch.setenv("BIOBERT_DEMO_NER_MODEL", str(desk.base_folder))
    monkeypatch.setattr(getpass, "getuser", lambda: "ann")
    yield desk
    desk.store.close()


@pytest.fixture
def three(desk: ModelDesk) -> list[ModelVersion]:
    """A base, a promoted model, and one that the gate refused."""
    base = desk.registry.base("ner")
    scores = {"old": {"Gene": 88.1}}
    second = desk.add("second", base, decision={"is_promoted": True}, scores=scores)
    desk.promote(second)
    third = desk.add("third", second, decision=REFUSAL, scores={"old": {"Gene": 80.0}})
    return [desk.store.models.get(one.id) for one in (base, second, third)]


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """(exit code, output, last line said)."""
    code = main(["models", *arguments])
    output, said = capsys.readouterr()
    return code, output, said.splitlines()[-1] if said else ""


def history(desk: ModelDesk) -> list[tuple[int, str, str, str]]:
    return [(one.model_id, one.kind, one.author, one.reason) for one in desk.store.models.promotions("ner")[2:]]


def test_the_list_shows_each_model_on_a_line(
    desk: ModelDesk, three: list[ModelVersion], capsys: pytest.CaptureFixture[str]
) -> None:
    desk.store.models.pin(three[2].id)
    code, output, said = run(capsys)
    assert (code, said) == (0, "")
    rows = [line.split("\t") for line in output.splitlines()]
    assert [[*row[:4], *row[5:]] for row in rows] == [
        ["1", "base", "retired", "", "", ""],
        ["2", three[1].version, "promoted", "1", "", "accepted"],
        ["3", three[2].version, "refused", "2", "pinned", "refused: Gene on old texts: 88.1 -> 80.0, worse."],
    ]
    assert run(capsys, "list")[1] == output
    code, output, _ = run(capsys, "list", "--json")
    assert [(one["number"], one["state"], one["is_base"]) for one in json.loads(output)] == [
        (1, "retired", True),
        (2, "promoted", False),
        (3, "refused", False),
    ]
    assert run(capsys, "--task", "qa")[1:] == (
        "",
        f"There is no model folder at {Settings.from_environment().qa_model}; restore it from a backup or choose "
        "another model.",
    )


def test_in_a_new_data_folder_the_base_is_listed(desk: ModelDesk, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys)[1].split("\t")[:3] == ["1", "base", "promoted"]


def test_listing_never_changes_what_a_page_with_other_settings_serves(
    desk: ModelDesk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.registry.base("ner")
    other = desk.folder / "sources" / "other"
    desk.add("other")
    monkeypatch.setenv("BIOBERT_DEMO_NER_MODEL", str(other))
    assert run(capsys)[0] == 0
    assert desk.states() == {1: "promoted", 2: "candidate"}


def test_a_model_is_shown_with_its_scores_reasons_and_promotions(
    desk: ModelDesk, three: list[ModelVersion], capsys: pytest.CaptureFixture[str]
) -> None:
    code, output, _ = run(capsys, "show", "3")
    assert code == 0
    lines = output.splitlines()
    assert f"version: {three[2].version}" in lines
    assert f"parent: 2 ({three[1].version})" in lines
    assert "labels: Disease, Gene" in lines
    assert "score: old / Gene: 80 (promoted: 88.1)" in lines
    assert [line for line in lines if line.startswith("reason: ")] == [
        "reason: Gene on old texts: 88.1 -> 80.0, worse.",
        "reason: Disease on corrections: 70.0 -> 75.0, better.",
    ]
    output = run(capsys, "show", three[1].version)[1]
    assert "score: old / Gene: 88.1\n" in output
    assert " by Ann (gate): Better." in output
    shown = json.loads(run(capsys, "show", "2", "--json")[1])
    assert (shown["number"], shown["scores"], len(shown["promotions"])) == (2, {"old": {"Gene": 88.1}}, 1)


def test_a_refused_model_is_promoted_only_with_a_reason_and_that_is_recorded(
    desk: ModelDesk, three: list[ModelVersion], capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, said = run(capsys, "promote", "3")
    assert code == 2
    assert said.startswith("The gate refused model 3; to promote it all the same, say why with --reason.")
    assert "Gene on old texts: 88.1 -> 80.0, worse." in said
    assert desk.promoted() == 2
    code, _, said = run(capsys, "promote", "3", "--reason", "Genes do not matter to us.")
    assert (code, said) == (0, f"Model 3 ({three[2].version}) is promoted.")
    assert desk.promoted() == 3
    assert history(desk) == [(three[2].id, "override", "ann", "Genes do not matter to us.")]


def test_a_model_that_served_before_is_promoted_again(
    desk: ModelDesk, three: list[ModelVersion], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "promote", "base", "--author", "Bo")[0] == 0
    code, output, _ = run(capsys, "promote", "2", "--json")
    assert (code, json.loads(output)["state"]) == (0, "promoted")
    assert history(desk) == [
        (three[0].id, "override", "Bo", "Chosen by hand."),
        (three[1].id, "gate", "ann", "Chosen by hand."),
    ]
    code, _, said = run(capsys, "promote", "2")
    assert (code, said) == (0, "Model 2 is promoted already; nothing was changed.")


def test_rollback_goes_back_step_by_step_and_then_says_that_there_is_no_more(
    desk: ModelDesk, three: list[ModelVersion], capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "promote", "3", "--reason", "try")
    assert run(capsys, "rollback", "--reason", "worse")[2] == f"Model 2 ({three[1].version}) serves again."
    assert run(capsys, "rollback")[2] == "Model 1 (base) serves again."
    code, _, said = run(capsys, "rollback")
    assert code == 1
    assert said.startswith("There is no earlier model to go back to")
    assert history(desk)[1:] == [(2, "rollback", "ann", "worse"), (1, "rollback", "ann", "Back from model 2.")]


def test_pinned_models_are_kept_when_old_ones_are_cleared_away(
    desk: ModelDesk, three: list[ModelVersion], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "pin", "3")[2] == f"Model 3 ({three[2].version}) is pinned."
    assert run(capsys, "prune", "--keep", "0") == (0, "", "0 models deleted.")
    assert run(capsys, "unpin", "3")[2] == f"Model 3 ({three[2].version}) is no longer pinned."
    assert run(capsys, "prune") == (0, "", "0 models deleted.")
    assert run(capsys, "prune", "--keep", "0") == (0, f"{three[2].version}\n", "1 model deleted.")
    assert not desk.registry.folder_of(three[2]).exists()
    assert run(capsys, "promote", "3", "--reason", "x")[0] == 1


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("fly",), 2, "but this is 'fly'"),
        (("promote",), 2, "`models promote` needs its number or version"),
        (("rollback", "3"), 2, "takes no model, but '3' was given"),
        (("show", "77"), 2, "no model '77' for ner; the numbers are 1, 2, 3"),
        (("pin", "ner-none"), 2, "no model 'ner-none'"),
        (("prune", "--keep", "-1"), 2, "0 or more, but it is -1"),
        (("list", "--task", "pos"), 2, "invalid choice"),
        (("promote", "3", "--reason", "x", "--author", " "), 2, "needs the name of who promotes"),
    ],
)
def test_what_cannot_be_is_told_in_a_line(
    desk: ModelDesk,
    three: list[ModelVersion],
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    code: int,
    words: str,
) -> None:
    found, output, said = run(capsys, *arguments)
    assert (found, output) == (code, "")
    assert words in said
    assert desk.promoted() == 2


def test_who_promotes_must_be_known(
    desk: ModelDesk, three: list[ModelVersion], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown() -> str:
        raise KeyError("uid not found")

    monkeypatch.setattr(getpass, "getuser", unknown)
    assert run(capsys, "rollback")[::2] == (2, "This computer does not tell who you are; add --author NAME.")
    assert run(capsys, "rollback", "--author", "Bo")[0] == 0


def test_the_check_tells_of_a_promoted_model_that_cannot_serve(
    desk: ModelDesk, three: list[ModelVersion], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check"]) == 0
    capsys.readouterr()
    desk.truncate(three[1])
    assert main(["check"]) == 1
    told = capsys.readouterr().err.splitlines()
    assert told[0].startswith(f"Model 2 ({three[1].version}) is promoted, but cannot serve: The file ")
    assert told[0].endswith("Model 1 (base) serves instead.")
    assert told[1].startswith("1 finding;")


@pytest.fixture
def lab(tmp_path: Path, make_lexicon: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder, without a store, beside a base that knows BRX7; the folder in which the commands run."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BIOBERT_DEMO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BIOBERT_DEMO_NER_MODEL", str(make_lexicon("knows-brx7", {"brx7": "Gene"})))
    Path("text.txt").write_text("BRX7 and quartzine.", encoding="utf-8")
    return tmp_path


def annotate(*arguments: str) -> list[tuple[str, str | None]]:
    assert main(["annotate", "text.txt", "--output", "out.jsonl", *arguments]) == 0
    (document,) = read_documents("out.jsonl", lambda problem: None)
    return [(one.text, one.model) for one in document.annotations]


def test_annotate_serves_the_promoted_model_and_makes_no_store(
    lab: Path, make_lexicon: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert annotate() == [("BRX7", "knows-brx7")]
    assert not (lab / "home").exists()
    source = make_lexicon("knows-quartzine-too", {"quartzine": "Chemical"})
    settings = Settings.from_environment()
    with Store.open(settings.home, backups=False) as store:
        registry: Any = ModelRegistry(store, settings)
        model = registry.add_candidate("ner", source, parent=registry.base("ner"), run_id=None, labels=["Chemical"])
        assert annotate() == [("BRX7", "knows-brx7")]
        registry.promote(model.id, author="Ann", reason="", kind="gate")
        weights = registry.folder_of(model) / "model.safetensors"
    assert annotate() == [("quartzine", model.version)]
    assert annotate("--model", str(settings.ner_model)) == [("BRX7", "knows-brx7")]
    capsys.readouterr()
    weights.write_bytes(weights.read_bytes()[:100])
    assert annotate() == [("BRX7", "knows-brx7")]
    told = capsys.readouterr().err
    assert f"Model 2 ({model.version}) is promoted, but cannot serve" in told
    assert "Model 1 (knows-brx7) serves instead." in told
    (settings.home / FILE_NAME).write_bytes(b"no database" * 100)
    assert annotate() == [("BRX7", "knows-brx7")]
    assert "Which model was promoted is not known" in capsys.readouterr().err
