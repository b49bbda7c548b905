"""Sentences and words of biomedical prose, with offsets that hold whatever the characters."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biobert_demo.segmentation import MAX_SENTENCE_LENGTH, split_sentences, split_words

HOSTILE = st.text(
    st.one_of(
        st.sampled_from(
            list(" \t\r\n.!?()[]\"'’”ABabn019,;:-_/%μαβ\u00a0\u2028\u2029\u200b\u00ad\u0301\ufeff\x0b\x85\x1c")
        ),
        st.sampled_from(["\U0001f9ec", "\U0001d6fc", "ق", "מ", "中", "\ud800", "\x00", "ß", "é"]),
        st.characters(),
    ),
    max_size=120,
)


@pytest.mark.parametrize(
    "sentence",
    [
        "The curve in Fig. 1 shows it.",
        "The curves in Figs. 1 and 2 show it (see Ref. 3).",
        "Smith et al. (2001) found none.",
        "Smith et al. 2001 found none.",
        "We infected E. coli and S. aureus with it.",
        "A Pseudomonas sp. was isolated.",
        "It was given i.v. and i.p. to mice.",
        "They took 5 mg b.i.d. for a week.",
        "The dose was 3.5 mg/kg vs. Placebo in both.",
        "Some drugs, e.g. Velocumab, i.e. The one we made, help.",
        "J. Smith and A. B. Jones wrote it.",
        "The mutation c.1799T>A (p.V600E) was absent.",
        "Version 2.0.1 was used.",
        "Approx. 10 of 12 (ca. 83 %) survived.",
        "Is it so (n = 3)?",
        "Dr. Miller saw no. 7 at St. Mary.",
        "Cells (ATCC No. 1234) were grown.",
        "The U.S. Food and Drug Administration approved it.",
        'He said "it works." and left.',
        "Growth of Lactobacillus cv. Alpha was slow.",
    ],
)
def test_sentence_with_full_stops_inside_stays_whole(sentence: str) -> None:
    assert [s.of(sentence) for s in split_sentences(sentence)] == [sentence]


@pytest.mark.parametrize(
    "sentences",
    [
        ["We measured it.", "It was low."],
        ["They had hepatitis B.", "We treated them."],
        ["All were given vitamin C.", "None had scurvy."],
        ["The dose was given i.v.", "The mice survived."],
        ["This was shown by Smith et al.", "However, we disagree."],
        ["It rose to 3.5.", "Then it fell."],
        ["Does it help?", "Yes!", "It does."],
        ["It binds BRX7.", "p53 does not."],
        ["It was lost.", "mTOR was not."],
        ["They call it “severe.”", "We do not."],
        ["It was absent (Fig. 1).", "(The others had it.)"],
        ["We used ethanol (70 %).", "[1] Others did not."],
        ["OBJECTIVE: To see.", "METHODS: We looked.", "RESULTS: It was there."],
        ["They grew E. coli.", "We did not."],
        ["It has α.", "β was absent."],
    ],
)
@pytest.mark.parametrize("gap", [" ", "  ", "\n", "\r\n", "\t", "\u00a0", "\u2028", "\x85"])
def test_sentences_end_where_a_reader_ends_them(sentences: list[str], gap: str) -> None:
    text = gap.join(sentences)
    assert [s.of(text) for s in split_sentences(text)] == sentences


@pytest.mark.parametrize("blank", ["\n\n", "\r\n\r\n", " \n \t\n ", "\n\n\n\n"])
def test_blank_line_ends_a_sentence_even_without_a_full_stop(blank: str) -> None:
    text = f"A title without a stop{blank}an abstract in lower case"
    assert [s.of(text) for s in split_sentences(text)] == ["A title without a stop", "an abstract in lower case"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("IL-2 (5 mg/kg)", ["IL", "-", "2", "(", "5", "mg", "/", "kg", ")"]),
        ("p.V600E", ["p", ".", "V600E"]),
        ("under_score", ["under", "_", "score"]),
        ("TNF-α/β", ["TNF", "-", "α", "/", "β"]),
        ("cafe\u0301 au lait", ["cafe\u0301", "au", "lait"]),
        ("penicil\u00adlin", ["penicil\u00adlin"]),
        ("penicil\u200blin", ["penicil\u200blin"]),
        ("a\ufeffb", ["a\ufeffb"]),
        ("\ufeffAspirin", ["\ufeff", "Aspirin"]),
        ("نقص\u200cالمناعة", ["نقص\u200cالمناعة"]),
        ("DNA\U0001f9ec!", ["DNA", "\U0001f9ec", "!"]),
        ("\U0001d6fc-amylase", ["\U0001d6fc", "-", "amylase"]),
        ("a\u2028b\x0bc\x85d\x1ce\u00a0f", ["a", "b", "c", "d", "e", "f"]),
        ("", []),
        (" \t\r\n\u2029", []),
    ],
)
def test_words_are_runs_of_letters_and_single_signs(text: str, words: list[str]) -> None:
    assert [w.of(text) for w in split_words(text)] == words


def test_offsets_are_those_of_the_whole_text_when_a_part_is_asked_for() -> None:
    text = "Xx. We saw E. coli. It grew. Yy."
    sentences = split_sentences(text, 4, 28)
    assert [s.of(text) for s in sentences] == ["We saw E. coli.", "It grew."]
    assert [w.of(text) for w in split_words(text, 20, 27)] == ["It", "grew"]


@given(HOSTILE)
def test_sentences_hold_every_visible_character_in_order_and_never_overlap(text: str) -> None:
    sentences = split_sentences(text)
    covered = [place for s in sentences for place in range(s.start, s.end)]
    assert covered == sorted(set(covered))
    left_out = set(range(len(text))) - set(covered)
    assert all(text[place].isspace() for place in left_out)
    for s in sentences:
        assert s.of(text) == s.of(text).strip()
        assert 0 < len(s) <= MAX_SENTENCE_LENGTH


@given(HOSTILE)
def test_words_hold_every_visible_character_in_order_and_never_overlap(text: str) -> None:
    words = split_words(text)
    assert "".join(w.of(text) for w in words) == re.sub(r"\s", "", text)
    assert all(a.end <= b.start for a, b in pairwise(words))


@given(HOSTILE, st.integers(0, 120), st.integers(0, 120))
def test_a_part_is_split_without_looking_outside(text: str, one: int, other: int) -> None:
    start, end = sorted((min(one, len(text)), min(other, len(text))))
    alone = [(w.start + start, w.end + start) for w in split_words(text[start:end])]
    assert [(w.start, w.end) for w in split_words(text, start, end)] == alone
    for sentence in split_sentences(text, start, end):
        assert start <= sentence.start < sentence.end <= end


@given(HOSTILE)
def test_no_word_is_cut_by_a_sentence(text: str) -> None:
    of_sentences = [w for s in split_sentences(text) for w in split_words(text, s.start, s.end)]
    assert of_sentences == split_words(text)


def test_text_without_full_stops_is_cut_at_white_space() -> None:
    text = "gene protein " * 600
    sentences = split_sentences(text)
    assert len(sentences) > 3
    assert max(len(s) for s in sentences) <= MAX_SENTENCE_LENGTH
    assert all(s.of(text).split()[0] in {"gene", "protein"} for s in sentences)
    assert [w for s in sentences for w in split_words(text, s.start, s.end)] == split_words(text)


@pytest.mark.parametrize(
    "unit",
    [" ", ".", "\n", "! ", '..."', " \n", "a. ", "(", "\u0301", "a\u0301", "\u200b", "A", "et al. ", "\r\n\r\n"],
)
def test_monotonous_text_takes_no_quadratic_time(unit: str) -> None:
    """Each is 100,000 characters: a rule that looks again from every place would not come back."""
    text = "x" + unit * (100_000 // len(unit))
    assert sum(len(s) for s in split_sentences(text)) <= len(text)
    assert split_words(text)[-1].end <= len(text)
