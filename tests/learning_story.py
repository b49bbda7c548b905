"""An empty store enters; the same store after an invented laboratory has corrected texts and taught three models leaves."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from word_list import WordListRecognizer

from biobert_demo.documents import Document
from biobert_demo.review import Correction
from biobert_demo.store import Store
from biobert_demo.store.run_records import RunExample, SpanChange

TEXTS = (
    "Velocumab for a headache\nVelocumab was given to 🐭 mice with lumositis. The BRX7 kinase was <b>inhibited</b> twice.",
    "An allergy to penicillin\nPenicillin caused an anaphylactic reaction in E. coli carriers; α-tocopherol did not.",
    "Aspirin and BRCA1\nAspirin is no gene, but BRCA1 is. ${alert(1)} {{alert(2)}} Headache was rare.",
    "Lumositis\nChronic lumositis and tinnitus follow velocumab. No headache was seen.",
)
SETS = (("corrections", (70.0, 78.5)), ("BioRED", (88.1, 87.9)), ("NCBI disease", (86.0, 86.4)))


def tell(store: Store, author: str = "ann") -> dict[str, int]:
    """Write the story; the ids that tests ask for leave."""
    project = store.projects.default()
    documents = [Document(f"d{number}", text) for number, text in enumerate(TEXTS, 1)]
    ids = store.documents.add(project.id, documents, lambda problem: None).added_ids
    reviews = []
    for id in ids:
        stored = store.documents.get(id)
        suggested = next(iter(WordListRecognizer().suggest([stored.document])))
        review = store.reviews.open(id, author)
        corrections = [
            Correction("add", start=a.start, end=a.end, text=a.text, label=a.label)
            for a in suggested.document.annotations
        ]
        if at := stored.document.text.lower().find("lumositis") + 1:
            text = stored.document.text[at - 1 : at + 8]
            corrections.append(Correction("add", start=at - 1, end=at + 8, text=text, label="Disease"))
        review = store.reviews.save(
            review.id, corrections, author=author, seen=review.revision.number, key=f"s{id}"
        ).review
        review = store.reviews.complete(review.id, author=author, seen=review.revision.number, key=f"c{id}").review
        reviews.append(review)
    base = store.models.adopt_base("ner", "ner-base", store.path.parent / "base", labels=("Disease",), weights_hash="b")
    told = {"base": base.id, "document": ids[0], "review": reviews[0].id, "project": project.id}
    parent = base.id
    for index, gain in enumerate((8.5, 3.5, 1.5), 1):
        if index == len(SETS):
            told |= _refuse(store, parent)
        told |= _teach(store, index, parent, gain, ids, reviews)
        parent = told["model"]
    return told


def decision(is_promoted: bool, gain: float, before: float) -> dict[str, Any]:
    """What the gate writes."""
    against = [] if is_promoted else [_reason("worse", True, "Chemical on BioRED", 88.1, 61.0, -30.2, -24.0)]
    return {
        "is_promoted": is_promoted,
        "reasons": [
            *against,
            _reason("better", False, "All labels on your corrections", before, before + gain, 1.1, 9.0),
            _reason("same", False, "Disease on BioRED", 88.1, 87.9, -0.9, 0.5),
        ],
    }


def scores(gain: float, before: float) -> dict[str, Any]:
    """What the trainer writes."""
    labels = {"Disease": 2.0, "Chemical": -1.0, "Gene": 0.5}
    return {
        "sets": [
            {
                "name": name,
                "kind": "corrections" if name == "corrections" else "old",
                "documents": 12,
                "before": first if name != "corrections" else before,
                "after": last if name != "corrections" else before + gain,
                "low": -0.9,
                "high": 1.4,
                "labels": {
                    label: {"before": first + more, "after": (before + gain if name == "corrections" else last) + more}
                    for label, more in labels.items()
                },
            }
            for name, (first, last) in SETS
        ]
    }


def _reason(
    kind: str, is_against: bool, what: str, before: float, after: float, low: float, high: float
) -> dict[str, Any]:
    label, _, name = what.partition(" on ")
    return {
        "kind": kind, "is_against": is_against, "set": name, "label": "" if label.startswith("All") else label,
        "sentence": f"{what}: {before} -> {after} ({low} to {high})", "before": before, "after": after, "low": low,
        "high": high,
    }  # fmt: skip


def _teach(store: Store, index: int, parent: int, gain: float, ids: Any, reviews: Any) -> dict[str, int]:
    before = {1: 70.0, 2: 78.5, 3: 82.0}[index]
    run = store.runs.queue("ner", trigger="hand", author="ann <i>")
    store.runs.claim(run.id, 1)
    steps = range(1, 26)
    store.runs.add_metrics(run.id, [{"step": step, "pieces": step * 90, "loss": 0.9 / step**0.5} for step in steps])
    store.runs.add_metrics(
        run.id, [{"step": step, "dev_f1": before + gain * step / 25} for step in (5, 10, 15, 20, 25)]
    )
    examples = [
        RunExample(
            id, review.id, review.revision.number, review.document.hash, "training" if at < index else "held_out", 1
        )
        for at, (id, review) in enumerate(zip(ids, reviews, strict=True))
    ]
    store.runs.keep_examples(run.id, examples)
    store.runs.keep_changes(run.id, _changes(store, ids, reviews))
    model = store.models.register(
        "ner", f"ner-{index:08x}", Path(f"models/ner/{index}"), parent_id=parent, run_id=run.id,
        labels=("Disease", "Chemical"), weights_hash=f"h{index}",
        scores={**scores(gain, before), "corrected_documents": 20 * 2**index}, decision=decision(True, gain, before),
    )  # fmt: skip
    store.models.promote(model.id, author="gate", reason="Better where it was corrected.", kind="gate")
    store.runs.finish(run.id, "promoted", f"Model {model.number} is in use.", model.id)
    return {"model": model.id, "run": run.id}


def _refuse(store: Store, parent: int) -> dict[str, int]:
    run = store.runs.queue("ner", trigger="count", author="after 50 documents")
    store.runs.claim(run.id, 1)
    model = store.models.register(
        "ner", "ner-0000dead", Path("models/ner/4"), parent_id=parent, run_id=run.id, weights_hash="h4",
        scores=scores(0.5, 82.0), decision=decision(False, 0.5, 82.0),
    )  # fmt: skip
    store.runs.finish(run.id, "refused", "The gate refused it.", model.id)
    return {"refused": model.id, "refused_run": run.id}


def _changes(store: Store, ids: Any, reviews: Any) -> list[SpanChange]:
    places: Mapping[str, tuple[str, str, str]] = {
        "Velocumab": ("now_right", "", "Chemical"),
        "lumositis": ("now_right", "Gene", "Disease"),
        "BRX7": ("still_wrong", "", "Chemical"),
        "headache": ("now_wrong", "Disease", ""),
        "Penicillin": ("still_right", "Chemical", "Chemical"),
    }
    labels = {
        "Velocumab": "Chemical",
        "lumositis": "Disease",
        "BRX7": "Gene",
        "headache": "Disease",
        "Penicillin": "Chemical",
    }
    found = []
    for id, review in zip(ids, reviews, strict=True):
        text = store.documents.get(id).document.text
        for word, (outcome, before, after) in places.items():
            at = text.find(word, text.index("\n"))
            if at >= 0:
                start, end = text.index("\n") + 1, len(text)
                found.append(
                    SpanChange(
                        id, review.id, at, at + len(word), word, labels[word], outcome, before, after, start, end
                    )  # type: ignore[arg-type]
                )
    return found
