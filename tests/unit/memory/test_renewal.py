"""A year of forgetting and renewal, counted from the log."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from memory import decay, renewal
from memory.clock import DAY_MS
from memory.paths import DataPaths
from memory.protocol import MemoryKind, ReviewReason, SourceKind
from memory.renewal import STRONG, WEEK_MS, WEEKS, Week, weeks
from memory.reviews import record
from memory.store import memories, sources
from memory.store import renewal as sql
from memory.store.db import Connection, Database
from memory.store.rows import NewMemory
from tests.fakes import FakeClock

BELOW = 0.6


@pytest.fixture
def database(paths: DataPaths, clock: FakeClock) -> Iterator[Database]:
    found = Database(paths, clock)
    yield found
    found.close()


def remember(database: Database, now_ms: int, count: int = 1) -> list[str]:
    def work(c: Connection) -> list[str]:
        source = sources.insert(c, kind=SourceKind.NOTE, title="note", now_ms=now_ms)
        new = [NewMemory(MemoryKind.TURN, f"Entry {n}", n, 0, 7) for n in range(count)]
        return memories.append(
            c, source, new, now_ms, lambda one: decay.initial(one.kind, 0.5, None, now_ms)
        )

    return database.write(work)


def counted(database: Database, now_ms: int, most: int = sql.MOST) -> list[Week]:
    with database.read() as c:
        lives, _counted, scale = sql.lives(c, most)
        renewed = sql.renewed(c, now_ms - WEEKS * WEEK_MS)
    return weeks(lives, renewed, BELOW, now_ms, scale)


def by_replay(database: Database, ids: list[str], at_ms: int, pinned: set[str]) -> list[int]:
    """Strong, fading, dormant at a moment, from the curve the window draws."""
    from memory.store import reviews

    found = [0, 0, 0]
    with database.read() as c:
        for id_ in ids:
            memory = memories.get(c, id_)
            if memory.learnt_ms > at_ms:
                continue
            history = reviews.of_memory(c, id_)
            ((_at, present),) = decay.curve(history, memory.strength, at_ms, at_ms, 1)
            asleep = present < BELOW and id_ not in pinned
            found[0 if present >= STRONG else 2 if asleep else 1] += 1
    return found


def test_it_counts_what_the_curves_say(database: Database, clock: FakeClock) -> None:
    ids = []
    for day in range(0, 350, 10):
        ids += remember(database, clock.now_ms(), 3)
        for id_ in ids[day % 7 :: 7]:
            reason = ReviewReason.WRONG if day % 40 == 0 else ReviewReason.OPENED
            database.write(
                lambda c, id_=id_, reason=reason: record(c, id_, reason, clock.now_ms())  # type: ignore[misc]
            )
        clock.advance(days=10)
    pinned = set(ids[5:8])
    for id_ in pinned:
        database.write(
            lambda c, id_=id_: memories.edit(c, id_, pinned=True, now_ms=clock.now_ms())  # type: ignore[misc]
        )
    found = counted(database, clock.now_ms())
    assert len(found) == WEEKS and found[-1].until_ms == clock.now_ms()
    for week in found:
        told = [week.strong, week.fading, week.dormant]
        assert told == by_replay(database, ids, week.until_ms, pinned)
    assert sum(week.dormant for week in found) > 0 < sum(week.renewed for week in found)
    assert found[-1].strong + found[-1].fading + found[-1].dormant == len(ids)


def test_renewed_counts_each_memory_once_a_week_and_no_verdict_of_wrong(
    database: Database, clock: FakeClock
) -> None:
    one, two = remember(database, clock.now_ms(), 2)

    def use(id_: str, reason: ReviewReason = ReviewReason.CITED) -> None:
        database.write(lambda c: record(c, id_, reason, clock.now_ms()))

    use(one)
    clock.advance(days=8)
    use(one)
    use(one)
    use(two)
    use(two, ReviewReason.WRONG)
    clock.advance(days=1)
    assert [week.renewed for week in counted(database, clock.now_ms())][-3:] == [0, 1, 2]


def test_without_a_mark_nothing_sleeps_and_an_empty_memory_counts_nothing(
    database: Database, clock: FakeClock
) -> None:
    assert {
        (w.strong, w.fading, w.dormant, w.renewed) for w in counted(database, clock.now_ms())
    } == {(0, 0, 0, 0)}
    remember(database, clock.now_ms(), 4)
    clock.advance(days=3000)
    with database.read() as c:
        lives, _n, _scale = sql.lives(c)
    last = weeks(lives, [], 0.0, clock.now_ms())[-1]
    assert (last.strong, last.fading, last.dormant) == (0, 4, 0)


def test_a_mark_above_strong_leaves_nothing_between(database: Database, clock: FakeClock) -> None:
    remember(database, clock.now_ms(), 4)
    clock.advance(days=30)
    with database.read() as c:
        lives, _n, _scale = sql.lives(c)
    found = weeks(lives, [], 0.9, clock.now_ms())
    assert all(week.fading == 0 for week in found) and found[-1].dormant == 4


def test_of_very_many_some_stand_for_all(database: Database, clock: FakeClock) -> None:
    remember(database, clock.now_ms(), 100)
    clock.advance(days=1)
    with database.read() as c:
        lives, looked_at, scale = sql.lives(c, 30)
    assert looked_at == 25 and scale == 4.0
    last = weeks(lives, [], BELOW, clock.now_ms(), scale)[-1]
    assert last.strong == 100
    assert renewal.ends(clock.now_ms())[-2] == clock.now_ms() - 7 * DAY_MS
