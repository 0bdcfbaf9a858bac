"""Operator "wary": memories that give orders, or say what several others deny, weigh less. Pure.

The loss is bounded, so that such a memory still comes where it is all there is, and there is none
where the question holds its words as a phrase or is such an order itself: then a person looks
for the text.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from memory.recall.terms import Floats
from memory.suspicion.judge import judge

LOSS = 3.0
"""Logits; a memory marked wrong loses 2."""
_LONG_ENOUGH = 4
"""Words of a question that can be an order; shorter ones are not looked at."""


def is_looked_for(question: str) -> bool:
    """Whether the question itself is an order, as when somebody looks for its text."""
    return len(question.split()) >= _LONG_ENOUGH and judge(question).is_order()


def lowered(rowids: Sequence[int], flagged: frozenset[int], phrase: Floats) -> Floats:
    """What each candidate loses, (n,); ``phrase`` is above 0 for those that hold a phrase of the
    question."""
    lost = np.array([row in flagged for row in rowids], dtype=np.float32) * -LOSS
    return np.where(phrase > 0, np.float32(0), lost).astype(np.float32)
