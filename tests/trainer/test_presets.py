"""A name enters `find_preset`; an encoder and the settings that suit it leave."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from biobert_demo.errors import ModelUnavailable
from trainer import presets
from trainer.presets import PRESETS, check_base, find_preset, locate_base


def test_the_names_people_know_are_there() -> None:
    assert find_preset("biobert").base == "dmis-lab/biobert-base-cased-v1.2"
    assert {"bert", "biobert", "pubmedbert", "minilm"} <= set(PRESETS)


@pytest.mark.parametrize("name", ["some/encoder", "./my-folder", "all-MiniLM"])
def test_any_other_name_is_an_encoder_with_the_settings_of_bert(name: str) -> None:
    preset, bert = find_preset(name), find_preset("bert")
    assert preset.base == name
    assert (preset.learning_rate, preset.epochs) == (bert.learning_rate, bert.epochs)
    assert not preset.gazetteer


def test_minilm_comes_from_its_package_where_that_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presets, "find_spec", lambda name: SimpleNamespace(origin=str(tmp_path / "__init__.py")))
    assert locate_base("all-MiniLM-L6-v2") == str(tmp_path / "model")
    monkeypatch.setattr(presets, "find_spec", lambda name: None)
    assert locate_base("all-MiniLM-L6-v2") == "sentence-transformers/all-MiniLM-L6-v2"
    assert locate_base("some/encoder") == "some/encoder"


@pytest.mark.parametrize("make", ["absent", "empty"])
def test_a_folder_that_holds_no_model_is_named(make: str, tmp_path: Path) -> None:
    folder = tmp_path / make
    if make == "empty":
        folder.mkdir()
    with pytest.raises(ModelUnavailable, match=rf"{make} holds no config\.json.*minilm"):
        check_base(str(folder))


def test_a_hub_id_is_left_to_the_hub(tiny_encoder: Path) -> None:
    check_base("some/encoder")
    check_base(str(tiny_encoder))
