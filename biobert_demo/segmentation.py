"""Text enters; sentences and words with exact code point offsets leave.

The rules are written for biomedical prose ("Fig. 1", "et al.", "E. coli", "i.v.", "hepatitis B. We ...") and are
plain functions, so that serving needs no pipeline object; `spacy_component` wraps them for a lab's own pipeline.
`benchmarks/sentences.py` compares them with other splitters on the gold sentences of corpora.
"""

from __future__ import annotations

import re

from biobert_demo.documents import Sentence, Token

MAX_SENTENCE_LENGTH = 1_500
"""Code points. A longer "sentence" (a table, a sequence, text without full stops) is cut at white space."""

# A word is a run of letters, digits and combining marks; every other visible character stands alone. These are the
# boundaries at which BERT's own pre-tokeniser cuts, so a word's first piece always starts where the word starts. Like
# BERT, words run on over what has no width (soft hyphens, zero-width spaces and joiners) but do not end in it.
_WORD = re.compile(
    r"[^\W_]+(?:(?:[\u0300-\u036f]|[\u00ad\u200b-\u200f\u2060\ufeff]++(?=[^\W_]))[^\W_]*+)*+|\S", re.UNICODE
)

# Possessive throughout, and each run of stops or line ends is taken whole: nothing is looked at twice, however long.
_SENTENCE_END = re.compile(r"(?P<stop>[.!?]++[\"'’”)\]]*+)(?P<gap>\s*+)|(?P<lines>\n\s*+)")
_OPENERS = "\"'“‘([<"
_ABBREVIATION = re.compile(
    r"(?:\b(?:figs?|al|vs|cf|eqns?|exp|biol|chem|mol|environ|e\.?g|i\.?e|approx|dr|prof|mr|mrs|ms|st|refs?|eqs?|no|nos|vol|pp|tab|ca|resp|sp|spp"
    r"|subsp|ssp|var|cv|str|nov|gen|inc|ltd|co|corp|etc|suppl|sect|ver|viz|incl|max|min|temp|wt|conc"
    r"|i\.v|i\.p|s\.c|i\.m|p\.o|i\.c\.v|i\.d|b\.i\.d|t\.i\.d|q\.i\.d|u\.s|u\.k|ph\.d|m\.d)"
    r"|\bsp\.? nov)\.$",
    re.IGNORECASE,
)
# "E. coli" needs no rule (a lower-case letter follows), "J. Smith" does, and "hepatitis B. We" must still end.
_INITIAL = re.compile(r"(?:^|[\s(\[.])[A-Z]\.$")
_AFTER_SMALL_WORD = re.compile(
    r"(?:^|[\s(])(?:by|of|and|or|in|with|from|to|for|the|against|on|between|than)\s+[A-Z]\.$"
)
_AFTER_LOWER_WORD = re.compile(r"[a-z\d)][\s-]+[A-Z]\.$")
_REFERENCE = re.compile(r"\(?\d+[),:;]")
_STARTERS = re.compile(
    r"(?:The|We|In|This|These|It|Our|However|To|A|An|For|As|Here|There|Both|All|No|When|While|Although|Thus|After"
    r"|Patients|Results|Methods|Conclusions?|Background|Objectives?)\b"
)
_LOWER_START = re.compile(r"(?:[a-z]{1,3}[A-Z0-9]|[a-z]-[A-Z0-9]|p\d|α|β|γ|κ|δ)")
"""A sentence may open with a symbol such as "p53", "mTOR" or "c-Myc" in lower case."""


def split_words(text: str, start: int = 0, end: int | None = None) -> list[Token]:
    """The words of `text[start:end]`, with offsets into the whole text."""
    end = len(text) if end is None else end
    return [Token(match.start(), match.end()) for match in _WORD.finditer(text, start, end)]


def split_sentences(text: str, start: int = 0, end: int | None = None) -> list[Sentence]:
    """The sentences of `text[start:end]`, trimmed of surrounding white space; together they hold every word of it."""
    end = len(text) if end is None else end
    sentences: list[Sentence] = []
    begin = start
    for match in _SENTENCE_END.finditer(text, start, end):
        space = match["gap"] if match["lines"] is None else match["lines"]
        is_blank_line = space.count("\n") > 1
        if is_blank_line or (
            match["gap"] and match.end() < end and _is_boundary(text, begin, match.end("stop"), match.end())
        ):
            _append_trimmed(sentences, text, begin, match.end() - len(space))
            begin = match.end()
    _append_trimmed(sentences, text, begin, end)
    return sentences


def _is_boundary(text: str, begin: int, stop: int, following: int) -> bool:
    before = text[max(begin, stop - 40) : stop].rstrip("\"'’”)]")
    after = text[following : following + 24].lstrip(_OPENERS)
    if not after:
        return True
    if not before.endswith("."):
        return before.endswith(("!", "?")) and not after[0].islower()
    if after[0].islower() and not _LOWER_START.match(after):
        return False
    if _ABBREVIATION.search(before):
        if before.lower().endswith(("e.g.", "i.e.")):
            return False
        # "... were given i.v. The dose" ends; "Fig. 1", "et al. (2001)" and "vs. Placebo" go on.
        return bool(re.search(r"\.[a-z]\.$|\betc\.$|\b(?:al|sp|spp)\.$", before)) and bool(_STARTERS.match(after))
    if _REFERENCE.match(after):
        return False  # "J. Biol. Chem. 274, 11060" and "(Blood. 2001; 98: 823)"
    if _INITIAL.search(before):
        # "by S. Karger" goes on; "hepatitis B. We", "NF-kappa B. Peripheral" and "at 20 degrees C. Values" end.
        is_name = _AFTER_SMALL_WORD.search(before) or not _AFTER_LOWER_WORD.search(before)
        return not is_name or bool(_STARTERS.match(after))
    return True


def _append_trimmed(sentences: list[Sentence], text: str, begin: int, stop: int) -> None:
    while begin < stop and text[begin].isspace():
        begin += 1
    while stop > begin and text[stop - 1].isspace():
        stop -= 1
    while stop - begin > MAX_SENTENCE_LENGTH:
        cut = _last_gap(text, begin, begin + MAX_SENTENCE_LENGTH)
        sentences.append(Sentence(begin, cut))
        begin = cut
        while begin < stop and text[begin].isspace():
            begin += 1
    if begin < stop:
        sentences.append(Sentence(begin, stop))


def _last_gap(text: str, begin: int, limit: int) -> int:
    """Where the last white space before `limit` begins; without any, where the last word does; else `limit`."""
    for place in range(limit, begin, -1):
        if text[place].isspace() and not text[place - 1].isspace():
            return place
    last_word = split_words(text, begin, limit)[-1]
    return last_word.start if last_word.start > begin else limit
