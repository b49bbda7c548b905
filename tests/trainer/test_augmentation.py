"""Documents and name lists enter `replace_mentions`; documents with other names and checked offsets leave."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from biobert_demo.annotations import Annotation
from biobert_demo.documents import Document
from trainer.augmentation import collect_name_lists, replace_mentions

NAMES = {"Disease": ["anaphylactic shock", "flu"], "Gene": ["BRX7", "glow kinase"], "Chemical": []}


def annotate(text: str, *mentions: tuple[str, str]) -> list[Annotation]:
    found, position = [], 0
    for mention, label in mentions:
        start = text.index(mention, position)
        position = start + len(mention)
        found.append(Annotation(start, position, mention, label, identifiers=("MESH:D1",)))
    return found


def test_all_mentions_of_a_name_get_the_same_other_name() -> None:
    text = "A rash. The rash of EGFR."
    document = Document("1", text, annotations=tuple(annotate(text, ("rash", "Disease"), ("rash", "Disease"))))
    copy = replace_mentions(document, NAMES, 1.0, random.Random(1))
    first, second = copy.annotations
    assert first.text == second.text
    assert first.text in NAMES["Disease"]
    assert copy.text == text.replace("rash", first.text)
    assert copy.id == "1~"
    assert first.identifiers == ()


def test_symbols_are_replaced_by_symbols() -> None:
    document = Document("1", "EGFR rose", annotations=tuple(annotate("EGFR rose", ("EGFR", "Gene"))))
    assert replace_mentions(document, NAMES, 1.0, random.Random(2)).text == "BRX7 rose"


def test_a_capital_stays_at_the_start() -> None:
    document = Document("1", "Rash rose", annotations=tuple(annotate("Rash rose", ("Rash", "Disease"))))
    assert replace_mentions(document, {"Disease": ["flu"]}, 1.0, random.Random(2)).text == "Flu rose"


def test_passages_move_along() -> None:
    document = Document.from_passages(
        "1",
        [("title", "On rash"), ("abstract", "A rash.")],
        annotations=annotate("On rash\nA rash.", ("rash", "Disease")),
    )
    copy = replace_mentions(document, {"Disease": ["anaphylactic shock"]}, 1.0, random.Random(2))
    assert [copy.text[p.start : p.end] for p in copy.passages] == ["On anaphylactic shock", "A rash."]


def test_labels_without_names_and_a_share_of_nothing_change_nothing() -> None:
    document = Document("1", "lime oil", annotations=tuple(annotate("lime oil", ("lime", "Chemical"))))
    assert replace_mentions(document, NAMES, 1.0, random.Random(3)).text == "lime oil"
    document = Document("1", "a rash", annotations=tuple(annotate("a rash", ("rash", "Disease"))))
    assert replace_mentions(document, NAMES, 0.0, random.Random(3)).text == "a rash"


def test_names_that_no_text_would_write_are_left_out() -> None:
    names = [
        ("flu", "Disease"),
        ("flu", "Disease"),
        ("Carcinoma, Lung", "Disease"),
        ("x(2)y", "Disease"),
        ("a b c d e f", "Disease"),
        ("fox", "other"),
    ]
    assert collect_name_lists(names, ["Disease"]) == {"Disease": ["flu"]}


@given(st.lists(st.sampled_from(["rash", "EGFR", "ok", "μ-😀", "\n"]), max_size=8), st.integers(0, 99))
def test_offsets_hold_and_all_other_text_stays(words: list[str], seed: int) -> None:
    text = " ".join(words)
    labels = {"rash": "Disease", "EGFR": "Gene"}
    document = Document("1", text, annotations=tuple(annotate(text, *((w, labels[w]) for w in words if w in labels))))
    copy = replace_mentions(document, NAMES, 0.7, random.Random(seed))
    assert len(copy.annotations) == len(document.annotations)
    gaps = _gaps(copy)
    assert gaps == _gaps(document)


def _gaps(document: Document) -> list[str]:
    places = [0, *(place for a in document.annotations for place in (a.start, a.end)), len(document.text)]
    return [document.text[a:b] for a, b in zip(places[::2], places[1::2], strict=True)]
