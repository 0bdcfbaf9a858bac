from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.citations import CitationFilter


def _filtered(text: str, size: int, allowed: tuple[int, ...] = (1, 2, 3)) -> tuple[str, list[int]]:
    numbers = CitationFilter(allowed)
    shown, restarts = "", 0
    for at in range(0, len(text), size):
        piece = numbers.feed(text[at : at + size])
        shown = piece if numbers.restarts != restarts else shown + piece
        restarts = numbers.restarts
    piece = numbers.end()
    return (piece if numbers.restarts != restarts else shown + piece), numbers.used


@pytest.mark.parametrize(
    ("text", "shown", "used"),
    [
        ("It rains [1].", "It rains [1].", [1]),
        ("It rains [7].", "It rains.", []),
        ("It rains [1, 9][2].", "It rains [1][2].", [1, 2]),
        ("It rains 【3】, they say [0] [12345].", "It rains [3], they say [12345].", [3]),
        ("a [word] and [1", "a [word] and [1", []),
        ("<think>what is [2]?</think>\n\nFine [1]", "Fine [1]", [1]),
        ("Well <thinking>never ends [1]", "Well ", []),
        ("Is it [2]?</think> <THINK>no</THINK>Fine [1]", "Fine [1]", [1]),
        ("x < y and y > z [2]", "x < y and y > z [2]", [2]),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_numbers_that_do_not_exist_go(text: str, shown: str, used: list[int], size: int) -> None:
    assert _filtered(text, size) == (shown, used)


def test_an_end_of_a_thought_that_never_began_takes_all_before_it() -> None:
    numbers = CitationFilter([1, 2])
    shown = numbers.feed("Zebras [2] ")
    assert shown and numbers.restarts == 0
    assert numbers.feed("run</think>\n\nFine [1]") == "Fine [1]" and numbers.restarts == 1
    assert numbers.end() == "" and numbers.used == [1]


@given(st.text(alphabet="ab [1]2,9<think>/【】\n", max_size=80), st.integers(1, 9))
def test_pieces_never_change_the_result(text: str, size: int) -> None:
    assert _filtered(text, size) == _filtered(text, 1000)
