"""An event that is set when another one is, or when its time is up."""

from __future__ import annotations

import threading
import time


class Until(threading.Event):
    """For whoever looks at an event again and again, as the model does at every token."""

    def __init__(self, other: threading.Event, seconds: float) -> None:
        super().__init__()
        self._other = other
        self._end = time.monotonic() + seconds

    @property
    def late(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() >= self._end

    def is_set(self) -> bool:
        return super().is_set() or self._other.is_set() or self.late
