"""How fast a batch goes and how long it still takes. Pure; kept by the ingest thread."""

from __future__ import annotations

from collections import deque

WINDOW_MS = 60_000
LEAST_MS = 500
"""Before that a rate would be a guess."""


class Pace:
    """Files finished lately; the rate is over the last minute of work."""

    def __init__(self, started_ms: int) -> None:
        self._started_ms = started_ms
        self._finished: deque[tuple[int, int]] = deque()
        self._count = 0

    def finished(self, count: int, now_ms: int) -> None:
        self._finished.append((now_ms, count))
        self._count += count
        self._forget_old(now_ms)

    def rate_per_s(self, now_ms: int) -> float | None:
        """Files a second, or None while it is too early to tell."""
        self._forget_old(now_ms)
        span_ms = now_ms - max(self._started_ms, now_ms - WINDOW_MS)
        if self._count == 0 or span_ms < LEAST_MS:
            return None
        return self._count * 1000 / span_ms

    def seconds_left(self, waiting: int, now_ms: int) -> float | None:
        rate = self.rate_per_s(now_ms)
        if rate is None:
            return None
        return waiting / rate

    def _forget_old(self, now_ms: int) -> None:
        while self._finished and self._finished[0][0] < now_ms - WINDOW_MS:
            self._count -= self._finished.popleft()[1]
