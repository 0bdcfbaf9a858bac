"""Events for many streams: merged, bounded, from any thread, without waiting."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from memory.events import Events, Stream, follow
from memory.protocol import (
    BatchInfo,
    Change,
    Changed,
    DownloadInfo,
    DownloadProgress,
    ErrorCode,
    MeterRead,
    ModelCheck,
    ModelChecked,
    ModelMeter,
    ModelMode,
    ModelState,
    Notice,
    Problem,
    Progress,
)


def _batch(id_: str, done: int) -> BatchInfo:
    return BatchInfo(
        id=id_,
        total=100,
        done=done,
        skipped=0,
        failed=0,
        cancelled=0,
        memories=0,
        paused=False,
        created_at=datetime(2026, 3, 1, tzinfo=UTC),
    )


def _problem() -> Problem:
    return Problem(code=ErrorCode.INDEX, title="t", message="m", next_step="n")


def _with_stream(work: Callable[[Events, Stream], Awaitable[None]]) -> None:
    async def main() -> None:
        events = Events()
        await work(events, events.open())

    asyncio.run(main())


def test_changes_are_merged_and_ids_kept() -> None:
    async def work(events: Events, stream: Stream) -> None:
        events.changed(Change.SOURCES, sources=["a"])
        events.changed(Change.SOURCES, Change.MEMORIES, sources=["b", "a"], memories=["m"])
        (event,) = stream.take()
        assert isinstance(event, Changed) and event.seq == 2
        assert event.flags == [Change.SOURCES, Change.MEMORIES]
        assert event.sources == ["a", "b"] and event.memories == ["m"]
        assert stream.take() == []

    _with_stream(work)


def test_a_change_of_anything_or_of_many_names_nothing() -> None:
    async def work(events: Events, stream: Stream) -> None:
        events.changed(Change.SOURCES, sources=["a"])
        events.changed(Change.SOURCES)
        (event,) = stream.take()
        assert isinstance(event, Changed) and event.sources == []
        events.changed(Change.MEMORIES, memories=[str(n) for n in range(1000)])
        events.changed(Change.MEMORIES, memories=["m"])
        (event,) = stream.take()
        assert isinstance(event, Changed) and event.memories == []
        events.changed(Change.MEMORIES, memories=["m"])
        (event,) = stream.take()
        assert isinstance(event, Changed) and event.memories == ["m"]

    _with_stream(work)


def test_only_the_newest_progress_of_a_batch_is_sent() -> None:
    async def work(events: Events, stream: Stream) -> None:
        for done in range(50):
            events.progress(_batch("x", done))
            events.progress(_batch("y", done))
        found = stream.take()
        assert [(e.batch.id, e.batch.done) for e in found if isinstance(e, Progress)] == [
            ("x", 49),
            ("y", 49),
        ]

    _with_stream(work)


def test_a_stream_nobody_reads_stays_small() -> None:
    async def work(events: Events, stream: Stream) -> None:
        for n in range(5_000):
            events.notice("info", _problem())
            events.progress(_batch(str(n), 1))
            events.changed(Change.MEMORIES, memories=[str(n)])
        found = stream.take()
        assert len(found) < 100
        seqs = [event.seq for event in found]
        assert seqs == sorted(seqs) and seqs[-1] == 15_000
        assert sum(isinstance(event, Notice) for event in found) == 20

    _with_stream(work)


def test_any_thread_wakes_the_stream() -> None:
    async def work(events: Events, stream: Stream) -> None:
        thread = threading.Thread(target=lambda: events.changed(Change.JOBS))
        thread.start()
        async for found in follow(stream, 5.0):
            assert [type(event) for event in found] == [Changed]
            break
        thread.join()

    _with_stream(work)


def test_silence_gives_a_heartbeat_and_the_end_ends() -> None:
    async def work(events: Events, stream: Stream) -> None:
        told = []
        async for found in follow(stream, 0.01):
            told.append(found)
            if len(told) == 2:
                events.close()
        assert told[:2] == [[], []]
        assert events.open().ended

    _with_stream(work)


def test_a_dropped_stream_hears_nothing() -> None:
    async def work(events: Events, stream: Stream) -> None:
        events.drop(stream)
        events.changed(Change.JOBS)
        assert stream.take() == []

    _with_stream(work)


def test_putting_after_the_loop_has_gone_does_no_harm() -> None:
    events = Events()

    async def main() -> Stream:
        return events.open()

    stream = asyncio.run(main())
    events.changed(Change.JOBS)
    assert [type(event) for event in stream.take()] == [Changed]
    events.close()
    assert stream.ended


def test_of_downloads_and_the_meter_only_the_newest_is_sent() -> None:
    def download(id_: str, done: int) -> DownloadInfo:
        return DownloadInfo(id=id_, state=ModelState.DOWNLOADING, done_bytes=done)

    def meter(streamed: int) -> ModelMeter:
        return ModelMeter(
            mode=ModelMode.RING,
            pinned_bytes=1,
            cached_bytes=2,
            streamed_bytes=streamed,
            reason="r",
        )

    async def work(events: Events, stream: Stream) -> None:
        events.progress(_batch("a", 1))
        for step in range(3):
            events.download(download("a", step))
            events.meter(meter(step))
        events.download(download("b", 7))
        batch, first, read, second = stream.take()
        assert isinstance(batch, Progress), "a batch and a download may share an id"
        assert isinstance(first, DownloadProgress) and first.download.done_bytes == 2
        assert isinstance(read, MeterRead) and read.meter.streamed_bytes == 2
        assert isinstance(second, DownloadProgress) and second.download.id == "b"
        assert stream.take() == []

    _with_stream(work)


def test_of_a_check_only_the_newest_word_counts_and_its_end_is_one() -> None:
    async def work(events: Events, stream: Stream) -> None:
        for share in (0.0, 0.5):
            events.check(ModelCheck(stage="comparing", share=share))
        (event,) = stream.take()
        assert isinstance(event, ModelChecked) and event.check is not None
        assert (event.seq, event.check.share) == (2, 0.5)
        events.check(ModelCheck(stage="measuring", share=1.0))
        events.check(None)
        (event,) = stream.take()
        assert isinstance(event, ModelChecked) and event.check is None

    _with_stream(work)
