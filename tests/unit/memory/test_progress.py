"""Rate and time left."""

from __future__ import annotations

import pytest

from memory.progress import Pace


def test_no_guess_before_there_is_something_to_go_by() -> None:
    pace = Pace(0)
    assert pace.rate_per_s(10_000) is None and pace.seconds_left(5, 10_000) is None
    pace.finished(3, 100)
    assert pace.rate_per_s(100) is None


def test_rate_and_time_left() -> None:
    pace = Pace(0)
    for second in range(1, 11):
        pace.finished(4, second * 1000)
    assert pace.rate_per_s(10_000) == pytest.approx(4.0)
    assert pace.seconds_left(20, 10_000) == pytest.approx(5.0)


def test_only_the_last_minute_counts() -> None:
    pace = Pace(0)
    pace.finished(1000, 1_000)
    pace.finished(60, 100_000)
    assert pace.rate_per_s(120_000) == pytest.approx(1.0)
    assert pace.rate_per_s(200_000) is None
