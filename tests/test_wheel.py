"""The wheel: everything the program needs is inside, and it works where there is no checkout."""

from __future__ import annotations

import configparser
import os
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path

import pytest

from biobert_demo import __version__

CHECKOUT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(CHECKOUT)]
    built = subprocess.run(command, check=False, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout[-2000:] + built.stderr[-2000:]
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with nothing but the wheel's content, for PYTHONPATH."""
    target = tmp_path_factory.mktemp("installed")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(target)]
    subprocess.run([*command, str(wheel)], check=True, capture_output=True)
    return target


def run(installed: Path, folder: Path, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BIOBERT_DEMO_")}
    environment |= {"PYTHONPATH": str(installed), **variables}
    return subprocess.run(
        [sys.executable, *command], check=False, capture_output=True, text=True, cwd=folder, env=environment
    )


def test_the_wheel_holds_code_assets_and_models_and_nothing_else(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for needed in ("biobert_demo/app.py", "biobert_demo/cli.py", "biobert_demo/ui/page.py", "trainer/__main__.py"):
        assert needed in names
    assets = [path.relative_to(CHECKOUT / "assets") for path in (CHECKOUT / "assets").rglob("*") if path.is_file()]
    assert {path.parts[0] for path in assets} >= {"css", "js", "samples"}
    missing = [str(path) for path in assets if f"biobert_demo/assets/{path.as_posix()}" not in names]
    assert missing == []
    information = f"biobert_demo-{__version__}.dist-info/"
    tops = {name.split("/")[0] for name in names}
    assert tops == {"biobert_demo", "trainer", information.rstrip("/")}
    assert f"{information}licenses/LICENSE" in names


def test_the_wheel_registers_the_command_and_the_spacy_components(wheel: Path) -> None:
    points = configparser.ConfigParser()
    with zipfile.ZipFile(wheel) as archive:
        points.read_string(archive.read(f"biobert_demo-{__version__}.dist-info/entry_points.txt").decode())
    assert points["console_scripts"]["biobert-demo"] == "biobert_demo.cli:main"
    assert dict(points["spacy_factories"]) == {
        "biobert_ner": "biobert_demo.spacy_component:create_biobert_ner",
        "biomedical_sentencizer": "biobert_demo.spacy_component:create_biomedical_sentencizer",
    }


def test_the_command_works_outside_the_checkout(installed: Path, tmp_path: Path, lexicon_model: Path) -> None:
    version = run(installed, tmp_path, "-m", "biobert_demo.cli", "--version")
    assert (version.returncode, version.stdout) == (0, f"biobert-demo {__version__}\n")
    place = run(installed, tmp_path, "-c", "from biobert_demo.settings import find_assets; print(find_assets())")
    assert Path(place.stdout.strip()) == installed / "biobert_demo" / "assets"
    (tmp_path / "a.txt").write_text("An allergy to penicillin.")
    options = ("--output", "out.csv", "--model", str(lexicon_model))
    done = run(installed, tmp_path, "-m", "biobert_demo.cli", "annotate", "a.txt", *options)
    assert (done.returncode, done.stderr) == (0, "")
    rows = (tmp_path / "out.csv").read_text().splitlines()[1:]
    assert [row.split(",")[1:5] for row in rows] == [
        ["3", "10", "Disease", "allergy"],
        ["14", "24", "Chemical", "penicillin"],
    ]


@pytest.mark.skipif(
    not (CHECKOUT / "assets/models/ner/config.json").exists(), reason="this checkout holds no shipped model"
)
def test_the_shipped_model_is_the_default_outside_the_checkout(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("An allergy to penicillin can cause an anaphylactic reaction.")
    done = run(installed, tmp_path, "-m", "biobert_demo.cli", "annotate", "a.txt", "--output", "out.csv")
    assert (done.returncode, done.stderr) == (0, "")
    rows = [row.split(",")[3:5] for row in (tmp_path / "out.csv").read_text().splitlines()[1:]]
    assert rows[:2] == [["Disease", "allergy"], ["Chemical", "penicillin"]]
    assert rows[2][0] == "Disease"
    assert rows[2][1].startswith("anaphylactic")


def test_spacy_finds_the_components_without_an_import(installed: Path, tmp_path: Path, lexicon_model: Path) -> None:
    script = (
        "import spacy, sys; nlp = spacy.blank('en'); nlp.add_pipe('biomedical_sentencizer');"
        "nlp.add_pipe('biobert_ner', config={'model': sys.argv[1]}); doc = nlp('We saw Fig. 1. No lumositis.');"
        "import biobert_demo; print(biobert_demo.__file__);"
        "print([s.text for s in doc.sents], [(e.text, e.label_) for e in doc.ents])"
    )
    done = run(installed, tmp_path, "-c", script, str(lexicon_model))
    assert done.stdout.splitlines() == [
        str(installed / "biobert_demo" / "__init__.py"),
        "['We saw Fig. 1.', 'No lumositis.'] [('lumositis', 'Disease')]",
    ], done.stderr[-2000:]


def test_the_page_opens_outside_the_checkout(installed: Path, tmp_path: Path, lexicon_model: Path) -> None:
    variables = {
        "PYTHONPATH": str(installed),
        "BIOBERT_DEMO_NER_MODEL": str(lexicon_model),
        "BIOBERT_DEMO_HOME": str(tmp_path / "home"),
    }
    command = [sys.executable, "-m", "biobert_demo.cli", "serve", "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path, env=os.environ | variables
    ) as page:
        try:
            assert page.stdout is not None
            address = next((line.split()[-1] for line in page.stdout if line.startswith("The page is at")), "")
            assert address, page.stderr.read()[-2000:] if page.stderr is not None else ""
            with urllib.request.urlopen(address) as answer:
                assert answer.status == 200
                assert b"<html" in answer.read()
        finally:
            page.terminate()
