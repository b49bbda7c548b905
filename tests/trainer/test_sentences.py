"""Files of sentences that must not break enter; a sentence that guards nothing is refused, and mistakes are told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from biobert_demo.annotations import LABEL_NAMES, Annotation
from biobert_demo.errors import BadInput
from biobert_demo.formats import read_documents
from biobert_demo.recognition import EntityRecognizer
from biobert_demo.settings import Settings
from trainer.sentences import (
    FILE_NAME,
    SHIPPED_FILE,
    SentenceResult,
    check_sentence,
    find_mistakes,
    must_not_break,
    read_sentences,
)


def write(path: Path, *lines: object) -> Path:
    texts = (line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines)
    path.write_text("\n".join(texts) + "\n", encoding="utf-8")
    return path


def test_the_shipped_model_has_every_sentence_right() -> None:
    sentences = must_not_break()
    recognizer = EntityRecognizer.load(Settings.from_environment({}).ner_model)
    found = recognizer.recognize(one.document.with_annotations(()) for one in sentences)
    mistakes = {
        one.document.text: list(find_mistakes(one, made.annotations))
        for one, made in zip(sentences, found, strict=True)
    }
    assert {text: wrong for text, wrong in mistakes.items() if wrong} == {}


def test_the_shipped_sentences_cover_what_they_should() -> None:
    sentences = must_not_break()
    assert sentences[0].document.text == "An allergy to penicillin can cause an anaphylactic reaction."
    assert {a.label for one in sentences for a in one.document.annotations} == set(LABEL_NAMES)
    assert sum(not one.document.annotations and one.labels == set(LABEL_NAMES) for one in sentences) >= 3
    assert any("α" in a.text for one in sentences for a in one.document.annotations)
    assert len({one.document.id for one in sentences}) == len(sentences)


def test_the_shipped_file_is_in_the_programs_own_format() -> None:
    problems: list[object] = []
    documents = list(read_documents(SHIPPED_FILE, problems.append, "jsonl"))
    assert [one.annotations for one in documents] == [one.document.annotations for one in must_not_break()]
    assert problems == []


def test_a_lab_adds_its_own_sentences_with_or_without_offsets(tmp_path: Path) -> None:
    write(
        tmp_path / FILE_NAME,
        {"text": "Velocumab cures lumositis.", "spans": [{"text": "lumositis", "label": "Disease"}]},
        "",
        {"text": "BRX7, not BRX7", "spans": [{"start": 10, "end": 14, "label": "GeneOrGeneProduct"}]},
        {"text": "Nothing at all.", "forbidden": ["Drug", "Gene"]},
    )
    own = must_not_break(tmp_path)[len(must_not_break()) :]
    assert [one.document.id for one in own] == ["must_not_break-1", "must_not_break-3", "must_not_break-4"]
    assert [[a.key for a in one.document.annotations] for one in own] == [[(16, 25, "Disease")], [(10, 14, "Gene")], []]
    assert own[2].labels == {"Chemical", "Gene"}
    assert must_not_break(tmp_path / "elsewhere") == must_not_break()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "is no JSON"),
        ("[1]", "is no object"),
        ({"text": "Rash."}, "asks for nothing"),
        ({"spans": [{"text": "rash", "label": "Disease"}]}, "neither `text` nor"),
        ({"text": "Rash and rash and rash", "spans": [{"text": "rash", "label": "Disease"}]}, "2 times"),
        ({"text": "Fever.", "spans": [{"text": "rash", "label": "Disease"}]}, "0 times"),
        ({"text": "Fever.", "spans": [{"start": 1, "end": 3, "text": "rash", "label": "Disease"}]}, "is not the text"),
        ({"text": "Fever.", "spans": [{"text": "Fever"}]}, "no label"),
        ({"text": "Fever.", "spans": ["Fever"]}, "no list of objects"),
        ({"text": "Fever.", "forbidden": "Gene"}, "no list of names"),
        ({"text": "Fever.", "forbidden": [""]}, "no list of names"),
    ],
)
def test_a_sentence_that_would_guard_nothing_is_refused_with_its_line(line: object, told: str, tmp_path: Path) -> None:
    path = write(tmp_path / "own.jsonl", {"text": "Fever.", "forbidden": ["Gene"]}, line)
    with pytest.raises(BadInput, match=r"Line 2 of .*own\.jsonl") as caught:
        read_sentences(path)
    assert told in str(caught.value)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadInput, match="cannot be read"):
        must_not_break(tmp_path)


@pytest.mark.parametrize(
    ("made", "mistakes"),
    [
        ([("BRX7", "Gene"), ("foxes", "Species")], []),
        ([("BRX7", "Gene"), ("foxes", "Species"), ("rash", "Disease")], []),
        ([("BRX7", "Gene")], ["'foxes' should be Species, but nothing is found"]),
        (
            [("BRX7", "Chemical"), ("foxes", "Species")],
            ["'BRX7' should be Gene, but 'BRX7' Chemical is found", "'BRX7' should not be Chemical"],
        ),
        ([("BRX7 in", "Gene"), ("foxes", "Species")], ["'BRX7' should be Gene, but 'BRX7 in' Gene is found"]),
        ([("BRX7", "Gene"), ("foxes", "Species"), ("patients", "Species")], []),
        (
            [("BRX7", "Gene"), ("foxes", "Species"), ("rash", "Chemical")],
            ["'rash' should not be Chemical"],
        ),
    ],
)
def test_mistakes_are_told_in_words(made: list[tuple[str, str]], mistakes: list[str], tmp_path: Path) -> None:
    text = "BRX7 in foxes; patients had rash."
    line = {
        "text": text,
        "spans": [{"text": "BRX7", "label": "Gene"}, {"text": "foxes", "label": "Species"}],
        "forbidden": ["Chemical"],
    }
    (sentence,) = read_sentences(write(tmp_path / "own.jsonl", line))
    spans = [Annotation(text.index(it), text.index(it) + len(it), it, label) for it, label in made]
    assert list(find_mistakes(sentence, spans)) == mistakes


def test_only_what_was_right_before_can_break() -> None:
    assert SentenceResult("1", "", (), ("wrong",)).is_newly_broken
    assert not SentenceResult("1", "", ("wrong",), ("wrong",)).is_newly_broken
    assert not SentenceResult("1", "", ("wrong",), ()).is_newly_broken


def test_both_models_are_checked_by_the_same_sentence() -> None:
    sentence = must_not_break()[0]
    result = check_sentence(sentence, sentence.document.annotations, ())
    assert result.promoted == ()
    assert len(result.candidate) == 3
    assert result.is_newly_broken
