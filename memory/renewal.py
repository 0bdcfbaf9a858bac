"""A year of forgetting and renewal: how many memories were strong, fading and dormant. Pure.

Between two reviews a memory only fades, so each stretch of its life crosses every mark at one known
moment: stretches are counted by when they begin and end, never week by week.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from memory import decay
from memory.clock import DAY_MS
from memory.store.renewal import Stretches, Times

WEEKS = 52
WEEK_MS = 7 * DAY_MS
# Below it a memory is fading; what the window calls strong begins there.
STRONG = 0.7


@dataclass(frozen=True, slots=True)
class Week:
    """How memories stood when a week ended, and how many were renewed in it."""

    until_ms: int
    strong: int
    fading: int
    dormant: int
    renewed: int


def ends(now_ms: int) -> list[int]:
    """When each of the weeks ended; the last one ends now."""
    return [now_ms - back * WEEK_MS for back in reversed(range(WEEKS))]


def weeks(
    lives: Stretches,
    renewed: Sequence[tuple[str, int]],
    dormant_below: float,
    now_ms: int,
    scale: float = 1.0,
) -> list[Week]:
    """Counts for every week. ``renewed`` are uses (memory and UTC ms), several of one memory in a
    week count once; ``scale`` is what one counted memory stands for."""
    at = np.array(ends(now_ms), dtype=np.float64)
    span = lives.stability_days * DAY_MS
    fades = lives.reviewed_ms + decay.days_until(STRONG) * span
    sleeps = np.full(len(span), np.inf)
    if dormant_below > 0:
        sleeps = lives.reviewed_ms + decay.days_until(dormant_below) * span
        sleeps[lives.pinned] = np.inf
    fades = np.minimum(fades, sleeps)  # a mark set high leaves nothing between
    strong = scale * _standing(lives.from_ms, np.minimum(lives.to_ms, fades), at)
    fading = scale * _standing(
        np.maximum(lives.from_ms, fades), np.minimum(lives.to_ms, sleeps), at
    )
    dormant = scale * _standing(np.maximum(lives.from_ms, sleeps), lives.to_ms, at)
    used = _renewed(renewed, at)
    return [
        Week(int(at[n]), round(strong[n]), round(fading[n]), round(dormant[n]), used[n])
        for n in range(len(at))
    ]


def _standing(begins: Times, ends_: Times, at: Times) -> Times:
    """How many spans [begin, end) each moment lies in, (len(at),)."""
    real = ends_ > begins
    begun = np.searchsorted(np.sort(begins[real]), at, side="right")
    ended = np.searchsorted(np.sort(ends_[real]), at, side="right")
    return np.asarray(begun - ended, dtype=np.float64)


def _renewed(renewed: Sequence[tuple[str, int]], at: Times) -> list[int]:
    last = at[-1]
    found = {
        (memory, int((last - when) // WEEK_MS))
        for memory, when in renewed
        if last - len(at) * WEEK_MS < when <= last
    }
    counts = [0] * len(at)
    for _memory, back in found:
        counts[len(at) - 1 - back] += 1
    return counts
