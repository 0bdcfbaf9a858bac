"""Which rows are worth ranking."""

from __future__ import annotations

import numpy as np
import pytest

from memory.recall import candidates
from memory.recall.terms import Term, Terms
from memory.store.words import Rowids

LAST = 5_000


def rows(*numbers: int) -> Rowids:
    return np.array(numbers, dtype=np.int64)


def term(found: Rowids, idf: float = 3.0) -> Term:
    return Term("kitten", found, np.ones(len(found), dtype=np.float32), idf)


def test_rows_beside_good_ones_are_taken_too() -> None:
    found = candidates.choose(Terms((term(rows(20)),)), [(400, 0.6)], None, 60)
    assert {16, 19, 20, 21, 24, 399, 400, 401} <= set(found.tolist())
    assert not {15, 25, 398} & set(found.tolist())
    assert found.tolist() == sorted(found.tolist())


def test_of_too_many_those_stay_that_are_best_in_some_way() -> None:
    common = Terms((term(np.arange(1, LAST, 3), idf=0.5), term(rows(77), idf=6.0)))
    near = [(4_000 + 7 * n, 0.9 - 0.01 * n) for n in range(120)]
    found = candidates.choose(common, near, None, 90)
    assert len(found) == candidates.MOST
    assert {77, 4_000, 4_007} <= set(found.tolist())
    assert len(candidates.choose(common, near, None, 150)) == 300


def test_only_what_the_filter_leaves_is_taken() -> None:
    allowed = rows(19, 21, 400)
    found = candidates.choose(Terms((term(rows(20)),)), [(400, 0.6)], allowed, 60)
    assert found.tolist() == [19, 21, 400]


def test_nothing_found_is_nothing_to_rank() -> None:
    assert candidates.choose(Terms(), [], None, 60).tolist() == []


@pytest.mark.parametrize("count", [1, 40, 400])
def test_the_best_rows_and_of_equals_the_newest(count: int) -> None:
    rng = np.random.default_rng(count)
    scores = np.round(rng.random(LAST).astype(np.float32) * (rng.random(LAST) < 0.3), 2)
    best = sorted(np.flatnonzero(scores).tolist(), key=lambda row: (-scores[row], -row))
    assert candidates._top(scores, count).tolist() == sorted(best[:count])


def test_a_word_counts_once_in_a_stretch_and_the_nearer_the_more() -> None:
    found, notes = np.full((2, 40), np.nan, dtype=np.float32)  # as another question left them
    candidates._sum_stretches(Terms((term(rows(10, 12), idf=2.0),)), found, notes)
    assert found[11] == found[9] == pytest.approx(2.0 * 7 / 8)
    assert found[10] == found[12] == pytest.approx(2.0)
    assert found[16] == pytest.approx(2.0 * 4 / 8) and found[17] == 0.0


def test_rows_kept_are_those_of_the_list_in_their_own_order() -> None:
    allowed = np.array([2, 3, 5, 8, 13])
    assert candidates.kept(np.array([13, 1, 3, 14, 2]), allowed).tolist() == [13, 3, 2]
    assert candidates.kept(np.array([4, 6]), allowed).tolist() == []
    assert candidates.kept(np.array([4, 6]), allowed[:0]).tolist() == []
    assert candidates.kept(allowed[:0], allowed).tolist() == []
