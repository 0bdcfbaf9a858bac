"""Answers under way: the threads ``answer-*`` that make them, and the flag that stops each.

An answer is stopped by its own client leaving, by name, or by the daemon stopping; all three
only set the flag, which whoever makes the answer looks at before every token.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from memory.activity import Activity
from memory.api.replies import logged_problem
from memory.errors import Stopping
from memory.protocol import AskEvent, AskFailed

_MOST = 16

MakeEvents = Callable[[threading.Event], Iterator[AskEvent]]


class Asking:
    """``start`` on the event loop; the rest from any thread."""

    def __init__(self, activity: Activity):
        self._activity = activity
        self._lock = threading.Lock()
        self._flags: dict[str, threading.Event] = {}
        self._closed = False
        self._pool = ThreadPoolExecutor(_MOST, thread_name_prefix="answer")

    def start(self, request_id: str, make: MakeEvents) -> Running:
        """Make an answer on a thread of ours.

        Raises:
            Stopping: the daemon is on its way down.
        """
        running = Running(request_id, asyncio.get_running_loop())
        with self._lock:
            if self._closed:
                raise Stopping("Recollect is stopping", "No more answers.", "Start it again.")
            self._flags[request_id] = running.cancel
        self._pool.submit(self._make, running, make)
        return running

    def cancel(self, request_id: str) -> None:
        """Stop an answer; one that has ended already needs no stopping."""
        with self._lock:
            flag = self._flags.get(request_id)
        if flag is not None:
            flag.set()

    def cancel_all(self) -> None:
        """Stop every answer and start none any more."""
        with self._lock:
            self._closed = True
            for flag in self._flags.values():
                flag.set()

    def close(self) -> None:
        """Wait until the threads are through with what they had."""
        self.cancel_all()
        self._pool.shutdown(wait=True)

    def _make(self, running: Running, make: MakeEvents) -> None:
        try:
            with self._activity.question():
                for event in make(running.cancel):
                    running.put(event)
        except Exception as error:
            running.fail(error)
        finally:
            running.put(None)
            with self._lock:
                self._flags.pop(running.request_id, None)


class Running:
    """One answer on its way from its thread to the event loop."""

    def __init__(self, request_id: str, loop: asyncio.AbstractEventLoop):
        self.request_id = request_id
        self.cancel = threading.Event()
        self._loop = loop
        self._last_seq: int | None = None
        self._events: asyncio.Queue[AskEvent | Exception | None] = asyncio.Queue()

    async def next(self) -> AskEvent | None:
        """The next event; None after the last.

        Raises:
            Exception: what went wrong before there was any event.
        """
        found = await self._events.get()
        if isinstance(found, Exception):
            raise found
        return found

    def put(self, event: AskEvent | None) -> None:
        """From the answer's thread."""
        if event is not None:
            self._last_seq = event.seq
        self._pass(event)

    def fail(self, error: Exception) -> None:
        """From the answer's thread: a reply of its own if nothing was sent, else an event."""
        if self._last_seq is None:
            self._pass(error)
            return
        problem = logged_problem(error, "an answer")
        self._pass(AskFailed(seq=self._last_seq + 1, request=self.request_id, problem=problem))

    def _pass(self, event: AskEvent | Exception | None) -> None:
        try:
            self._loop.call_soon_threadsafe(self._events.put_nowait, event)
        except RuntimeError:  # the loop has ended, and everyone who could read this
            self.cancel.set()
