"""Operator "history": of facts about one thing, what holds now stands before what held once. Pure.

Nothing is hidden: a fact of the past keeps its place wherever no present one of its topic was
found, and where the question asks for the past.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from memory.facts.fold import State
from memory.recall import cues
from memory.recall.terms import Floats
from memory.understand import Question

_JUST_BELOW = 1e-3

Topic = tuple[str, str, str]


def lowered(
    question: Question,
    rowids: Sequence[int],
    scores: Floats,
    facts: Mapping[int, tuple[Topic, State]],
) -> Floats:
    """What each candidate loses, (n,): a past fact goes just below the best present one of its
    topic. ``facts`` tells of the rows that are facts."""
    lost = np.zeros(len(rowids), dtype=np.float32)
    if not facts or cues.asks_past(question.text):
        return lost
    best: dict[Topic, float] = {}
    for row, score in zip(rowids, scores.tolist(), strict=True):
        told = facts.get(row)
        if told is not None and told[1] is State.CURRENT:
            best[told[0]] = max(best.get(told[0], score), score)
    for place, row in enumerate(rowids):
        told = facts.get(row)
        if told is not None and told[1] is State.PAST and told[0] in best:
            lost[place] = min(0.0, best[told[0]] - _JUST_BELOW - float(scores[place]))
    return lost
