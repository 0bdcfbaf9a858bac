"""How fast a model would be along the memory slider. Pure.

The daemon predicts at the budgets of ``grid`` in one reply; ``at`` reads from these what the
slider's place would bring, so that moving it asks nobody.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from math import ceil

from memory.protocol import ModelBudget, ModelPrediction, ModelVerdict

MOST_POINTS = 60
"""Of the 64 budgets one request may name."""

_MB = 1_000_000
_STEPS_MB = (100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000)


def step_bytes(budget: ModelBudget) -> int:
    """A round step that cuts the slider into at most ``MOST_POINTS`` places."""
    wanted = max(0, budget.most_bytes - budget.least_bytes) / (MOST_POINTS - 2)
    return next((mb * _MB for mb in _STEPS_MB if mb * _MB >= wanted), ceil(wanted))


def grid(budget: ModelBudget) -> list[int]:
    """Every budget the slider stops at, in bytes, rising: both ends and the round ones between."""
    step = step_bytes(budget)
    first = budget.least_bytes // step + 1
    inner = range(first * step, budget.most_bytes, step)
    return sorted({budget.least_bytes, *inner, max(budget.least_bytes, budget.most_bytes)})


def nearest(stops: Sequence[int], budget_bytes: int) -> int:
    """The stop of the slider nearest to a budget."""
    return min(stops, key=lambda stop: (abs(stop - budget_bytes), stop))


def at(curve: Sequence[ModelPrediction], budget_bytes: int) -> ModelPrediction | None:
    """What to expect with so much memory; ``curve`` rises in its budgets.

    Between two predictions of the same mode and verdict the speed is taken from the straight
    line; where they differ, the lower one counts, so that nothing is promised too early.
    """
    if not curve:
        return None
    right = bisect_right([point.budget_bytes for point in curve], budget_bytes)
    low = curve[max(0, right - 1)]
    if right in (0, len(curve)) or low.budget_bytes == budget_bytes:
        return low
    high = curve[right]
    if (low.mode, low.verdict) != (high.mode, high.verdict):
        return low
    share = (budget_bytes - low.budget_bytes) / (high.budget_bytes - low.budget_bytes)
    return low.model_copy(
        update={
            "budget_bytes": budget_bytes,
            "tokens_per_s": _between(low.tokens_per_s, high.tokens_per_s, share),
            "first_token_s": _between(low.first_token_s, high.first_token_s, share),
        }
    )


def fits_from(curve: Sequence[ModelPrediction]) -> int | None:
    """The least budget of the curve under which all of the model is in memory."""
    return next((p.budget_bytes for p in curve if p.verdict is ModelVerdict.FITS), None)


def _between(low: float | None, high: float | None, share: float) -> float | None:
    if low is None or high is None:
        return low
    return low + (high - low) * share
