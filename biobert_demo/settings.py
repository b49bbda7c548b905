"""Environment variables enter; one frozen Settings with every path and port the program uses leaves."""

from __future__ import annotations

import os
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
    are sent to PubMed, at `pubmed_url` where that is not NCBI's own.
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

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read BIOBERT_DEMO_HOME, _HOST, _PORT, _NER_MODEL, _QA_MODEL, _AUTH and _PUBMED_URL, NCBI_API_KEY, NCBI_EMAIL.

        Raises BadInput for a port that is none.
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


def _home(text: str) -> Path:
    if text:
        return Path(text).expanduser()
    import platformdirs

    return Path(platformdirs.user_data_dir("biobert-demo", appauthor=False))
