"""Operator "stretch": a turn of a talk stands up to the best of those around it. Pure.

Each turn is scored by its own words and, wider, by what is said around it; a turn between two
that answer well, "Yes, both of them!", is part of the answer and says little by itself. So every
turn that leans on others gains a share, the weight "stretch*lean", of what it stands below the
best within two places. It never comes to stand above that one by this, and the best gains nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from memory.recall.terms import Floats
from memory.store.words import Card

NAME = "stretch*lean"
# Places before and after that are looked at; only candidates are.
REACH = 2

Pairs = NDArray[np.bool_]


def beside(cards: Sequence[Card]) -> Pairs:
    """Which of these stand within ``REACH`` places of each other, (n, n); each beside itself."""
    _names, source = np.unique([card.source_id for card in cards], return_inverse=True)
    at = np.array([card.position for card in cards], dtype=np.int64)
    near = np.abs(at[:, None] - at) <= REACH
    return np.asarray(near & (source[:, None] == source), dtype=np.bool_)


def below(scores: Floats, near: Pairs) -> Floats:
    """How far each stands below the best of those beside it, (n,): 0 where it is the best."""
    best = np.where(near, scores, -np.inf).max(axis=1, initial=-np.inf)
    return np.asarray(best - scores, dtype=np.float32)
