"""The names that a checkpoint gives its outputs enter; the project's tags, and which output means which, leave.

Checkpoints found on hubs name tags in their own ways: `B-DISEASE`, `B`, `LABEL_1`, `S-Gene`, `I-MISC`. A label map in
a small TOML file says what is meant; without one, names are read through `annotations.canonical_label`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from biobert_demo.alignment import TagSet
from biobert_demo.annotations import canonical_label
from biobert_demo.errors import ModelUnavailable

_PREFIXED = re.compile(r"^(?P<prefix>[BIESLU])(?:[-_](?P<label>.+))?$")
_BEGINS = frozenset("BSU")
_OTHER_OUTSIDE = frozenset({"", "O", "0", "X", "[CLS]", "[SEP]", "[PAD]", "PAD"})


def read_tags(
    id2label: Mapping[int, str],
    tags: Sequence[str] | None = None,
    label_map: Mapping[str, str] | None = None,
) -> tuple[TagSet, list[int]]:
    """(tag set, for each output id its tag's id in the set).

    `tags` replaces the checkpoint's own names, by id, where those say nothing (`LABEL_0`). `label_map` gives the
    project's label for a native one; "" as a native name stands for bare `B`/`I` tags, and a label mapped to ""
    is treated as O. BIOES and BILOU names are read as IOB2 (S, U -> B; E, L -> I), and a bare label ("Disease") as I-.
    Raises ModelUnavailable where the names leave it open which output is which.
    """
    names = list(tags) if tags else [id2label[i] for i in sorted(id2label)]
    if len(names) != len(id2label):
        raise ModelUnavailable(
            f"The label map lists {len(names)} tags ({', '.join(names)}), but the model has {len(id2label)} outputs; "
            "list one tag for each output, in the order of their ids."
        )
    mapping = dict(label_map or {})
    parsed = [_parse(name, mapping) for name in names]
    labels = tuple(dict.fromkeys(label for _, label in parsed if label))
    if not labels:
        raise ModelUnavailable(
            f"The model's outputs are named {', '.join(names[:6])}, which says nothing about entities; "
            'give their meaning in a TOML label map, e.g. tags = ["O", "B-Disease", "I-Disease"].'
        )
    tag_set = TagSet(labels)
    ids = [0 if not label else tag_set.begin(label) if begins else tag_set.inside(label) for begins, label in parsed]
    return tag_set, ids


def _parse(name: str, mapping: Mapping[str, str]) -> tuple[bool, str]:
    """(opens a span, label) of an output; the label is "" for O."""
    if name in _OTHER_OUTSIDE or name.startswith("LABEL_"):
        return False, mapping.get(name, "") if name.startswith("LABEL_") else ""
    match = _PREFIXED.match(name)
    prefix, native = (match["prefix"], match["label"] or "") if match else ("I", name)
    if native in mapping:
        label = mapping[native]
    elif native:
        label = canonical_label(native)
    else:
        raise ModelUnavailable(
            f"The model names an output {name!r} without saying of which label; "
            'add labels = { "" = "Disease" } (or another label) to its entry in the TOML file.'
        )
    return prefix in _BEGINS, label
