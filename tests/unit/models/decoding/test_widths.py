from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.decoding.widths import (
    LEAST_PROMPT_ROWS,
    Widths,
    most_alike,
    prompt_passes,
)


def test_the_most_is_the_end_of_an_unbroken_row() -> None:
    assert most_alike({2: True, 3: True, 7: True, 12: False}) == 7
    assert most_alike({2: True, 3: False, 7: True}) == 2
    assert most_alike({2: False}) == 1


def test_guessing_is_useful_where_further_tokens_are_cheap() -> None:
    assert Widths(7, alone_s=1.0, row_s=0.05).useful
    assert not Widths(7, alone_s=1.0, row_s=1.0).useful
    assert not Widths(1, alone_s=1.0, row_s=0.0).useful
    assert Widths(16, 1.0, 0.0).gain(1.0) == pytest.approx(16)


def test_what_is_written_down_can_be_read_again() -> None:
    widths = Widths(12, 0.25, 0.003)
    assert Widths.from_json(widths.as_json()) == widths


@pytest.mark.parametrize(
    "found", [None, 7, {}, {"most": 0, "alone_s": 1, "row_s": 0}, {"most": "x"}]
)
def test_nonsense_is_measured_again(found: object) -> None:
    assert Widths.from_json(found) is None


@settings(deadline=None)
@given(st.integers(0, 3000), st.integers(1, 3000), st.sampled_from([16, 64, 512]))
def test_passes_cover_a_prompt_and_none_is_too_short(start: int, count: int, size: int) -> None:
    end = start + count
    passes = prompt_passes(start, end, size)
    assert passes[0][0] == start and passes[-1][1] == end
    assert all(one[1] == other[0] for one, other in zip(passes, passes[1:], strict=False))
    lengths = [stop - at for at, stop in passes]
    assert max(lengths) <= size
    assert min(lengths) >= min(count, LEAST_PROMPT_ROWS)
