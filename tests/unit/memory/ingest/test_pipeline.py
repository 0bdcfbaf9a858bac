"""What becomes of new, changed, doubled, renamed and vanished files; the real readers."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from memory.ingest import pipeline, reader_process, storing
from memory.paths import DataPaths
from memory.protocol import ForgetRequest, MemoryKind, SourceKind, SourceState
from memory.store import documents, forget, memories, outbox, sources
from memory.store.db import Connection
from memory.store.rows import NewMemory, Strength
from tests.fakes import FakeClock
from tests.unit.memory.ingest_kit import PARAGRAPHS, Kit, read_here


@pytest.fixture(scope="module", autouse=True)
def _reader_server() -> Iterator[None]:
    yield
    reader_process.stop()


@pytest.fixture
def kit(paths: DataPaths, clock: FakeClock) -> Iterator[Kit]:
    clock.advance(days=3650)  # files of today are old
    made = Kit(paths, clock)
    made.jobs.start()
    yield made
    made.close()


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    folder = tmp_path / "papers"
    folder.mkdir()
    return folder


def _write(path: Path, *paragraphs: str, second: int = 0) -> Path:
    path.write_text("\n\n".join(paragraphs), "utf-8")
    os.utime(path, (1_700_000_000 + second, 1_700_000_000 + second))
    return path


def test_a_changed_file_changes_only_what_changed(kit: Kit, papers: Path) -> None:
    path = _write(papers / "lease.txt", *PARAGRAPHS)
    kit.add(path)
    before = {m.text: m for m in kit.memories(path)}
    assert len(before) == 3
    first = before[next(t for t in before if t.startswith("The lease"))]
    strong = Strength(99.0, 3.0, first.learnt_ms)
    kit.database.write(lambda c: memories.set_strength(c, first.id, strong))
    _write(path, "A new first paragraph. " * 20, PARAGRAPHS[0], PARAGRAPHS[2], second=10)
    kit.add(path)
    after = {m.text: m for m in kit.memories(path)}
    assert len(after) == 3
    kept = [text for text in after if text in before]
    assert len(kept) == 2 and all(after[t].id == before[t].id for t in kept)
    assert after[first.text].strength == strong and after[first.text].start > first.start
    assert after[first.text].happened_ms == 1_700_000_000_000
    fresh = next(m for t, m in after.items() if t not in before)
    assert fresh.happened_ms == 1_700_000_010_000
    with kit.database.read() as c:
        document = documents.get(c, kit.source(path).id)
    assert document is not None
    assert all(document.text[m.start : m.end] == m.text for m in after.values())


def test_the_same_content_is_stored_once(kit: Kit, papers: Path) -> None:
    first = _write(papers / "a.txt", PARAGRAPHS[0])
    kit.add(first)
    copy = _write(papers / "copy of a.txt", PARAGRAPHS[0])
    reply = kit.add(copy)
    source = kit.source(copy)
    assert source.state is SourceState.SKIPPED and str(first) in (source.problem_json or "")
    assert kit.jobs.batch(reply.batch).skipped == 1 and kit.count("memories") == 1
    # The first one changes: its old content is only in the copy now.
    _write(first, PARAGRAPHS[1], second=5)
    reply = kit.add(first)
    assert kit.jobs.batch(reply.batch).total == 2
    assert kit.state(copy) is SourceState.INDEXING and kit.count("memories") == 2


def test_two_readers_with_the_same_content_store_it_once(kit: Kit, papers: Path) -> None:
    for number in range(8):
        _write(papers / f"{number}.txt", PARAGRAPHS[0])
    reply = kit.add(papers)
    batch = kit.jobs.batch(reply.batch)
    assert (batch.done, batch.skipped, kit.count("memories")) == (1, 7, 1)


def test_a_renamed_file_keeps_its_source(kit: Kit, papers: Path) -> None:
    old = _write(papers / "old.txt", PARAGRAPHS[0])
    kit.add(old)
    source = kit.source(old)
    ids = [m.id for m in kit.memories(old)]
    new = papers / "new.txt"
    old.rename(new)
    reply = kit.add(new)
    moved = kit.source(new)
    assert moved.id == source.id and moved.title == "new.txt"
    assert [m.id for m in kit.memories(new)] == ids and kit.count("sources") == 1
    with kit.database.read() as c:
        found, _total = sources.listing(c, sources.SourceQuery(batch=reply.batch))
    assert [s.id for s in found] == [source.id]


def test_saving_over_a_file_keeps_that_file(kit: Kit, papers: Path) -> None:
    """Editors write beside the file and rename over it."""
    path = _write(papers / "doc.txt", PARAGRAPHS[0], PARAGRAPHS[1])
    kit.add(path)
    source = kit.source(path)
    kept = kit.memories(path)[0]
    beside = _write(papers / "doc-new.txt", PARAGRAPHS[0], PARAGRAPHS[2], second=5)
    kit.add(beside)
    beside.rename(path)
    kit.add(path)
    assert kit.source(path).id == source.id and kit.memories(path)[0].id == kept.id
    assert kit.count("sources") == 1 and kit.count("memories") == 2


def test_a_vanished_file_waits_for_the_person(kit: Kit, papers: Path) -> None:
    path = _write(papers / "a.txt", PARAGRAPHS[0])
    kit.add(path)
    source_id = kit.source(path).id
    path.unlink()
    kit.jobs.retry_source(source_id)
    kit.until(lambda: kit.state(path) is SourceState.MISSING)
    assert kit.count("memories") == 1
    _write(path, PARAGRAPHS[0])
    kit.add(path)
    assert kit.state(path) is SourceState.INDEXING and kit.source(path).id == source_id


def test_a_file_that_becomes_bad_keeps_its_memories(kit: Kit, papers: Path) -> None:
    path = _write(papers / "a.md", PARAGRAPHS[0], PARAGRAPHS[1])
    kit.add(path)
    ids = [m.id for m in kit.memories(path)]
    path.write_bytes(bytes(range(256)) * 10)
    kit.add(path)
    assert kit.state(path) in (SourceState.SKIPPED, SourceState.FAILED)
    assert [m.id for m in kit.memories(path)] == ids
    _write(path, PARAGRAPHS[1], PARAGRAPHS[0], second=9)
    kit.add(path)
    assert {m.id for m in kit.memories(path)} == set(ids)


def test_left_out_files_say_why_and_what_to_do(kit: Kit, papers: Path) -> None:
    (papers / "empty.txt").write_bytes(b"")
    (papers / "white.txt").write_text(" \n\n ")
    (papers / "binary.bin").write_bytes(bytes(range(256)) * 100)
    (papers / "cut.pdf").write_bytes(b"%PDF-1.7\nnothing more")
    reply = kit.add(papers)
    batch = kit.jobs.batch(reply.batch)
    assert batch.done == 0 and batch.skipped + batch.failed == 4
    for path in papers.iterdir():
        problem = json.loads(kit.source(path).problem_json or "{}")
        assert problem["title"] and problem["message"] and problem["next_step"]
        assert problem["item"] == str(path)


def test_huge_files_are_left_out_unread(kit: Kit, papers: Path) -> None:
    path = papers / "huge.txt"
    with path.open("wb") as file:
        file.truncate(300 << 20)
    kit.add(path)
    assert kit.state(path) is SourceState.SKIPPED
    assert "large" in (kit.source(path).problem_json or "")


def test_a_large_text_is_stored_in_slices_and_goes_on_after_a_crash(
    kit: Kit, papers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "SLICE", 10)
    path = _write(papers / "long.txt", *(f"Paragraph {n}. " + PARAGRAPHS[n % 3] for n in range(55)))
    calls = 0
    real = pipeline.storing.add_slice

    def die_in_the_middle(*args: object) -> None:
        nonlocal calls
        calls += 1
        if calls == 4:
            raise OSError(5, "broken off")
        real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(pipeline.storing, "add_slice", die_in_the_middle)
    reply = kit.add(path, wait=False)
    kit.until(lambda: kit.state(path) is SourceState.QUEUED and calls == 4)
    ids = [m.id for m in kit.memories(path)]
    assert len(ids) == 30  # recallable already, and kept
    kit.clock.advance(seconds=60)  # type: ignore[attr-defined]
    kit.jobs._reading.wake()
    kit.finished(reply.batch)
    after = kit.memories(path)
    assert [m.id for m in after[:30]] == ids and len(after) == 55
    assert [m.position for m in after] == list(range(55))
    assert kit.count("outbox") == 55


def test_the_index_hears_of_each_slice(
    kit: Kit, papers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It embeds the first part of a long file while the rest is being stored."""
    monkeypatch.setattr(pipeline, "SLICE", 10)
    heard: list[int] = []
    monkeypatch.setattr(kit.pipeline, "_on_slice", lambda: heard.append(kit.count("outbox")))
    path = _write(papers / "long.txt", *(f"Paragraph {n}. " + PARAGRAPHS[n % 3] for n in range(35)))
    kit.add(path)
    assert heard == [10, 20, 30]


def test_a_forgotten_passage_does_not_come_back_with_a_slice(
    kit: Kit, papers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "SLICE", 10)
    texts = [f"Paragraph {n}. " + PARAGRAPHS[n % 3] for n in range(45)]
    path = _write(papers / "long.txt", *texts)
    kit.add(path)
    secret = kit.memories(path)[13]
    source_id = kit.source(path).id

    def forget_and_break(c: Connection) -> None:
        forget.erase(c, forget.collect(c, ForgetRequest(memories=[secret.id])))
        storing.clear(c, source_id, kit.clock.now_ms())  # as when it was another file meanwhile
        c.execute("UPDATE sources SET content_hash = NULL WHERE id = ?", (source_id,))

    kit.database.write(forget_and_break)
    seen: list[bool] = []
    real = storing.add_slice

    def look(c: Connection, *args: object) -> None:
        real(c, *args)  # type: ignore[arg-type]
        document = documents.get(c, source_id)
        assert document is not None
        held = [m.text for m in memories.of_source(c, source_id)]
        seen.append(secret.text in held)
        seen.append(secret.text in document.text)

    monkeypatch.setattr(pipeline.storing, "add_slice", look)
    _write(path, *texts, "Paragraph 45. " + PARAGRAPHS[0], second=10)
    kit.add(path)
    assert len(seen) > 3 and not any(seen)
    after = [m.text for m in kit.memories(path)]
    assert secret.text not in after and len(after) == 45


def test_slices_go_on_behind_what_is_there_whatever_was_forgotten(kit: Kit, papers: Path) -> None:
    path = _write(papers / "long.txt", *(f"{n}. " + PARAGRAPHS[n % 3] for n in range(6)))
    kit.add(path)
    stored = kit.memories(path)
    new = [NewMemory(m.kind, m.text, m.position, m.start, m.end) for m in stored]
    source_id = kit.source(path).id
    with kit.database.read() as c:
        assert storing.stored_slices(c, source_id, new) == len(new)
        assert storing.stored_slices(c, source_id, new[1:]) is None
        assert storing.stored_slices(c, source_id, new[:3]) is None

    def forget_two(c: Connection) -> None:
        request = ForgetRequest(memories=[stored[0].id, stored[3].id])
        forget.erase(c, forget.collect(c, request))
        memories.remove(c, [stored[5].id])

    kit.database.write(forget_two)
    with kit.database.read() as c:
        assert storing.stored_slices(c, source_id, new) == 5
        assert storing.stored_slices(c, "nothing there", new) == 0


def _transcript(path: Path, turns: int, conversation: str = "Trip", second: int = 0) -> Path:
    lines = [
        json.dumps(
            {
                "conversation": conversation,
                "id": f"t{n}",
                "time": f"2025-05-0{1 + n // 10}T10:{n % 10:02}:00Z",
                "speaker": ("Ann", "Ben")[n % 2],
                "text": f"Turn number {n} about the trip to the lake.",
            }
        )
        for n in range(turns)
    ]
    return _write(path, "\n".join(lines), second=second)


def test_conversations_become_sources_of_their_own(kit: Kit, papers: Path) -> None:
    path = _transcript(papers / "talk.jsonl", 6)
    reply = kit.add(path)
    parent = kit.source(path)
    assert parent.memories == 6 and kit.jobs.batch(reply.batch).memories == 6
    with kit.database.read() as c:
        (child,) = sources.children(c, parent.id)
        found = memories.of_source(c, child.id)
        document = documents.get(c, child.id)
    assert (child.kind, child.location) == (SourceKind.CONVERSATION, "Trip")
    assert [m.ref for m in found] == [f"t{n}" for n in range(6)]
    assert found[0].kind is MemoryKind.TURN and found[1].speaker == "Ben"
    assert document and all(document.text[m.start : m.end] == m.text for m in found)
    assert "Ann" in document.text[: found[0].start]


def test_a_longer_transcript_keeps_the_turns_it_had(kit: Kit, papers: Path) -> None:
    path = _transcript(papers / "talk.jsonl", 4)
    kit.add(path)
    with kit.database.read() as c:
        (child,) = sources.children(c, kit.source(path).id)
        ids = [m.id for m in memories.of_source(c, child.id)]
    _transcript(path, 7, second=5)
    kit.add(path)
    with kit.database.read() as c:
        after = [m.id for m in memories.of_source(c, child.id)]
    assert after[:4] == ids and len(after) == 7
    # The same conversation, longer still, in a new export under another name.
    export = _transcript(papers / "talk-2.jsonl", 9, second=9)
    kit.add(export)
    with kit.database.read() as c:
        (same,) = sources.children(c, kit.source(export).id)
        assert same.id == child.id
        assert [m.id for m in memories.of_source(c, child.id)][:7] == after
    # And an older copy brings nothing new.
    older = _transcript(papers / "old.jsonl", 3, second=1)
    kit.add(older)
    assert kit.state(older) is SourceState.SKIPPED and kit.count("memories") == 9


def test_a_conversation_gone_from_its_file_waits_for_the_person(kit: Kit, papers: Path) -> None:
    path = papers / "talks.jsonl"
    one = _transcript(papers / "1", 2, "One").read_text("utf-8")
    two = _transcript(papers / "2", 2, "Two").read_text("utf-8")
    _write(path, one + "\n" + two)
    kit.add(path)
    _write(path, one, second=5)
    kit.add(path)
    with kit.database.read() as c:
        states = {s.location: s.state for s in sources.children(c, kit.source(path).id)}
    assert states == {"One": SourceState.INDEXING, "Two": SourceState.MISSING}


def test_ready_comes_with_the_last_vector_and_unchanged_stays_ready(kit: Kit, papers: Path) -> None:
    path = _write(papers / "a.txt", PARAGRAPHS[0])
    kit.add(path)

    def index_all(c: outbox.Connection) -> None:
        outbox.done(c, [entry.seq for entry in outbox.take(c, 100)])
        outbox.finish_all_sources(c, 1)

    kit.database.write(index_all)
    assert kit.state(path) is SourceState.READY
    kit.add(path)
    assert kit.state(path) is SourceState.READY
    os.utime(path, (1_700_000_500, 1_700_000_500))  # touched, same content
    kit.add(path)
    assert (
        kit.state(path) is SourceState.READY and kit.source(path).modified_ms == 1_700_000_500_000
    )


def test_a_file_of_this_very_moment_is_looked_at_again(
    paths: DataPaths, clock: FakeClock, papers: Path
) -> None:
    path = papers / "a.txt"
    path.write_text(PARAGRAPHS[0], "utf-8")
    now_s = clock.now_ms() / 1000
    os.utime(path, (now_s - 0.5, now_s - 0.5))
    kit = Kit(paths, clock, read_here)
    kit.jobs.start()
    try:
        kit.add(path)
        # Written again within the same time stamp, to the same size.
        path.write_text(PARAGRAPHS[0].replace("March", "April"), "utf-8")
        os.utime(path, (now_s - 0.5, now_s - 0.5))
        kit.add(path)
        assert "April" in kit.memories(path)[0].text
    finally:
        kit.close()
