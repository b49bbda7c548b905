"""A store of reviews enters; a snapshot of what can be learned from them leaves, with the part held out for the gate."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from biobert_demo.annotations import LABEL_NAMES, Annotation
from biobert_demo.errors import BadInput
from biobert_demo.formats.records import to_document, to_record
from biobert_demo.labels import LabelNames
from biobert_demo.model_labels import LabelPlan, in_model_terms, plan_labels
from biobert_demo.reviewed import ReviewedDocument, reviewed_document
from biobert_demo.wording import count_nouns

if TYPE_CHECKING:
    from biobert_demo.store import Project, Review, Store

HELD_OUT_SHARE = 0.2
"""Of all texts; see `is_held_out`."""


@dataclass(frozen=True)
class Snapshot:
    """All that a run learns from and is judged by, as it stood when the run began.

    `labels` are those of the next model: the parent's in their order (`renamed` has those that the lab has given another
    name), then new ones that somebody has accepted a mention of. `notes` say what could not be used as it is.
    """

    training: tuple[ReviewedDocument, ...]
    held_out: tuple[ReviewedDocument, ...]
    labels: tuple[str, ...]
    notes: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)

    @property
    def documents(self) -> tuple[ReviewedDocument, ...]:
        """Those that are learned from, then those that are held out."""
        return (*self.training, *self.held_out)

    @property
    def hash(self) -> str:
        """The SHA-256 of everything that people decided in these documents; the same decisions give the same hash."""
        lines = sorted(json.dumps(_decisions(one), ensure_ascii=False, sort_keys=True) for one in self.documents)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def take_snapshot(store: Store, project_id: int | None = None, parent_labels: Sequence[str] = LABEL_NAMES) -> Snapshot:
    """What stands in the store now, of one project or of all, in the words of the model to come.

    Raises BadInput where nobody has reviewed anything, and where there are more labels than a model can hold.
    """
    projects = [store.projects.get(project_id)] if project_id is not None else store.projects.list()
    names = {project.id: store.projects.names(project.id) for project in projects}
    reviews = {project.id: list(store.reviews.iterate(project.id)) for project in projects}
    plan = plan_labels(parent_labels, names.values(), _accepted_labels(chain.from_iterable(reviews.values())))
    notes: list[str] = []
    chosen: dict[str, ReviewedDocument] = {}
    for project in projects:
        for hash, of_text in _by_text(reviews[project.id]).items():
            found = _choose(of_text, project, names[project.id], plan, notes)
            if found is None:
                continue
            found = replace(found, hash=hash, project_id=project.id)
            known = chosen.get(hash)
            if known is not None and _decisions(known) != _decisions(found):
                notes.append(
                    f"{found.document.id} stands in two projects with different decisions; those of the project "
                    f"{project.name!r} count, as it is the newer one."
                )
            if known is None or found.is_complete >= known.is_complete:
                chosen[hash] = found
    documents = list(chosen.values())
    if not documents:
        raise BadInput(
            "There is nothing to learn from yet: nobody has completed a document, or accepted or rejected a mention. "
            "Review some documents, or bring gold with `biobert-demo import FILE --reviewed-by NAME`."
        )
    held_out = [one for one in documents if is_held_out(one.hash)]
    training = [one for one in documents if not is_held_out(one.hash)]
    if not training:
        training, held_out = held_out, []
    return Snapshot(tuple(training), tuple(held_out), plan.labels, tuple(notes), dict(plan.renamed))


def is_held_out(hash: str) -> bool:
    """Whether a text with this SHA-256 is kept for the gate: a fixed fifth of all texts, whatever order they come in.

    The choice must not follow the review queue, which shows hard documents first.
    """
    return int(hash[-8:], 16) / 2**32 < HELD_OUT_SHARE


def folds(documents: Sequence[ReviewedDocument], count: int) -> list[list[ReviewedDocument]]:
    """Complete documents in so many parts of like size, by their hashes; for cross-fitting."""
    ordered = sorted((one for one in documents if one.is_complete), key=lambda one: one.hash[::-1])
    return [part for start in range(count) if (part := ordered[start::count])]


def save_snapshot(snapshot: Snapshot, path: Path) -> None:
    """As JSON, so that a run that goes on after a kill learns from what it began with."""
    record = {
        "training": [_to_json(one) for one in snapshot.training],
        "held_out": [_to_json(one) for one in snapshot.held_out],
        "labels": snapshot.labels,
        "notes": snapshot.notes,
        "renamed": dict(snapshot.renamed),
    }
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
    temporary.replace(path)


def load_snapshot(path: Path) -> Snapshot:
    """The snapshot that `save_snapshot` wrote; raises BadInput where the file is damaged."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        parts = [tuple(_from_json(one) for one in record[name]) for name in ("training", "held_out")]
        return Snapshot(parts[0], parts[1], tuple(record["labels"]), tuple(record["notes"]), dict(record["renamed"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput(f"The run's corrections in {path.name} cannot be read ({error}); start a new run.") from error


def describe(snapshot: Snapshot) -> str:
    """One sentence for the person who waits."""
    complete = sum(one.is_complete for one in snapshot.training)
    mentions = sum(len(one.document.annotations) for one in snapshot.training)
    partly = len(snapshot.training) - complete
    return (
        f"Learning from {count_nouns(complete, 'completed document')}"
        + (f" and the touched places of {count_nouns(partly, 'unfinished one')}" if partly else "")
        + f" with {count_nouns(mentions, 'accepted mention')}; "
        + f"{count_nouns(len(snapshot.held_out), 'completed document')} held out to judge by."
    )


def _by_text(reviews: Iterable[Review]) -> dict[str, list[Review]]:
    found: dict[str, list[Review]] = {}
    for review in reviews:
        found.setdefault(review.document.hash, []).append(review)
    return found


def _choose(
    reviews: Sequence[Review], project: Project, names: LabelNames, plan: LabelPlan, notes: list[str]
) -> ReviewedDocument | None:
    """The review of a text that counts: an adjudicated one, else the complete one that was changed last, else the newest.

    Where complete reviews differ and nobody has adjudicated, that is noted.
    """
    read = [(review, _read(review, project, names, plan)) for review in reviews]
    read = [(review, one) for review, one in read if one.is_touched]
    if not read:
        return None
    complete = [(review, one) for review, one in read if one.is_complete]
    adjudicated = [pair for pair in complete if pair[0].kind == "gold"]
    if complete and not adjudicated and len({json.dumps(_decisions(one), sort_keys=True) for _, one in complete}) > 1:
        authors = ", ".join(sorted({review.author for review, _ in complete}))
        notes.append(
            f"{complete[0][1].document.id} was completed by {authors} with different results; the newest counts until "
            "somebody adjudicates."
        )
    return max(adjudicated or complete or read, key=lambda pair: pair[0].updated)[1]


def _read(review: Review, project: Project, names: LabelNames, plan: LabelPlan) -> ReviewedDocument:
    revision = in_model_terms(review.revision, names, plan.labels)
    one = reviewed_document(review.document.document, revision, project.label_names)
    return replace(one, document_id=review.document.id, review_id=review.id, author=review.author)


def _accepted_labels(reviews: Iterable[Review]) -> list[str]:
    """The labels, as the projects call them, of which somebody has accepted a mention."""
    return sorted({span.label for review in reviews for span in review.revision.spans if span.is_gold})


def _decisions(one: ReviewedDocument) -> dict[str, Any]:
    return {
        "text": one.hash or one.document.text,
        "accepted": sorted(a.key for a in one.document.annotations),
        "labels": sorted(one.labels),
        "rejected": sorted(a.key for a in one.rejected),
        "ignored": sorted(a.key for a in one.ignored),
    }


def _to_json(one: ReviewedDocument) -> dict[str, Any]:
    return {
        "document": to_record(replace(one.document, relations=())),
        "labels": sorted(one.labels),
        "rejected": [a.key for a in one.rejected],
        "ignored": [a.key for a in one.ignored],
        **{name: getattr(one, name) for name in _PLAIN},
    }


def _from_json(record: dict[str, Any]) -> ReviewedDocument:
    document = to_document(record["document"], str(record["document"]["id"]), _no_problem)
    rejected, ignored = (
        tuple(Annotation(start, end, document.text[start:end], label) for start, end, label in record[name])
        for name in ("rejected", "ignored")
    )
    plain = {name: record[name] for name in _PLAIN}
    return ReviewedDocument(document, frozenset(record["labels"]), rejected, ignored, **plain)


_PLAIN = ("document_id", "review_id", "project_id", "revision", "author", "hash")


def _no_problem(*arguments: Any, **_: Any) -> None:
    raise ValueError(str(arguments[0]) if arguments else "a problem")
