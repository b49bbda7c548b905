"""A document and names from vocabularies enter; the same document with other names in the places of its mentions leaves.

"The patient had a rash after penicillin" also teaches when it reads "... had anaphylactic shock after bevonium". What is
learned is the context, and that a name can be one never seen. (Dai and Adel 2020, An Analysis of Simple Data
Augmentation for Named Entity Recognition: mention replacement.)
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from biobert_demo.annotations import Annotation
from biobert_demo.documents import Document

COPY_MARK = "~"
"""Ends the id of a copy with other names, and the name of a corpus of such copies."""

NameLists = Mapping[str, Sequence[str]]
"""Label -> names to draw from."""

_NATURAL = re.compile(r"[^\W_](?:[\w' +-]|-)*[^\W_]")
_MOST_WORDS = 5
_SYMBOL = re.compile(r"\S*[A-Z0-9]\S*")


def collect_name_lists(names: Iterable[tuple[str, str]], labels: Sequence[str]) -> dict[str, list[str]]:
    """Names as a text would write them, by label: no inverted or bracketed ones, at most five words, each once."""
    lists: dict[str, dict[str, None]] = {label: {} for label in labels}
    for name, kind in names:
        if kind in lists and len(name) > 2 and name.count(" ") < _MOST_WORDS and _NATURAL.fullmatch(name):
            lists[kind][name] = None
    return {label: list(found) for label, found in lists.items()}


def replace_mentions(document: Document, names: NameLists, share: float, rng: random.Random) -> Document:
    """A copy in which about `share` of the different names are replaced, each everywhere by the same other name.

    Symbols are replaced by symbols ("EGFR" by "BRX7") and words by words, so that the copy reads like text. Overlapping
    mentions and those whose label has no list are left as they are. Offsets, passages and annotations are moved along;
    identifiers and relations are dropped, as they no longer hold. The copy's id ends in "~".
    """
    chosen: dict[tuple[str, str], str | None] = {}
    pieces: list[str] = []
    moved: list[Annotation] = []
    shifts: list[tuple[int, int]] = []
    position, shift, end_of_last = 0, 0, 0
    for annotation in sorted(document.annotations, key=lambda a: (a.start, -a.end)):
        if annotation.start < end_of_last:
            continue
        end_of_last = annotation.end
        key = (annotation.label, annotation.text.casefold())
        if key not in chosen:
            chosen[key] = _draw(annotation, names, rng) if rng.random() < share else None
        new = chosen[key] or annotation.text
        if annotation.text[0].isupper() and new[0].islower() and chosen[key]:
            new = new[0].upper() + new[1:]
        pieces.extend((document.text[position : annotation.start], new))
        start = annotation.start + shift
        moved.append(replace(annotation, start=start, end=start + len(new), text=new, identifiers=()))
        position = annotation.end
        shift += len(new) - len(annotation.text)
        shifts.append((annotation.end, shift))
    pieces.append(document.text[position:])
    return Document(
        document.id + COPY_MARK,
        "".join(pieces),
        tuple(replace(p, start=_move(p.start, shifts), end=_move(p.end, shifts)) for p in document.passages),
        tuple(moved),
    )


def augment_corpora(
    corpora: Mapping[str, Sequence[Document]], names: NameLists, copies: float, share: float = 0.5, seed: int = 1
) -> dict[str, list[Document]]:
    """For each corpus, under its name with a mark, copies of a share (`copies`) of its documents with other names."""
    augmented: dict[str, list[Document]] = {}
    for corpus, documents in corpora.items():
        rng = random.Random(f"{seed}-{corpus}")
        drawn = [d for d in documents if d.annotations and rng.random() < copies]
        augmented[corpus + COPY_MARK] = [replace_mentions(d, names, share, rng) for d in drawn]
    return augmented


def _draw(annotation: Annotation, names: NameLists, rng: random.Random) -> str | None:
    candidates = names.get(annotation.label)
    if not candidates:
        return None
    wants_symbol = _is_symbol(annotation.text)
    for _ in range(20):
        name = rng.choice(candidates)
        if _is_symbol(name) == wants_symbol:
            return name
    return None


def _is_symbol(text: str) -> bool:
    return len(text) <= 8 and _SYMBOL.fullmatch(text) is not None and not text[1:].islower()


def _move(offset: int, shifts: Sequence[tuple[int, int]]) -> int:
    moved = offset
    for end, shift in shifts:
        if end > offset:
            break
        moved = offset + shift
    return moved
