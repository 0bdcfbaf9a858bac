"""What is to be read, as the rest of the daemon sees it: adding, pausing, cancelling, retrying,
and how far each batch is. The work itself is done by ``memory.reading`` on the thread ``ingest``;
the methods here may be called from any thread.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

from memory import adding, job_endings
from memory.clock import Clock
from memory.errors import Conflict, NotFound
from memory.events import Events
from memory.infos import batch_info, job_info, source_info
from memory.ingest.chunker import CountTokens
from memory.ingest.pipeline import Pipeline
from memory.job_endings import Ask, Ended
from memory.log import describe
from memory.progress import Pace
from memory.protocol import (
    AddReply,
    BatchInfo,
    Change,
    JobAction,
    JobInfo,
    JobList,
    JobState,
    NoteRequest,
    Problem,
    SourceInfo,
    SourceKind,
    SourceState,
)
from memory.reading import READERS, Reading
from memory.settings import Settings
from memory.store import jobs, sources
from memory.store.db import Connection, Database
from memory.store.rows import Batch, Job, Source

PROGRESS_MS = 200
_DISK_QUIET_MS = 60_000
_AT_ONCE = 1_000  # rows changed in one transaction by an action on a batch

_T = TypeVar("_T")
_log = logging.getLogger(__name__)


class Jobs:
    """``add_*``, the actions and the lists may be called from any thread.

    ``wake_index`` is called when new memories wait for their vectors, ``folders_changed``
    when a folder is to be watched from now on.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        settings: Callable[[], Settings],
        pipeline: Pipeline,
        count_tokens: CountTokens,
        events: Events,
        *,
        own_folder: str,
        wake_index: Callable[[], None] = lambda: None,
        folders_changed: Callable[[], None] = lambda: None,
        readers: int = READERS,
    ) -> None:
        self._database = database
        self._clock = clock
        self._count_tokens = count_tokens
        self._events = events
        self._own_folder = own_folder
        self._wake_index = wake_index
        self.folders_changed = folders_changed
        self._reading = Reading(
            database, clock, settings, pipeline, own_folder, self._moved, readers
        )
        self._paces: dict[str, Pace] = {}
        self._told_ms: dict[str, int] = {}
        self._disk_told_ms = 0
        self._telling = threading.Lock()  # looking at a batch and telling of it, as one

    def start(self) -> None:
        """Resume what a dead process left, then read."""
        self._reading.start()

    def stop(self) -> None:
        """Stop reading; what is under way is queued again. Idempotent."""
        self._reading.stop()

    def wake(self) -> None:
        """Rows of jobs were added."""
        self._reading.wake()

    # -- adding

    def add_paths(self, paths: Sequence[str], watch: bool = False) -> AddReply:
        """Queue files and folders; every accepted path is safe when this returns."""
        looked = adding.look(paths, self._own_folder)
        now_ms = self._clock.now_ms()
        reply = adding.add_paths(self._database, looked, watch=watch, now_ms=now_ms)
        self._reading.wake()
        self._events.changed(Change.SOURCES, Change.JOBS)
        if watch and looked.folders:
            self._events.changed(Change.FOLDERS)
            self.folders_changed()
        return reply

    def add_note(self, note: NoteRequest) -> SourceInfo:
        """Remember a text at once.

        Raises:
            BadRequest: the text is only white space.
        """
        info, new = adding.add_note(self._database, note, self._count_tokens, self._clock.now_ms())
        if new:
            self._wake_index()
            self._events.changed(Change.SOURCES, Change.MEMORIES, sources=[info.id])
        return info

    def add_found(self, paths: Sequence[str], folder_id: str | None, batch_id: str | None) -> str:
        """Queue files the watcher found; returns their batch, a new one if None is given."""
        now_ms = self._clock.now_ms()

        def work(c: Connection) -> str:
            batch = batch_id or jobs.new_batch(c, now_ms)
            found = [(sources.queue_file(c, path, folder_id, now_ms), path) for path in paths]
            jobs.add_files(c, batch, found, now_ms)
            return batch

        batch = self._database.write(work)
        self._reading.wake()
        self._events.changed(Change.SOURCES, Change.JOBS)
        return batch

    def retry_source(self, source_id: str) -> SourceInfo:
        """Read a source again, with all its attempts.

        Raises:
            NotFound: no such source.
            Conflict: it is no file.
        """
        now_ms = self._clock.now_ms()

        def work(c: Connection) -> SourceInfo:
            source = _source(c, source_id)
            if source.location is None or source.kind is not SourceKind.FILE:
                raise Conflict(
                    "There is no file to read again",
                    "It came from a chat or a note.",
                    "Nothing to do.",
                    item=source_id,
                )
            last = jobs.of_source(c, source_id)
            if last is not None and last.state in (JobState.FAILED, JobState.CANCELLED):
                jobs.again(c, last.id)
                sources.set_state(c, source_id, SourceState.QUEUED, now_ms)
            elif last is None or last.state is JobState.DONE:
                sources.queue_file(c, source.location, None, now_ms)
                jobs.add_files(c, jobs.new_batch(c, now_ms), [(source_id, source.location)], now_ms)
            return source_info(_source(c, source_id))

        info = self._database.write(work)
        self._reading.wake()
        self._events.changed(Change.SOURCES, Change.JOBS, sources=[source_id])
        return info

    # -- looking

    def listing(self, batch_id: str | None = None, state: JobState | None = None) -> JobList:
        with self._database.read() as c:
            found = [jobs.batch(c, batch_id)] if batch_id else jobs.batches(c)
            rows = jobs.listing(c, batch_id, state)
        return JobList(
            batches=[self._info(batch) for batch in found if batch is not None],
            jobs=[job_info(row) for row in rows],
        )

    def batch(self, batch_id: str) -> BatchInfo:
        """Raises NotFound."""
        with self._database.read() as c:
            return self._info(_batch(c, batch_id))

    def counts(self) -> dict[JobState, int]:
        with self._database.read() as c:
            return jobs.counts(c)

    def paused(self) -> bool:
        with self._database.read() as c:
            return jobs.paused(c)

    # -- actions

    def set_paused(self, paused: bool) -> None:
        """Stop or continue all reading; survives a restart."""
        self._database.write(lambda c: jobs.set_paused(c, paused))
        if paused:
            with self._database.read() as c:
                self._reading.ask([job.id for job in jobs.running(c)], Ask.HOLD)
        self._reading.wake()
        self._events.changed(Change.JOBS, Change.STATUS)

    def act(self, job_id: str, action: JobAction) -> JobInfo:
        """Pause, resume, cancel or retry one job.

        Raises:
            NotFound: no such job.
            Conflict: it is in no state for this.
        """
        now_ms = self._clock.now_ms()
        ask = self._database.write(lambda c: _act_on_job(c, _job(c, job_id), action, now_ms))
        if ask is not None:
            self._reading.ask([job_id], ask)
        info = self._after_action(lambda c: job_info(_job(c, job_id)))
        self._tell_now(info.batch)
        return info

    def act_on_batch(self, batch_id: str, action: JobAction) -> BatchInfo:
        """The same for everything in a batch.

        Raises:
            NotFound: no such batch.
        """
        with self._database.read() as c:
            _batch(c, batch_id)
        if action in (JobAction.PAUSE, JobAction.RESUME):
            held = action is JobAction.PAUSE
            self._database.write(lambda c: jobs.pause_batch(c, batch_id, held))
        ask = {JobAction.PAUSE: Ask.HOLD, JobAction.CANCEL: Ask.CANCEL}.get(action)
        if ask is not None:
            with self._database.read() as c:
                self._reading.ask([job.id for job in jobs.running(c, batch_id)], ask)
        while self._database.write(lambda c: self._act_on_some(c, batch_id, action)):
            pass
        self._tell_now(batch_id)
        return self._after_action(lambda c: self._info(_batch(c, batch_id)))

    def _act_on_some(self, c: Connection, batch_id: str, action: JobAction) -> int:
        """A slice of a batch, so that a large one does not hold the writer."""
        now_ms = self._clock.now_ms()
        if action is JobAction.RESUME:
            some = jobs.of_batch(c, batch_id, (JobState.PAUSED,), _AT_ONCE)
            jobs.put_back(c, [job.id for job in some])
        elif action is JobAction.CANCEL:
            some = jobs.of_batch(c, batch_id, (JobState.QUEUED, JobState.PAUSED), _AT_ONCE)
            for job in some:
                job_endings.cancel(c, job, now_ms)
        elif action is JobAction.RETRY:
            some = jobs.of_batch(c, batch_id, (JobState.FAILED, JobState.CANCELLED), _AT_ONCE)
            for job in some:
                _again(c, job, now_ms)
        else:
            return 0
        return len(some)

    def _after_action(self, look: Callable[[Connection], _T]) -> _T:
        self._reading.wake()
        self._events.changed(Change.JOBS, Change.SOURCES, Change.STATUS)
        with self._database.read() as c:
            return look(c)

    # -- progress; ``_moved`` runs on the ingest thread

    def _moved(self, ended: Sequence[Ended], batch_ids: set[str]) -> None:
        now_ms = self._clock.now_ms()
        told = [source_id for end in ended for source_id in end.sources]
        if told:
            self._wake_index()
            self._events.changed(Change.SOURCES, Change.MEMORIES, Change.JOBS, sources=told)
        for end in ended:
            if end.finished and end.sources:
                self._pace(end.batch_id, now_ms).finished(1, now_ms)
            if end.disk_full is not None:
                self._hold_for_space(end.disk_full, now_ms)
        for batch_id in batch_ids:
            self._tell(batch_id, now_ms)

    def _hold_for_space(self, problem: Problem, now_ms: int) -> None:
        """Every further file would fail the same way: pause, and say so once."""
        if now_ms - self._disk_told_ms < _DISK_QUIET_MS:
            return
        self._disk_told_ms = now_ms
        self._events.notice("error", problem)
        try:
            self.set_paused(True)
        except Exception as error:  # no room even for that; the loop tries again by itself
            _log.error("reading could not be paused\n%s", describe(error))

    def _tell(self, batch_id: str, now_ms: int) -> None:
        """A progress event, a few a second at most; the last one always."""
        self._pace(batch_id, now_ms)
        with self._database.read() as c:
            batch = jobs.batch(c, batch_id)
        if batch is None:
            return
        over = batch.open == 0
        if not over and now_ms - self._told_ms.get(batch_id, 0) < PROGRESS_MS:
            return
        self._told_ms[batch_id] = now_ms
        self._tell_now(batch_id)
        if over:
            self._paces.pop(batch_id, None)
            self._told_ms.pop(batch_id, None)

    def _tell_now(self, batch_id: str) -> None:
        """An event with the batch as it is: also for the windows that did not ask for what was
        done to it. From any thread; an older state is never told after a newer one.
        """
        with self._telling:
            with self._database.read() as c:
                batch = jobs.batch(c, batch_id)
            if batch is not None:
                self._events.progress(self._info(batch))

    def _pace(self, batch_id: str, now_ms: int) -> Pace:
        return self._paces.setdefault(batch_id, Pace(now_ms))

    def _info(self, batch: Batch) -> BatchInfo:
        pace = self._paces.get(batch.id)
        if pace is None or batch.open == 0 or batch.paused:
            return batch_info(batch)
        now_ms = self._clock.now_ms()
        ended = batch.done + batch.skipped + batch.failed + batch.cancelled
        return batch_info(
            batch,
            pace.rate_per_s(now_ms),
            pace.seconds_left(max(0, batch.total - ended), now_ms),
        )


def _act_on_job(c: Connection, job: Job, action: JobAction, now_ms: int) -> Ask | None:
    """Change a waiting job at once; what a running one has to be asked is returned."""
    running = job.state is JobState.RUNNING
    if action is JobAction.RETRY and job.state in (JobState.FAILED, JobState.CANCELLED):
        _again(c, job, now_ms)
    elif action is JobAction.RESUME and job.state is JobState.PAUSED:
        jobs.put_back(c, [job.id])
    elif action is JobAction.PAUSE and job.state is JobState.QUEUED:
        jobs.put_back(c, [job.id], JobState.PAUSED)
    elif action is JobAction.PAUSE and running:
        return Ask.PAUSE
    elif action is JobAction.CANCEL and job.state in (JobState.QUEUED, JobState.PAUSED):
        job_endings.cancel(c, job, now_ms)
    elif action is JobAction.CANCEL and running:
        return Ask.CANCEL
    else:
        raise Conflict(
            f"It cannot be {_PAST[action]} now",
            f"Its state is: {job.state.value}.",
            "Refresh the list.",
            item=job.id,
        )
    return None


_PAST = {
    JobAction.PAUSE: "paused",
    JobAction.RESUME: "resumed",
    JobAction.CANCEL: "cancelled",
    JobAction.RETRY: "retried",
}


def _again(c: Connection, job: Job, now_ms: int) -> None:
    jobs.again(c, job.id)
    if job.source_id:
        sources.set_state(c, job.source_id, SourceState.QUEUED, now_ms)


def _job(c: Connection, job_id: str) -> Job:
    found = jobs.get(c, job_id)
    if found is None:
        raise NotFound("No such job", "It is gone.", "Refresh the list.", item=job_id)
    return found


def _batch(c: Connection, batch_id: str) -> Batch:
    found = jobs.batch(c, batch_id)
    if found is None:
        raise NotFound("No such batch", "It is gone.", "Refresh the list.", item=batch_id)
    return found


def _source(c: Connection, source_id: str) -> Source:
    found = sources.get(c, source_id)
    if found is None:
        raise NotFound("No such source", "It was forgotten.", "Refresh the list.", item=source_id)
    return found
