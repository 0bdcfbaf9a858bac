"""The time, handed to whoever needs it, so that tests can move it.

Everything inside counts UTC milliseconds since the epoch; ``datetime`` appears at the edge.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol

DAY_MS = 86_400_000


class Clock(Protocol):
    def now_ms(self) -> int: ...


class SystemClock:
    """The machine's clock."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000


def to_datetime(ms: int) -> datetime:
    """UTC milliseconds to an aware UTC datetime."""
    return datetime.fromtimestamp(ms / 1000, UTC)


def to_datetime_or_none(ms: int | None) -> datetime | None:
    return None if ms is None else to_datetime(ms)


def to_ms(when: datetime) -> int:
    """An aware datetime to UTC milliseconds; a naive one is taken as local time."""
    return round(when.timestamp() * 1000)
