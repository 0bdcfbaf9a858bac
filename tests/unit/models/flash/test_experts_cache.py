"""Which experts make room for others."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.flash.expert_cache import ExpertCache

LAYERS, EXPERTS = 3, 6


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_it_keeps_to_the_limit_and_to_what_must_stay(data: st.DataObject) -> None:
    numbers = st.lists(st.integers(0, 5), min_size=18, max_size=18)
    sizes = np.array(data.draw(numbers), np.int64).reshape(LAYERS, EXPERTS)
    cache = ExpertCache(sizes, data.draw(st.integers(0, 40)))
    for _ in range(data.draw(st.integers(1, 12))):
        waits = np.array(data.draw(numbers), np.float64).reshape(LAYERS, EXPERTS)
        layer = data.draw(st.integers(0, LAYERS - 1))
        wanted = data.draw(st.sets(st.integers(0, EXPERTS - 1), max_size=4))
        needed = [(layer, expert) for expert in wanted]
        cache.limit_bytes = data.draw(st.integers(0, 40))
        kept = np.zeros_like(cache.held)
        for one in needed:
            kept[one] = True
        more = sum(int(sizes[one]) for one in needed if not cache.held[one])
        before, short = cache.held.copy(), cache.excess(more)
        victims = cache.victims(short, waits, kept)
        assert all(before[one] and not kept[one] for one in victims)
        assert len(set(victims)) == len(victims)
        for one in victims:
            cache.drop(one)
        if victims:  # none too many, and those needed last
            freed = sum(int(sizes[one]) for one in victims)
            assert freed - int(sizes[victims[-1]]) < short
        if len({int(one) for one in sizes.ravel() if one}) == 1:
            left = waits[cache.held & ~kept & (sizes > 0)]
            assert all(waits[one] >= left.max(initial=0) for one in victims)
        for one in needed:
            cache.add(one)
        total = int(sizes[cache.held].sum())
        assert cache.held_bytes == total
        least = sum(int(sizes[one]) for one in needed)
        assert total <= max(cache.limit_bytes, least)


def test_nothing_counts_twice() -> None:
    cache = ExpertCache(np.full((LAYERS, EXPERTS), 3, np.int64), 100)
    for _ in range(2):
        cache.add((1, 2))
    assert cache.held_bytes == 3
    for _ in range(2):
        cache.drop((1, 2))
    assert cache.held_bytes == 0
    assert cache.excess(101) == 1 and cache.excess(100) == 0
