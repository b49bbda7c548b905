"""The changes of a project's labels enter; what each name in its history means now leaves (pure).

A label's name stands in every step, correction and span that it ever had, and history is not rewritten. So renaming,
merging, hiding and their opposites are rows of their own, and names are read through them wherever spans leave: the
editor, files, what a model learns from, summaries and search.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from biobert_demo.annotations import canonical_label

LabelAct = Literal["add", "remove", "rename", "merge", "split", "hide", "show"]
LABEL_ACTS: tuple[LabelAct, ...] = ("add", "remove", "rename", "merge", "split", "hide", "show")

MOST_LABELS = 31
"""A model's tags are O and two for each label, and a word's possible tags are the bits of one 64-bit number."""


@dataclass(frozen=True, slots=True)
class LabelChange:
    """One act on a label, in a list that only grows. `old` is what the label was called when it happened.

    `new` is the new name (rename), the label that takes it in (merge), or the words shown (add; "" for the name).
    "split" undoes a merge, "show" a hide, a "rename" back a rename; a label that was removed is added again.
    """

    act: LabelAct
    old: str
    new: str = ""
    author: str = ""
    created: str = ""


@dataclass(frozen=True)
class LabelNames:
    """What a project's labels are called now. `labels` are in the project's order, hidden ones included.

    A name in the history is read by `of`; names that nothing has happened to mean themselves.
    """

    labels: tuple[str, ...] = ()
    changes: tuple[LabelChange, ...] = ()
    _state: _Followed = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_state", _follow(self.changes))

    @property
    def visible(self) -> tuple[str, ...]:
        """The labels that can be given, are suggested and are learned."""
        return tuple(name for name in self.labels if name not in self.hidden)

    @property
    def hidden(self) -> frozenset[str]:
        """The labels that were put aside: not suggested, drawn, or learned, and exported only where they are named."""
        return frozenset(self._state.name_of[one] for one in self._state.hidden if one not in self._state.into)

    @property
    def ever(self) -> tuple[str, ...]:
        """Every name that a change was about."""
        return tuple(self._state.owner)

    @property
    def version(self) -> int:
        """Rises with every change."""
        return len(self.changes)

    def after(self, change: LabelChange) -> LabelNames:
        """The same once a change has been made that `check_change` lets pass."""
        labels = [name for name in self.labels if name != change.old or change.act not in ("remove", "merge")]
        if change.act == "rename":
            labels = [change.new if name == change.old else name for name in labels]
        elif change.act in ("add", "split"):
            labels.append(change.old)
        return LabelNames(tuple(labels), (*self.changes, change))

    def of(self, written: str) -> str:
        """The present name of a label that is written so in the history, or that a model or a file calls so."""
        return self._state.current(written)

    def is_hidden(self, written: str) -> bool:
        """Whether the label is put aside."""
        return self.of(written) in self.hidden

    def is_merged(self, written: str) -> bool:
        """Whether the name belonged to a label that another one has taken in since."""
        return self._state.owner.get(written) in self._state.into

    def written_as(self, label: str) -> tuple[str, ...]:
        """All names that mean a label now, its own first."""
        others = (name for name in self._state.owner if name != label and self.of(name) == label)
        return (label, *others)

    def merged_into(self, label: str) -> tuple[str, ...]:
        """The labels that this one has taken in, as they were called."""
        root = self._state.owner.get(label)
        return tuple(self._state.name_of[one] for one in self._state.into if self._state.root(one) == root)

    def mergeable_back(self) -> dict[str, str]:
        """Each label that was taken in, and the one that it is part of now."""
        return {self._state.name_of[one]: self.of(self._state.name_of[one]) for one in self._state.into}

    def covered_by(self, written: Iterable[str], completed: str | None = None) -> tuple[str, ...]:
        """The labels that a complete review is exhaustive about.

        `written` are those it says it is about. Where it says none it is about all that the project had when it was
        `completed` (ISO time; None: all): a label that came later was not looked for. A label that others were merged
        into is covered where they all are.
        """
        names = tuple(written)
        if not names:
            known = (*self.labels, *self.mergeable_back())
            names = tuple(name for name in known if completed is None or (self.added(name) or "") <= completed)
        said = {self._state.owner.get(name, name) for name in names}
        reached = dict.fromkeys(self.of(name) for name in names)
        return tuple(label for label in reached if self._parts_of(label) <= said and label not in self.hidden)

    def came_since(self, covered: Iterable[str], completed: str | None) -> tuple[str, ...]:
        """The visible labels that a review completed then does not cover, because they were added after it."""
        known = frozenset(covered)
        return tuple(
            label for label in self.visible if label not in known and (self.added(label) or "") > (completed or "~")
        )

    def to_cover(self, labels: Iterable[str] = ()) -> tuple[str, ...]:
        """What a review that is completed now is about: `labels` (none: all visible ones), and what they have taken in."""
        chosen = tuple(labels) or self.visible
        return tuple(
            dict.fromkeys(
                name
                for label in chosen
                for name in ((label,) if self.is_merged(label) else (label, *self.merged_into(self.of(label))))
            )
        )

    def read(self, name: str) -> str:
        """A label as a file names it, with "_" where it is known with a space: formats that end a label there write so."""
        name = canonical_label(name)
        if self.of(name) in self.labels:
            return name
        alike = [known for known in (*self.labels, *self.ever) if "_".join(known.split()) == name]
        return alike[0] if alike else name

    def added(self, label: str) -> str | None:
        """When a label was added last (ISO time); None for those that the project began with."""
        one = self._state.owner.get(label)
        times = [
            change.created
            for change in self.changes
            if change.act == "add" and one is not None and self._state.owner.get(change.old) == one
        ]
        return times[-1] if times else None

    def _parts_of(self, label: str) -> set[int | str]:
        root = self._state.owner.get(label)
        if root is None:
            return {label}
        return {root, *(one for one in self._state.into if self._state.root(one) == root)}


def resolve_labels(changes: Iterable[LabelChange]) -> dict[str, str]:
    """The present name of every name that the changes are about, where it is another one."""
    state = _follow(changes)
    return {name: state.current(name) for name in state.owner if state.current(name) != name}


@dataclass(slots=True)
class _Followed:
    """Labels as numbers: a name belongs to one label for good, a label has one name at a time and may be part of another."""

    owner: dict[str, int] = field(default_factory=dict)
    name_of: dict[int, str] = field(default_factory=dict)
    into: dict[int, int] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)

    def label(self, name: str) -> int:
        if name not in self.owner:
            self.owner[name] = len(self.name_of)
            self.name_of[self.owner[name]] = name
        return self.owner[name]

    def chain(self, label: int) -> list[int]:
        """The label, the one it is part of, and so on to the one that stands for all of them."""
        found = [label]
        while found[-1] in self.into:
            found.append(self.into[found[-1]])
        return found

    def root(self, label: int) -> int:
        return self.chain(label)[-1]

    def current(self, name: str) -> str:
        return self.name_of[self.root(self.owner[name])] if name in self.owner else name


def _follow(changes: Iterable[LabelChange]) -> _Followed:
    state = _Followed()
    for change in changes:
        one = state.label(change.old)
        if change.act == "rename":
            if change.new not in state.owner:
                state.owner[change.new] = one
            state.name_of[one] = change.new
        elif change.act == "merge" and one not in state.chain(state.label(change.new)):
            state.into[one] = state.label(change.new)
        elif change.act == "split":
            state.into.pop(one, None)
        elif change.act == "hide":
            state.hidden.add(one)
        elif change.act in ("show", "add"):
            state.hidden.discard(one)
    return state
