"""The command line: what it writes, its exit codes, and one clear line for every mistake."""

from __future__ import annotations

import gzip
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from biobert_demo import __version__
from biobert_demo.cli import main
from biobert_demo.documents import Document
from biobert_demo.formats import WRITABLE, read_documents

TEXT = (
    "Velocumab for chronic lumositis.\r\n\r\nAn allergy to penicillin\tin mice \U0001f9ec, not patients. Loss of BRX7."
)
FOUND = [
    ("Velocumab", "Chemical"),
    ("lumositis", "Disease"),
    ("allergy", "Disease"),
    ("penicillin", "Chemical"),
    ("mice", "Species"),
    ("BRX7", "Gene"),
]
SUFFIXES = {
    "pubtator": "out.pubtator",
    "bioc": "out.xml",
    "bioc-json": "out.json",
    "brat": "out",
    "conll": "out.conll",
    "jsonl": "out.jsonl",
    "csv": "out.csv",
    "docbin": "out.spacy",
    "datasets": "out",
}


@pytest.fixture(autouse=True)
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lexicon_model: Path) -> None:
    """Every test works in an empty folder, with the lexicon model as the one that settings name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BIOBERT_DEMO_NER_MODEL", str(lexicon_model))


def write(name: str, content: str | bytes) -> str:
    Path(name).write_bytes(content.encode() if isinstance(content, str) else content)
    return name


def read(name: str) -> list[Document]:
    return list(read_documents(name, lambda problem: pytest.fail(str(problem))))


def mentions(document: Document) -> list[tuple[str, str]]:
    return [(a.text, a.label) for a in document.annotations]


def run(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[1])}
    command = [sys.executable, "-m", "biobert_demo.cli", *arguments]
    return subprocess.run(command, check=False, input=stdin, capture_output=True, env=environment)


@pytest.mark.parametrize("format", WRITABLE)
def test_every_format_holds_every_mention(format: str, capsys: pytest.CaptureFixture[str]) -> None:
    output = SUFFIXES[format]
    assert main(["annotate", write("note 1.txt", TEXT), "--output", output, "--format", format]) == 0
    told = "PubTator output (document note 1): documents with line ends or tabs, which became spaces: 1\n"
    assert capsys.readouterr().err == (told if format == "pubtator" else "")
    if format == "csv":
        rows = Path(output).read_text().splitlines()
        assert [row.split(",")[3:5] for row in rows[1:]] == [[label, text] for text, label in FOUND]
        return
    (document,) = read(output)
    assert document.id == "note 1"
    assert mentions(document) == FOUND
    if format not in ("conll", "pubtator"):
        assert document.text == TEXT


def test_format_is_told_by_the_name_of_the_output_and_packed_where_it_says_so() -> None:
    assert main(["annotate", write("a.txt", TEXT), "--output", "out.jsonl.gz"]) == 0
    (line,) = gzip.decompress(Path("out.jsonl.gz").read_bytes()).decode().splitlines()
    raw = json.loads(line)
    assert raw["text"] == TEXT
    assert [(s["text"], s["label"]) for s in raw["spans"]] == FOUND
    assert all(0 < s["score"] <= 1 for s in raw["spans"])


def test_standard_input_and_output(lexicon_model: Path) -> None:
    done = run(
        *("annotate", "-", "--output", "-", "--format", "jsonl", "--model", str(lexicon_model)), stdin=TEXT.encode()
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["text"] == TEXT


def test_ids_are_kept_and_the_format_of_the_input_can_be_named() -> None:
    write("a.txt", '{"id": "x/1", "text": "In mice."}\n')
    assert main(["annotate", "a.txt", "--output", "as-text.jsonl", "--from-format", "text"]) == 0
    assert main(["annotate", "a.txt", "--output", "as-json.jsonl", "--from-format", "jsonl"]) == 0
    assert [d.id for d in read("as-text.jsonl")] == ["a"]
    assert [(d.id, d.text) for d in read("as-json.jsonl")] == [("x/1", "In mice.")]


def test_several_models_from_a_file(make_lexicon: Callable[..., Path]) -> None:
    diseases = make_lexicon("cli-diseases", {"lumositis": "B"}, tags=("B", "I", "O"))
    genes = make_lexicon("cli-genes", {"brx7": "B"}, tags=("B", "I", "O"))
    write(
        "models.toml",
        f"[[model]]\npath = '{diseases}'\nlabels = {{ '' = 'Disease' }}\n"
        f"[[model]]\npath = '{genes}'\nlabels = {{ '' = 'Gene' }}\n",
    )
    assert main(["annotate", write("a.txt", TEXT), "--output", "out.jsonl", "--model", "models.toml"]) == 0
    assert mentions(read("out.jsonl")[0]) == [("lumositis", "Disease"), ("BRX7", "Gene")]


def test_least_score_leaves_mentions_out() -> None:
    assert main(["annotate", write("a.txt", TEXT), "--output", "out.jsonl", "--min-score", "0.9999"]) == 0
    assert mentions(read("out.jsonl")[0]) == []


def test_documents_left_out_give_exit_code_4_and_the_others_are_done(capsys: pytest.CaptureFixture[str]) -> None:
    write("a.txt", "1|t|Mice\n1|a|Ethanol.\n\n2 t Nothing\n\n3|t|BRX7\n")
    write("b.txt", "")
    assert main(["annotate", "a.txt", "b.txt", "--output", "out.jsonl"]) == 4
    assert [d.id for d in read("out.jsonl")] == ["1", "3"]
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("a.txt:4")
    assert lines[1] == "b.txt: is empty; give a file with text in it."
    assert lines[2] == "Some documents were left out, as told above; the other 2 are in out.jsonl."
    assert len(lines) == 3


def test_other_languages_are_told_once_and_done(capsys: pytest.CaptureFixture[str]) -> None:
    line = "Der Patient wurde wegen einer schweren Erkrankung der Lunge und des Herzens mit Penicillin behandelt "
    raw = [json.dumps({"id": str(i), "text": line * 4}) for i in range(3)] + ['{"id": "en", "text": "In mice."}']
    assert main(["annotate", write("a.jsonl", "\n".join(raw)), "--output", "out.jsonl"]) == 0
    assert [len(d.annotations) for d in read("out.jsonl")] == [4, 4, 4, 1]
    (hint,) = capsys.readouterr().err.splitlines()
    assert hint.startswith("3 of 4 documents (the first is 0) do not read like English")


def test_progress_shows_rate_and_time_left_and_problems_stay_readable(capsys: pytest.CaptureFixture[str]) -> None:
    raw = [json.dumps({"id": str(i), "text": "In mice."}) for i in range(10)]
    write("a.jsonl", "\n".join([*raw, "{broken"]))
    assert main(["annotate", "a.jsonl", "--output", "out.jsonl", "--progress"]) == 4
    shown = capsys.readouterr().err
    assert "10/10" in shown
    assert "a.jsonl:11" in shown
    assert "10 documents with 10 mentions are in out.jsonl." in shown


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.txt", b"", "a.txt is empty; give"),
        ("a.txt", b" \n ", "a.txt holds only white space; give"),
        ("a.txt", bytes(range(256)), "a.txt is a binary file"),
        ("a.txt", b"%PDF-1.7\n", "a.txt is a PDF"),
        ("a.txt", "Sjögren syndrome".encode("latin-1"), "byte 0xf6 at position 2 of the file is not UTF-8"),
        ("a.txt", "Sjögren".encode("utf-16")[:-1], "UTF-16"),
        ("a.jsonl", b"{broken\n", "No document could be read from a.jsonl"),
        ("a.json", b'{"documents": [{]}', "a.json is not JSON"),
        ("a.xml", b"<collection><document>", "a.xml is not well-formed XML"),
        ("a.gz", gzip.compress(b"In mice. " * 99)[:-12], "a.gz is a damaged gzip file"),
    ],
)
def test_unusable_input_is_refused_with_exit_code_2(
    name: str, content: bytes, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["annotate", write(name, content), "--output", "out.jsonl"]) == 2
    assert words in capsys.readouterr().err.splitlines()[-1]
    assert not Path("out.jsonl").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "required: COMMAND"),
        (["annotate"], "required: IN, --output"),
        (["anotate", "a.txt"], "'anotate'"),
        (["annotate", "a.txt"], "required: --output"),
        (["annotate", "none.txt", "--output", "out.jsonl"], "There is no file none.txt"),
        (["annotate", "a.txt", "--output", "no/such/out.jsonl"], "no/such to write out.jsonl into; create it"),
        (["annotate", "a.txt", "--output", "a.txt", "--format", "jsonl"], "a.txt is both input and output"),
        (["annotate", "a.txt", "--output", "out.docx"], "The name out.docx does not tell its format; add --format"),
        (["annotate", "a.txt", "--output", "-"], "add --format"),
        (["annotate", "a.txt", "--output", "out", "--format", "word"], "invalid choice: 'word'"),
        (["annotate", "a.txt", "--output", "out.csv", "--min-score", "5"], "from 0 to 1, but it is '5'"),
        (["annotate", "a.txt", "--output", "out.csv", "--min-score", "nan"], "from 0 to 1, but it is 'nan'"),
        (["annotate", "-", "-", "--output", "out.csv"], "given twice"),
        (["annotate", "a.txt", "--output", "folder", "--format", "jsonl"], "folder is a folder; name a file"),
        (["annotate", "a.txt", "--output", "full", "--format", "brat"], "full is not empty"),
        (["annotate", "a.txt", "--output", "-", "--format", "brat"], "brat is a folder of files"),
        (["annotate", "folder", "--output", "out.csv"], "folder has no .txt file"),
        (["annotate", "a.txt", "--output", "out.csv", "--model", "models.toml"], "models.toml cannot be read"),
        (["serve", "--port", "http"], "--port must be a number from 0 to 65535, but it is 'http'"),
    ],
)
def test_wrong_usage_is_told_in_one_line_with_exit_code_2(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write("a.txt", TEXT)
    Path("folder").mkdir()
    Path("full").mkdir()
    write("full/b.txt", "kept")
    assert main(arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert words in line
    assert Path("a.txt").read_bytes() == TEXT.encode()
    assert sorted(p.name for p in Path().iterdir()) == ["a.txt", "folder", "full"]


@pytest.mark.parametrize("damage", ["absent", "empty", "truncated", "garbage"])
def test_model_that_cannot_be_used_is_told_in_one_line_with_exit_code_1(
    damage: str, lexicon_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if damage == "empty":
        Path("model").mkdir()
    elif damage != "absent":
        shutil.copytree(lexicon_model, "model")
    if damage == "truncated":
        weights = Path("model/model.safetensors")
        weights.write_bytes(weights.read_bytes()[:100])
    if damage == "garbage":
        Path("model/config.json").write_bytes(b"\x00\xff{")
    assert main(["annotate", write("a.txt", TEXT), "--output", "out.jsonl", "--model", "./model"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "model" in line
    assert line.endswith(".")
    assert not Path("out.jsonl").exists()


def test_a_mistake_costs_no_wait_for_heavy_imports() -> None:
    script = (
        "import sys; from biobert_demo.cli import main; code = main(['annotate', 'none', '--output', 'o.csv']);"
        "print(sorted({'torch', 'transformers', 'gradio', 'spacy', 'pandas', 'numpy'} & set(sys.modules)), code)"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[1])}
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    assert done.stdout.split() == ["[]", "2"]


def test_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as leaving:
        main(["--version"])
    assert leaving.value.code == 0
    assert capsys.readouterr().out == f"biobert-demo {__version__}\n"


def test_output_whose_reader_has_gone_is_told_in_one_line() -> None:
    write("a.jsonl", "".join(json.dumps({"id": str(i), "text": TEXT}) + "\n" for i in range(2_000)))
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[1])}
    command = [sys.executable, "-m", "biobert_demo.cli", "annotate", "a.jsonl", "--output", "-", "--format", "jsonl"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        lines = process.stderr.read().decode().splitlines()
    assert lines == ["Standard output was closed before everything was written."]
    assert process.returncode == 1


def test_five_megabytes_in_one_text_are_read_to_their_end() -> None:
    unit = "No mention stands in this sentence, and none in the next one; it only takes up room.\n"
    text = "Ethanol. " + unit * (5_000_000 // len(unit)) + "It was seen in mice."
    assert main(["annotate", write("long.txt", text), "--output", "out.jsonl"]) == 0
    (document,) = read("out.jsonl")
    assert document.text == text
    assert mentions(document) == [("Ethanol", "Chemical"), ("mice", "Species")]
    assert document.annotations[-1].end == len(text) - 1


def test_standard_input_that_is_empty_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    assert main(["annotate", "-", "--output", "out.jsonl"]) == 2
    assert capsys.readouterr().err == "stdin is empty; give a file with text in it.\n"
