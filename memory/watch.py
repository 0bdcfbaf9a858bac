"""Follows the watched folders. Owns the thread ``watcher`` and watchdog's observer.

What the system reports is only a hint: paths are noted, and when a path has been quiet for a
moment the folder is compared with what is known (``memory.folder_scan``). A scan of the whole
folder at start, after the folder was away, and every hour catches what no event told.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver, ObservedWatch

from memory import adding
from memory.clock import Clock
from memory.errors import NotFound, problem_from
from memory.events import Events
from memory.folder_scan import FolderScan, Found
from memory.infos import folder_info
from memory.ingest.walk import absolute, storable
from memory.jobs import Jobs
from memory.log import describe
from memory.protocol import Change, FolderInfo, SourceState
from memory.settings import Settings
from memory.store import folders, jobs, sources
from memory.store.db import Connection, Database
from memory.store.rows import Folder
from memory.touched import Touched

QUIET_S = 1.0
LONGEST_S = 30.0  # a file that is written to all the time is read at least this often
RESCAN_S = 3600.0
BLIND_RESCAN_S = 300.0  # where the system reports nothing (too many folders, network drive)
AWAY_S = 30.0
ROOTS_S = 2.0  # the system does not report that the folder itself went

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Followed:
    """A folder as this thread sees it."""

    folder: Folder
    watch: ObservedWatch | None = None
    scan_at: float = 0.0  # monotonic; 0: now
    away: bool = False
    root: tuple[int, int] | None = None  # device and inode the events come from


class Watch:
    """Any thread may call; the work is done on the thread ``watcher``."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        settings: Callable[[], Settings],
        jobs_: Jobs,
        events: Events,
        *,
        own_folder: str,
        quiet_s: float = QUIET_S,
    ) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings
        self._hidden = settings().hidden_files
        self._events = events
        self._own_folder = own_folder
        self._quiet_s = quiet_s
        self._scan = FolderScan(database, clock, settings, jobs_, own_folder)
        self._observer: BaseObserver | None = None
        self._followed: dict[str, _Followed] = {}
        self._touched = Touched()
        self._again = threading.Event()  # the rows of the folders changed
        self._roots_at = 0.0
        self._scan_all = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)

    def start(self) -> None:
        self._again.set()
        self._thread.start()

    def stop(self) -> None:
        """Idempotent."""
        self._stopping.set()
        self._touched.wake()
        if self._thread.ident is not None:
            self._thread.join()

    # -- for the person

    def add(self, path: str, ignore: Sequence[str] | None = None) -> FolderInfo:
        """Follow a folder from now on, and read what is in it.

        Raises:
            Conflict: it is no folder. BadRequest: it is our own, or its name is no text.
            OSError: it may not be listed.
        """
        place = absolute(path)
        looked = adding.look([place], self._own_folder)
        if looked.files or (not looked.folders and not os.path.isdir(place)):
            raise adding.not_a_folder(path)
        if looked.refused:
            adding.raise_problem(looked.refused[0])
        now_ms = self._clock.now_ms()

        def work(c: Connection) -> FolderInfo:
            folder_id = folders.add(c, place, ignore, now_ms)
            return folder_info(_folder(c, folder_id))

        info = self._database.write(work)
        self.refresh()
        self._events.changed(Change.FOLDERS)
        return info

    def remove(self, folder_id: str) -> None:
        """Stop following; the memories stay. Raises NotFound."""

        def work(c: Connection) -> None:
            folders.remove(c, _folder(c, folder_id).id)

        self._database.write(work)
        self.refresh()
        self._events.changed(Change.FOLDERS, Change.SOURCES)

    def listing(self) -> list[FolderInfo]:
        with self._database.read() as c:
            return [folder_info(folder) for folder in folders.everything(c)]

    def refresh(self) -> None:
        """The rows of the folders changed, or their rules: look at them again soon."""
        self._again.set()
        self._touched.wake()

    def rescan(self) -> None:
        """Compare every folder again, as after a change of what is left out."""
        self._scan_all.set()
        self.refresh()

    def missing(self, source_ids: Sequence[str] = ()) -> list[str]:
        """Which of these sources (none named: of all) have lost their file."""
        with self._database.read() as c:
            found = [source.id for source in sources.missing(c)]
        return [id_ for id_ in found if not source_ids or id_ in source_ids]

    def keep(self, source_ids: Sequence[str] = ()) -> int:
        """The person wants these memories although their files are gone; not asked again."""
        now_ms = self._clock.now_ms()
        kept = self.missing(source_ids)

        def work(c: Connection) -> None:
            for source_id in kept:
                source = sources.get(c, source_id)
                if source is not None and source.state is SourceState.MISSING:
                    sources.set_folder(c, source_id, None)
                    sources.settle(c, source_id, now_ms)

        self._database.write(work)
        self._events.changed(Change.SOURCES, Change.FOLDERS, sources=kept)
        return len(kept)

    # -- the loop

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                try:
                    self._turn()
                except Exception as error:  # the thread must outlive every fault
                    _log.error("watching failed for a moment\n%s", describe(error))
                    self._stopping.wait(1.0)
        finally:
            if self._observer is not None:
                self._observer.stop()
                self._observer.join()

    def _turn(self) -> None:
        if self._again.is_set():
            self._again.clear()
            self._follow_rows()
        for followed in list(self._followed.values()):
            if followed.scan_at <= time.monotonic() and not self._stopping.is_set():
                self._scan_whole(followed)
        self._touched.take(self._until_scan())
        self._look_at_quiet()
        self._check_roots()

    def _follow_rows(self) -> None:
        """Bring what is followed in line with the table."""
        hidden = self._settings().hidden_files
        everything = self._scan_all.is_set() or hidden != self._hidden
        self._hidden = hidden
        self._scan_all.clear()
        with self._database.read() as c:
            rows = {folder.id: folder for folder in folders.everything(c)}
        for folder_id in [id_ for id_ in self._followed if id_ not in rows]:
            self._unschedule(self._followed.pop(folder_id))
        for folder_id, folder in rows.items():
            known = self._followed.setdefault(folder_id, _Followed(folder))
            if known.folder.ignore != folder.ignore:
                known.scan_at = 0.0
            known.folder = folder
            if everything:
                known.scan_at = 0.0

    def _scan_whole(self, followed: _Followed) -> None:
        folder = followed.folder
        with self._database.read() as c:
            if jobs.folder_open(c, folder.path):  # just added: its job lists it
                followed.scan_at = time.monotonic() + 2.0
                self._schedule(followed)
                return
        try:
            os.scandir(folder.path).close()
            self._schedule(followed)
            began = time.monotonic()
            found = self._scan.whole(folder, folder.path, self._stopping.is_set)
        except OSError as error:
            self._is_away(followed, error)
            return
        if self._stopping.is_set():
            return
        now_ms = self._clock.now_ms()
        self._database.write(lambda c: folders.set_scanned(c, folder.id, now_ms))
        wait_s = RESCAN_S if followed.watch is not None else BLIND_RESCAN_S
        followed.scan_at = time.monotonic() + wait_s
        followed.away = False
        _log.info(
            "folder %s compared in %.1f s: %d to read, %d gone",
            folder.id, time.monotonic() - began, found.queued, len(found.missing),
        )  # fmt: skip
        self._tell(found)
        self._events.changed(Change.FOLDERS)

    def _is_away(self, followed: _Followed, error: OSError) -> None:
        """The folder itself is gone (a drive that was taken out): nothing in it is missing."""
        followed.scan_at = time.monotonic() + AWAY_S
        self._unschedule(followed)
        if followed.away:
            return
        followed.away = True
        folder = followed.folder
        self._database.write(lambda c: folders.set_state(c, folder.id, "unavailable"))
        self._events.changed(Change.FOLDERS)
        _log.warning("folder %s cannot be listed: %s", folder.id, problem_from(error).title)

    def _check_roots(self) -> None:
        """A folder that went, or was replaced by another (a drive put back), is scanned now."""
        if time.monotonic() < self._roots_at:
            return
        self._roots_at = time.monotonic() + ROOTS_S
        for followed in self._followed.values():
            if followed.root is not None and followed.root != _root_of(followed.folder.path):
                self._unschedule(followed)
                followed.scan_at = 0.0

    # -- events of the system

    def _schedule(self, followed: _Followed) -> None:
        if followed.watch is not None:
            return
        followed.root = _root_of(followed.folder.path)
        try:
            if self._observer is None:
                self._observer = Observer()
                self._observer.start()
            path = followed.folder.path
            followed.watch = self._observer.schedule(self._touched, path, recursive=True)
        except OSError as error:
            # Too many folders for the system to report on: scans do it alone.
            _log.warning("folder %s gives no events\n%s", followed.folder.id, describe(error))

    def _unschedule(self, followed: _Followed) -> None:
        watch, followed.watch, followed.root = followed.watch, None, None
        if watch is not None and self._observer is not None:
            try:
                self._observer.unschedule(watch)
            except (KeyError, OSError) as error:
                _log.warning("folder %s was let go\n%s", followed.folder.id, describe(error))

    def _until_scan(self) -> float:
        next_scan = min((f.scan_at for f in self._followed.values()), default=float("inf"))
        return min(ROOTS_S, max(0.01, next_scan - time.monotonic()))

    def _look_at_quiet(self) -> None:
        quiet = self._touched.quiet(self._quiet_s, LONGEST_S)
        if not quiet:
            return
        moved = [(old, new) for old, new in quiet.items() if new]
        if any([self._move(old, new) for old, new in moved]):
            self._events.changed(Change.SOURCES)
        for followed in self._followed.values():
            base = followed.folder.path.rstrip(os.sep) + os.sep
            mine = [path for path in quiet if path.startswith(base) and self._owns(followed, path)]
            if mine:
                self._look_at(followed, mine)
            elif followed.folder.path in quiet:
                followed.scan_at = 0.0

    def _move(self, old: str, new: str) -> bool:
        target = self._folder_of(new)
        if target is None or self._scan.rules(target.folder).leaves_out(new, folder=False):
            return False
        return storable(old) and self._scan.move(old, new)

    def _look_at(self, followed: _Followed, paths: Sequence[str]) -> None:
        if not os.path.isdir(followed.folder.path):
            followed.scan_at = 0.0  # the whole folder went: see _is_away
            return
        found = self._scan.some(followed.folder, sorted(paths))
        self._tell(found)
        for below in _outermost(found.folders):
            try:
                self._tell(self._scan.whole(followed.folder, below, self._stopping.is_set))
            except OSError:  # the folder is gone: compare what was in it one level up
                self._tell(self._scan.gone(followed.folder, below))

    def _owns(self, followed: _Followed, path: str) -> bool:
        return self._folder_of(path) is followed

    def _folder_of(self, path: str) -> _Followed | None:
        """The innermost folder followed that this path lies in."""
        above = [
            f
            for f in self._followed.values()
            if path.startswith(f.folder.path.rstrip(os.sep) + os.sep)
        ]
        return max(above, key=lambda f: len(f.folder.path), default=None)

    def _tell(self, found: Found) -> None:
        if found.missing:
            self._events.changed(
                Change.SOURCES, Change.FOLDERS, Change.MEMORIES, sources=found.missing
            )


def _root_of(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _outermost(paths: Sequence[str]) -> list[str]:
    """Folders that lie in none of the others."""
    kept: list[str] = []
    for path in sorted(set(paths)):
        if not kept or not path.startswith(kept[-1] + os.sep):
            kept.append(path)
    return kept


def _folder(c: Connection, folder_id: str) -> Folder:
    found = folders.get(c, folder_id)
    if found is None:
        raise NotFound(
            "No such folder", "It is not watched any more.", "Refresh the list.", item=folder_id
        )
    return found
