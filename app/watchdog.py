"""Watches how long the GUI thread is held: a timer that should fire every few milliseconds.

In debug runs (``RECOLLECT_DEBUG=1``) a hold of over 200 ms is logged with the stack of what was
running; the benchmark reads ``longest_ms``.
"""

from __future__ import annotations

import faulthandler
import logging
import tempfile
import threading
import time
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, QTimer

_log = logging.getLogger("recollect.watchdog")
_BEAT_MS = 5


@dataclass(frozen=True)
class Hold:
    """One hold of over 20 ms: when it ended (``perf_counter``), how long, and how much of it the
    GUI thread worked itself; the rest it waited for a processor or for another thread."""

    at: float
    held_ms: float
    own_ms: float


class Watchdog(QObject):
    """``longest_ms`` is the longest time between two beats, less the beat itself."""

    def __init__(self, parent: QObject | None = None):
        super().__init__(parent)
        self.longest_ms = 0.0
        self.holds: list[Hold] = []
        self.beats = 0
        self._last = time.perf_counter()
        self._worked = time.thread_time()
        self._timer = QTimer(self, interval=_BEAT_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        self._last, self._worked = time.perf_counter(), time.thread_time()
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()

    @property
    def last_beat(self) -> float:
        return self._last

    def reset(self) -> None:
        self.longest_ms, self.holds, self.beats = 0.0, [], 0
        self._last, self._worked = time.perf_counter(), time.thread_time()

    def _beat(self) -> None:
        now, worked = time.perf_counter(), time.thread_time()
        held_ms = max(0.0, (now - self._last) * 1000 - _BEAT_MS)
        own_ms = (worked - self._worked) * 1000
        self._last, self._worked = now, worked
        self.longest_ms = max(self.longest_ms, held_ms)
        self.beats += 1
        if held_ms > 20:
            self.holds.append(Hold(now, held_ms, own_ms))


class StackWatch:
    """A thread that looks at the GUI thread's stack whenever the watchdog stops beating."""

    def __init__(self, watchdog: Watchdog, *, over_ms: float = 200.0):
        self.seen: list[tuple[float, str]] = []
        self._watchdog = watchdog
        self._over_s = over_ms / 1000
        self._gui = threading.get_ident()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, name="watchdog", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(1.0)

    def _look(self) -> None:
        reported = 0.0
        while not self._stop.wait(self._over_s / 3):
            last = self._watchdog.last_beat
            held = time.perf_counter() - last
            if held > self._over_s and last != reported:
                reported = last
                stack = self._stack()
                self.seen.append((held * 1000, stack))
                _log.warning("GUI thread held for %.0f ms so far\n%s", held * 1000, stack)

    def _stack(self) -> str:
        """Stack of the GUI thread as text, innermost first.

        Not ``sys._current_frames``: a frame held here would keep the locals of a paint event
        alive, its painter among them, and a painter that outlives its event ends the program.
        """
        with tempfile.TemporaryFile("w+") as file:
            faulthandler.dump_traceback(file, all_threads=True)
            file.seek(0)
            threads = file.read().split("\n\n")
        return next((t for t in threads if f"0x{self._gui:016x}" in t), "")
