"""The loop that works the jobs off. Owns the thread ``ingest`` and its reader threads.

Each round: commit what the readers have ready (several files in one transaction), list the
next slice of a folder, claim waiting jobs, batch after batch in turn, so that a single file
dropped during a large folder does not wait for it. Nothing needed after a crash lives here.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from memory import job_endings
from memory.clock import Clock
from memory.errors import Cancelled, problem_from
from memory.ingest.pipeline import Pipeline, Prepared
from memory.ingest.walk import Entry, Rules, files_below, storable
from memory.job_endings import Ask, Ended
from memory.log import describe
from memory.priority import standing, step_back
from memory.protocol import ErrorCode, JobState, Problem
from memory.settings import Settings
from memory.store import folders, jobs, sources
from memory.store.db import Connection, Database
from memory.store.rows import Job

READERS = 2
AHEAD = 8  # jobs claimed at once: enough to keep the readers busy while results are written
LISTED_AT_ONCE = 200
_LONGEST_WAIT_S = 30.0
_AFTER_FAULT_S = 5.0
_BETWEEN_FAULTS_S = 0.5
_ASK_WAIT_S = 3.0

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Running:
    """A claimed job: a file with its reader's future, or a folder with its listing."""

    job: Job
    cancel: threading.Event = field(default_factory=threading.Event)
    future: Future[Prepared] | None = None
    listing: Iterator[Entry] | None = None
    unlisted: list[str] = field(default_factory=list)


class Reading:
    """``ended`` is called on the ingest thread after each round that ended or claimed jobs,
    with what ended and the batches that moved."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        settings: Callable[[], Settings],
        pipeline: Pipeline,
        own_folder: str,
        ended: Callable[[Sequence[Ended], set[str]], None],
        readers: int = READERS,
    ) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings
        self._pipeline = pipeline
        self._own_folder = own_folder
        self._ended = ended
        self._pool = ThreadPoolExecutor(
            readers, thread_name_prefix="ingest-reader", initializer=step_back
        )
        self._wake = threading.Event()
        self._stopping = False
        self._lock = threading.Lock()
        self._settled = threading.Condition(self._lock)
        self._running: dict[str, _Running] = {}  # changed by the ingest thread only
        self._asked: dict[str, Ask] = {}
        self._careful = 0  # so many jobs, cut off by a crash, are read one by one
        self._last_batch = ""
        self._thread = threading.Thread(target=self._run, name="ingest", daemon=True)

    def start(self) -> None:
        """Put back what a dead process left running, then begin."""
        now_ms = self._clock.now_ms()
        careful = self._database.write(lambda c: job_endings.give_up_interrupted(c, now_ms))
        self._careful = len(careful)
        self._thread.start()

    def stop(self) -> None:
        """Stop reading; what is under way goes back to the queue. Idempotent."""
        with self._lock:
            self._stopping = True
            for running in self._running.values():
                running.cancel.set()
        self._wake.set()
        if self._thread.ident is not None:
            self._thread.join()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def wake(self) -> None:
        """There may be something to do."""
        self._wake.set()

    def ask(self, job_ids: Sequence[str], ask: Ask) -> None:
        """Tell running jobs to stop, and wait a moment until they have (the ingest thread
        itself does not wait)."""
        with self._lock:
            for job_id in job_ids:
                self._asked[job_id] = ask
                if job_id in self._running:
                    self._running[job_id].cancel.set()
            self._wake.set()
            if threading.current_thread() is self._thread:
                return
            self._settled.wait_for(
                lambda: self._stopping or not any(id_ in self._asked for id_ in job_ids),
                _ASK_WAIT_S,
            )

    # -- the loop

    def _run(self) -> None:
        step_back()
        while not self._stopping:
            self._wake.clear()
            try:
                if self._round():
                    continue
                if not self._running:
                    standing.rest("reading")
                wait_s = self._idle_s()
            except Exception as error:  # the thread must outlive every fault
                self._report(error)
                wait_s = _AFTER_FAULT_S
                if not self._stopping:
                    time.sleep(_BETWEEN_FAULTS_S)
            self._wake.wait(wait_s)
        self._put_all_back()

    def _report(self, error: Exception) -> None:
        problem = problem_from(error)
        _log.error("a round of reading failed\n%s", describe(error))
        if problem.code is ErrorCode.DISK_FULL:
            self._ended([Ended("", (), False, disk_full=problem)], set())

    def _round(self) -> bool:
        """One pass; False when there was nothing to do."""
        ended = self._commit_ready() + self._list_folders()
        claimed = self._claim()
        self._forget_late_asks()
        if ended or claimed:
            self._ended(ended, {e.batch_id for e in ended} | {j.batch_id for j in claimed})
        return bool(ended or claimed) or any(r.listing for r in self._running.values())

    def _idle_s(self) -> float:
        now_ms = self._clock.now_ms()
        with self._database.read() as c:
            due_ms = jobs.next_due_ms(c, now_ms)
        if due_ms is None:
            return _LONGEST_WAIT_S
        return min(_LONGEST_WAIT_S, max(0.05, (due_ms - now_ms) / 1000))

    # -- claiming

    def _claim(self) -> list[Job]:
        files = sum(1 for running in self._running.values() if running.future is not None)
        most = 1 if self._careful else AHEAD
        if self._stopping or files > most // 2:
            return []
        with self._database.read() as c:
            if jobs.paused(c) or not jobs.waiting(c, self._clock.now_ms()):
                return []
        claimed = self._database.write(lambda c: self._claim_in_turn(c, most - files))
        if claimed:
            standing.work("reading")
        for job in claimed:
            self._begin(job)
        return claimed

    def _claim_in_turn(self, c: Connection, room: int) -> list[Job]:
        """A share for each batch, beginning behind the one served last."""
        if jobs.paused(c):
            return []
        now_ms = self._clock.now_ms()
        batches = jobs.open_batches(c)
        batches = [b for b in batches if b > self._last_batch] + [
            b for b in batches if b <= self._last_batch
        ]
        share = max(1, room // max(1, len(batches)))
        claimed: list[Job] = []
        for batch_id in batches:
            if len(claimed) >= room:
                break
            claimed += jobs.claim(c, batch_id, min(share, room - len(claimed)), now_ms)
            self._last_batch = batch_id
        return claimed

    def _begin(self, job: Job) -> None:
        running = _Running(job)
        if job.kind == "folder":
            running.listing = self._listing(running)
        with self._lock:
            self._running[job.id] = running
            if self._stopping or job.id in self._asked:
                running.cancel.set()
        if running.listing is None:
            running.future = self._pool.submit(self._pipeline.prepare, job, running.cancel)
            running.future.add_done_callback(lambda _future: self._wake.set())

    # -- folders

    def _listing(self, running: _Running) -> Iterator[Entry]:
        root = running.job.path or ""
        with self._database.read() as c:
            folder = folders.by_path(c, root) or folders.containing(c, root)
        settings = self._settings()
        rules = Rules(
            root,
            folder.ignore if folder else (),
            hidden=settings.hidden_files,
            excluded=(self._own_folder,),
        )
        return files_below(root, rules, lambda path, _error: running.unlisted.append(path))

    def _list_folders(self) -> list[Ended]:
        """The next slice of every folder that is being listed."""
        ended: list[Ended] = []
        for running in [r for r in self._running.values() if r.listing is not None]:
            if running.cancel.is_set():
                ended += self._end([running])
                continue
            try:
                ended += self._list_slice(running)
            except OSError as error:
                ended += self._end_failed(running, error)
        return ended

    def _list_slice(self, running: _Running) -> list[Ended]:
        assert running.listing is not None
        found: list[Entry] = []
        for entry in running.listing:
            if storable(entry.path):
                found.append(entry)
            else:
                running.unlisted.append(entry.path)
            if len(found) >= LISTED_AT_ONCE:
                break
        more = len(found) >= LISTED_AT_ONCE
        job, now_ms = running.job, self._clock.now_ms()

        def work(c: Connection) -> None:
            if jobs.get(c, job.id) is None:
                return
            folder = None
            if found:
                folder = folders.containing(c, found[0].path)
            queued = []
            for entry in found:
                folders.welcome(c, entry.path)
                folder_id = folder.id if folder else None
                queued.append((sources.queue_file(c, entry.path, folder_id, now_ms), entry.path))
            jobs.add_files(c, job.batch_id, queued, now_ms)
            jobs.progressed(c, job.id)
            if not more:
                told = _unlisted(running.unlisted)
                jobs.finish(c, job.id, JobState.DONE, now_ms, problem_json=told)

        self._database.write(work)
        if not more:
            self._drop([running])
        return [Ended(job.batch_id, (), not more)]

    # -- ending

    def _commit_ready(self) -> list[Ended]:
        ready = [r for r in self._running.values() if r.future is not None and r.future.done()]
        return self._end(ready)

    def _end(self, ready: Sequence[_Running]) -> list[Ended]:
        """End these jobs in one transaction, or, should that fail, each in its own."""
        if not ready:
            return []
        try:
            ended = self._database.write(lambda c: [self._end_one(c, r) for r in ready])
        except Exception as error:
            if len(ready) > 1:
                return [e for running in ready for e in self._end([running])]
            return self._end_failed(ready[0], error)
        self._drop(ready)
        return ended

    def _end_one(self, c: Connection, running: _Running) -> Ended:
        now_ms = self._clock.now_ms()
        with self._lock:
            ask = self._asked.get(running.job.id)
        if ask is Ask.CANCEL:
            return job_endings.stop(c, running.job, ask, now_ms)
        try:
            if running.future is None:
                raise Cancelled("Stopped", "Listing was stopped.", "Retry when you like.")
            prepared = running.future.result()
        except Cancelled:
            return job_endings.stop(c, running.job, ask or Ask.HOLD, now_ms)
        except Exception as error:
            return job_endings.fail(c, running.job, error, now_ms)
        return job_endings.store(c, running.job, prepared.commit, now_ms)

    def _end_failed(self, running: _Running, error: Exception) -> list[Ended]:
        """Should even this not be written, the job stays here and the next round tries again."""
        now_ms = self._clock.now_ms()
        ended = self._database.write(lambda c: job_endings.fail(c, running.job, error, now_ms))
        self._drop([running])
        return [ended]

    def _drop(self, ended: Sequence[_Running]) -> None:
        with self._lock:
            for running in ended:
                self._running.pop(running.job.id, None)
                self._asked.pop(running.job.id, None)
            self._careful = max(0, self._careful - len(ended))
            self._settled.notify_all()

    def _forget_late_asks(self) -> None:
        """An ask for a job that had ended already must not hit its next run."""
        with self._lock:
            late = [job_id for job_id in self._asked if job_id not in self._running]
            for job_id in late:
                del self._asked[job_id]
            if late:
                self._settled.notify_all()

    def _put_all_back(self) -> None:
        """A polite stop: wait for the readers to let go, then queue what they had."""
        running = list(self._running.values())
        for one in running:
            if one.future is not None and not one.future.cancel():
                one.future.exception()  # waits; the reader was told to stop
        for one in running:
            if one.future is not None and one.future.cancelled():
                one.future = None
        try:
            self._end(running)
        except Exception as error:
            _log.error("jobs could not be put back\n%s", describe(error))


def _unlisted(paths: Sequence[str]) -> str | None:
    if not paths:
        return None
    shown = [p.encode("utf-8", "backslashreplace").decode("utf-8") for p in paths[:3]]
    return Problem(
        code=ErrorCode.UNREADABLE,
        title=f"{len(paths)} could not be listed",
        message="No permission, or a name that is no text: " + ", ".join(shown),
        next_step="Change the permissions or the name, then add the folder again.",
        item=shown[0],
    ).model_dump_json()
