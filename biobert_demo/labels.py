"""The changes of a project's labels enter; what each name in its history means now leaves (pure).

A label's name stands in every step, correction and span that it ever had, and history is not rewritten. So renaming,
merging, hiding and their opposites are rows of their own, and names are read through them wherever spans leave: the
editor, files, what a model learns from, summaries and search.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from biobert_demo.annotations import LABELS, canonical_label
from biobert_demo.errors import BadInput
from biobert_demo.wording import count_nouns

LabelAct = Literal["add", "remove", "rename", "merge", "split", "hide", "show"]
LABEL_ACTS: tuple[LabelAct, ...] = ("add", "remove", "rename", "merge", "split", "hide", "show")

MOST_LABELS = 31
"""A model's tags are O and two for each label, and a word's possible tags are the bits of one 64-bit number."""

LONGEST_NAME = 100
"""Characters of a name that a person gives; what files bring is kept as it is."""

_RESERVED = frozenset({"o", "none"})
"""The tag of words outside of all mentions, and what stands among a suggestion's other labels for "no mention"."""


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
        """The labels that a complete review is exhaustive about, in the project's order, then others by name.

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
        whole = [label for label in reached if self._parts_of(label) <= said and label not in self.hidden]
        return tuple(sorted(whole, key=lambda label: (self._place(label), label)))

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

    def _place(self, label: str) -> int:
        return self.labels.index(label) if label in self.labels else len(self.labels)


def resolve_labels(changes: Iterable[LabelChange]) -> dict[str, str]:
    """The present name of every name that the changes are about, where it is another one."""
    state = _follow(changes)
    return {name: state.current(name) for name in state.owner if state.current(name) != name}


def check_name(name: str) -> str:
    """A label's name as a person may give it, read as the known label where it is another name of one ("Drug").

    Raises BadInput for what a file or a model could not tell from something else.
    """
    clean = " ".join(name.split())
    if not clean:
        raise BadInput("A label needs a name, but it is empty.")
    if len(clean) > LONGEST_NAME:
        raise BadInput(
            f"The name {clean[:40]!r}... has {len(clean)} characters, and {LONGEST_NAME} are the most; shorten it (the "
            "guideline is the place for an explanation)."
        )
    odd = next((one for one in clean if unicodedata.category(one) in ("Cc", "Cf", "Cs")), None)
    # A joiner holds several emoji together in one picture, and letters of some scripts in their form.
    if odd is not None and odd not in "\u200c\u200d":
        raise BadInput(
            f"The name {clean[:60]!r} holds a character that cannot be seen ({unicodedata.name(odd, f'U+{ord(odd):04X}')}); "
            "write it in letters, digits, spaces and signs."
        )
    if "," in clean:
        raise BadInput(f"The name {clean[:60]!r} holds a comma, which separates names in lists; choose another sign.")
    if not any(unicodedata.category(one)[0] in "LNS" for one in clean):
        raise BadInput(f"The name {clean[:60]!r} has no letter, digit or sign in it; give it one.")
    if clean.casefold() in _RESERVED:
        raise BadInput(f"The name {clean!r} stands for 'no label' in files and models; choose another one.")
    return canonical_label(clean)


def check_change(names: LabelNames, change: LabelChange, met: Iterable[str] = ()) -> LabelChange:
    """The change with its names as they are kept; raises BadInput, saying what to do, where it cannot be made.

    `met` are the names that mentions have, of labels that are on the project's list or not.
    """
    if change.act == "add":
        return _checked_addition(names, change)
    if change.act == "split":
        if change.old not in names.mergeable_back():
            merged = ", ".join(map(repr, names.mergeable_back())) or "none"
            raise BadInput(f"{change.old[:60]!r} was not merged into another label; those that were: {merged}.")
        return change
    if change.old not in names.labels:
        known = ", ".join(map(repr, names.labels))
        raise BadInput(
            f"The project has no label {change.old[:60]!r}; its labels are {known}.{_hint(names, change.old)}"
        )
    if change.act == "rename":
        return _checked_rename(names, change, frozenset(met))
    if change.act == "merge":
        if change.new not in names.labels:
            raise BadInput(f"The project has no label {change.new[:60]!r} to merge into{_hint(names, change.new)}.")
        if change.new == change.old:
            raise BadInput(f"{change.old!r} cannot be merged into itself; choose another label.")
        if change.new in names.hidden:
            raise BadInput(f"{change.new!r} is hidden; show it before something is merged into it.")
    if change.act == "hide" and change.old in names.hidden:
        raise BadInput(f"{change.old!r} is hidden already.")
    if change.act == "show" and change.old not in names.hidden:
        raise BadInput(f"{change.old!r} is not hidden.")
    if change.act in ("hide", "merge", "remove") and names.visible == (change.old,):
        raise BadInput(f"{change.old!r} is the project's only label that is shown; add or show another one first.")
    return change


def explain_change(change: LabelChange, mentions: int = 0, documents: int = 0, merged_into: str = "") -> str:
    """What a change means for the work that was done before, for whoever is about to make it or has made it.

    `mentions` and `documents` count what has the label `old` now. `merged_into` is, for a split, the label it leaves.
    """
    old, new = repr(change.old), repr(change.new)
    count = f"{count_nouns(mentions, 'mention')} in {count_nouns(documents, 'text')}"
    if change.act == "add":
        return (
            f"{old} can be given from now on. Texts that were completed before say nothing about it, until they are "
            "completed once more; a model learns it from those that are."
        )
    if change.act == "rename":
        return (
            f"{old} is called {new} from now on: on the page, in files and for what models learn. {count} keep the old "
            f"word in their history and are read as {new}, and so is {old} in files and from older models. Renaming it "
            "back undoes this."
        )
    if change.act == "merge":
        return (
            f"{old} becomes part of {new}: {count} are read as {new} from now on. They keep the word {old} in their "
            "history, so that the merge can be undone."
        )
    if change.act == "split":
        whole = f" leaves {merged_into!r} and" if merged_into else ""
        return (
            f"{old}{whole} is a label of its own again, with every mention that was given it; what was given the merged "
            "label stays there."
        )
    if change.act == "hide":
        return (
            f"{old} is no longer offered, suggested, drawn or learned. {count} stay in the store as they are; exports "
            "hold them only where the label is asked for by name. Showing it again undoes this."
        )
    if change.act == "show":
        return f"{old} is offered, suggested, drawn and learned again, with all that was labelled before it was hidden."
    return f"{old} is taken off the list; {count} keep it."


def describe_change(change: LabelChange) -> str:
    """One line of a project's list of changes, without its author and date."""
    words = {
        "add": f"added {change.old!r}",
        "remove": f"took {change.old!r} off the list",
        "rename": f"renamed {change.old!r} to {change.new!r}",
        "merge": f"merged {change.old!r} into {change.new!r}",
        "split": f"made {change.old!r} a label of its own again",
        "hide": f"hid {change.old!r}",
        "show": f"showed {change.old!r} again",
    }
    return words[change.act]


def _checked_addition(names: LabelNames, change: LabelChange) -> LabelChange:
    name = check_name(change.old)
    if name in names.labels:
        read = f", which {change.old.strip()!r} is another name of" if name != change.old.strip() else ""
        put_aside = "; it is hidden, so show it" if name in names.hidden else ""
        raise BadInput(f"The project has the label {name!r} already{read}{put_aside}.")
    _check_free(names, name)
    if len(names.labels) >= MOST_LABELS:
        raise BadInput(
            f"The project has {len(names.labels)} labels, and a model can learn {MOST_LABELS}; merge two, or make another "
            "project."
        )
    return LabelChange("add", name, change.new.strip() or _shown(name), change.author, change.created)


def _checked_rename(names: LabelNames, change: LabelChange, met: frozenset[str]) -> LabelChange:
    name = check_name(change.new)
    if name != " ".join(change.new.split()):
        raise BadInput(
            f"{change.new.strip()!r} is read as {name!r} in every file; choose another name, or change the words shown."
        )
    if name == change.old:
        raise BadInput(f"The label is called {name!r} already.")
    if name in names.labels:
        raise BadInput(f"There is a label {name!r} already; merge {change.old!r} into it, or choose another name.")
    _check_free(names, name, change.old)
    if name in met and names.of(name) == name:
        raise BadInput(
            f"There are mentions of {name!r}, which is no label of the project any more; add it again and merge "
            f"{change.old!r} into it, or choose another name."
        )
    return LabelChange("rename", change.old, name, change.author, change.created)


def _check_free(names: LabelNames, name: str, renamed: str | None = None) -> None:
    """A name that the history knows for another label cannot get a second meaning."""
    now = names.of(name)
    if names.is_merged(name):
        raise BadInput(
            f"{name!r} was merged into {now!r}, and mentions have that name in their history; undo the merge, or choose "
            "another name."
        )
    if now not in (name, renamed):
        raise BadInput(
            f"{name!r} is what {now!r} was called before, and mentions have that name in their history; rename {now!r} "
            "back, or choose another name."
        )
    alike = next(
        (one for one in names.labels if one not in (renamed, name) and one.casefold() == name.casefold()), None
    )
    if alike is not None:
        raise BadInput(
            f"The project has a label {alike!r}, from which {name!r} differs by capitals alone; choose another name."
        )


def _hint(names: LabelNames, name: str) -> str:
    now = names.of(name)
    return f" ({name!r} is called {now!r} now)" if now != name else ""


def _shown(name: str) -> str:
    return next((label.shown for label in LABELS if label.name == name), name)


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
