"""Random texts and reviews enter; whether the page's scripts and Python make the same of them is decided."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from biobert_demo.annotations import Annotation
from biobert_demo.review import Correction, EditRefused, ReviewedSpan, Step, check_step, replay, suggestion_step
from biobert_demo.ui.review_values import present_correction, present_span

TEXT = "💊 IL-2, 𝛼 and\r\nfever"
LABELS = ("Disease", "Gene")
Ask = Callable[[dict[str, Any]], dict[str, Any]]

# Surrogates are left in on purpose; where two halves meet, JavaScript and UTF-16 read one character, so they are joined.
texts = st.text(st.one_of(st.characters(), st.sampled_from("💊𝛼µ́\r\n\u200d\ud83d\udc8a")), max_size=40)
places = st.tuples(st.integers(0, len(TEXT)), st.integers(0, len(TEXT))).filter(lambda place: place[0] < place[1])
labels = st.sampled_from(LABELS)
span_ids = st.sampled_from(["1.0", "1.1", "1.2", "2.0", "3.0", "4.0", "9.9"])


def placed(action: str, **fields: Any) -> st.SearchStrategy[Correction]:
    def build(place: tuple[int, int], more: dict[str, Any]) -> Correction:
        return Correction(action, start=place[0], end=place[1], text=TEXT[place[0] : place[1]], **more)  # type: ignore[arg-type]

    return st.builds(build, places, st.fixed_dictionaries(fields))


corrections = st.one_of(
    placed("add", label=labels),
    placed("rebound", span_id=span_ids),
    st.builds(Correction, st.just("relabel"), span_id=span_ids, label=labels),
    st.builds(Correction, st.sampled_from(["remove", "accept", "reject", "ignore", "reset"]), span_id=span_ids),
    st.builds(
        Correction,
        st.just("annotate"),
        span_id=st.one_of(st.none(), span_ids),
        note=st.one_of(st.none(), st.text(max_size=3)),
        is_flagged=st.one_of(st.none(), st.booleans()),
    ),
    st.builds(Correction, st.sampled_from(["complete", "reopen"])),
)
suggestions = st.lists(st.tuples(places, labels), max_size=4)
edits = st.lists(st.lists(corrections, min_size=1, max_size=3), max_size=6)


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    """One question to Node, one answer."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed, so Python and JavaScript were not compared")
    process = subprocess.Popen(
        [node, str(Path(__file__).parent / "answer_lines.js")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8",
    )  # fmt: skip

    def question(value: dict[str, Any]) -> dict[str, Any]:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(value) + "\n")
        process.stdin.flush()
        answer: dict[str, Any] = json.loads(process.stdout.readline())
        return answer

    yield question
    process.terminate()
    process.wait(timeout=30)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=texts)
def test_offsets_are_the_same_places_in_both_languages(ask: Ask, text: str) -> None:
    data = text.encode("utf-16-le", "surrogatepass")
    text = data.decode("utf-16-le", "surrogatepass")  # halves that meet become one character, as in JavaScript
    units = [int.from_bytes(data[i : i + 2], "little") for i in range(0, len(data), 2)]
    expected = [0]
    for character in text:
        expected.append(expected[-1] + (2 if ord(character) > 0xFFFF else 1))
    answer = ask({"ask": "offsets", "units": units})
    assert answer["toUtf16"] == expected
    assert [answer["toCodePoint"][unit] for unit in expected] == list(range(len(text) + 1))


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(suggested=suggestions, acts=edits)
def test_what_is_drawn_before_the_answer_is_what_the_server_makes_of_it(
    ask: Ask, suggested: list[tuple[tuple[int, int], str]], acts: list[list[Correction]]
) -> None:
    annotations = [Annotation(s, e, TEXT[s:e], label, score=0.5, model="m") for (s, e), label in suggested]
    steps = [Step(1, "suggest", "model", "", suggestion_step(annotations))]
    first = replay(TEXT, steps)
    sent, refused = [], []
    for act in acts:
        number = steps[-1].number + 1
        sent.append({"id": str(number), "author": "Ada", "corrections": [write_correction(one) for one in act]})
        step = Step(number, "edit", "Ada", "", tuple(act))
        try:
            check_step(TEXT, steps, step)
        except EditRefused:
            refused.append(str(number))
        else:
            steps.append(step)
    last = replay(TEXT, steps)
    view = {"spans": [write_span(span) for span in first.spans], "note": "", "isFlagged": False, "isComplete": False}
    answer = ask({"ask": "apply", "text": TEXT, "view": view, "steps": sent})
    assert answer["refused"] == refused
    assert answer["view"] == {
        "spans": [write_span(span) for span in last.spans],
        "note": last.note,
        "isFlagged": last.is_flagged,
        "isComplete": last.is_complete,
    }


def write_span(span: ReviewedSpan) -> dict[str, Any]:
    return {**present_span(span), "text": span.text}


def write_correction(one: Correction) -> dict[str, Any]:
    return {name: value for name, value in present_correction(one).items() if value is not None}
