"""A turn stands up to the best of those around it."""

from __future__ import annotations

import numpy as np
import pytest

from memory.recall import ranking, stretch
from memory.recall.features import columns
from memory.recall.weights import WEIGHTS
from memory.understand import understand
from tests.unit.memory.recall.laid import NOW, card, talk, terms

TEXTS = ["a dog", "which kitten", "the one there", "a bird", "a fish", "a horse"]


def test_two_places_apart_in_one_source_stand_beside_each_other() -> None:
    near = stretch.beside([card(4), card(6), card(7), card(5, source_id="other")])
    assert near.tolist() == [
        [True, True, False, False],
        [True, True, True, False],
        [False, True, True, False],
        [False, False, False, True],
    ]


def test_how_far_each_stands_below_the_best_beside_it() -> None:
    near = stretch.beside([card(1), card(3), card(9)])
    scores = np.array([2.0, -1.5, 0.5], np.float32)
    assert stretch.below(scores, near).tolist() == [0.0, 3.5, 0.0]
    assert stretch.below(scores[:0], stretch.beside([])).tolist() == []


def ranked(weight: float, **more: object) -> ranking.Ranked:
    laid, cards = talk(TEXTS, [1, 2, 3, 6], **more)
    asked = understand("which kitten?", NOW)
    made = columns(asked, terms(TEXTS, "kitten"), None, None, laid, cards)
    return ranking.rank(made, WEIGHTS | {stretch.NAME: weight}, cards, NOW, 0.2)


def test_turns_around_the_best_gain_and_stay_below_it() -> None:
    without, found = ranked(0.0), ranked(0.5)
    gained = found.scores - without.scores
    best = int(without.scores[:3].argmax())
    assert gained[best] == gained[3] == pytest.approx(0.0)  # the last has nobody beside it
    assert all(gained[place] > 0 for place in range(3) if place != best)
    assert found.scores[:3].argmax() == best
    np.testing.assert_allclose(found.points["stretch"], gained, atol=1e-4)


def test_what_does_not_lean_on_others_gains_nothing() -> None:
    long = {"length": 3_000}
    assert not ranked(0.5, **long).points["stretch"].any()
