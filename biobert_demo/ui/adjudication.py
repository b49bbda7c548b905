"""Two people's reviews of a document enter; a comparison to decide on, and the decision as gold, leave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from biobert_demo.agreement import Difference, compare_reviews
from biobert_demo.errors import BadInput
from biobert_demo.review import Correction, EditRefused, ReviewedSpan
from biobert_demo.store import Review, Store
from biobert_demo.ui.review_values import present_project_labels, present_span, title_of

CHOICES = ("a", "b", "both", "neither")


def list_shared(store: Store, project_id: int) -> list[dict[str, Any]]:
    """The documents that two or more completed: {id, name, title, authors, decidedBy}, undecided ones first."""
    authors: dict[int, list[str]] = {}
    decided: dict[int, str] = {}
    names: dict[int, tuple[str, str]] = {}
    for review in store.reviews.iterate(project_id):
        if not review.revision.is_complete:
            continue
        document = review.document
        names[document.id] = document.name, title_of(document)
        if review.kind == "gold":
            decided[document.id] = review.author
        else:
            authors.setdefault(document.id, []).append(review.author)
    shared = sorted((id for id, who in authors.items() if len(who) > 1), key=lambda id: (id in decided, id))
    return [
        {
            "id": id,
            "name": names[id][0],
            "title": names[id][1],
            "authors": sorted(authors[id]),
            "decidedBy": decided.get(id),
        }
        for id in shared
    ]


def compare_document(
    store: Store, document_id: int, adjudicator: str, first: str | None = None, second: str | None = None
) -> dict[str, Any]:
    """Both reviews side by side, each difference with what the adjudicator decided before, None where nothing.

    Without names the first two annotators. Raises BadInput where fewer than two completed the document.
    """
    reviews = _completed(store, document_id)
    names = sorted(reviews)
    if len(names) < 2:
        raise BadInput("Fewer than two people have completed this document, so that there is nothing to compare.")
    a = first if first in reviews else names[0]
    b = second if second in reviews and second != a else next(name for name in names if name != a)
    left, right = reviews[a], reviews[b]
    stored = left.document
    gold = store.reviews.find(document_id, adjudicator, "gold")
    project = store.projects.get(stored.project_id)
    differences = compare_reviews(stored.document.text, left.revision.gold, right.revision.gold)
    met = [span.label for review in (left, right) for span in review.revision.gold]
    return {
        "document": {
            "id": stored.id,
            "name": stored.name,
            "text": stored.document.text,
            "passages": [{"kind": p.kind, "start": p.start, "end": p.end} for p in stored.document.passages],
        },
        "labels": present_project_labels(project.labels, met),
        "authors": names,
        "a": {"author": a, "spans": [present_span(span) for span in left.revision.gold]},
        "b": {"author": b, "spans": [present_span(span) for span in right.revision.gold]},
        "same": sum(one.kind == "same" for one in differences),
        "differences": [_present(one, number, gold) for number, one in enumerate(differences) if one.kind != "same"],
        "seen": gold.revision.number if gold else 0,
        "isDecided": gold is not None and gold.revision.is_complete,
    }


def record_decision(
    store: Store,
    document_id: int,
    adjudicator: str,
    first: str,
    second: str,
    decisions: Mapping[str, Any],
    seen: int,
    key: str,
) -> Review:
    """Keep what was decided as the adjudicator's gold review, complete, in one step that can be undone.

    `decisions` maps each difference's id to one of CHOICES; what both have is gold without asking. Raises BadInput
    where one is left undecided, EditRefused where the reviews or the gold changed since they were shown.
    """
    shown = compare_document(store, document_id, adjudicator, first, second)
    if (shown["a"]["author"], shown["b"]["author"]) != (first, second):
        raise EditRefused("The reviews that were compared are not both complete any more; compare the document again.")
    ids = {one["id"] for one in shown["differences"]}
    if set(decisions) != ids:
        raise EditRefused("Somebody changed their review meanwhile; look at the differences again.")
    if any(choice not in CHOICES for choice in decisions.values()):
        raise BadInput("Not every difference is decided; choose one side, both or neither for each.")
    reviews = _completed(store, document_id)
    differences = compare_reviews(
        reviews[first].document.document.text, reviews[first].revision.gold, reviews[second].revision.gold
    )
    wanted: dict[tuple[int, int, str], ReviewedSpan] = {}
    for number, one in enumerate(differences):
        choice = "both" if one.kind == "same" else decisions[_id(one, number)]
        for span in _chosen(one, choice):
            known = wanted.get(span.key)
            identifiers = (*(known.identifiers if known else ()), *span.identifiers)
            wanted[span.key] = replace(span, identifiers=tuple(dict.fromkeys(identifiers)))
    gold = store.reviews.open(document_id, adjudicator, "gold")
    corrections = _corrections(gold, wanted)
    result = store.reviews.save(
        gold.id, corrections, author=adjudicator, seen=seen, key=key, summary=f"adjudicated {first} and {second}"
    )
    return result.review


def _completed(store: Store, document_id: int) -> dict[str, Review]:
    reviews = store.reviews.of_document(document_id)
    return {one.author: one for one in reviews if one.kind == "review" and one.revision.is_complete}


def _present(one: Difference, number: int, gold: Review | None) -> dict[str, Any]:
    return {
        "id": _id(one, number),
        "kind": one.kind,
        "start": one.start,
        "end": one.end,
        "a": None if one.a is None else {"start": one.a.start, "end": one.a.end, "label": one.a.label},
        "b": None if one.b is None else {"start": one.b.start, "end": one.b.end, "label": one.b.label},
        "decision": None if gold is None or not gold.revision.is_complete else _decided(one, gold),
    }


def _id(one: Difference, number: int) -> str:
    """A name that changes where what is compared changes."""
    sides = (f"{span.start}-{span.end}-{span.label}" if span else "" for span in (one.a, one.b))
    return ":".join((str(number), *sides))


def _decided(one: Difference, gold: Review) -> str:
    keys = {span.key for span in gold.revision.gold}
    has_a = one.a is not None and (one.a.start, one.a.end, one.a.label) in keys
    has_b = one.b is not None and (one.b.start, one.b.end, one.b.label) in keys
    return {(True, True): "both", (True, False): "a", (False, True): "b", (False, False): "neither"}[has_a, has_b]


def _chosen(one: Difference, choice: str) -> Sequence[Any]:
    sides = {"a": (one.a,), "b": (one.b,), "both": (one.a, one.b), "neither": ()}[choice]
    return [span for span in sides if span is not None]


def _corrections(gold: Review, wanted: Mapping[tuple[int, int, str], ReviewedSpan]) -> list[Correction]:
    here = {span.key: span for span in gold.revision.spans if span.state == "accepted"}
    return [
        *(Correction("remove", span_id=span.id) for key, span in here.items() if key not in wanted),
        *(
            Correction(
                "add",
                start=span.start,
                end=span.end,
                text=span.text,
                label=span.label,
                identifiers=span.identifiers,
            )
            for key, span in wanted.items()
            if key not in here
        ),
        Correction("complete"),
    ]
