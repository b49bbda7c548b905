"""Several single-label checkpoints behind the surface of one, described by a small TOML file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biobert_demo.annotations import Annotation
from biobert_demo.combination import CombinedRecognizer, load_recognizer, read_combination, resolve_conflicts
from biobert_demo.documents import Document
from biobert_demo.errors import BadInput, ModelUnavailable
from biobert_demo.recognition import DOCUMENTS_AT_ONCE, EntityRecognizer

TEXT = "Velocumab for lumositis; loss of BRX7 in mice."


@pytest.fixture(scope="module")
def two_models(make_lexicon: Callable[..., Path]) -> Path:
    """A TOML file beside a bare-tag disease model and a gene model with numbered outputs; they differ about BRX7."""
    diseases = make_lexicon("diseases", {"lumositis": "B", "brx7": "B"}, tags=("B", "I", "O"), sure=3.0)
    make_lexicon("genes", {"brx7": "LABEL_1", "velocumab": "LABEL_1"}, tags=("LABEL_0", "LABEL_1", "LABEL_2"))
    path = diseases.parent / "two.toml"
    path.write_text(
        '[[model]]\npath = "diseases"\nlabels = { "" = "Disease" }\n\n'
        '[[model]]\npath = "genes"\ntags = ["O", "B-Gene", "I-Gene"]\nthreshold = 0.5\n',
        encoding="utf-8",
    )
    return path


def test_the_mentions_of_all_models_come_out_and_the_surer_one_wins(two_models: Path) -> None:
    recognizer = load_recognizer(two_models)
    assert isinstance(recognizer, CombinedRecognizer)
    assert recognizer.labels == ("Disease", "Gene")
    assert recognizer.version == "diseases+genes"
    annotations = recognizer.annotate(TEXT)
    assert [(a.text, a.label, a.model) for a in annotations] == [
        ("Velocumab", "Gene", "genes"),
        ("lumositis", "Disease", "diseases"),
        ("BRX7", "Gene", "genes"),
    ]


def test_a_model_is_not_heard_below_its_threshold(two_models: Path) -> None:
    strict = two_models.with_name("strict.toml")
    strict.write_text(two_models.read_text().replace('"Disease" }', '"Disease" }\nthreshold = 0.99'))
    assert [a.text for a in load_recognizer(strict).annotate(TEXT)] == ["Velocumab", "BRX7"]


def test_each_model_explains_itself(two_models: Path) -> None:
    shown = load_recognizer(two_models).explain(TEXT)
    assert [model["version"] for model in shown["models"]] == ["diseases", "genes"]
    assert shown["tokens"] == shown["models"][0]["tokens"]
    assert {"B-Gene", "I-Gene", "O"} == set(shown["models"][1]["tokens"][1]["probabilities"])


def test_documents_stream_through_in_order(two_models: Path) -> None:
    taken = 0

    def endless() -> Iterator[Document]:
        nonlocal taken
        while True:
            taken += 1
            yield Document(str(taken), TEXT)

    stream = load_recognizer(two_models).recognize(endless())
    for count in range(1, 2 * DOCUMENTS_AT_ONCE):
        document = next(stream)
        assert (document.id, document.text, len(document.annotations)) == (str(count), TEXT, 3)
        assert taken <= count + DOCUMENTS_AT_ONCE


def test_a_folder_or_the_settings_load_a_single_model(
    lexicon_model: Path, two_models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(load_recognizer(lexicon_model), EntityRecognizer)
    assert isinstance(load_recognizer(str(lexicon_model)), EntityRecognizer)
    monkeypatch.setenv("BIOBERT_DEMO_NER_MODEL", str(lexicon_model))
    assert load_recognizer().version == "lexicon"
    monkeypatch.setenv("BIOBERT_DEMO_NER_MODEL", str(two_models))
    assert load_recognizer().version == "diseases+genes"


def mention(start: int, end: int, score: float | None, label: str = "Gene", model: str = "") -> Annotation:
    return Annotation(start, end, "x" * (end - start), label, score=score, model=model)


@pytest.mark.parametrize(
    ("found", "kept"),
    [
        ([[mention(0, 4, 0.5)], [mention(2, 6, 0.9)]], [mention(2, 6, 0.9)]),
        ([[mention(0, 4, 0.9)], [mention(2, 9, 0.5)]], [mention(0, 4, 0.9)]),
        ([[mention(0, 4, 0.5)], [mention(2, 9, 0.5)]], [mention(2, 9, 0.5)]),
        ([[mention(0, 4, 0.5, "Gene")], [mention(0, 4, 0.5, "Disease")]], [mention(0, 4, 0.5, "Gene")]),
        ([[mention(0, 4, 0.5, "Gene")], [mention(0, 4, 0.6, "Disease")]], [mention(0, 4, 0.6, "Disease")]),
        ([[mention(0, 4, 0.5)], [mention(4, 6, 0.9)]], [mention(0, 4, 0.5), mention(4, 6, 0.9)]),
        (
            [[mention(0, 4, 0.5), mention(6, 9, 0.5)], [mention(3, 7, 0.6)], [mention(5, 6, 0.9)]],
            [mention(0, 4, 0.5), mention(5, 6, 0.9), mention(6, 9, 0.5)],
        ),
        ([[mention(0, 4, None)], [mention(0, 4, 0.1, model="b")]], [mention(0, 4, 0.1, model="b")]),
        ([[], []], []),
    ],
)
def test_overlaps_are_resolved_by_score_then_length_then_order(found: list, kept: list) -> None:
    assert resolve_conflicts(found) == kept


@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 20), st.integers(1, 6), st.sampled_from([0.2, 0.5, 0.9])), max_size=6),
        max_size=4,
    )
)
def test_what_is_kept_never_overlaps_and_what_is_dropped_overlaps_something_as_good(found: list) -> None:
    mentions = [[mention(start, start + size, score) for start, size, score in of_model] for of_model in found]
    kept = resolve_conflicts(mentions)
    places = [place for a in kept for place in range(a.start, a.end)]
    assert places == sorted(set(places))
    for annotation in (a for of_model in mentions for a in of_model if a not in kept):
        assert any(
            a.start < annotation.end and annotation.start < a.end and (a.score or 0) >= (annotation.score or 0)
            for a in kept
        )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "names no model"),
        ("[model]\npath = 'a'\n", "names no model"),
        ("model = ['a']\n", "expected a table"),
        ("[[model]\n", "not TOML"),
        ("\xff\xfe", "not TOML"),
        ("[[model]]\n", "path must be"),
        ("[[model]]\npath = 3\n", "but it is 3"),
        ("[[model]]\npath = ''\n", "path must be"),
        ("[[model]]\npath = 'a'\ntreshold = 0.5\n", "'treshold' is not known"),
        ("[[model]]\npath = 'a'\nthreshold = 5\n", "from 0 to 1"),
        ("[[model]]\npath = 'a'\nthreshold = true\n", "from 0 to 1"),
        ("[[model]]\npath = 'a'\nlabels = 'Disease'\n", "labels must be"),
        ("[[model]]\npath = 'a'\nlabels = { B = 1 }\n", "labels must be"),
        ("[[model]]\npath = 'a'\ntags = 'O'\n", "tags must be"),
        ("[[model]]\npath = 'a'\ntags = []\n", "tags must be"),
        ("[[model]]\npath = 'a'\n[[model]]\npath = 'b'\ntags = [1]\n", "model 2"),
    ],
)
def test_model_list_that_cannot_be_understood_is_refused_with_its_place(
    content: str, words: str, tmp_path: Path
) -> None:
    path = tmp_path / "models.toml"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(BadInput) as failure:
        read_combination(path)
    assert words in str(failure.value)
    assert "models.toml" in str(failure.value)
    assert "\n" not in str(failure.value)


def test_model_list_that_is_absent_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"none\.toml cannot be read"):
        load_recognizer(tmp_path / "none.toml")
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(BadInput, match=r"folder\.toml cannot be read"):
        load_recognizer(tmp_path / "folder.toml")


def test_model_that_is_absent_is_named_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "models.toml"
    path.write_text("[[model]]\npath = './nowhere'\n")
    with pytest.raises(ModelUnavailable, match=r"models\.toml, model 1: There is no model folder"):
        load_recognizer(path)


def test_bare_tags_without_a_map_are_refused_with_what_to_write(two_models: Path) -> None:
    path = two_models.with_name("bare.toml")
    path.write_text("[[model]]\npath = 'diseases'\n")
    with pytest.raises(ModelUnavailable, match=r'labels = \{ "" = "Disease" \}'):
        load_recognizer(path)


def test_suggestions_tell_what_another_model_took_the_mention_for(two_models: Path) -> None:
    recognizer = load_recognizer(two_models)
    documents = [Document("d", TEXT), Document("e", "ethanol")]
    suggested = list(recognizer.suggest(documents))
    assert [one.document for one in suggested] == list(recognizer.recognize(documents))
    gene = [a.text for a in suggested[0].document.annotations].index("BRX7")
    (label, share), *_ = suggested[0].others[gene]
    assert label == "Disease"
    assert 0.5 < share < 1
    assert suggested[1].others == {}


def test_what_a_model_said_below_its_threshold_is_a_near_miss(two_models: Path) -> None:
    strict = two_models.with_name("strict-too.toml")
    strict.write_text(two_models.read_text().replace('"Disease" }', '"Disease" }\nthreshold = 0.99'))
    (one,) = load_recognizer(strict).suggest([Document("d", TEXT)])
    assert [(miss.text, miss.label) for miss in one.misses] == [("lumositis", "Disease")]
