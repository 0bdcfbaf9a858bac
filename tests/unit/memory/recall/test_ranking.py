"""The linear ranker: forms of columns, points, standing."""

from __future__ import annotations

import numpy as np
import pytest

from memory.protocol import MemoryState
from memory.recall import ranking
from memory.recall.features import columns
from memory.recall.weights import WEIGHTS
from memory.store.rows import Strength
from memory.understand import understand
from tests.unit.memory.recall.laid import NOW, card, talk, terms

DAY_MS = 86_400_000
TEXTS = ["a kitten", "a dog", "a bird", "another kitten"]


def found(rows: list[int]):  # type: ignore[no-untyped-def]
    laid, cards = talk(TEXTS, rows)
    made = columns(
        understand("which kitten?", NOW), terms(TEXTS, "kitten"), None, None, laid, cards
    )
    return made, cards


def test_a_column_is_heard_as_much_as_a_memory_leans() -> None:
    made = {"x": np.array([2.0, 2.0], np.float32), "lean": np.array([0.25, 0.0], np.float32)}
    assert ranking.column(made, "x").tolist() == [2.0, 2.0]
    assert ranking.column(made, "x*lean").tolist() == [0.5, 0.0]
    assert ranking.column(made, "x*alone").tolist() == [1.5, 2.0]


def test_points_add_up_to_the_score() -> None:
    made, cards = found([1, 2, 4])
    ranked = ranking.rank(made, WEIGHTS, cards, NOW, 0.2)
    np.testing.assert_allclose(sum(ranked.points.values()), ranked.scores, rtol=1e-4, atol=1e-4)
    assert {"words", "strength"} <= set(ranked.points)
    assert not any("*" in name or name.endswith("_apart") for name in ranked.points)


def test_every_shipped_weight_has_a_column() -> None:
    made, cards = found([1])
    told = ranking.rank(made, WEIGHTS, cards, NOW, 0.2).features
    assert all(np.isfinite(ranking.column(told, name)).all() for name in WEIGHTS)
    assert len(WEIGHTS) > 10


@pytest.mark.parametrize(
    "worse",
    [
        {"state": MemoryState.DORMANT},
        {"marked_wrong": True},
        {"importance": 0.0},
        {"strength": Strength(1.0, 5.0, NOW - 90 * DAY_MS)},
    ],
)
def test_of_equal_memories_the_one_with_less_standing_comes_later(worse: dict[str, object]) -> None:
    made, _cards = found([1, 4])
    same = {name: np.full(2, values[0]) for name, values in made.items()}
    ranked = ranking.rank(same, WEIGHTS, [card(1), card(4, **worse)], NOW, 0.2)
    assert ranked.scores[0] > ranked.scores[1]
    assert ranking.shown(ranked.scores[0]) > ranking.shown(ranked.scores[1]) > 0


def test_what_shares_no_word_no_name_and_no_meaning_is_not_related() -> None:
    made, _cards = found([1, 2, 3])
    nothing = {name: np.zeros(3, np.float32) for name in made}
    assert not ranking.related(nothing).any()
    for name in ("words", "words_wide", "phrase", "linked"):
        assert ranking.related(nothing | {name: np.array([0, 1, 0], np.float32)}).tolist() == [
            False, True, False,
        ]  # fmt: skip
    cosines = np.array([0.19, 0.21, 0.0], np.float32)
    assert ranking.related(nothing | {"meaning": cosines}).tolist() == [False, True, False]
    assert ranking.related(nothing | {"meaning_near": cosines}).tolist() == [False, True, False]
