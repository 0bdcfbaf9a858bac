"""How memories fade and are reinforced: FSRS-6 with fractional days. Pure functions.

Source: Free Spaced Repetition Scheduler 6 (package ``fsrs``, its default parameters and update
formulas), forgetting curve R(t) = (1 + F t / S)^(-w20) with F = 0.9^(-1 / w20) - 1. The
package rounds the time between reviews to whole days, works on flash cards with learning
steps and adds noise; here are the same formulas without those.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from fsrs import Rating
from fsrs.scheduler import DEFAULT_PARAMETERS as W
from numpy.typing import NDArray

from memory.clock import DAY_MS
from memory.protocol import MemoryKind, ReviewReason
from memory.store.rows import Review, Strength

RATING: dict[ReviewReason, Rating] = {
    ReviewReason.CITED: Rating.Good,
    ReviewReason.OPENED: Rating.Good,
    ReviewReason.HELPFUL: Rating.Easy,
    ReviewReason.PINNED: Rating.Easy,
    ReviewReason.WRONG: Rating.Again,
    ReviewReason.KEPT: Rating.Good,
}

STABILITY_MIN_DAYS = 0.001
STABILITY_MAX_DAYS = 36_500.0

_DECAY = -W[20]
_FACTOR = 0.9 ** (1 / _DECAY) - 1

# Days until a memory that is never used stands at 90 %, by kind. What a person wrote down on
# purpose starts stronger than what was said in passing; see ``initial``.
_FIRST_DAYS: dict[MemoryKind, float] = {
    MemoryKind.NOTE: W[3],
    MemoryKind.FACT: W[3],
    MemoryKind.SUMMARY: W[3],
    MemoryKind.TOPIC: W[3],
    MemoryKind.PASSAGE: W[3] * 0.75,
    MemoryKind.TURN: W[2],
}
_ASSISTANT_SHARE = 0.5


def initial(kind: MemoryKind, importance: float, role: str | None, now_ms: int) -> Strength:
    """State of a memory just learnt.

    ``importance`` 0 to 1 scales the first stability from half to double (0.5 leaves it). The
    assistant's own words start at half the strength of the person's. Difficulty is that of a
    first Good.
    """
    scale = 4.0 ** (min(max(importance, 0.0), 1.0) - 0.5)
    share = _ASSISTANT_SHARE if role == "assistant" else 1.0
    return Strength(_stable(_FIRST_DAYS[kind] * scale * share), _first_difficulty(3), now_ms)


def retrievability(strength: Strength, now_ms: int) -> float:
    """How present a memory is now, 0 to 1; 0.9 after ``stability_days``."""
    days = max(0.0, (now_ms - strength.reviewed_ms) / DAY_MS)
    return float((1 + _FACTOR * days / strength.stability_days) ** _DECAY)


def retrievabilities(strengths: Sequence[Strength], now_ms: int) -> NDArray[np.float32]:
    """The same of many at once: (n,)."""
    stability = np.array([one.stability_days for one in strengths])
    reviewed = np.array([one.reviewed_ms for one in strengths])
    days = np.maximum(0.0, (now_ms - reviewed) / DAY_MS)
    return np.asarray((1 + _FACTOR * days / stability) ** _DECAY, dtype=np.float32)


def days_until(level: float) -> float:
    """After how many stabilities a memory has fallen to ``level`` (0 < level <= 1)."""
    return float((min(level, 1.0) ** (1 / _DECAY) - 1) / _FACTOR)


def review(strength: Strength, reason: ReviewReason, now_ms: int) -> Strength:
    """State after a use of the memory. Within a day the same-day formula applies."""
    rating = int(RATING[reason])
    if now_ms - strength.reviewed_ms < DAY_MS:
        stability = _same_day(strength.stability_days, rating)
    elif rating == 1:
        stability = _after_lapse(strength, retrievability(strength, now_ms))
    else:
        stability = _after_recall(strength, retrievability(strength, now_ms), rating)
    return Strength(
        _stable(stability),
        _next_difficulty(strength.difficulty, rating),
        max(now_ms, strength.reviewed_ms),
    )


def replay(reviews: Iterable[Review]) -> Strength | None:
    """The state a log of reviews leads to, from the first one's ``before``; None if empty."""
    state: Strength | None = None
    for entry in reviews:
        state = review(entry.before if state is None else state, entry.reason, entry.at_ms)
    return state


def curve(
    history: Sequence[Review], strength: Strength, from_ms: int, to_ms: int, points: int
) -> list[tuple[int, float]]:
    """Strength over time as ``(utc ms, 0..1)``, with both sides of every review's jump.

    ``strength`` is the present state; ``history`` its reviews in order of time. Times before
    the first review use that review's ``before``.
    """
    if points < 2 or to_ms <= from_ms:
        return [(from_ms, retrievability(_state_at(history, strength, from_ms), from_ms))]
    grid = [from_ms + round((to_ms - from_ms) * n / (points - 1)) for n in range(points)]
    drawn = [(at, retrievability(_state_at(history, strength, at), at)) for at in grid]
    for entry in history:
        if from_ms <= entry.at_ms <= to_ms:
            drawn.append((entry.at_ms - 1, retrievability(entry.before, entry.at_ms - 1)))
            drawn.append((entry.at_ms, retrievability(entry.after, entry.at_ms)))
    return sorted(set(drawn))


def _state_at(history: Sequence[Review], strength: Strength, at_ms: int) -> Strength:
    for entry in history:
        if at_ms < entry.at_ms:
            return entry.before
    return strength


# -- the formulas of FSRS-6; w is the package's parameter list


def _stable(days: float) -> float:
    return min(max(days, STABILITY_MIN_DAYS), STABILITY_MAX_DAYS)


def _first_difficulty(rating: int) -> float:
    return min(max(_raw_difficulty(rating), 1.0), 10.0)


def _raw_difficulty(rating: int) -> float:
    return float(W[4] - math.exp(W[5] * (rating - 1)) + 1)


def _next_difficulty(difficulty: float, rating: int) -> float:
    change = -(W[6] * (rating - 3))
    damped = difficulty + (10.0 - difficulty) * change / 9.0
    return min(max(W[7] * _raw_difficulty(4) + (1 - W[7]) * damped, 1.0), 10.0)


def _same_day(stability: float, rating: int) -> float:
    factor = float(math.exp(W[17] * (rating - 3 + W[18])) * stability ** -W[19])
    return stability * (max(factor, 1.0) if rating > 1 else factor)


def _after_recall(strength: Strength, recalled: float, rating: int) -> float:
    bonus = W[16] if rating == 4 else 1.0
    gain = (
        math.exp(W[8])
        * (11 - strength.difficulty)
        * strength.stability_days ** -W[9]
        * (math.exp((1 - recalled) * W[10]) - 1)
        * bonus
    )
    return float(strength.stability_days * (1 + gain))


def _after_lapse(strength: Strength, recalled: float) -> float:
    long_term = (
        W[11]
        * strength.difficulty ** -W[12]
        * ((strength.stability_days + 1) ** W[13] - 1)
        * math.exp((1 - recalled) * W[14])
    )
    return float(min(long_term, strength.stability_days / math.exp(W[17] * W[18])))
