"""What happened, for every open event stream: change flags, progress, notices.

Any thread puts; putting never blocks and never waits for a client. Each stream keeps at most
one merged ``changed``, the newest progress of each batch and download, the newest meter, the
newest check and the last notices, so that a slow client costs nothing and misses nothing that
still matters. Streams are taken from on the event loop only.
"""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Literal

from memory.protocol import (
    BatchInfo,
    Change,
    Changed,
    DownloadInfo,
    DownloadProgress,
    MeterRead,
    ModelCheck,
    ModelChecked,
    ModelMeter,
    Notice,
    Problem,
    Progress,
)

Newest = Progress | DownloadProgress | MeterRead | ModelChecked
"""Of these only the newest of its kind and subject is worth sending."""
Sent = Changed | Newest | Notice

_MOST_IDS = 100
_MOST_NOTICES = 20
_MOST_SUBJECTS = 50
_PAUSE_S = 0.1
"""Between two sends on a stream: what happens meanwhile is merged into one."""


class Stream:
    """The waiting events of one client. Made by ``Events.open``, on the event loop."""

    def __init__(self, seq: int, loop: asyncio.AbstractEventLoop):
        self.first_seq = seq
        self._loop = loop
        self._wake = asyncio.Event()
        self._lock = threading.Lock()
        self._flags: dict[Change, None] = {}
        self._sources: _Ids = _Ids()
        self._memories: _Ids = _Ids()
        self._changed_seq = 0
        self._newest: dict[str, Newest] = {}
        self._notices: deque[Notice] = deque(maxlen=_MOST_NOTICES)
        self._ended = False

    async def wait(self, timeout_s: float) -> bool:
        """Wait until there is something to take; False after ``timeout_s`` of silence."""
        try:
            await asyncio.wait_for(self._wake.wait(), timeout_s)
        except TimeoutError:
            return False
        return True

    def take(self) -> list[Sent]:
        """Everything that waits, merged, in order of sequence number."""
        with self._lock:
            self._wake.clear()
            found: list[Sent] = [*self._notices, *self._newest.values()]
            if self._flags:
                found.append(
                    Changed(
                        seq=self._changed_seq,
                        flags=list(self._flags),
                        sources=self._sources.take(),
                        memories=self._memories.take(),
                    )
                )
            self._flags = {}
            self._newest = {}
            self._notices.clear()
        return sorted(found, key=lambda event: event.seq)

    @property
    def ended(self) -> bool:
        return self._ended

    # -- called by ``Events``, from any thread

    def put_changed(
        self, seq: int, flags: Iterable[Change], sources: list[str], memories: list[str]
    ) -> None:
        with self._lock:
            flags = list(flags)
            self._flags.update(dict.fromkeys(flags))
            if Change.SOURCES in flags or sources:
                self._sources.add(sources)
            if Change.MEMORIES in flags or memories:
                self._memories.add(memories)
            self._changed_seq = seq
        self._ring()

    def put_newest(self, subject: str, event: Newest) -> None:
        """Replaces what waited of the same subject."""
        with self._lock:
            self._newest.pop(subject, None)
            self._newest[subject] = event
            while len(self._newest) > _MOST_SUBJECTS:
                self._newest.pop(next(iter(self._newest)))
        self._ring()

    def put_notice(self, event: Notice) -> None:
        with self._lock:
            self._notices.append(event)
        self._ring()

    def end(self) -> None:
        self._ended = True
        self._ring()

    def _ring(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self._wake.set)
        except RuntimeError:  # the loop has ended, and the stream with it
            pass


class _Ids:
    """Ids named by changes; none at all as soon as one change named none or there are many."""

    def __init__(self) -> None:
        self._ids: dict[str, None] = {}
        self._any = False

    def add(self, ids: Iterable[str]) -> None:
        ids = list(ids)
        self._ids.update(dict.fromkeys(ids))
        if not ids or len(self._ids) > _MOST_IDS:
            self._any = True
            self._ids = {}

    def take(self) -> list[str]:
        found = [] if self._any else list(self._ids)
        self._any, self._ids = False, {}
        return found


class Events:
    """One per daemon. ``changed``, ``progress`` and ``notice`` may be called by any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._seq = 0
        self._streams: set[Stream] = set()
        self._closed = False

    def changed(
        self, *flags: Change, sources: Iterable[str] = (), memories: Iterable[str] = ()
    ) -> None:
        """Something changed; ``sources`` and ``memories`` name what, empty means any."""
        with self._lock:
            seq = self._next()
            for stream in self._streams:
                stream.put_changed(seq, flags, list(sources), list(memories))

    def progress(self, batch: BatchInfo) -> None:
        """How far a batch is; only the newest of a batch is sent."""
        self._put_newest(batch.id, lambda seq: Progress(seq=seq, batch=batch))

    def download(self, download: DownloadInfo) -> None:
        """How far a download is; only the newest of a download is sent."""
        self._put_newest(
            f"download {download.id}", lambda seq: DownloadProgress(seq=seq, download=download)
        )

    def meter(self, meter: ModelMeter) -> None:
        """What the model's weights do now; only the newest is sent."""
        self._put_newest("meter", lambda seq: MeterRead(seq=seq, meter=meter))

    def check(self, check: ModelCheck | None) -> None:
        """How far the first check of the model is, None at its end; only the newest is sent."""
        self._put_newest("check", lambda seq: ModelChecked(seq=seq, check=check))

    def notice(self, level: Literal["info", "warning", "error"], problem: Problem) -> None:
        """A message for the person that belongs to no request."""
        with self._lock:
            event = Notice(seq=self._next(), level=level, problem=problem)
            for stream in self._streams:
                stream.put_notice(event)

    # -- on the event loop

    def open(self) -> Stream:
        """A stream of everything from now on."""
        with self._lock:
            stream = Stream(self._seq, asyncio.get_running_loop())
            if self._closed:
                stream.end()
            self._streams.add(stream)
        return stream

    def drop(self, stream: Stream) -> None:
        with self._lock:
            self._streams.discard(stream)

    def close(self) -> None:
        """End every stream, present and future; from any thread."""
        with self._lock:
            self._closed = True
            for stream in self._streams:
                stream.end()

    def _put_newest(self, subject: str, made: Callable[[int], Newest]) -> None:
        with self._lock:
            event = made(self._next())
            for stream in self._streams:
                stream.put_newest(subject, event)

    def _next(self) -> int:
        self._seq = next(self._numbers)
        return self._seq


async def follow(stream: Stream, heartbeat_s: float) -> AsyncIterator[list[Sent]]:
    """Batches of events as they come; an empty one after ``heartbeat_s`` of silence."""
    while not stream.ended:
        if not await stream.wait(heartbeat_s):
            yield []
            continue
        yield stream.take()
        if not stream.ended:
            await asyncio.sleep(_PAUSE_S)
