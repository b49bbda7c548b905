"""Environments enter; the paths and ports that Settings makes of them are checked."""

from __future__ import annotations

from pathlib import Path

import pytest

from biobert_demo.errors import BadInput
from biobert_demo.settings import DEFAULT_PORT, Settings, find_assets, read_port


def test_an_empty_environment_gives_usable_defaults() -> None:
    settings = Settings.from_environment({})
    assert settings.home.is_absolute()
    assert settings.assets == find_assets()
    assert settings.ner_model == settings.assets / "models" / "ner"
    assert (settings.host, settings.port) == ("127.0.0.1", DEFAULT_PORT)


def test_every_value_can_be_set(tmp_path: Path) -> None:
    settings = Settings.from_environment(
        {
            "BIOBERT_DEMO_HOME": str(tmp_path),
            "BIOBERT_DEMO_HOST": "0.0.0.0",
            "BIOBERT_DEMO_PORT": "0",
            "BIOBERT_DEMO_NER_MODEL": str(tmp_path / "n"),
            "BIOBERT_DEMO_QA_MODEL": str(tmp_path / "q"),
            "BIOBERT_DEMO_AUTH": str(tmp_path / "people"),
            "BIOBERT_DEMO_PUBMED_URL": "http://127.0.0.1:9",
            "NCBI_API_KEY": "k",
            "NCBI_EMAIL": "a@b.example",
            "BIOBERT_DEMO_WORKER": "off",
            "BIOBERT_DEMO_TRAIN_AFTER": "25",
            "BIOBERT_DEMO_REDIS": "redis://127.0.0.1:9/0",
            "BIOBERT_DEMO_TRAINER": "python 'my trainer.py'",
        }
    )
    assert (settings.home, settings.host, settings.port) == (tmp_path, "0.0.0.0", 0)
    assert (settings.ner_model, settings.qa_model) == (tmp_path / "n", tmp_path / "q")
    assert settings.auth == tmp_path / "people"
    assert (settings.ncbi_api_key, settings.ncbi_email) == ("k", "a@b.example")
    assert settings.pubmed_url == "http://127.0.0.1:9"
    assert (settings.is_worker_on, settings.train_after) == (False, 25)
    assert (settings.redis, settings.trainer) == ("redis://127.0.0.1:9/0", ("python", "my trainer.py"))


def test_empty_values_mean_the_default() -> None:
    names = (
        "HOME",
        "HOST",
        "PORT",
        "NER_MODEL",
        "QA_MODEL",
        "AUTH",
        "PUBMED_URL",
        "WORKER",
        "TRAIN_AFTER",
        "REDIS",
        "TRAINER",
    )
    assert Settings.from_environment({f"BIOBERT_DEMO_{n}": "" for n in names}) == Settings.from_environment({})


@pytest.mark.parametrize("text", ["seven", "-1", "65536", "80.5", "", "٣"])
def test_a_port_that_is_none_is_refused_with_the_value_seen(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_port(text, "BIOBERT_DEMO_PORT")
    assert repr(text) in str(caught.value)
    assert "BIOBERT_DEMO_PORT" in str(caught.value)


@pytest.mark.parametrize(("name", "value"), [("WORKER", "no"), ("TRAIN_AFTER", "-1"), ("TRAIN_AFTER", "many")])
def test_a_setting_of_the_worker_that_is_none_is_refused_with_the_value_seen(name: str, value: str) -> None:
    with pytest.raises(BadInput) as caught:
        Settings.from_environment({f"BIOBERT_DEMO_{name}": value})
    assert f"BIOBERT_DEMO_{name}" in str(caught.value)
    assert repr(value) in str(caught.value)


def test_the_assets_folder_holds_what_the_page_needs() -> None:
    for name in ("css", "js", "samples"):
        assert any((find_assets() / name).iterdir()), name
