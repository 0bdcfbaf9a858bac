"""The daemon's end of the pipe to one LLM worker process.

A thread "llm-pipe" reads what the worker says: what answers an order goes into a queue, from
which whoever borrows the model takes it; what comes unasked goes to ``aside`` at once. The
worker ends when this end of the pipe is closed, however that happens.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from models.errors import WorkerDied

GRACE_S = 2.0
# How often libgomp looks for work before it sleeps.
_LOOKS = "1000"

Event = dict[str, Any]
Aside = Mapping[str, Callable[[Event], None]]


def default_command() -> list[str]:
    """How the worker is started from a source checkout or an installed package."""
    return [sys.executable, "-P", "-m", "models.llm_worker"]


class WorkerLink:
    """One worker process. Sending and ending from any thread, receiving from one at a time."""

    def __init__(self, command: Sequence[str], aside: Aside | None = None) -> None:
        """Starts the process.

        Args:
            aside: events by name that are no answers; called on the thread that reads.

        Raises:
            WorkerDied: the system would not start it.
        """
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=child_environment(),
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            raise WorkerDied(
                "The model could not be started",
                f"The system refused: {error.strerror or error}.",
                "Free some memory, then ask again.",
            ) from error
        self._aside = aside or {}
        self._events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._sending = threading.Lock()
        self._reader = threading.Thread(target=self._read, name="llm-pipe", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def send(self, **order: Any) -> None:
        """Raises WorkerDied if nobody is there to read it."""
        line = json.dumps(order, ensure_ascii=True).encode() + b"\n"
        pipe = self._process.stdin
        assert pipe is not None
        try:
            with self._sending:
                pipe.write(line)
                pipe.flush()
        except (OSError, ValueError) as error:
            raise self._death() from error

    def receive(self, timeout_s: float) -> Event | None:
        """The next thing the worker says, or None if it said nothing for so long.

        Raises:
            WorkerDied: it ended.
        """
        try:
            event = self._events.get(timeout=timeout_s)
        except queue.Empty:
            return None
        if event is None:
            self._events.put(None)  # for whoever asks again
            raise self._death()
        return event

    def end(self, grace_s: float = GRACE_S) -> None:
        """Asks it to end, then makes it; returns when it has. Its memory is free then."""
        self._close_pipe(grace_s)
        try:
            self._process.wait(timeout=grace_s)
        except subprocess.TimeoutExpired:
            self.kill()
        self._close_pipe(GRACE_S)  # the first time someone may have been writing to it
        self._reader.join()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def _close_pipe(self, patience_s: float) -> None:
        pipe = self._process.stdin
        assert pipe is not None
        if self._sending.acquire(timeout=patience_s):
            try:
                pipe.close()
            except OSError:
                pass  # it died with unread orders
            finally:
                self._sending.release()

    def _read(self) -> None:
        pipe = self._process.stdout
        assert pipe is not None
        with pipe:
            for line in pipe:
                try:
                    event = json.loads(line)
                except ValueError:
                    break  # cut off in the middle of a line: it is dying
                aside = self._aside.get(event["event"])
                if aside is None:
                    self._events.put(event)
                else:
                    aside(event)
        self._events.put(None)

    def _death(self) -> WorkerDied:
        try:
            code = self._process.wait(timeout=GRACE_S)
        except subprocess.TimeoutExpired:
            self.kill()
            code = -9
        if sys.platform != "win32" and code == -signal.SIGKILL:
            why = "The system ended it, most likely because memory ran out."
            then = "Close other programs or choose a smaller model, then ask again."
        else:
            why = f"Its process ended unexpectedly (code {code})."
            then = "Ask again; the model is then loaded anew. If it happens again, choose another."
        return WorkerDied("The model stopped", f"{why} Your memories are not affected.", then)


def child_environment() -> dict[str, str]:
    """Ours, with the folder this package lies in, and with threads that wait quietly.

    Between two operations of a graph they look around for some microseconds, then sleep. Without
    that look every operation pays for waking them (an expert model of 1.5 GB: 23 tokens/s with it,
    20 without); a longer one holds a core while others need it (beside a busy process 11 tokens/s,
    with ten times as many looks 9).
    """
    environment = plain_environment()
    if not environment.keys() & {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT"}:
        environment |= {"OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": _LOOKS}
    return environment


def plain_environment() -> dict[str, str]:
    """Ours, with the folder this package lies in."""
    environment = dict(os.environ)
    root = str(Path(__file__).resolve().parents[1])
    before = environment.get("PYTHONPATH")
    environment["PYTHONPATH"] = os.pathsep.join([root, before] if before else [root])
    return environment
