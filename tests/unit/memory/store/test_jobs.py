"""Jobs and batches in a real database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from memory.paths import DataPaths
from memory.protocol import JobState, SourceState
from memory.store import jobs, sources
from memory.store.db import Connection, Database
from tests.fakes import FakeClock


@pytest.fixture
def database(paths: DataPaths, clock: FakeClock) -> Iterator[Database]:
    made = Database(paths, clock)
    yield made
    made.close()


def _batch_of(c: Connection, *names: str) -> str:
    batch_id = jobs.new_batch(c, 1)
    files = [(sources.queue_file(c, f"/home/a/{n}", None, 1), f"/home/a/{n}") for n in names]
    jobs.add_files(c, batch_id, files, 1)
    return batch_id


def _recount(c: Connection, batch_id: str) -> dict[str, int]:
    """The counts as the job rows say, to compare with what the triggers kept."""
    found = {"total": 0, "done": 0, "skipped": 0, "failed": 0, "cancelled": 0, "open": 0}
    found["memories"] = 0
    for row in c.execute("SELECT * FROM jobs WHERE batch_id = ?", (batch_id,)):
        is_file = row["kind"] != "folder"
        found["total"] += is_file or row["state"] == "failed"
        found["memories"] += row["memories"]
        found["open"] += row["state"] in ("queued", "running", "paused")
        if row["state"] == "done" and is_file:
            found["skipped" if row["skipped"] else "done"] += 1
        if row["state"] == "failed" or (row["state"] == "cancelled" and is_file):
            found[row["state"]] += 1
    return found


def test_the_counts_of_a_batch_follow_its_jobs(database: Database) -> None:
    def work(c: Connection) -> tuple[object, dict[str, int]]:
        batch_id = _batch_of(c, *"abcdef")
        jobs.add_folder(c, batch_id, "/home/a/folder", 1)
        claimed = jobs.claim(c, batch_id, 10, 2)
        assert [j.kind for j in claimed] == ["file"] * 6 + ["folder"]
        jobs.finish(c, claimed[0].id, JobState.DONE, 3, memories=4)
        jobs.finish(c, claimed[1].id, JobState.DONE, 3, skipped=True)
        jobs.finish(c, claimed[2].id, JobState.FAILED, 3, problem_json="{}")
        jobs.finish(c, claimed[3].id, JobState.CANCELLED, 3)
        jobs.put_back(c, [claimed[4].id], JobState.PAUSED)
        jobs.finish(c, claimed[6].id, JobState.DONE, 3)
        sources.delete(c, claimed[5].source_id or "")  # takes its job with it
        return jobs.batch(c, batch_id), _recount(c, batch_id)

    batch, counted = database.write(work)
    assert {name: getattr(batch, name) for name in counted} == counted
    assert counted == {
        "total": 5, "done": 1, "skipped": 1, "failed": 1, "cancelled": 1, "open": 1, "memories": 4,
    }  # fmt: skip


def test_a_batch_is_finished_with_its_last_job_and_open_again_on_retry(database: Database) -> None:
    def work(c: Connection) -> None:
        batch_id = _batch_of(c, "a")
        (job,) = jobs.claim(c, batch_id, 5, 2)
        assert jobs.open_batches(c) == [batch_id]
        jobs.finish(c, job.id, JobState.FAILED, 7)
        ended = jobs.batch(c, batch_id)
        assert ended and ended.finished_ms == 7 and ended.open == 0
        assert jobs.open_batches(c) == []
        jobs.again(c, job.id)
        again = jobs.batch(c, batch_id)
        assert again and again.finished_ms is None and again.failed == 0
        folder = jobs.new_batch(c, 1)
        job_id = jobs.add_folder(c, folder, "/gone", 1)
        jobs.finish(c, job_id, JobState.FAILED, 8)
        failed = jobs.batch(c, folder)
        assert failed and (failed.total, failed.failed, failed.finished_ms) == (1, 1, 8)

    database.write(work)


def test_a_source_is_never_read_twice_at_once(database: Database) -> None:
    def work(c: Connection) -> None:
        first, second = _batch_of(c, "a"), _batch_of(c, "a", "b")
        (job,) = jobs.claim(c, first, 5, 2)
        assert [j.path for j in jobs.claim(c, second, 5, 2)] == ["/home/a/b"]
        jobs.finish(c, job.id, JobState.DONE, 3)
        assert [j.path for j in jobs.claim(c, second, 5, 4)] == ["/home/a/a"]

    database.write(work)


def test_what_moves_is_listed_first(database: Database) -> None:
    def work(c: Connection) -> None:
        batch_id = _batch_of(c, *"abcd")
        first, second = jobs.claim(c, batch_id, 2, 2)
        jobs.finish(c, first.id, JobState.DONE, 3)
        found = jobs.listing(c, batch_id, None)
        assert [(j.path or "")[-1] for j in found] == ["b", "d", "c", "a"]
        assert [j.id for j in jobs.listing(c, batch_id, None, 1)] == [second.id]
        assert [j.id for j in jobs.listing(c, None, JobState.DONE)] == [first.id]

    database.write(work)


def test_a_retry_waits_until_it_is_due(database: Database) -> None:
    def work(c: Connection) -> None:
        batch_id = _batch_of(c, "a")
        (job,) = jobs.claim(c, batch_id, 5, 2)
        jobs.postpone(c, job.id, 1000, "{}")
        assert jobs.claim(c, batch_id, 5, 999) == []
        assert jobs.next_due_ms(c, 999) == 1000
        (again,) = jobs.claim(c, batch_id, 5, 1000)
        assert again.attempts == 1

    database.write(work)


def test_what_a_dead_process_left_running_is_queued_again(database: Database) -> None:
    def work(c: Connection) -> None:
        batch_id = _batch_of(c, "a")
        (job,) = jobs.claim(c, batch_id, 5, 2)
        assert [(j.id, n) for j, n in jobs.interrupted(c)] == [(job.id, 1)]
        source = sources.get(c, job.source_id or "")
        assert source and source.state is SourceState.QUEUED
        jobs.claim(c, batch_id, 5, 2)
        assert [n for _, n in jobs.interrupted(c)] == [2]

    database.write(work)


def test_paused_is_remembered_and_counted(database: Database) -> None:
    def work(c: Connection) -> None:
        batch_id = _batch_of(c, "a", "b")
        jobs.pause_batch(c, batch_id, True)
        jobs.set_paused(c, True)
        assert jobs.paused(c) and jobs.open_batches(c) == []
        assert jobs.counts(c) == {JobState.PAUSED: 2}
        jobs.set_paused(c, False)
        assert not jobs.paused(c)

    database.write(work)


def test_prune_keeps_failures(database: Database) -> None:
    def work(c: Connection) -> None:
        good, bad = _batch_of(c, "a"), _batch_of(c, "b")
        for batch_id, state in ((good, JobState.DONE), (bad, JobState.FAILED)):
            (job,) = jobs.claim(c, batch_id, 5, 2)
            jobs.finish(c, job.id, state, 3)
        assert jobs.prune(c, 4) == 1
        assert [b.id for b in jobs.batches(c)] == [bad]

    database.write(work)
