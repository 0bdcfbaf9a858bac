"""Copies of the database, made by hand or at night. Runs on the caller's thread.

``making`` is held while a copy is made: whoever must be sure that no copy holds a forgotten
text takes it, deletes the copies, and knows that none is on its way.
"""

from __future__ import annotations

import threading
from pathlib import Path

from memory.clock import Clock, to_datetime
from memory.paths import DataPaths
from memory.store.db import Database

_NIGHTLY = "nightly-"


class Backups:
    def __init__(self, database: Database, paths: DataPaths, clock: Clock):
        self._database = database
        self._folder = paths.backups
        self._clock = clock
        self.making = threading.RLock()

    def make_now(self) -> tuple[Path, int]:
        """A copy the person asked for; kept until they delete it. Returns path and bytes."""
        when = to_datetime(self._clock.now_ms()).strftime("%Y%m%dT%H%M%S")
        return self._make(f"by-hand-{when}.db")

    def make_nightly(self, night: str) -> int:
        """The copy of this night, replacing an earlier one of the same; returns its bytes."""
        return self._make(f"{_NIGHTLY}{night}.db")[1]

    def prune(self, keep: int) -> int:
        """Delete nightly copies but the newest ``keep``; returns how many went."""
        with self.making:
            # Names hold the date, so their order is the order of time.
            old = sorted(self._folder.glob(f"{_NIGHTLY}*.db"), reverse=True)[keep:]
            for file in old:
                file.unlink(missing_ok=True)
        return len(old)

    def _make(self, name: str) -> tuple[Path, int]:
        target = self._folder / name
        with self.making:
            return target, self._database.backup(target)
