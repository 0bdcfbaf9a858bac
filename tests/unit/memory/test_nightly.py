"""The nightly run: what goes dormant, what is kept, how a run cut off goes on."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import pytest

from memory import decay
from memory.backups import Backups
from memory.errors import Cancelled, Conflict, IndexUnavailable
from memory.events import Events
from memory.nightly import Nightly
from memory.paths import DataPaths
from memory.protocol import MemoryKind, MemoryState, ReviewReason, SourceKind
from memory.reviews import record
from memory.settings import Settings
from memory.store import memories, runs, sources
from memory.store.db import Connection, Database
from memory.store.rows import NewMemory, Strength
from tests.fakes import FakeClock


class _Index:
    """The one method the night needs; the real index has its own tests."""

    def __init__(self) -> None:
        self.reconciled = 0
        self.problem: Exception | None = None

    def reconcile(self) -> int:
        if self.problem is not None:
            raise self.problem
        self.reconciled += 1
        return 2


@dataclass
class World:
    database: Database
    paths: DataPaths
    clock: FakeClock
    index: _Index
    settings: Settings

    def nightly(self) -> Nightly:
        backups = Backups(self.database, self.paths, self.clock)
        return Nightly(
            self.database,
            self.index,  # type: ignore[arg-type]
            backups,
            self.clock,
            lambda: self.settings,
            Events(),
            ZoneInfo("UTC"),
        )

    def remember(self, *texts: str) -> list[str]:
        now_ms = self.clock.now_ms()

        def initial(new: NewMemory) -> Strength:
            return decay.initial(new.kind, new.importance, new.role, now_ms)

        def work(c: Connection) -> list[str]:
            source = sources.insert(c, kind=SourceKind.NOTE, title="note", now_ms=now_ms)
            new = [
                NewMemory(MemoryKind.NOTE, text, n, 0, len(text)) for n, text in enumerate(texts)
            ]
            return memories.append(c, source, new, now_ms, initial)

        return self.database.write(work)

    def state(self, memory_id: str) -> MemoryState:
        with self.database.read() as c:
            return memories.get(c, memory_id).state

    def write(self, work: Callable[[Connection], object]) -> None:
        self.database.write(work)


@pytest.fixture
def world(paths: DataPaths, clock: FakeClock) -> Iterator[World]:
    database = Database(paths, clock)
    yield World(database, paths, clock, _Index(), Settings())
    database.close()


def test_what_fades_goes_dormant_and_what_is_used_or_pinned_stays(world: World) -> None:
    faded, used, pinned = world.remember("faded", "used", "pinned")
    world.write(lambda c: memories.edit(c, pinned, pinned=True, now_ms=0))
    world.clock.advance(days=10)
    assert world.nightly().run().counts["gone_dormant"] == 0
    world.clock.advance(days=20_000)
    world.write(lambda c: record(c, used, ReviewReason.CITED, world.clock.now_ms()))
    done = world.nightly().run()
    assert done.state == "finished" and done.counts["gone_dormant"] == 1
    assert world.state(faded) is MemoryState.DORMANT
    assert world.state(used) is world.state(pinned) is MemoryState.ACTIVE


def test_what_was_chosen_is_looked_at_once_a_night(world: World) -> None:
    asked: list[int] = []

    def learn() -> int:
        asked.append(1)
        return 17

    nightly = Nightly(
        world.database, world.index, Backups(world.database, world.paths, world.clock),  # type: ignore[arg-type]
        world.clock, lambda: world.settings, Events(), ZoneInfo("UTC"), learn,
    )  # fmt: skip
    assert nightly.run("2026-03-01").counts["choices_learnt"] == 17
    assert asked == [1]


def test_what_says_the_same_is_folded_and_the_day_is_written(world: World) -> None:
    said = "The deposit comes back within a month when the whole flat is clean"
    world.remember(said, said, "Gardens want water early in the morning before it gets hot")
    counts = world.nightly().run("2026-03-01").counts
    assert (counts["folded"], counts["memories_compared"], counts["days_written"]) == (1, 3, 1)
    again = world.nightly().run("2026-03-02").counts
    assert (again["folded"], again["memories_compared"], again["days_written"]) == (0, 0, 0)


def test_a_run_stopped_while_it_folds_is_gone_on_with(world: World) -> None:
    said = "The deposit comes back within a month when the whole flat is clean"
    world.remember(said, said)
    backups = Backups(world.database, world.paths, world.clock)

    def busy() -> bool:  # somebody asks, and the daemon is stopped meanwhile
        stopped.stop()
        return True

    stopped = Nightly(
        world.database, world.index, backups, world.clock, lambda: world.settings,  # type: ignore[arg-type]
        Events(), ZoneInfo("UTC"), busy=busy,
    )  # fmt: skip
    with pytest.raises(Cancelled):
        stopped.run("2026-03-01")
    latest = stopped.latest()
    assert latest is not None and latest.state == "interrupted"
    assert "gone_dormant" in latest.counts and "folded" not in latest.counts
    counts = world.nightly().run("2026-03-01").counts
    assert counts["folded"] == 1


def test_the_line_is_where_decay_says(world: World) -> None:
    (memory_id,) = world.remember("some words")
    with world.database.read() as c:
        strength = memories.get(c, memory_id).strength
    days = decay.days_until(world.settings.dormant_below) * strength.stability_days
    world.clock.advance(days=days * 0.999)
    assert decay.retrievability(strength, world.clock.now_ms()) > world.settings.dormant_below
    assert world.nightly().run().counts["gone_dormant"] == 0
    world.clock.advance(days=days * 0.002)
    assert decay.retrievability(strength, world.clock.now_ms()) < world.settings.dormant_below
    assert world.nightly().run().counts["gone_dormant"] == 1


@pytest.mark.parametrize("below", [0.0, 0.05])
def test_a_lowered_line_wakes_what_is_above_it(world: World, below: float) -> None:
    (memory_id,) = world.remember("some words")
    world.settings = replace(world.settings, dormant_below=0.9)
    world.clock.advance(days=30)
    world.nightly().run()
    assert world.state(memory_id) is MemoryState.DORMANT
    world.settings = replace(world.settings, dormant_below=below)
    assert world.nightly().run().counts["woken"] == 1
    assert world.state(memory_id) is MemoryState.ACTIVE


def test_backups_are_made_each_night_and_the_old_ones_go(world: World) -> None:
    (memory_id,) = world.remember("some words")
    nightly = world.nightly()
    by_hand, _size = Backups(world.database, world.paths, world.clock).make_now()
    for _ in range(5):
        world.clock.advance(days=1)
        nightly.run()
    nightly.run()  # the same night again: the same copy
    found = sorted(path.name for path in world.paths.backups.glob("nightly-*"))
    assert found == ["nightly-2026-03-03.db", "nightly-2026-03-04.db", "nightly-2026-03-05.db"]
    assert by_hand.exists()
    copy = sqlite3.connect(world.paths.backups / found[-1])
    assert copy.execute("SELECT id FROM memories").fetchall() == [(memory_id,)]
    copy.close()


def test_a_run_cut_off_goes_on_where_it_was(world: World) -> None:
    nightly = world.nightly()

    def stop_here() -> int:
        nightly.stop()
        return 1

    world.index.reconcile = stop_here  # type: ignore[method-assign]
    with pytest.raises(Cancelled):
        nightly.run("2026-02-28")
    again = world.nightly()
    latest = again.latest()
    assert latest is not None and latest.state == "interrupted"
    assert again.last_night() is None  # so the scheduler finds it due
    world.index = _Index()
    done = world.nightly().run("2026-02-28")
    assert done.state == "finished" and done.counts["index_repaired"] == 1  # not done again
    assert world.index.reconciled == 0 and done.counts["optimized"] == 1
    assert world.nightly().last_night() == "2026-02-28"


def test_a_run_left_by_a_crash_is_interrupted_and_goes_on(world: World) -> None:
    def crash(c: Connection) -> None:
        runs.start(c, "2026-02-28", world.clock.now_ms())
        runs.set_counts(c, "2026-02-28", {"faults_found": 0, "gone_dormant": 7, "woken": 0})

    world.write(crash)
    done = world.nightly().run("2026-02-28")
    assert done.counts["gone_dormant"] == 7 and done.counts["index_repaired"] == 2


def test_one_step_that_fails_does_not_stop_the_others(world: World) -> None:
    world.index.problem = RuntimeError("some fault")
    done = world.nightly().run()
    assert done.state == "failed"
    assert "index_repaired" not in done.counts and done.counts["optimized"] == 1
    assert world.nightly().last_night() == done.night  # not tried every three minutes


def test_an_index_that_is_not_there_is_no_failure(world: World) -> None:
    world.index.problem = IndexUnavailable("It is not open", "", "")
    assert world.nightly().run().state == "finished"


def test_a_faulty_database_gives_no_backup(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world.database, "quick_check", lambda: ["row 3 missing from index"])
    done = world.nightly().run()
    assert done.state == "failed" and done.counts["backup_bytes"] == 0
    assert list(world.paths.backups.iterdir()) == []


def test_only_one_at_a_time(world: World) -> None:
    nightly = world.nightly()
    refused: list[bool] = []

    def again() -> int:
        with pytest.raises(Conflict):
            nightly.run()
        refused.append(True)
        return 0

    world.index.reconcile = again  # type: ignore[method-assign]
    nightly.run()
    assert refused == [True]
