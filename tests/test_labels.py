"""Changes of labels enter; what every name of the history means, and which changes cannot be made, is checked."""

from __future__ import annotations

import pytest

from biobert_demo.annotations import LABEL_NAMES
from biobert_demo.decoding import NO_LABEL
from biobert_demo.errors import BadInput
from biobert_demo.label_changes import (
    LONGEST_NAME,
    check_change,
    check_look,
    check_name,
    describe_change,
    explain_change,
)
from biobert_demo.labels import LABEL_ACTS, MOST_LABELS, LabelChange, LabelNames, resolve_labels
from trainer.run import MOST_LABELS as MOST_OF_A_MODEL

EARLY, LATE = "2031-05-07T12:00", "2031-05-08T12:00"


def changes(*acts: str) -> tuple[LabelChange, ...]:
    """`rename Cell>Line`: an act, the label's name and the new one."""
    made = []
    for number, act in enumerate(acts):
        kind, _, rest = act.partition(" ")
        old, _, new = rest.partition(">")
        made.append(LabelChange(kind, old, new, "Ann", f"2031-05-07T12:{number:02d}"))  # type: ignore[arg-type]
    return tuple(made)


def names(labels: str, *acts: str) -> LabelNames:
    return LabelNames(tuple(labels.split()), changes(*acts))


@pytest.mark.parametrize(
    ("acts", "expected"),
    [
        ((), {}),
        (("add Cell",), {}),
        (("rename Cell>Line",), {"Cell": "Line"}),
        (("rename Cell>Line", "rename Line>Clone"), {"Cell": "Clone", "Line": "Clone"}),
        (("rename Cell>Line", "rename Line>Cell"), {"Line": "Cell"}),
        (("merge Cell>Gene",), {"Cell": "Gene"}),
        (("merge Cell>Gene", "rename Gene>Part"), {"Cell": "Part", "Gene": "Part"}),
        (("merge Cell>Gene", "merge Gene>Other"), {"Cell": "Other", "Gene": "Other"}),
        (("merge Cell>Gene", "split Cell"), {}),
        (("merge Cell>Gene", "merge Gene>Other", "split Gene"), {"Cell": "Gene"}),
        (("rename Cell>Line", "merge Line>Gene", "split Line"), {"Cell": "Line"}),
        (("merge Cell>Gene", "split Cell", "rename Cell>Line"), {"Cell": "Line"}),
        (("hide Cell", "show Cell"), {}),
        (("remove Cell", "add Cell"), {}),
    ],
)
def test_a_name_is_read_through_all_changes(acts: tuple[str, ...], expected: dict[str, str]) -> None:
    assert resolve_labels(changes(*acts)) == expected


def test_a_circle_of_merges_in_a_damaged_list_ends() -> None:
    assert resolve_labels(changes("merge A>B", "merge B>A", "merge A>A")) == {"A": "B"}


def test_what_is_hidden_stays_hidden_under_another_name_and_until_it_is_shown() -> None:
    assert names("Gene Cell", "hide Cell").visible == ("Gene",)
    renamed = names("Gene Line", "hide Cell", "rename Cell>Line")
    assert (renamed.hidden, renamed.is_hidden("Cell"), renamed.is_hidden("Gene")) == ({"Line"}, True, False)
    assert names("Gene Cell", "hide Cell", "show Cell").visible == ("Gene", "Cell")
    assert names("Gene Cell", "hide Cell", "remove Cell", "add Cell").hidden == frozenset()
    assert names("Gene", "hide Cell", "merge Cell>Gene").hidden == frozenset(), "as part of a label that is shown"


def test_all_names_of_a_label_are_known() -> None:
    found = names("Line Gene", "rename Cell>Line", "merge Clone>Line")
    assert set(found.written_as("Line")) == {"Line", "Cell", "Clone"}
    assert found.written_as("Gene") == ("Gene",)
    assert found.merged_into("Line") == ("Clone",)
    assert found.mergeable_back() == {"Clone": "Line"}
    assert (found.is_merged("Clone"), found.is_merged("Cell"), found.is_merged("Gene")) == (True, False, False)


@pytest.mark.parametrize(
    ("labels", "acts", "written", "completed", "covered"),
    [
        ("Gene Cell", (), ("Gene",), EARLY, ("Gene",)),
        ("Gene Cell", (), (), None, ("Gene", "Cell")),
        # A label that came after the review was completed was not looked for.
        ("Gene Cell", ("add Cell",), (), "2031-05-06", ("Gene",)),
        ("Gene Cell", ("add Cell",), (), LATE, ("Gene", "Cell")),
        ("Gene Line", ("add Cell", "rename Cell>Line"), (), "2031-05-06", ("Gene",)),
        ("Gene Line", ("rename Cell>Line",), ("Gene", "Cell"), EARLY, ("Gene", "Line")),
        # "Neither" is known where both were looked for.
        ("Gene", ("merge Cell>Gene",), ("Gene",), EARLY, ()),
        ("Gene", ("merge Cell>Gene",), ("Gene", "Cell"), EARLY, ("Gene",)),
        ("Gene", ("add Cell", "merge Cell>Gene"), (), "2031-05-06", ()),
        ("Gene Cell", ("merge Cell>Gene", "split Cell"), ("Gene", "Cell"), EARLY, ("Gene", "Cell")),
        ("Gene Cell", ("hide Cell",), ("Gene", "Cell"), EARLY, ("Gene",)),
        ("Gene", (), ("Gene", "Gone"), EARLY, ("Gene", "Gone")),
    ],
)
def test_a_review_covers_what_it_was_about(
    labels: str, acts: tuple[str, ...], written: tuple[str, ...], completed: str | None, covered: tuple[str, ...]
) -> None:
    assert names(labels, *acts).covered_by(written, completed) == covered


def test_what_is_completed_now_is_about_all_that_is_shown_with_its_parts() -> None:
    found = names("Gene Cell Note", "merge Clone>Cell", "hide Note")
    assert found.to_cover() == ("Gene", "Cell", "Clone")
    assert found.covered_by(found.to_cover()) == ("Gene", "Cell")
    assert found.to_cover(["Cell"]) == ("Cell", "Clone")
    assert found.to_cover(["Clone"]) == ("Clone",), "an old file says nothing about the whole"


def test_a_file_may_write_an_underscore_for_a_space() -> None:
    found = LabelNames(("Cell line", "Chemical"), changes("rename Old name>Cell line"))
    assert found.read("Cell_line") == "Cell line"
    assert found.read("Old_name") == "Old name"
    assert found.read("Drug") == "Chemical"
    assert found.read("Cell-line") == "Cell-line"
    assert LabelNames(("Cell line", "Cell_line")).read("Cell_line") == "Cell_line"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("CellLine", "CellLine"),
        ("  Cell \t\u2028 line ", "Cell line"),
        ("<b>", "<b>"),
        ("x" * LONGEST_NAME, "x" * LONGEST_NAME),
        ("🧬", "🧬"),
        ("👩\u200d🔬", "👩\u200d🔬"),
        ("ζ-Κύτταρο", "ζ-Κύτταρο"),
        ("細胞株", "細胞株"),
        ("Drug", "Chemical"),
        ("=SUM(A1)", "=SUM(A1)"),
    ],
)
def test_a_name_may_be_in_any_script(given: str, kept: str) -> None:
    assert check_name(given) == kept


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (" \n", "it is empty"),
        ("x" * (LONGEST_NAME + 1), "has 101 characters, and 100 are the most"),
        ("a\0b", "cannot be seen"),
        ("abc\u202e", "RIGHT-TO-LEFT OVERRIDE"),
        ("\ud800", "cannot be seen"),
        ("...", "no letter, digit or sign"),
        ("O", "stands for 'no label'"),
        (NO_LABEL, "stands for 'no label'"),
        ("Cell, line", "holds a comma"),
    ],
)
def test_a_name_that_files_could_not_hold_is_refused(given: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        check_name(given)


@pytest.mark.parametrize(
    ("labels", "acts", "change", "words"),
    [
        ("Gene", (), "add Gene", "has the label 'Gene' already"),
        ("Gene", (), "add Protein", "'Gene' already, which 'Protein' is another name of"),
        ("Gene Cell", ("hide Cell",), "add Cell", "it is hidden, so show it"),
        ("Gene Cell", (), "add cell", "'Cell', from which 'cell' differs by capitals alone"),
        ("Gene Line", ("rename Cell>Line",), "add Cell", "'Cell' is what 'Line' was called before.*rename 'Line' back"),
        ("Gene", ("merge Cell>Gene",), "add Cell", "'Cell' was merged into 'Gene'.*undo the merge"),
        ("Gene", (), "rename Cell>Line", "no label 'Cell'; its labels are 'Gene'"),
        ("Gene Line", ("rename Cell>Line",), "rename Cell>X", r"\('Cell' is called 'Line' now\)"),
        ("Gene Cell", (), "rename Cell>Gene", "merge 'Cell' into it"),
        ("Gene Cell", (), "rename Cell>Cell", "called 'Cell' already"),
        ("Gene Cell", (), "rename Cell>Drug", "'Drug' is read as 'Chemical' in every file"),
        ("Gene", ("merge Cell>Gene",), "rename Gene>Cell", "'Cell' was merged into 'Gene'"),
        ("Gene Cell", (), "rename Cell>Gone", "mentions of 'Gone', which is no label of the project any more"),
        ("Gene Cell", (), "merge Cell>Cell", "into itself"),
        ("Gene Cell", (), "merge Cell>Line", "no label 'Line' to merge into"),
        ("Gene Cell", ("hide Gene",), "merge Cell>Gene", "'Gene' is hidden; show it"),
        ("Gene Cell", (), "split Cell", "was not merged into another label; those that were: none"),
        ("Gene Cell", ("hide Cell",), "hide Cell", "hidden already"),
        ("Gene Cell", (), "show Cell", "'Cell' is not hidden"),
        ("Gene Cell", ("hide Cell",), "hide Gene", "only label that is shown"),
    ],
)
def test_a_change_that_cannot_be_made_is_told(labels: str, acts: tuple[str, ...], change: str, words: str) -> None:
    (made,) = changes(change)
    with pytest.raises(BadInput, match=words):
        check_change(names(labels, *acts), made, met=["Gone"])


def test_a_change_that_can_be_made_is_kept_as_it_will_be_read() -> None:
    found = names("Gene Line", "rename Cell>Line")
    (back,) = changes("rename Line>Cell")
    assert check_change(found, back, met=["Cell"]) == back
    (drug,) = changes("add  Drug ")
    assert (check_change(found, drug).old, check_change(found, drug).new) == ("Chemical", "Drug / chemical")
    assert check_change(found, LabelChange("add", "CellLine", "Cell line")).new == "Cell line"


def test_a_model_can_learn_no_more_labels_than_fit_into_a_number() -> None:
    assert MOST_LABELS == MOST_OF_A_MODEL
    full = LabelNames(tuple(f"L{i}" for i in range(MOST_LABELS)))
    with pytest.raises(BadInput, match="has 31 labels, and a model can learn 31"):
        check_change(full, LabelChange("add", "One more"))


def test_each_act_says_what_becomes_of_the_work_done_so_far() -> None:
    for act in LABEL_ACTS:
        change = LabelChange(act, "CellLine", "Cell line")
        assert "'CellLine'" in explain_change(change, 34, 12)
        assert "'CellLine'" in describe_change(change)
    rename = explain_change(LabelChange("rename", "A", "B"), 34, 12)
    assert "34 mentions in 12 texts read 'B' from now on; in the history they keep the old word." in rename
    assert "1 mention in 1 text stay" in explain_change(LabelChange("hide", "A"), 1, 1)
    assert "No mention has it." in explain_change(LabelChange("merge", "A", "B"))
    assert "leaves 'B'" in explain_change(LabelChange("split", "A"), merged_into="B")


def test_nothing_changes_where_nothing_happened() -> None:
    found = LabelNames(LABEL_NAMES)
    assert (found.visible, found.hidden, found.version, found.of("Gene"), found.of("New")) == (
        LABEL_NAMES,
        frozenset(),
        0,
        "Gene",
        "New",
    )


@pytest.mark.parametrize(
    ("color", "key", "words"),
    [
        ("red", None, "colour of Cell is 'red'"),
        ("#fff;}", None, "write it as #c4e1fd"),
        (None, "x", "one digit from 1 to 9"),
    ],
)
def test_a_colour_and_a_key_that_no_page_can_use_are_told(color: str | None, key: str | None, words: str) -> None:
    check_look("Cell", "#C4E1FD", "9")
    check_look("Cell", None, "")
    with pytest.raises(BadInput, match=words):
        check_look("Cell", color, key)
