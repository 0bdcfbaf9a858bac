"""Work that can wait gives way to whoever is at the screen.

Two means, because Linux has two levels. ``step_back`` lowers one thread against the others of
its session. But where the scheduler makes a group of every session (sched(7), "The autogroup
feature"), nice values count inside the group only: the daemon, started in a session of its own,
would be the window's equal however low its threads are. Measured on two processors: with the
threads alone lowered, the window's thread waited up to 350 ms for a processor while files were
read. So the group as a whole steps back too, but only while there is work that can wait: then
questions are slower if other programs keep every processor busy, and only then.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from pathlib import Path

BEHIND = 5
"""Nice value of background threads: noticeably behind a window, far from starving."""
READERS_BEHIND = 10
"""The same for processes that read files: behind the threads that store what they found."""
GROUP_BEHIND = 15
"""Nice value of the whole session's group; at 5 and 10 the window still waited too long."""

_GROUP = Path("/proc/self/autogroup")


def step_back(nice: int = BEHIND) -> None:
    """Lower the priority of the calling thread; nothing happens where threads have none.

    On Linux each thread has a nice value of its own (setpriority(2), notes), so questions
    on other threads keep theirs. Processes and threads it starts inherit the value.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), nice)


class Standing:
    """Whether this process's group stands back: it does while any part has work that can wait.

    Any thread may call. Does nothing unless the process leads its session: a group that others
    share is not ours to lower. Raising a group to 0 again needs no privilege, but the kernel
    takes one change in 100 ms from unprivileged processes; a change that was refused is made
    at the next call, so ``rest`` is to be called again and again while there is nothing to do.
    """

    def __init__(self, group: Path = _GROUP, *, leads: bool | None = None) -> None:
        self._group = group
        self._leads = _leads_session() if leads is None else leads
        self._lock = threading.Lock()
        self._working: set[str] = set()
        self._nice = 0

    def work(self, part: str) -> None:
        """``part`` has work that can wait."""
        self._set(part, working=True)

    def rest(self, part: str) -> None:
        """``part`` has none left."""
        self._set(part, working=False)

    def _set(self, part: str, *, working: bool) -> None:
        if not self._leads:
            return
        with self._lock:
            (self._working.add if working else self._working.discard)(part)
            wanted = GROUP_BEHIND if self._working else 0
            if wanted == self._nice:
                return
            with contextlib.suppress(OSError):  # refused for now, or no such feature
                self._group.write_text(str(wanted), "ascii")
                self._nice = wanted


def _leads_session() -> bool:
    return sys.platform == "linux" and os.getsid(0) == os.getpid() and _GROUP.exists()


standing = Standing()
"""The one of this process: priority belongs to the system, so there is no second."""
