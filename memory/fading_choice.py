"""Which of the memories about to fade are offered to the person. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

from memory import decay
from memory.recall import duplicates
from memory.store.fading import Fading

A_DAY = 5
# So far above the mark of dormancy a memory is about to fade.
MARGIN = 0.05
# And so many days before it goes dormant at most: what fades slowly stays within that for months.
SOON_DAYS = 28
# The same memory is not offered again before.
WEEKS = 4
# What says less is hardly understood on a card of its own.
_FEWEST_CHARS = 25


def window(dormant_below: float) -> tuple[float, float] | None:
    """Between how many stabilities after its last use a memory is about to fade; None where
    nothing goes dormant."""
    if dormant_below <= 0:
        return None
    return decay.days_until(dormant_below + MARGIN), decay.days_until(dormant_below)


def choose(found: Sequence[Fading], now_ms: int, count: int = A_DAY) -> list[str]:
    """Ids of the best, what weighs most first: important ones and those once used often, of
    equals the weaker. What says the same as a better one is left out, and so are pinned ones,
    which do not fade."""
    ordered = sorted(found, key=lambda one: (-_worth(one), _presence(one, now_ms), one.memory.id))
    chosen: list[str] = []
    gists: list[duplicates.Gist] = []
    for one in ordered:
        text = one.memory.text.strip()
        if one.memory.pinned or one.memory.marked_wrong or len(text) < _FEWEST_CHARS:
            continue
        gist = duplicates.gist(text)
        if any(duplicates.same(gist, other) for other in gists):
            continue
        gists.append(gist)
        chosen.append(one.memory.id)
        if len(chosen) == count:
            break
    return chosen


def _worth(one: Fading) -> float:
    """Importance counts from half to double, as it does for the first stability."""
    return float(math.log1p(one.uses) + math.log(4.0) * (one.memory.importance - 0.5))


def _presence(one: Fading, now_ms: int) -> float:
    return decay.retrievability(one.memory.strength, now_ms)
