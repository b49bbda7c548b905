"""A project's labels are added, renamed, merged and hidden; history keeps its words, and what leaves has present ones."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

import pytest
from store_desk import TEXT, Desk, add, annotate, shown

from biobert_demo.documents import Document
from biobert_demo.errors import BadInput
from biobert_demo.labels import LabelAct, LabelChange
from biobert_demo.review import Correction, EditRefused
from biobert_demo.store import ExportFilter, Project, ProjectLabel, Store, schema

CELL = "CellLine"
OTHER = f"{TEXT} It was seen twice."


@pytest.fixture
def cells(desk: Desk) -> Desk:
    """A store with a label of its own, and one complete review that used it."""
    change(desk, "add", CELL)
    review = desk.open_review(desk.add("1", suggested="allergy=Disease,BRX7=Gene"))
    desk.act("complete", desk.save(review, add("lumositis", CELL)).review)
    return desk


def change(desk: Desk, act: LabelAct, old: str, new: str = "", author: str = "Ann") -> Project:
    return desk.store.projects.change_labels(desk.project.id, [LabelChange(act, old, new)], author)


def exported(desk: Desk, **wanted: object) -> list[str]:
    documents = desk.store.reviews.export(desk.project.id, ExportFilter(**wanted))  # type: ignore[arg-type]
    return [f"{one.text}={one.label}" for document in documents for one in document.annotations]


def written(desk: Desk) -> list[str]:
    rows = desk.query("SELECT label FROM corrections WHERE label IS NOT NULL UNION ALL SELECT label FROM spans")
    return sorted({label for (label,) in rows})


def test_a_label_is_added_with_its_words_and_the_history_says_who_did(desk: Desk) -> None:
    project = change(desk, "add", CELL, "Cell line")
    assert project.labels[-1] == ProjectLabel(CELL, "Cell line")
    (made,) = desk.store.projects.names(project.id).changes
    assert (made.act, made.old, made.author, made.created[:10]) == ("add", CELL, "Ann", "2031-05-07")


def test_a_rename_reaches_everything_that_leaves_and_nothing_that_is_history(cells: Desk) -> None:
    before = written(cells)
    history = cells.store.reviews.history(1)
    project = change(cells, "rename", CELL, "Cell line")
    assert project.labels[-1] == ProjectLabel("Cell line", "Cell line")
    review = cells.store.reviews.get(1)
    assert "lumositis=Cell line accepted" in shown(review)
    assert [one.written for one in review.revision.spans if one.label == "Cell line"] == [CELL]
    assert review.revision.labels == ("Disease", "Chemical", "Gene", "Species", "Cell line")
    assert [shown(one) for one in cells.store.reviews.iterate(cells.project.id)] == [shown(review)]
    assert shown(cells.store.reviews.of_document(1)[0]) == shown(review)
    assert "lumositis=Cell line" in exported(cells)
    for label in ("Cell line", CELL):
        assert exported(cells, labels=(label,)) == ["lumositis=Cell line"]
    assert written(cells) == before
    assert cells.store.reviews.history(1) == history
    assert cells.query("SELECT label, written_label FROM current_spans WHERE mention = 'lumositis'") == [
        ("Cell line", CELL)
    ]
    assert ("Cell line",) in cells.query("SELECT label FROM gold_mentions")


def test_a_rename_back_leaves_things_as_they_were(cells: Desk) -> None:
    before = shown(cells.store.reviews.get(1)), exported(cells)
    change(cells, "rename", CELL, "Cell line")
    change(cells, "rename", "Cell line", CELL)
    assert (shown(cells.store.reviews.get(1)), exported(cells)) == before
    assert cells.query("SELECT * FROM label_names WHERE written = ?", CELL) == []


def test_edits_go_on_under_the_new_name_and_undo_reaches_behind_it(cells: Desk) -> None:
    change(cells, "rename", CELL, "Cell line")
    review = cells.store.reviews.get(1)
    (span,) = (one for one in review.revision.spans if one.label == "Cell line")
    review = cells.save(review, Correction("reopen"), Correction("relabel", span.id, label="Gene")).review
    assert "lumositis=Gene accepted" in shown(review)
    review = cells.act("undo", review).review
    assert "lumositis=Cell line accepted" in shown(review)
    # A page that was open all the time does not know the new name yet.
    review = cells.save(review, Correction("reopen"), add("mice", CELL)).review
    assert "mice=Cell line accepted" in shown(review)


def test_a_merge_can_be_taken_apart_again(cells: Desk) -> None:
    cells.store.projects.update(
        cells.project.id,
        labels=[
            replace(label, color="#c4e1fd", key="7", shown="Cells") if label.name == CELL else label
            for label in cells.store.projects.get(cells.project.id).labels
        ],
    )
    assert CELL not in change(cells, "merge", CELL, "Disease").label_names
    review = cells.store.reviews.get(1)
    assert "lumositis=Disease accepted" in shown(review)
    assert review.revision.labels == ("Disease", "Chemical", "Gene", "Species")
    assert exported(cells, labels=("Disease",)) == ["allergy=Disease", "lumositis=Disease"]
    cells.save(review, Correction("reopen"), add("Velocumab", "Disease"))
    project = change(cells, "split", CELL)
    assert project.labels[-1] == ProjectLabel(CELL, "Cells", "#c4e1fd", "7")
    assert {"lumositis=CellLine accepted", "Velocumab=Disease accepted"} <= set(shown(cells.store.reviews.get(1)))


def test_a_merge_that_makes_two_spans_one_shows_one_and_an_edit_reaches_both(cells: Desk) -> None:
    review = cells.store.reviews.get(1)
    review = cells.save(review, Correction("reopen"), add("lumositis", "Disease")).review
    assert len(review.revision.spans) == 4
    change(cells, "merge", CELL, "Disease")
    review = cells.store.reviews.get(1)
    (span,) = (one for one in review.revision.spans if one.text == "lumositis")
    review = cells.save(review, Correction("remove", span.id)).review
    assert all(one.text != "lumositis" for one in review.revision.spans)
    assert len(cells.act("undo", review).review.revision.spans) == 3


def test_what_is_hidden_is_kept_but_neither_shown_offered_nor_exported_unasked(cells: Desk) -> None:
    document = cells.add("2", OTHER, "allergy=CellLine,BRX7=Gene")
    project = change(cells, "hide", CELL)
    assert (CELL in project.label_names, [one.name for one in project.hidden]) == (False, [CELL])
    assert all("CellLine" not in one for one in shown(cells.store.reviews.get(1)))
    assert all("CellLine" not in one for one in exported(cells))
    assert exported(cells, labels=(CELL,)) == ["lumositis=CellLine"]
    assert shown(cells.open_review(document)) == ["BRX7=Gene unseen"]
    with pytest.raises(EditRefused, match="has hidden the label 'CellLine'"):
        cells.save(cells.open_review(document), add("mice", CELL))
    assert all("CellLine" not in str(one) for one in cells.query("SELECT label FROM gold_mentions"))
    change(cells, "show", CELL)
    assert "lumositis=CellLine accepted" in shown(cells.store.reviews.get(1))
    assert CELL in cells.store.reviews.get(1).revision.labels


def test_suggestions_of_a_label_hidden_later_are_neither_counted_nor_accepted_with_the_rest(cells: Desk) -> None:
    document = cells.add("2", OTHER, "allergy=CellLine,BRX7=Gene")
    review = cells.open_review(document)
    assert [row.counts["unseen"] for row in cells.store.reviews.summaries(cells.project.id, "Ann")] == [0, 2]
    change(cells, "hide", CELL)
    assert [row.counts["unseen"] for row in cells.store.reviews.summaries(cells.project.id, "Ann")] == [0, 1]
    cells.act("complete", review)
    change(cells, "show", CELL)
    review = cells.store.reviews.get(review.id)
    assert set(shown(review)) == {"allergy=CellLine unseen", "BRX7=Gene accepted"}
    assert CELL not in review.revision.labels, "nobody looked for it"


def test_a_text_completed_before_a_label_was_added_says_nothing_about_it(desk: Desk) -> None:
    document = desk.add("1")
    desk.act("complete", desk.open_review(document))
    desk.clock.forward(minutes=1)
    change(desk, "add", CELL)
    review = desk.store.reviews.get(1)
    assert review.revision.labels == ("Disease", "Chemical", "Gene", "Species")
    assert desk.act("complete", review).review.revision.labels[-1] == CELL


def test_a_review_that_says_nothing_of_labels_covers_those_of_its_time(desk: Desk) -> None:
    desk.store.reviews.import_gold(desk.project.id, [Document("1", TEXT)], "Ann")
    assert desk.query("SELECT labels FROM reviews") == [(None,)]
    desk.clock.forward(minutes=1)
    change(desk, "add", CELL)
    assert desk.store.reviews.get(1).revision.labels == ("Disease", "Chemical", "Gene", "Species")


def test_a_model_that_knows_a_label_by_an_older_name_suggests_it_and_is_told_no_once(cells: Desk) -> None:
    change(cells, "rename", CELL, "Cell line")
    document = cells.add("2", OTHER, "allergy=CellLine")
    review = cells.open_review(document)
    assert shown(review) == ["allergy=Cell line unseen"]
    cells.save(review, Correction("reject", review.revision.spans[0].id))
    stored = cells.store.documents.get(document)
    cells.suggest(stored.hash, OTHER, "allergy=Cell line", "model-2")
    assert shown(cells.open_review(document)) == ["allergy=Cell line rejected"]


def test_predictions_are_ranked_and_exported_in_present_names(cells: Desk) -> None:
    change(cells, "rename", CELL, "Cell line")
    change(cells, "hide", "Gene")
    cells.add("2", OTHER, "allergy=CellLine,BRX7=Gene")
    found = dict(cells.store.predictions.iterate(cells.project.id))
    assert [one.label for one in found[2].annotations] == ["Cell line"]
    assert "allergy=Cell line" in exported(cells, states=("unseen",))
    assert exported(cells, states=("unseen",), labels=("Gene",)) == ["BRX7=Gene"]


def test_search_finds_a_label_by_each_of_its_names(cells: Desk) -> None:
    change(cells, "rename", CELL, "Cell line")
    review = cells.store.reviews.get(1)
    cells.save(review, Correction("reopen"), add("mice", "Cell line"))

    def found(query: str) -> set[str]:
        hits = cells.store.search(query, cells.project.id)
        return {hit.snippet[hit.matches[0][0] : hit.matches[0][1]] for hit in hits}

    for query in ("label:CellLine", 'label:"Cell line"', "label:cell", "label:cel*", "state:accepted label:line"):
        assert found(query) == {"lumositis", "mice"}, query
    assert found("label:el") == set()
    assert found("name:1 label:CellLine") == {"1", "lumositis", "mice"}
    assert found("name:2 label:CellLine") == set()


def test_a_file_with_an_older_name_or_an_underscore_is_read_as_the_label(cells: Desk) -> None:
    change(cells, "rename", CELL, "Cell line")
    for name, label in (("a", CELL), ("b", "Cell_line"), ("c", "Cell line")):
        document = Document(name, TEXT, (), (annotate(TEXT, "mice", label, None),))
        cells.store.reviews.import_gold(cells.project.id, [document], "Bo", report=cells.problems.append)
        again = cells.store.reviews.import_gold(cells.project.id, [document], "Bo", report=cells.problems.append)
        assert again.left_out == 0, "the same again"
    assert exported(cells, authors=("Bo",)) == ["mice=Cell line"] * 3
    assert [one.message for one in cells.problems if "read as" in one.message] == [
        "the label 'Cell_line' is read as 'Cell line', which the project has"
    ] * 2
    assert cells.store.projects.get(cells.project.id).label_names[4:] == ("Cell line",)


def test_an_import_brings_labels_whatever_they_are_called(desk: Desk) -> None:
    labels = ["<b>", "🧬", "O", "x" * 300, *(f"L{number}" for number in range(30))]
    found = [replace(annotate(TEXT, "mice", label, None)) for label in labels]
    desk.store.reviews.import_gold(
        desk.project.id, [Document("1", TEXT, (), tuple(found))], "Bo", report=desk.problems.append
    )
    assert set(exported(desk)) == {f"mice={label}" for label in labels}
    assert sum("is new" in one.message for one in desk.problems) == len(labels)
    assert any("has 38 labels now, and a model can learn 31" in one.message for one in desk.problems)
    assert {one.author for one in desk.store.projects.names(desk.project.id).changes} == {"Bo"}


def test_several_changes_are_made_together_or_not_at_all(cells: Desk) -> None:
    acts = [LabelChange("rename", CELL, "Cell line"), LabelChange("merge", "Cell line", "Nothing")]
    with pytest.raises(BadInput, match="no label 'Nothing' to merge into"):
        cells.store.projects.change_labels(cells.project.id, acts, "Ann")
    assert CELL in cells.store.projects.get(cells.project.id).label_names
    assert len(cells.store.projects.names(cells.project.id).changes) == 1


def test_an_explanation_counts_what_a_change_is_about_and_changes_nothing(cells: Desk) -> None:
    review = cells.store.reviews.get(1)
    cells.save(review, Correction("reopen"), add("mice", CELL), add("BRX7", CELL))
    acts = [LabelChange("merge", CELL, "Gene"), LabelChange("split", CELL)]
    told = cells.store.projects.explain(cells.project.id, acts)
    assert told[0].startswith("'CellLine' becomes part of 'Gene'. 3 mentions in 1 text read 'Gene' from now on;")
    assert "leaves 'Gene' and is a label of its own again" in told[1]
    assert cells.store.projects.count_label(cells.project.id, CELL) == (3, 1)
    with pytest.raises(BadInput, match="no label 'Nothing'"):
        cells.store.projects.explain(cells.project.id, [LabelChange("hide", "Nothing")])
    assert len(cells.store.projects.names(cells.project.id).changes) == 1


def test_a_list_that_is_saved_adds_and_takes_off_but_never_renames(cells: Desk) -> None:
    change(cells, "hide", "Species")
    names = ("Disease", CELL, "Variant")
    project = cells.store.projects.update(
        cells.project.id, labels=[ProjectLabel(name, name) for name in names], author="Bo"
    )
    assert project.label_names == names
    assert [one.name for one in project.hidden] == ["Species"]
    made = cells.store.projects.names(project.id).changes[2:]
    assert [(one.act, one.old, one.author) for one in made] == [
        ("add", "Variant", "Bo"),
        ("remove", "Chemical", "Bo"),
        ("remove", "Gene", "Bo"),
    ]
    assert "BRX7=Gene" in exported(cells), "what was labelled so stays"
    with pytest.raises(BadInput, match="mentions of 'Gene', which is no label of the project any more"):
        change(cells, "rename", "Variant", "Gene")
    with pytest.raises(BadInput, match="'Species' already; it is hidden"):
        cells.store.projects.update(cells.project.id, labels=[ProjectLabel("Species", "Species")])


def test_a_key_that_was_given_away_meanwhile_is_not_taken_back(cells: Desk) -> None:
    project = change(cells, "hide", "Species")
    labels = [*project.labels[:-1], replace(project.labels[-1], key="4")]
    cells.store.projects.update(project.id, labels=labels)
    keys = {one.name: one.key for one in change(cells, "show", "Species").labels}
    assert (keys[CELL], keys["Species"]) == ("4", None)


@pytest.mark.parametrize("sql", ["UPDATE label_changes SET new = 'x'", "DELETE FROM label_changes"])
def test_the_history_of_labels_only_grows(cells: Desk, sql: str) -> None:
    connection = sqlite3.connect(cells.store.path)
    with pytest.raises(sqlite3.IntegrityError, match="only grows"):
        connection.execute(sql)
    connection.close()


def test_names_that_do_not_follow_from_the_history_are_found(cells: Desk) -> None:
    with sqlite3.connect(cells.store.path) as connection:
        connection.execute("INSERT INTO label_names VALUES (1, 'Gene', 'Protein', 0)")
    connection.close()
    assert [one.kind for one in cells.store.check()] == ["label"]
    with sqlite3.connect(cells.store.path) as connection:
        connection.execute("DELETE FROM label_names")
    connection.close()


def test_a_store_from_before_labels_had_a_history_keeps_them(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = desk.folder.parent / "older"
    with monkeypatch.context() as patch:
        patch.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:2])
        Store.open(folder, backups=False).close()
    with sqlite3.connect(folder / "biobert-demo.sqlite") as other:
        other.execute("INSERT INTO projects (name, created) VALUES ('Trial', '2031-05-07')")
        other.execute("INSERT INTO project_labels VALUES (1, 0, 'Cell', 'Cell line', '#c4e1fd', '1')")
    other.close()
    with Store.open(folder, backups=False) as store:
        (project,) = store.projects.list()
        assert project.labels == (ProjectLabel("Cell", "Cell line", "#c4e1fd", "1"),)
        assert store.projects.change_labels(1, [LabelChange("rename", "Cell", "Line")], "Ann").label_names == ("Line",)
        assert store.check() == []
