"""Sessions as wholes: what their turns say together."""

from __future__ import annotations

import numpy as np
import pytest

from memory.recall import session_rank
from memory.recall.session_rank import Heard
from memory.recall.session_weights import WEIGHTS
from memory.recall.terms import Terms
from tests.unit.memory.recall.laid import terms

TEXTS = ["a kitten", "sleeps", "a kitten", "a basket", "the rain"]
SESSION = np.array([0, 0, 1, 1, 2])


def heard(**more: object) -> Heard:
    known: dict[str, object] = {
        "rows": np.arange(1, 6), "session": SESSION, "lengths": np.full(5, 10.0, np.float32),
        "times": np.zeros(5, np.float32), "cosines": None, "near": None,
    }  # fmt: skip
    return Heard(**(known | more))  # type: ignore[arg-type]


def columns(given: Heard, known: Terms, token_weights: object = None) -> dict[str, list[float]]:
    telling = np.ones(len(known.terms), np.float32)
    found = session_rank.columns(given, 3, known, telling, token_weights)  # type: ignore[arg-type]
    assert {len(values) for values in found.values()} == {3}
    return {name: values.tolist() for name, values in found.items()}


def test_words_of_several_turns_count_together() -> None:
    found = columns(heard(), terms(TEXTS, "kitten", "basket"))
    assert found["words"][1] > found["words"][0] > found["words"][2]


def test_rows_need_not_stand_in_the_order_of_the_talk() -> None:
    known = terms(["the rain", "a basket", "sleeps", "a kitten", "a kitten"], "kitten", "basket")
    found = columns(heard(rows=np.array([5, 3, 4, 2, 1])), known)
    assert found["words"] == pytest.approx(
        columns(heard(), terms(TEXTS, "kitten", "basket"))["words"]
    )


def test_each_token_takes_its_best_turn() -> None:
    near = np.array([[0.9, 0.0], [0.0, 0.9], [0.6, 0.6], [np.nan, np.nan], [0.1, 0.1]], np.float32)
    found = columns(heard(near=near), terms(TEXTS), np.array([0.5, 0.5], np.float32))
    assert found["tokens"][0] > found["tokens"][1] > found["tokens"][2]
    assert columns(heard(near=near), terms(TEXTS))["tokens"] == [0.0, 0.0, 0.0]


def test_meaning_is_heard_with_the_turns_beside_it_in_the_session() -> None:
    vectors = np.array([[1, 0], [0, 1], [0, 1], [0, 1], [0, 0]], np.float32)
    summed = session_rank.beside(vectors, SESSION)
    assert summed[0].tolist() == pytest.approx([0.894, 0.447], abs=1e-3)
    assert summed[2].tolist() == pytest.approx([0.0, 1.0])
    assert summed[4].tolist() == [0.0, 0.0]


def test_a_session_of_the_time_asked_for_and_a_shorter_one_are_told() -> None:
    times = np.array([0, 0.5, 0, 0, 1], np.float32)
    found = columns(heard(times=times), terms(TEXTS))
    assert found["time"] == [0.5, 0.0, 1.0]
    assert found["length"][2] > found["length"][0]


def test_scores_of_a_session_are_told_together() -> None:
    scores = np.array([5.0, 4.0, 5.0, 1.0, 2.0, 0.0], np.float32)
    found = session_rank.by_scores(scores, np.array([0, 0, 1, 1, 2, 2]), 3)
    assert found["best"].tolist() == [5.0, 5.0, 2.0]
    assert found["together"][0] > found["together"][1] > 5.0
    assert found["together"][2] == pytest.approx(2.0 + np.log(1 + np.exp(-2.0)))


def test_a_lone_memory_is_worth_its_own_score() -> None:
    found = session_rank.by_scores(np.array([3.0, 1.0, 2.0], np.float32), np.array([0, 1, 1]), 2)
    assert found["together"][0] == pytest.approx(3.0)


def test_a_file_is_neither_better_nor_worse_for_being_no_talk() -> None:
    scores = {name: np.full(3, 2.0, np.float32) for name in session_rank.SCORES}
    told = {name: np.array([1.0, -1.0, 9.0], np.float32) for name in WEIGHTS if name not in scores}
    talks = np.array([True, True, False])
    found = session_rank.standing(scores, told, talks, WEIGHTS)
    assert found[2] == pytest.approx(2.0, abs=0.05)
    assert found[0] >= found[2] >= found[1]
    alone = session_rank.standing(scores, told, np.zeros(3, np.bool_), WEIGHTS)
    assert alone.tolist() == pytest.approx([2.0] * 3, abs=0.05)


def test_every_shipped_weight_has_a_column_and_the_scale_is_that_of_memories() -> None:
    made = set(columns(heard(), terms(TEXTS))) | set(
        session_rank.by_scores(np.zeros(1, np.float32), np.zeros(1, np.int64), 1)
    )
    assert set(WEIGHTS) <= made
    assert sum(WEIGHTS.get(name, 0.0) for name in session_rank.SCORES) == pytest.approx(1, abs=0.02)


def test_nothing_heard_tells_nothing() -> None:
    empty = heard(rows=np.zeros(0, np.int64), session=np.zeros(0, np.int64),
                  lengths=np.zeros(0, np.float32), times=np.zeros(0, np.float32))  # fmt: skip
    assert all(
        np.isfinite(values).all() for values in columns(empty, terms(TEXTS, "kitten")).values()
    )
