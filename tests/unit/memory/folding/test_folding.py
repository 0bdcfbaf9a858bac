"""Folding at night: what goes behind what, how it is undone, and that forgetting takes it along."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from memory.errors import NotFound, Stopping
from memory.folding.folding import Folding
from memory.forgetting import Forgetting
from memory.giving_way import GiveWay
from memory.index import Index
from memory.paths import DataPaths
from memory.protocol import ForgetRequest, MemoryState, RecallFilter
from memory.store import folds, memories
from memory.store.db import Database
from tests.fakes import FakeClock
from tests.patience import LONG_S
from tests.unit.memory.recall_home import Home
from tests.unit.memory.standin import WordEmbedder, remember
from tests.unit.memory.test_forgetting import traces

SAID = "The deposit comes back within a month when the whole flat is clean"
OTHER = "Gardens want water early in the morning before the sun gets high"
NIGHT = "2026-03-01"


@dataclass
class World:
    database: Database
    clock: FakeClock
    paths: DataPaths

    def fold(self, night: str = NIGHT) -> int:
        return Folding(self.database, self.clock).fold(night).folded

    def others(self, memory_id: str) -> list[str]:
        with self.database.read() as c:
            return folds.others(c, memory_id, 50)

    def shown(self) -> dict[str, tuple[str, ...]]:
        with self.database.read() as c:
            found, total = folds.groups(c, None, 50, 0)
        assert total == len(found)
        return {group.shown: group.others for group in found}


@pytest.fixture
def world(paths: DataPaths, clock: FakeClock) -> Iterator[World]:
    database = Database(paths, clock)
    yield World(database, clock, paths)
    database.close()


def test_what_says_the_same_goes_behind_the_one_said_last(world: World) -> None:
    (first,) = remember(world.database, "one", SAID)
    second, other = remember(world.database, "two", SAID + ".", OTHER)
    assert world.fold() == 1
    assert world.shown() == {second: (first,)}
    assert world.others(first) == [second] and world.others(second) == [first]
    assert world.others(other) == []
    assert world.fold("2026-03-02") == 0  # nothing is new


def test_who_stands_for_a_group_stays_and_what_comes_later_goes_behind(world: World) -> None:
    (first,) = remember(world.database, "one", SAID)
    (second,) = remember(world.database, "two", SAID)
    world.fold()
    (third,) = remember(world.database, "three", SAID)
    assert world.fold("2026-03-02") == 1
    assert world.shown() == {second: (first, third)}


def test_a_pinned_one_is_shown(world: World) -> None:
    (first,) = remember(world.database, "one", SAID)
    (second,) = remember(world.database, "two", SAID)
    world.database.write(lambda c: memories.edit(c, first, pinned=True, now_ms=0))
    world.fold()
    assert world.shown() == {first: (second,)}


def test_nothing_is_folded_with_what_is_wrong_or_superseded(world: World) -> None:
    (first,) = remember(world.database, "one", SAID)
    (second,) = remember(world.database, "two", SAID)
    (third,) = remember(world.database, "three", SAID)
    world.database.write(lambda c: memories.set_marked_wrong(c, first, True))
    world.database.write(lambda c: memories.set_state(c, [second], MemoryState.SUPERSEDED))
    assert world.fold() == 0
    world.database.write(lambda c: memories.set_state(c, [second], MemoryState.ACTIVE))
    assert world.fold() == 1
    assert world.others(third) == [second]


def test_what_gives_orders_stands_for_nothing(world: World) -> None:
    (first,) = remember(world.database, "one", SAID)
    (second,) = remember(world.database, "two", SAID)
    assert world.fold() == 1
    world.database.write(
        lambda c: c.execute("INSERT INTO suspicions VALUES (?, 1.0, 'orders', 0, NULL)", (second,))
    )
    assert world.shown() == {} and world.fold() == 0
    world.database.write(lambda c: c.execute("UPDATE suspicions SET cleared_ms = 1"))
    assert world.fold() == 1 and world.others(first) == [second]


def test_an_edited_memory_stands_for_itself_again(world: World) -> None:
    (first,) = remember(world.database, "one", SAID)
    (second,) = remember(world.database, "two", SAID)
    world.fold()
    edited = "Something quite different that nobody has said before now"
    world.database.write(lambda c: memories.edit(c, second, text=edited, now_ms=0))
    assert world.shown() == {}
    assert world.fold() == 0
    world.database.write(lambda c: memories.edit(c, second, text=SAID, now_ms=0))
    assert world.fold() == 1
    assert world.others(first) == [second]


def test_a_group_is_taken_apart_for_good(world: World) -> None:
    (first,) = remember(world.database, "one", SAID)
    (second,) = remember(world.database, "two", SAID)
    world.fold()
    assert Folding(world.database, world.clock).undo(first) == 1
    assert world.shown() == {}
    assert world.fold() == 0
    with pytest.raises(NotFound):
        Folding(world.database, world.clock).undo(second)


def test_a_night_is_taken_apart(world: World) -> None:
    remember(world.database, "one", SAID, OTHER)
    remember(world.database, "two", SAID, OTHER)
    assert world.fold() == 2
    (third,) = remember(world.database, "three", SAID)
    assert world.fold("2026-03-02") == 1
    assert Folding(world.database, world.clock).undo_night(NIGHT) == 2
    with world.database.read() as c:
        assert folds.nights(c, 9) == [("2026-03-02", 1)]
    assert len(world.others(third)) == 1


def test_work_cut_off_is_gone_on_with(world: World) -> None:
    remember(world.database, "one", SAID)
    remember(world.database, "two", SAID)
    stopping = threading.Event()
    stopping.set()
    cut_off = Folding(world.database, world.clock, GiveWay(stopping=stopping))
    with pytest.raises(Stopping):
        cut_off.fold(NIGHT)
    assert world.shown() == {}
    assert world.fold() == 1


def test_work_goes_on_only_while_nobody_is_served(world: World) -> None:
    remember(world.database, "one", SAID)
    remember(world.database, "two", SAID)
    asked: list[int] = []

    def busy() -> bool:
        asked.append(1)
        return len(asked) < 4  # three looks long somebody is served

    assert Folding(world.database, world.clock, GiveWay(busy)).fold(NIGHT).folded == 1
    assert len(asked) > 4


def test_forgetting_what_is_shown_brings_the_others_back_and_leaves_no_byte(world: World) -> None:
    index = Index(world.database, world.paths, world.clock, WordEmbedder)
    index.start()
    assert index.settled(LONG_S)
    forgetting = Forgetting(world.database, index, world.paths, world.clock)
    first, _other = remember(world.database, "one", SAID, OTHER)
    (second,) = remember(world.database, "two", SAID)
    (third,) = remember(world.database, "three", SAID)
    world.fold()
    index.wake()
    assert index.settled(LONG_S)
    forgetting.forget(ForgetRequest(memories=[third]))
    assert world.shown() == {}
    assert world.fold() == 1  # the two that are left
    assert world.others(first) == [second]
    forgetting.forget(ForgetRequest(memories=[first, second]))
    left = traces(world.paths, "deposit")
    index.stop()
    assert left == {}
    with world.database.read() as c:
        for table in ("folds", "fold_marks"):
            row = c.execute(
                f"SELECT count(*) FROM {table} WHERE {'member' if table == 'folds' else 'memory'}"
                " NOT IN (SELECT rowid FROM memories)"
            ).fetchone()
            assert row[0] == 0


def test_recall_tells_a_group_once_and_names_the_others(home: Home) -> None:
    (first,) = home.add([SAID], name="/papers/one.txt")
    (second,) = home.add([SAID], name="/papers/two.txt")
    home.add([OTHER], name="/papers/three.txt")
    home.settle()
    assert Folding(home.database, home.clock).fold(NIGHT).folded == 1
    hits = home.ask("When does the deposit come back?").hits
    assert [hit.memory for hit in hits if hit.text == SAID] == [second]
    assert hits[0].similar == [first]
    # A filter that leaves only one behind shows that one.
    only = home.ask(
        "When does the deposit come back?", filter=RecallFilter(source="/papers/one.txt")
    )
    assert [hit.memory for hit in only.hits] == [first]
    assert only.hits[0].similar == [second]


def test_where_only_some_scopes_may_be_used_nothing_of_the_others_is_named(home: Home) -> None:
    (first,) = home.add([SAID], name="/papers/one.txt")
    (second,) = home.add([SAID], name="/papers/two.txt")
    home.settle()
    assert Folding(home.database, home.clock).fold(NIGHT).folded == 1
    home.database.write(
        lambda c: c.execute("UPDATE sources SET scope = 'work' WHERE location = '/papers/two.txt'")
    )
    (hit,) = home.ask("When does the deposit come back?", scopes=["home"]).hits
    assert (hit.memory, hit.similar) == (first, [])
    (hit,) = home.ask("When does the deposit come back?").hits
    assert (hit.memory, hit.similar) == (second, [first])
