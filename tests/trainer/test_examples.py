"""Documents enter `ExampleBuilder`; words with the tags that their corpus allows leave, cut into windows."""

from __future__ import annotations

import random

import pytest

from biobert_demo.alignment import TagSet
from biobert_demo.annotations import LABEL_NAMES, Annotation
from biobert_demo.documents import Document
from biobert_demo.reviewed import ReviewedDocument
from biobert_demo.word_pieces import WordPieces
from trainer.dry_run import build_tokenizer
from trainer.examples import Example, ExampleBuilder, Piecewise, batch_by_length, cut_windows

TAGS = TagSet(LABEL_NAMES)
EVERY_TAG = set(TAGS.tags)
CLS, SEP = 2, 3


@pytest.fixture(scope="module")
def word_pieces() -> WordPieces:
    return WordPieces(build_tokenizer(["brx7 brx7 rash rash patients patients"]))


def document(text: str, *mentions: tuple[str, str]) -> Document:
    spans = [
        Annotation(text.index(mention), text.index(mention) + len(mention), mention, label)
        for mention, label in mentions
    ]
    return Document("1", text, annotations=tuple(spans))


def tag_names(allowed: int) -> set[str]:
    return {tag for place, tag in enumerate(TAGS.tags) if allowed >> place & 1}


def tags_of(*labels: str) -> set[str]:
    return {f"{prefix}-{label}" for label in labels for prefix in "BI"}


TEXT = "BRX7 gene causes rash in patients with Xylo spots"


@pytest.mark.parametrize(
    ("case", "missing", "annotated", "mentions", "expected"),
    [
        (
            "a corpus of all labels leaves no choice",
            "unknown",
            LABEL_NAMES,
            [("BRX7 gene", "Gene"), ("rash", "Disease")],
            {"BRX7": {"B-Gene"}, "gene": {"I-Gene"}, "causes": {"O"}, "rash": {"B-Disease"}, "in": {"O"}},
        ),
        (
            "a gene corpus leaves other labels possible outside of genes",
            "unknown",
            ["Gene"],
            [("BRX7 gene", "Gene")],
            {
                "BRX7": {"B-Gene"},
                "gene": {"I-Gene"},
                "rash": {"O"} | tags_of("Disease", "Chemical", "Species"),
            },
        ),
        (
            "the naive union says that what is not annotated is absent",
            "outside",
            ["Gene"],
            [("BRX7 gene", "Gene")],
            {"BRX7": {"B-Gene"}, "gene": {"I-Gene"}, "rash": {"O"}},
        ),
        (
            "nothing is learned from a label that the model does not have",
            "unknown",
            LABEL_NAMES,
            [("Xylo spots", "CellLine"), ("rash", "Disease")],
            {"Xylo": EVERY_TAG, "spots": EVERY_TAG, "rash": {"B-Disease"}, "with": {"O"}},
        ),
        (
            "nothing is learned from a label that the corpus does not annotate everywhere",
            "unknown",
            ["Disease"],
            [("BRX7", "Gene"), ("rash", "Disease")],
            {"BRX7": EVERY_TAG, "gene": {"O"} | tags_of("Chemical", "Gene", "Species"), "rash": {"B-Disease"}},
        ),
        (
            "words for people are neither species nor not",
            "unknown",
            LABEL_NAMES,
            [("patients", "Species")],
            {"patients": EVERY_TAG, "in": {"O"}},
        ),
        (
            "words for people that are not annotated are outside, as ever",
            "unknown",
            LABEL_NAMES,
            [],
            {"patients": {"O"}},
        ),
        (
            "people with a rash are no lone word for people",
            "unknown",
            LABEL_NAMES,
            [("patients with Xylo spots", "Species")],
            {"patients": {"B-Species"}, "spots": {"I-Species"}},
        ),
    ],
)
def test_each_word_allows_the_tags_that_its_corpus_can_vouch_for(
    case: str,
    missing: str,
    annotated: list[str],
    mentions: list[tuple[str, str]],
    expected: dict[str, set[str]],
    word_pieces: WordPieces,
) -> None:
    example = ExampleBuilder(word_pieces, TAGS, missing).build(document(TEXT, *mentions), "c", annotated)
    words = TEXT.split()
    assert len(example.allowed) == len(words)
    found = dict(zip(words, map(tag_names, example.allowed), strict=True))
    assert {word: found[word] for word in expected} == expected, case


def test_spans_that_overlap_a_longer_one_are_counted(word_pieces: WordPieces) -> None:
    overlapping = document(TEXT, ("BRX7 gene", "Gene"), ("BRX7", "Gene"), ("rash", "Disease"))
    example = ExampleBuilder(word_pieces, TAGS).build(overlapping, "c", LABEL_NAMES)
    assert example.left_out == 1
    assert tag_names(example.allowed[1]) == {"I-Gene"}


def test_pieces_and_tags_stand_on_the_same_words(word_pieces: WordPieces) -> None:
    builder = ExampleBuilder(word_pieces, TAGS)
    example = builder.build(document("Rash. BRX7 gene rose.", ("BRX7 gene", "Gene")), "c", LABEL_NAMES)
    assert example.unit_starts == [0, 2]
    (window,) = cut_windows(example, 50, 10, CLS, SEP)
    assert (window.input_ids[0], window.input_ids[-1]) == (CLS, SEP)
    assert len(window.token_type_ids) == len(window.input_ids)
    tokenizer = build_tokenizer(["brx7 brx7 rash rash patients patients"])
    pieces = tokenizer.convert_ids_to_tokens([window.input_ids[place] for place in window.first_pieces])
    assert pieces == ["rash", ".", "brx7", "g", "r", "."]
    tags = [tag_names(allowed) for allowed in window.allowed]
    assert tags == [{"O"}, {"O"}, {"B-Gene"}, {"I-Gene"}, {"O"}, {"O"}]


@pytest.mark.parametrize(("size", "overlap"), [(8, 2), (16, 5), (31, 0), (500, 48)])
def test_every_word_is_predicted_once_whatever_the_windows(size: int, overlap: int, word_pieces: WordPieces) -> None:
    text = " ".join(f"rash{number % 10}" + "." * (number % 17 == 16) for number in range(60))
    example = ExampleBuilder(word_pieces, TAGS).build(document(text, ("rash3", "Disease")), "c", LABEL_NAMES)
    windows = list(cut_windows(example, size, overlap, CLS, SEP))
    assert all(len(window.input_ids) <= size + 2 for window in windows)
    assert sum(len(window.first_pieces) for window in windows) == len(example.pieces)
    learned = [tag for window in windows for tag in window.allowed]
    assert sorted(learned) == sorted(example.allowed)


def test_words_without_pieces_are_not_predicted() -> None:
    example = Example("1", "c", [[7], [], [8, 9]], [0, 0, 0], [0], [1, 1, 2])
    (window,) = cut_windows(example, 10, 2, CLS, SEP)
    assert window.input_ids == [CLS, 7, 8, 9, SEP]
    assert (window.first_pieces, window.allowed) == ([1, 2], [1, 2])


def test_word_types_stand_on_every_piece_of_a_word_and_not_on_the_special_ones() -> None:
    example = Example("1", "c", [[7], [8, 9]], [0, 5], [0], [1, 1])
    (window,) = cut_windows(example, 10, 2, CLS, SEP)
    assert window.token_type_ids == [0, 0, 5, 5, 0]


def test_batches_hold_windows_of_like_length_within_their_size() -> None:
    rng = random.Random(1)
    windows = [Piecewise([0] * rng.randint(5, 120), [], [], []) for _ in range(300)]
    batches = batch_by_length(windows, 512, rng)
    assert sorted(id(w) for batch in batches for w in batch) == sorted(map(id, windows))
    sizes = [[len(w.input_ids) for w in batch] for batch in batches]
    assert all(max(batch) * len(batch) <= 512 for batch in sizes)
    assert max(max(batch) - min(batch) for batch in sizes) < 40
    assert [max(batch) for batch in sizes] != sorted(max(batch) for batch in sizes)


def test_a_window_larger_than_a_batch_gets_one_of_its_own() -> None:
    windows = [Piecewise([0] * 900, [], [], []), Piecewise([0] * 5, [], [], [])]
    assert sorted(len(batch) for batch in batch_by_length(windows, 64, random.Random(1))) == [1, 1]


def reviewed(
    text: str,
    accepted: list[tuple[str, str]],
    labels: set[str] | None = None,
    rejected: list[tuple[str, str]] | None = None,
    ignored: list[tuple[str, str]] | None = None,
) -> ReviewedDocument:
    return ReviewedDocument(
        document(text, *accepted),
        frozenset(labels or ()),
        document(text, *(rejected or [])).annotations,
        document(text, *(ignored or [])).annotations,
    )


@pytest.mark.parametrize(
    ("case", "one", "expected"),
    [
        (
            "a complete review is gold for the labels it covers",
            reviewed(TEXT, [("BRX7 gene", "Gene")], {"Gene", "Disease"}),
            {
                "BRX7": {"B-Gene"},
                "gene": {"I-Gene"},
                "causes": {"O", *tags_of("Chemical", "Species")},
                "rash": {"O", *tags_of("Chemical", "Species")},
            },
        ),
        (
            "an accepted mention of a label that the complete review does not cover is known all the same",
            reviewed(TEXT, [("rash", "Disease")], {"Gene"}),
            {
                "rash": {"B-Disease"},
                "in": {"O", *tags_of("Chemical", "Species"), "B-Disease"},
                "causes": {"O", *tags_of("Disease", "Chemical", "Species")},
            },
        ),
        (
            "in an unfinished review only touched words count",
            reviewed(TEXT, [("BRX7 gene", "Gene")]),
            {"BRX7": {"B-Gene"}, "gene": {"I-Gene"}, "causes": EVERY_TAG - {"I-Gene"}, "rash": EVERY_TAG},
        ),
        (
            "a rejection means not this label",
            reviewed(TEXT, [], rejected=[("rash", "Disease")]),
            {"rash": EVERY_TAG - tags_of("Disease"), "causes": EVERY_TAG},
        ),
        (
            "a rejection of other boundaries does not touch the accepted mention",
            reviewed(TEXT, [("gene", "Gene")], rejected=[("BRX7 gene causes", "Gene")]),
            {"gene": {"B-Gene"}, "BRX7": EVERY_TAG - tags_of("Gene"), "causes": EVERY_TAG - tags_of("Gene")},
        ),
        (
            "a rejection of one label beside the acceptance of another",
            reviewed(TEXT, [("rash", "Species")], rejected=[("rash", "Disease")]),
            {"rash": {"B-Species"}},
        ),
        (
            "what was ignored is unknown, in a complete review too",
            reviewed(TEXT, [], set(LABEL_NAMES), ignored=[("rash", "Disease")]),
            {"rash": EVERY_TAG, "in": {"O"}},
        ),
        (
            "a label that the model does not have leaves its words open",
            reviewed(TEXT, [("rash", "Symptom")], set(LABEL_NAMES)),
            {"rash": EVERY_TAG, "in": {"O"}},
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_allowed_tags_of_a_review(
    word_pieces: WordPieces, case: str, one: ReviewedDocument, expected: dict[str, set[str]]
) -> None:
    example = ExampleBuilder(word_pieces, TAGS).build_reviewed(one, "corrections")
    allowed = dict(zip(TEXT.split(), map(tag_names, example.allowed), strict=True))
    assert {word: allowed[word] for word in expected} == expected, case
