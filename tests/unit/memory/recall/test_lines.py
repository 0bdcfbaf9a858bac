"""Lines by row, each asked for once."""

from __future__ import annotations

import numpy as np

from memory.recall.lines import Lines


def test_lines_stand_at_their_rows_whatever_the_order_they_came_in() -> None:
    lines = Lines(2)
    asked = np.array([3, 5, 9])
    assert lines.unknown(asked).tolist() == [3, 5, 9]
    lines.add(asked, [9, 3], np.array([[9.0, 9.5], [3.0, 3.5]], np.float32))
    lines.add(np.array([4]), [4], np.array([[4.0, 4.5]], np.float32))
    assert lines.unknown(np.array([3, 4, 5, 6, 9])).tolist() == [6]
    found = lines.of(np.array([3, 4, 5, 8, 9]), 0.0)
    assert found[:, 0].tolist() == [3.0, 4.0, 0.0, 0.0, 9.0]
    assert np.isnan(lines.of(np.array([7]), np.nan)).all()


def test_nothing_known_is_none_everywhere() -> None:
    lines = Lines(3)
    lines.add(np.array([1]), [], np.zeros((0, 0), np.float32))
    assert lines.of(np.array([1, 2]), 0.0).tolist() == [[0.0] * 3] * 2
    assert lines.unknown(np.array([1, 2])).tolist() == [2]
