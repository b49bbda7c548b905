"""A TOML file that lists checkpoints enters; one recognizer that speaks for all of them leaves.

BioBERT checkpoints found on hubs mostly know one label each and name their tags in their own way. The file says where
they are and what their tags mean:

    [[model]]
    path = "diseases"                        # a folder beside this file, or a hub name such as "some-lab/some-model"
    labels = { "" = "Disease" }              # the checkpoint's name for a label = ours; "" stands for bare B and I tags

    [[model]]
    path = "genes"
    tags = ["O", "B-Gene", "I-Gene"]         # where the checkpoint calls its outputs LABEL_0, LABEL_1, ...
    threshold = 0.5                          # leave out what this model is less sure of
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import tee
from pathlib import Path
from typing import Any

from biobert_demo.annotations import Annotation
from biobert_demo.documents import Document
from biobert_demo.errors import BadInput, ModelUnavailable
from biobert_demo.recognition import EntityRecognizer, Suggestions

_KEYS = ("path", "labels", "tags", "threshold")


@dataclass(frozen=True, slots=True)
class MemberSettings:
    """One `[[model]]` of the file: where it is, what its tags mean, and the score below which it is not heard."""

    path: str
    labels: Mapping[str, str]
    tags: tuple[str, ...] | None = None
    threshold: float = 0.0


@dataclass(frozen=True, slots=True)
class Member:
    """A recognizer in a combination."""

    recognizer: EntityRecognizer
    threshold: float = 0.0


@dataclass(frozen=True)
class CombinedRecognizer:
    """Several recognizers behind the surface of one; where their mentions overlap, `resolve_conflicts` decides."""

    members: tuple[Member, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of all members, in their order."""
        return tuple(dict.fromkeys(label for member in self.members for label in member.recognizer.labels))

    @property
    def version(self) -> str:
        """The members' versions, joined; each annotation carries that of the member that made it."""
        return "+".join(member.recognizer.version for member in self.members)

    @classmethod
    def load(cls, path: Path | str) -> CombinedRecognizer:
        """The recognizer that a TOML file describes; raises BadInput for the file, ModelUnavailable for a model."""
        path = Path(path)
        members = []
        for number, settings in enumerate(read_combination(path), start=1):
            beside = path.parent / settings.path
            try:
                recognizer = EntityRecognizer.load(
                    beside if beside.exists() else settings.path, settings.tags, settings.labels
                )
            except ModelUnavailable as error:
                raise ModelUnavailable(f"{path}, model {number}: {error}") from error
            members.append(Member(recognizer, settings.threshold))
        return cls(tuple(members))

    def recognize(self, documents: Iterable[Document]) -> Iterator[Document]:
        """Documents in, the same documents in the same order with predicted annotations; streams as its members do."""
        streams = tee(documents, len(self.members))
        recognised = [member.recognizer.recognize(s) for member, s in zip(self.members, streams, strict=True)]
        for versions in zip(*recognised, strict=True):
            found = [self._heard(member, document) for member, document in zip(self.members, versions, strict=True)]
            yield versions[0].with_annotations(resolve_conflicts(found))

    def suggest(self, documents: Iterable[Document]) -> Iterator[Suggestions]:
        """The same annotations as `recognize`, with the labels that came second, and near misses.

        A mention's further labels are those of the member that made it and those other members gave to the same
        boundaries. What a member said below its threshold is a near miss.
        """
        streams = tee(documents, len(self.members))
        suggested = [member.recognizer.suggest(s) for member, s in zip(self.members, streams, strict=True)]
        for versions in zip(*suggested, strict=True):
            found = [self._heard(member, one.document) for member, one in zip(self.members, versions, strict=True)]
            document = versions[0].document.with_annotations(resolve_conflicts(found))
            yield Suggestions(
                document,
                {index: _further_labels(one, versions) for index, one in enumerate(document.annotations)},
                _misses_beside(document.annotations, versions),
            )

    def annotate(self, text: str) -> list[Annotation]:
        """The predicted annotations of one text."""
        (document,) = self.recognize([Document("text", text)])
        return list(document.annotations)

    def explain(self, text: str) -> dict[str, Any]:
        """The first member's explanation, and under "models" that of each with its version."""
        shown = [{"version": member.recognizer.version, **member.recognizer.explain(text)} for member in self.members]
        return {"tokens": shown[0]["tokens"], "spans": shown[0]["spans"], "models": shown}

    @staticmethod
    def _heard(member: Member, document: Document) -> list[Annotation]:
        return [a for a in document.annotations if (a.score or 0.0) >= member.threshold]


def load_recognizer(path: Path | str | None = None) -> EntityRecognizer | CombinedRecognizer:
    """The recognizer in a folder, of a hub name or of a TOML file; of the model that serves where None is given."""
    if path is None:
        from biobert_demo.models import served_here

        path = served_here()
    if Path(path).suffix.lower() == ".toml":
        return CombinedRecognizer.load(Path(path).expanduser())
    return EntityRecognizer.load(path)


def resolve_conflicts(found: Sequence[Sequence[Annotation]]) -> list[Annotation]:
    """What several models found in a text, without overlaps.

    The rule: of mentions that overlap, the one with the higher score is kept; of equal scores the longer one; of equal
    lengths the one of the model that comes first in the file. A mention is only dropped for one that is itself kept.
    """
    ranked = sorted(
        ((annotation, order) for order, annotations in enumerate(found) for annotation in annotations),
        key=lambda pair: (-(pair[0].score or 0.0), pair[0].start - pair[0].end, pair[1], pair[0].start),
    )
    kept: list[Annotation] = []
    taken: set[int] = set()
    for annotation, _ in ranked:
        places = range(annotation.start, annotation.end)
        if taken.isdisjoint(places):
            taken.update(places)
            kept.append(annotation)
    return sorted(kept, key=lambda annotation: annotation.key)


def _further_labels(kept: Annotation, versions: Sequence[Suggestions]) -> tuple[tuple[str, float], ...]:
    shares: dict[str, float] = {}
    for version in versions:
        for index, one in enumerate(version.document.annotations):
            if (one.start, one.end) == (kept.start, kept.end):
                further = version.others[index] if one == kept else ((one.label, one.score or 0.0),)
                for label, share in further:
                    shares[label] = max(share, shares.get(label, 0.0))
    shares.pop(kept.label, None)
    return tuple(sorted(shares.items(), key=lambda pair: (-pair[1], pair[0])))


def _misses_beside(kept: Sequence[Annotation], versions: Sequence[Suggestions]) -> tuple[Annotation, ...]:
    taken = {place for one in kept for place in range(one.start, one.end)}
    unheard = [[*version.misses, *version.document.annotations] for version in versions]
    return tuple(one for one in resolve_conflicts(unheard) if taken.isdisjoint(range(one.start, one.end)))


def read_combination(path: Path) -> list[MemberSettings]:
    """The models a TOML file lists, in its order; raises BadInput with the place of what cannot be understood."""
    try:
        content = tomllib.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise BadInput(f"The model list {path} cannot be read ({error.strerror}); check the path.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"The model list {path} is not TOML ({error}); see docs/combining-models.md.") from error
    entries = content.get("model")
    if not isinstance(entries, list) or not entries:
        raise BadInput(f"The model list {path} names no model; add an entry that begins with [[model]].")
    return [_read_entry(entry, f"{path}, model {number}") for number, entry in enumerate(entries, start=1)]


def _read_entry(entry: Any, place: str) -> MemberSettings:
    if not isinstance(entry, dict):
        raise BadInput(f"{place}: expected a table, but found {entry!r}; begin each entry with [[model]].")
    if unknown := [key for key in entry if key not in _KEYS]:
        raise BadInput(f"{place}: the key {unknown[0]!r} is not known; the keys are {', '.join(_KEYS)}.")
    path, labels, tags = entry.get("path"), entry.get("labels", {}), entry.get("tags")
    threshold = entry.get("threshold", 0.0)
    if not isinstance(path, str) or not path:
        raise BadInput(f"{place}: path must be a folder or a hub name, but it is {path!r}.")
    if not isinstance(labels, dict) or not all(isinstance(name, str) for name in labels.values()):
        raise BadInput(f'{place}: labels must be a table such as {{ "" = "Disease" }}, but it is {labels!r}.')
    if tags is not None and not (isinstance(tags, list) and tags and all(isinstance(tag, str) for tag in tags)):
        raise BadInput(f'{place}: tags must be a list such as ["O", "B-Gene", "I-Gene"], but it is {tags!r}.')
    if isinstance(threshold, bool) or not isinstance(threshold, int | float) or not 0 <= threshold <= 1:
        raise BadInput(f"{place}: threshold must be a number from 0 to 1, but it is {threshold!r}.")
    return MemberSettings(path, labels, tuple(tags) if tags else None, float(threshold))
