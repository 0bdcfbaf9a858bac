"""Fakes for the edges: the clock. Everything inside is real."""

from __future__ import annotations

from datetime import UTC, datetime

from memory.clock import DAY_MS


class FakeClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, now: datetime = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)):
        self._now_ms = round(now.timestamp() * 1000)

    def now_ms(self) -> int:
        return self._now_ms

    def advance(self, *, days: float = 0.0, seconds: float = 0.0) -> None:
        self._now_ms += round(days * DAY_MS + seconds * 1000)
