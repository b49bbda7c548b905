"""Files enter the store by commands and come out again; exit codes, sentences and what is kept are checked."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from biobert_demo.cli import main
from biobert_demo.documents import Document
from biobert_demo.formats import read_documents
from biobert_demo.store import FILE_NAME, ExportFilter, Store

GOLD = (
    "101|t|Penicillin allergy\n"
    "101|a|An allergy to penicillin, alias β-lactam.\n"
    "101\t0\t10\tPenicillin\tDrug\tMESH:D010406\n"
    "101\t11\t18\tallergy\tDiseaseOrPhenotypicFeature\tMESH:D004342\n"
    "101\t51\t59\tβ-lactam\tAllergen\t-\n\n"
    "102|t|BRX7\n102|a|Loss of BRX7.\n"
    "102\t0\t4\tBRX7\tGene\t672\n"
)
SPANS = {
    "101": [
        ("Penicillin", "Chemical", ("MESH:D010406",)),
        ("allergy", "Disease", ("MESH:D004342",)),
        ("β-lactam", "Allergen", ()),
    ],
    "102": [("BRX7", "Gene", ("672",))],
}


@pytest.fixture(autouse=True)
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BIOBERT_DEMO_HOME", str(tmp_path / "home"))
    Path("gold.pubtator").write_text(GOLD, encoding="utf-8")


def read(path: str) -> dict[str, list[tuple[str, str, tuple[str, ...]]]]:
    documents = read_documents(path, lambda problem: None)
    return {one.id: [(a.text, a.label, a.identifiers) for a in one.annotations] for one in documents}


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().err.splitlines()


@pytest.mark.parametrize(
    ("format", "output"), [("jsonl", "o.jsonl"), ("bioc", "o.xml"), ("bioc-json", "o.json"), ("brat", "o")]
)
def test_what_was_imported_comes_out_again(format: str, output: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "gold.pubtator", "--reviewed-by", "Ann"]) == 0
    (warning,) = lines(capsys)
    assert "'Allergen' is new" in warning
    assert main(["export", "--output", output, "--format", format]) == 0
    assert read(output) == SPANS
    assert main(["import", output, "--reviewed-by", "Ben", "--project", "Again"]) == 0
    assert main(["export", "--output", "again.jsonl", "--project", "Again"]) == 0
    assert read("again.jsonl") == SPANS


def test_the_labels_that_a_file_covers_are_kept_with_its_reviews() -> None:
    assert main(["import", "gold.pubtator", "--reviewed-by", "Ann", "--labels", "Drug, Disease,Gene"]) == 0
    with Store.open("home", backups=False) as store:
        for review in store.reviews.iterate(store.projects.default().id):
            assert review.revision.is_complete
            assert review.revision.labels == ("Chemical", "Disease", "Gene")
            assert review.author == "Ann"


def test_the_same_import_again_changes_nothing() -> None:
    for _ in range(2):
        assert main(["import", "gold.pubtator", "--reviewed-by", "Ann"]) == 0
    with Store.open("home", backups=False) as store:
        assert store.documents.count(1) == 2
        assert [review.revision.number for review in store.reviews.iterate(1)] == [2, 2]


def test_without_a_reviewer_texts_alone_are_added_and_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "gold.pubtator"]) == 0
    assert lines(capsys) == [
        "The files hold 4 annotations, which were not taken in; --reviewed-by NAME imports them as NAME's reviews."
    ]
    assert main(["export", "--output", "o.jsonl"]) == 2
    assert "is reviewed and fits these options" in lines(capsys)[0]
    assert not Path("o.jsonl").exists()


def test_documents_left_out_give_exit_code_4_and_the_others_are_there(capsys: pytest.CaptureFixture[str]) -> None:
    Path("broken.pubtator").write_text(f"{GOLD}\n103 t nothing\n", encoding="utf-8")
    assert main(["import", "broken.pubtator", "--reviewed-by", "Ann"]) == 4
    told = lines(capsys)
    assert any(line.startswith("broken.pubtator:11") for line in told)
    assert told[-1].startswith("Some documents were left out, as told above. 2 reviews by Ann with 4 spans")
    assert main(["export", "--output", "o.jsonl"]) == 0
    assert read("o.jsonl") == SPANS


def test_a_folder_of_files_and_one_of_brat_are_read(capsys: pytest.CaptureFixture[str]) -> None:
    Path("many").mkdir()
    Path("many/b.pubtator").write_text(GOLD, encoding="utf-8")
    Path("many/a.txt").write_text("In mice.", encoding="utf-8")
    Path("many/c.txt").write_bytes(b"")
    assert main(["import", "many"]) == 4
    assert "many/c.txt: is empty; give a file with text in it." in lines(capsys)
    with Store.open("home", backups=False) as store:
        assert sorted(one.name for one in store.documents.iterate(1)) == ["101", "102", "a"]
    Path("brat").mkdir()
    Path("brat/x.txt").write_text("Aspirin.", encoding="utf-8")
    Path("brat/x.ann").write_text("T1\tChemical 0 7\tAspirin\n", encoding="utf-8")
    assert main(["import", "brat", "--reviewed-by", "Ann", "--project", "Brat"]) == 0
    assert main(["export", "--project", "Brat", "--output", "o.jsonl"]) == 0
    assert read("o.jsonl") == {"x": [("Aspirin", "Chemical", ())]}


def test_exports_are_filtered_by_label_author_state_and_day() -> None:
    main(["import", "gold.pubtator", "--reviewed-by", "Ann"])
    with Store.open("home", backups=False) as store:
        review = next(iter(store.reviews.iterate(1)))
        store.reviews.save(
            review.id,
            [_correction("reject", review.revision.spans[0].id)],
            author="Ann",
            seen=review.revision.number,
            key="k",
        )

    def exported(*options: str) -> dict[str, list[str]]:
        code = main(["export", "--output", "f.jsonl", *options])
        return {id: [text for text, *_ in spans] for id, spans in read("f.jsonl").items()} if code == 0 else {}

    assert exported() == {"101": ["allergy", "β-lactam"], "102": ["BRX7"]}
    assert exported("--label", "Gene,Disease") == {"101": ["allergy"], "102": ["BRX7"]}
    assert exported("--author", "Ben") == {}
    assert exported("--author", "Ben,Ann", "--state", "rejected") == {"101": ["Penicillin"], "102": []}
    assert exported("--state", "all")["101"] == ["Penicillin", "allergy", "β-lactam"]
    assert exported("--since", "2999-01-01") == {}
    assert exported("--until", "2000-01-01") == {}
    assert exported("--since", "2000-01-01", "--until", "2999-01-01", "--complete-only") == exported()


def test_standard_input_and_output(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(GOLD.encode())))
    assert main(["import", "-", "--reviewed-by", "Ann"]) == 0
    assert main(["export", "--output", "-", "--format", "jsonl"]) == 0
    first, second = capfdbinary.readouterr().out.decode().splitlines()
    assert [json.loads(line)["id"] for line in (first, second)] == ["101", "102"]


def test_a_progress_bar_counts_documents(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "gold.pubtator", "--reviewed-by", "Ann", "--progress"]) == 0
    shown = capsys.readouterr().err
    assert "2/2" in shown
    assert "2 reviews by Ann with 4 spans are complete in 'My texts'; 2 documents new." in shown
    assert main(["export", "--output", "o.jsonl", "--progress"]) == 0
    assert "2 documents with 4 spans are in o.jsonl." in capsys.readouterr().err


def test_projects_are_created_and_listed(capsys: pytest.CaptureFixture[str]) -> None:
    Path("guide.md").write_text("# Rules", encoding="utf-8")
    assert main(["projects", "create", "Allergies", "--labels", "Drug,Allergen", "--guideline", "guide.md"]) == 0
    assert main(["import", "gold.pubtator", "--reviewed-by", "Ann", "--project", "Allergies"]) == 0
    capsys.readouterr()
    assert main(["projects", "list"]) == 0
    assert capsys.readouterr().out == "Allergies\t2\t2\tAnn\tChemical,Allergen,Disease,Gene\n"
    with Store.open("home", backups=False) as store:
        project = store.projects.find("Allergies")
        assert project is not None
        assert project.guideline == "# Rules"
        assert [(label.shown, label.key) for label in project.labels][:2] == [
            ("Drug / chemical", "1"),
            ("Allergen", "2"),
        ]


def test_a_backup_is_whole_and_brings_back_what_it_holds(capsys: pytest.CaptureFixture[str]) -> None:
    main(["import", "gold.pubtator", "--reviewed-by", "Ann"])
    capsys.readouterr()
    assert main(["backup", "copy.sqlite"]) == 0
    assert capsys.readouterr().out == "copy.sqlite\n"
    main(["import", "gold.pubtator", "--reviewed-by", "Ben"])
    assert main(["restore", "copy.sqlite"]) == 0
    assert "What was there before is" in capsys.readouterr().err
    with Store.open("home", backups=False) as store:
        assert {review.author for review in store.reviews.iterate(1)} == {"Ann"}
    assert main(["check"]) == 0
    assert lines(capsys) == ["The store is whole."]


def test_a_damaged_store_is_told_and_restored(capsys: pytest.CaptureFixture[str]) -> None:
    main(["import", "gold.pubtator", "--reviewed-by", "Ann"])
    main(["backup", "copy.sqlite"])
    Path("home", FILE_NAME).write_bytes(b"no database at all, but long enough to be read as one" * 200)
    for left in Path("home").glob(f"{FILE_NAME}-*"):
        left.unlink()
    capsys.readouterr()
    assert main(["export", "--output", "o.jsonl"]) == 1
    (line,) = lines(capsys)
    assert "damaged" in line
    assert "biobert-demo restore" in line
    assert main(["restore", "copy.sqlite"]) == 0
    assert main(["export", "--output", "o.jsonl"]) == 0
    assert read("o.jsonl") == SPANS


def test_people_are_added_listed_and_removed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("biobert_demo.accounts._COST", 4)
    monkeypatch.setattr(sys, "stdin", io.StringIO("chronic lumositis\n"))
    assert main(["user", "add", "Ann B.", "--file", "people"]) == 0
    monkeypatch.setenv("BIOBERT_DEMO_AUTH", "people")
    capsys.readouterr()
    assert main(["user", "list"]) == 0
    assert capsys.readouterr().out == "Ann B.\n"
    assert main(["user", "remove", "Ann B."]) == 0
    assert main(["user", "remove", "Ann B."]) == 2
    assert "lumositis" not in Path("people").read_text()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["import"], "required: FILE|FOLDER"),
        (["import", "none.txt"], "There is no file none.txt"),
        (["import", "gold.pubtator", "--labels", "Gene"], "add --reviewed-by NAME"),
        (["import", "gold.pubtator", "--reviewed-by", " "], "needs a name"),
        (["import", "gold.pubtator", "--labels", ",", "--reviewed-by", "A"], "separated by commas"),
        (["import", "empty", "--project", "X"], "empty has no"),
        (["export"], "required: --output"),
        (["export", "--output", "o.docx"], "does not tell its format"),
        (["export", "--output", "no/such/o.csv"], "create it first"),
        (["export", "--output", "o.csv", "--project", "X"], "There is no project 'X'; the projects are none yet"),
        (["export", "--output", "o.csv", "--state", "done"], "there is no state 'done'"),
        (["export", "--output", "o.csv", "--since", "yesterday"], "a date is written as 2026-03-31"),
        (["restore", "none.sqlite"], "There is no file none.sqlite"),
        (["pubmed", "abc"], "There is no PubMed id"),
        (["projects"], "required: ACTION"),
        (["projects", "create", " "], "A project needs a name"),
        (["projects", "create", "X", "--guideline", "none.md"], "none.md cannot be read"),
        (["user", "list"], "set BIOBERT_DEMO_AUTH"),
        (["user", "list", "--file", "none"], "There is no file none"),
    ],
)
def test_wrong_usage_is_told_in_a_line_with_exit_code_2(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("empty").mkdir()
    assert main(arguments) == 2
    assert words in lines(capsys)[-1]
    if Path("home", FILE_NAME).exists():
        with Store.open("home", backups=False) as store:
            assert [one.name for one in store.projects.list()] in ([], ["My texts"])


def test_pubmed_ids_become_documents(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    asked: list[object] = []

    def fetch(pmids: list[str], report: object, *settings: object) -> list[Document]:
        asked.extend([pmids, settings])
        return iter([Document(pmid, f"Text {pmid}.") for pmid in pmids])  # type: ignore[return-value]

    monkeypatch.setattr("biobert_demo.pubmed.fetch_pubmed", fetch)
    monkeypatch.setenv("NCBI_API_KEY", "k")
    monkeypatch.setenv("BIOBERT_DEMO_PUBMED_URL", "http://127.0.0.1:9/")
    Path("ids.txt").write_text("12, 34\n")
    assert main(["pubmed", "ids.txt", "56", "--project", "P"]) == 0
    assert asked == [["12", "34", "56"], ("k", None, "http://127.0.0.1:9/")]
    with Store.open("home", backups=False) as store:
        assert [one.name for one in store.documents.iterate(1)] == ["12", "34", "56"]
        assert list(store.reviews.export(1, ExportFilter())) == []


def _correction(action: str, span: str) -> object:
    from biobert_demo.review import Correction

    return Correction(action, span_id=span)  # type: ignore[arg-type]
