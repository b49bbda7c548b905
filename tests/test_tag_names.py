"""Names that checkpoints give their outputs: hub habits are understood, or refused with what to write."""

from __future__ import annotations

import pytest

from biobert_demo.errors import ModelUnavailable
from biobert_demo.tag_names import read_tags


@pytest.mark.parametrize(
    ("names", "tags", "label_map", "labels", "ids"),
    [
        (["O", "B-Disease", "I-Disease"], None, None, ("Disease",), [0, 1, 2]),
        (["B-DISEASE", "I-DISEASE", "O"], None, None, ("Disease",), [1, 2, 0]),
        (["B-GENETIC", "I-GENETIC", "0"], None, {"GENETIC": "Gene"}, ("Gene",), [1, 2, 0]),
        (["O", "B", "I"], None, {"": "Disease"}, ("Disease",), [0, 1, 2]),
        (["LABEL_0", "LABEL_1", "LABEL_2"], ["O", "B-Gene", "I-Gene"], None, ("Gene",), [0, 1, 2]),
        (["O", "B-drug", "I-drug", "B-protein", "I-protein"], None, None, ("Chemical", "Gene"), [0, 1, 2, 3, 4]),
        (["O", "S-Gene", "B-Gene", "I-Gene", "E-Gene"], None, None, ("Gene",), [0, 1, 1, 2, 2]),
        (["O", "U-Gene", "B-Gene", "I-Gene", "L-Gene"], None, None, ("Gene",), [0, 1, 1, 2, 2]),
        (["O", "B_Gene", "I_Gene"], None, None, ("Gene",), [0, 1, 2]),
        (["O", "Disease"], None, None, ("Disease",), [0, 2]),
        (["O", "B-X", "I-X"], None, {"X": "Species"}, ("Species",), [0, 1, 2]),
        (["O", "B-Age", "I-Age", "B-Gene", "I-Gene"], None, {"Age": ""}, ("Gene",), [0, 0, 0, 1, 2]),
        (["[PAD]", "X", "O", "B-Gene", "I-Gene", "[CLS]"], None, None, ("Gene",), [0, 0, 0, 1, 2, 0]),
        (["O", "B-CellLine", "I-CellLine"], None, None, ("CellLine",), [0, 1, 2]),
    ],
)
def test_names_are_read(names: list, tags: list | None, label_map: dict | None, labels: tuple, ids: list) -> None:
    tag_set, found = read_tags(dict(enumerate(names)), tags, label_map)
    assert tag_set.labels == labels
    assert found == ids


@pytest.mark.parametrize(
    ("names", "tags", "label_map", "words"),
    [
        (["LABEL_0", "LABEL_1"], None, None, 'tags = ["O", "B-Disease", "I-Disease"]'),
        (["O", "B", "I"], None, None, 'labels = { "" = "Disease" }'),
        (["O", "B-Gene", "I-Gene"], ["O", "B-Gene"], None, "lists 2 tags"),
        (["O"], None, None, "says nothing"),
        (["O", "B-Gene", "I-Gene"], None, {"Gene": ""}, "says nothing"),
    ],
)
def test_names_that_say_nothing_are_refused_with_what_to_write(
    names: list, tags: list | None, label_map: dict | None, words: str
) -> None:
    with pytest.raises(ModelUnavailable) as failure:
        read_tags(dict(enumerate(names)), tags, label_map)
    assert words in str(failure.value)
