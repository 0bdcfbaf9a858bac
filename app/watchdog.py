"""Watches how long the GUI thread is held: a timer that should fire every few milliseconds.

In debug runs (``RECOLLECT_DEBUG=1``) a hold of over 200 ms is logged with the stack of what was
running; the benchmark reads ``holds``. Where the system tells (Linux), each hold says how much of
it the thread worked, how much it could have worked but had no processor, and how much it slept,
waiting for a lock (Python's own among them) or for another thread.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import tempfile
import threading
import time
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, QTimer

_log = logging.getLogger("recollect.watchdog")
_BEAT_MS = 5


@dataclass(frozen=True)
class Hold:
    """One hold of over 20 ms: when it ended (``perf_counter``), how long, how much of it the GUI
    thread worked itself, and how long it was ready but had no processor (None: not told). What
    is left it slept."""

    at: float
    held_ms: float
    own_ms: float
    queued_ms: float | None = None

    @property
    def slept_ms(self) -> float | None:
        """Neither working nor queued: waiting for a lock or for another thread."""
        if self.queued_ms is None:
            return None
        return max(0.0, self.held_ms - self.own_ms - self.queued_ms)


class RunQueue:
    """How long the calling thread has been ready to run without a processor, since it began.

    The second number of ``/proc/self/task/ID/schedstat`` (Linux, Documentation/scheduler/
    sched-stats.rst); reading it takes 2 us. Used by one thread, the one that made it.
    """

    def __init__(self) -> None:
        path = f"/proc/self/task/{threading.get_native_id()}/schedstat"
        try:
            self._file = os.open(path, os.O_RDONLY)
        except OSError:  # another system, or a kernel that does not tell
            self._file = -1

    def waited_ms(self) -> float | None:
        """None where the system does not tell."""
        if self._file < 0:
            return None
        return int(os.pread(self._file, 128, 0).split()[1]) / 1e6

    def close(self) -> None:
        """Give the file back; from then on nothing is told."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


class Watchdog(QObject):
    """``longest_ms`` is the longest time between two beats, less the beat itself."""

    def __init__(self, parent: QObject | None = None):
        super().__init__(parent)
        self.longest_ms = 0.0
        self.holds: list[Hold] = []
        self.beats = 0
        self._queue = RunQueue()
        self._note()
        self._timer = QTimer(self, interval=_BEAT_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        self._note()
        self._timer.start()

    def stop(self) -> None:
        """For good: the scheduler is asked no more."""
        self._timer.stop()
        self._queue.close()

    @property
    def last_beat(self) -> float:
        return self._last

    def reset(self) -> None:
        self.longest_ms, self.holds, self.beats = 0.0, [], 0
        self._note()

    def _note(self) -> None:
        self._last, self._worked = time.perf_counter(), time.thread_time()
        self._waited = self._queue.waited_ms()

    def _beat(self) -> None:
        last, worked, waited = self._last, self._worked, self._waited
        self._note()
        held_ms = max(0.0, (self._last - last) * 1000 - _BEAT_MS)
        self.longest_ms = max(self.longest_ms, held_ms)
        self.beats += 1
        if held_ms > 20:
            known = waited is not None and self._waited is not None
            queued_ms = self._waited - waited if known else None  # type: ignore[operator]
            own_ms = (self._worked - worked) * 1000
            self.holds.append(Hold(self._last, held_ms, own_ms, queued_ms))


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
