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
from memory.store import forget, meta, residue, traces
from memory.store.db import Connection, Database
from memory.store.forget import Doomed
from memory.store.ids import new_id

log = logging.getLogger(__name__)

_SCRUB = "scrub"
_INDEX_PATIENCE_S = 5.0


class PurgesIndex(Protocol):
    """What forgetting needs of ``memory.index.Index``."""

    def start_purge(self) -> Future[int] | None: ...


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
        began = time.perf_counter()
        with self._one_at_a_time:
            unfinished = self._unfinished()
            doomed, gone = self._database.write(lambda c: self._erase(c, request))
            if doomed:
                self._on_forgotten()
                self._remove_bytes(None if unfinished else gone)
        return _reply(doomed, began, preview=False)

    def forget_line(self, line_id: str) -> None:
        """Forget a line of the portrait that the person wrote.

        Raises:
            StoreError: as ``forget``.
        """
        with self._one_at_a_time:
            unfinished = self._unfinished()
            doomed, gone = self._database.write(lambda c: self._take(c, forget.line(line_id)))
            self._on_forgotten()
            self._remove_bytes(None if unfinished else gone)

    def forget_sources(self, source_ids: Sequence[str]) -> ForgetReply:
        """Forget several sources physically; the files are cleaned once for all of them.

        Raises:
            NotFound: one of them is not there; none is forgotten then.
            StoreError: as ``forget``.
        """
        began = time.perf_counter()
        requests = [ForgetRequest(source=id_) for id_ in source_ids]
        with self._one_at_a_time:
            unfinished = self._unfinished()
            erased = self._database.write(lambda c: [self._erase(c, one) for one in requests])
            doomed = [one for one, _gone in erased]
            if any(doomed):
                self._on_forgotten()
                gone = _together([texts for _one, texts in erased])
                self._remove_bytes(None if unfinished else gone)
        replies = [_reply(one, began, preview=False) for one in doomed]
        return ForgetReply(
            preview=False,
            memories=sum(one.memories for one in replies),
            sources=sum(one.sources for one in replies),
            chats=sum(one.chats for one in replies),
            samples=[text for one in replies for text in one.samples][:5],
            source_titles=[title for one in replies for title in one.source_titles],
            took_ms=(time.perf_counter() - began) * 1000,
        )

    def resume(self) -> None:
        """At start: finish what a crash interrupted (the index does its own part)."""
        with self._one_at_a_time:
            if self._unfinished():
                self._clean_files(None)

    def _unfinished(self) -> bool:
        """Whether bytes of an earlier forgetting may be left, of texts nobody knows any more."""
        with self._database.read() as c:
            return meta.get(c, _SCRUB) is not None

    def _erase(self, c: Connection, request: ForgetRequest) -> tuple[Doomed, list[str] | None]:
        """What goes, and its texts to look for afterwards (None: too many)."""
        return self._take(c, forget.collect(c, request))

    def _take(self, c: Connection, doomed: Doomed) -> tuple[Doomed, list[str] | None]:
        gone = traces.texts(c, doomed) if doomed else []
        if doomed:
            forget.erase(c, doomed)
            mark = new_id(self._clock.now_ms())
            meta.put(c, PURGE, mark)
            meta.put(c, _SCRUB, mark)
        return doomed, gone

    def _remove_bytes(self, gone: list[str] | None) -> None:
        purged = self._start_purge()
        self._clean_files(gone)
        if purged is None:
            return
        try:
            purged.result(_INDEX_PATIENCE_S)
        except FutureTimeout:
            log.info("the meaning index is still being written anew")
        except Exception as error:  # noted in the database; done when the index is back
            log.warning("the meaning index was not written anew: %s", type(error).__name__)

    def _clean_files(self, gone: list[str] | None) -> None:
        """``gone``: the texts to look for; None has the whole database written anew."""
        try:
            self._drop_kept()
        except OSError as error:
            raise StoreError(
                "Not everything could be deleted",
                "What the model keeps of earlier prompts is in use by another program.",
                "It is tried again at the next start.",
            ) from error
        self._database.scrub(lambda: gone is not None and self._is_gone(gone))
        with self._copying:
            self._replace_backups()
        self._database.write(lambda c: meta.delete(c, _SCRUB))

    def _is_gone(self, texts: list[str]) -> bool:
        with self._database.read() as c:
            looked_for = traces.traces(c, texts)
        left = residue.found(self._paths.database, looked_for)
        if left:
            log.info("forgotten words stood in unused parts of the database; writing it anew")
        return not left

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


def _together(lists: Sequence[list[str] | None]) -> list[str] | None:
    known = [texts for texts in lists if texts is not None]
    return [text for texts in known for text in texts] if len(known) == len(lists) else None


def _reply(doomed: Doomed, began: float, *, preview: bool) -> ForgetReply:
    return ForgetReply(
        preview=preview,
        memories=len(doomed.memories),
        sources=len(doomed.sources),
        chats=len(doomed.chats),
        samples=doomed.samples,
        source_titles=doomed.titles,
        took_ms=(time.perf_counter() - began) * 1000,
    )
