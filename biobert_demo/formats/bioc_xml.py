"""BioC XML enters and documents leave, and the other way round."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO, TextIO
from xml.sax.saxutils import escape, quoteattr

from biobert_demo.documents import Document
from biobert_demo.errors import BadInput, InvalidSpan, Problem
from biobert_demo.formats.bioc import from_document, to_document
from biobert_demo.formats.common import Report, SeenIds, stem, warn
from biobert_demo.formats.losses import Losses

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE collection SYSTEM "BioC.dtd">\n'
    "<collection><source>biobert-demo</source><date></date><key></key>\n"
)
_DEEPEST = 50
# XML 1.0 has no way to write these, not even as references.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def read_bioc_xml(stream: BinaryIO, source: str, report: Report) -> Iterator[Document]:
    """The documents, one at a time; one that cannot be used is reported and left out, see `bioc.to_document`.

    Raises BadInput for XML that is broken, and for XML that defines entities: those can be made to fill any memory or
    to read other files, and BioC needs none.
    """
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import iterparse

    seen = SeenIds(source, report)
    number = 0
    open_elements: list[Any] = []
    try:
        for event, element in iterparse(stream, events=("start", "end"), forbid_dtd=False):
            if event == "start":
                open_elements.append(element)
                if len(open_elements) > _DEEPEST:
                    raise BadInput(f"{source} nests XML elements {_DEEPEST} deep, which BioC never does; is it BioC?")
                continue
            open_elements.pop()
            if element.tag != "document":
                continue
            number += 1
            raw = _to_raw(element)
            # Let go of what was read: the collection would otherwise hold every document.
            for parent in open_elements:
                parent.clear()
            try:
                document = to_document(raw, f"{stem(source)}-{number}", source, report)
            except (InvalidSpan, ValueError) as error:
                message = f"document {number}: {error}; the document is left out"
                report(Problem(source, message, None, raw.get("id"), text_lost=True))
                continue
            seen.check(document.id)
            yield document
    except BadInput:
        raise
    except (ParseError, LookupError) as error:
        raise BadInput(
            f"{source} is not well-formed XML ({error}); nothing after that place can be read, so correct it there."
        ) from error
    except DefusedXmlException as error:
        raise BadInput(
            f"{source} defines XML entities ({type(error).__name__}), which are refused because they can fill the memory "
            "or read other files; write the file without them."
        ) from error


def write_bioc_xml(documents: Iterable[Document], stream: TextIO, report: Report = warn) -> None:
    """One collection; control characters that XML cannot hold become U+FFFD, so offsets hold."""
    losses = Losses("BioC output", report)
    stream.write(_HEAD)
    for document in documents:
        raw = from_document(document, losses)
        if found := _ILLEGAL.findall(document.text):
            losses.add("characters that XML forbids, written as U+FFFD", document.id, ascii(found[0]), len(found))
        for label in {one.label for one in document.annotations if _ILLEGAL.search(one.label)}:
            losses.add("labels with characters that XML forbids, written as U+FFFD", document.id, ascii(label))
        stream.write(f"<document><id>{_text(raw['id'])}</id>\n")
        for passage in raw["passages"]:
            stream.write(f"<passage>{_infons(passage)}<offset>{passage['offset']}</offset>")
            stream.write(f"<text>{_text(passage['text'])}</text>\n")
            for annotation in passage["annotations"]:
                place = "".join(f'<location offset="{o}" length="{n}"/>' for o, n in _places(annotation))
                stream.write(f'<annotation id="{annotation["id"]}">{_infons(annotation)}{place}')
                stream.write(f"<text>{_text(annotation['text'])}</text></annotation>\n")
            stream.write("</passage>\n")
        for relation in raw["relations"]:
            nodes = "".join(f'<node refid="{node["refid"]}" role="{node["role"]}"/>' for node in relation["nodes"])
            stream.write(f'<relation id="{relation["id"]}">{_infons(relation)}{nodes}</relation>\n')
        stream.write("</document>\n")
    stream.write("</collection>\n")
    losses.tell()


def _to_raw(element: Any) -> dict[str, Any]:
    """The element in the shape of BioC JSON: repeated children become lists under a plural name."""
    raw: dict[str, Any] = dict(element.attrib)
    infons: dict[str, str] = {}
    for child in element:
        if child.tag == "infon":
            key, value = child.get("key", ""), child.text or ""
            infons[key] = f"{infons[key]}|{value}" if key in infons and key != "type" else value
        elif child.tag in ("id", "offset", "text"):
            raw[child.tag] = child.text or ""
        elif child.tag in ("passage", "sentence", "annotation", "relation", "location", "node"):
            raw.setdefault(f"{child.tag}s", []).append(_to_raw(child))
    return {**raw, "infons": infons}


def _infons(raw: dict[str, Any]) -> str:
    return "".join(f"<infon key={_attribute(key)}>{_text(value)}</infon>" for key, value in raw["infons"].items())


def _places(annotation: dict[str, Any]) -> Iterator[tuple[int, int]]:
    return ((location["offset"], location["length"]) for location in annotation["locations"])


def _text(text: str) -> str:
    # A bare CR would be read as LF.
    return escape(_ILLEGAL.sub("\ufffd", text), {"\r": "&#13;"})


def _attribute(text: str) -> str:
    return quoteattr(_ILLEGAL.sub("\ufffd", text))
