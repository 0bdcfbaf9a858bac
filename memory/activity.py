"""Whether a person is waiting for something right now, so that upkeep can wait instead."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

QUIET_S = 120.0


class Activity:
    """Questions under way and how long ago the last one was. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open = 0
        self._last_s = -QUIET_S

    @contextmanager
    def question(self) -> Iterator[None]:
        """Held while a question is being answered."""
        with self._lock:
            self._open += 1
        try:
            yield
        finally:
            with self._lock:
                self._open -= 1
                self._last_s = time.monotonic()

    def asking(self) -> bool:
        """A question is being answered now."""
        with self._lock:
            return self._open > 0

    def quiet(self) -> bool:
        """No question now and none in the last two minutes."""
        with self._lock:
            return self._open == 0 and time.monotonic() - self._last_s >= QUIET_S
