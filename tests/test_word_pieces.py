"""Words enter; windows of word pieces leave, with the place of each first piece."""

from __future__ import annotations

import pytest

from biobert_demo.alignment import Window
from biobert_demo.word_pieces import encode_window


@pytest.mark.parametrize(
    ("window", "input_ids", "first_pieces"),
    [
        (Window(0, 3, 0, 3), [1, 5, 6, 7, 2], [(0, 1), (2, 3)]),
        (Window(0, 3, 0, 2), [1, 5, 6, 7, 2], [(0, 1)]),
        (Window(2, 3, 2, 3), [1, 7, 2], [(2, 1)]),
    ],
)
def test_a_window_keeps_context_and_points_to_first_pieces(
    window: Window, input_ids: list[int], first_pieces: list[tuple[int, int]]
) -> None:
    encoded = encode_window([[5, 6], [], [7]], [3, 4, 0], window, cls_id=1, sep_id=2)
    assert encoded.input_ids == input_ids
    assert encoded.first_pieces == first_pieces
    assert len(encoded.token_type_ids) == len(input_ids)
    assert encoded.token_type_ids[0] == encoded.token_type_ids[-1] == 0
