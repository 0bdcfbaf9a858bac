"""A question for several things is answered out of several sessions."""

from __future__ import annotations

import numpy as np
import pytest

from memory.recall import spread
from memory.understand import understand
from tests.unit.memory.recall.laid import NOW, card

HOUR_MS = 3_600_000


@pytest.mark.parametrize(
    ("question", "several"),
    [
        ("What instruments does Ann play?", True),
        ("Which of his books did Bob sell?", True),
        ("What are Ann's plans?", True),
        ("How many trips did they make?", True),
        ("Where have both of them been?", True),
        ("What does Ann play?", False),
        ("What was the address?", False),
        ("Where is my bicycle?", False),
        ("What is this class about?", False),
        ("", False),
    ],
)
def test_what_asks_for_several_things(question: str, several: bool) -> None:
    assert spread.wanted(understand(question, NOW)) is several


def test_a_long_silence_and_another_source_are_another_session() -> None:
    cards = [
        card(1, when_ms=NOW + 9 * HOUR_MS),
        card(2, when_ms=NOW),
        card(3, when_ms=NOW + 2 * HOUR_MS),
        card(4, when_ms=NOW, source_id="other"),
    ]
    found = spread.sessions(cards, 6 * HOUR_MS)
    assert found[1] == found[2]
    assert len({found[0], found[1], found[3]}) == 3
    assert spread.sessions([], 6 * HOUR_MS).tolist() == []


def lost(scores: list[float], session: list[int], lean: float = 1.0) -> list[float]:
    known = np.array(scores, np.float32)
    leans = np.full(len(scores), lean, np.float32)
    found = spread.points(known, leans, np.array(session, np.int64))
    return [round(float(one), 3) for one in found]


def test_each_of_a_session_takes_from_those_after_it() -> None:
    assert lost([5.0, 4.9, 4.8, 1.0], [0, 0, 1, 0]) == [0.0, -0.2, 0.0, -0.4]
    # The third stands above the second now: nothing was taken from it.
    assert lost([1.0, 5.0, 4.9, 4.8], [0, 0, 0, 1]) == [-0.4, 0.0, -0.2, 0.0]


def test_so_many_take_and_no_more() -> None:
    session = [0] * (spread.MOST + 3)
    found = lost([9.0 - one for one in range(len(session))], session)
    assert found[: spread.MOST + 1] == [
        pytest.approx(-spread.EACH * one) for one in range(spread.MOST + 1)
    ]
    assert found[-1] == pytest.approx(-spread.EACH * spread.MOST)


def test_what_stands_for_itself_loses_nothing() -> None:
    assert lost([5.0, 4.9], [0, 0], lean=0.0) == [0.0, 0.0]
    assert lost([5.0, 4.9], [0, 0], lean=0.5) == [0.0, -0.1]


def test_those_far_below_lose_to_the_first_ones_too() -> None:
    scores = [100.0 - one for one in range(spread.FIRST + 5)]
    found = lost(scores, [0] * len(scores))
    assert found[-1] == pytest.approx(-spread.EACH * spread.MOST)
    assert lost([], []) == []
