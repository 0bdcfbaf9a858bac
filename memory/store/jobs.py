"""SQL of the jobs and batches: what is to be read, and how far each ``add`` is.

A batch keeps its counts by triggers (see ``migrations``), so they commit with the job rows.
Rows are worked on in the order they were made; ``due_ms`` lets a retry wait.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from memory.protocol import JobState
from memory.store.db import Connection
from memory.store.ids import new_id, new_ids
from memory.store.rows import Batch, Job

_JOB = (
    "id, batch_id, kind, source_id, path, state, attempts, problem, created_ms, started_ms,"
    " finished_ms, skipped, memories, due_ms"
)
_BATCH = (
    "id, total, done, skipped, failed, cancelled, memories, paused, created_ms, finished_ms,"
    " open, (SELECT path FROM jobs j WHERE j.batch_id = b.id AND j.state = 'running'"
    " ORDER BY j.kind, j.rowid LIMIT 1) AS current"
)
_OPEN = "('queued', 'running', 'paused')"
_PAUSED = "jobs_paused"
_IN_ORDER = (
    JobState.RUNNING,
    JobState.FAILED,
    JobState.QUEUED,
    JobState.PAUSED,
    JobState.DONE,
    JobState.CANCELLED,
)


# -- batches


def new_batch(c: Connection, now_ms: int) -> str:
    """A batch with nothing in it counts as finished until it gets a job."""
    batch_id = new_id(now_ms)
    c.execute(
        "INSERT INTO batches (id, created_ms, finished_ms) VALUES (?, ?, ?)",
        (batch_id, now_ms, now_ms),
    )
    return batch_id


def batch(c: Connection, batch_id: str) -> Batch | None:
    row = c.execute(f"SELECT {_BATCH} FROM batches b WHERE id = ?", (batch_id,)).fetchone()
    return None if row is None else _batch(row)


def batches(c: Connection, limit: int = 100) -> list[Batch]:
    """Newest first; open ones always, finished ones up to ``limit``."""
    rows = c.execute(
        f"SELECT {_BATCH} FROM batches b WHERE open > 0 OR id IN"
        " (SELECT id FROM batches WHERE open = 0 AND total > 0 ORDER BY id DESC LIMIT ?)"
        " ORDER BY id DESC",
        (limit,),
    )
    return [_batch(row) for row in rows]


def open_batches(c: Connection) -> list[str]:
    """Batches that may be worked on now, oldest first."""
    rows = c.execute("SELECT id FROM batches WHERE open > 0 AND paused = 0 ORDER BY id")
    return [row["id"] for row in rows]


def pause_batch(c: Connection, batch_id: str, paused: bool) -> None:
    c.execute("UPDATE batches SET paused = ? WHERE id = ?", (int(paused), batch_id))


def paused(c: Connection) -> bool:
    """Whether the person stopped all reading."""
    row = c.execute("SELECT value FROM meta WHERE name = ?", (_PAUSED,)).fetchone()
    return row is not None and row["value"] == "1"


def set_paused(c: Connection, value: bool) -> None:
    c.execute(
        "INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (_PAUSED, "1" if value else "0"),
    )


# -- making and finding jobs


def add_files(c: Connection, batch_id: str, files: Sequence[tuple[str, str]], now_ms: int) -> None:
    """One queued job per (source id, path); a source already in the batch is left as it is."""
    c.executemany(
        "INSERT OR IGNORE INTO jobs (id, batch_id, kind, source_id, path, state, created_ms)"
        " VALUES (?, ?, 'file', ?, ?, 'queued', ?)",
        [
            (job_id, batch_id, source_id, path, now_ms)
            for job_id, (source_id, path) in zip(new_ids(now_ms, len(files)), files, strict=True)
        ],
    )


def add_folder(c: Connection, batch_id: str, path: str, now_ms: int) -> str:
    """A job that lists a folder and adds a file job for each file in it."""
    job_id = new_id(now_ms)
    c.execute(
        "INSERT INTO jobs (id, batch_id, kind, path, state, created_ms)"
        " VALUES (?, ?, 'folder', ?, 'queued', ?)",
        (job_id, batch_id, path, now_ms),
    )
    return job_id


def get(c: Connection, job_id: str) -> Job | None:
    row = c.execute(f"SELECT {_JOB} FROM jobs WHERE id = ?", (job_id,)).fetchone()
    return None if row is None else _job(row)


def of_source(c: Connection, source_id: str) -> Job | None:
    """The newest job of a source."""
    row = c.execute(
        f"SELECT {_JOB} FROM jobs WHERE source_id = ? ORDER BY rowid DESC LIMIT 1", (source_id,)
    ).fetchone()
    return None if row is None else _job(row)


def listing(
    c: Connection, batch_id: str | None, state: JobState | None, limit: int = 1000
) -> list[Job]:
    """What moves first: running, failed, waiting, then what is over; of each the newest.

    State by state, so that an index answers and a batch of 100,000 files is not sorted.
    """
    found: list[Job] = []
    for wanted in (state,) if state else _IN_ORDER:
        where = "state = ?" if batch_id is None else "state = ? AND batch_id = ?"
        values = (wanted,) if batch_id is None else (wanted, batch_id)
        rows = c.execute(
            f"SELECT {_JOB} FROM jobs WHERE {where} ORDER BY rowid DESC LIMIT ?",
            (*values, limit - len(found)),
        )
        found += [_job(row) for row in rows]
    return found


def running(c: Connection, batch_id: str | None = None) -> list[Job]:
    rows = c.execute(
        f"SELECT {_JOB} FROM jobs WHERE state = 'running' AND ifnull(?, batch_id) = batch_id",
        (batch_id,),
    )
    return [_job(row) for row in rows]


def counts(c: Connection) -> dict[JobState, int]:
    """Jobs by state; those of a paused batch count as paused."""
    rows = c.execute(
        "SELECT CASE WHEN j.state = 'queued' AND b.paused THEN 'paused' ELSE j.state END AS what,"
        " count(*) AS n FROM jobs j JOIN batches b ON b.id = j.batch_id"
        f" WHERE j.state IN {_OPEN} OR j.state = 'failed' GROUP BY what"
    )
    return {JobState(row["what"]): row["n"] for row in rows}


def waiting(c: Connection, now_ms: int) -> bool:
    """Whether any job may be claimed now."""
    row = c.execute(
        "SELECT 1 FROM jobs j JOIN batches b ON b.id = j.batch_id"
        " WHERE j.state = 'queued' AND j.due_ms <= ? AND NOT b.paused LIMIT 1",
        (now_ms,),
    ).fetchone()
    return row is not None


def folder_open(c: Connection, path: str) -> bool:
    """Whether this folder still is to be listed."""
    row = c.execute(
        f"SELECT 1 FROM jobs WHERE state IN {_OPEN} AND kind = 'folder' AND path = ?", (path,)
    ).fetchone()
    return row is not None


def next_due_ms(c: Connection, now_ms: int) -> int | None:
    """When the next waiting retry is due, if one waits."""
    row = c.execute(
        "SELECT min(due_ms) FROM jobs WHERE state = 'queued' AND due_ms > ?", (now_ms,)
    ).fetchone()
    return None if row[0] is None else int(row[0])


# -- the life of a job


def claim(c: Connection, batch_id: str, limit: int, now_ms: int) -> list[Job]:
    """Take up to ``limit`` waiting jobs of a batch and make them ``running``.

    A source is never read twice at the same time: its second job waits for the first.
    """
    rows = c.execute(
        f"SELECT {_JOB} FROM jobs j WHERE batch_id = ? AND state = 'queued' AND due_ms <= ?"
        " AND NOT EXISTS (SELECT 1 FROM jobs other WHERE other.source_id = j.source_id"
        " AND other.state = 'running') ORDER BY rowid LIMIT ?",
        (batch_id, now_ms, limit),
    ).fetchall()
    for row in rows:
        c.execute(
            "UPDATE jobs SET state = 'running', started_ms = ?, problem = NULL WHERE id = ?",
            (now_ms, row["id"]),
        )
        if row["source_id"]:
            c.execute(
                "UPDATE sources SET state = 'reading', updated_ms = ? WHERE id = ?",
                (now_ms, row["source_id"]),
            )
    return [_job(row) for row in rows]


def finish(
    c: Connection,
    job_id: str,
    state: JobState,
    now_ms: int,
    *,
    skipped: bool = False,
    memories: int = 0,
    problem_json: str | None = None,
) -> None:
    """End a job as done, failed or cancelled."""
    c.execute(
        "UPDATE jobs SET state = ?, skipped = ?, memories = ?, problem = ?, finished_ms = ?"
        " WHERE id = ?",
        (state, int(skipped), memories, problem_json, now_ms, job_id),
    )


def postpone(
    c: Connection, job_id: str, due_ms: int, problem_json: str, *, counted: bool = True
) -> None:
    """Back to the queue after a failure, to be tried again at ``due_ms``."""
    c.execute(
        "UPDATE jobs SET state = 'queued', due_ms = ?, problem = ?, attempts = attempts + ?"
        " WHERE id = ?",
        (due_ms, problem_json, int(counted), job_id),
    )


def put_back(c: Connection, job_ids: Iterable[str], state: JobState = JobState.QUEUED) -> None:
    """An open job to ``queued`` or ``paused``; nothing counts as tried."""
    c.executemany(
        f"UPDATE jobs SET state = ? WHERE id = ? AND state IN {_OPEN}",
        [(state, job_id) for job_id in job_ids],
    )


def again(c: Connection, job_id: str) -> None:
    """From the start, with all its attempts."""
    c.execute(
        "UPDATE jobs SET state = 'queued', attempts = 0, interrupted = 0, skipped = 0,"
        " memories = 0, due_ms = 0, problem = NULL, finished_ms = NULL WHERE id = ?",
        (job_id,),
    )


def set_source(c: Connection, job_id: str, source_id: str) -> None:
    """The job turned out to be about another source (its file was only renamed)."""
    c.execute("UPDATE OR IGNORE jobs SET source_id = ? WHERE id = ?", (source_id, job_id))


def of_batch(c: Connection, batch_id: str, states: Sequence[JobState], limit: int) -> list[Job]:
    """The oldest jobs of a batch in one of these states."""
    marks = ",".join("?" * len(states))
    rows = c.execute(
        f"SELECT {_JOB} FROM jobs WHERE batch_id = ? AND state IN ({marks}) ORDER BY rowid LIMIT ?",
        (batch_id, *states, limit),
    )
    return [_job(row) for row in rows]


def interrupted(c: Connection) -> list[tuple[Job, int]]:
    """Jobs a dead process left ``running``, each counted once more and back in the queue.

    Returns them with how often that has happened to each.
    """
    rows = c.execute(f"SELECT {_JOB}, interrupted FROM jobs WHERE state = 'running'").fetchall()
    for row in rows:
        c.execute(
            "UPDATE jobs SET state = 'queued', interrupted = interrupted + 1 WHERE id = ?",
            (row["id"],),
        )
        if row["source_id"]:
            c.execute(
                "UPDATE sources SET state = 'queued' WHERE id = ? AND state = 'reading'",
                (row["source_id"],),
            )
    return [(_job(row), int(row["interrupted"]) + 1) for row in rows]


def progressed(c: Connection, job_id: str) -> None:
    """A folder job got further: an interruption from now on is a new one."""
    c.execute("UPDATE jobs SET interrupted = 0 WHERE id = ? AND interrupted > 0", (job_id,))


def prune(c: Connection, before_ms: int) -> int:
    """Drop batches that ended well before this time; failed ones stay. Returns how many."""
    gone = c.execute(
        "DELETE FROM batches WHERE open = 0 AND failed = 0 AND finished_ms < ?", (before_ms,)
    )
    return gone.rowcount


def _job(row: object) -> Job:
    r = dict(row)  # type: ignore[call-overload]
    return Job(
        id=r["id"],
        batch_id=r["batch_id"],
        kind=r["kind"],
        source_id=r["source_id"],
        path=r["path"],
        state=JobState(r["state"]),
        attempts=r["attempts"],
        problem_json=r["problem"],
        created_ms=r["created_ms"],
        started_ms=r["started_ms"],
        finished_ms=r["finished_ms"],
        skipped=bool(r["skipped"]),
        memories=r["memories"],
        due_ms=r["due_ms"],
    )


def _batch(row: object) -> Batch:
    r = dict(row)  # type: ignore[call-overload]
    return Batch(
        id=r["id"],
        total=r["total"],
        done=r["done"],
        skipped=r["skipped"],
        failed=r["failed"],
        cancelled=r["cancelled"],
        memories=r["memories"],
        paused=bool(r["paused"]),
        current=r["current"],
        created_ms=r["created_ms"],
        finished_ms=r["finished_ms"],
        open=r["open"],
    )
