"""A spaCy DocBin (.spacy) enters and documents leave, and the other way round (https://spacy.io/api/docbin).

`doc.ents` holds the mentions that are whole words and do not overlap, the longest first; `doc.spans["sc"]`, where
spaCy's span categorizer looks, all that are whole words; `doc.spans["widened"]` the others, widened to words; and
`doc.spans["rejected"]` and `["ignored"]` what a reviewer did not accept. The exact offsets and all that spaCy has no
field for are in `doc.user_data["biobert_demo"]`: {"id", "passages", "spans", "relations"} as in JSON Lines.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, BinaryIO

from biobert_demo.annotations import Annotation
from biobert_demo.documents import Document
from biobert_demo.errors import BadInput, Problem
from biobert_demo.formats.common import Report, SeenIds, stem, warn
from biobert_demo.formats.records import to_document, to_record
from biobert_demo.segmentation import split_words

if TYPE_CHECKING:
    from spacy.tokens import Doc, DocBin
    from spacy.vocab import Vocab

    from biobert_demo.formats.files import ByteSource

MAX_BYTES = 2**30
"""The most that a DocBin may take unpacked, about 80,000 abstracts: it is one block, so all of it is held at once."""

KEY = "biobert_demo"
"""The key of `doc.user_data` that holds what spaCy has no field for."""

EXACT, WIDENED = "sc", "widened"
_UNACCEPTED = ("rejected", "ignored")
_ATTRIBUTES = ("ORTH", "ENT_IOB", "ENT_TYPE", "ENT_KB_ID")
_CHUNK = 1 << 16

_Key = tuple[int, int, str]


def read_docbin(stream: ByteSource, source: str, report: Report) -> Iterator[Document]:
    """The documents; those of other programs are called `{file stem}-{n}` and have `doc.ents` and all of `doc.spans`.

    Where somebody changed `doc.ents` or `doc.spans` of a file that was written here, these count and not what
    `user_data` says, which is reported. Raises BadInput for what is no DocBin or takes more than MAX_BYTES.
    """
    from spacy.tokens import DocBin
    from spacy.vocab import Vocab

    _resolve_entry_points()
    data = _read_all(stream, source)
    try:
        docbin = DocBin().from_bytes(data)
        docs = docbin.get_docs(Vocab())
        total = len(docbin)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        raise BadInput(
            f"{source} is no spaCy DocBin, or a damaged one ({error}); write it again with `DocBin.to_disk`."
        ) from error
    seen = SeenIds(source, report)
    for number in range(1, total + 1):
        try:
            doc = next(docs)
        except StopIteration:
            return
        except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
            left = total - number + 1
            message = f"document {number} cannot be read ({error}); it and those behind it, {left} in all, are left out"
            report(Problem(source, message, text_lost=True))
            return
        document = _to_document(doc, f"{stem(source)}-{number}", source, report)
        seen.check(document.id)
        yield document


def write_docbin(documents: Iterable[Document], stream: BinaryIO, report: Report = warn) -> None:
    """One DocBin with everything; raises BadInput for more than fits MAX_BYTES."""
    from spacy.tokens import DocBin
    from spacy.vocab import Vocab

    _resolve_entry_points()
    vocab = Vocab()
    docbin = DocBin(attrs=_ATTRIBUTES, store_user_data=True)
    size = 0
    for document in documents:
        doc = _to_doc(document, vocab)
        docbin.add(doc)
        size += _size_of_last(docbin)
        if size > MAX_BYTES:
            raise BadInput(
                f"The documents take more than {MAX_BYTES >> 20} MiB as one DocBin (the limit was reached at document "
                f"{len(docbin):,}); write JSON Lines, or several DocBins."
            )
    stream.write(docbin.to_bytes())


def _resolve_entry_points() -> None:
    """Ask all installed packages for msgpack encoders once: srsly does so for each value, most of a DocBin's time."""
    import srsly

    for registry in (srsly.msgpack_encoders, srsly.msgpack_decoders):
        if registry.entry_points:
            for name, function in registry.get_all().items():
                registry.register(name, func=function)
            registry.entry_points = False


def _read_all(stream: ByteSource, source: str) -> bytes:
    """The packed bytes, of which it is known that they unpack to no more than MAX_BYTES."""
    pieces: list[bytes] = []
    unpacker = zlib.decompressobj()
    size = 0
    try:
        while chunk := stream.read():
            stream.begin_document()
            pieces.append(chunk)
            while chunk:
                size += len(unpacker.decompress(chunk, _CHUNK))
                chunk = unpacker.unconsumed_tail
                if size > MAX_BYTES:
                    raise BadInput(
                        f"{source} is a DocBin of more than {MAX_BYTES >> 20} MiB (unpacked); split it into several."
                    )
    except zlib.error as error:
        raise BadInput(
            f"{source} is no spaCy DocBin, or a damaged one ({error}); write it again with `DocBin.to_disk`."
        ) from error
    return b"".join(pieces)


def _to_doc(document: Document, vocab: Vocab) -> Doc:
    from spacy.tokens import Doc

    words, spaces = _tokens(document.text)
    doc = Doc(vocab, words=words, spaces=spaces)
    record = to_record(document)
    doc.user_data[KEY] = {key: value for key, value in record.items() if key != "text"}
    entities, groups = _marks(doc, document.annotations)
    identifiers = {a.key: a.identifiers[0] for a in document.annotations if a.identifiers}

    def span_of(key: _Key) -> Any:
        start, end, label = key
        return doc.char_span(start, end, label, kb_id=identifiers.get(key, 0), alignment_mode="expand")

    doc.set_ents([span_of(key) for key in entities])
    for name, keys in groups.items():
        doc.spans[name] = [span_of(key) for key in keys]
    return doc


def _tokens(text: str) -> tuple[list[str], list[bool]]:
    """spaCy's view of a text: words, each with or without a space behind it; other white space is a token too."""
    words: list[str] = []
    spaces: list[bool] = []
    place = 0
    for word in [*split_words(text), None]:
        gap = text[place : len(text) if word is None else word.start]
        if gap.startswith(" ") and spaces:
            spaces[-1] = True
            gap = gap[1:]
        if gap:
            words.append(gap)
            spaces.append(False)
        if word is not None:
            words.append(word.of(text))
            spaces.append(False)
            place = word.end
    return words, spaces


def _marks(doc: Doc, annotations: Sequence[Annotation]) -> tuple[list[_Key], dict[str, list[_Key]]]:
    """(entities, span groups) that a document's annotations give, as exact (start, end, label)."""
    starts = {token.idx for token in doc if not token.text.isspace()}
    ends = {token.idx + len(token) for token in doc if not token.text.isspace()}
    groups: dict[str, list[_Key]] = {EXACT: []}
    for annotation in sorted(annotations, key=lambda a: a.key):
        is_exact = annotation.start in starts and annotation.end in ends
        name = annotation.state if annotation.state in _UNACCEPTED else EXACT if is_exact else WIDENED
        group = groups.setdefault(str(name), [])
        if annotation.key not in group[-1:]:
            group.append(annotation.key)
    entities: list[_Key] = []
    taken: set[int] = set()
    for start, end, label in sorted(groups[EXACT], key=lambda key: (key[0] - key[1], key)):
        if not taken.intersection(range(start, end)):
            taken.update(range(start, end))
            entities.append((start, end, label))
    return sorted(entities), groups


def _to_document(doc: Doc, made_up_id: str, source: str, report: Report) -> Document:
    record = doc.user_data.get(KEY)
    own: dict[str, Any] = _with_lists(record) if isinstance(record, dict) else {}
    document = to_document({**own, "text": doc.text}, made_up_id, lambda message: report(Problem(source, message)))
    entities, groups = _marks(doc, document.annotations)
    if own and _keys(doc.ents) == entities and _keys(doc.spans.get(EXACT, ())) == groups[EXACT]:
        return document
    if own:
        message = "its entities or spans were changed after it was written here; read as they are in spaCy"
        report(Problem(source, message, None, document.id))
    return replace(document, annotations=tuple(_found(doc)))


def _found(doc: Doc) -> Iterator[Annotation]:
    """What spaCy itself holds: entities and spans of every group, each place and label once."""
    found: dict[_Key, Annotation] = {}
    spans = [*doc.ents, *(span for group in doc.spans.values() for span in group)]
    for span in spans:
        start, end, label = key = (span.start_char, span.end_char, span.label_ or "Entity")
        if start < end:
            identifiers = (span.kb_id_,) if span.kb_id_ else ()
            found.setdefault(key, Annotation(start, end, doc.text[start:end], label, identifiers))
    return (found[key] for key in sorted(found))


def _keys(spans: Iterable[Any]) -> list[_Key]:
    return sorted((span.start_char, span.end_char, span.label_) for span in spans)


def _with_lists(value: Any) -> Any:
    """msgpack gives tuples for the lists that were written."""
    if isinstance(value, dict):
        return {key: _with_lists(item) for key, item in value.items()}
    return [_with_lists(item) for item in value] if isinstance(value, list | tuple) else value


def _size_of_last(docbin: DocBin) -> int:
    return docbin.tokens[-1].nbytes + len(docbin.user_data[-1] or b"") + len(docbin.span_groups[-1])
