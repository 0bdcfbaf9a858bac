"""Compares folders with what is known of them: new and changed files are queued, vanished ones
marked. Runs on the watcher thread; each piece of work is one short transaction.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from memory.clock import Clock
from memory.ingest import storing
from memory.ingest.walk import Entry, Rules, entry_of, files_below, storable
from memory.jobs import Jobs
from memory.protocol import SourceState
from memory.settings import Settings
from memory.store import folders, jobs, sources
from memory.store.db import Connection, Database
from memory.store.rows import Folder

_AT_ONCE = 200
_BUSY = (SourceState.QUEUED, SourceState.READING)


@dataclass(slots=True)
class Found:
    """What one look at a folder led to."""

    queued: int = 0
    missing: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)  # to be looked at as a whole

    def __bool__(self) -> bool:
        return bool(self.queued or self.missing)


class FolderScan:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        settings: Callable[[], Settings],
        jobs_: Jobs,
        own_folder: str,
    ) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings
        self._jobs = jobs_
        self._own_folder = own_folder

    def rules(self, folder: Folder) -> Rules:
        return Rules(
            folder.path,
            folder.ignore,
            hidden=self._settings().hidden_files,
            excluded=(self._own_folder,),
        )

    def whole(
        self, folder: Folder, below: str, stopping: Callable[[], bool] = lambda: False
    ) -> Found:
        """Everything in ``below`` (the folder itself, or a folder in it).

        Raises:
            OSError: the folder itself is not there or cannot be listed.
        """
        with self._database.read() as c:
            known = {place.location: place for place in sources.places_below(c, below)}
            away = folders.kept_away(c, folder.id)
        rules, batch = self.rules(folder), _Batch(self._jobs, folder.id)
        adopted: list[str] = []
        found = Found()
        unlisted: list[str] = []
        for entry in files_below(below, rules, lambda path, _error: unlisted.append(path)):
            if stopping():
                return found
            place = known.pop(entry.path, None)
            if place is not None and place.folder_id is None:
                adopted.append(place.id)
            if (
                _is_read_now(place)
                or not _is_news(entry, place)
                or entry.path in away
                or not storable(entry.path)
            ):
                continue
            batch.add(entry.path)
        batch.flush()
        self._adopt(adopted, folder.id)
        found.queued = batch.count
        gone = [
            place
            for place in known.values()
            if place.folder_id == folder.id
            and not os.path.lexists(place.location)
            and not any(place.location.startswith(path + os.sep) for path in unlisted)
        ]
        found.missing = self.mark_missing(gone)
        return found

    def some(self, folder: Folder, paths: Iterable[str]) -> Found:
        """Single paths something happened to; for folders among them see ``Found.folders``."""
        with self._database.read() as c:
            away = folders.kept_away(c, folder.id)
        rules, batch = self.rules(folder), _Batch(self._jobs, folder.id)
        found, gone = Found(), list[sources.Place]()
        for path in paths:
            if not storable(path):
                continue
            with self._database.read() as c:
                place = sources.place(c, path)
                below = next(sources.places_below(c, path), None)
            try:
                is_folder = os.path.isdir(path)
                entry = None if is_folder else entry_of(path)
            except OSError:
                gone += [place] if place is not None and place.folder_id else []
                found.folders += [path] if below is not None else []
                continue
            if rules.leaves_out(path, folder=is_folder):
                continue
            if is_folder:
                found.folders.append(path)
            elif entry is not None and _is_news(entry, place) and path not in away:
                batch.add(path)
        batch.flush()
        found.queued = batch.count
        found.missing = self.mark_missing(gone)
        return found

    def gone(self, folder: Folder, below: str) -> Found:
        """A folder inside is there no more: so is every file that was in it."""
        with self._database.read() as c:
            places = list(sources.places_below(c, below))
        left = [p for p in places if p.folder_id == folder.id and not os.path.lexists(p.location)]
        return Found(missing=self.mark_missing(left))

    def move(self, old: str, new: str) -> bool:
        """A known file got another name; True when its source moved along."""
        now_ms = self._clock.now_ms()
        if os.path.lexists(old) or not os.path.isfile(new) or not storable(new):
            return False

        def work(c: Connection) -> bool:
            place = sources.place(c, old)
            if place is None or place.state in _BUSY or sources.place(c, new) is not None:
                return False
            storing.move(c, place.id, new, now_ms)
            folder = folders.containing(c, new)
            sources.set_folder(c, place.id, folder.id if folder else None)
            if place.state is SourceState.MISSING:
                sources.settle(c, place.id, now_ms)
            return True

        return self._database.write(work)

    def mark_missing(self, gone: Sequence[sources.Place]) -> list[str]:
        """Files that are gone; a copy that was left out because of one of them is read now."""
        now_ms = self._clock.now_ms()

        def work(c: Connection, places: Sequence[sources.Place]) -> list[str]:
            # A source that was found again under another name meanwhile is not gone.
            still = [p.id for p in places if sources.place(c, p.location) is not None]
            done = sources.mark_missing(c, still, now_ms)
            batch_id = jobs.new_batch(c, now_ms)
            for source in sources.get_many(c, done):
                storing.queue_twin(c, source.content_hash, source.id, batch_id, now_ms)
            return done

        marked: list[str] = []
        for start in range(0, len(gone), _AT_ONCE):
            part = gone[start : start + _AT_ONCE]
            marked += self._database.write(lambda c, part=part: work(c, part))  # type: ignore[misc]
        if marked:
            self._jobs.wake()  # for the copies
        return marked

    def _adopt(self, source_ids: list[str], folder_id: str) -> None:
        if source_ids:
            self._database.write(lambda c: sources.set_folder_of_all(c, source_ids, folder_id))


class _Batch:
    """Queues what was found, a few hundred at a time, all under one batch."""

    def __init__(self, jobs_: Jobs, folder_id: str) -> None:
        self._jobs = jobs_
        self._folder_id = folder_id
        self._id: str | None = None
        self._paths: list[str] = []
        self.count = 0

    def add(self, path: str) -> None:
        self._paths.append(path)
        self.count += 1
        if len(self._paths) >= _AT_ONCE:
            self.flush()

    def flush(self) -> None:
        if self._paths:
            self._id = self._jobs.add_found(self._paths, self._folder_id, self._id)
            self._paths = []


def _is_read_now(place: sources.Place | None) -> bool:
    """A reader that finds the file changing under it tries again by itself."""
    return place is not None and place.state is SourceState.READING


def _is_news(entry: Entry, place: sources.Place | None) -> bool:
    """Whether a file differs from what is known of it, by size and time alone."""
    if place is None or place.state is SourceState.MISSING:
        return True
    if place.state is SourceState.QUEUED:
        return False  # it will be read anyway
    return (place.size_bytes, place.modified_ms) != (entry.size_bytes, entry.modified_ms)
