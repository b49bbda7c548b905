"""Documents and DocBins enter; what spaCy sees in them, and what comes back, is checked."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest

from biobert_demo.annotations import Annotation, Relation
from biobert_demo.documents import Document
from biobert_demo.errors import BadInput, Problem
from biobert_demo.formats import docbin, read_documents, write_documents

spacy = pytest.importorskip("spacy")
from spacy.tokens import Doc, DocBin, Span  # noqa: E402

TEXT = "An IL-2-induced  allergy\nto β-catenin. "
GENE = Annotation(3, 7, "IL-2", "Gene", ("NCBIGene:3558",), 0.5)
NESTED = Annotation(3, 15, "IL-2-induced", "Sign")
INSIDE = Annotation(19, 24, "lergy", "Odd")
REJECTED = Annotation(17, 24, "allergy", "Disease", state="rejected")


def docs_of(path: Path) -> list[Doc]:
    return list(DocBin().from_disk(path).get_docs(spacy.blank("en").vocab))


def spans(found: object) -> list[tuple[str, str, str]]:
    return [(span.text, span.label_, span.kb_id_) for span in found]  # type: ignore[attr-defined]


def write(path: Path, *documents: Document) -> Path:
    write_documents(documents, path, "docbin", pytest.fail)
    return path


def test_spacy_sees_tokens_entities_and_spans(tmp_path: Path) -> None:
    document = Document("7", TEXT, (), (GENE, NESTED, REJECTED, INSIDE))
    (doc,) = docs_of(write(tmp_path / "a.spacy", document))

    assert doc.text == TEXT
    assert [token.text for token in doc][:7] == ["An", "IL", "-", "2", "-", "induced", " "]
    assert spans(doc.ents) == [("IL-2-induced", "Sign", "")]
    assert spans(doc.spans["sc"]) == [("IL-2", "Gene", "NCBIGene:3558"), ("IL-2-induced", "Sign", "")]
    assert spans(doc.spans["widened"]) == [("allergy", "Odd", "")]
    assert spans(doc.spans["rejected"]) == [("allergy", "Disease", "")]
    assert doc.user_data["biobert_demo"]["spans"][3] == {"start": 19, "end": 24, "text": "lergy", "label": "Odd"}


@pytest.mark.parametrize(
    "text", ["", " ", "  a", "a ", "a  b", "\n", "a\n b", "a\r\n\tb ", "\u2028", "e\u0301 😀\u200b x"]
)
def test_every_character_of_a_text_is_in_its_tokens(tmp_path: Path, text: str) -> None:
    path = write(tmp_path / "a.spacy", Document("7", text), Document("8", "x"))

    assert [doc.text for doc in docs_of(path)] == [text, "x"]
    assert [document.text for document in read_documents(path, pytest.fail)] == [text, "x"]


def test_docbins_of_other_programs_give_their_entities_and_spans(tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    doc = nlp("An allergy to velocumab.")
    doc.ents = [Span(doc, 1, 2, "Disease", kb_id="MESH:D1")]
    doc.spans["mine"] = [Span(doc, 3, 4, "Chemical"), Span(doc, 1, 2, "Disease")]
    DocBin(docs=[doc, nlp("Nothing.")], store_user_data=True).to_disk(tmp_path / "set.spacy")
    documents = list(read_documents(tmp_path / "set.spacy", pytest.fail))

    found = (Annotation(3, 10, "allergy", "Disease", ("MESH:D1",)), Annotation(14, 23, "velocumab", "Chemical"))
    assert documents == [Document("set-1", "An allergy to velocumab.", (), found), Document("set-2", "Nothing.")]


def test_entities_that_somebody_changed_count_and_are_reported(tmp_path: Path) -> None:
    path = write(tmp_path / "a.spacy", Document("7", TEXT, (), (GENE, INSIDE), (Relation("CID", ("a", "b")),)))
    (doc,) = docs_of(path)
    doc.ents = [doc.char_span(28, 37, "Gene")]
    del doc.spans["sc"], doc.spans["widened"]
    DocBin(docs=[doc], store_user_data=True).to_disk(path)
    problems: list[Problem] = []
    (document,) = read_documents(path, problems.append)

    assert document.annotations == (Annotation(28, 37, "β-catenin", "Gene"),)
    assert (document.id, len(document.relations)) == ("7", 1)
    assert [(p.document_id, "changed after" in p.message) for p in problems] == [("7", True)]


def test_what_does_not_fit_in_user_data_is_reported(tmp_path: Path) -> None:
    doc = spacy.blank("en")("An allergy")
    doc.user_data["biobert_demo"] = {"id": "7", "spans": [{"start": 3, "end": 99, "label": "Disease"}], "passages": []}
    DocBin(docs=[doc], store_user_data=True).to_disk(tmp_path / "a.spacy")
    problems: list[Problem] = []

    assert list(read_documents(tmp_path / "a.spacy", problems.append)) == [Document("7", "An allergy")]
    assert "outside the text of 10" in problems[0].message


@pytest.mark.parametrize(
    "content",
    [
        b"no zlib",
        b"\x78\x9cnonsense",
        zlib.compress(b"no msgpack"),
        zlib.compress(b"\x80"),
        zlib.compress(b"\x81\xa5attrs\x90"),
        zlib.compress(b"\x93\x01\x02\x03"),
    ],
)
def test_what_is_no_docbin_is_bad_input(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.spacy"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=r"a.spacy is no spaCy DocBin, or a damaged one"):
        list(read_documents(path, pytest.fail))


def test_a_docbin_that_was_cut_off_is_bad_input(tmp_path: Path) -> None:
    path = write(tmp_path / "a.spacy", Document("7", TEXT))
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(BadInput, match=r"is no spaCy DocBin, or a damaged one"):
        list(read_documents(path, pytest.fail))


def test_documents_before_a_damaged_one_are_read_and_the_others_counted(tmp_path: Path) -> None:
    path = write(tmp_path / "a.spacy", *(Document(str(n), f"Text {n}") for n in range(5)))
    damaged = DocBin(store_user_data=True).from_disk(path)
    damaged.span_groups[2] = b"\xc1"
    damaged.to_disk(path)
    problems: list[Problem] = []

    assert [document.id for document in read_documents(path, problems.append)] == ["0", "1"]
    assert [p.text_lost for p in problems] == [True]
    assert "document 3 cannot be read" in problems[0].message
    assert "3 in all, are left out" in problems[0].message


def test_a_docbin_larger_than_the_limit_is_neither_read_nor_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = [Document(str(n), "word " * 200) for n in range(20)]
    path = write(tmp_path / "a.spacy", *documents)
    monkeypatch.setattr(docbin, "MAX_BYTES", 100_000)

    with pytest.raises(BadInput, match=r"is a DocBin of more than 0 MiB \(unpacked\); split it"):
        list(read_documents(path, pytest.fail))
    with pytest.raises(BadInput, match=r"take more than 0 MiB as one DocBin .*write JSON Lines"):
        write_documents(documents, tmp_path / "b.spacy", "docbin", pytest.fail)
    assert [one.name for one in tmp_path.iterdir()] == ["a.spacy"]
