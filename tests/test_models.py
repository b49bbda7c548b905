"""The registry copies, checks, promotes, falls back, goes back and clears away; the promoted model is what serves."""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from model_desk import ModelDesk, write_model

from biobert_demo import models as registry_module
from biobert_demo.combination import load_recognizer
from biobert_demo.errors import BadInput, BiobertDemoError, ModelUnavailable
from biobert_demo.model_folders import RECORD, hash_weights, version_of
from biobert_demo.models import ModelRegistry, find_served, served_here
from biobert_demo.recognition import EntityRecognizer
from biobert_demo.settings import Settings
from biobert_demo.store import PromotionRefused, Store


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[ModelDesk]:
    desk = ModelDesk(tmp_path)
    yield desk
    findings = desk.store.check()
    desk.store.close()
    assert findings == []


def served(desk: ModelDesk) -> tuple[int | None, str | None]:
    """(number of what serves, warning)."""
    _, model, warning = desk.registry.served_folder("ner")
    return (model.number if model else None), warning


def test_the_settings_model_is_registered_where_it_lies_and_serves(desk: ModelDesk) -> None:
    base = desk.registry.base("ner")
    assert (base.number, base.version, base.state, base.labels) == (1, "base", "promoted", ("Disease", "Gene"))
    assert base.weights_hash == hash_weights(desk.base_folder)
    assert desk.registry.base("ner") == desk.registry.promoted("ner") == base
    assert desk.registry.served_folder("ner") == (desk.base_folder.resolve(), base, None)
    assert not (desk.settings.home / "models").exists()


def test_asking_what_is_promoted_or_serves_registers_the_base(desk: ModelDesk) -> None:
    assert desk.registry.promoted("ner").number == 1
    assert [one.kind for one in desk.store.models.promotions("ner")] == ["base"]


def test_a_candidate_is_copied_whole_and_named_by_its_weights(desk: ModelDesk) -> None:
    base = desk.registry.base("ner")
    run = desk.store.runs.queue("ner", trigger="hand", author="Ann")
    model = desk.add(
        "better", base, run_id=run.id, data_hash="dd", scores={"old": {"Gene": 88.0}}, decision={"is_promoted": True}
    )
    folder = desk.settings.home / "models" / "ner" / model.version
    assert model.version == f"ner-{hash_weights(folder)[:8]}" == version_of(folder)
    assert (model.number, model.state, model.parent_id, model.run_id) == (2, "candidate", base.id, run.id)
    assert Path(model.folder) == desk.registry.folder_of(model) == folder
    record = json.loads((folder / RECORD).read_text())
    assert record["parent"] == "base"
    assert {name: record[name] for name in ("task", "version", "run", "labels", "weights_hash", "data_hash", "scores")} == {
        "task": "ner", "version": model.version, "run": run.id, "labels": ["Disease", "Gene"],
        "weights_hash": model.weights_hash, "data_hash": "dd", "scores": {"old": {"Gene": 88.0}},
    }  # fmt: skip
    assert served(desk) == (1, None)
    desk.promote(model)
    assert served(desk) == (2, None)


def test_the_same_run_that_is_repeated_adds_its_model_once(desk: ModelDesk) -> None:
    run = desk.store.runs.queue("ner", trigger="hand", author="Ann")
    first = desk.add("same", run_id=run.id)
    assert desk.add("same", run_id=run.id) == first
    by_hand = desk.add("same")
    assert by_hand.version == f"{first.version}-2"
    assert version_of(desk.registry.folder_of(by_hand)) == by_hand.version


def test_a_run_that_was_killed_before_it_could_register_its_model_begins_anew(desk: ModelDesk) -> None:
    run = desk.store.runs.queue("ner", trigger="hand", author="Ann")
    first = desk.add("same", run_id=run.id)
    with sqlite3.connect(desk.store.path) as other:
        other.execute("DROP TRIGGER model_versions_no_delete")
        other.execute("DELETE FROM model_versions")
    other.close()
    (desk.registry.folder_of(first) / "tokenizer.json").unlink()
    again = desk.add("same", run_id=run.id)
    assert again.version == first.version
    desk.registry.check(again)
    assert [path.name for path in (desk.settings.home / "models" / "ner").iterdir()] == [again.version]


def test_a_folder_that_cannot_serve_becomes_no_candidate(desk: ModelDesk) -> None:
    source = write_model(desk.folder / "source")
    (source / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    with pytest.raises(ModelUnavailable, match="a pickle"):
        desk.registry.add_candidate("ner", source, parent=None, run_id=None, labels=())
    assert desk.store.models.list("ner") == []
    assert not (desk.settings.home / "models").exists()


def test_a_candidate_that_cannot_be_registered_or_kept_leaves_nothing(
    desk: ModelDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BadInput, match="cannot be registered"):
        desk.add("one", run_id=99)
    home = desk.settings.home / "models" / "ner"
    assert list(home.iterdir()) == []

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copyfile", full)
        patch.setattr(shutil, "copytree", full)
        with pytest.raises(BiobertDemoError, match=r"could not be kept in .*No space left.*untouched"):
            desk.add("one")
    assert list(home.iterdir()) == []
    assert desk.store.models.list("ner") == []


def test_threads_that_add_the_same_weights_at_once_get_folders_of_their_own(desk: ModelDesk) -> None:
    source = write_model(desk.folder / "source", "same")
    barrier = threading.Barrier(4)
    versions: list[str] = []

    def add() -> None:
        barrier.wait()
        versions.append(desk.registry.add_candidate("ner", source, parent=None, run_id=None, labels=()).version)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    name = f"ner-{hash_weights(source)[:8]}"
    assert sorted(versions) == [name, *(f"{name}-{i}" for i in (2, 3, 4))]
    for model in desk.store.models.list("ner"):
        desk.registry.check(model)


def test_a_new_base_serves_unless_the_lab_has_a_model_of_its_own(desk: ModelDesk) -> None:
    desk.registry.base("ner")
    write_model(desk.base_folder, "newer")
    assert served(desk) == (2, None)
    own = desk.serve("own", desk.registry.promoted("ner"))
    write_model(desk.base_folder, "newest")
    assert served(desk) == (own.number, None)
    assert desk.states() == {1: "retired", 2: "retired", 3: "promoted", 4: "candidate"}


def test_the_same_base_in_another_place_is_the_same_model(desk: ModelDesk) -> None:
    desk.registry.base("ner")
    elsewhere = shutil.copytree(desk.base_folder, desk.folder / "another installation")
    shutil.rmtree(desk.base_folder)
    base = desk.with_base(elsewhere).base("ner")
    assert (base.number, base.folder) == (1, str(elsewhere.resolve()))
    assert desk.registry.served_folder("ner").folder == elsewhere.resolve()


def test_damage_is_not_taken_for_a_new_base(desk: ModelDesk) -> None:
    version = f"ner-{hash_weights(desk.base_folder)[:8]}"
    write_model(desk.base_folder, "base", version=version)
    assert desk.registry.base("ner").version == version
    write_model(desk.base_folder, "bAse", version=version)
    with pytest.raises(ModelUnavailable, match=f"damaged or others than its config.json says: '{version}'"):
        desk.registry.base("ner")
    with pytest.raises(ModelUnavailable, match=r"Model 1 .* cannot serve: The weights in .* No other model is whole"):
        desk.registry.served_folder("ner")
    assert desk.states() == {1: "promoted"}


def test_a_base_that_is_gone_is_told_and_the_labs_model_serves_on(desk: ModelDesk) -> None:
    desk.with_base(desk.folder / "gone")
    for call in (desk.registry.base, desk.registry.promoted, desk.registry.served_folder):
        with pytest.raises(ModelUnavailable, match="There is no model folder at"):
            call("ner")
    desk.serve("own")
    assert served(desk) == (1, None)


def test_of_an_earlier_base_whose_folder_is_gone_the_one_that_served_before_takes_the_place(desk: ModelDesk) -> None:
    own = desk.serve("own", desk.registry.base("ner"))
    other = desk.with_base(write_model(desk.folder / "other base", "other")).base("ner")
    desk.promote(other, "override")
    shutil.rmtree(desk.folder / "other base")
    number, warning = served(desk)
    assert number == own.number
    assert warning is not None
    assert "Model 3 (other base) is promoted, but cannot serve: There is no model folder" in warning
    assert warning.endswith(f"Model 2 ({own.version}) serves instead.")


@pytest.mark.parametrize(
    "damage",
    [
        shutil.rmtree,
        lambda folder: (folder / "config.json").unlink(),
        lambda folder: (folder / "tokenizer.json").write_text("{"),
        lambda folder: write_model(folder, "other weights"),
        lambda folder: (folder / "evil.bin").write_bytes(b"\x80\x04."),
        lambda folder: write_model(folder, "third", version="ner-00000000"),
    ],
)
def test_where_the_promoted_model_is_damaged_the_last_good_one_serves(
    desk: ModelDesk, damage: Callable[[Path], object]
) -> None:
    second = desk.serve("second", desk.registry.base("ner"))
    third = desk.serve("third", second)
    folder = desk.registry.folder_of(third)
    aside = shutil.copytree(folder, desk.folder / "aside")
    damage(folder)
    number, warning = served(desk)
    assert number == 2
    assert warning is not None
    assert warning.startswith(f"Model 3 ({third.version}) is promoted, but cannot serve: ")
    assert warning.endswith(f"Model 2 ({second.version}) serves instead.")
    assert desk.registry.find_damage("ner") == warning
    desk.truncate(second)
    assert served(desk)[0] == 1
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(aside, folder)
    assert served(desk) == (3, None)
    assert desk.registry.find_damage("ner") is None


def test_a_damaged_or_deleted_model_cannot_be_promoted(desk: ModelDesk) -> None:
    desk.registry.base("ner")
    damaged, deleted = desk.add("damaged"), desk.add("deleted", decision={"is_promoted": False})
    desk.truncate(damaged)
    with pytest.raises(ModelUnavailable, match="is damaged"):
        desk.promote(damaged)
    assert desk.registry.prune(0) == [replace(deleted, state="deleted")]
    with pytest.raises(PromotionRefused, match="was deleted"):
        desk.promote(deleted)
    assert desk.promoted() == 1


def test_going_back_twice_goes_further_back_and_never_forth(desk: ModelDesk) -> None:
    parent = desk.registry.base("ner")
    for weights in ("two", "three", "four"):
        parent = desk.serve(weights, parent)
    back = [desk.registry.rollback("ner", author="Ann").number for _ in range(3)]
    assert back == [3, 2, 1]
    with pytest.raises(PromotionRefused, match="no earlier model to go back to"):
        desk.registry.rollback("ner", author="Ann")
    desk.serve("five", desk.registry.promoted("ner"))
    assert desk.registry.rollback("ner", author="Bo", reason="It is slow.").number == 1
    last = desk.store.models.promotions("ner")[-1]
    assert (last.kind, last.author, last.reason) == ("rollback", "Bo", "It is slow.")
    assert desk.store.models.promotions("ner")[-3].reason == "Back from model 2."


def test_going_back_passes_over_what_is_damaged_or_deleted(desk: ModelDesk) -> None:
    base = desk.registry.base("ner")
    deleted, damaged = desk.serve("deleted", base), desk.serve("damaged", base)
    desk.serve("present", base)
    desk.truncate(damaged)
    desk.store.models.mark_deleted(deleted.id)
    assert desk.registry.rollback("ner", author="Ann").number == base.number
    desk.serve("other", base)
    shutil.rmtree(desk.base_folder)
    with pytest.raises(PromotionRefused, match=r"no earlier model.*Model 1: There is no model folder"):
        desk.registry.rollback("ner", author="Ann")
    write_model(desk.base_folder, "base")


def test_two_people_who_go_back_at_once_go_back_once_or_are_told(desk: ModelDesk) -> None:
    parent = desk.registry.base("ner")
    for weights in ("two", "three", "four"):
        parent = desk.serve(weights, parent)
    barrier = threading.Barrier(4)
    told: list[str] = []
    numbers: list[int] = []

    def go_back(name: str) -> None:
        barrier.wait()
        try:
            numbers.append(desk.registry.rollback("ner", author=name).number)
        except PromotionRefused as error:
            told.append(str(error))

    threads = [threading.Thread(target=go_back, args=(f"Ann {i}",)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rollbacks = [one for one in desk.store.models.promotions("ner") if one.kind == "rollback"]
    assert len(numbers) + len(told) == 4
    assert [one.model_id for one in rollbacks] == sorted({one.model_id for one in rollbacks}, reverse=True)
    assert set(numbers) == {one.model_id for one in rollbacks}


def test_old_folders_go_but_never_those_that_may_be_needed(desk: ModelDesk) -> None:
    base = desk.registry.base("ner")
    refused = [desk.add(f"refused {i}", base, decision={"is_promoted": False}) for i in range(3)]
    parent = desk.serve("parent", base)
    old = desk.serve("old", parent)
    present = desk.serve("present", parent)
    desk.store.models.pin(refused[0].id)
    deleted = desk.registry.prune(keep=1)
    assert [model.number for model in deleted] == [refused[1].number, refused[2].number]
    assert {model.state for model in deleted} == {"deleted"}
    kept = {path.name for path in (desk.settings.home / "models" / "ner").iterdir()}
    assert kept == {one.version for one in (refused[0], parent, old, present)}
    assert desk.registry.prune(keep=1) == []
    assert [model.number for model in desk.registry.prune(keep=0)] == [old.number]
    assert desk.base_folder.is_dir()
    assert served(desk) == (present.number, None)


def test_an_interrupted_deletion_is_ended_by_the_next(desk: ModelDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    model = desk.add("refused", decision={"is_promoted": False})
    folder = desk.registry.folder_of(model)

    def fail(*_: Any, **__: Any) -> None:
        raise OSError(16, "Device or resource busy")

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", fail)
        with pytest.raises(BiobertDemoError, match=r"cannot be removed .*prune again"):
            desk.registry.prune(0)
    assert desk.states() == {1: "deleted"}
    assert folder.is_dir()
    desk.registry.prune(0)
    assert not folder.exists()
    folder.with_name(".removing-half").mkdir()
    fresh, stale = folder.with_name(".adding-fresh"), folder.with_name(".adding-stale")
    for path in (fresh, stale):
        path.mkdir()
    os.utime(stale, (0, 0))
    desk.registry.prune(0)
    assert [path.name for path in folder.parent.iterdir()] == [".adding-fresh"]


def test_a_folder_is_not_removed_with_an_earlier_model_that_had_it(desk: ModelDesk) -> None:
    first = desk.add("same", decision={"is_promoted": False})
    desk.registry.prune(0)
    again = desk.add("same")
    assert again.folder == first.folder
    desk.registry.prune(0)
    desk.registry.check(again)


def test_nothing_outside_the_data_folder_is_ever_removed(desk: ModelDesk) -> None:
    outside = write_model(desk.folder / "outside")
    for place in (outside, desk.settings.home / "models" / "ner" / ".." / ".." / "backups"):
        place.mkdir(parents=True, exist_ok=True)
        desk.store.models.register("ner", place.name, place, weights_hash="x", decision={"is_promoted": False})
    assert len(desk.registry.prune(0)) == 2
    assert outside.is_dir()
    assert (desk.settings.home / "backups").is_dir()


def test_models_are_found_after_the_data_folder_was_moved(desk: ModelDesk) -> None:
    model = desk.serve("own", desk.registry.base("ner"))
    desk.store.close()
    desk.settings.home.rename(desk.folder / "moved")
    desk.settings = replace(desk.settings, home=desk.folder / "moved")
    desk.store = Store.open(desk.settings.home, backups=False)
    desk.registry = ModelRegistry(desk.store, desk.settings)
    assert desk.registry.served_folder("ner").folder == desk.folder / "moved" / "models" / "ner" / model.version


@pytest.mark.parametrize("name", ["models.toml", "some-lab/some-model"])
def test_a_list_of_models_or_a_hub_name_serves_as_it_is_and_nothing_is_learned_from_it(
    desk: ModelDesk, name: str
) -> None:
    desk.with_base(Path(name))
    assert desk.registry.served_folder("ner") == (Path(name), None, None)
    with pytest.raises(ModelUnavailable, match="nothing can be learned from it; set BIOBERT_DEMO_NER_MODEL"):
        desk.registry.base("ner")
    own = desk.serve("own")
    folder, model, warning = desk.registry.served_folder("ner")
    assert (folder, model) == (Path(name), None)
    assert warning == f"Model 1 ({own.version}) is promoted, but the settings name {name}, which serves instead."
    assert find_served(desk.settings) == (folder, model, warning)


def test_a_model_is_found_by_number_or_version_and_else_those_are_named_that_are_there(desk: ModelDesk) -> None:
    model = desk.serve("own", desk.registry.base("ner"))
    assert desk.registry.find("ner", "2") == desk.registry.find("ner", model.version) == model
    with pytest.raises(BadInput, match="no model '7' for ner; the numbers are 1, 2"):
        desk.registry.find("ner", "7")
    with pytest.raises(BadInput, match="no model 'x' for qa; the numbers are none yet"):
        desk.registry.find("qa", "x")


def test_two_models_are_compared_by_their_scores(desk: ModelDesk) -> None:
    first, second = desk.add("a", scores={"Gene": 80.0}), desk.add("b", scores={"Gene": 81.5})
    assert [(row.name, row.difference) for row in desk.registry.compare(first, second)] == [("Gene", 1.5)]


def test_without_a_store_the_settings_model_serves_and_none_is_made(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", assets=tmp_path, ner_model=tmp_path / "ner", qa_model=tmp_path / "qa")
    assert find_served(settings) == (tmp_path / "ner", None, None)
    assert find_served(settings, "qa") == (tmp_path / "qa", None, None)
    assert not settings.home.exists()


def test_programs_without_a_store_serve_what_was_promoted_and_change_nothing(desk: ModelDesk) -> None:
    assert find_served(desk.settings) == (desk.base_folder, None, None)
    assert desk.store.models.promotions("ner") == []
    base = desk.registry.base("ner")
    write_model(desk.base_folder, "newer")
    assert find_served(desk.settings) == (desk.base_folder, None, None)
    assert desk.states() == {1: "promoted"}
    write_model(desk.base_folder, "base")
    model = desk.serve("own", base)
    assert find_served(desk.settings) == (desk.registry.folder_of(model), model, None)
    desk.registry.rollback("ner", author="Ann")
    assert find_served(desk.settings) == (desk.base_folder, None, None)
    desk.promote(model)
    desk.truncate(model)
    folder, found, warning = find_served(desk.settings)
    assert (folder, found) == (desk.base_folder.resolve(), desk.store.models.get(base.id))
    assert warning is not None
    shutil.rmtree(desk.base_folder)
    folder, found, warning = find_served(desk.settings)
    assert (folder, found) == (desk.base_folder, None)
    assert warning is not None
    assert "is damaged" in warning
    write_model(desk.base_folder, "base")


def test_a_store_that_cannot_be_read_is_told_and_the_settings_model_serves(desk: ModelDesk, tmp_path: Path) -> None:
    home = tmp_path / "damaged"
    home.mkdir()
    (home / desk.store.path.name).write_bytes(b"no database" * 100)
    folder, model, warning = find_served(replace(desk.settings, home=home))
    assert (folder, model) == (desk.base_folder, None)
    assert warning is not None
    assert "Which model was promoted is not known" in warning


def test_a_damaged_base_is_found_by_the_check(desk: ModelDesk) -> None:
    assert desk.registry.find_damage("ner") is None
    desk.registry.base("ner")
    assert desk.registry.find_damage("ner") is None
    (desk.base_folder / "config.json").unlink()
    assert "Model 1 (base) is promoted, but cannot serve" in (desk.registry.find_damage("ner") or "")
    assert desk.registry.find_damage("qa") is None


def test_the_example_in_the_document_runs(
    desk: ModelDesk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BIOBERT_DEMO_HOME", str(desk.settings.home))
    monkeypatch.setenv("BIOBERT_DEMO_NER_MODEL", str(desk.base_folder))
    desk.promote(desk.add("own", desk.registry.base("ner"), scores={"Gene": 81.5}))
    text = (Path(__file__).parents[1] / "docs" / "models.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    exec(example, {})
    assert capsys.readouterr().out == "Gene None 81.5 None\n"


def test_recognizers_without_a_folder_are_those_of_the_promoted_model(
    tmp_path: Path,
    make_lexicon: Callable[..., Path],
    lexicon_model: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("BIOBERT_DEMO_HOME", str(tmp_path))
    monkeypatch.setenv("BIOBERT_DEMO_NER_MODEL", str(lexicon_model))
    text = "BRX7 and quartzine."
    assert [a.text for a in EntityRecognizer.load().annotate(text)] == ["BRX7"]
    source = make_lexicon("knows-quartzine", {"quartzine": "Chemical"})
    with Store.open(tmp_path, backups=False) as store:
        registry = ModelRegistry(store, Settings.from_environment())
        model = registry.add_candidate("ner", source, parent=registry.base("ner"), run_id=None, labels=["Chemical"])
        registry.promote(model.id, author="Ann", reason="", kind="gate")
        folder = registry.folder_of(model)
    for recognizer in (EntityRecognizer.load(), load_recognizer()):
        (found,) = recognizer.annotate(text)
        assert (found.text, found.model) == ("quartzine", model.version)
    assert [a.text for a in load_recognizer(lexicon_model).annotate(text)] == ["BRX7"]
    (folder / "model.safetensors").write_bytes(b"")
    with caplog.at_level(logging.WARNING, registry_module.__name__):
        assert served_here() == lexicon_model.resolve()
    assert "cannot serve" in caplog.text
