"""Recognition: exact offsets whatever the text, one answer however texts are batched or cut, clear words on failure."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biobert_demo import recognition
from biobert_demo.annotations import Annotation
from biobert_demo.decoding import NO_LABEL
from biobert_demo.documents import Document, check_annotation
from biobert_demo.errors import ModelUnavailable
from biobert_demo.recognition import DOCUMENTS_AT_ONCE, EntityRecognizer, drop_person_words

MISSION = "An allergy to penicillin can cause lumositis; ethanol does not hurt mice."

HOSTILE_TEXTS = {
    "carriage returns": "An allergy\r\nto penicillin.\r\n\r\nLumositis in\rmice.",
    "tabs": "\tallergy\t\tto\tpenicillin\t",
    "no text": "",
    "only white space": " \t\r\n\u2028\u00a0 ",
    "only signs": "... !!! ((( ###",
    "only invisible": "\u200b\u200b\ufeff\u00ad",
    "emoji": "\U0001f9ec allergy \U0001f468\u200d\U0001f469\u200d\U0001f467 to penicillin\U0001f48a",
    "beyond the first plane": "\U0001d6fc\U0001d6fd penicillin \U0001d6fe",
    "Greek": "αβ penicillin μ",
    "combining accents": "pe\u0301nicillin and e\u0301\u0323\u0301 allergy",
    "zero width": "penicil\u200blin\u200b and \u200dallergy\u200d",
    "soft hyphens": "peni\u00adcillin gave an aller\u00adgy\u00ad",
    "no-break spaces": "an\u00a0allergy\u202fto\u2009penicillin",
    "line separators": "allergy\u2028penicillin\u2029mice\x0b\x0c\x85\x1c\x1d\x1eethanol",
    "right to left": "الحساسية allergy \u202eto\u202c penicillin אלרגיה",
    "byte order mark": "\ufeffallergy",
    "control characters": "aller\x00gy \x01\x02 penicillin\x7f",
    "half of a surrogate pair": "allergy \ud83d to penicillin \udc8a.",
    "Chinese": "青霉素过敏 penicillin 反应。",
    "a word without end": "penicillin" * 400,
    "signs without end": "(" * 3000 + "penicillin",
}


@pytest.fixture(scope="module")
def lexicon(lexicon_model: Path) -> EntityRecognizer:
    return EntityRecognizer.load(lexicon_model)


@pytest.fixture(scope="module", params=["random_cased", "random_uncased", "random_roberta"])
def recognizer(request: pytest.FixtureRequest) -> EntityRecognizer:
    return EntityRecognizer.load(request.getfixturevalue(request.param))


def found(recognizer: EntityRecognizer, text: str) -> list[tuple[str, str]]:
    return [(a.text, a.label) for a in recognizer.annotate(text)]


def test_known_words_are_found_where_they_stand(lexicon: EntityRecognizer) -> None:
    annotations = lexicon.annotate(MISSION)
    assert [(a.start, a.text, a.label) for a in annotations] == [
        (3, "allergy", "Disease"),
        (14, "penicillin", "Chemical"),
        (35, "lumositis", "Disease"),
        (46, "ethanol", "Chemical"),
        (68, "mice", "Species"),
    ]
    assert {a.model for a in annotations} == {"lexicon"}
    assert all(0.99 < (a.score or 0) <= 1 for a in annotations)
    assert lexicon.labels == ("Disease", "Chemical", "Gene", "Species")


@pytest.mark.parametrize("text", HOSTILE_TEXTS.values(), ids=HOSTILE_TEXTS.keys())
def test_offsets_are_exact_in_hostile_text(recognizer: EntityRecognizer, text: str) -> None:
    for annotation in recognizer.annotate(text):
        check_annotation(annotation, text, "hostile")
        assert annotation.text == annotation.text.strip()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("carriage returns", ["allergy", "penicillin", "Lumositis", "mice"]),
        ("tabs", ["allergy", "penicillin"]),
        ("emoji", ["allergy", "penicillin"]),
        ("beyond the first plane", ["penicillin"]),
        ("Greek", ["penicillin"]),
        ("combining accents", ["pe\u0301nicillin", "allergy"]),
        ("zero width", ["penicil\u200blin", "allergy"]),
        ("soft hyphens", ["peni\u00adcillin", "aller\u00adgy"]),
        ("no-break spaces", ["allergy", "penicillin"]),
        ("line separators", ["allergy", "penicillin", "mice", "ethanol"]),
        ("right to left", ["allergy", "penicillin"]),
        ("byte order mark", ["allergy"]),
        ("half of a surrogate pair", ["allergy", "penicillin"]),
        ("Chinese", ["penicillin"]),
        ("signs without end", ["penicillin"]),
        ("no text", []),
        ("only invisible", []),
    ],
)
def test_words_are_read_through_what_surrounds_them(lexicon: EntityRecognizer, name: str, expected: list) -> None:
    assert [a.text for a in lexicon.annotate(HOSTILE_TEXTS[name])] == expected


@settings(max_examples=40)
@given(st.lists(st.one_of(st.text(max_size=30), st.sampled_from(sorted(HOSTILE_TEXTS.values(), key=len)[:14]))))
def test_offsets_are_exact_in_any_text(lexicon: EntityRecognizer, parts: list[str]) -> None:
    text = " ".join(parts)
    document = next(lexicon.recognize([Document("d", text)]))
    assert document.text == text
    ends = 0
    for annotation in document.annotations:
        check_annotation(annotation, text, "any")
        assert annotation.start >= ends
        ends = annotation.end


def test_an_answer_does_not_depend_on_the_company_of_a_text(recognizer: EntityRecognizer) -> None:
    texts = [MISSION, "BRX7.", *HOSTILE_TEXTS.values(), MISSION * 9, "Lumositis in zebrafish. " * 5]
    alone = [recognizer.annotate(text) for text in texts]
    together = list(recognizer.recognize(Document(str(i), text) for i, text in enumerate(texts)))
    backwards = list(recognizer.recognize(Document(str(i), text) for i, text in reversed(list(enumerate(texts)))))
    for one, other, third in zip(alone, together, reversed(backwards), strict=True):
        assert [a.key for a in one] == [a.key for a in other.annotations] == [a.key for a in third.annotations]
        assert [a.score for a in one] == pytest.approx([a.score for a in other.annotations], abs=2e-4)


def test_the_same_text_has_the_same_answer_each_time(recognizer: EntityRecognizer) -> None:
    assert recognizer.annotate(MISSION) == recognizer.annotate(MISSION)


def test_ids_order_text_and_passages_are_kept_and_earlier_annotations_replaced(lexicon: EntityRecognizer) -> None:
    gold = Annotation(0, 2, "In", "Gene", author="somebody")
    documents = [
        Document.from_passages(f"id {i}", [("title", "In mice"), ("abstract", "Ethanol. " * i)], annotations=[gold])
        for i in range(150)
    ]
    recognised = list(lexicon.recognize(documents))
    assert [d.id for d in recognised] == [d.id for d in documents]
    assert [d.text for d in recognised] == [d.text for d in documents]
    assert [d.passages for d in recognised] == [d.passages for d in documents]
    assert [len(d.annotations) for d in recognised] == [1 + i for i in range(150)]
    assert gold not in recognised[7].annotations


def test_a_text_longer_than_a_window_is_read_to_its_end_without_a_seam(lexicon: EntityRecognizer) -> None:
    sentence = "Velocumab and ethanol gave no lumositis to the mice. "
    assert len(found(lexicon, sentence * 200)) == 4 * 200
    assert found(lexicon, sentence * 200) == found(lexicon, sentence) * 200


def test_a_sentence_longer_than_a_window_is_read_to_its_end_without_a_seam(lexicon: EntityRecognizer) -> None:
    text = ", ".join(["penicillin", "BRX7 loss", "chronic lumositis"] * 60)
    assert [a.text for a in lexicon.annotate(text)] == ["penicillin", "BRX7", "lumositis"] * 60


def test_windows_do_not_change_what_a_text_that_fits_says(random_cased: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recognizer = EntityRecognizer.load(random_cased)
    sentences = ["BRX7 is in mice.", "Ethanol is not.", "The zebrafish had it."]
    monkeypatch.setattr(recognizer, "window_pieces", 22)
    document = Document.from_passages("d", [("paragraph", sentence) for sentence in sentences])
    one_each = [found(recognizer, sentence) for sentence in sentences]
    together = next(recognizer.recognize([document])).annotations
    assert [(a.text, a.label) for a in together] == [pair for pairs in one_each for pair in pairs]
    assert together


def test_no_mention_runs_from_a_title_into_the_abstract(recognizer: EntityRecognizer) -> None:
    for separator in ("\n", " ", ""):
        document = Document.from_passages("d", [("title", MISSION), ("abstract", MISSION)] * 6, separator)
        for annotation in next(recognizer.recognize([document])).annotations:
            assert any(p.start <= annotation.start and annotation.end <= p.end for p in document.passages)


def test_words_for_people_are_no_species(lexicon: EntityRecognizer) -> None:
    assert found(lexicon, "Patients and mice") == [("mice", "Species")]
    person, gene = Annotation(0, 8, "Patients", "Species"), Annotation(0, 8, "Patients", "Gene")
    assert drop_person_words([person, gene]) == [gene]


def test_documents_are_taken_as_they_are_needed(lexicon: EntityRecognizer) -> None:
    taken = 0

    def endless() -> Iterator[Document]:
        nonlocal taken
        while True:
            taken += 1
            yield Document(str(taken), "Ethanol in mice.")

    stream = lexicon.recognize(endless())
    assert taken == 0
    for count in range(1, 3 * DOCUMENTS_AT_ONCE):
        assert next(stream).id == str(count)
        assert taken <= count + DOCUMENTS_AT_ONCE


def test_long_documents_are_taken_one_at_a_time(lexicon: EntityRecognizer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recognition, "CHARACTERS_AT_ONCE", 1_000)
    taken: list[int] = []

    def documents() -> Iterator[Document]:
        for i in range(10):
            taken.append(i)
            yield Document(str(i), "Ethanol. " * 200)

    next(lexicon.recognize(documents()))
    assert taken == [0]


def test_checkpoint_that_names_its_outputs_oddly_is_read_through_a_map(make_lexicon: Callable[..., Path]) -> None:
    bare = make_lexicon("bare", {"lumositis": "B", "chronic": "B"}, tags=("B", "I", "O"))
    named = EntityRecognizer.load(bare, label_map={"": "Disease"})
    assert found(named, "a lumositis.") == [("lumositis", "Disease")]
    numbered = make_lexicon("numbered", {"brx7": "LABEL_1"}, tags=("LABEL_0", "LABEL_1", "LABEL_2"))
    listed = EntityRecognizer.load(numbered, tags=["O", "B-Gene", "I-Gene"])
    assert found(listed, "a BRX7.") == [("BRX7", "Gene")]
    with pytest.raises(ModelUnavailable, match="LABEL_0"):
        EntityRecognizer.load(numbered)


def test_outputs_that_mean_the_same_tag_are_added_up(make_lexicon: Callable[..., Path]) -> None:
    tags = ("O", "S-Gene", "B-Gene", "I-Gene", "E-Gene")
    folder = make_lexicon("bioes", {"brx7": "S-Gene", "loss": "B-Gene", "locus": "E-Gene"}, tags=tags)
    assert found(EntityRecognizer.load(folder), "BRX7, loss locus.") == [("BRX7", "Gene"), ("loss locus", "Gene")]


def test_checkpoint_without_beginnings_still_finds_whole_mentions(make_lexicon: Callable[..., Path]) -> None:
    folder = make_lexicon("bare-labels", {"brx7": "Gene", "locus": "Gene"}, tags=("O", "Gene"))
    recognizer = EntityRecognizer.load(folder)
    assert found(recognizer, "the BRX7 locus of mice, BRX7.") == [("BRX7 locus", "Gene"), ("BRX7", "Gene")]
    assert all((a.score or 0) > 0.99 for a in recognizer.annotate("the BRX7 locus of mice"))


def test_temperature_changes_scores_and_nothing_else(make_lexicon: Callable[..., Path]) -> None:
    sharp = EntityRecognizer.load(make_lexicon("sharp", {"brx7": "Gene"}, sure=4.0))
    soft = EntityRecognizer.load(make_lexicon("soft", {"brx7": "Gene"}, sure=4.0, calibration_temperature=2.0))
    (one,), (other,) = sharp.annotate("a BRX7."), soft.annotate("a BRX7.")
    assert one.key == other.key
    assert (one.score or 0) > (other.score or 0) > 0.3


def test_version_is_the_one_in_the_configuration(make_lexicon: Callable[..., Path]) -> None:
    named = make_lexicon("some-folder", {"brx7": "Gene"}, version="ner-2031-01-02")
    assert EntityRecognizer.load(named).version == "ner-2031-01-02"


def test_explanation_shows_the_pieces_of_the_text_with_their_shares(recognizer: EntityRecognizer) -> None:
    shown = recognizer.explain(MISSION)
    first, *tokens, last = shown["tokens"]
    assert first["piece"] == recognizer.tokenizer.cls_token
    assert last["piece"] == recognizer.tokenizer.sep_token
    assert tokens[0]["start"] == 0
    for token in tokens:
        assert token["start"] < token["end"] <= len(MISSION)
        if token["is_first"]:
            assert sum(token["probabilities"].values()) == pytest.approx(1)
    assert [(s["start"], s["end"], s["label"], s["score"]) for s in shown["spans"]] == [
        (a.start, a.end, a.label, a.score) for a in recognizer.annotate(MISSION)
    ]


@pytest.mark.parametrize("text", ["", " ", "\u200b"])
def test_explanation_of_nothing_shows_only_the_special_pieces(lexicon: EntityRecognizer, text: str) -> None:
    shown = lexicon.explain(text)
    assert [token["piece"] for token in shown["tokens"]] == ["[CLS]", "[SEP]"]
    assert shown["spans"] == []


def test_logits_of_words_cover_all_words_the_model_sees(recognizer: EntityRecognizer) -> None:
    ((words, _, logits),) = recognizer.word_logits([Document("d", MISSION * 3)])
    assert logits.shape == (len(words), len(recognizer.tag_set.tags))
    assert [w.of(MISSION * 3) for w in words][:4] == ["An", "allergy", "to", "penicillin"]


def absent(folder: Path) -> None:
    shutil.rmtree(folder)


def empty(folder: Path) -> None:
    for file in folder.iterdir():
        file.unlink()


def truncate_weights(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[: weights.stat().st_size // 2])


def empty_weights(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"")


def no_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()


def weights_without_classifier(folder: Path) -> None:
    from safetensors.torch import load_file, save_file

    tensors = load_file(folder / "model.safetensors")
    del tensors["classifier.weight"]
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def weights_that_are_no_numbers(folder: Path) -> None:
    from safetensors.torch import load_file, save_file

    tensors = load_file(folder / "model.safetensors")
    tensors["classifier.weight"][0, 0] = float("nan")
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def garbage_configuration(folder: Path) -> None:
    (folder / "config.json").write_bytes(b"\xff\xfe{not json")


def empty_configuration(folder: Path) -> None:
    (folder / "config.json").write_text("{}")


def configuration_of_another_size(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"hidden_size": 32}))


def no_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()
    (folder / "tokenizer_config.json").unlink()


def damaged_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").write_text('{"model": ')


def tokenizer_of_another_model(folder: Path) -> None:
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    vocabulary = tokenizer["model"]["vocab"]
    vocabulary |= {f"word{i}": len(vocabulary) + i for i in range(500)}
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (absent, "no model folder"),
        (empty, "config.json"),
        (truncate_weights, "cannot be loaded"),
        (empty_weights, "cannot be loaded"),
        (no_weights, "model.safetensors"),
        (weights_without_classifier, "classifier.weight"),
        (weights_that_are_no_numbers, "not finite"),
        (garbage_configuration, "cannot be loaded"),
        (empty_configuration, "model_type"),
        (configuration_of_another_size, "cannot be loaded"),
        (no_tokenizer, "vocabulary"),
        (damaged_tokenizer, "cannot be loaded"),
        (tokenizer_of_another_model, "vocabulary"),
    ],
)
def test_damaged_model_is_refused_in_one_sentence(
    damage: Callable[[Path], None], words: str, random_uncased: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(random_uncased, folder)
    damage(folder)
    with pytest.raises(ModelUnavailable) as failure:
        EntityRecognizer.load(folder)
    message = str(failure.value)
    assert words in message
    assert str(folder) in message
    assert "\n" not in message
    assert message.endswith(".")


@pytest.mark.parametrize("path", ["./no/such/folder", "no/such/deep/folder", "~/no such folder"])
def test_relative_path_that_leads_nowhere_is_called_a_missing_folder(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelUnavailable, match="no model folder"):
        EntityRecognizer.load(path)


def test_hub_name_that_is_not_on_disk_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelUnavailable, match="some-lab/some-model") as failure:
        EntityRecognizer.load("some-lab/some-model")
    assert "\n" not in str(failure.value)


def test_file_in_place_of_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model").write_text("no folder")
    with pytest.raises(ModelUnavailable, match="no model folder"):
        EntityRecognizer.load(tmp_path / "model")


def test_byte_level_models_see_words_as_they_stand_in_running_text(random_roberta: Path) -> None:
    recognizer = EntityRecognizer.load(random_roberta)
    pieces = [t["piece"] for t in recognizer.explain("loss of BRX7")["tokens"] if t["is_first"]]
    assert all(piece.startswith("Ġ") for piece in pieces)


def test_suggestions_are_what_is_recognised_with_further_labels(recognizer: EntityRecognizer) -> None:
    documents = [Document("a", MISSION), *(Document(name, text) for name, text in HOSTILE_TEXTS.items())]
    suggested = list(recognizer.suggest(documents))
    assert [one.document for one in suggested] == list(recognizer.recognize(documents))
    assert [one.others for one in suggested] == [one.others for one in recognizer.suggest(documents)]
    for one in suggested:
        assert list(one.others) == list(range(len(one.document.annotations)))
        for index, annotation in enumerate(one.document.annotations):
            labels = [label for label, _ in one.others[index]]
            shares = [share for _, share in one.others[index]]
            assert annotation.label not in labels
            assert set(labels) <= {*recognizer.labels, NO_LABEL}
            assert shares == sorted(shares, reverse=True)
            assert all(0 < share <= 1 for share in shares)
        covered = {place for a in one.document.annotations for place in range(a.start, a.end)}
        for miss in one.misses:
            check_annotation(miss, one.document.text, one.document.id)
            assert (miss.score or 0) >= recognition.NEAR_MISS
            assert covered.isdisjoint(range(miss.start, miss.end))
            assert any(p.start <= miss.start and miss.end <= p.end for p in one.document.passages)


def test_model_that_is_torn_says_between_what(make_lexicon: Callable[..., Path]) -> None:
    torn = EntityRecognizer.load(make_lexicon("torn", {"brx7": "Gene"}, sure=1.0))
    (one,) = torn.suggest([Document("d", "a BRX7.")])
    assert [a.text for a in one.document.annotations] == ["BRX7"]
    assert {label for label, _ in one.others[0]} == {"Disease", "Chemical", "Species", NO_LABEL}
    sure = EntityRecognizer.load(make_lexicon("not-torn", {"brx7": "Gene"}))
    (other,) = sure.suggest([Document("d", "a BRX7.")])
    assert (dict(other.others), other.misses) == ({0: ()}, ())


def test_word_that_was_almost_a_mention_is_a_near_miss(make_lexicon: Callable[..., Path]) -> None:
    doubtful = EntityRecognizer.load(make_lexicon("doubtful", {"brx7": "Gene"}, sure=2.0))
    (one,) = doubtful.suggest([Document("d", "all of BRX7 here.")])
    assert {(miss.text, miss.label) for miss in one.misses} >= {("all of", "Disease")}
    assert all(miss.text != "BRX7" for miss in one.misses)


def test_a_loaded_model_does_not_hang_on_its_file(random_cased: Path) -> None:
    maps = Path("/proc/self/maps")
    if not maps.exists():
        pytest.skip("only Linux tells what a process has mapped")
    recognizer = EntityRecognizer.load(random_cased)
    assert str(random_cased) not in maps.read_text(), "a file cut short would kill the process that serves it"
    assert recognizer.annotate(MISSION)
