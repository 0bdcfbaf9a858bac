"""Downloads of models: the thread ``downloads``, one after the other.

Requests only say what is wanted and return; the thread does it. It starts with the first
download. What was begun stands in the records of ``models.model_folder`` from the moment it is
asked for: after a restart it is there as paused. The way out of the machine is open while a
download runs, and for its hosts alone (``memory.guard``).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from memory import guard
from memory.clock import Clock
from memory.download_run import Running
from memory.errors import Conflict, NotFound, Stopping, problem_from
from memory.events import Events
from memory.log import describe
from memory.protocol import Change, DownloadInfo, ErrorCode, ModelState, Problem

if TYPE_CHECKING:
    from models.catalogue import CatalogueModel
    from models.hub import RemoteFile
    from models.model_folder import ModelFolder, Record

_log = logging.getLogger(__name__)

STOP_WITHIN_S = 5.0
"""At the end of the daemon: what a run has written by then can be continued."""


class Downloads:
    """``start`` and the other verbs from any thread; each names a model by its catalogue id."""

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        events: Events,
        *,
        opened: Callable[[Iterable[str]], AbstractContextManager[None]] = guard.opened,
        free: Callable[[Path], int] | None = None,
    ) -> None:
        self._place = folder
        self._clock = clock
        self._events = events
        self._opened = opened
        self._free = free
        self._lock = threading.RLock()
        self._wake = threading.Condition(self._lock)
        self._thread: threading.Thread | None = None
        self._closed = False
        self._folder: ModelFolder | None = None
        self._records: dict[str, Record] = {}
        self._waiting: list[str] = []
        self._running: Running | None = None

    # -- what there is --------------------------------------------------------------------

    def info(self, model_id: str) -> DownloadInfo | None:
        """The download of this model, None where none is under way, stopped or failed."""
        with self._lock:
            self._open()
            record = self._records.get(model_id)
            if record is None or record.state == "ready":
                return None
            running = self._running
            if running is not None and running.record.id == model_id and running.wanted:
                return running.info(self._clock.now_ms())
            problem = None if model_id in self._waiting else _problem(record)
            if model_id in self._waiting:
                state = ModelState.WAITING
            else:
                state = ModelState.PAUSED if problem is None else ModelState.FAILED
            return DownloadInfo(
                id=model_id,
                state=state,
                done_bytes=self._held().part_bytes(model_id),
                total_bytes=record.size_bytes,
                problem=problem,
            )

    def ready(self) -> dict[str, tuple[Path, Record]]:
        """Models that are whole and checked, by id: the file, and what is known of it."""
        with self._lock:
            self._open()
            held = self._held()
            return {
                record.id: (held.path(record), record)
                for record in self._records.values()
                if record.state == "ready" and held.path(record).exists()
            }

    # -- what is wanted -------------------------------------------------------------------

    def start(self, model: CatalogueModel) -> DownloadInfo:
        """Fetch a model, or go on fetching it.

        Raises:
            Conflict: it is here already.
            OSError: nothing can be written.
        """
        from models.model_folder import Record

        with self._lock:
            self._open()
            if model.id in self.ready():
                raise Conflict(
                    "This model is here already", f"{model.name} was downloaded.", "Use it."
                )
            record = self._records.get(model.id)
            if record is None or record.state == "ready":
                record = Record(model.id, model.repository, model.file)
            return self._queue(replace(record, trouble=None))

    def resume(self, model_id: str) -> DownloadInfo:
        """Go on where it stopped.

        Raises:
            NotFound: no download of this model was begun.
        """
        with self._lock:
            return self._queue(replace(self._begun(model_id), trouble=None))

    def pause(self, model_id: str) -> DownloadInfo:
        """Stop for now; what is there stays. One that failed stays failed.

        Raises:
            NotFound: no download of this model was begun.
        """
        with self._lock:
            self._begun(model_id)
            self._halt(model_id)
            return self._told(model_id)

    def cancel(self, model_id: str) -> DownloadInfo:
        """Stop for good and delete what is there.

        Raises:
            NotFound: no download of this model was begun.
        """
        with self._lock:
            record = self._begun(model_id)
            running = self._halt(model_id)
            if running is None:
                self._held().discard(model_id)
            else:
                running.discard = True  # its thread deletes what it is just writing
            del self._records[model_id]
            self._events.changed(Change.MODEL)
            return DownloadInfo(
                id=model_id,
                state=ModelState.AVAILABLE,
                done_bytes=0,
                total_bytes=record.size_bytes,
            )

    def remove(self, model_id: str) -> tuple[Path, int]:
        """Delete a model that is here; returns where it was and the bytes that are free again.

        Raises:
            NotFound: it is not here.
            OSError: it cannot be deleted.
        """
        with self._lock:
            found = self.ready().get(model_id)
            if found is None:
                raise _not_begun(model_id)
            path, record = found
            freed = self._held().remove(record)
            del self._records[model_id]
        self._events.changed(Change.MODEL)
        return path, freed

    def close(self) -> None:
        """Stop what runs and end the thread; what is there is continued another time."""
        with self._lock:
            self._closed = True
            self._waiting.clear()
            if self._running is not None:
                self._running.stop()
            self._wake.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join(STOP_WITHIN_S)

    # -- under the lock -------------------------------------------------------------------

    def _open(self) -> None:
        if self._folder is None:
            from models.model_folder import ModelFolder

            self._folder = ModelFolder(self._place)
            self._records = self._folder.records()

    def _held(self) -> ModelFolder:
        assert self._folder is not None, "opened first"
        return self._folder

    def _begun(self, model_id: str) -> Record:
        self._open()
        record = self._records.get(model_id)
        if record is None or record.state == "ready":
            raise _not_begun(model_id)
        return record

    def _queue(self, record: Record) -> DownloadInfo:
        if self._closed:
            raise Stopping("Recollect is stopping", "No more downloads.", "Start it again.")
        running = self._running
        on_its_way = running is not None and running.record.id == record.id and running.wanted
        if not on_its_way and record.id not in self._waiting:
            self._held().save(record)
            self._records[record.id] = record
            self._waiting.append(record.id)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="downloads", daemon=True)
                self._thread.start()
            self._wake.notify_all()
        return self._told(record.id)

    def _halt(self, model_id: str) -> Running | None:
        """Take it off the queue, or make its run end; returns that run."""
        if model_id in self._waiting:
            self._waiting.remove(model_id)
        running = self._running
        if running is None or running.record.id != model_id:
            return None
        running.stop()
        return running

    def _told(self, model_id: str) -> DownloadInfo:
        self._events.changed(Change.MODEL)
        found = self.info(model_id)
        assert found is not None, "it was begun"
        return found

    # -- the thread -----------------------------------------------------------------------

    def _work(self) -> None:
        while (running := self._next()) is not None:
            problem: Problem | None = None
            try:
                self._run(running)
            except Exception as error:  # whatever it is, the next one gets its turn
                problem = problem_from(error)
                if problem.code is ErrorCode.INTERNAL:
                    _log.error("a download failed\n%s", describe(error))
            self._end(running, problem)

    def _next(self) -> Running | None:
        """The next one that is wanted; None when the daemon stops."""
        with self._wake:
            while not self._waiting and not self._closed:
                self._wake.wait()
            if self._closed:
                return None
            record = self._records[self._waiting.pop(0)]
            running = Running(record, self._held().part_bytes(record.id), self._clock.now_ms())
            self._running = running
        self._events.changed(Change.MODEL)
        return running

    def _run(self, running: Running) -> None:
        from models.download import Fetch, Stopped, free_bytes
        from models.hub import hub_address

        fetch = Fetch(
            running.record.repository,
            running.record.file,
            self._held().part(running.record.id),
            hub=hub_address(),
            opened=self._opened,
            on_found=lambda remote: self._found(running, remote),
            on_bytes=lambda done: self._moved(running, done),
            on_checking=lambda checking: self._checking(running, checking),
            free=self._free or free_bytes,
        )
        if not running.take(fetch):
            return
        _log.info("download of %s begins or goes on", running.record.id)
        try:
            fetch.run(running.record.known())
        except Stopped:
            return
        with self._lock:
            if running.discard:
                return
            running.record = self._records[running.record.id] = self._held().finish(running.record)
        _log.info("download of %s is whole and checked", running.record.id)

    def _found(self, running: Running, remote: RemoteFile) -> None:
        with self._lock:
            if running.discard:
                return
            running.record = running.record.found(remote)
            self._held().save(running.record)
            self._records[running.record.id] = running.record
        self._events.changed(Change.MODEL)

    def _checking(self, running: Running, checking: bool) -> None:
        running.checking = checking
        self._events.changed(Change.MODEL)

    def _moved(self, running: Running, done: int) -> None:
        now_ms = self._clock.now_ms()
        if running.moved(done, now_ms):
            self._events.download(running.info(now_ms))

    def _end(self, running: Running, problem: Problem | None) -> None:
        with self._lock:
            self._running = None
            model_id = running.record.id
            if running.discard:
                # asked for anew meanwhile: then the record is the new one's
                if model_id not in self._records:
                    self._held().discard(model_id)
                else:
                    self._held().part(model_id).unlink(missing_ok=True)
            elif problem is not None and running.wanted and model_id in self._records:
                _log.info("download of %s failed: %s", model_id, problem.title)
                self._fail(model_id, problem)
        self._events.changed(Change.MODEL)

    def _fail(self, model_id: str, problem: Problem) -> None:
        from models.model_folder import Trouble

        trouble = Trouble(problem.title, problem.message, problem.next_step)
        record = replace(self._records[model_id], trouble=trouble)
        self._records[model_id] = record
        try:
            self._held().save(record)
        except OSError as error:  # a full disk, most likely; it shows until the next start
            _log.warning("the state of a download was not kept: %s", type(error).__name__)


def _problem(record: Record) -> Problem | None:
    trouble = record.trouble
    if trouble is None:
        return None
    return Problem(
        code=ErrorCode.MODEL,
        title=trouble.title,
        message=trouble.message,
        next_step=trouble.next_step,
        item=record.id,
    )


def _not_begun(model_id: str) -> NotFound:
    return NotFound(
        "There is no such download",
        "It was never begun, or it is finished.",
        "Look at the list of models.",
        item=model_id,
    )
