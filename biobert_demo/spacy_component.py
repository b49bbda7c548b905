"""A spaCy Doc enters; the same Doc with biomedical entities, or with sentence starts, leaves.

    import spacy
    nlp = spacy.blank("en")
    nlp.add_pipe("biomedical_sentencizer")
    nlp.add_pipe("biobert_ner", config={"model": "path/to/model"})    # leave model out for the shipped one

spaCy finds both factories through the entry points of the installed package.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator

from spacy.language import Language
from spacy.tokens import Doc, Span, SpanGroup
from spacy.util import filter_spans, minibatch

from biobert_demo.combination import CombinedRecognizer, load_recognizer
from biobert_demo.documents import Document
from biobert_demo.recognition import EntityRecognizer
from biobert_demo.segmentation import split_sentences

SPANS_KEY = "biobert_ner"


@Language.factory(
    "biobert_ner",
    assigns=["doc.ents", "doc.spans", "token.ent_type", "token.ent_iob"],
    default_config={"model": None, "batch": 64, "min_score": 0.0},
)
def create_biobert_ner(nlp: Language, name: str, model: str | None, batch: int, min_score: float) -> BiobertNer:
    """`model` is a folder, a hub name or a TOML file of several; `batch` documents go through it at a time."""
    return BiobertNer(load_recognizer(model), batch, min_score)


@Language.factory("biomedical_sentencizer", assigns=["token.is_sent_start", "doc.sents"])
def create_biomedical_sentencizer(nlp: Language, name: str) -> Callable[[Doc], Doc]:
    """Sentence starts by the rules of `segmentation`, which know "Fig. 1", "E. coli" and "i.v."."""
    return set_sentence_starts


class BiobertNer:
    """Sets `doc.ents`, widened to whole spaCy tokens, and `doc.spans["biobert_ner"]` with a score for each span.

    Scores are in `doc.spans["biobert_ner"].attrs["scores"]`, in the order of the spans, and the model's version in
    `attrs["model"]`, as spaCy's own span categorizer keeps them: they survive `DocBin` and `to_disk`. Where widened
    spans overlap, `doc.ents` has the longest, the group all. Entities set by earlier components are replaced.
    """

    def __init__(
        self, recognizer: EntityRecognizer | CombinedRecognizer, batch: int = 64, min_score: float = 0.0
    ) -> None:
        self.recognizer = recognizer
        self.batch = batch
        self.min_score = min_score

    def __call__(self, doc: Doc) -> Doc:
        return next(self.pipe([doc]))

    def pipe(self, stream: Iterable[Doc], *, batch_size: int | None = None) -> Iterator[Doc]:
        """Docs in, the same Docs in the same order; what nlp.pipe calls."""
        for docs in minibatch(stream, min(self.batch, batch_size or self.batch)):
            recognised = self.recognizer.recognize(Document(str(i), doc.text) for i, doc in enumerate(docs))
            for doc, document in zip(docs, recognised, strict=True):
                self._set_entities(doc, document)
                yield doc

    def _set_entities(self, doc: Doc, document: Document) -> None:
        spans: list[Span] = []
        scores: list[float] = []
        for annotation in document.annotations:
            if (annotation.score or 0.0) >= self.min_score:
                place = annotation.start, annotation.end
                span = doc.char_span(*place, label=annotation.label, alignment_mode="expand")
                assert span is not None, f"spaCy has no token at {place} of {doc.text[:60]!r}"
                spans.append(span)
                scores.append(annotation.score or 0.0)
        attributes = {"scores": scores, "model": self.recognizer.version}
        doc.spans[SPANS_KEY] = SpanGroup(doc, name=SPANS_KEY, spans=spans, attrs=attributes)
        doc.set_ents(filter_spans(spans))


def set_sentence_starts(doc: Doc) -> Doc:
    """Mark the first token of each sentence; white space tokens belong to the sentence before."""
    starts = [sentence.start for sentence in split_sentences(doc.text)]
    ends = [token.idx + len(token) for token in doc]
    # The first sentence takes whatever white space stands before it, as every token must be in a sentence.
    first_tokens = {0, *(bisect_right(ends, start) for start in starts[1:])}
    for token in doc:
        token.is_sent_start = token.i in first_tokens
    return doc
