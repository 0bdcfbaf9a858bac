"""Ctrl+C that waits for a good moment.

An interrupt raised in the middle of a request may leave the connection pool locked (httpx and
what is below it expect none there), and the next request, the one that pauses what was begun,
would then never be sent.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interrupts:
    """Whether somebody pressed Ctrl+C."""

    def __init__(self) -> None:
        self._asked = False

    def check(self) -> None:
        """Here it may take hold; raises KeyboardInterrupt."""
        if self._asked:
            raise KeyboardInterrupt

    def note(self, _number: int, _frame: FrameType | None) -> None:
        if self._asked:  # pressed again: at once, whatever it breaks
            raise KeyboardInterrupt
        self._asked = True


@contextmanager
def noted_interrupts() -> Iterator[Interrupts]:
    """While inside, the first Ctrl+C is only noted, for ``check``. Main thread only."""
    noted = Interrupts()
    before = signal.signal(signal.SIGINT, noted.note)
    try:
        yield noted
    finally:
        signal.signal(signal.SIGINT, before)
