"""Learning from choices: planted preferences are found, nonsense is refused, bounds hold."""

from __future__ import annotations

import numpy as np
import pytest

from memory.recall import preference
from memory.recall.preference import Choices

SHIPPED = {"liked": 1.0, "length": -0.6, "meaning": 2.0, "words": 1.5}
NAMES = tuple(SHIPPED)
LISTED = 8


def choices(seed: int, count: int, person: dict[str, float] | None, noise: float = 0.1) -> Choices:
    """``count`` lists ranked as shipped; the person looks at place k with a chance of 1/k and
    takes the best of what was seen by these weights, or anything seen (``noise``, or None)."""
    random = np.random.default_rng(seed)
    shipped = np.array(list(SHIPPED.values()))
    own = None if person is None else np.array([person[name] for name in NAMES])
    differences, starts, places = [], [], []
    for _choice in range(count):
        found = random.normal(size=(LISTED, len(NAMES)))
        found = found[np.argsort(-(found @ shipped))]
        seen = [k for k in range(LISTED) if k == 0 or random.random() < 1 / (k + 1)]
        at = int(random.choice(seen))
        if own is not None and random.random() >= noise:
            at = max(seen, key=lambda k: float(found[k] @ own))
        starts.append(len(starts) * (LISTED - 1))
        places.append(at + 1)
        differences += [found[at] - found[k] for k in range(LISTED) if k != at]
    return Choices(
        NAMES, np.array(differences), np.zeros(len(differences)), np.array(starts),
        np.array(places), np.ones(count), random.integers(0, 200, count),
    )  # fmt: skip


FOND = SHIPPED | {"liked": 4.0}


def test_a_planted_preference_is_learnt_and_helps_on_choices_never_seen() -> None:
    learnt = preference.learn(choices(1, 400, FOND), SHIPPED)
    assert learnt.taken and learnt.gain > 2 * learnt.error > 0
    assert learnt.factors["liked"] > 1.5
    assert max(learnt.factors, key=lambda name: learnt.factors[name]) == "liked"
    fresh = choices(2, 400, FOND)
    factors = np.array([learnt.factors[name] for name in NAMES])
    before = preference._ranks(fresh, SHIPPED, np.ones(len(NAMES)))
    after = preference._ranks(fresh, SHIPPED, factors)
    assert float((fresh.counts() / after).sum()) > 1.02 * float((fresh.counts() / before).sum())


def test_a_person_who_agrees_with_what_is_shipped_changes_next_to_nothing() -> None:
    learnt = preference.learn(choices(3, 400, SHIPPED), SHIPPED)
    assert all(0.8 < factor < 1.25 for factor in learnt.factors.values())


@pytest.mark.parametrize("seed", range(6))
def test_random_choices_are_refused(seed: int) -> None:
    learnt = preference.learn(choices(seed, 400, None), SHIPPED)
    assert not learnt.taken
    assert set(learnt.factors.values()) == {1.0}


@pytest.mark.parametrize("seed", range(3))
def test_inverted_choices_stay_within_bounds_and_keep_every_sign(seed: int) -> None:
    """Somebody who always takes the worst: whatever is fitted, and taken or not."""
    inverted = {name: -10 * weight for name, weight in SHIPPED.items()}
    told = choices(seed, 2_000, inverted, noise=0.0)
    factors = preference.fit(told, SHIPPED)
    assert (factors >= preference.LEAST_FACTOR).all()
    assert (factors <= preference.MOST_FACTOR).all()
    moved = preference.weights(SHIPPED, dict(zip(NAMES, factors, strict=True)))
    for name, weight in SHIPPED.items():
        assert np.sign(moved[name]) == np.sign(weight)
        assert 0.5 <= moved[name] / weight <= 2.0


def test_bounds_hold_whatever_was_stored() -> None:
    moved = preference.weights(SHIPPED, {"liked": 1e9, "words": -3.0, "unknown": 7.0})
    assert moved == SHIPPED | {"liked": 2.0, "words": 0.75}


def test_few_choices_or_few_memories_change_nothing() -> None:
    few = choices(1, preference.LEAST_CHOICES - 1, FOND)
    assert not preference.learn(few, SHIPPED).taken
    many = choices(1, 400, FOND)
    same = Choices(
        NAMES, many.differences, many.rest, many.starts, many.places, many.strengths,
        many.memories % (preference.LEAST_MEMORIES - 1),
    )  # fmt: skip
    learnt = preference.learn(same, SHIPPED)
    assert not learnt.taken and learnt.choices == 400
    nothing = choices(1, 400, FOND).some(np.zeros(400, bool))
    assert preference.learn(nothing, SHIPPED).choices == 0


def test_scores_that_are_only_louder_are_no_gain() -> None:
    """A sure and a hesitant person of the same taste ask for the same order: neither gets other
    weights, and what is fitted strays by chance alone, another way for each 800 choices."""
    for noise in (0.0, 0.6):
        told = [choices(seed, 800, SHIPPED, noise=noise) for seed in (5, 6, 7)]
        assert not any(preference.learn(one, SHIPPED).taken for one in told)
        mean = np.mean([preference.fit(one, SHIPPED) for one in told], axis=0)
        assert np.abs(mean - 1).max() < 0.25
    follows = preference.follows
    assert follows(choices(5, 800, SHIPPED, noise=0.0), SHIPPED) > follows(
        choices(5, 800, SHIPPED, noise=0.6), SHIPPED
    )


def test_the_slope_is_that_of_the_cost() -> None:
    told = choices(7, 60, FOND)
    points = preference._points(told, SHIPPED)
    at = np.array([1.1, 0.7, 1.3, 0.9])
    found = preference._cost(told, points, at, 0.6)
    for column in range(len(NAMES)):
        step = np.zeros(len(NAMES))
        step[column] = 1e-5
        above = preference._cost(told, points, at + step, 0.6)
        below = preference._cost(told, points, at - step, 0.6)
        assert found.gradient[column] == pytest.approx(
            (above.value - below.value) / 2e-5, rel=1e-4, abs=1e-4
        )
        np.testing.assert_allclose(
            found.curve[column], (above.gradient - below.gradient) / 2e-5, rtol=1e-3, atol=1e-3
        )


def test_some_choices_are_whole_ones() -> None:
    told = choices(8, 50, FOND)
    some = told.some(told.places > 1)
    assert len(some) == int((told.places > 1).sum())
    lines = np.isin(told.of(), np.flatnonzero(told.places > 1))
    np.testing.assert_array_equal(some.differences, told.differences[lines])
    assert some.of().max() == len(some) - 1


def test_what_differs_is_told_most_changed_first() -> None:
    told = preference.differing({"a": 1.01, "b": 1.4, "c": 0.55, "d": 1.0})
    assert [name for name, _factor in told] == ["c", "b"]
