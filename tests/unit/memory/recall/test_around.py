"""Candidates laid out with what stands beside them."""

from __future__ import annotations

import numpy as np
import pytest

from memory.recall.around import LEAN_MOST, WIDE, asks
from tests.unit.memory.recall.laid import talk

TEXTS = ["one", "two?", "three", "four", "five", "six", "seven"]


def test_neighbours_stand_at_their_distance() -> None:
    laid, _cards = talk(TEXTS, [1, 4])
    rows = [
        [int(laid.rows[place]) if place >= 0 else None for place in laid.beside[:, number]]
        for number in range(2)
    ]
    assert rows[0] == [None, None, None, None, 2, 3, 4, 5]
    assert rows[1] == [None, 1, 2, 3, 5, 6, 7, None]
    assert laid.rows[laid.at].tolist() == [1, 4]
    assert laid.close.tolist() == [1, 2, 3, 4, 5]


def test_a_turn_is_told_whether_the_one_before_asks() -> None:
    laid, _cards = talk(TEXTS, [1, 2, 3])
    assert laid.asked_before.tolist() == [0.0, 0.0, 1.0]


@pytest.mark.parametrize("ending", ["here?", 'here?"', "ここ？", "here? "])
def test_questions_end_with_their_mark(ending: str) -> None:
    assert asks(ending) and not asks(ending + " no.")


def test_short_turns_lean_on_others_and_long_ones_do_not() -> None:
    short, _ = talk(["x" * 50] * 5, [3])
    middling, _ = talk(["x" * 400] * 5, [3])
    long, _ = talk(["x" * int(LEAN_MOST)] * 5, [3])
    assert short.lean[0] > 0.95 > middling.lean[0] > 0.1
    assert long.lean.tolist() == [0.0]
    assert (long.beside == -1).all()
    assert long.rows.tolist() == [3] and not len(long.leaning)


def test_a_memory_with_nobody_beside_it_stands_alone() -> None:
    laid, _cards = talk(["only this"], [1])
    assert laid.lean.tolist() == [0.0]
    assert laid.beside.shape == (2 * WIDE, 1)
    assert np.array_equal(laid.together, [9.0])
