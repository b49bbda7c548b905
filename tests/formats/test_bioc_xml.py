"""XML bytes enter; documents, refusals of hostile XML, and XML that other programs read are checked."""

from __future__ import annotations

import io
from collections.abc import Iterator
from xml.etree import ElementTree

import pytest

from biobert_demo.annotations import Annotation, Relation
from biobert_demo.documents import Document, Passage
from biobert_demo.errors import BadInput, Problem
from biobert_demo.formats.bioc_xml import read_bioc_xml, write_bioc_xml

SAMPLE = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE collection SYSTEM "BioC.dtd">
<collection><source>invented</source><date/><key/>
  <document>
    <id>7</id>
    <passage>
      <infon key="type">title</infon>
      <offset>0</offset>
      <text>A &lt;rare&gt; allergy</text>
      <annotation id="1">
        <infon key="type">Disease</infon><infon key="MESH">D1</infon><infon key="MESH">D2</infon>
        <location offset="9" length="7"/><text>allergy</text>
      </annotation>
    </passage>
    <passage><infon key="type">abstract</infon><offset>17</offset><text>Velocumab.</text></passage>
    <relation id="R0">
      <infon key="relation">CID</infon><infon key="Chemical">C1</infon><infon key="Disease">D1</infon>
    </relation>
  </document>
  %s
</collection>
"""


def read(xml: str | bytes) -> tuple[list[Document], list[Problem]]:
    problems: list[Problem] = []
    stream = io.BytesIO(xml if isinstance(xml, bytes) else xml.encode())
    return list(read_bioc_xml(stream, "a.xml", problems.append)), problems


def test_a_collection_is_read() -> None:
    (document,), problems = read(SAMPLE % "")

    assert document == Document(
        "7",
        "A <rare> allergy\nVelocumab.",
        (Passage("title", 0, 16), Passage("abstract", 17, 27)),
        (Annotation(9, 16, "allergy", "Disease", ("D1", "D2")),),
        (Relation("CID", ("C1", "D1")),),
    )
    assert problems == []


def test_other_encodings_are_told_by_the_declaration() -> None:
    xml = '<?xml version="1.0" encoding="ISO-8859-1"?><collection><document><id>1</id><passage><offset>0</offset>'
    documents, _ = read((xml + "<text>é</text></passage></document></collection>").encode("latin-1"))

    assert documents[0].text == "é"


def test_a_document_that_cannot_be_used_is_reported_and_the_next_is_read() -> None:
    bad = "<document><id>8</id><passage><text>no offset</text></passage></document>"
    good = "<document><id>9</id><passage><offset>0</offset><text>x</text></passage></document>"
    documents, problems = read(SAMPLE % (bad + good))

    assert [document.id for document in documents] == ["7", "9"]
    assert [(p.document_id, p.text_lost) for p in problems] == [("8", True)]
    assert "document 2: the offset of a passage is 'None'" in problems[0].message


def test_ids_that_are_missing_or_repeat() -> None:
    block = "<document>%s<passage><offset>0</offset><text>x</text></passage></document>"
    documents, problems = read(f"<collection>{block % ''}{block % '<id>7</id>'}{block % '<id>7</id>'}</collection>")

    assert [document.id for document in documents] == ["a-1", "7", "7"]
    assert [p.document_id for p in problems] == ["7"]


ENTITY = '<!DOCTYPE c [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><c>&b;</c>'
EXTERNAL = '<!DOCTYPE c [<!ENTITY a SYSTEM "file:///etc/hostname">]><c>&a;</c>'
PARAMETER = '<!DOCTYPE c [<!ENTITY %% a SYSTEM "file:///etc/hostname"> %%a;]><c/>'


@pytest.mark.parametrize("xml", [ENTITY, EXTERNAL, PARAMETER.replace("%%", "%")])
def test_xml_that_defines_entities_is_refused(xml: str) -> None:
    with pytest.raises(BadInput, match=r"a\.xml defines XML entities .* refused .* write the file without them"):
        read(xml)


@pytest.mark.parametrize(
    ("xml", "message"),
    [
        ("<collection><document>", "not well-formed XML"),
        ("<collection></document>", "not well-formed XML .*mismatched tag: line 1"),
        ("<collection>\x01</collection>", "not well-formed XML"),
        ("<collection>&undefined;</collection>", "not well-formed XML"),
        ('<?xml version="1.0" encoding="no-such"?><collection/>', "not well-formed XML .*no-such|unknown encoding"),
        ("<a>" * 60 + "</a>" * 60, "nests XML elements 50 deep"),
    ],
)
def test_broken_xml_is_bad_input(xml: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        read(xml)


def test_documents_before_a_broken_place_are_given_out() -> None:
    documents = read_bioc_xml(io.BytesIO((SAMPLE % "<document><id>").encode()), "a.xml", pytest.fail)

    assert next(documents).id == "7"
    with pytest.raises(BadInput):
        next(documents)


class Endless(io.RawIOBase):
    """A collection that never ends; it tells how much of it was read."""

    def __init__(self) -> None:
        self.pieces = self._pieces()
        self.size = 0

    def _pieces(self) -> Iterator[bytes]:
        head, _, tail = SAMPLE.encode().partition(b"<document>")
        document = b"<document>" + tail.partition(b"%s")[0].replace(b"Velocumab.", b"Velocumab. " * 400)
        yield head
        while True:
            yield document

    def read(self, size: int = -1) -> bytes:
        piece = next(self.pieces)
        self.size += len(piece)
        return piece


def test_documents_are_read_one_at_a_time_and_let_go() -> None:
    import tracemalloc

    stream = Endless()
    documents = read_bioc_xml(stream, "a.xml", lambda problem: None)
    for _ in range(10):
        next(documents)
    tracemalloc.start()
    for _ in range(300):
        next(documents)
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert stream.size > 1_000_000
    assert grown < stream.size / 4


def test_what_is_written_is_valid_against_the_order_of_the_dtd() -> None:
    annotation = Annotation(0, 7, "allergy", "Disease", ("MESH:D1",), 0.98765)
    document = Document("<7>", "allergy & \r\n\x00]]>", (), (annotation,), (Relation("CID", ("C1", 'D"1')),))
    stream = io.StringIO()
    problems: list[Problem] = []
    write_bioc_xml([document, document], stream, problems.append)

    assert [p.message for p in problems] == ["characters that XML forbids, written as U+FFFD: 2 (the first: '\\x00')"]
    root = ElementTree.fromstring(stream.getvalue())
    assert [child.tag for child in root] == ["source", "date", "key", "document", "document"]
    found = root[3]
    assert [child.tag for child in found] == ["id", "passage", "relation"]
    assert [child.tag for child in found[1]] == ["infon", "offset", "text", "annotation"]
    assert [child.tag for child in found[1][3]] == ["infon", "infon", "infon", "location", "text"]
    assert found[1][2].text == "allergy & \r\n\ufffd]]>"
    assert found[1][3][2].text == "0.9877"
    assert "<!DOCTYPE collection SYSTEM" in stream.getvalue()
