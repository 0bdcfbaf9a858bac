"""Adding, pausing, cancelling, retrying, resuming; readers run in this process."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from memory.errors import BadRequest, Cancelled, Conflict, NotFound, Unreadable
from memory.ingest.extracted import Extracted
from memory.paths import DataPaths
from memory.protocol import (
    BatchInfo,
    JobAction,
    JobState,
    NoteRequest,
    Progress,
    SourceKind,
    SourceState,
)
from memory.settings import Settings
from memory.store import jobs, sources
from tests.fakes import FakeClock
from tests.unit.memory.ingest_kit import PARAGRAPHS, Kit, read_here


class Gate:
    """A reader that waits until it is let through, or does what the test says."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.open.set()
        self.entered: list[str] = []
        self.errors: dict[str, list[Exception]] = {}

    def __call__(self, path: Path, settings: Settings, cancel: threading.Event) -> Extracted:
        self.entered.append(path.name)
        while not self.open.wait(0.01):
            if cancel.is_set():
                raise Cancelled("Stopped", "Stopped.", "Retry.")
        if self.errors.get(path.name):
            raise self.errors[path.name].pop(0)
        return read_here(path, settings, cancel)


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def kit(paths: DataPaths, clock: FakeClock, gate: Gate) -> Iterator[Kit]:
    made = Kit(paths, clock, gate)
    made.jobs.start()
    yield made
    gate.open.set()
    made.close()


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    folder = tmp_path / "papers"
    folder.mkdir()
    return folder


def _write(path: Path, *paragraphs: str, age_s: int = 3600) -> Path:
    path.write_text("\n\n".join(paragraphs), "utf-8")
    old = path.stat().st_mtime - age_s
    os.utime(path, (old, old))
    return path


def test_a_file_is_safe_before_it_is_read(kit: Kit, gate: Gate, papers: Path) -> None:
    gate.open.clear()
    reply = kit.add(_write(papers / "lease.txt", PARAGRAPHS[0]), wait=False)
    (info,) = reply.sources
    assert info.state is SourceState.QUEUED and info.title == "lease.txt"
    kit.until(lambda: kit.state(papers / "lease.txt") is SourceState.READING)
    assert kit.jobs.batch(reply.batch).current == "lease.txt"
    gate.open.set()
    kit.finished(reply.batch)
    batch = kit.jobs.batch(reply.batch)
    assert (batch.total, batch.done, batch.memories) == (
        1,
        1,
        len(kit.memories(papers / "lease.txt")),
    )
    assert kit.state(papers / "lease.txt") is SourceState.INDEXING and kit.woken


def test_what_cannot_be_added_is_refused_with_words(kit: Kit, papers: Path) -> None:
    os.mkfifo(papers / "pipe")
    asked = ["/no/such/file", str(papers / "pipe"), str(kit.paths.database), "nul\0byte"]
    reply = kit.jobs.add_paths(asked)
    assert [p.title for p in reply.refused] == [
        "The file is not there",
        "Neither a file nor a folder",
        "This is Recollect's own folder",
        "This is no path",
    ]
    assert kit.jobs.batch(reply.batch).finished_at is not None and reply.sources == []


def test_a_folder_becomes_jobs_in_slices(kit: Kit, gate: Gate, papers: Path) -> None:
    for number in range(450):
        _write(papers / f"{number:03}.txt", f"Note number {number} about the garden.")
    (papers / "node_modules").mkdir()
    _write(papers / "node_modules" / "left.txt", "out")
    _write(papers / ".hidden.txt", "out")
    gate.open.clear()
    reply = kit.add(papers, wait=False)
    kit.until(lambda: kit.jobs.batch(reply.batch).total == 450)
    assert kit.jobs.batch(reply.batch).done == 0
    gate.open.set()
    kit.finished(reply.batch)
    batch = kit.jobs.batch(reply.batch)
    assert (batch.done, batch.failed, batch.skipped) == (450, 0, 0)
    assert gate.entered == sorted(gate.entered) or set(gate.entered) == {
        f"{n:03}.txt" for n in range(450)
    }
    again = kit.add(papers)  # nothing changed: nothing is read
    assert kit.jobs.batch(again.batch).done == 450 and len(gate.entered) == 450


def test_one_file_does_not_wait_for_a_large_folder(kit: Kit, gate: Gate, papers: Path) -> None:
    many = papers / "many"
    many.mkdir()
    for number in range(100):
        _write(many / f"{number}.txt", f"Note number {number}.")
    gate.open.clear()
    folder = kit.add(many, wait=False)
    kit.until(lambda: len(gate.entered) == 2)
    single = kit.add(_write(papers / "single.txt", "Just one."), wait=False)
    gate.open.set()
    kit.finished(single.batch)
    assert gate.entered.index("single.txt") < 60
    kit.finished(folder.batch)


def test_a_bad_file_waits_for_the_person_at_once(kit: Kit, gate: Gate, papers: Path) -> None:
    path = _write(papers / "locked.pdf", "x")
    gate.errors["locked.pdf"] = [Unreadable("Locked", "It has a password.", "Save it without.")]
    reply = kit.add(path)
    source = kit.source(path)
    assert (
        source.state is SourceState.FAILED
        and source.problem_json
        and gate.entered == ["locked.pdf"]
    )
    assert kit.jobs.batch(reply.batch).failed == 1
    (job,) = kit.jobs.listing(reply.batch).jobs
    assert job.problem and job.problem.title == "Locked"
    info = kit.jobs.retry_source(source.id)
    assert info.state is SourceState.QUEUED
    kit.finished(reply.batch)
    assert kit.state(path) is SourceState.INDEXING
    assert kit.jobs.batch(reply.batch).failed == 0


def test_what_may_pass_is_tried_three_times(
    kit: Kit, gate: Gate, papers: Path, clock: FakeClock
) -> None:
    path = _write(papers / "busy.txt", "Text of the busy file.")
    gate.errors["busy.txt"] = [OSError(16, "busy") for _ in range(3)]
    reply = kit.add(path, wait=False)
    for tries in (1, 2, 3):
        kit.until(lambda tries=tries: len(gate.entered) == tries)  # type: ignore[misc]
        kit.until(lambda: not kit.jobs.listing(reply.batch, JobState.RUNNING).jobs)
        clock.advance(seconds=20)
        kit.jobs._reading.wake()
    kit.finished(reply.batch)
    (job,) = kit.jobs.listing(reply.batch).jobs
    assert job.state is JobState.FAILED
    kit.jobs.act(job.id, JobAction.RETRY)
    kit.finished(reply.batch)
    assert kit.state(path) is SourceState.INDEXING


def test_pause_and_resume_a_job(kit: Kit, gate: Gate, papers: Path) -> None:
    gate.open.clear()
    path = _write(papers / "a.txt", "Some text.")
    reply = kit.add(path, wait=False)
    kit.until(lambda: gate.entered == ["a.txt"])
    (job,) = kit.jobs.listing(reply.batch).jobs
    assert kit.jobs.act(job.id, JobAction.PAUSE).state is JobState.PAUSED
    assert kit.state(path) is SourceState.QUEUED
    with pytest.raises(Conflict):
        kit.jobs.act(job.id, JobAction.RETRY)
    gate.open.set()
    assert kit.jobs.act(job.id, JobAction.RESUME).attempts == 0
    kit.finished(reply.batch)
    assert kit.state(path) is SourceState.INDEXING


def test_cancel_keeps_what_was_remembered_before(kit: Kit, gate: Gate, papers: Path) -> None:
    old = _write(papers / "old.txt", PARAGRAPHS[0])
    kit.add(old)
    before = [m.id for m in kit.memories(old)]
    _write(old, PARAGRAPHS[1], age_s=60)
    gate.open.clear()
    new = _write(papers / "new.txt", PARAGRAPHS[2])
    reply = kit.add(old, new, wait=False)
    kit.until(lambda: len(gate.entered) == 3)
    info = kit.jobs.act_on_batch(reply.batch, JobAction.CANCEL)
    assert info.cancelled == 2 and info.finished_at is not None
    assert kit.state(old) is SourceState.INDEXING and [m.id for m in kit.memories(old)] == before
    assert kit.state(new) is SourceState.SKIPPED
    gate.open.set()
    kit.jobs.act_on_batch(reply.batch, JobAction.RETRY)
    kit.finished(reply.batch)
    assert kit.state(new) is SourceState.INDEXING and [m.id for m in kit.memories(old)] != before


def test_pause_of_a_batch_holds_what_runs(kit: Kit, gate: Gate, papers: Path) -> None:
    gate.open.clear()
    files = [_write(papers / f"{n}.txt", f"Text {n}.") for n in range(20)]
    reply = kit.add(*files, wait=False)
    kit.until(lambda: len(gate.entered) == 2)
    info = kit.jobs.act_on_batch(reply.batch, JobAction.PAUSE)
    assert info.paused and not kit.jobs.listing(reply.batch, JobState.RUNNING).jobs
    gate.open.set()
    other = kit.add(_write(papers / "other.txt", "Another."))
    assert kit.jobs.batch(other.batch).done == 1 and kit.jobs.batch(reply.batch).done == 0
    assert kit.jobs.counts() == {JobState.PAUSED: 20}
    kit.jobs.act_on_batch(reply.batch, JobAction.RESUME)
    kit.finished(reply.batch)
    assert kit.jobs.batch(reply.batch).done == 20


@pytest.mark.parametrize("one", [False, True])
def test_what_is_done_to_a_batch_is_told_to_every_window(kit: Kit, papers: Path, one: bool) -> None:
    kit.jobs.set_paused(True)
    reply = kit.add(_write(papers / "a.txt", "Some text."), wait=False)
    (job,) = kit.jobs.listing(reply.batch).jobs

    def told(action: JobAction) -> BatchInfo:
        async def act() -> BatchInfo:
            stream = kit.events.open()
            if one:
                kit.jobs.act(job.id, action)
            else:
                kit.jobs.act_on_batch(reply.batch, action)
            (event,) = [e for e in stream.take() if isinstance(e, Progress)]
            kit.events.drop(stream)
            return event.batch

        return asyncio.run(act())

    assert told(JobAction.PAUSE).paused is not one
    ended = told(JobAction.CANCEL)
    assert ended.cancelled == 1 and ended.finished_at is not None
    assert told(JobAction.RETRY).finished_at is None


def test_pause_of_everything_outlives_a_restart(
    kit: Kit, gate: Gate, papers: Path, clock: FakeClock
) -> None:
    kit.jobs.set_paused(True)
    reply = kit.add(_write(papers / "a.txt", "Some text."), wait=False)
    kit.close()
    again = Kit(kit.paths, clock, gate)
    again.jobs.start()
    try:
        assert again.jobs.paused() and gate.entered == []
        again.jobs.set_paused(False)
        again.finished(reply.batch)
    finally:
        again.close()


def test_a_stop_puts_back_and_a_start_goes_on(
    kit: Kit, gate: Gate, papers: Path, clock: FakeClock
) -> None:
    gate.open.clear()
    files = [_write(papers / f"{n}.txt", f"Text {n}.") for n in range(5)]
    reply = kit.add(*files, wait=False)
    kit.until(lambda: len(gate.entered) == 2)
    kit.close()
    gate.open.set()
    again = Kit(kit.paths, clock, gate)
    try:
        assert {s.state for s in map(again.source, files)} == {SourceState.QUEUED}
        again.jobs.start()
        again.finished(reply.batch)
        assert again.jobs.batch(reply.batch).done == 5
        assert again.count("memories") == 5
    finally:
        again.close()


def test_a_job_that_dies_every_time_waits_for_the_person(
    paths: DataPaths, clock: FakeClock, papers: Path
) -> None:
    path = _write(papers / "poison.txt", "Poison.")
    kit = Kit(paths, clock, read_here)
    reply = kit.add(path, wait=False)
    try:
        for _ in range(10):

            def die(c: object) -> None:
                jobs.claim(c, reply.batch, 1, 1)  # type: ignore[arg-type]

            kit.database.write(die)
            kit.jobs._reading.start() if _ == 9 else kit.database.write(jobs.interrupted)
        kit.finished(reply.batch)
        source = kit.source(path)
        assert source.state is SourceState.FAILED and source.problem_json
        assert "again and again" in source.problem_json
    finally:
        kit.close()


def test_a_source_forgotten_while_it_is_read_stays_forgotten(
    kit: Kit, gate: Gate, papers: Path
) -> None:
    gate.open.clear()
    path = _write(papers / "a.txt", "Some text.")
    reply = kit.add(path, wait=False)
    kit.until(lambda: gate.entered == ["a.txt"])
    source_id = kit.source(path).id
    kit.database.write(lambda c: sources.delete(c, source_id))
    gate.open.set()
    kit.until(lambda: kit.jobs.batch(reply.batch).finished_at is not None)
    assert kit.count("sources") == 0 and kit.count("memories") == 0


def test_a_full_disk_pauses_and_loses_nothing(
    kit: Kit, gate: Gate, papers: Path, clock: FakeClock
) -> None:
    path = _write(papers / "a.txt", "Some text.")
    gate.errors["a.txt"] = [OSError(28, "No space left on device")]
    reply = kit.add(path, wait=False)
    kit.until(kit.jobs.paused)
    (job,) = kit.jobs.listing(reply.batch).jobs
    assert job.state is JobState.QUEUED and job.attempts == 0
    clock.advance(seconds=60)
    kit.jobs.set_paused(False)
    kit.finished(reply.batch)
    assert kit.state(path) is SourceState.INDEXING


def test_names_that_are_no_text_are_told_of(kit: Kit, papers: Path) -> None:
    _write(papers / "good.txt", "Some text.")
    with open(os.fsencode(papers) + b"/\xff.txt", "wb") as file:
        file.write(b"hidden from view")
    reply = kit.add(papers)
    assert kit.jobs.batch(reply.batch).done == 1
    folder = next(j for j in kit.jobs.listing(reply.batch).jobs if j.kind == "folder")
    assert folder.problem and folder.problem.title == "1 could not be listed"
    refused = kit.jobs.add_paths([os.fsdecode(os.fsencode(papers) + b"/\xff.txt")]).refused
    assert refused[0].title == "The name cannot be read"


def test_a_note_is_remembered_at_once(kit: Kit) -> None:
    info = kit.jobs.add_note(NoteRequest(text="Buy stamps on Friday.\n\nAnd glue."))
    assert info.kind is SourceKind.NOTE and info.memories == 1
    assert info.title == "Buy stamps on Friday. And glue."
    same = kit.jobs.add_note(NoteRequest(text="Buy stamps on Friday.\n\nAnd glue.\n"))
    assert same.id == info.id and kit.count("memories") == 1
    with pytest.raises(BadRequest):
        kit.jobs.add_note(NoteRequest(text=" \n "))


def test_unknown_ids_are_said_to_be_unknown(kit: Kit) -> None:
    with pytest.raises(NotFound):
        kit.jobs.act("nothing", JobAction.PAUSE)
    with pytest.raises(NotFound):
        kit.jobs.act_on_batch("nothing", JobAction.PAUSE)
    with pytest.raises(NotFound):
        kit.jobs.retry_source("nothing")
