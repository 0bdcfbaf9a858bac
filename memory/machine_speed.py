"""What was measured of this machine's speed, and the measuring: the thread ``measuring``.

Measuring takes a quarter of a minute of a machine that has nothing else to do, so it waits
until the daemon is quiet, and happens once; the figures are kept in a file. It runs in a child
process that ends with the daemon.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.hardware import Hardware

_log = logging.getLogger(__name__)

_LOOK_EVERY_S = 1.0
_MOST_S = 300.0


class MachineSpeed:
    """``known`` and ``want`` from any thread; ``close`` ends what runs."""

    def __init__(
        self,
        disk: Path,
        cache: Path,
        *,
        busy: Callable[[], bool] = lambda: False,
        on_change: Callable[[], None] = lambda: None,
        command: list[str] | None = None,
    ) -> None:
        """Nothing is measured yet.

        Args:
            disk: folder on the disk that models are read from.
            cache: file that keeps the figures.
            busy: whether the machine has other work of ours now.
            on_change: called on any thread when measuring begins and ends.
            command: how to start the measuring, for packaged builds.
        """
        self._disk = disk
        self._cache = cache
        self._busy = busy
        self._on_change = on_change
        self._command = command or [sys.executable, "-P", "-m", "models.measure"]
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._tried: set[int] = set()
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None

    def known(self, threads: int = 0) -> Hardware | None:
        """The figures for so many threads (0: as many as are best), if there are any."""
        from models.hardware import known

        return known(self._cache, self._disk, threads or None)

    def measuring(self) -> bool:
        thread = self._thread
        return thread is not None and thread.is_alive()

    def want(self, threads: int = 0) -> None:
        """Have them measured, once, if they are not known."""
        with self._lock:
            if self._stopping.is_set() or self.measuring() or threads in self._tried:
                return
            self._tried.add(threads)
            self._thread = threading.Thread(
                target=self._work, args=(threads,), name="measuring", daemon=True
            )
            self._thread.start()

    def close(self) -> None:
        self._stopping.set()
        with self._lock:
            self._end_process()
            thread = self._thread
        if thread is not None:
            thread.join()

    def _work(self, threads: int) -> None:
        while self._busy():
            if self._stopping.wait(_LOOK_EVERY_S):
                return
        self._on_change()
        try:
            self._measure(threads)
        except OSError as error:
            _log.warning("the machine was not measured: %s", type(error).__name__)
        finally:
            self._thread = None
            if not self._stopping.is_set():
                self._on_change()

    def _measure(self, threads: int) -> None:
        from models.worker_link import child_environment

        more = ["--threads", str(threads)] if threads else []
        with self._lock:
            if self._stopping.is_set():
                return
            self._process = subprocess.Popen(
                [*self._command, str(self._disk), str(self._cache), *more],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env=child_environment(),
                start_new_session=os.name == "posix",
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        try:
            _out, said = self._process.communicate(timeout=_MOST_S)
        except subprocess.TimeoutExpired:
            with self._lock:
                self._end_process()
            said = b"it took too long"
        if self._process.returncode and not self._stopping.is_set():
            _log.warning("the machine was not measured: %s", said.decode("utf-8", "replace")[-300:])

    def _end_process(self) -> None:
        """End it with the process it started itself."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        try:
            if os.name == "posix":
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
        except ProcessLookupError:
            return
