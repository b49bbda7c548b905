"""CoNLL columns (token first, tag last, a blank line between sentences) enter and documents leave, and back.

The original spacing is not in such files: tokens are joined by single spaces and sentences by a line end, so offsets
are exact for the joined text. Each sentence is a passage of the kind "sentence".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from typing import NamedTuple, TextIO

from biobert_demo.alignment import EncodedSpan, encode_spans
from biobert_demo.annotations import Annotation
from biobert_demo.documents import Document, Passage, Token
from biobert_demo.errors import Problem
from biobert_demo.formats.common import (
    NO_NUL,
    Report,
    SeenIds,
    blocks,
    excerpt,
    one_word,
    stem,
    strip_line_end,
    warn,
)
from biobert_demo.formats.losses import Losses
from biobert_demo.segmentation import split_sentences, split_words

BARE_LABEL = "Entity"
"""The label of mentions in files with a single class, whose tags are only B, I and O."""

_MARKER = re.compile(r"-DOCSTART-(?P<rest>(?:\s.*)?)|###MEDLINE:(?P<medline>.+)", re.DOTALL)
_NO_ID = frozenset(["", "O", "-X-", "_", "-"])
_TAG = re.compile(r"(?P<prefix>[BIESLU])(?:[-_](?P<label>.+))?")
_CONTINUES = frozenset("IEL")
_CLOSES = frozenset("ESLU")


class _Row(NamedTuple):
    """One token, its tag ("O" where it has none) and its line in the file."""

    token: str
    tag: str
    line: int


@dataclass(slots=True)
class _Draft:
    """A document in the making."""

    id: str
    sentences: list[str] = field(default_factory=list)
    annotations: list[Annotation] = field(default_factory=list)
    length: int = 0


def read_conll(lines: Iterable[str], source: str, report: Report) -> Iterator[Document]:
    """The documents of a file in IOB1, IOB2, BIOES or BILOU tags; columns are separated by tabs or else by spaces.

    `-DOCSTART-` (with an id in brackets, if any) and `###MEDLINE:id` begin a document; before the first of them each
    sentence is a document of its own, called `{file stem}-{n}`. An inside tag that follows no tag of its class opens
    a mention and is reported; a tag that cannot be read is reported and taken as O; the token is always kept.
    """
    seen = SeenIds(source, report)
    made_up = 0
    draft: _Draft | None = None
    for number, marker, rows in _sentences(lines, source, report):
        if marker is not None:
            if draft is not None:
                yield _finish(draft)
            made_up += 1
            draft = _Draft(_marked_id(marker) or f"{stem(source)}-{made_up}")
            seen.check(draft.id, number)
        elif draft is None:
            made_up += 1
            single = _Draft(f"{stem(source)}-{made_up}")
            _add_sentence(single, rows, source, report)
            yield _finish(single)
        else:
            _add_sentence(draft, rows, source, report)
    if draft is not None:
        yield _finish(draft)


def write_conll(documents: Iterable[Document], stream: TextIO, report: Report = warn) -> None:
    """`-DOCSTART- (id)<TAB>O` before each document, then `token<TAB>tag` in IOB2, an empty line after each sentence.

    Sentences and words are those of `biobert_demo.segmentation`, except that text which came from such a file keeps
    its own, and that sentences which a mention crosses become one. Mentions that do not begin and end with words are
    widened, and of those that overlap the longest are kept; both are reported. The format has no place for
    identifiers, relations and scores.
    """
    renamed: dict[str, str] = {}
    losses = Losses("CoNLL output", report)
    for document in documents:
        document_id = " ".join(document.id.split()).translate(NO_NUL) or "document"
        if document_id != document.id:
            losses.add("document ids written otherwise", document.id, f"{excerpt(document.id)} as {document_id!r}")
        if document.relations:
            losses.add("relations left out, since CoNLL has none", document.id, count=len(document.relations))
        stream.write(f"-DOCSTART- ({document_id})\tO\n\n")
        sentences = [words for block in blocks(document) for words in _words_of(document, block)]
        words = [word for sentence in sentences for word in sentence]
        spans = _aligned(document, words, losses)
        tags = ["O"] * len(words)
        ends = set(accumulate(map(len, sentences)))
        for span in spans:
            label = one_word(span.label, renamed, "CoNLL output", report)
            tags[span.first : span.last] = [f"B-{label}", *[f"I-{label}"] * (span.last - span.first - 1)]
            # A mention that a sentence break cuts in two shows that the break is wrong.
            ends.difference_update(range(span.first + 1, span.last))
        for position, (word, tag) in enumerate(zip(words, tags, strict=True), 1):
            stream.write(f"{word.of(document.text).translate(NO_NUL)}\t{tag}\n")
            if position in ends:
                stream.write("\n")
    losses.tell()


def _sentences(
    lines: Iterable[str], source: str, report: Report
) -> Iterator[tuple[int, re.Match[str] | None, list[_Row]]]:
    """Each document marker, with no rows, and each sentence, with no marker, in their order, with its line."""
    rows: list[_Row] = []
    for number, raw in enumerate(lines, 1):
        line = strip_line_end(raw)
        marker = _MARKER.fullmatch(line)
        if marker is None and line.strip():
            row = _to_row(line, number, source, report)
            if row is not None:
                rows.append(row)
            continue
        if rows:
            yield rows[0].line, None, rows
            rows = []
        if marker is not None:
            yield number, marker, []
    if rows:
        yield rows[0].line, None, rows


def _to_row(line: str, number: int, source: str, report: Report) -> _Row | None:
    columns = line.split("\t") if "\t" in line else re.split(" +", line.strip(" "))
    token, tag = columns[0].strip(), columns[-1].strip()
    is_tag = len(columns) > 1 and (tag == "O" or _TAG.fullmatch(tag) is not None)
    if line.startswith("#") and not is_tag:
        return None
    if not token:
        report(Problem(source, f"the line {excerpt(line)} has a tag but no token; left out", number))
        return None
    if not is_tag:
        what = f"the tag {tag!r} of" if len(columns) > 1 else "there is no tag after"
        report(Problem(source, f"{what} {excerpt(token)} is not O, B-, I-, E- or S-; read as O", number))
        return _Row(token, "O", number)
    return _Row(token, tag, number)


def _marked_id(marker: re.Match[str]) -> str:
    if marker["medline"] is not None:
        return marker["medline"].split("\t")[0].strip()
    rest = marker["rest"].strip()
    bracketed = re.match(r"\((?P<id>.+)\)(?:\s+\S+)*$", rest, re.DOTALL)
    if bracketed is not None:
        return bracketed["id"]
    column = re.split(r"[\t ]", rest)[0]
    return "" if column in _NO_ID else column


def _add_sentence(draft: _Draft, rows: list[_Row], source: str, report: Report) -> None:
    text = " ".join(row.token for row in rows)
    offset = draft.length + 1 if draft.sentences else 0
    starts = list(accumulate((len(row.token) + 1 for row in rows), initial=0))
    for first, last, label in _mentions(rows, source, draft.id, report):
        start, end = starts[first], starts[last] - 1
        draft.annotations.append(Annotation(offset + start, offset + end, text[start:end], label))
    draft.sentences.append(text)
    draft.length = offset + len(text)


def _mentions(rows: list[_Row], source: str, document_id: str, report: Report) -> Iterator[tuple[int, int, str]]:
    """(first row, row after the last, label) of each mention that the tags spell."""
    first: int | None = None
    label = ""
    for position, row in enumerate(rows):
        match = _TAG.fullmatch(row.tag)
        prefix = "O" if match is None else match["prefix"]
        row_label = "" if match is None else match["label"] or BARE_LABEL
        goes_on = first is not None and prefix in _CONTINUES and row_label == label
        if not goes_on:
            if first is not None:
                yield first, position, label
            first, label = (None, "") if match is None else (position, row_label)
            if prefix in _CONTINUES:
                message = f"the tag {row.tag} of {excerpt(row.token)} follows no tag of its class; it opens a mention"
                report(Problem(source, message, row.line, document_id))
        if first is not None and prefix in _CLOSES:
            yield first, position + 1, label
            first, label = None, ""
    if first is not None:
        yield first, len(rows), label


def _finish(draft: _Draft) -> Document:
    sentences = [("sentence", text) for text in draft.sentences]
    return Document.from_passages(draft.id, sentences, "\n", draft.annotations)


def _words_of(document: Document, block: Passage) -> Iterator[list[Token]]:
    """The words of each sentence of a passage; text that was written as tokens with single spaces is taken as such.

    A mention that begins or ends inside such a token shows that they are words and punctuation of prose instead.
    """
    text = document.text
    content = text[block.start : block.end]
    pieces = content.split(" ")
    if block.kind == "sentence" and content.split() == pieces and not any(map(_MARKER.fullmatch, pieces)):
        tokens = [Token(m.start() + block.start, m.end() + block.start) for m in re.finditer("[^ ]+", content)]
        edges = {block.start, block.end, *(edge for token in tokens for edge in (token.start, token.end))}
        places = (place for a in document.annotations for place in (a.start, a.end))
        if all(place in edges for place in places if block.start <= place <= block.end):
            yield tokens
            return
    for sentence in split_sentences(text, block.start, block.end):
        yield split_words(text, sentence.start, sentence.end)


def _aligned(document: Document, words: list[Token], losses: Losses) -> list[EncodedSpan]:
    shown = losses.mentions(document)
    kept, left_out = encode_spans(words, shown)
    exact = {annotation.key for annotation in shown}
    for span in kept:
        start, end = words[span.first].start, words[span.last - 1].end
        if (start, end, span.label) not in exact:
            example = f"{excerpt(document.text[start:end])} at {start}-{end}"
            losses.add("mentions widened to whole words", document.id, example)
    for annotation in left_out:
        example = f"{excerpt(annotation.text)} at {annotation.start}-{annotation.end}"
        losses.add("mentions that share a word with another one, or hold none, left out", document.id, example)
    with_identifiers = sum(bool(annotation.identifiers) for annotation in shown)
    if with_identifiers:
        losses.add("mentions written without their identifiers", document.id, count=with_identifiers)
    return kept
