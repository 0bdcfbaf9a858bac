"""One daemon per data folder: a lock held for life, and the file that says where it listens.

The lock is the operating system's (released with the process, however it ended), so a lock
file left behind means nothing. ``daemon.json`` left behind by a dead daemon is removed by the
next one; clients never trust the process id in it without an answer that knows the token.
"""

from __future__ import annotations

import json
import os
import time
from enum import Enum, auto
from pathlib import Path

from filelock import FileLock, Timeout

from memory.paths import DataPaths
from memory.protocol import PROTOCOL_VERSION
from memory.version import program_version

_LOOK_S = 0.05


class Taken(Enum):
    """What became of the wish for the lock."""

    LOCKED = auto()  # it is ours
    RUNNING = auto()  # another daemon holds it, and answers
    HELD = auto()  # another process holds it and does not answer


class DaemonLock:
    """The lock of one data folder. Used by the main thread only."""

    def __init__(self, paths: DataPaths):
        self._paths = paths
        self._lock = FileLock(paths.lock, mode=0o600, fallback_to_soft=False)

    def take(self, wait_s: float) -> Taken:
        """Take the lock, or wait until its holder answers or goes away.

        A holder that is just starting or stopping is waited for: so two programs that start
        the daemon at once both find the one that won.
        """
        deadline = time.monotonic() + wait_s
        while True:
            try:
                self._lock.acquire(timeout=0)
            except Timeout:
                if _answers(self._paths):
                    return Taken.RUNNING
            else:
                self._paths.daemon_json.unlink(missing_ok=True)
                return Taken.LOCKED
            if time.monotonic() >= deadline:
                return Taken.HELD
            time.sleep(_LOOK_S)

    def release(self) -> None:
        self._lock.release()


def announce(paths: DataPaths, port: int, token: str) -> None:
    """Write ``daemon.json``, whole or not at all, readable by this person only."""
    record = {
        "port": port,
        "token": token,
        "pid": os.getpid(),
        "version": program_version(),
        "protocol": PROTOCOL_VERSION,
    }
    part = paths.daemon_json.with_suffix(".part")
    part.unlink(missing_ok=True)
    with open(part, "w", encoding="utf-8", opener=_private) as file:
        json.dump(record, file)
    os.replace(part, paths.daemon_json)


def withdraw(paths: DataPaths) -> None:
    """Take ``daemon.json`` away; only its writer calls this, while it holds the lock."""
    paths.daemon_json.unlink(missing_ok=True)


def _private(path: str | Path, flags: int) -> int:
    return os.open(path, flags | os.O_EXCL, 0o600)


def _answers(paths: DataPaths) -> bool:
    """Whether a daemon of any version answers where ``daemon.json`` says."""
    from memory import client  # heavy, and needed only where another daemon is about

    try:
        with client.Client(client.read_address(paths), timeout_s=2.0) as found:
            found.health()
    except client.DaemonError:
        return False
    return True
