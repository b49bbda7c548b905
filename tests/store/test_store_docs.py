"""The document about the store names each table and view there is, no other, and its queries run and find something."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest
from store_desk import Desk, add

from biobert_demo.review import Correction
from biobert_demo.store import SpanChange

TEXT = (Path(__file__).parents[2] / "docs" / "store.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"```sql\n(.*?)```", TEXT, flags=re.DOTALL)
DIAGRAM = "\n".join(re.findall(r"```mermaid\n(.*?)```", TEXT, flags=re.DOTALL))


@pytest.fixture
def used(desk: Desk) -> Desk:
    """A store in which every query of the document finds something."""
    for author, label in (("Ann", "Disease"), ("Bo", "Gene")):
        review = desk.open_review(desk.add("1", "Diabetes in mice", "Diabetes=Disease,mice=Species"), author)
        corrections = [Correction("relabel", "1.0", label="Chemical"), Correction("relabel", "1.0", label=label)]
        review = desk.save(review, *corrections, Correction("reject", "1.1")).review
        desk.act("complete", review)
    desk.add("2")
    run = desk.store.runs.queue("ner", trigger="hand", author="Ann")
    desk.store.runs.keep_changes(
        run.id, [SpanChange(1, 1, 0, 8, "Diabetes", "Disease", "now_right", "", "Disease", 0, 16)]
    )
    model = desk.store.models.register("ner", "ner-1", "/models/ner-1", run_id=run.id, weights_hash="1")
    desk.store.models.promote(model.id, author="gate", reason="Better.", kind="gate")
    return desk


def tables_and_views(desk: Desk) -> set[str]:
    rows = desk.query("SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'")
    # FTS5 keeps each index in tables of its own beside the one that is queried.
    return {name for (name,) in rows if not re.search(r"_search_\w+$", name)}


def test_each_table_and_view_is_named_and_no_other(desk: Desk) -> None:
    named = set(re.findall(r"`(\w+)`", TEXT))
    real = tables_and_views(desk)
    assert real <= named
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", TEXT, flags=re.MULTILINE)
    listed = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert listed <= real
    assert {name for name in real if not name.endswith("_search") and name != "_sqlite_migrations"} == listed


def test_the_diagram_shows_real_tables_references_and_columns(desk: Desk) -> None:
    connection = sqlite3.connect(desk.store.path)
    drawn = set(re.findall(r"^    (\w+) \|\|--o\{ (\w+)", DIAGRAM, flags=re.MULTILINE))
    real = set()
    for table in tables_and_views(desk):
        for row in connection.execute(f"PRAGMA foreign_key_list({table})"):
            real.add((row[2], table))
    assert drawn == real
    for table, body in re.findall(r"^    (\w+) \{(.*?)\}", DIAGRAM, flags=re.MULTILINE | re.DOTALL):
        columns = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
        assert set(re.findall(r"(?:int|text|real) (\w+)", re.sub(r'"[^"]*"', "", body))) <= columns, table
    connection.close()


@pytest.mark.parametrize("sql", QUERIES)
def test_each_query_runs_and_finds_something(used: Desk, sql: str) -> None:
    assert used.query(sql)


def test_mentions_are_what_the_document_says_of_offsets(used: Desk) -> None:
    review = used.open_review(2)
    used.save(review, add("lumositis", "Disease"))
    sql = (
        "SELECT substr(t.text, s.start_at + 1, s.end_at - s.start_at) = s.mention "
        "FROM current_spans s JOIN texts t USING (hash)"
    )
    assert set(used.query(sql)) == {(1,)}
