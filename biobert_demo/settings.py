"""Environment variables enter; one frozen Settings with every path and port the program uses leaves."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from biobert_demo.errors import BadInput

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 7860


@dataclass(frozen=True, slots=True)
class Settings:
    """Where data lives (`home`), what ships with the program (`assets`), which models serve, and where to listen.

    `auth` names the file of accounts; without one, whoever reaches the page may use it. `ncbi_api_key` and `ncbi_email`
    are sent to PubMed, at `pubmed_url` where that is not NCBI's own. The page starts a worker beside itself where
    `is_worker_on`; a training run starts after `train_after` newly completed documents (0: never by itself); `redis` is
    the address of the queue where it is not a file in `home`. `trainer` is the command line that trains, in tests only.
    """

    home: Path
    assets: Path
    ner_model: Path
    qa_model: Path
    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    auth: Path | None = None
    ncbi_api_key: str | None = None
    ncbi_email: str | None = None
    pubmed_url: str | None = None
    is_worker_on: bool = True
    train_after: int = 0
    redis: str | None = None
    trainer: tuple[str, ...] = ()

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read BIOBERT_DEMO_HOME, _HOST, _PORT, _NER_MODEL, _QA_MODEL, _AUTH, _PUBMED_URL, _WORKER, _TRAIN_AFTER, _REDIS
        and _TRAINER, NCBI_API_KEY, NCBI_EMAIL.

        Raises BadInput for a port, a number or a choice that is none.
        """
        values = os.environ if environment is None else environment
        assets = find_assets()
        return cls(
            home=_home(values.get("BIOBERT_DEMO_HOME", "")),
            assets=assets,
            ner_model=Path(values.get("BIOBERT_DEMO_NER_MODEL") or assets / "models" / "ner").expanduser(),
            qa_model=Path(values.get("BIOBERT_DEMO_QA_MODEL") or assets / "models" / "qa").expanduser(),
            host=values.get("BIOBERT_DEMO_HOST") or DEFAULT_HOST,
            port=read_port(values.get("BIOBERT_DEMO_PORT") or str(DEFAULT_PORT), "BIOBERT_DEMO_PORT"),
            auth=Path(auth).expanduser() if (auth := values.get("BIOBERT_DEMO_AUTH")) else None,
            ncbi_api_key=values.get("NCBI_API_KEY") or None,
            ncbi_email=values.get("NCBI_EMAIL") or None,
            pubmed_url=values.get("BIOBERT_DEMO_PUBMED_URL") or None,
            is_worker_on=_read_switch(values.get("BIOBERT_DEMO_WORKER") or "on", "BIOBERT_DEMO_WORKER"),
            train_after=_read_count(values.get("BIOBERT_DEMO_TRAIN_AFTER") or "0", "BIOBERT_DEMO_TRAIN_AFTER"),
            redis=values.get("BIOBERT_DEMO_REDIS") or None,
            trainer=tuple(shlex.split(values.get("BIOBERT_DEMO_TRAINER") or "")),
        )


def find_assets() -> Path:
    """The folder of styles, scripts, samples and models: inside an installed wheel, else beside the package."""
    package = Path(__file__).resolve().parent
    installed = package / "assets"
    return installed if installed.is_dir() else package.parent / "assets"


def read_port(text: str, source: str = "--port") -> int:
    """A TCP port from text, 0 (any free one) included; raises BadInput naming the source of the value."""
    if not text.isascii() or not text.isdigit() or int(text) > 65_535:
        raise BadInput(
            f"{source} must be a number from 0 to 65535, but it is {text!r}; leave it out for {DEFAULT_PORT}."
        )
    return int(text)


def _read_switch(text: str, source: str) -> bool:
    if text not in ("on", "off"):
        raise BadInput(f"{source} must be on or off, but it is {text!r}; leave it out for on.")
    return text == "on"


def _read_count(text: str, source: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise BadInput(f"{source} must be a whole number, but it is {text!r}; leave it out for 0, which means never.")
    return int(text)


def _home(text: str) -> Path:
    if text:
        return Path(text).expanduser()
    import platformdirs

    return Path(platformdirs.user_data_dir("biobert-demo", appauthor=False))
