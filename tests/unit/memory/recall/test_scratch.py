"""Room for numbers that is used again."""

from __future__ import annotations

import threading

import numpy as np

from memory.recall import candidates, scratch
from memory.recall.terms import Term, Terms


def test_nobody_shares_what_is_in_use() -> None:
    with scratch.lines(2, 100) as one, scratch.lines(2, 100) as other, scratch.lines(2, 5) as third:
        for number, lines in enumerate((one, other, third)):
            for line in lines:
                line.fill(number)
        assert [line.tolist() for line in one] == [[0.0] * 100] * 2
        assert [line.tolist() for line in other] == [[1.0] * 100] * 2
        assert [line.tolist() for line in third] == [[2.0] * 5] * 2
    with scratch.lines(3, 1_000) as larger:
        assert [len(line) for line in larger] == [1_000] * 3


def test_what_stood_there_before_makes_no_difference() -> None:
    def asked(seed: int, size: int) -> tuple[Terms, np.ndarray]:
        dice = np.random.default_rng(seed)
        found = [
            np.unique(dice.integers(1, size, count)).astype(np.int64) for count in (20, 300, 4_000)
        ]
        terms = [
            Term(f"t{n}", rows, dice.integers(1, 4, len(rows)).astype(np.float32), 1.0 + n)
            for n, rows in enumerate(found)
        ]
        return Terms(tuple(terms)), np.unique(dice.integers(1, size, size // 3))

    questions = [asked(seed, size) for seed, size in enumerate((9_000, 500, 9_000, 200_000, 700))]
    first = [
        (candidates.choose(terms, [], None, 60), candidates.choose(terms, [], allowed, 60))
        for terms, allowed in questions
    ]
    with scratch.lines(4, 300_000) as lines:
        for line in lines:
            line.fill(np.nan)
    for (terms, allowed), (free, within) in zip(reversed(questions), reversed(first), strict=True):
        np.testing.assert_array_equal(candidates.choose(terms, [], None, 60), free)
        np.testing.assert_array_equal(candidates.choose(terms, [], allowed, 60), within)
        assert np.isin(within, allowed).all()


def test_questions_at_the_same_time_do_not_disturb_each_other() -> None:
    rows = [np.arange(start, 50_000, 7, dtype=np.int64)[:2_000] for start in range(1, 7)]
    asked = [Terms((Term("t", one, np.ones(len(one), np.float32), 3.0),)) for one in rows]
    alone = [candidates.choose(terms, [], None, 60).tolist() for terms in asked]
    together: list[list[list[int]]] = [[] for _ in asked]

    def ask(place: int) -> None:
        for _ in range(20):
            together[place].append(candidates.choose(asked[place], [], None, 60).tolist())

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(len(asked))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == [[one] * 20 for one in alone]
