"""Of memories that answer the same question, the latest stands first."""

from __future__ import annotations

import numpy as np
import pytest

from memory.clock import DAY_MS
from memory.recall import anew
from memory.recall.ranking import Ranked
from memory.understand import understand
from tests.unit.memory.recall.laid import NOW, card, terms

TEXTS = ["ann lives here", "ann lives there now", "ann sings", "bob lives there", "ann lives far"]
DAYS_AGO = {1: 90, 2: 30, 3: 0, 4: 0, 5: 1}


def gained(
    question: str, scores: dict[int, float], meaning: float = 0.7, alike: float = 0.9
) -> list[float]:
    """Of these rows, which all mean what is asked so nearly and are so much alike."""
    rows = list(scores)
    cards = [card(row, TEXTS[row - 1], when_ms=NOW - DAYS_AGO[row] * DAY_MS) for row in rows]
    vectors = np.zeros((len(rows), len(rows) + 1), np.float32)
    vectors[:, 0] = alike**0.5
    vectors[np.arange(len(rows)), np.arange(len(rows)) + 1] = (1 - alike) ** 0.5
    ranked = Ranked(
        np.array(list(scores.values()), np.float32),
        {"meaning": np.full(len(rows), meaning, np.float32)},
        {},
    )
    asked = understand(question, NOW)
    found = anew.lifts(asked, terms(TEXTS, "ann", "lives"), vectors, cards, ranked)
    return [float(value) for value in found]


def test_the_later_telling_takes_the_place_just_above_the_older() -> None:
    assert gained("where does Ann live?", {1: 5.0, 2: 3.0}) == pytest.approx([0, 2.0], abs=0.01)
    assert gained("where does Ann live?", {1: 5.0, 2: 5.5}) == [0.0, 0.0]


def test_a_fact_told_three_times_ends_with_the_newest_first() -> None:
    scores = {1: 5.0, 2: 2.0, 5: 1.5}
    found = np.array(list(scores.values())) + gained("where does Ann live?", scores)
    assert found[2] > found[1] > found[0] == 5.0


@pytest.mark.parametrize(
    ("question", "other"),
    [
        ("where does Ann live?", 3),  # says less of what is asked
        ("where does Ann live?", 4),  # of somebody else
        ("where did Ann live before?", 2),  # the past is asked for
    ],
)
def test_what_is_not_told_anew_stays_where_it_is(question: str, other: int) -> None:
    assert gained(question, {1: 5.0, other: 3.0}) == [0.0, 0.0]


def test_only_memories_that_say_what_is_asked_and_are_alike_count() -> None:
    question = "where does Ann live?"
    assert gained(question, {1: 5.0, 2: 3.0}, meaning=0.05) == [0.0, 0.0]
    assert gained(question, {1: 5.0, 2: 3.0}, alike=0.2) == [0.0, 0.0]
    assert gained(question, {1: 9.0, 2: 3.0}) == [0.0, 0.0]  # too far below


def test_what_was_said_on_one_day_stays_in_order() -> None:
    cards = [card(1, when_ms=NOW - DAY_MS // 2), card(2, when_ms=NOW)]
    same = np.ones((2, 2), np.float32) / 2**0.5
    asked = understand("where does Ann live?", NOW)
    meaning = np.ones(2, np.float32)
    assert not anew.pairs(asked, terms(TEXTS, "ann", "lives"), same, cards, meaning).any()
