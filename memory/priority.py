"""Work that can wait gives way to whoever is at the screen: lower priority for one thread."""

from __future__ import annotations

import contextlib
import os
import sys
import threading

BEHIND = 5
"""Nice value of background threads: noticeably behind a window, far from starving."""


def step_back(nice: int = BEHIND) -> None:
    """Lower the priority of the calling thread; nothing happens where threads have none.

    On Linux each thread has a nice value of its own (setpriority(2), notes), so questions
    on other threads keep theirs.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), nice)
