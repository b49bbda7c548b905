"""A selected mention and texts enter; the other places where the same thing stands leave, also through abbreviations.

What counts as the same (`find_identical`): the same words, whatever stands between them (a space, a line end, a hyphen),
as whole words. Upper and lower case count as one in names of five letters and more ("Insulin", "insulin"), and in
four-letter words with nothing but a capital at the start ("Mice"); shorter ones must be equal ("CAT" is no "cat", and
"Met" no "met"). Words of grammar, single letters and bare numbers are never the same thing twice.

A hyphen ends a word but for names it makes another of: "insulin" is not in "insulin-like", "TNF" not in "TNF-α", and
"fluorouracil" not in "5-fluorouracil", while "IL-6" is in "anti-IL-6" and "EGFR" in "EGFR-mutant".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from biobert_demo.segmentation import split_sentences

CONTEXT = 40
"""Code points shown on each side of a match."""
MOST_MATCHES = 1_000
LONGEST = 300
"""Code points; a longer selection is a passage, not a name, and is not looked for."""
LONG_NAME = 5
"""Letters from which upper and lower case count as one."""

_JOINT = r"[\s\-\u2010-\u2013]+"
_HYPHENS = "-\u2010\u2011\u2012\u2013"
# fmt: off
_GRAMMAR = frozenset((
    "a", "about", "after", "all", "also", "an", "and", "any", "are", "as", "at", "be", "been", "before", "between",
    "both", "but", "by", "can", "did", "do", "does", "during", "each", "either", "for", "from", "had", "has", "have",
    "he", "her", "his", "how", "if", "in", "into", "is", "it", "its", "many", "may", "more", "most", "must", "no",
    "nor", "not", "of", "on", "one", "only", "or", "other", "our", "over", "per", "same", "she", "should", "so",
    "some", "such", "than", "that", "the", "their", "them", "then", "there", "these", "they", "this", "those",
    "through", "to", "under", "until", "up", "was", "we", "were", "what", "when", "where", "which", "while", "who",
    "why", "will", "with", "within", "without", "would", "you", "your",
))
# fmt: on
_GREEK = frozenset(("alpha", "beta", "gamma", "delta", "epsilon", "kappa", "lambda"))
_REVERSED = re.compile(r"(?<![^\s(\[,;])([^\s()\[\]]{2,10}) \(([^()\[\]]{5,100})\)")


@dataclass(frozen=True, slots=True)
class Match:
    """A place where the selected mention stands too: offsets and text, up to 40 code points around it, and why.

    `is_likely` is False where the text defines the abbreviation as something else; offer it unticked.
    """

    document_id: int | str
    start: int
    end: int
    text: str
    before: str
    after: str
    why: str
    is_likely: bool = True


@dataclass(frozen=True, slots=True)
class Abbreviation:
    """A short form defined in a text: both forms with their offsets."""

    short: str
    short_start: int
    long: str
    long_start: int

    @property
    def short_end(self) -> int:
        return self.short_start + len(self.short)

    @property
    def long_end(self) -> int:
        return self.long_start + len(self.long)


def find_identical(
    text: str,
    start: int,
    end: int,
    document_id: int | str = "",
    others: Iterable[tuple[int | str, str]] = (),
    limit: int = MOST_MATCHES,
) -> list[Match]:
    """Where the mention `text[start:end]` stands elsewhere in its document and in `others` (id, text), in their order.

    The selected place is left out; nothing is found for what `is_too_common`. Where the document defines an
    abbreviation for the mention (or the mention is one), the other form is found too: here, and in other documents
    that define it the same way. Stops at `limit` matches.
    """
    surface = text[start:end]
    if is_too_common(surface) or len(surface) > LONGEST:
        return []
    partners = _partners(surface, find_abbreviations(text))
    matches: list[Match] = []
    for id, body in ((document_id, text), *((id, body) for id, body in others if id != document_id)):
        found = list(_places(surface, body))
        pairs: list[Abbreviation] | None = None
        if partners and (id == document_id or any(True for p, _ in partners for _ in _places(p, body))):
            pairs = find_abbreviations(body)
            there = {mention_key(partner) for partner, _ in _partners(surface, pairs)}
            for partner, why in partners:
                if mention_key(partner) in there:
                    found.extend((place, stop, why) for place, stop, _ in _places(partner, body))
        otherwise = _defined_otherwise(surface, partners, body, pairs) if found and id != document_id else None
        for place, stop, why in sorted(found):
            if id == document_id and (place, stop) == (start, end):
                continue
            if len(matches) == limit:
                return matches
            is_likely = otherwise is None or not why.startswith("same")
            matches.append(
                Match(
                    id,
                    place,
                    stop,
                    body[place:stop],
                    body[max(0, place - CONTEXT) : place],
                    body[stop : stop + CONTEXT],
                    why if is_likely else f"{why}, but it stands for {otherwise} there",
                    is_likely,
                )
            )
    return matches


def find_abbreviations(text: str) -> list[Abbreviation]:
    """The abbreviations a text defines, "long form (SF)" and "SF (long form)", in the order of the text.

    By Schwartz and Hearst 2003, A simple algorithm for identifying abbreviation definitions in biomedical text, in the
    library abbreviation-extractor. It takes sentences, and its offsets are bytes of a cleaned copy, so the pairs are
    located in the text again: a pair that does not stand there word for word is left out.
    """
    found: dict[tuple[int, int], Abbreviation] = {}
    for sentence in split_sentences(text):
        if "(" in text[sentence.start : sentence.end] or "[" in text[sentence.start : sentence.end]:
            for one in _pairs_of(_one_line(text[sentence.start : sentence.end])):
                short_start, long_start = sentence.start + one.short_start, sentence.start + one.long_start
                pair = Abbreviation(
                    text[short_start : short_start + len(one.short)],
                    short_start,
                    text[long_start : long_start + len(one.long)],
                    long_start,
                )
                found.setdefault((short_start, long_start), pair)
    return sorted(found.values(), key=lambda pair: (pair.long_start, pair.short_start))


def is_too_common(surface: str) -> bool:
    """Whether a text says too little to be looked for elsewhere: a word of grammar, a letter, a number, a sign."""
    if not any(map(str.isalpha, surface)) or sum(map(str.isalnum, surface)) < 2:
        return True
    return is_grammar(surface)


def is_grammar(surface: str) -> bool:
    """Whether a text is nothing but words such as "the", "and of"; "WAS" and "IF" are names."""
    words = surface.split()
    return bool(words) and all(word in _GRAMMAR or (word[1:].islower() and word.lower() in _GRAMMAR) for word in words)


def mention_key(surface: str) -> str:
    """What two mentions share that are the same thing by the rules above; tables of counts are kept by it."""
    words = " ".join(part for part in re.split(_JOINT, surface) if part)
    return words.casefold() if _is_caseless(surface) else words


def count_labels(mentions: Iterable[tuple[str, str]]) -> dict[str, dict[str, int]]:
    """How often each label was given to each text: {mention_key: {label: count}} from (text, label) pairs."""
    counts: dict[str, dict[str, int]] = {}
    keys: dict[str, str] = {}
    for surface, label in mentions:
        key = keys.get(surface)
        if key is None:
            key = keys[surface] = mention_key(surface)
        by_label = counts.setdefault(key, {})
        by_label[label] = by_label.get(label, 0) + 1
    return counts


def _is_caseless(surface: str) -> bool:
    letters = sum(character.isalpha() for character in surface)
    return letters >= LONG_NAME or (letters == len(surface) == LONG_NAME - 1 and surface[1:].islower())


def _places(surface: str, text: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, why) of each place where the surface stands as whole words."""
    parts = re.split(_JOINT, surface)
    pattern = _JOINT.join(map(re.escape, parts)) if all(parts) else re.escape(surface)
    if _is_caseless(surface):
        # The slow part of a look through many texts; most hold no such word.
        if parts[0].casefold() not in text.casefold():
            return
        found = re.finditer(pattern, text, re.IGNORECASE)
    else:
        if parts[0] not in text:
            return
        found = re.finditer(pattern, text)
    for match in found:
        if _is_caseless(match[0]) == _is_caseless(surface) and _is_whole(text, match.start(), match.end()):
            if match[0] == surface:
                why = "same text"
            elif match[0].casefold() == surface.casefold():
                why = "same but for upper and lower case"
            else:
                why = "same words, joined in another way"
            yield match.start(), match.end(), why


def _is_whole(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 1]
    if (_is_of_word(text[start]) and _is_of_word(before)) or (_is_of_word(text[end - 1]) and _is_of_word(after)):
        return False
    if after and after in _HYPHENS:
        part = _part_after(text, end + 1)
        if part.lower() == "like" or part.lower() in _GREEK or _is_locant(part):
            return False
    return not (before and before in _HYPHENS and _is_locant(_part_before(text, start - 1)))


def _is_of_word(character: str) -> bool:
    return bool(character) and (character.isalnum() or unicodedata.category(character) in ("Mn", "Mc"))


def _part_after(text: str, start: int) -> str:
    end = start
    while end < len(text) and end - start < 12 and text[end].isalnum():
        end += 1
    return text[start:end]


def _part_before(text: str, end: int) -> str:
    start = end
    while start > 0 and end - start < 12 and text[start - 1].isalnum():
        start -= 1
    return text[start:end]


def _is_locant(part: str) -> bool:
    """A letter or number that is part of the name it is hyphened to: "5-", "N-", "-α", "-1b"."""
    return len(part) == 1 or (0 < len(part) <= 3 and part[0].isdigit())


def _partners(surface: str, pairs: Sequence[Abbreviation]) -> list[tuple[str, str]]:
    """(other form, why) of each abbreviation that the surface is a form of."""
    key = mention_key(surface)
    partners: dict[str, tuple[str, str]] = {}
    for pair in pairs:
        if mention_key(pair.long) == key and not is_too_common(pair.short):
            partners.setdefault(mention_key(pair.short), (pair.short, f"short for {pair.long}"))
        if mention_key(pair.short) == key:
            partners.setdefault(mention_key(pair.long), (pair.long, f"written out: {pair.short}"))
    return list(partners.values())


def _defined_otherwise(
    surface: str, partners: Sequence[tuple[str, str]], text: str, pairs: list[Abbreviation] | None
) -> str | None:
    """The long form that another text gives to the surface where it is not one of the selected document's."""
    if not partners or "(" not in text:
        return None
    known = {mention_key(partner) for partner, _ in partners}
    for pair in find_abbreviations(text) if pairs is None else pairs:
        if pair.short == surface and mention_key(pair.long) not in known:
            return pair.long
    return None


def _one_line(text: str) -> str:
    """The same number of code points without line ends and half surrogates, which the library does not take."""
    return "".join(
        " " if character.isspace() else "\ufffd" if "\ud800" <= character <= "\udfff" else character
        for character in text
    )


def _pairs_of(sentence: str) -> Iterator[Abbreviation]:
    for short, long in _extracted(sentence):
        place = re.search(re.escape(long) + r"\s*[(\[]\s*[\"'“‘«]?" + re.escape(short), sentence)
        if place is not None:
            yield Abbreviation(short, place.end() - len(short), long, place.start())
    for match in _REVERSED.finditer(sentence):
        # The library knows "long form (SF)" only: turn "SF (long form)" round, and take it where all of it is the form.
        if (match[1], match[2]) in _extracted(f"{match[2]} ({match[1]})"):
            yield Abbreviation(match[1], match.start(1), match[2], match.start(2))


def _extracted(sentence: str) -> list[tuple[str, str]]:
    from abbreviation_extractor import extract_abbreviation_definition_pairs

    pairs = extract_abbreviation_definition_pairs(sentence, tokenize=False, ignore_errors=True)
    return [(pair.abbreviation, pair.definition) for pair in pairs]
