"""How long tests wait for what should come: long enough for a slow machine with other work.

Waits end as soon as what they wait for is there, so patience costs time only in a test that
fails. What must *not* happen is waited for shortly, where the test says so.
"""

from __future__ import annotations

import time
from collections.abc import Callable

LONG_S = 60.0
LONG_MS = 60_000


def until(true: Callable[[], object], what: object = "waited in vain") -> None:
    """Wait until ``true()`` is true; ``what`` is said where it never becomes so (if it can be
    called, what it returns then)."""
    end = time.monotonic() + LONG_S
    while not true():
        if time.monotonic() > end:
            raise AssertionError(what() if callable(what) else what)
        time.sleep(0.01)
