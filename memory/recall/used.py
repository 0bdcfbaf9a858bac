"""Operator "used": how much having been used speaks for a candidate. Pure.

The odds that something is needed again follow from when it was needed: each use leaves t^-0.5 of
itself after t days, and these add up (Anderson and Schooler 1991; the base level of ACT-R). The
scores of the ranker are logits, as it was trained with a softmax over candidates, so by Bayes'
rule the logarithm of these odds is added to them as it is, with weight 1.

ACT-R counts learning as a use. Here what was never used stands as if used once ``LEARNT_DAYS`` ago,
however old it is: a lease read in years ago is no less worth finding than a page of today, and
memories that nobody has used yet, old and new, are ranked by the question alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from memory.clock import DAY_MS
from memory.recall.terms import Floats

FADING = 0.5
LEARNT_DAYS = 30.0
# What the setting "weight of strength" stands at where use counts in full.
FULL = 0.1


def points(
    rows: Sequence[int], uses: Mapping[int, Sequence[int]], now_ms: int, weight: float
) -> Floats:
    """Logits for each of these rows, (n,); 0 for what was never used, never below.

    ``uses``: when each was used, UTC milliseconds; several on one day count once. ``weight`` is
    the setting; at 0 use tells nothing.
    """
    left = [_left(uses.get(row, ()), now_ms) for row in rows]
    odds = 1.0 + np.array(left, dtype=np.float64) * LEARNT_DAYS**FADING
    return np.asarray(weight / FULL * np.log(odds), dtype=np.float32)


def _left(uses: Sequence[int], now_ms: int) -> float:
    """What all uses have left of themselves; a use of today counts 1."""
    days = {at // DAY_MS: at for at in uses}.values()
    return float(sum(max((now_ms - at) / DAY_MS, 1.0) ** -FADING for at in days))
