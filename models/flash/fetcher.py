"""Threads that bring things from flash: what is needed now first, then what may be needed soon.

A thing is anything with a key and some spans of the model file. The computing thread orders and
waits; the readers carry out. They also drop things, before they read: so memory is given back
before it is taken, but for what is being dropped at that moment. All of it is under one lock,
reading and dropping excepted. Errors of a read are kept with the key for whoever ordered it.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from models.flash.spans import Span, Spans

Key = TypeVar("Key")


class Fetcher(Generic[Key]):
    """Readers and their work.

    Attributes:
        fetched_bytes: brought so far.
    """

    def __init__(
        self, load: Callable[[Span], None], free: Callable[[Span], None], readers: int
    ) -> None:
        """
        Args:
            load: brings one span, on a reader's thread; may raise OSError.
            free: drops one span, on a reader's thread.
            readers: spans at the same time.
        """
        self._load, self._free = load, free
        self._lock = threading.Lock()
        self._work = threading.Condition(self._lock)  # for readers: there is something to do
        self._news = threading.Condition(self._lock)  # for who waits: something has come
        self._jobs: dict[Key, _Job[Key]] = {}  # ordered and not finished
        self._urgent: deque[_Job[Key]] = deque()
        self._early: deque[_Job[Key]] = deque()
        self._drops: deque[tuple[Key, Spans]] = deque()
        self._dropping: set[Key] = set()  # ordered to be dropped and still there
        self._failed: dict[Key, Exception] = {}
        self._closing = False
        self.fetched_bytes = 0
        self._readers = [
            threading.Thread(target=self._read_on, name=f"flash-{number}", daemon=True)
            for number in range(readers)
        ]
        for thread in self._readers:
            thread.start()

    def order(self, key: Key, spans: Spans, *, early: bool = False) -> None:
        """Brings ``spans``; ``early`` only while nothing else is wanted. Not twice at a time."""
        with self._lock:
            if key in self._jobs:
                raise ValueError(f"{key} is on its way")
            while key in self._dropping:  # or it would be dropped after it was read
                self._news.wait()
            self._failed.pop(key, None)
            if not spans:
                return
            job = self._jobs[key] = _Job(key, spans, early)
            (self._early if early else self._urgent).append(job)
            self._work.notify(len(spans))

    def drop(self, key: Key, spans: Spans) -> None:
        """Drops ``spans``; they must not be on their way."""
        with self._lock:
            if key in self._jobs or key in self._dropping:
                raise ValueError(f"{key} is on its way")
            self._dropping.add(key)
            self._drops.append((key, spans))
            self._work.notify()

    def wait_dropped(self) -> None:
        """Waits until all that was ordered to be dropped is."""
        with self._lock:
            while self._dropping:
                self._news.wait()

    def coming(self) -> set[Key]:
        """What is ordered and not there yet."""
        with self._lock:
            return set(self._jobs)

    def hurry(self, keys: Iterable[Key]) -> None:
        """What was ordered early is needed now."""
        with self._lock:
            for key in keys:
                job = self._jobs.get(key)
                if job is not None and job.early:
                    job.early = False
                    if job.left:
                        self._early.remove(job)
                        self._urgent.append(job)

    def cancel_early(self, but: Iterable[Key] = ()) -> list[Key]:
        """Forgets early orders of which nothing was begun; which ones."""
        kept = set(but)
        with self._lock:
            gone = [job for job in self._early if job.untouched and job.key not in kept]
            for job in gone:
                self._early.remove(job)
                del self._jobs[job.key]
            return [job.key for job in gone]

    def wait(self, keys: Iterable[Key]) -> None:
        """Waits until none of ``keys`` is on its way, be it there or failed."""
        wanted = list(keys)
        with self._lock:
            while any(key in self._jobs for key in wanted):
                self._news.wait()

    def forget_failures(self) -> dict[Key, Exception]:
        """What could not be brought, and why; part of it may have been."""
        with self._lock:
            failed = {key: why for key, why in self._failed.items() if key not in self._jobs}
            for key in failed:
                del self._failed[key]
            return failed

    def close(self) -> None:
        """Ends the readers; what was not begun is never brought."""
        with self._lock:
            self._closing = True
            self._work.notify_all()
        for thread in self._readers:
            thread.join()

    # -- readers ------------------------------------------------------------------------

    def _read_on(self) -> None:
        while self._work_once():
            pass

    def _work_once(self) -> bool:
        """Carries out one thing; False when there is to be no more."""
        with self._lock:
            while not (self._drops or self._urgent or self._early or self._closing):
                self._work.wait()
            if self._closing:
                return False
            drop = self._drops.popleft() if self._drops else None
            taken = None if drop else self._take(self._urgent or self._early)
        failure = None
        try:
            for span in drop[1] if drop else ():
                self._free(span)
            if taken:
                self._load(taken[1])
        except Exception as error:  # kept for who ordered it
            failure = error
        with self._lock:
            if drop:
                self._dropping.discard(drop[0])
                self._news.notify_all()
            elif taken:
                self._put_back(*taken, failure)
        return True

    def _take(self, queue: deque[_Job[Key]]) -> tuple[_Job[Key], Span]:
        job = queue[0]
        span = job.left.popleft()
        job.open += 1
        job.untouched = False
        if not job.left:
            queue.popleft()
        return job, span

    def _put_back(self, job: _Job[Key], span: Span, failure: Exception | None) -> None:
        job.open -= 1
        if failure is None:
            self.fetched_bytes += span.length
        else:
            self._failed[job.key] = failure
            if job.left:
                (self._early if job.early else self._urgent).remove(job)
                job.left.clear()
        if not job.open and not job.left:
            del self._jobs[job.key]
            self._news.notify_all()


class _Job(Generic[Key]):
    """Spans of one key.

    Attributes:
        left: not taken by a reader yet; the job stands in a queue while there are any.
        open: being read.
    """

    def __init__(self, key: Key, spans: Spans, early: bool) -> None:
        self.key = key
        self.left = deque(spans)
        self.open = 0
        self.early = early
        self.untouched = True
