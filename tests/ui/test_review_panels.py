"""Tables, addresses, sources and filters enter; the projects, documents and files made of them are checked."""

from __future__ import annotations

import threading
import zipfile
from pathlib import Path
from typing import Any

import pytest

from biobert_demo.documents import Document
from biobert_demo.errors import BadInput, Problem
from biobert_demo.formats import WRITABLE
from biobert_demo.settings import Settings
from biobert_demo.store import ExportFilter, ProjectLabel, StoreUnavailable
from biobert_demo.ui.export_panel import read_day, write_export
from biobert_demo.ui.project_panel import present_labels_table, read_labels
from biobert_demo.ui.review import read_address
from biobert_demo.ui.review_queue import Ranked, ReviewQueue
from biobert_demo.ui.review_texts import Source, add_read_documents, add_source
from biobert_demo.ui.store_state import StoreState

TEXT = "An allergy to penicillin."
GOLD = "7|t|An allergy\n7|a|Penicillin.\n7\t3\t10\tallergy\tDisease\t-\n"


def test_labels_go_through_the_table_and_back(desk: Any) -> None:
    project = desk.store.projects.default()
    table = present_labels_table(project)
    assert table[-1] == ["Species", "Species", "", "4"]
    assert read_labels(table) == project.labels
    assert read_labels([["Drug", "", "#C4E1FD", "5"], [None, "Finding", None, None], ["", "", "", ""]]) == (
        ProjectLabel("Chemical", "Drug / chemical", "#C4E1FD", "5"),
        ProjectLabel("Finding", "Finding", None, None),
    )


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "at least one label"),
        ([["", "", "", ""]], "at least one label"),
        ([["A", "A", "red", ""]], "colour of A is 'red'"),
        ([["A", "A", "#fff;}", ""]], "write it as #c4e1fd"),
        ([["A", "A", "", "x"]], "key of A is 'x'"),
        ([["A", "A", "", "12"]], "one digit"),
    ],
)
def test_a_label_that_cannot_be_is_told(rows: list[list[str]], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        read_labels(rows)


def test_an_address_names_a_document_or_a_project(desk: Any) -> None:
    (first,) = desk.add(TEXT)
    assert read_address(desk.store, {"doc": str(first)}) == (1, first)
    assert read_address(desk.store, {"project": "1"}) == (1, None)
    for asked in ({"doc": "99"}, {"doc": "-1"}, {"doc": "<b>"}, {"project": "9" * 30}, {"project": "²"}):
        with pytest.raises(BadInput):
            read_address(desk.store, asked)


def test_texts_on_display_keep_their_ids_or_get_one_by_content(desk: Any) -> None:
    project = desk.store.projects.default()
    documents = [Document("1", TEXT), Document("2", "Aspirin.")]
    named = add_read_documents(desk.store, project, documents, True, lambda _: None)
    assert [desk.store.documents.get(id).name for id in named.added_ids] == ["1", "2"]
    unnamed = add_read_documents(desk.store, project, documents, False, lambda _: None)
    names = [desk.store.documents.get(id).name for id in unnamed.added_ids]
    assert all(name.startswith("text-") and len(name) == 13 for name in names)
    again = add_read_documents(desk.store, project, documents, False, lambda _: None)
    assert (again.added_ids, again.known_ids) == ((), unnamed.added_ids)


def test_pasted_texts_files_and_reviewed_ones_are_added(desk: Any, tmp_path: Path) -> None:
    project = desk.store.projects.default()
    (tmp_path / "a.txt").write_text(TEXT)
    (tmp_path / "b.txt").write_bytes(b"%PDF-1.7")
    problems: list[Problem] = []
    source = Source(text=GOLD, paths=(str(tmp_path / "a.txt"), str(tmp_path / "b.txt")))
    added = add_source(desk.store, project, source, "ann", None, problems.append)
    assert added.sentence == "2 documents added to My texts."
    assert desk.store.documents.get(added.first).name == "7"
    assert [one for one in problems if "PDF" in one.message]
    assert [one for one in problems if "1 annotations were left out" in one.message]
    again = add_source(desk.store, project, Source(text=GOLD), "ann", None, lambda _: None)
    assert again.sentence == "0 documents added to My texts. 1 document known before."
    assert again.first == added.first
    gold = add_source(desk.store, project, Source(text=GOLD, is_reviewed=True), "ann", None, lambda _: None)
    assert gold.sentence == "1 review by ann with 1 span imported; 0 documents new."
    with pytest.raises(BadInput, match="nothing to add"):
        add_source(desk.store, project, Source(" \n"), "ann", None, lambda _: None)


def test_pubmed_ids_are_fetched_with_the_settings(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(
        "biobert_demo.pubmed.fetch_pubmed",
        lambda pmids, report, *settings: asked.append((pmids, settings)) or iter([Document(p, "T.") for p in pmids]),
    )
    settings = Settings.from_environment({"NCBI_EMAIL": "a@b.example", "BIOBERT_DEMO_PUBMED_URL": "http://127.0.0.1:9"})
    project = desk.store.projects.default()
    added = add_source(desk.store, project, Source(pmids="12, PMID: 34"), "ann", settings, lambda _: None)
    assert added.sentence == "2 documents added to My texts."
    assert asked == [(["12", "34"], (None, "a@b.example", "http://127.0.0.1:9"))]


@pytest.mark.parametrize("format", WRITABLE)
def test_an_export_is_one_file_in_every_format(desk: Any, format: str) -> None:
    (first,) = desk.add(TEXT)
    desk.act("complete", desk.open(first))
    path, count = write_export(desk.store, 1, ExportFilter(), format, [])
    assert count == 1
    assert path.is_file()
    assert path.name.startswith("My-texts")
    assert b"penicillin" in (zipfile.ZipFile(path).read("d1.txt") if format == "brat" else path.read_bytes()) or (
        path.suffix in (".zip", ".spacy")
    )


def test_an_export_that_would_be_empty_is_told(desk: Any) -> None:
    desk.add(TEXT)
    with pytest.raises(BadInput, match="No review fits"):
        write_export(desk.store, 1, ExportFilter(), "jsonl", [])
    with pytest.raises(BadInput, match="tick at least one"):
        write_export(desk.store, 1, ExportFilter(states=()), "jsonl", [])
    with pytest.raises(BadInput, match="no format 'word'"):
        write_export(desk.store, 1, ExportFilter(), "word", [])


@pytest.mark.parametrize(("text", "day"), [(None, None), (" ", None), (" 2026-03-31 ", "2026-03-31")])
def test_a_day_may_be_left_out(text: str | None, day: str | None) -> None:
    assert read_day(text) == day
    with pytest.raises(BadInput, match="2026-03-31"):
        read_day("31.3.2026")


def test_a_ranking_is_kept_and_made_anew_behind_the_scenes(desk: Any) -> None:
    now = [0.0]
    made: list[int] = []

    def rank(store: Any, project: int) -> Ranked:
        made.append(project)
        return Ranked((len(made),), {})

    def ranked(stamp: str) -> tuple[int, ...]:
        return queue.ranked(desk.store, 1, stamp).order

    desk.add(TEXT)
    queue = ReviewQueue(rank, clock=lambda: now[0])
    assert ranked("a") == (1,)
    now[0] = 10.0
    assert ranked("b") == (1,), "not older than it may be"
    now[0] = 100.0
    assert ranked("a") == (1,), "nothing changed"
    assert ranked("b") == (1,), "nobody waits for the new one"
    wait_for_ranking(queue)
    assert ranked("b") == (2,)
    queue.forget(1)
    assert ranked("b") == (3,)


def test_a_large_project_opens_in_the_order_of_adding_before_it_is_ranked(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("biobert_demo.ui.review_queue.MOST_AT_ONCE", 1)
    first, second = desk.add(TEXT, "Aspirin.")
    queue = ReviewQueue(lambda store, project: Ranked((second, first), {}))
    assert queue.ranked(desk.store, 1, "a").order == (first, second)
    wait_for_ranking(queue)
    assert queue.ranked(desk.store, 1, "a").order == (second, first)
    queue.forget(1)
    assert queue.ranked(desk.store, 1, "a").order == (second, first), "what is there is used until the next is made"


def wait_for_ranking(queue: ReviewQueue) -> None:
    for thread in threading.enumerate():
        if thread.name == "rank":
            thread.join(timeout=30)
    assert not queue._under_way


def test_a_store_that_failed_to_open_is_tried_again() -> None:
    attempts: list[int] = []

    def open_store() -> Any:
        attempts.append(1)
        if len(attempts) == 1:
            raise StoreUnavailable("The disk is not there.", "unreachable")
        return "store"

    state = StoreState(open_store)
    assert state.why_not() == "The disk is not there."
    assert state.why_not() is None
    assert state.store() == "store"
    assert len(attempts) == 2
