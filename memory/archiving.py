"""Archives out and in: one at a time, with how far it is. Runs on the thread that asks.

Taking in writes in one transaction, after the whole archive was checked; while that runs other
writing waits.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from memory.archive import writing
from memory.archive.checking import check
from memory.archive.merging import Merged, merge
from memory.archive.reading import Archive
from memory.clock import Clock
from memory.errors import BadRequest, Conflict, DiskFull
from memory.paths import DataPaths
from memory.protocol import (
    ArchiveProgress,
    Change,
    ExportReply,
    ExportRequest,
    ImportReply,
    ImportRequest,
)
from memory.store import scopes
from memory.store.db import Database

_EVERYTHING = (
    Change.SOURCES, Change.MEMORIES, Change.CHATS, Change.STATUS,
)  # fmt: skip
# The rows, their log until it is written back, the keyword indexes and the index of meaning.
_ROOM = 4


class Archiving:
    """``embedder`` gives the id and the number of dimensions of the one in use (it may have to be
    loaded for that), ``on_changed`` hears what an archive brought, ``wake_index`` that vectors
    wait."""

    def __init__(
        self,
        database: Database,
        paths: DataPaths,
        clock: Clock,
        version: str,
        embedder: Callable[[], tuple[str, int]],
        *,
        on_changed: Callable[..., None] = lambda *_flags: None,
        wake_index: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._paths = paths
        self._clock = clock
        self._version = version
        self._embedder = embedder
        self._on_changed = on_changed
        self._wake_index = wake_index
        self._busy = threading.Lock()
        self._stopping = threading.Event()
        self._at = ArchiveProgress(active=False)

    def progress(self) -> ArchiveProgress:
        return self._at

    def stop(self) -> None:
        """Break off what runs; nothing of it stays."""
        self._stopping.set()

    def export(self, request: ExportRequest) -> ExportReply:
        """Write an archive.

        Raises:
            BadRequest: it cannot stand there, or nothing has this scope.
            Conflict: another one is under way.
            OSError: it cannot be written.
        """
        began = time.perf_counter()
        target = self._outside(Path(request.path))
        scope = None if request.scope is None else self._known_scope(request.scope)
        order = writing.Order(target, scope, request.vectors, f"recollect {self._version}")
        with _alone(self._busy):
            try:
                written = writing.write(
                    self._database, order, self._clock.now_ms(), self._tell, self._stopping.is_set
                )
            finally:
                self._at = ArchiveProgress(active=False)
        return ExportReply(
            path=str(target),
            memories=written.counts["memories"],
            counts=written.counts,
            bytes=written.size_bytes,
            took_ms=(time.perf_counter() - began) * 1000,
        )

    def take_in(self, request: ImportRequest) -> ImportReply:
        """Check an archive, then take it in, all of it or nothing.

        Raises:
            Unreadable: it is no archive, damaged, or newer than this program.
            DiskFull: it would not fit.
            Conflict: another one is under way.
            OSError: it cannot be read.
        """
        began = time.perf_counter()
        with _alone(self._busy):
            try:
                with Archive(Path(request.path)) as archive:
                    merged = self._take_in(archive)
            finally:
                self._at = ArchiveProgress(active=False)
        self._wake_index()
        self._on_changed(*_EVERYTHING)
        return ImportReply(
            path=request.path,
            **asdict(merged),
            took_ms=(time.perf_counter() - began) * 1000,
        )

    def _take_in(self, archive: Archive) -> Merged:
        free = shutil.disk_usage(self._paths.root).free
        if archive.size_bytes * _ROOM > free:
            raise DiskFull(
                "There is no room for this archive",
                f"Taking it in needs about {archive.size_bytes * _ROOM // 1_000_000:,} MB,"
                f" and {free // 1_000_000:,} MB are free. Nothing was changed.",
                "Free some space, then try again.",
                item=str(archive.path),
            )
        model, dimension = self._embedder()
        checked = check(
            archive,
            lambda name: dimension if name == model else None,
            self._tell,
            self._stopping.is_set,
        )
        now_ms = self._clock.now_ms()
        return self._database.write(
            lambda c: merge(c, archive, checked, model, now_ms, self._tell, self._stopping.is_set)
        )

    def _tell(self, what: str, done: int, total: int) -> None:
        self._at = ArchiveProgress(active=True, stage=what, done=done, total=total)

    def _known_scope(self, name: str) -> str:
        scope = scopes.name(name)
        with self._database.read() as c:
            if scope not in {one.name for one in scopes.counts(c)}:
                raise BadRequest(
                    "There is no such scope",
                    "Nothing belongs to it.",
                    "`recollect scope list` shows those there are.",
                    item=scope,
                )
        return scope

    def _outside(self, target: Path) -> Path:
        if not target.is_absolute() or target.is_dir() or not target.parent.is_dir():
            raise BadRequest(
                "This file cannot be written",
                "A file in an existing folder is needed, with its full path.",
                "Choose another place.",
                item=str(target),
            )
        if target.resolve().is_relative_to(self._paths.root.resolve()):
            raise BadRequest(
                "This is Recollect's own folder",
                "An export there would be in the way of what is stored.",
                "Choose another folder.",
                item=str(target),
            )
        return target


class _alone:
    """One at a time; the next is refused rather than kept waiting."""

    def __init__(self, lock: threading.Lock):
        self._lock = lock

    def __enter__(self) -> None:
        if not self._lock.acquire(blocking=False):
            raise Conflict(
                "Another archive is under way",
                "One is being written or taken in.",
                "Wait until it is done.",
            )

    def __exit__(self, *_exc: object) -> None:
        self._lock.release()
