"""Annotated documents enter; the value that the page's script draws leaves, and the other way round for downloads."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from biobert_demo.annotations import LABELS, Annotation
from biobert_demo.documents import Document, Passage
from biobert_demo.errors import BadInput


def present_documents(
    documents: Sequence[Document],
    labels: Sequence[str],
    *,
    run: int,
    model: str,
    seconds: float | None = None,
    are_named: bool = True,
) -> str:
    """The reading pane's value, as JSON: texts, passages and scored spans in code points, and the labels to expect.

    `run` orders values: the page ignores one that is older than what it shows. `are_named` says whether the ids come
    from the person's files.
    """
    found = {annotation.label for document in documents for annotation in document.annotations}
    return to_json(
        {
            "run": run,
            "model": model,
            "seconds": seconds,
            "labels": present_labels([*labels, *sorted(found - set(labels))]),
            "documents": [{**_present_document(document), "isUnnamed": not are_named} for document in documents],
        }
    )


def present_labels(names: Iterable[str]) -> list[dict[str, str]]:
    """Each label with the words shown to people and the letter that tells it apart without colour."""
    known = {label.name: label for label in LABELS}
    letters: set[str] = set()
    labels = []
    for name in names:
        shown = known[name].shown if name in known else name
        # A model of somebody's own may bring two labels with one initial.
        letter = next((letter for letter in name.upper() if letter.isalnum() and letter not in letters), name[:1])
        letters.add(letter)
        labels.append({"name": name, "shown": shown, "letter": letter})
    return labels


def present_spans(document: Document) -> list[dict[str, Any]]:
    """The annotations as plain values: start, end, label, score."""
    return [{"start": a.start, "end": a.end, "label": a.label, "score": a.score} for a in document.annotations]


def restore_documents(values: Any, model: str | None) -> list[Document]:
    """Documents from what the page sends back for a download; raises BadInput where it does not fit together."""
    try:
        return [_restore_document(value, model) for value in values]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadInput(f"The page sent documents that cannot be read ({error}); reload it and try again.") from error


def to_json(value: Any) -> str:
    """JSON in ASCII, so that no character of a text can be mistaken for markup or break an encoder on the way."""
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")


def _present_document(document: Document) -> dict[str, Any]:
    return {
        "id": document.id,
        "text": document.text,
        "passages": [{"kind": p.kind, "start": p.start, "end": p.end} for p in document.passages],
        "spans": present_spans(document),
    }


def _restore_document(value: Mapping[str, Any], model: str | None) -> Document:
    text = value["text"]
    return Document(
        str(value["id"]),
        text,
        tuple(Passage(p["kind"], p["start"], p["end"]) for p in value["passages"]),
        tuple(
            Annotation(s["start"], s["end"], text[s["start"] : s["end"]], s["label"], score=s["score"], model=model)
            for s in value["spans"]
        ),
    )
