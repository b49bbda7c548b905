"""A change of a project's labels enters; whether it can be made, and in words what it means, leaves (pure)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from biobert_demo.annotations import LABELS, canonical_label
from biobert_demo.errors import BadInput
from biobert_demo.labels import MOST_LABELS, LabelChange, LabelNames
from biobert_demo.wording import count_nouns

LONGEST_NAME = 100
"""Characters of a name that a person gives; what files bring is kept as it is."""

_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_RESERVED = frozenset({"o", "none"})
"""The tag of words outside of all mentions, and what stands among a suggestion's other labels for "no mention"."""


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


def check_look(name: str, color: str | None, key: str | None) -> None:
    """Raise BadInput where a label's colour is none that a page can draw, or its key none that it listens to."""
    if color and not _COLOR.fullmatch(color):
        raise BadInput(f"The colour of {name} is {color[:40]!r}; write it as #c4e1fd, or leave it empty.")
    if key and key not in tuple("123456789"):
        raise BadInput(f"The key of {name} is {key[:20]!r}; a key is one digit from 1 to 9, or empty.")


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
    they = "it keeps" if mentions == 1 else "they keep"
    if change.act == "add":
        return (
            f"{old} can be given from now on. Texts that were completed before say nothing about it, until they are "
            "completed once more; a model learns it from those that are."
        )
    if change.act == "rename":
        so_far = (
            f"{count} read {new} from now on; in the history {they} the old word." if mentions else "No mention has it."
        )
        return (
            f"{old} is called {new} from now on, on the page and in files. {so_far} Files and older models that say {old} "
            "are read the same way. Renaming it back undoes this."
        )
    if change.act == "merge":
        so_far = (
            f"{count} read {new} from now on; in the history {they} the word {old}."
            if mentions
            else "No mention has it."
        )
        return f"{old} becomes part of {new}. {so_far} Undoing the merge brings {old} back."
    if change.act == "split":
        whole = f" leaves {merged_into!r} and" if merged_into else ""
        return (
            f"{old}{whole} is a label of its own again, with every mention that was given it; what was given the merged "
            "label stays there."
        )
    if change.act == "hide":
        so_far = (
            f"{count} stay in the store; an export holds them only where it asks for the label by name."
            if mentions
            else "No mention has it."
        )
        return f"{old} is no longer offered, suggested, drawn or learned. {so_far} Showing it again undoes this."
    if change.act == "show":
        return f"{old} is offered, suggested, drawn and learned again, with all that was labelled before it was hidden."
    return f"{old} is taken off the list; {count} keep it." if mentions else f"{old} is taken off the list."


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
