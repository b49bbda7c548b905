"""Consistency: what is odd is found and said, what is fine is left alone, and each fix takes its finding away."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biobert_demo.consistency import KINDS, Finding, check_consistency
from biobert_demo.review import Correction, Revision, Step, check_step, replay


def review(text: str, *marks: tuple[str, str], state: str = "accept") -> list[Step]:
    """A history in which these pieces of the text were suggested, each the next one of its kind, and accepted."""
    suggestions, seen = [], {}
    for surface, label in marks:
        start = text.index(surface, seen.get(surface, 0))
        seen[surface] = start + 1
        suggestions.append(
            Correction(
                "suggest", start=start, end=start + len(surface), text=surface, label=label, score=0.5, model="m"
            )
        )
    steps = [Step(1, "suggest", "model", "", tuple(suggestions))]
    if state:
        spans = replay(text, steps).spans
        steps.append(Step(2, "edit", "ann", "", tuple(Correction(state, span_id=span.id) for span in spans)))  # type: ignore[arg-type]
    return steps


def fixed(text: str, steps: list[Step], finding: Finding) -> Revision:
    assert finding.fix is not None
    return check_step(text, steps, Step(len(steps) + 1, "edit", "ann", "", finding.fix, summary=finding.fix_summary))


def found(text: str, *marks: tuple[str, str], counts: dict | None = None) -> list[Finding]:
    """The findings, each checked to be in place and to go away by its fix."""
    steps = review(text, *marks)
    revision = replay(text, steps)
    findings = check_consistency(text, revision, counts)
    for one in findings:
        (id,) = one.span_ids
        assert (one.start, one.end) == (revision.span(id).start, revision.span(id).end)
        assert one.message.endswith(".")
        assert bool(one.fix) == bool(one.fix_summary)
        if one.fix is not None:
            assert one.id not in [other.id for other in check_consistency(text, fixed(text, steps, one), counts)]
    return findings


@pytest.mark.parametrize(
    ("text", "surface", "kind", "after"),
    [
        ("In the mice, too.", "the mice", "edge", "mice"),
        ("The mice ran.", "The mice", "edge", "mice"),
        ("It is an\nulcer.", "an\nulcer", "edge", "ulcer"),
        ("of a tumour", "a tumour", "edge", "tumour"),
        ("in mice, and", "mice,", "edge", "mice"),
        ("in mice.", "mice.", "edge", "mice"),
        ("in  mice ; and", "  mice ;", "edge", "mice"),
        ("in the the mice..", " the the mice..", "edge", "mice"),
        ("seen with\u00a0mice\u2028.", "\u00a0mice\u2028", "edge", "mice"),
        ("lumositis here", "lumosit", "cut word", "lumositis"),
        ("lumositis here", "umositis here", "cut word", "lumositis here"),
        ("lumositis here", "umositi", "cut word", "lumositis"),
        ("e\u0301rythe\u0300me", "e\u0301rythe", "cut word", "e\u0301rythe\u0300me"),
        ("peni\u00adcillin", "peni", "cut word", "peni\u00adcillin"),
        ("interleukin (IL-6) rose", "(IL-6", "brackets", "IL-6"),
        ("interleukin (IL-6) rose", "IL-6)", "brackets", "IL-6"),
        ("interleukin (IL-6) rose", "interleukin (", "brackets", "interleukin"),
        ("interleukin (IL-6) rose", "interleukin (IL-6", "brackets", "interleukin (IL-6)"),
        ("Ca(2+) rose", "Ca(2", "brackets", "Ca(2+)"),
        ("poly(I:C) rose", "I:C) rose", "brackets", "poly(I:C) rose"),
        ("[3H]thymidine", "3H]thymidine", "brackets", "[3H]thymidine"),
    ],
)  # fmt: skip
def test_untidy_span_is_found_and_its_fix_tidies_it(text: str, surface: str, kind: str, after: str) -> None:
    steps = review(text, (surface, "Gene"))
    finding = next(one for one in found(text, (surface, "Gene")) if one.kind == kind)
    (span,) = fixed(text, steps, finding).spans
    if kind == "brackets" and surface == "I:C) rose":
        assert span.text == "(I:C) rose"
    else:
        assert span.text == after


@pytest.mark.parametrize(
    ("text", "surface"),
    [
        ("of E. coli and", "E. coli"),
        ("a Bacillus sp. was", "Bacillus sp."),
        ("the U.S. mice", "U.S."),
        ("of a beta 42", "a beta 42"),
        ("A β peptide", "A β peptide"),
        ("the theophylline", "theophylline"),
        ("(+)-catechin", "(+)-catechin"),
        ("anti-IL-6 therapy", "IL-6"),
        ("Ca2+ and", "Ca2+"),
        ("f(x)[y]{z}", "f(x)[y]{z}"),
        ("青霉素过敏", "青霉素过敏"),
        ("\U0001f9ec BRX7 \U0001f9ec", "BRX7"),
        ("WAS gene", "WAS"),
    ],
)
def test_tidy_span_is_left_alone(text: str, surface: str) -> None:
    assert found(text, (surface, "Gene")) == []


@pytest.mark.parametrize(("surface", "kind"), [("-", "punctuation"), (" ( ", "punctuation"), ("of the", "plain word")])
def test_label_on_no_name_is_taken_away(surface: str, kind: str) -> None:
    text = f"loss{surface}BRX7" if surface != "of the" else "loss of the BRX7"
    (finding,) = found(text, (surface, "Gene"))
    assert finding.kind == kind
    assert [span.state for span in fixed(text, review(text, (surface, "Gene")), finding).spans] == ["rejected"]


def test_bracket_whose_partner_is_far_away_is_left_to_a_person() -> None:
    (finding,) = found("the channel Ca(v and more", ("Ca(v", "Gene"))
    assert (finding.kind, finding.fix) == ("brackets", None)


TEXT = "Insulin rose. With insulin, and insulin again. Type 2 diabetes is no diabetes, as type 2 diabetes is."


def test_same_string_with_different_labels_takes_the_label_of_most() -> None:
    (finding,) = found(TEXT, ("Insulin", "Gene"), ("insulin", "Gene"), ("insulin", "Chemical"))
    assert finding.kind == "labels differ"
    assert finding.message == "“insulin” is Chemical here, but Gene in 2 other places of this document."
    assert finding.fix == (Correction("relabel", span_id="1.2", label="Gene"),)
    assert finding.fix_summary == "Make “insulin” Gene"


def test_of_two_labels_as_frequent_the_one_people_accepted_or_the_project_has_leads() -> None:
    marks = (("Insulin", "Gene"), ("insulin", "Chemical"))
    assert [one.message for one in found(TEXT, *marks)] == [
        "“insulin” is Chemical here, but Gene in 1 other place of this document."
    ]
    (by_project,) = found(TEXT, *marks, counts={"insulin": {"Chemical": 2, "Gene": 1}})
    assert by_project.span_ids == ("1.0",)
    steps = [*review(TEXT, *marks, state=""), Step(2, "edit", "ann", "", (Correction("accept", span_id="1.1"),))]
    (by_person,) = check_consistency(TEXT, replay(TEXT, steps))
    assert by_person.span_ids == ("1.0",)


def test_label_that_the_project_clearly_gives_otherwise_is_told_also_where_the_document_agrees_with_itself() -> None:
    findings = found(TEXT, ("Insulin", "Gene"), ("insulin", "Gene"), counts={"insulin": {"Chemical": 9, "Gene": 2}})
    assert [one.kind for one in findings] == ["unusual label"] * 2
    assert findings[0].message == "“Insulin” is Gene here, but Chemical in 9 of 11 places of the project."
    assert found(TEXT, ("Insulin", "Gene"), counts={"insulin": {"Chemical": 7, "Gene": 3}}) == []
    assert found(TEXT, ("Insulin", "Gene"), counts={"insulin": {"Chemical": 2}}) == []


def test_two_labels_in_one_place_become_one() -> None:
    steps = review(TEXT, ("Insulin", "Gene"), ("insulin", "Gene"))
    steps.append(Step(3, "edit", "ann", "", (Correction("add", start=0, end=7, text="Insulin", label="Chemical"),)))
    (finding,) = check_consistency(TEXT, replay(TEXT, steps))
    assert finding.fix == (Correction("remove", span_id="3.0"),)
    assert len(fixed(TEXT, steps, finding).spans) == 2


def test_word_that_is_included_elsewhere_is_missed() -> None:
    marks = (("Type 2 diabetes", "Disease"), ("diabetes", "Disease"), ("diabetes", "Disease"), ("diabetes", "Disease"))
    (finding,) = found(TEXT, *marks)
    assert finding.kind == "boundaries differ"
    assert finding.message == "“diabetes” leaves out “type 2”; “type 2 diabetes” is Disease in 1 other place."
    assert TEXT[: finding.start].endswith("as type 2 ")
    assert "type 2 diabetes" in [span.text for span in fixed(TEXT, review(TEXT, *marks), finding).spans]


def test_word_is_missed_when_the_project_includes_it_twice_or_more() -> None:
    mark = ("diabetes", "Disease")
    assert found(TEXT, mark, counts={"type 2 diabetes": {"Disease": 1}}) == []
    assert found(TEXT, mark, counts={"type 2 diabetes": {"Gene": 5}}) == []
    (finding,) = found(TEXT, mark, counts={"type 2 diabetes": {"Disease": 2}, "2 diabetes": {"Disease": 5}})
    assert finding.fix == (Correction("rebound", span_id="1.0", start=14 + 33, end=47 + 15, text="Type 2 diabetes"),)


def test_longer_name_that_is_there_or_was_rejected_is_not_missed() -> None:
    counts = {"type 2 diabetes": {"Disease": 9}}
    both = (("Type 2 diabetes", "Disease"), ("diabetes", "Disease"))
    assert found(TEXT, *both, counts=counts) == []
    steps = review(TEXT, *both, state="")
    steps.append(Step(2, "edit", "ann", "", (Correction("reject", "1.0"), Correction("accept", "1.1"))))
    assert check_consistency(TEXT, replay(TEXT, steps), counts) == []


def test_spans_that_do_not_count_are_not_looked_at() -> None:
    for state in ("reject", "ignore"):
        text = "the mice, (mice"
        steps = review(text, ("the mice,", "Gene"), ("(mice", "Species"), state=state)
        assert check_consistency(text, replay(text, steps)) == []


def test_untidy_span_beside_its_tidy_twin_is_removed() -> None:
    text = "the mice"
    steps = review(text, ("the mice", "Species"), ("mice", "Species"))
    (finding,) = check_consistency(text, replay(text, steps))
    assert finding.fix == (Correction("remove", span_id="1.0"),)
    assert [span.state for span in fixed(text, steps, finding).spans] == ["rejected", "accepted"]


def test_suggestions_nobody_decided_on_are_looked_at_and_a_fix_decides() -> None:
    steps = review("the mice", ("the mice", "Species"), state="")
    (finding,) = check_consistency("the mice", replay("the mice", steps))
    assert [(span.text, span.state) for span in fixed("the mice", steps, finding).spans] == [("mice", "accepted")]


PIECES = [
    "the",
    "type 2",
    "diabetes",
    "insulin",
    "Insulin",
    "(",
    ")",
    ".",
    ",",
    "-",
    "a",
    "\n",
    "\U0001f9ec",
    "e\u0301",
    "]",
    "sp.",
]


@settings(max_examples=200)
@given(
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=14),
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 18), st.sampled_from(["Gene", "Disease"])), max_size=6),
    st.dictionaries(st.sampled_from(["insulin", "diabetes", "type 2 diabetes"]),
                    st.dictionaries(st.sampled_from(["Gene", "Disease"]), st.integers(1, 9), min_size=1)),
    st.sampled_from(["accept", "", "ignore"]),
)  # fmt: skip
def test_whatever_is_labelled_a_fix_fits_and_takes_its_finding_away(
    pieces: list[str], places: list[tuple[int, int, str]], counts: dict, state: str
) -> None:
    text = " ".join(pieces)
    suggestions = tuple(
        Correction(
            "suggest",
            start=start,
            end=min(len(text), start + length),
            text=text[start : start + length],
            label=label,
            model="m",
        )
        for start, length, label in places
        if start < len(text)
    )
    steps = [Step(1, "suggest", "model", "", suggestions)]
    if state:
        decided = tuple(Correction(state, span_id=span.id) for span in replay(text, steps).spans[::2])  # type: ignore[arg-type]
        steps += [Step(2, "edit", "ann", "", decided)] if decided else []
    revision = replay(text, steps)
    findings = check_consistency(text, revision, counts)
    assert findings == check_consistency(text, revision, counts)
    assert len({one.id for one in findings}) == len(findings)
    for one in findings:
        assert one.kind in KINDS
        if one.fix is not None:
            after = check_consistency(text, fixed(text, steps, one), counts)
            assert one.id not in [other.id for other in after]
