"""Files of sentences that must not break enter; the sentences, and what a model gets wrong in them, leave.

One JSON object a line: {"text": "...", "spans": [{"text": "penicillin", "label": "Chemical"}], "forbidden": ["Gene"]}.
The spans have to be found as they are; `start` and `end` may be left out where the text of the span stands in the
sentence once. Of a label under `forbidden` nothing may be found but those spans. docs/gate.md tells how a lab adds its
own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from biobert_demo.annotations import Annotation, canonical_label
from biobert_demo.errors import BadInput
from biobert_demo.formats.common import excerpt
from biobert_demo.formats.json_values import iterate_lines
from biobert_demo.formats.records import to_document
from biobert_demo.recognition import drop_person_words
from biobert_demo.reviewed import ReviewedDocument

FILE_NAME = "must_not_break.jsonl"
SHIPPED_FILE = Path(__file__).with_name("samples") / FILE_NAME


@dataclass(frozen=True, slots=True)
class SentenceResult:
    """What the promoted model and the candidate get wrong in a sentence, in words; nothing where it is right."""

    id: str
    text: str
    promoted: tuple[str, ...] = ()
    candidate: tuple[str, ...] = ()

    @property
    def is_newly_broken(self) -> bool:
        """Whether the promoted model has it right and the candidate has not."""
        return bool(self.candidate) and not self.promoted

    def to_record(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "id": self.id,
            "text": self.text,
            "promoted": list(self.promoted),
            "candidate": list(self.candidate),
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> SentenceResult:
        """What `to_record` wrote."""
        return cls(record["id"], record["text"], tuple(record["promoted"]), tuple(record["candidate"]))


def must_not_break(home: Path | None = None) -> list[ReviewedDocument]:
    """The sentences that ship with the program, and those of the lab in `home`/must_not_break.jsonl if it has some."""
    sentences = read_sentences(SHIPPED_FILE)
    if home is not None and (home / FILE_NAME).exists():
        sentences += read_sentences(home / FILE_NAME)
    return sentences


def read_sentences(path: Path) -> list[ReviewedDocument]:
    """The sentences of a file; `labels` of each are the forbidden ones, beyond the spans that are required.

    Raises BadInput, naming the line, for anything that cannot be used: a sentence that was left out would guard nothing.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="\n") as lines:
            return [
                _to_sentence(value, path, number)
                for number, value in iterate_lines(lines, lambda message, line, **_: _refuse(path, line, message))
            ]
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"The sentences in {path} cannot be read ({error}); restore the file or remove it.") from error


def check_sentence(
    sentence: ReviewedDocument, promoted: Sequence[Annotation], candidate: Sequence[Annotation]
) -> SentenceResult:
    """What two models get wrong in a sentence."""
    return SentenceResult(
        sentence.document.id,
        sentence.document.text,
        tuple(find_mistakes(sentence, promoted)),
        tuple(find_mistakes(sentence, candidate)),
    )


def find_mistakes(sentence: ReviewedDocument, predicted: Sequence[Annotation]) -> Iterator[str]:
    """Each required span that is not there as it should be, and each span of a forbidden label, in words."""
    required = drop_person_words(sentence.document.annotations)
    made = drop_person_words(predicted)
    wanted, keys = {one.key for one in required}, {one.key for one in made}
    for one in required:
        if one.key not in keys:
            instead = [f"{excerpt(it.text)} {it.label}" for it in made if it.start < one.end and one.start < it.end]
            found = " and ".join(instead) or "nothing"
            yield f"{excerpt(one.text)} should be {one.label}, but {found} is found"
    for one in made:
        if one.label in sentence.labels and one.key not in wanted:
            yield f"{excerpt(one.text)} should not be {one.label}"


def _to_sentence(value: Any, path: Path, line: int) -> ReviewedDocument:
    if not isinstance(value, dict):
        _refuse(path, line, f"{excerpt(str(value))} is no object")
    spans, forbidden = value.get("spans") or [], value.get("forbidden") or []
    if not isinstance(spans, list) or not all(isinstance(one, dict) for one in spans):
        _refuse(path, line, f"the spans {excerpt(str(spans))} are no list of objects")
    if not isinstance(forbidden, list) or not all(isinstance(one, str) and one.strip() for one in forbidden):
        _refuse(path, line, f"the forbidden labels {excerpt(str(forbidden))} are no list of names")
    if not spans and not forbidden:
        _refuse(path, line, "it asks for nothing: it has neither spans nor forbidden labels")
    record = {**value, "spans": [_with_offsets(one, value.get("text"), path, line) for one in spans]}
    try:
        document = to_document(record, f"{path.stem}-{line}", lambda message, **_: _refuse(path, line, message))
    except ValueError as error:
        if isinstance(error, BadInput):
            raise
        _refuse(path, line, str(error))
    return ReviewedDocument(document, frozenset(map(canonical_label, forbidden)))


def _with_offsets(span: Mapping[str, Any], text: Any, path: Path, line: int) -> dict[str, Any]:
    label = span.get("label")
    named = {**span, "label": canonical_label(label)} if isinstance(label, str) else dict(span)
    surface = span.get("text")
    if "start" in span or not isinstance(text, str) or not isinstance(surface, str) or not surface:
        return named
    if (times := text.count(surface)) != 1:
        _refuse(path, line, f"{excerpt(surface)} stands in the text {times} times; give its start and end")
    start = text.index(surface)
    return {**named, "start": start, "end": start + len(surface)}


def _refuse(path: Path, line: int, message: str) -> Any:
    raise BadInput(f"Line {line} of {path} is no sentence to guard: {message}; correct the line or remove it.")
