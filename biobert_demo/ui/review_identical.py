"""A labelled mention enters; the other places that read the same, and their labelling as one step, leave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from biobert_demo.errors import BadInput
from biobert_demo.mentions import Match, find_identical
from biobert_demo.review import Correction, ReviewedSpan
from biobert_demo.store import Review, SaveResult, Store
from biobert_demo.wording import count_nouns

MOST_ITEMS = 1_000


def preview_identical(
    store: Store, review: Review, place: tuple[int, int], label: str, scope: Any, author: str
) -> list[dict[str, Any]]:
    """The places as the dialog shows them: in this document, or (scope "open") in all the author has still to do.

    `alreadyLabel` is the label that stands at the place now; `isLikely` is False where the text means something else.
    """
    stored = review.document
    names = {stored.id: stored.name}

    def others() -> Iterator[tuple[int, str]]:
        for one in store.documents.iterate(stored.project_id):
            if one.id in open_ids:
                names[one.id] = one.name
                yield one.id, one.document.text

    open_ids: set[int] = set()
    if scope == "open":
        rows = store.reviews.summaries(stored.project_id, author)
        open_ids = {row.document_id for row in rows if not row.is_complete and row.document_id != stored.id}
    matches = find_identical(stored.document.text, *place, stored.id, others() if open_ids else (), MOST_ITEMS)
    labels: dict[int, Mapping[tuple[int, int], str]] = {stored.id: _labels_of(review.revision.spans)}
    for id in {match.document_id for match in matches} - {stored.id}:
        labels[int(id)] = _labels_in(store, int(id), author)
    return [_present(match, names, labels) for match in matches]


def apply_to_identical(
    store: Store, review: Review, label: str, items: Any, author: str, key: str, *, model: str | None = None
) -> tuple[list[SaveResult], int]:
    """Label the chosen places as one act; (results, number of places changed).

    A suggestion with the label is accepted, one with another label relabelled, and where none stands one is added.
    A document that the author has not opened yet is opened with the suggestions of `model`; one that is open gets no
    new ones here. Raises BadInput for items that cannot be read or lie in another project, EditRefused where a place
    does not fit.
    """
    places = _read_items(items)
    if review.kind == "gold" and set(places) - {review.document.id}:
        raise BadInput("An adjudication is about one document; apply to the places in it alone.")
    batch: list[tuple[int, list[Correction]]] = []
    for id, chosen in places.items():
        if store.documents.get(id).project_id != review.document.project_id:
            raise BadInput("A chosen place lies in another project; open that project to change it.")
        other = review if id == review.document.id else store.reviews.find(id, author)
        if other is None:
            other = store.reviews.open(id, author, model=model)
        corrections = [one for item in chosen if (one := _correction(other.revision.spans, item, label)) is not None]
        if corrections:
            batch.append((id, corrections))
    count = sum(len(corrections) for _, corrections in batch)
    summary = f"labelled {count_nouns(count, 'identical mention')} {label}"
    if not batch:
        return [], 0
    if review.kind == "gold":
        seen = review.revision.number
        return [store.reviews.save(review.id, batch[0][1], author=author, seen=seen, key=key, summary=summary)], count
    return store.reviews.save_batch(batch, author=author, key=key, summary=summary), count


def _present(
    match: Match, names: Mapping[int, str], labels: Mapping[int, Mapping[tuple[int, int], str]]
) -> dict[str, Any]:
    id = int(match.document_id)
    return {
        "document": id,
        "name": names[id],
        "start": match.start,
        "end": match.end,
        "text": match.text,
        "before": match.before,
        "after": match.after,
        "why": match.why,
        "isLikely": match.is_likely,
        "alreadyLabel": labels[id].get((match.start, match.end)),
    }


def _labels_in(store: Store, document_id: int, author: str) -> Mapping[tuple[int, int], str]:
    review = store.reviews.find(document_id, author)
    if review is not None:
        return _labels_of(review.revision.spans)
    return {}


def _labels_of(spans: Sequence[ReviewedSpan]) -> dict[tuple[int, int], str]:
    # What is only suggested is no label yet: the dialog would take it for somebody's decision.
    return {(span.start, span.end): span.label for span in spans if span.state == "accepted"}


def _correction(spans: Sequence[ReviewedSpan], item: tuple[int, int, str], label: str) -> Correction | None:
    start, end, text = item
    here = [span for span in spans if (span.start, span.end) == (start, end)]
    same = next((span for span in here if span.label == label), None)
    if same is not None:
        return None if same.state == "accepted" else Correction("accept", span_id=same.id)
    other = next((span for span in here if span.state in ("accepted", "unseen")), None)
    if other is not None:
        return Correction("relabel", span_id=other.id, label=label)
    return Correction("add", start=start, end=end, text=text, label=label)


def _read_items(items: Any) -> dict[int, list[tuple[int, int, str]]]:
    if not isinstance(items, list) or not items or len(items) > MOST_ITEMS:
        raise BadInput("No place is chosen, or too many are; choose some in the list.")
    places: dict[int, list[tuple[int, int, str]]] = {}
    for item in items:
        values: list[Any] = []
        if isinstance(item, dict):
            values = [item.get(name) for name in ("document", "start", "end", "text")]
        if [type(value) for value in values] != [int, int, int, str]:
            raise BadInput("The page sent a place that cannot be read; reload it and try again.")
        id, start, end, text = values
        places.setdefault(id, [])
        if (start, end, text) not in places[id]:
            places[id].append((start, end, text))
    return places
