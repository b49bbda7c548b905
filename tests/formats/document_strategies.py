"""Hypothesis strategies enter tests; documents with hostile texts, mentions and relations leave."""

from __future__ import annotations

from hypothesis import strategies as st

from biobert_demo.annotations import Annotation, Relation
from biobert_demo.documents import Document, Passage

PIECES = (
    *("allergy", "IL-2", "β-catenin", "mg/kg", "p.V600E", "a", ".", "-", "=1", "|t|", "&amp;", "<b>", '"', "'", "]]>"),
    *(" ", "  ", "\n", "\r\n", "\r", "\t", "\v", "\f", "\x1c", "\x85", "\u2028", "\u2029", "\xa0", "\u200b", "\ufeff"),
    *(
        "\x00",
        "\x01",
        "\ufffe",
        "e\u0301",
        "\u0301",
        "😀",
        "👩\u200d🔬",
        "𝛼",
        "שלום",
        "\u202eabc\u202c",
        "漢字",
        "\\u0041",
    ),
)
"""What breaks offsets, columns, lines or markup somewhere."""

LABELS = ("Disease", "Chemical", "cell_line", "Gène")
IDENTIFIERS = ("MESH:D006967", "NCBIGene:672", "OMIM:114480", "672")

texts = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
ids = st.sampled_from(("1", "10192393", "a/b", "PMC12 x", "../up", ".hidden", "ü:%41", "x~2"))


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Any text, cut into passages anywhere, with mentions at any code points."""
    text = draw(texts)
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=4)))
    bounds = list(zip(cuts[::2], cuts[1::2], strict=False))
    passages = tuple(Passage(draw(st.sampled_from(("title", "abstract", "text"))), *bound) for bound in bounds)
    spans = draw(st.lists(st.tuples(st.integers(0, len(text)), st.integers(0, len(text))), max_size=4))
    annotations = {
        (start, end, label): Annotation(
            start,
            end,
            text[start:end],
            label,
            tuple(draw(st.lists(st.sampled_from(IDENTIFIERS), unique=True, max_size=2))),
            draw(st.none() | st.integers(0, 10_000).map(lambda n: n / 10_000)),
            draw(st.sampled_from((None, "ner-0.1.0@3f", "a b"))),
            draw(st.sampled_from((None, "Ann", "日本 |B"))),
            draw(st.sampled_from((None, "unseen", "accepted", "rejected", "ignored"))),
            draw(st.sampled_from(("", "sure?", "two\nlines", " = \t"))),
        )
        for start, end in spans
        if start < end
        for label in [draw(st.sampled_from(LABELS))]
    }
    ordered = tuple(annotations[key] for key in sorted(annotations))
    relations: list[Relation] = []
    if draw(st.booleans()):
        relations.append(Relation("CID", ("MESH:D1", "MESH:D2")))
    if len(ordered) > 1:
        relations.append(Relation("binds", tuple(f"{a.start}-{a.end}" for a in ordered[:2])))
    return Document(draw(ids), text, passages, ordered, tuple(relations))


@st.composite
def tokenised_documents(draw: st.DrawFn) -> Document:
    """Documents as CoNLL files hold them: sentences of tokens joined by single spaces, mentions of whole tokens."""
    token = st.sampled_from(("IL-2", "β", "e\u0301", "😀", "#", "O", "p.V600E", "(", "\u200b", "-DOCSTART"))
    sentences = draw(st.lists(st.lists(token, min_size=1, max_size=6), min_size=1, max_size=3))
    annotations: list[Annotation] = []
    offset = 0
    for tokens in sentences:
        first, last = sorted((draw(st.integers(0, len(tokens))), draw(st.integers(0, len(tokens)))))
        if first < last:
            start = offset + sum(len(t) + 1 for t in tokens[:first])
            surface = " ".join(tokens[first:last])
            annotations.append(Annotation(start, start + len(surface), surface, draw(st.sampled_from(LABELS))))
        offset += len(" ".join(tokens)) + 1
    blocks = [("sentence", " ".join(tokens)) for tokens in sentences]
    return Document.from_passages(draw(ids), blocks, "\n", annotations)
