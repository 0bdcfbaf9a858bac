"""Long upkeep steps aside at once when a person asks something. Any thread."""

from __future__ import annotations

import threading
from collections.abc import Callable

from memory.errors import Stopping

_LOOK_S = 0.02


class GiveWay:
    """Called between two small pieces of work, it returns when nobody is waiting.

    ``busy`` says that a person is served; ``stopping`` that the work is to end;
    ``look_s`` is how often it looks, in seconds.
    """

    def __init__(
        self,
        busy: Callable[[], bool] = lambda: False,
        stopping: threading.Event | None = None,
        look_s: float = _LOOK_S,
    ) -> None:
        self._busy = busy
        self._look_s = look_s
        self._stopping = stopping or threading.Event()

    def __call__(self) -> None:
        """Wait while a person is served.

        Raises:
            Stopping: the work is to end; what was stored stays.
        """
        while self._busy() and not self._stopping.is_set():
            self._stopping.wait(self._look_s)
        if self._stopping.is_set():
            raise Stopping("Recollect is stopping", "It goes on later.", "Start it again.")

    def wanted(self) -> bool:
        """Whether whoever works now should end or step aside."""
        return self._stopping.is_set() or self._busy()
