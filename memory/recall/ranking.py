"""Operators "fusion" and "strength": one score for every candidate from its features. Pure.

A linear ranker: the columns of ``memory.recall.features`` times the weights of
``memory.recall.weights``, so that every score can be taken apart again. A column of the form
"name*lean" is heard as much as the memory leans on its neighbours, "name*alone" as much as it
stands for itself: turns of a chat and passages of a file are weighed by one formula.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from memory import decay
from memory.protocol import MemoryState
from memory.recall.features import Columns
from memory.recall.terms import Floats
from memory.store.words import Card

DORMANT = 0.9
MARKED_WRONG = 0.5
IMPORTANCE = 0.1
# Logits that a memory loses for each factor of e that its standing is below 1.
STANDING = 3.0

# Scores have no scale of their own: the middle of the one they are shown on, and its spread.
MIDDLE, SPREAD = 0.0, 4.0

# Below this cosine, and without a word in common, a memory has nothing to do with a question.
UNRELATED = 0.2


@dataclass(frozen=True, slots=True)
class Ranked:
    """One place for each candidate.

    Attributes:
        scores: sum of the points.
        features: what each witness says.
        points: what each witness adds to the score, its forms together.
    """

    scores: Floats
    features: Columns
    points: Columns

    def plus(self, name: str, points: Floats) -> Ranked:
        """The same with points of one more operator."""
        return Ranked(self.scores + points, self.features, self.points | {name: points})

    def without(self, name: str) -> Ranked:
        """The same without the points of an operator."""
        points = self.points.get(name)
        if points is None or not points.any():
            return self
        left = {other: told for other, told in self.points.items() if other != name}
        return Ranked(self.scores - points, self.features, left)


def rank(
    columns: Columns,
    weights: Mapping[str, float],
    cards: Sequence[Card],
    now_ms: int,
    strength_weight: float,
) -> Ranked:
    """Score every candidate."""
    points: Columns = {}
    for name, weight in weights.items():
        witness = name.partition("*")[0].removesuffix("_apart")
        points[witness] = points.get(witness, 0.0) + weight * column(columns, name)
    strength = decay.retrievabilities([card.strength for card in cards], now_ms)
    stands = STANDING * np.log(standing(cards, strength, strength_weight))
    points["strength"] = stands.astype(np.float32)
    return Ranked(
        scores=np.sum(list(points.values()), axis=0, dtype=np.float32),
        features=columns | {"strength": strength},
        points=points,
    )


def shown(score: float) -> float:
    """A score on a scale from 0 to 1; what stands at ``MIDDLE`` gets a half."""
    return 1 / (1 + math.exp(-(score - MIDDLE) / SPREAD))


def column(columns: Columns, name: str) -> Floats:
    """One column, or one of the forms "name*lean" and "name*alone"."""
    plain, _, form = name.partition("*")
    values = columns[plain]
    if not form:
        return values
    lean = columns["lean"]
    return values * (lean if form == "lean" else 1 - lean)


def related(features: Columns) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Which candidates have anything to do with the question, by themselves or, being turns of a
    chat, by what is said around them."""
    found = (features["words"] > 0) | (features["words_wide"] > 0) | (features["phrase"] > 0)
    found = found | (features["meaning"] >= UNRELATED) | (features["meaning_near"] >= UNRELATED)
    return np.asarray(found | (features["linked"] > 0), dtype=np.bool_)


def standing(cards: Sequence[Card], strength: Floats, weight: float) -> Floats:
    """Factor of what the memory is, whatever the question: strength, importance, verdicts."""
    factor = 1 - weight + weight * strength
    factor *= np.array([1 + IMPORTANCE * (card.importance - 0.5) for card in cards])
    factor[[card.state is MemoryState.DORMANT for card in cards]] *= DORMANT
    factor[[card.marked_wrong for card in cards]] *= MARKED_WRONG
    return np.asarray(np.maximum(factor, 1e-3), dtype=np.float32)
