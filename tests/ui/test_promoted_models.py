"""A registry, whole or damaged, and a store that may be locked enter; what the page serves, and says of it, is checked."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from model_lab import Lab
from model_shelf import word_list

from biobert_demo.errors import ModelUnavailable
from biobert_demo.model_folders import version_of
from biobert_demo.settings import Settings
from biobert_demo.store import Store
from biobert_demo.ui.model_state import ModelState, Recognizer
from biobert_demo.ui.promoted_models import AGAIN_SECONDS, PromotedModels
from biobert_demo.ui.status import status_of_model
from biobert_demo.ui.store_state import StoreState


class Page:
    """What a page serves, without a page: `look` is one second of it."""

    def __init__(self, lab: Lab, load: Callable[[Settings], Recognizer] | None = None) -> None:
        self.loaded: list[str] = []
        self.seconds = 0.0
        self._load = load or (lambda settings: word_list(version_of(settings.ner_model)))
        source = PromotedModels(lab.settings, lab.stores, self._note, lambda: self.seconds)
        self.models = ModelState(source, poll_seconds=None)
        self.models.wait()

    def look(self, seconds: float = 1.0) -> tuple[str, int | None]:
        """(version, number) of what serves."""
        self.seconds += seconds
        self.models.follow()
        return self.models.status.version, self.models.status.number

    @property
    def line(self) -> tuple[str, str]:
        value = json.loads(status_of_model(self.models.status))
        return value["kind"], value["text"]

    def _note(self, settings: Settings) -> Recognizer:
        self.loaded.append(version_of(settings.ner_model))
        return self._load(settings)


@pytest.fixture
def lab(tmp_path: Path, lexicon_model: Path, make_lexicon: Callable[..., Path]) -> Iterator[Lab]:
    made = Lab(tmp_path / "home", lexicon_model, make_lexicon)
    yield made
    made.stores.close()


def test_an_empty_data_folder_serves_the_settings_model_where_it_lies_and_stays_empty(lab: Lab) -> None:
    page = Page(lab)
    assert page.look() == ("lexicon", None)
    assert page.line == ("done", "Model ready · lexicon")
    assert not lab.settings.home.exists()


def test_with_a_store_the_settings_model_is_number_one_and_is_not_loaded_twice(lab: Lab) -> None:
    lab.store.projects.default()
    page = Page(lab)
    assert page.models.status.number is None, "who waits for the first model does not wait for the store"
    assert page.look() == ("lexicon", 1)
    assert page.loaded == ["lexicon"]
    assert lab.store.models.promotions("ner")[0].kind == "base"
    assert not (lab.settings.home / "models").exists(), "it is not copied"


def test_a_store_that_is_made_later_is_noticed(lab: Lab) -> None:
    page = Page(lab)
    assert page.look() == ("lexicon", None)
    lab.store.projects.default()
    assert page.look() == ("lexicon", 1)


def test_promotion_and_rollback_by_another_process_are_followed(lab: Lab) -> None:
    page = Page(lab)
    with Store.open(lab.settings.home, backups=False) as elsewhere:
        other = Lab(lab.settings.home, lab.settings.ner_model, lab._make_lexicon)
        other.stores = StoreState(lambda: elsewhere)
        model = other.add("promoted", {"mice": "Species"})
        assert page.look() == ("lexicon", 1), "a candidate serves nobody"
        other.promote(model)
        assert page.look() == (model.version, 2)
        other.registry.rollback("ner", author="Ann")
        assert page.look() == ("lexicon", 1)
    assert page.loaded == ["lexicon", model.version, "lexicon"]


def test_after_a_restart_the_promoted_model_serves_at_once(lab: Lab) -> None:
    model = lab.add("restarted", {"mice": "Species"})
    lab.promote(model)
    page = Page(lab)
    assert page.loaded == [model.version]
    assert page.look() == (model.version, 2)
    assert page.loaded == [model.version]


def test_a_damaged_folder_leaves_the_old_model_serving_until_it_is_restored(lab: Lab) -> None:
    first, second = (lab.add(f"damaged {word}", {word: "Species"}) for word in ("mice", "zebrafish"))
    lab.promote(first)
    page = Page(lab)
    lab.promote(second)
    restore = lab.damage(second)
    assert page.look() == (first.version, 2)
    kind, text = page.line
    assert kind == "warning"
    assert text.startswith(f"Model 3 ({second.version}) is promoted, but cannot serve: ")
    assert "model.safetensors is damaged" in text
    assert "instead" not in text
    assert text.endswith(f" · {first.version}")
    restore()
    assert page.look() == (first.version, 2)
    assert page.look(AGAIN_SECONDS + 1) == (second.version, 3)
    assert page.line[0] == "done"


def test_with_a_damaged_folder_a_page_starts_with_the_last_good_model(lab: Lab) -> None:
    model = lab.add("damaged at start", {"mice": "Species"})
    lab.promote(model)
    lab.damage(model)
    page = Page(lab)
    assert page.look() == ("lexicon", 1)
    kind, text = page.line
    assert kind == "warning"
    assert text.startswith("Model 2 ")
    assert "Model 1 is serving since" in text


def test_a_folder_whose_damage_only_loading_finds_is_passed_over_as_well(lab: Lab) -> None:
    first, second = (lab.add(f"deep {word}", {word: "Species"}) for word in ("mice", "zebrafish"))
    lab.promote(first)
    lab.promote(second)

    def load(settings: Settings) -> Recognizer:
        if version_of(settings.ner_model) == second.version:
            raise ModelUnavailable("The weights lack a tensor.")
        return word_list(version_of(settings.ner_model))

    page = Page(lab, load)
    # The parent of both is the base, and it comes before what was promoted otherwise.
    assert page.loaded == [second.version, "lexicon"]
    assert page.line[0] == "warning"
    assert "The weights lack a tensor." in page.line[1]
    assert page.look() == ("lexicon", 1)
    assert page.loaded == [second.version, "lexicon"], "it is not tried every second"


def test_where_nothing_can_be_loaded_the_page_says_what_is_wrong(lab: Lab) -> None:
    lab.promote(lab.add("nothing", {"mice": "Species"}))

    def load(settings: Settings) -> Recognizer:
        raise ModelUnavailable(f"{settings.ner_model.name} is gone.")

    page = Page(lab, load)
    assert page.line == ("failed", "lexicon is gone.")
    with pytest.raises(ModelUnavailable, match="lexicon is gone"):
        page.models.serving()


def test_a_damaged_store_serves_the_settings_model_and_is_told(lab: Lab) -> None:
    lab.settings.home.mkdir()
    (lab.settings.home / "biobert-demo.sqlite").write_bytes(b"no database " * 1000)
    page = Page(lab)
    assert page.models.status.version == "lexicon"
    assert page.look()[0] == "lexicon"
    kind, text = page.line
    assert kind == "warning"
    assert "biobert-demo restore" in text


def test_a_locked_store_delays_nothing_but_the_promoted_model(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("biobert_demo.store.database.Database.__init__.__defaults__", (0.1, None))
    model = lab.add("locked", {"mice": "Species"})
    lab.promote(model)
    lab.stores.close()
    locking = sqlite3.connect(lab.settings.home / "biobert-demo.sqlite", isolation_level=None)
    locking.execute("PRAGMA locking_mode = EXCLUSIVE")
    locking.execute("BEGIN EXCLUSIVE")
    locking.execute("PRAGMA user_version = 7")
    page = Page(lab)
    assert page.models.status.version == "lexicon"
    assert page.look()[0] == "lexicon"
    assert page.line[0] == "warning"
    assert "locked" in page.line[1]
    locking.execute("ROLLBACK")
    locking.close()
    assert page.look(AGAIN_SECONDS + 1) == (model.version, 2)
    assert page.line[0] == "done"


def test_a_list_of_models_in_the_settings_serves_although_another_was_promoted(lab: Lab, tmp_path: Path) -> None:
    model = lab.add("beside a list", {"mice": "Species"})
    lab.promote(model)
    listed = tmp_path / "models.toml"
    listed.write_text("", encoding="utf-8")
    lab.settings = replace(lab.settings, ner_model=listed)
    page = Page(lab, lambda settings: word_list("listed"))
    assert page.look() == ("listed", None)
    kind, text = page.line
    assert kind == "warning"
    assert f"Model 2 ({model.version}) is promoted" in text
    assert text.endswith("Model ready · listed")


def test_new_weights_in_the_settings_take_the_place_of_the_old_ones(
    lab: Lab, make_lexicon: Callable[..., Path], tmp_path: Path
) -> None:
    lab.registry.base("ner")
    lab.settings = replace(lab.settings, ner_model=make_lexicon("newer release", {"mice": "Species"}))
    page = Page(lab)
    assert page.loaded == ["newer release"]
    assert page.look() == ("newer release", 2)


def test_unexpected_rows_do_not_stop_the_page(lab: Lab, monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    lab.store.projects.default()
    page = Page(lab)
    monkeypatch.setattr(lab.store.models, "last_promotion", lambda task: 1 / 0)
    page.models._follow_safely()
    assert page.models.status.kind == "ready"
    assert "ZeroDivisionError" in caplog.text
