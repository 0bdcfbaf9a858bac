"""What is learned about calls of experts, and what a router says ahead."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.flash.expert_cache import ExpertCache
from models.flash.predictor import CallChances, look_ahead

LAYERS, EXPERTS, USED = 3, 24, 3
Calls = list[list[list[int]]]  # passes, layers, experts


def _calls(passes: int, weights: Callable[[int], np.ndarray], seed: int = 1) -> Calls:
    """Random calls; ``weights`` of the experts may change from pass to pass."""
    dice = np.random.default_rng(seed)
    made = []
    for number in range(passes):
        chances = weights(number) / weights(number).sum()
        made.append([dice.choice(EXPERTS, USED, False, chances).tolist() for _ in range(LAYERS)])
    return made


def _favourites(_number: int) -> np.ndarray:
    """Some experts are always more popular."""
    return 1.0 / (1 + np.arange(EXPERTS)) ** 1.2


def _topics(number: int) -> np.ndarray:
    """Every ten passes other experts are popular."""
    weights = np.full(EXPERTS, 0.02)
    weights[np.random.default_rng(number // 10).choice(EXPERTS, 5, False)] = 1.0
    return weights


def _no_taste(_number: int) -> np.ndarray:
    return np.ones(EXPERTS)


def _learned_hits(calls: Calls, room: int) -> float:
    """Share of calls found in a cache that keeps by learned chances."""
    chances = CallChances(LAYERS, EXPERTS)
    cache = ExpertCache(np.ones((LAYERS, EXPERTS), np.int64), room)
    hits = 0
    for one_pass in calls:
        chances.next_pass()
        for layer, experts in enumerate(one_pass):
            absent = [(layer, one) for one in experts if not cache.held[layer, one]]
            hits += USED - len(absent)
            kept = np.zeros_like(cache.held)
            kept[layer, experts] = True
            excess = cache.excess(len(absent))
            for victim in cache.victims(excess, chances.waits(layer), kept):
                cache.drop(victim)
            for expert in absent:
                cache.add(expert)
            chances.called(layer, [experts])
    return hits / (len(calls) * LAYERS * USED)


def _recent_hits(calls: Calls, room: int) -> float:
    """The same with a cache that drops what was called longest ago."""
    held: OrderedDict[tuple[int, int], None] = OrderedDict()
    hits = 0
    for one_pass in calls:
        for layer, experts in enumerate(one_pass):
            for expert in experts:
                if (layer, expert) in held:
                    hits += 1
                    held.move_to_end((layer, expert))
                    continue
                if len(held) >= room:
                    held.popitem(last=False)
                held[layer, expert] = None
    return hits / (len(calls) * LAYERS * USED)


def _frequent_hits(calls: Calls, room: int) -> float:
    """The same with a cache that drops what was called least often."""
    count = np.zeros((LAYERS, EXPERTS))
    held: set[tuple[int, int]] = set()
    hits = 0
    for one_pass in calls:
        for layer, experts in enumerate(one_pass):
            for expert in experts:
                count[layer, expert] += 1
                if (layer, expert) in held:
                    hits += 1
                    continue
                if len(held) >= room:
                    held.remove(min(held, key=lambda one: count[one]))
                held.add((layer, expert))
    return hits / (len(calls) * LAYERS * USED)


@pytest.mark.parametrize("weights", [_favourites, _topics, _no_taste])
@pytest.mark.parametrize("share", [0.35, 0.7])
def test_it_learns_whether_recency_or_frequency_tells_more(
    weights: Callable[[int], np.ndarray], share: float
) -> None:
    calls = _calls(600, weights)
    room = int(share * LAYERS * EXPERTS)
    best = max(_recent_hits(calls, room), _frequent_hits(calls, room))
    assert _learned_hits(calls, room) > best - 0.03


def test_neither_rule_alone_is_good_everywhere() -> None:
    # or the test above would show nothing
    room = int(0.35 * LAYERS * EXPERTS)
    favourites, topics = _calls(600, _favourites), _calls(600, _topics)
    assert _frequent_hits(favourites, room) > _recent_hits(favourites, room) + 0.05
    assert _recent_hits(topics, room) > _frequent_hits(topics, room) + 0.05


def test_a_prompt_that_calls_everything_in_turn_leaves_some_of_it_there() -> None:
    every = [[list(range(EXPERTS))] * LAYERS] * 8
    chances = CallChances(LAYERS, EXPERTS)
    cache = ExpertCache(np.ones((LAYERS, EXPERTS), np.int64), 2 * EXPERTS)
    hits = 0
    for one_pass in every:
        chances.next_pass()
        for layer, experts in enumerate(one_pass):
            hits += int(cache.held[layer].sum())
            kept = np.zeros_like(cache.held)
            kept[layer] = True
            excess = cache.excess(EXPERTS - int(cache.held[layer].sum()))
            for victim in cache.victims(excess, chances.waits(layer), kept):
                cache.drop(victim)
            for expert in experts:
                cache.add((layer, expert))
            chances.called(layer, [experts])
    # dropping what was used longest ago would never find anything
    assert hits >= 7 * EXPERTS


def test_waits_are_shorter_for_layers_still_ahead() -> None:
    waits = CallChances(LAYERS, EXPERTS).waits(1)[:, 0]
    assert waits[2] < waits[0] < waits[1]


def test_the_tokens_of_a_prompt_count_like_passes() -> None:
    one_by_one, at_once = CallChances(1, EXPERTS), CallChances(1, EXPERTS)
    rows = [one[0] for one in _calls(40, _favourites)]
    for row in rows:
        one_by_one.called(0, [row])
        one_by_one.next_pass()
    at_once.called(0, rows)
    at_once.next_pass()
    assert (one_by_one._last == at_once._last).all()
    assert np.corrcoef(one_by_one._rate[0], at_once._rate[0])[0, 1] > 0.9


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.lists(
            st.lists(st.integers(0, EXPERTS - 1), min_size=USED, max_size=USED),
            min_size=1,
            max_size=20,
        ),
        max_size=30,
    )
)
def test_chances_stay_chances(passes: list[list[list[int]]]) -> None:
    chances = CallChances(2, EXPERTS)
    for number, rows in enumerate(passes):
        for layer in range(1 + number % 2):  # some passes are broken off
            chances.called(layer, rows)
            waits = chances.waits(layer)
            assert np.isfinite(waits).all() and (waits >= 0).all()
        chances.next_pass()
    assert (chances.chances > 0).all() and (chances.chances <= 1).all()


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 5), st.integers(1, 6))
def test_looking_ahead_is_the_next_routers_own_choice(seed: int, tokens: int, used: int) -> None:
    dice = np.random.default_rng(seed)
    seen = dice.standard_normal((tokens, 16), np.float32)
    router = dice.standard_normal((8, 16), np.float32)
    gains = np.exp(dice.standard_normal(16)).astype(np.float32)
    bias = dice.standard_normal(8).astype(np.float32)
    scores = (seen * gains) @ router.T + bias
    chosen = set(np.argsort(-scores, axis=1)[:, :used].ravel().tolist())
    found = look_ahead(seen, router, used, gains=gains, bias=bias)
    assert set(found) == chosen and len(found) == len(chosen)


def test_the_surest_comes_first() -> None:
    router = np.eye(4, dtype=np.float32)
    seen = np.array([[0.1, 3.0, 2.0, 1.0]], np.float32)
    assert look_ahead(seen, router, 3) == [1, 2, 3]
