"""What is done at night: one run, one row. Called by the scheduler's thread, or by hand.

Each step is short or works in slices, commits by itself and may be done twice; what a step did
is kept in the row, so a run that was cut off goes on after the last finished step. A step that
fails does not stop the others; the run is then ``failed`` and the person is told.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo

from tzlocal import get_localzone

from memory import decay
from memory.backups import Backups
from memory.clock import DAY_MS, Clock, to_datetime, to_datetime_or_none
from memory.diary.diary import Diary
from memory.diary.teller import Teller
from memory.errors import (
    Cancelled,
    Conflict,
    IndexUnavailable,
    Stopping,
    StoreError,
    problem_from,
)
from memory.events import Events
from memory.folding.folding import Folding
from memory.giving_way import GiveWay
from memory.index import Index
from memory.log import describe
from memory.protocol import Change, RunInfo
from memory.scheduler import night_of
from memory.settings import Settings
from memory.store import jobs, runs, upkeep
from memory.store.db import Connection, Database
from memory.store.rows import Run
from memory.wording import LanguageModel

_KEEP_BATCHES_MS = 30 * DAY_MS
_KEEP_RUNS = 400

_log = logging.getLogger(__name__)

Counts = dict[str, int]


@dataclass(frozen=True)
class _Step:
    """``name`` is the count that says the step is done."""

    name: str
    work: Callable[[str], Counts]


class Nightly:
    """One run at a time; ``run`` may be called from any thread. ``learn`` looks at what the
    person chose and returns how many choices there are; while ``busy``, long steps wait;
    ``language`` is the model in use and its name, if there is one."""

    def __init__(
        self,
        database: Database,
        index: Index,
        backups: Backups,
        clock: Clock,
        settings: Callable[[], Settings],
        events: Events,
        zone: tzinfo | None = None,
        learn: Callable[[], int] = lambda: 0,
        busy: Callable[[], bool] = lambda: False,
        language: Callable[[], tuple[LanguageModel, str] | None] = lambda: None,
    ):
        self._learn_choices = learn
        self._database = database
        self._index = index
        self._backups = backups
        self._clock = clock
        self._settings = settings
        self._events = events
        self._zone = zone or get_localzone()
        self._running = threading.Lock()
        self._by_hand = False
        self._stopping = threading.Event()
        way = GiveWay(busy, self._stopping)

        def changed() -> None:
            events.changed(Change.MEMORIES)

        self._folding = Folding(database, clock, way, changed, self._zone)
        self._diary = Diary(database, clock, way, changed, self._zone)
        self._teller = Teller(database, clock, language, way, self._zone)
        self._steps = (
            _Step("faults_found", self._check),
            _Step("gone_dormant", self._fade),
            _Step("choices_learnt", self._learn),
            _Step("folded", self._fold),
            _Step("days_written", self._write_days),
            _Step("backup_bytes", self._back_up),
            _Step("index_repaired", self._reconcile),
            _Step("old_batches_removed", self._prune),
            _Step("optimized", self._optimize),
            # Last: a model may take an hour, and nothing waits for it.
            _Step("days_told", self._tell_days),
        )
        database.write(runs.interrupt)

    def last_night(self) -> str | None:
        """The newest night that ran to its end, well or not."""
        with self._database.read() as c:
            newest = runs.last(c)
            if newest is not None and newest.state not in ("finished", "failed"):
                newest = runs.last_finished(c)
        return None if newest is None else newest.night

    def latest(self) -> RunInfo | None:
        with self._database.read() as c:
            found = runs.last(c)
        return None if found is None else run_info(found)

    def stop(self) -> None:
        """Cut a run off after the piece of work it is in; it goes on at the next start."""
        self._stopping.set()

    def run(self, night: str | None = None) -> RunInfo:
        """Do the upkeep of this night; None does all of it now, whatever was done before.

        Raises:
            Conflict: a run is under way.
            Cancelled: the daemon stops; the run is marked interrupted.
        """
        if not self._running.acquire(blocking=False):
            raise Conflict(
                "The nightly upkeep is running", "It runs once at a time.", "Wait a moment."
            )
        self._by_hand = night is None
        try:
            return self._run(night or self._this_night(), again=self._by_hand)
        finally:
            self._running.release()

    def _this_night(self) -> str:
        return night_of(self._clock.now_ms(), self._settings().night_hour, self._zone)[0]

    def _run(self, night: str, *, again: bool) -> RunInfo:
        counts = self._begin(night, again)
        failed = False
        for step in self._steps:
            if step.name in counts:
                continue  # done before the run was cut off
            if self._stopping.is_set():
                self._cut_off()
            try:
                counts = {**counts, **step.work(night)}
            except Stopping:
                continue  # told below, before the next step; this one is gone on with
            except Exception as error:
                failed = True
                self._tell(step, error)
            self._keep(night, counts)
        if self._stopping.is_set():
            self._cut_off()
        return self._finish(night, counts, failed)

    def _cut_off(self) -> None:
        self._database.write(runs.interrupt)
        raise Cancelled("Upkeep was stopped", "Recollect stops.", "It goes on later.")

    def _begin(self, night: str, again: bool) -> Counts:
        now_ms = self._clock.now_ms()

        def work(c: Connection) -> Counts:
            if again or not runs.start(c, night, now_ms):
                runs.restart(c, night, now_ms)
            run = runs.get(c, night)
            return dict(run.counts) if run else {}

        return self._database.write(work)

    def _keep(self, night: str, counts: Counts) -> None:
        self._database.write(lambda c: runs.set_counts(c, night, counts))

    def _finish(self, night: str, counts: Counts, failed: bool) -> RunInfo:
        now_ms = self._clock.now_ms()

        def work(c: Connection) -> Run:
            runs.finish(c, night, now_ms, counts, failed=failed)
            run = runs.get(c, night)
            assert run is not None
            return run

        done = self._database.write(work)
        _log.info("night %s %s: %s", night, done.state, done.counts)
        self._events.changed(Change.STATUS)
        return run_info(done)

    def _tell(self, step: _Step, error: Exception) -> None:
        _log.error("nightly step %s failed\n%s", step.name, describe(error))
        self._events.notice("warning", problem_from(error))

    # -- the steps

    def _check(self, _night: str) -> Counts:
        faults = self._database.quick_check()
        if faults:
            # Before the backup: a faulty database must not push out the sound copies.
            raise StoreError(
                "The database has faults",
                f"SQLite's check found {len(faults)}. Older backups are kept.",
                "Close Recollect and put the newest sound copy from the backups folder in place.",
            )
        return {"faults_found": 0}

    def _fade(self, _night: str) -> Counts:
        below = self._settings().dormant_below
        now_ms = self._clock.now_ms()

        def work(c: Connection) -> Counts:
            if below <= 0:
                return {"gone_dormant": 0, "woken": upkeep.wake(c, now_ms, None)}
            line = decay.days_until(below)
            return {
                "gone_dormant": upkeep.put_to_sleep(c, now_ms, line),
                "woken": upkeep.wake(c, now_ms, line),
            }

        counts = self._database.write(work)
        if any(counts.values()):
            self._events.changed(Change.MEMORIES)
        return counts

    def _learn(self, _night: str) -> Counts:
        return {"choices_learnt": self._learn_choices()}

    def _fold(self, night: str) -> Counts:
        done = self._folding.fold(night)
        return {"folded": done.folded, "memories_compared": done.looked_at}

    def _write_days(self, _night: str) -> Counts:
        return {"days_written": self._diary.write()}

    def _tell_days(self, _night: str) -> Counts:
        """Not while a person waits for the run: a model takes its time."""
        return {"days_told": 0 if self._by_hand else self._teller.tell()}

    def _back_up(self, night: str) -> Counts:
        if not self._sound(night):
            return {"backup_bytes": 0, "backups_removed": 0}
        size = self._backups.make_nightly(night)
        removed = self._backups.prune(self._settings().backups_kept)
        return {"backup_bytes": size, "backups_removed": removed}

    def _sound(self, night: str) -> bool:
        with self._database.read() as c:
            run = runs.get(c, night)
        return run is not None and "faults_found" in run.counts

    def _reconcile(self, _night: str) -> Counts:
        try:
            return {"index_repaired": self._index.reconcile()}
        except IndexUnavailable:
            return {"index_repaired": 0}  # it reconciles by itself when it opens

    def _prune(self, _night: str) -> Counts:
        before_ms = self._clock.now_ms() - _KEEP_BATCHES_MS

        def work(c: Connection) -> Counts:
            runs.prune(c, _KEEP_RUNS)
            return {"old_batches_removed": jobs.prune(c, before_ms)}

        return self._database.write(work)

    def _optimize(self, _night: str) -> Counts:
        self._database.optimize()
        return {"optimized": 1}


def run_info(run: Run) -> RunInfo:
    return RunInfo(
        night=run.night,
        state=run.state,  # type: ignore[arg-type]  # the model checks it
        started_at=to_datetime(run.started_ms),
        finished_at=to_datetime_or_none(run.finished_ms),
        counts=run.counts,
    )
