"""Using a memory: its strength, its log, waking, marks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from memory import decay
from memory.errors import NotFound
from memory.events import Events
from memory.paths import DataPaths
from memory.protocol import MemoryKind, MemoryState, ReviewReason, SourceKind
from memory.reviews import Reviews, record_all
from memory.store import memories, reviews, sources
from memory.store.db import Connection, Database
from memory.store.rows import Memory, NewMemory, Strength
from tests.fakes import FakeClock


@pytest.fixture
def database(paths: DataPaths, clock: FakeClock) -> Iterator[Database]:
    found = Database(paths, clock)
    yield found
    found.close()


@pytest.fixture
def service(database: Database, clock: FakeClock) -> Reviews:
    return Reviews(database, clock, Events())


@pytest.fixture
def memory_id(database: Database, clock: FakeClock) -> str:
    now_ms = clock.now_ms()

    def initial(new: NewMemory) -> Strength:
        return decay.initial(new.kind, new.importance, new.role, now_ms)

    def work(c: Connection) -> str:
        source = sources.insert(c, kind=SourceKind.NOTE, title="note", now_ms=now_ms)
        new = NewMemory(MemoryKind.NOTE, "The boiler code is 4711.", 0, 0, 24)
        (found,) = memories.append(c, source, [new], now_ms, initial)
        return found

    return database.write(work)


def _get(database: Database, memory_id: str) -> Memory:
    with database.read() as c:
        return memories.get(c, memory_id)


@pytest.mark.parametrize("reason", list(ReviewReason))
def test_each_use_moves_the_strength_and_is_logged(
    database: Database, service: Reviews, clock: FakeClock, memory_id: str, reason: ReviewReason
) -> None:
    before = _get(database, memory_id).strength
    clock.advance(days=20)
    service.review(memory_id, reason)
    after = _get(database, memory_id)
    assert after.strength == decay.review(before, reason, clock.now_ms())
    stronger = after.strength.stability_days > before.stability_days
    assert stronger is (reason is not ReviewReason.WRONG)
    with database.read() as c:
        (logged,) = reviews.of_memory(c, memory_id)
    assert (logged.reason, logged.before, logged.after) == (reason, before, after.strength)
    assert after.pinned is (reason is ReviewReason.PINNED)
    assert after.marked_wrong is (reason is ReviewReason.WRONG)


def test_a_dormant_memory_wakes_when_used_but_not_when_wrong(
    database: Database, service: Reviews, memory_id: str
) -> None:
    database.write(lambda c: memories.set_state(c, [memory_id], MemoryState.DORMANT))
    service.review(memory_id, ReviewReason.WRONG)
    assert _get(database, memory_id).state is MemoryState.DORMANT
    service.review(memory_id, ReviewReason.OPENED)
    assert _get(database, memory_id).state is MemoryState.ACTIVE


def test_helpful_takes_the_mark_wrong_away(
    database: Database, service: Reviews, memory_id: str
) -> None:
    service.review(memory_id, ReviewReason.WRONG)
    service.review(memory_id, ReviewReason.OPENED)
    assert _get(database, memory_id).marked_wrong
    service.review(memory_id, ReviewReason.HELPFUL)
    assert not _get(database, memory_id).marked_wrong


def test_pinning_by_hand_is_a_use_once(
    database: Database, service: Reviews, memory_id: str
) -> None:
    assert service.edit(memory_id, pinned=True) is False
    service.edit(memory_id, pinned=True)
    service.edit(memory_id, pinned=False)
    assert not _get(database, memory_id).pinned
    with database.read() as c:
        assert [r.reason for r in reviews.of_memory(c, memory_id)] == [ReviewReason.PINNED]


def test_an_edit_says_whether_the_text_is_new(service: Reviews, memory_id: str) -> None:
    assert service.edit(memory_id, importance=0.9) is False
    assert service.edit(memory_id, text="The boiler code is 4712.") is True


def test_what_was_forgotten_is_not_found_or_left_out(
    database: Database, service: Reviews, clock: FakeClock, memory_id: str
) -> None:
    with pytest.raises(NotFound):
        service.review("01ARZ3NDEKTSV4RRFFQ69G5FAV", ReviewReason.OPENED)
    ids = ["01ARZ3NDEKTSV4RRFFQ69G5FAV", memory_id, memory_id]
    done = database.write(lambda c: record_all(c, ids, ReviewReason.CITED, clock.now_ms()))
    assert done == [memory_id]
    with database.read() as c:
        assert len(reviews.of_memory(c, memory_id)) == 1
