"""Paths something happened to, until they have been quiet for a moment.

``on_any_event`` runs on watchdog's thread and only passes on; the rest belongs to the thread
``watcher``. Many events of one path (a file written piece by piece) become one.
"""

from __future__ import annotations

import os
import queue
import time
from dataclasses import dataclass

from watchdog.events import FileSystemEvent, FileSystemEventHandler

_TOLD = ("created", "modified", "deleted", "moved", "closed")  # not: opened, read
_TICK_S = 0.25
_AT_ONCE = 10_000


@dataclass(slots=True)
class _Times:
    first: float
    last: float
    moved_to: str | None = None


class Touched(FileSystemEventHandler):
    def __init__(self) -> None:
        self._inbox: queue.SimpleQueue[tuple[str, str | None] | None] = queue.SimpleQueue()
        self._paths: dict[str, _Times] = {}

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.event_type not in _TOLD:
            return
        if event.is_directory and event.event_type == "modified":
            return  # its entries tell by themselves
        moved_to = os.fsdecode(event.dest_path) if event.dest_path else None
        self._inbox.put((os.fsdecode(event.src_path), moved_to))

    def wake(self) -> None:
        """End a ``take`` that waits; from any thread."""
        self._inbox.put(None)

    def take(self, longest_s: float) -> None:
        """Note what was reported; waits for the first, shortly if paths are not quiet yet."""
        timeout = min(_TICK_S, longest_s) if self._paths else longest_s
        for _ in range(_AT_ONCE):
            try:
                told = self._inbox.get(timeout=timeout)
            except queue.Empty:
                return
            if told is None:
                return
            timeout = 0.0001
            path, moved_to = told
            self._note(path, moved_to)
            if moved_to is not None:
                self._note(moved_to, None)

    def quiet(self, quiet_s: float, longest_s: float) -> dict[str, str | None]:
        """Take out the paths that have been quiet for ``quiet_s``, or restless for
        ``longest_s``; the value is where a path was moved to."""
        now = time.monotonic()
        found = {
            path: times.moved_to
            for path, times in self._paths.items()
            if now - times.last >= quiet_s or now - times.first >= longest_s
        }
        for path in found:
            del self._paths[path]
        return found

    def _note(self, path: str, moved_to: str | None) -> None:
        now = time.monotonic()
        times = self._paths.setdefault(path, _Times(now, now))
        times.last = now
        times.moved_to = moved_to or times.moved_to
