"""The spaCy components: entities on whole tokens with their scores, alone and in batches, and sentence starts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from biobert_demo.errors import ModelUnavailable

spacy = pytest.importorskip("spacy")

from biobert_demo.segmentation import split_sentences  # noqa: E402
from biobert_demo.spacy_component import SPANS_KEY  # noqa: E402

TEXTS = [
    "An allergy to penicillin is no lumositis.",
    "",
    "anti-BRX7x sera; \U0001f9ec ethanol\r\n\r\n in mice",
    "Patients had none.",
    "ethanol/penicillin",
]


@pytest.fixture(scope="module")
def nlp(lexicon_model: Path) -> Any:
    pipeline = spacy.blank("en")
    pipeline.add_pipe("biobert_ner", config={"model": str(lexicon_model), "batch": 2})
    return pipeline


def entities(doc: Any) -> list[tuple[str, str]]:
    return [(entity.text, entity.label_) for entity in doc.ents]


def test_entities_are_set_with_a_score_for_each(nlp: Any) -> None:
    doc = nlp(TEXTS[0])
    assert entities(doc) == [("allergy", "Disease"), ("penicillin", "Chemical"), ("lumositis", "Disease")]
    group = doc.spans[SPANS_KEY]
    assert [(span.text, span.label_) for span in group] == entities(doc)
    assert group.attrs["model"] == "lexicon"
    assert len(group.attrs["scores"]) == 3
    assert all(0.9 < score <= 1 for score in group.attrs["scores"])


def test_entities_are_widened_to_whole_tokens_and_never_overlap(nlp: Any) -> None:
    doc = nlp(TEXTS[2])
    assert entities(doc) == [("BRX7x", "Gene"), ("ethanol", "Chemical"), ("mice", "Species")]
    slashed = nlp(TEXTS[4])
    assert [span.text for span in slashed.spans[SPANS_KEY]] == [token.text for token in slashed if token.text != "/"]


def test_overlaps_after_widening_leave_one_entity_and_keep_all_spans(nlp: Any) -> None:
    from spacy.tokens import Doc

    doc = nlp.get_pipe("biobert_ner")(Doc(nlp.vocab, words=["ethanol/penicillin"], spaces=[False]))
    assert entities(doc) == [("ethanol/penicillin", "Chemical")]
    assert len(doc.spans[SPANS_KEY]) == len(doc.spans[SPANS_KEY].attrs["scores"]) == 2


@pytest.mark.parametrize("batch_size", [1, 3, 100])
def test_a_pipe_gives_what_single_calls_give_in_the_same_order(nlp: Any, batch_size: int) -> None:
    texts = TEXTS * 4
    docs = list(nlp.pipe(texts, batch_size=batch_size))
    assert [doc.text for doc in docs] == texts
    assert [entities(doc) for doc in docs] == [entities(nlp(text)) for text in texts]


def test_scores_survive_a_doc_bin(nlp: Any) -> None:
    from spacy.tokens import DocBin

    stored = DocBin(docs=[nlp(TEXTS[0])]).to_bytes()
    (doc,) = DocBin().from_bytes(stored).get_docs(nlp.vocab)
    assert len(doc.spans[SPANS_KEY].attrs["scores"]) == len(doc.ents) == 3


def test_least_score_leaves_unsure_entities_out(lexicon_model: Path) -> None:
    pipeline = spacy.blank("en")
    pipeline.add_pipe("biobert_ner", config={"model": str(lexicon_model), "min_score": 1.0})
    assert entities(pipeline(TEXTS[0])) == []


def test_absent_model_is_told_when_the_component_is_added() -> None:
    with pytest.raises(ModelUnavailable, match="no model folder"):
        spacy.blank("en").add_pipe("biobert_ner", config={"model": "./nowhere"})


def test_pipeline_that_was_saved_finds_the_same_entities(nlp: Any, tmp_path: Path) -> None:
    nlp.to_disk(tmp_path / "pipeline")
    assert entities(spacy.load(tmp_path / "pipeline")(TEXTS[0])) == entities(nlp(TEXTS[0]))


@pytest.mark.parametrize(
    "text",
    [
        "We infected E. coli (Fig. 1). It grew.\n\nThen\u2028it fell.",
        "  \n It was given i.v. The mice lived. ",
        "One sentence",
        "Is it?Yes!  No.",
        "",
        "   ",
    ],
)
def test_sentence_starts_follow_the_rules_of_segmentation(text: str) -> None:
    pipeline = spacy.blank("en")
    pipeline.add_pipe("biomedical_sentencizer")
    doc = pipeline(text)
    assert doc.has_annotation("SENT_START") or not text
    expected = [sentence.of(text) for sentence in split_sentences(text)]
    assert [sent.text.strip() for sent in doc.sents if sent.text.strip()] == expected
    assert sum(1 for _ in doc.sents) == max(len(expected), min(1, len(doc)))


def test_both_components_work_together(lexicon_model: Path) -> None:
    pipeline = spacy.blank("en")
    pipeline.add_pipe("biomedical_sentencizer")
    pipeline.add_pipe("biobert_ner", config={"model": str(lexicon_model)})
    doc = pipeline("We saw lumositis. Penicillin helped.")
    assert [(entity.text, entity.sent.start) for entity in doc.ents] == [("lumositis", 0), ("Penicillin", 4)]
