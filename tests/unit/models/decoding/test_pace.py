from __future__ import annotations

import pytest

from models.decoding.pace import Pace


def _measured(alone_s: float, row_s: float, most: int = 15) -> Pace:
    pace = Pace(most)
    for rows in (1, 4, 8, 1, 4, 8):
        pace.passed(rows, alone_s + (rows - 1) * row_s)
    return pace


def test_costs_are_those_of_the_passes() -> None:
    alone_s, row_s = _measured(0.5, 0.02).costs()
    assert alone_s == pytest.approx(0.5)
    assert row_s == pytest.approx(0.02)


def test_where_reading_dominates_long_guesses_pay() -> None:
    streamed, computed = _measured(1.0, 0.01), _measured(0.1, 0.06)
    assert streamed.best() > computed.best() > 0
    assert streamed.best() >= 10


def test_guesses_that_cost_as_much_as_tokens_are_not_made() -> None:
    assert _measured(0.1, 0.1).best() == 0


def test_wrong_guesses_shorten_them_and_right_ones_lengthen_them() -> None:
    pace = _measured(0.2, 0.02)
    before = pace.best()
    for _ in range(12):
        pace.checked(before, 0)
    after_wrong = pace.best()
    assert after_wrong < before
    for _ in range(40):
        pace.checked(6, 6)
    assert pace.best() > before


def test_known_times_are_used_before_anything_is_measured() -> None:
    assert Pace(15, 1.0, 0.001).best() > Pace(15, 1.0, 0.5).best()
    assert Pace(0, 1.0, 0.001).best() == 0


def test_new_times_replace_old_ones() -> None:
    pace = Pace(7, 1.0, 0.01)
    for _ in range(60):
        pace.passed(1, 0.1)
        pace.passed(8, 0.1 + 7 * 0.1)
    alone_s, row_s = pace.costs()
    assert alone_s == pytest.approx(0.1, rel=0.05)
    assert row_s == pytest.approx(0.1, rel=0.05)
    assert pace.best() == 0


def test_the_best_number_is_the_one_with_most_tokens_a_second() -> None:
    """Against trying all of them, with (1 - p^(k+1)) / (1 - p) expected tokens for k guesses."""
    pace = _measured(0.3, 0.05)
    for right in (3, 5, 0, 4, 4):
        pace.checked(5, right)
    alone_s, row_s = pace.costs()
    chance = pace.chance
    rates = [
        (1 - chance ** (guesses + 1)) / (1 - chance) / (alone_s + guesses * row_s)
        for guesses in range(16)
    ]
    assert pace.best() == rates.index(max(rates))
