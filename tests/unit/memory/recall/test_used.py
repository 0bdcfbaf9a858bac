"""What use adds to a score."""

from __future__ import annotations

import math

import pytest

from memory.clock import DAY_MS
from memory.recall import used

NOW = 1_772_366_400_000  # 2026-03-01 12:00 UTC


def points(uses: dict[int, list[float]], weight: float = used.FULL) -> list[float]:
    """Of rows 1 to 3, used so many days ago."""
    at = {row: [round(NOW - day * DAY_MS) for day in days] for row, days in uses.items()}
    return used.points([1, 2, 3], at, NOW, weight).tolist()


def test_what_was_never_used_gains_and_loses_nothing() -> None:
    assert points({}) == [0.0, 0.0, 0.0]
    assert points({2: []}) == [0.0, 0.0, 0.0]
    assert used.points([], {}, NOW, used.FULL).shape == (0,)


def test_one_use_a_month_ago_doubles_the_odds() -> None:
    assert points({2: [used.LEARNT_DAYS]}) == pytest.approx([0.0, math.log(2), 0.0], abs=1e-5)


def test_a_use_fades_by_the_root_of_its_days() -> None:
    days = [1, 4, 16, 64, 256]
    added = [math.exp(points({1: [day]})[0]) - 1 for day in days]
    ratios = [one / two for one, two in zip(added, added[1:], strict=False)]
    assert ratios == pytest.approx([2.0] * 4, rel=1e-3)


def test_uses_add_up() -> None:
    once, twice = points({1: [10], 2: [10, 40]})[:2]
    assert twice > once > 0
    apart = math.exp(points({1: [10]})[0]) + math.exp(points({1: [40]})[0]) - 1
    assert math.exp(twice) == pytest.approx(apart, rel=1e-4)


def test_many_uses_of_one_day_count_once_and_today_is_no_more_than_a_day() -> None:
    assert points({1: [3.0, 3.01, 3.02]})[0] == pytest.approx(points({1: [3.0]})[0], abs=1e-2)
    assert points({1: [0.0]}) == points({1: [0.4]})
    assert points({1: [-2.0]}) == points({1: [0.0]})  # the clock was set back


def test_the_setting_weighs_it() -> None:
    full, half = points({1: [5]}), points({1: [5]}, used.FULL / 2)
    assert half[0] == pytest.approx(full[0] / 2)
    assert points({1: [5]}, 0.0) == [0.0, 0.0, 0.0]
