"""Review: steps only grow, undo is a step, the text never changes, and nobody's edit is lost or applied elsewhere."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biobert_demo.annotations import Annotation
from biobert_demo.errors import BadInput
from biobert_demo.review import (
    Correction,
    EditRefused,
    Revision,
    Step,
    StepKind,
    check_step,
    complete_step,
    find_conflict,
    replay,
    suggestion_step,
)

TEXT = "Velocumab (α-BRX7) cured chronic lumositis in mice;\r\nethanol \U0001f9ec did not cure lumositis."
PLACES = {
    word: TEXT.index(word) for word in ("Velocumab", "α-BRX7", "chronic lumositis", "lumositis", "mice", "ethanol")
}


def suggested(word: str, label: str, score: float = 0.7, model: str = "m1") -> Correction:
    start = PLACES[word]
    return Correction(
        "suggest", start=start, end=start + len(word), text=word, label=label, score=score, model=model,
        others=(("none", 0.2),),
    )  # fmt: skip


def added(word: str, label: str, **fields: object) -> Correction:
    start = PLACES[word]
    one = Correction("add", start=start, end=start + len(word), text=word, label=label)
    return replace(one, **fields)  # type: ignore[arg-type]


def rebound(span_id: str, word: str) -> Correction:
    start = PLACES[word]
    return Correction("rebound", span_id=span_id, start=start, end=start + len(word), text=word)


def step(
    number: int, *corrections: Correction, kind: StepKind = "edit", author: str = "ann", target: int | None = None
):
    return Step(number, kind, author, "2031-01-02T03:04:05Z", tuple(corrections), target)


def history(*acts: Correction | tuple[Correction, ...] | str) -> list[Step]:
    """Steps from acts: corrections (a tuple is one step), "undo", "redo"; each is checked as the store does."""
    steps: list[Step] = []
    for act in acts:
        now = replay(TEXT, steps)
        if isinstance(act, str):
            target = now.undoable if act == "undo" else now.redoable
            new = step(len(steps) + 1, kind=act, target=target)  # type: ignore[arg-type]
        else:
            corrections = act if isinstance(act, tuple) else (act,)
            is_suggestion = all(one.action == "suggest" for one in corrections)
            new = step(len(steps) + 1, *corrections, kind="suggest" if is_suggestion else "edit")
        check_step(TEXT, steps, new)
        steps.append(new)
    return steps


def shown(revision: Revision) -> list[tuple[str, str, str]]:
    return [(span.text, span.label, span.state) for span in revision.spans]


FIRST = (suggested("Velocumab", "Chemical"), suggested("lumositis", "Disease"), suggested("mice", "Species"))
UNSEEN = [("Velocumab", "Chemical", "unseen"), ("lumositis", "Disease", "unseen"), ("mice", "Species", "unseen")]


@pytest.mark.parametrize(
    ("acts", "expected"),
    [
        ([], []),
        ([FIRST], UNSEEN),
        ([FIRST, Correction("accept", "1.0")], [("Velocumab", "Chemical", "accepted"), *UNSEEN[1:]]),
        ([FIRST, Correction("reject", "1.0")], [("Velocumab", "Chemical", "rejected"), *UNSEEN[1:]]),
        ([FIRST, Correction("ignore", "1.2")], [*UNSEEN[:2], ("mice", "Species", "ignored")]),
        ([FIRST, Correction("remove", "1.0")], [("Velocumab", "Chemical", "rejected"), *UNSEEN[1:]]),
        ([FIRST, Correction("reject", "1.0"), Correction("reset", "1.0")], UNSEEN),
        ([FIRST, Correction("relabel", "1.0", label="Gene")], [("Velocumab", "Gene", "accepted"), *UNSEEN[1:]]),
        (
            [FIRST, rebound("1.1", "chronic lumositis")],
            [UNSEEN[0], ("chronic lumositis", "Disease", "accepted"), UNSEEN[2]],
        ),
        ([FIRST, rebound("1.1", "chronic lumositis"), Correction("reset", "1.1")], UNSEEN),
        ([added("ethanol", "Chemical")], [("ethanol", "Chemical", "accepted")]),
        ([added("ethanol", "Chemical"), Correction("remove", "1.0")], []),
        ([FIRST, added("mice", "Species")], [*UNSEEN[:2], ("mice", "Species", "accepted")]),
        # Spans may nest and overlap, and one place may have two labels.
        (
            [added("lumositis", "Disease"), added("chronic lumositis", "Disease"), added("lumositis", "Gene")],
            [
                ("chronic lumositis", "Disease", "accepted"),
                ("lumositis", "Disease", "accepted"),
                ("lumositis", "Gene", "accepted"),
            ],
        ),
        # A relabelling onto a suggestion takes its place.
        (
            [(suggested("mice", "Species"), suggested("mice", "Gene")), Correction("relabel", "1.1", label="Species")],
            [("mice", "Species", "accepted")],
        ),
        ([FIRST, Correction("accept", "1.0"), "undo"], UNSEEN),
        ([FIRST, Correction("accept", "1.0"), "undo", "redo"], [("Velocumab", "Chemical", "accepted"), *UNSEEN[1:]]),
        ([FIRST, (Correction("accept", "1.0"), Correction("remove", "1.1"), added("ethanol", "Gene")), "undo"], UNSEEN),
    ],
)
def test_steps_give_this_state(acts: list, expected: list) -> None:
    assert shown(replay(TEXT, history(*acts))) == expected


def test_span_tells_where_it_came_from_and_who_decided() -> None:
    revision = replay(
        TEXT, history(FIRST, rebound("1.1", "chronic lumositis"), Correction("relabel", "1.1", label="Gene"))
    )
    span = revision.span("1.1")
    assert span.suggested == (PLACES["lumositis"], PLACES["lumositis"] + 9, "Disease")
    assert (span.author, span.model, span.score, span.others) == ("ann", "m1", 0.7, (("none", 0.2),))
    assert revision.span("1.0").author is None
    assert revision.gold == (span,)
    annotation = span.to_annotation()
    assert (annotation.key, annotation.author, annotation.state) == (span.key, "ann", "accepted")


def test_span_that_is_moved_back_is_as_it_was_suggested() -> None:
    steps = history(FIRST, rebound("1.1", "chronic lumositis"), rebound("1.1", "lumositis"))
    assert replay(TEXT, steps).span("1.1").suggested is None


@pytest.mark.parametrize(
    ("acts", "refused", "words"),
    [
        ([FIRST], Correction("accept", "9.9"), "no span '9.9'"),
        ([FIRST], Correction("accept"), "no span None"),
        ([FIRST], Correction("relabel", "1.0", label=""), "label"),
        ([FIRST], Correction("relabel", "1.0", label="  "), "label"),
        ([FIRST], Correction("relabel", "1.0", label=["Gene"]), "label"),  # type: ignore[arg-type]
        ([FIRST], Correction("explode", "1.0"), "explode"),  # type: ignore[arg-type]
        ([FIRST], Correction("explode"), "explode"),  # type: ignore[arg-type]
        ([], Correction("add", start=0, end=9, text="Velocumab"), "label"),
        ([], Correction("add", start=0, end=9, text="velocumab", label="Gene"), "the document has 'Velocumab'"),
        ([], Correction("add", start=0, end=9, label="Gene"), "the document has 'Velocumab'"),
        ([], Correction("add", start=3, end=3, text="", label="Gene"), "start < end"),
        ([], Correction("add", start=-9, end=-1, text=TEXT[-9:-1], label="Gene"), "start < end"),
        ([], Correction("add", start=0, end=len(TEXT) + 1, text=TEXT, label="Gene"), str(len(TEXT))),
        ([], Correction("add", start="0", end="9", text="Velocumab", label="Gene"), "start < end"),  # type: ignore[arg-type]
        ([], Correction("add", start=False, end=True, text="V", label="Gene"), "start < end"),
        ([], Correction("add", text="Velocumab", label="Gene"), "None-None"),
        ([added("mice", "Species")], Correction("reset", "1.0"), "remove it instead"),
        (
            [added("mice", "Species"), added("mice", "Gene")],
            Correction("relabel", "2.0", label="Species"),
            "already labelled Species",
        ),
        ([added("lumositis", "Disease"), added("chronic lumositis", "Disease")], rebound("2.0", "lumositis"), "already"),
        (
            [FIRST, Correction("relabel", "1.2", label="Gene"), added("mice", "Species")],
            Correction("reset", "1.2"),
            "another",
        ),
    ],
)  # fmt: skip
def test_edit_that_does_not_fit_is_refused_whole(acts: list, refused: Correction, words: str) -> None:
    steps = history(*acts)
    before = replay(TEXT, steps)
    with pytest.raises(EditRefused, match=words):
        check_step(TEXT, steps, step(len(steps) + 1, added("ethanol", "Chemical"), refused))
    assert replay(TEXT, steps) == before


def test_offsets_of_utf16_are_refused_behind_a_character_beyond_the_first_plane() -> None:
    start = TEXT.index("did")
    wrong = Correction("add", start=start + 1, end=start + 4, text="did", label="Gene")
    with pytest.raises(EditRefused, match="nothing was changed"):
        check_step(TEXT, [], step(1, wrong))


def test_step_needs_the_next_number_and_an_edit_a_correction() -> None:
    steps = history(FIRST)
    with pytest.raises(BadInput, match="at least one correction"):
        check_step(TEXT, steps, step(2))
    with pytest.raises(BadInput, match="next number"):
        check_step(TEXT, steps, step(4, Correction("accept", "1.0")))


def test_model_that_finds_nothing_is_a_step_too() -> None:
    steps = history(FIRST, Correction("accept", "1.2"))
    revision = check_step(TEXT, steps, step(3, kind="suggest", author="model"))
    assert shown(revision) == [("mice", "Species", "accepted")]


@pytest.mark.parametrize("kind", ["undo", "redo"])
def test_undo_of_what_is_not_the_last_act_is_refused(kind: StepKind) -> None:
    steps = history(FIRST, Correction("accept", "1.0"), Correction("accept", "1.1"))
    for target in (None, 1, 2, 9):
        with pytest.raises(EditRefused, match=f"nothing to {kind}"):
            check_step(TEXT, steps, step(4, kind=kind, target=target))
    with pytest.raises(EditRefused, match="damaged"):
        replay(TEXT, [*steps, step(4, kind=kind, target=9)])


def test_a_new_edit_ends_what_can_be_redone_and_so_do_new_suggestions() -> None:
    undone = history(FIRST, Correction("accept", "1.0"), "undo")
    assert replay(TEXT, undone).redoable == 2
    assert (
        replay(TEXT, history(FIRST, Correction("accept", "1.0"), "undo", Correction("reject", "1.0"))).redoable is None
    )
    assert replay(TEXT, [*undone, step(4, suggested("ethanol", "Chemical"), kind="suggest")]).redoable is None


def test_suggestions_cannot_be_undone() -> None:
    assert replay(TEXT, history(FIRST)).undoable is None


def test_new_suggestions_replace_what_nobody_looked_at_and_leave_decisions() -> None:
    second = (
        suggested("Velocumab", "Gene", model="m2"),
        suggested("α-BRX7", "Gene", model="m2"),
        suggested("mice", "Species", model="m2"),
        suggested("lumositis", "Disease", model="m2"),
    )
    steps = history(FIRST, Correction("accept", "1.0"), Correction("reject", "1.2"), second)
    assert shown(replay(TEXT, steps)) == [
        ("Velocumab", "Chemical", "accepted"),  # and no Gene there: the place is decided
        ("α-BRX7", "Gene", "unseen"),
        ("lumositis", "Disease", "unseen"),
        ("mice", "Species", "rejected"),
    ]
    assert replay(TEXT, steps).span("4.3").model == "m2"


def test_what_a_person_moved_is_not_suggested_again_as_it_was() -> None:
    steps = history(FIRST, Correction("relabel", "1.2", label="Gene"), Correction("reject", "1.2"), FIRST)
    assert ("mice", "Species", "unseen") not in shown(replay(TEXT, steps))


@pytest.mark.parametrize("remark", [{"note": "is it?"}, {"is_flagged": True}])
def test_new_suggestions_do_not_take_a_remark_away(remark: dict) -> None:
    steps = history(FIRST, Correction("annotate", "1.0", **remark), suggested("ethanol", "Chemical"))
    assert shown(replay(TEXT, steps)) == [UNSEEN[0], ("ethanol", "Chemical", "unseen")]


def test_remarks_of_a_span_that_becomes_one_with_another_are_kept() -> None:
    two = (suggested("mice", "Species"), suggested("mice", "Gene"))
    steps = history(two, Correction("annotate", "1.0", note="left", is_flagged=True),
                    Correction("annotate", "1.1", note="right"), Correction("relabel", "1.1", label="Species"))  # fmt: skip
    (span,) = replay(TEXT, steps).spans
    assert (span.note, span.is_flagged) == ("right\nleft", True)


def test_identifiers_of_an_added_span_that_was_suggested_are_kept() -> None:
    steps = history(FIRST, added("mice", "Species", identifiers=("NCBITaxon:10090",)), added("mice", "Species"))
    assert replay(TEXT, steps).span("1.2").identifiers == ("NCBITaxon:10090",)


def test_notes_and_flags_of_the_document_are_set_apart() -> None:
    steps = history(Correction("annotate", note="a note"), Correction("annotate", is_flagged=True))
    revision = replay(TEXT, steps)
    assert (revision.note, revision.is_flagged) == ("a note", True)
    assert replay(TEXT, [*steps, step(3, Correction("annotate", note=""))]).note == ""


def test_completing_accepts_what_was_read_and_one_undo_takes_it_back() -> None:
    steps = history(FIRST, Correction("reject", "1.0"))
    done = [*steps, step(3, *complete_step(replay(TEXT, steps), ["Disease"]))]
    revision = replay(TEXT, done)
    assert revision.is_complete
    assert revision.labels == ("Disease",)
    assert [span.state for span in revision.spans] == ["rejected", "accepted", "accepted"]
    undone = replay(TEXT, [*done, step(4, kind="undo", target=3)])
    assert not undone.is_complete
    assert [span.state for span in undone.spans] == ["rejected", "unseen", "unseen"]
    assert replay(TEXT, [*done, step(4, Correction("reopen"))]).gold == revision.gold


def test_suggestions_come_from_annotations_with_their_further_labels() -> None:
    annotations = [Annotation(0, 9, "Velocumab", "Gene", ("X:1",), 0.6, "m7"), Annotation(46, 50, "mice", "Species")]
    first, second = suggestion_step(annotations, {0: (("Chemical", 0.3),)})
    assert (first.action, first.score, first.model, first.identifiers) == ("suggest", 0.6, "m7", ("X:1",))
    assert (first.others, second.others) == ((("Chemical", 0.3),), ())


@pytest.mark.parametrize(
    ("theirs", "mine", "meets"),
    [
        (Correction("accept", "1.0"), Correction("accept", "1.2"), False),
        (added("ethanol", "Chemical"), Correction("reject", "1.0"), False),
        (Correction("accept", "1.0"), Correction("reject", "1.0"), True),
        (rebound("1.1", "chronic lumositis"), added("chronic lumositis", "Gene"), True),
        (rebound("1.1", "ethanol"), Correction("accept", "1.1"), True),
        (rebound("1.1", "ethanol"), added("ethanol", "Chemical"), True),
        (Correction("annotate", note="x"), Correction("accept", "1.0"), True),
        (Correction("complete"), Correction("accept", "1.0"), True),
        (Correction("accept", "1.0"), Correction("complete"), True),
        (Correction("accept", "1.0"), Correction("annotate", "1.2", note="x"), False),
    ],
)
def test_edits_meet_only_in_the_same_place(theirs: Correction, mine: Correction, meets: bool) -> None:
    steps = [*history(FIRST), step(2, theirs, author="ben")]
    reason = find_conflict(steps, 1, step(3, mine), TEXT)
    assert (reason is not None) == meets
    if meets:
        assert "ben" in str(reason)
    else:
        check_step(TEXT, steps, step(3, mine))


def test_nothing_meets_an_edit_of_the_latest_revision() -> None:
    steps = history(FIRST, Correction("accept", "1.0"))
    assert find_conflict(steps, 2, step(3, Correction("reject", "1.0")), TEXT) is None
    assert find_conflict(steps, 2, step(3, kind="undo", target=2), TEXT) is None


def test_what_came_and_went_elsewhere_is_no_conflict() -> None:
    steps = history(FIRST, added("ethanol", "Chemical"), Correction("remove", "2.0"))
    assert find_conflict(steps, 1, step(4, Correction("accept", "1.0")), TEXT) is None
    assert find_conflict(steps, 1, step(4, added("ethanol", "Gene")), TEXT) is not None


def test_undo_on_an_old_revision_and_an_edit_after_an_undo_are_stale() -> None:
    steps = history(FIRST, Correction("accept", "1.0"), Correction("accept", "1.2"))
    assert "undo something else" in (find_conflict(steps, 2, step(4, kind="undo", target=2), TEXT) or "")
    undone = history(FIRST, Correction("accept", "1.0"), "undo")
    assert "undo" in (find_conflict(undone, 2, step(4, Correction("accept", "1.2")), TEXT) or "")


def corrections_for(revision: Revision) -> st.SearchStrategy[Correction]:
    places = st.sampled_from(sorted(PLACES))
    labels = st.sampled_from(["Gene", "Disease"])
    options = [
        st.builds(added, places, labels),
        st.builds(lambda note: Correction("annotate", note=note), st.text(max_size=3)),
        st.sampled_from([Correction("complete"), Correction("reopen")]),
    ]
    if revision.spans:
        ids = st.sampled_from([span.id for span in revision.spans])
        actions = st.sampled_from(["remove", "accept", "reject", "ignore", "reset"])
        options += [
            st.builds(Correction, actions, ids),
            st.builds(lambda id, label: Correction("relabel", id, label=label), ids, labels),
            st.builds(rebound, ids, places),
            st.builds(lambda id, note: Correction("annotate", id, note=note), ids, st.text(max_size=3)),
        ]
    return st.one_of(options)


@st.composite
def histories(draw: st.DrawFn) -> list[Step]:
    """Random acts, of which those that are refused are left out, as the store does."""
    steps: list[Step] = []
    for _ in range(draw(st.integers(1, 14))):
        revision = replay(TEXT, steps)
        kind = draw(st.sampled_from(["suggest", "edit", "edit", "edit", "edit", "undo", "redo"]))
        number = len(steps) + 1
        if kind == "suggest":
            words = draw(st.lists(st.tuples(st.sampled_from(sorted(PLACES)), st.sampled_from(["Gene", "Disease"]))))
            new = step(number, *(suggested(*word) for word in words), kind="suggest", author="model")
        elif kind == "edit":
            new = step(number, *draw(st.lists(corrections_for(revision), min_size=1, max_size=3)))
        else:
            new = step(number, kind=kind, target=revision.undoable if kind == "undo" else revision.redoable)
        try:
            check_step(TEXT, steps, new)
        except EditRefused:
            continue
        steps.append(new)
    return steps


def state(revision: Revision) -> tuple:
    return revision.spans, revision.is_complete, revision.labels, revision.note, revision.is_flagged


@settings(max_examples=200)
@given(histories())
def test_whatever_happens_spans_fit_the_text_and_none_is_there_twice(steps: list[Step]) -> None:
    for length in range(len(steps) + 1):
        revision = replay(TEXT, steps[:length])
        assert revision == replay(TEXT, tuple(steps[:length]))
        assert revision.number == length
        assert all(span.text == TEXT[span.start : span.end] for span in revision.spans)
        assert len({span.key for span in revision.spans}) == len(revision.spans)
        assert len({span.id for span in revision.spans}) == len(revision.spans)
        assert all((span.author is None) == (span.state == "unseen") for span in revision.spans)
        assert all(span.suggested != span.key for span in revision.spans)


@settings(max_examples=200)
@given(histories())
def test_undo_takes_back_the_last_act_and_redo_brings_it_again(steps: list[Step]) -> None:
    now = replay(TEXT, steps)
    if now.undoable is None:
        return
    undo = step(len(steps) + 1, kind="undo", target=now.undoable)
    undone = check_step(TEXT, steps, undo)
    assert undone.redoable == now.undoable
    again = check_step(TEXT, [*steps, undo], step(len(steps) + 2, kind="redo", target=undone.redoable))
    assert state(again) == state(now)
    assert again.undoable == now.undoable
    if steps[-1].kind == "edit":
        assert state(undone) == state(replay(TEXT, steps[:-1]))


@settings(max_examples=150)
@given(histories())
def test_everything_a_person_did_can_be_undone_one_by_one(steps: list[Step]) -> None:
    steps = list(steps)
    while (target := replay(TEXT, steps).undoable) is not None:
        new = step(len(steps) + 1, kind="undo", target=target)
        check_step(TEXT, steps, new)
        steps.append(new)
    untouched = replay(TEXT, steps)
    assert all(span.state == "unseen" for span in untouched.spans)
    assert not untouched.is_complete


@settings(max_examples=200)
@given(histories(), st.data())
def test_edits_that_do_not_meet_give_the_same_in_either_order(steps: list[Step], data: st.DataObject) -> None:
    revision = replay(TEXT, steps)
    one, other = (data.draw(corrections_for(revision)) for _ in range(2))
    number = len(steps) + 1
    try:
        check_step(TEXT, steps, step(number, one))
        check_step(TEXT, steps, step(number, other))
    except EditRefused:
        return
    if find_conflict([*steps, step(number, one)], len(steps), step(number + 1, other), TEXT) is not None:
        return
    assert find_conflict([*steps, step(number, other)], len(steps), step(number + 1, one), TEXT) is None

    def merged(first: Correction, second: Correction) -> list[tuple]:
        then = check_step(TEXT, [*steps, step(number, first)], step(number + 1, second))
        return [(span.key, span.state, span.note, span.suggested) for span in then.spans]

    assert merged(one, other) == merged(other, one)
