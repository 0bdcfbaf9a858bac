"""How a job ends: stored, left out, failed, to be tried again, stopped. All of it runs on the
writer thread, in the transaction that also writes what was read.

Retries: what is wrong with a file itself (locked, damaged) fails at once and waits for the
person; what may pass (file in use, changed while read, a fault of ours) is tried three times.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from memory.errors import Unreadable, problem_from
from memory.ingest import storing
from memory.ingest.pipeline import Outcome, settled_time
from memory.ingest.walk import entry_of
from memory.log import describe
from memory.protocol import ErrorCode, JobState, Problem, SourceState
from memory.store import jobs, sources
from memory.store.db import Connection
from memory.store.rows import Job, Source

MOST_ATTEMPTS = 3
MOST_INTERRUPTIONS = 10
"""A file that was being read every time the daemon died is not read an eleventh time."""
WAITS_MS = (2_000, 15_000)  # before the second and the third attempt

_log = logging.getLogger(__name__)

_FINAL = frozenset({ErrorCode.UNREADABLE, ErrorCode.NOT_FOUND, ErrorCode.BAD_REQUEST})


class Ask(StrEnum):
    """Why a running job was told to stop."""

    PAUSE = "pause"  # this job, until it is resumed
    HOLD = "hold"  # its batch, or everything, is paused
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Ended:
    """What the ingest thread tells the world of."""

    batch_id: str
    sources: tuple[str, ...]
    finished: bool  # not to be tried again by itself
    disk_full: Problem | None = None


def store(c: Connection, job: Job, commit: Callable[[Connection], Outcome], now_ms: int) -> Ended:
    """Commit what was read and end the job with it."""
    if jobs.get(c, job.id) is None:  # forgotten while it was read
        return Ended(job.batch_id, (), True)
    outcome = commit(c)
    failed = outcome.state is SourceState.FAILED
    jobs.finish(
        c,
        job.id,
        JobState.FAILED if failed else JobState.DONE,
        now_ms,
        skipped=outcome.skipped,
        memories=outcome.memories,
        problem_json=outcome.problem.model_dump_json() if outcome.problem else None,
    )
    told = {outcome.source_id, job.source_id or outcome.source_id}
    return Ended(job.batch_id, tuple(told), True)


def fail(c: Connection, job: Job, error: BaseException, now_ms: int) -> Ended:
    """End the job with what went wrong, or put it back to be tried again."""
    problem = problem_from(error, item=job.path)
    told = (job.source_id,) if job.source_id else ()
    if jobs.get(c, job.id) is None:
        return Ended(job.batch_id, (), True)
    if problem.code is ErrorCode.DISK_FULL:
        _back(c, job, now_ms, problem, counted=False)
        return Ended(job.batch_id, told, False, disk_full=problem)
    if problem.code in (ErrorCode.INTERNAL, ErrorCode.STORE):
        _log.error("job %s failed\n%s", job.id, describe(error))
    final = problem.code in _FINAL and not isinstance(error, PermissionError)
    if not final and job.attempts + 1 < MOST_ATTEMPTS:
        _back(c, job, now_ms, problem, counted=True)
        return Ended(job.batch_id, told, False)
    skipped = isinstance(error, Unreadable) and error.skipped
    state = SourceState.SKIPPED if skipped else SourceState.FAILED
    if job.source_id:
        _leave_out(c, job.source_id, state, problem, now_ms)
    jobs.finish(
        c,
        job.id,
        JobState.DONE if skipped else JobState.FAILED,
        now_ms,
        skipped=skipped,
        problem_json=problem.model_dump_json(),
    )
    return Ended(job.batch_id, told, True)


def stop(c: Connection, job: Job, ask: Ask, now_ms: int) -> Ended:
    """A running job was told to stop and has."""
    told = (job.source_id,) if job.source_id else ()
    if jobs.get(c, job.id) is None:
        return Ended(job.batch_id, (), True)
    if ask is Ask.CANCEL:
        cancel(c, job, now_ms)
        return Ended(job.batch_id, told, True)
    jobs.put_back(c, [job.id], JobState.PAUSED if ask is Ask.PAUSE else JobState.QUEUED)
    if job.source_id:
        sources.set_state(c, job.source_id, SourceState.QUEUED, now_ms)
    return Ended(job.batch_id, told, False)


def cancel(c: Connection, job: Job, now_ms: int) -> None:
    """The person does not want it read. What was remembered before stays as it was."""
    jobs.finish(c, job.id, JobState.CANCELLED, now_ms)
    if job.source_id is None:
        return
    if sources.holds(c, job.source_id):
        sources.settle(c, job.source_id, now_ms)
        return
    storing.clear(c, job.source_id, now_ms)  # slices of it may be there
    problem = Problem(
        code=ErrorCode.CANCELLED,
        title="Stopped before it was read",
        message="You cancelled it, so nothing of it is remembered.",
        next_step="Retry when you like.",
        item=job.path,
    )
    sources.set_state(c, job.source_id, SourceState.SKIPPED, now_ms, problem.model_dump_json())


def give_up_interrupted(c: Connection, now_ms: int) -> list[str]:
    """At start: what was running goes back to the queue; what died too often waits for the
    person. Returns the ids of the jobs to be careful with."""
    careful = []
    for job, times in jobs.interrupted(c):
        if times < MOST_INTERRUPTIONS:
            careful.append(job.id)
            continue
        problem = Problem(
            code=ErrorCode.UNREADABLE,
            title="Reading was cut off again and again",
            message=f"Recollect ended {times} times while this was being read.",
            next_step="Retry; if it happens again, leave this file out and see the log.",
            item=job.path,
        )
        if job.source_id:
            _leave_out(c, job.source_id, SourceState.FAILED, problem, now_ms)
        jobs.finish(c, job.id, JobState.FAILED, now_ms, problem_json=problem.model_dump_json())
    return careful


def _back(c: Connection, job: Job, now_ms: int, problem: Problem, *, counted: bool) -> None:
    wait_ms = WAITS_MS[min(job.attempts, len(WAITS_MS) - 1)]
    jobs.postpone(c, job.id, now_ms + wait_ms, problem.model_dump_json(), counted=counted)
    if job.source_id:
        sources.set_state(c, job.source_id, SourceState.QUEUED, now_ms)


def _leave_out(
    c: Connection, source_id: str, state: SourceState, problem: Problem, now_ms: int
) -> None:
    """The row says why; its size and time are kept so that scans do not try it again until it
    changes. Memories of an earlier version stay."""
    source = sources.get(c, source_id)
    if source is None:
        return
    _clear_slices(c, source, now_ms)
    facts = _facts(source, now_ms)
    if facts is not None:
        sources.set_facts(c, source_id, facts)
    sources.set_state(c, source_id, state, now_ms, problem.model_dump_json())


def _clear_slices(c: Connection, source: Source, now_ms: int) -> None:
    if source.content_hash is None and source.size_bytes is None and source.memories:
        storing.clear(c, source.id, now_ms)


def _facts(source: Source, now_ms: int) -> sources.FileFacts | None:
    try:
        entry = entry_of(source.location or "")
    except (OSError, ValueError):
        return None
    if entry is None:
        return None
    return sources.FileFacts(None, entry.size_bytes, settled_time(entry, now_ms), source.format)
