"""Forgetting for good: rows, keywords, vectors, answers, and every byte of them in our files.

Runs on the thread that asks (a request handler). What remains to be done after the rows are
gone is noted in the database with them, so a crash in between is finished at the next start.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from memory.clock import Clock, to_datetime
from memory.errors import IndexUnavailable, StoreError
from memory.index_upkeep import PURGE
from memory.paths import DataPaths
from memory.protocol import ForgetReply, ForgetRequest
from memory.store import forget, meta
from memory.store.db import Connection, Database
from memory.store.doomed import Doomed
from memory.store.ids import new_id

log = logging.getLogger(__name__)

_SCRUB = "scrub"
_INDEX_PATIENCE_S = 5.0


class PurgesIndex(Protocol):
    """What forgetting needs of ``memory.index.Index``."""

    def start_purge(self) -> Future[int] | None: ...
    def resting(self) -> AbstractContextManager[None]: ...


class Forgetting:
    """``on_forgotten`` is told after the rows are gone: caches elsewhere must drop theirs.

    ``copying`` is held by whoever makes a copy of the database; held here too while the old
    copies go, so that none begun before comes to stand after. ``drop_kept`` deletes what the
    language model keeps of prompts, in files and in memory, and sees to it that nothing read
    before is written after it; it may raise OSError.
    """

    def __init__(
        self,
        database: Database,
        index: PurgesIndex,
        paths: DataPaths,
        clock: Clock,
        on_forgotten: Callable[[], None] = lambda: None,
        copying: AbstractContextManager[object] | None = None,
        drop_kept: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._index = index
        self._paths = paths
        self._clock = clock
        self._on_forgotten = on_forgotten
        self._copying = copying or nullcontext()
        self._drop_kept = drop_kept
        self._one_at_a_time = threading.Lock()

    def preview(self, request: ForgetRequest) -> ForgetReply:
        """What would go; nothing is changed.

        Raises:
            BadRequest, NotFound: see ``memory.store.forget.collect``.
        """
        began = time.perf_counter()
        with self._database.read() as c:
            doomed = forget.collect(c, request)
        return _reply(doomed, began, preview=True)

    def forget(self, request: ForgetRequest) -> ForgetReply:
        """Forget physically. When this returns, no file in the data folder holds the text.

        The index of a large memory takes longer to be written anew than a person should wait:
        its deleted vectors (numbers, never text) may go a little later, also after a restart.

        Raises:
            BadRequest, NotFound: see ``memory.store.forget.collect``.
            StoreError: the rows are gone, but not yet every byte; it is tried again at the
                next start and with the next forgetting.
        """
        if request.preview:
            return self.preview(request)
        parts = _Parts()
        with self._one_at_a_time:
            doomed = self._database.write(lambda c: self._erase(c, request))
            parts.end("rows")
            if doomed:
                self._on_forgotten()
                self._remove_bytes(parts)
        return _reply(doomed, parts.began, preview=False, parts=parts)

    def forget_line(self, line_id: str) -> None:
        """Forget a line of the portrait that the person wrote.

        Raises:
            StoreError: as ``forget``.
        """
        parts = _Parts()
        with self._one_at_a_time:
            self._database.write(lambda c: self._take_out(c, forget.line(line_id)))
            parts.end("rows")
            self._on_forgotten()
            self._remove_bytes(parts)

    def forget_sources(self, source_ids: Sequence[str]) -> ForgetReply:
        """Forget several sources physically; the files are cleaned once for all of them.

        Raises:
            NotFound: one of them is not there; none is forgotten then.
            StoreError: as ``forget``.
        """
        parts = _Parts()
        requests = [ForgetRequest(source=id_) for id_ in source_ids]
        with self._one_at_a_time:
            doomed = self._database.write(lambda c: [self._erase(c, one) for one in requests])
            parts.end("rows")
            if any(doomed):
                self._on_forgotten()
                self._remove_bytes(parts)
        replies = [_reply(one, parts.began, preview=False) for one in doomed]
        return ForgetReply(
            preview=False,
            memories=sum(one.memories for one in replies),
            sources=sum(one.sources for one in replies),
            chats=sum(one.chats for one in replies),
            samples=[text for one in replies for text in one.samples][:5],
            source_titles=[title for one in replies for title in one.source_titles],
            derived=sum(one.derived for one in replies),
            answers=sum(one.answers for one in replies),
            took_ms=parts.took_ms(),
            parts_ms=parts.ms,
        )

    def resume(self) -> None:
        """At start: finish what a crash interrupted (the index does its own part)."""
        with self._one_at_a_time:
            if self._unfinished():
                self._clean_files(_Parts())

    def _unfinished(self) -> bool:
        """Whether bytes of an earlier forgetting may be left."""
        with self._database.read() as c:
            return meta.get(c, _SCRUB) is not None

    def _erase(self, c: Connection, request: ForgetRequest) -> Doomed:
        return self._take_out(c, forget.collect(c, request))

    def _take_out(self, c: Connection, doomed: Doomed) -> Doomed:
        if doomed:
            forget.erase(c, doomed)
            mark = new_id(self._clock.now_ms())
            meta.put(c, PURGE, mark)
            meta.put(c, _SCRUB, mark)
        return doomed

    def _remove_bytes(self, parts: _Parts) -> None:
        purged = self._start_purge()
        self._clean_files(parts)
        if purged is None:
            return
        try:
            purged.result(_INDEX_PATIENCE_S)
        except FutureTimeout:
            log.info("the meaning index is still being written anew")
        except Exception as error:  # noted in the database; done when the index is back
            log.warning("the meaning index was not written anew: %s", type(error).__name__)
        parts.end("index")

    def _clean_files(self, parts: _Parts) -> None:
        try:
            self._drop_kept()
        except OSError as error:
            raise StoreError(
                "Not everything could be deleted",
                "What the model keeps of earlier prompts is in use by another program.",
                "It is tried again at the next start.",
            ) from error
        parts.end("kept")
        with self._index.resting():
            self._database.scrub(parts.end)
            with self._copying:
                self._replace_backups()
        parts.end("backups")
        self._database.write(lambda c: meta.delete(c, _SCRUB))

    def _start_purge(self) -> Future[int] | None:
        try:
            return self._index.start_purge()
        except IndexUnavailable:
            return None

    def _replace_backups(self) -> None:
        """Old copies hold what was forgotten: they go, and one of the present takes over."""
        old = [path for path in self._paths.backups.glob("*") if path.is_file()]
        for path in old:
            path.unlink(missing_ok=True)
        if old:
            when = to_datetime(self._clock.now_ms()).strftime("%Y%m%dT%H%M%SZ")
            self._database.backup(self._paths.backups / f"after-forgetting-{when}.db")


class _Parts:
    """Milliseconds of each part of one forgetting, in order."""

    def __init__(self) -> None:
        self.began = self._last = time.perf_counter()
        self.ms: dict[str, float] = {}

    def end(self, name: str) -> None:
        now = time.perf_counter()
        self.ms[name] = round((now - self._last) * 1000, 1)
        self._last = now

    def took_ms(self) -> float:
        return (time.perf_counter() - self.began) * 1000


def _reply(
    doomed: Doomed, began: float, *, preview: bool, parts: _Parts | None = None
) -> ForgetReply:
    return ForgetReply(
        preview=preview,
        memories=len(doomed.memories),
        sources=len(doomed.sources),
        chats=len(doomed.chats),
        samples=doomed.samples,
        source_titles=doomed.titles,
        derived=len(doomed.derived),
        derived_samples=doomed.derived_samples,
        answers=len(doomed.answers),
        messages=len(doomed.messages),
        naming=len(doomed.naming),
        naming_samples=doomed.naming_samples,
        still_named=doomed.still_named,
        took_ms=(time.perf_counter() - began) * 1000,
        parts_ms=parts.ms if parts else {},
    )
