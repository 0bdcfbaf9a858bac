"""Facts of one topic as spans of time, ready to be drawn. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from memory.protocol import FactInfo, FactState

_LEAST_RANGE = timedelta(days=60)
_LEAST = 0.12
_LEAST_NOW = 0.24
"""No span is narrower than these parts of the whole: its value is to be read."""


@dataclass(frozen=True)
class Span:
    """``start`` and ``end`` are parts of the whole, 0 to 1; ``lane`` is the row it stands in.

    ``open_start``: nobody said since when. ``open_end``: it ended, nobody said when.
    """

    fact: FactInfo
    start: float
    end: float
    lane: int
    open_start: bool
    open_end: bool


def spans(facts: Sequence[FactInfo], now: datetime) -> list[Span]:
    """In the order of time; those that hold at one time stand in lanes of their own."""
    times = [(fact, *_ends(fact, now)) for fact in facts]
    if not times:
        return []
    first = min(start for _fact, start, _end in times)
    last = max([now, *(end for _fact, _start, end in times)])
    first = min(first, last - _LEAST_RANGE)
    whole = (last - first).total_seconds()

    def part(when: datetime) -> float:
        return (when - first).total_seconds() / whole

    lanes: list[list[Span]] = []
    for fact, start, end in sorted(times, key=lambda one: (one[2], one[1], one[0].id)):
        left, right = part(start), part(end)
        lane = next((n for n, some in enumerate(lanes) if some[-1].end <= left + 1e-6), len(lanes))
        if lane == len(lanes):
            lanes.append([])
        past = fact.state is not FactState.CURRENT
        open_end = past and fact.valid_to is None
        lanes[lane].append(Span(fact, left, right, lane, fact.valid_from is None, open_end))
    return [span for some in lanes for span in _wide_enough(some)]


def _wide_enough(lane: Sequence[Span]) -> list[Span]:
    """From the latest back: what is too narrow takes from what was before."""
    found: list[Span] = []
    until = 1.0
    for span in reversed(lane):
        least = _LEAST_NOW if span.fact.state is FactState.CURRENT else _LEAST
        end = min(span.end, until)
        start = max(0.0, min(span.start, end - least))
        found.insert(0, replace(span, start=start, end=max(end, start)))
        until = start
    return found


def _ends(fact: FactInfo, now: datetime) -> tuple[datetime, datetime]:
    if fact.state is FactState.CURRENT:
        end = now
    else:
        end = fact.valid_to or fact.said_at
    start = fact.valid_from or min(fact.said_at, end)
    return min(start, end), end
