"""Operator "spread": what asks for several things is answered out of several sessions. Pure.

"What instruments does Ann play?" is answered by turns months apart, and those of the session that
tells most would fill the list. So where a question asks for more than one thing, every memory of
a session already on the list takes a little from those after it, as maximal marginal relevance
does (Carbonell and Goldstein, SIGIR 1998), with the session as what makes two memories alike.
What stands for itself, a passage or a note, loses nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from memory.recall import cues
from memory.recall.terms import Floats
from memory.store.words import Card
from memory.understand import Question

# What each of the same session above it takes from a memory, and how many count.
EACH, MOST = 0.2, 3
# So many places are filled one by one.
FIRST = 40

Places = NDArray[np.int64]


def wanted(question: Question) -> bool:
    """Whether a question asks for more than one thing."""
    return cues.asks_several(question.text)


def sessions(cards: Sequence[Card], break_ms: int) -> Places:
    """The session of each, counted from 0, (n,): of one source, and no longer silence between
    two of these than ``break_ms``."""
    found = np.zeros(len(cards), dtype=np.int64)
    number, last = -1, ("", 0)
    for place in sorted(range(len(cards)), key=lambda n: (cards[n].source_id, cards[n].when_ms)):
        source, when = cards[place].source_id, cards[place].when_ms
        if number < 0 or source != last[0] or when - last[1] > break_ms:
            number += 1
        last = (source, when)
        found[place] = number
    return found


def points(scores: Floats, lean: Floats, session: Places) -> Floats:
    """What each loses to those of its session above it, (n,), 0 or less."""
    lost = np.zeros(len(scores), dtype=np.float32)
    above = np.zeros(int(session.max(initial=-1)) + 1, dtype=np.int64)
    left = scores.astype(np.float32)
    for _place in range(min(FIRST, len(scores))):
        best = int(np.argmax(left))
        left[best] = -np.inf
        if above[session[best]] < MOST:
            above[session[best]] += 1
            rest = (session == session[best]) & np.isfinite(left)
            lost[rest] -= EACH * lean[rest]
            left[rest] = scores[rest] + lost[rest]
    return lost
