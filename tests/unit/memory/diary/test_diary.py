"""Entries of days: written once, made anew when their day changes, gone with what they quote."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from zoneinfo import ZoneInfo

import pytest

from memory.diary.diary import Diary
from memory.errors import Stopping
from memory.forgetting import Forgetting
from memory.giving_way import GiveWay
from memory.index import Index
from memory.paths import DataPaths
from memory.protocol import (
    DiaryEntry,
    DiaryZoom,
    ForgetRequest,
    MemoryKind,
    SourceKind,
    SourceState,
)
from memory.store import diary as sql
from memory.store import memories, sources
from memory.store.db import Connection, Database
from memory.store.rows import NewMemory
from tests.fakes import FakeClock
from tests.patience import LONG_S
from tests.unit.memory.standin import WordEmbedder, first
from tests.unit.memory.test_forgetting import traces

MONDAY = date(2026, 2, 23)
ROOF = "The roof of the house in Lisbon leaks again."
PRICE = "The man who repairs the roof in Lisbon wants 900 euros."
TRAIN = "The train to Bern was an hour late because of snow."


def at(day: int, hour: int = 12) -> int:
    return round(datetime(2026, 2, day, hour, tzinfo=UTC).timestamp() * 1000)


@dataclass
class World:
    database: Database
    clock: FakeClock
    paths: DataPaths

    def diary(self, zone: tzinfo = UTC, **more: GiveWay) -> Diary:
        return Diary(self.database, self.clock, zone=zone, **more)

    def entry(self, day: int, zoom: DiaryZoom = DiaryZoom.DAY) -> DiaryEntry:
        return self.diary().at(zoom, date(2026, 2, day))

    def say(
        self, texts: Sequence[str], when_ms: int, kind: str = "turn", name: str = "", **more: str
    ) -> list[str]:
        """A source with these memories, a minute apart; returns their ids. Without a name a
        turn's source is a chat of the program's own."""
        source = {"turn": "conversation", "note": "note", "passage": "file"}[kind]

        def work(c: Connection) -> list[str]:
            source_id = sources.insert(
                c, kind=SourceKind(source), title=name or "A chat", location=name or None,
                state=SourceState.READY, now_ms=when_ms,
            )  # fmt: skip
            if not name:
                c.execute("UPDATE sources SET location = id WHERE id = ?", (source_id,))
            new, start = [], 0
            for number, text in enumerate(texts):
                new.append(
                    NewMemory(
                        MemoryKind(kind), text, number, start, start + len(text),
                        happened_ms=None if kind == "passage" else when_ms + number * 60_000,
                        **more,  # type: ignore[arg-type]
                    )
                )  # fmt: skip
                start += len(text) + 1
            return memories.append(c, source_id, new, when_ms, first)

        return self.database.write(work)


@pytest.fixture
def world(paths: DataPaths, clock: FakeClock) -> Iterator[World]:
    database = Database(paths, clock)
    yield World(database, clock, paths)
    database.close()


def test_a_day_says_who_what_and_where_in_exact_words(world: World) -> None:
    roof, price = world.say([ROOF, PRICE], at(23), role="person")
    world.say(["Call Ann about the keys before the end of the week."], at(23, 14), "note", "Ann")
    world.say([TRAIN], at(23, 15), name="Trip", speaker="Bob")
    world.say(
        ["The lease of the flat ends with the month of June."], at(23, 16), "passage", "/l.pdf"
    )
    assert world.diary().write() == 1
    entry = world.entry(23)
    assert [line.text for line in entry.lines] == [
        f"You talked about Lisbon: “{ROOF}” “{PRICE}”",
        "You wrote: “Call Ann about the keys before the end of the week.”",
        f"In Trip: Bob: “{TRAIN}”",
        "You added /l.pdf: “The lease of the flat ends with the month of June.”",
    ]
    assert [quote.memory for quote in entry.lines[0].quotes] == [roof, price]
    assert (entry.memories, entry.files, entry.told, entry.model) == (5, 1, [], None)


def test_places_are_those_in_the_source(world: World) -> None:
    (_hello, roof) = world.say(["Hello there to you.", f"Well now. {ROOF}"], at(23), role="person")
    (line,) = world.entry(23).lines
    (quote,) = line.quotes
    begin = len("Hello there to you.") + 1 + len("Well now. ")
    assert (quote.memory, quote.start, quote.end) == (roof, begin, begin + len(ROOF))


def test_only_days_that_changed_are_written_again(world: World) -> None:
    world.say([ROOF], at(23))
    (note,) = world.say([TRAIN], at(25))
    assert world.diary().write() == 2
    assert world.diary().write() == 0
    world.database.write(lambda c: memories.edit(c, note, text=PRICE, now_ms=0))
    assert world.diary().write() == 1
    assert world.entry(25).lines[0].quotes[0].text == PRICE


def test_reading_writes_what_waits_so_today_is_always_there(world: World) -> None:
    world.say([ROOF], at(23))
    assert [entry.first for entry in world.diary().page(DiaryZoom.DAY, None, 9).entries] == [MONDAY]
    assert world.diary().write() == 0
    world.say([TRAIN], at(23, 18), name="Trip")
    assert len(world.entry(23).lines) == 2


def test_days_are_the_persons_own(world: World) -> None:
    world.say([ROOF], at(23, 23))
    tokyo = world.diary(ZoneInfo("Asia/Tokyo"))
    tokyo.write()
    assert tokyo.at(DiaryZoom.DAY, date(2026, 2, 24)).memories == 1
    there = world.diary(ZoneInfo("UTC"))
    assert there.write() == 1  # another zone: written anew
    assert there.at(DiaryZoom.DAY, MONDAY).memories == 1
    assert there.at(DiaryZoom.DAY, date(2026, 2, 24)).memories == 0


def test_weeks_and_months_are_made_of_their_days(world: World) -> None:
    world.say([ROOF], at(23))
    world.say([TRAIN], at(25))
    world.say(["A quiet week in the garden with Clara and the dog."], at(3))
    week, month = world.entry(26, DiaryZoom.WEEK), world.entry(26, DiaryZoom.MONTH)
    assert (week.first, week.last) == (MONDAY, date(2026, 3, 1))
    assert [line.day.day for line in week.lines] == [23, 25]
    assert [line.day.day for line in month.lines] == [3, 23, 25]
    assert (week.memories, month.memories) == (2, 3)


def test_pages_go_back_in_time(world: World) -> None:
    for day in (3, 10, 23, 25):
        world.say([ROOF], at(day))
    found = world.diary().page(DiaryZoom.DAY, None, 3)
    assert [entry.first.day for entry in found.entries] == [25, 23, 10] and found.more
    rest = world.diary().page(DiaryZoom.DAY, found.entries[-1].first, 3)
    assert [entry.first.day for entry in rest.entries] == [3] and not rest.more
    assert world.diary().page(DiaryZoom.WEEK, date(2026, 2, 23), 9).entries[0].first.day == 9


def test_marked_wrong_is_not_quoted(world: World) -> None:
    (roof, _price) = world.say([ROOF, PRICE], at(23))
    world.diary().write()
    world.database.write(lambda c: memories.set_marked_wrong(c, roof, True))
    assert [q.text for line in world.entry(23).lines for q in line.quotes] == [PRICE]


def test_what_gives_orders_is_quoted_only_if_the_person_says_it_is_fine(world: World) -> None:
    (roof, _price) = world.say([ROOF, PRICE], at(23))
    world.diary().write()

    def quoted() -> list[str]:
        return [quote.text for line in world.entry(23).lines for quote in line.quotes]

    assert ROOF in quoted()
    world.database.write(
        lambda c: c.execute("INSERT INTO suspicions VALUES (?, 1.0, 'orders', 0, NULL)", (roof,))
    )
    assert quoted() == [PRICE]
    world.database.write(lambda c: c.execute("UPDATE suspicions SET cleared_ms = 1"))
    assert ROOF in quoted()


def test_work_cut_off_is_gone_on_with(world: World) -> None:
    world.say([ROOF], at(23))
    stopping = threading.Event()
    stopping.set()
    with pytest.raises(Stopping):
        world.diary(give_way=GiveWay(stopping=stopping)).write()
    assert world.diary().write() == 1


def test_nothing_that_came_while_a_day_was_written_is_missed(world: World) -> None:
    world.say([ROOF], at(23))
    said: list[str] = []

    def busy() -> bool:
        if not said:  # the day's memories are being read
            said.extend(world.say([TRAIN], at(23), name="Trip"))
        return False

    with world.database.read() as c:
        assert len(sql.dirty(c)) == 1
    world.diary(give_way=GiveWay(busy)).write()
    world.diary().write()
    assert len(world.entry(23).lines) == 2


def test_forgetting_takes_its_words_out_of_every_entry(world: World) -> None:
    index = Index(world.database, world.paths, world.clock, WordEmbedder)
    index.start()
    assert index.settled(LONG_S)
    forgetting = Forgetting(world.database, index, world.paths, world.clock)
    secret = "The xylophone in Zugzwang belongs to a quokka."
    (hidden,) = world.say([secret], at(23), name="Zoo")
    world.say([TRAIN], at(23), name="Trip")
    world.diary().write()
    assert len(world.entry(23).lines) == 2
    with world.database.read() as c:
        row = c.execute("SELECT rowid FROM memories WHERE id = ?", (hidden,)).fetchone()[0]

    def tell(c: Connection) -> bool:
        made_ms = c.execute("SELECT made_ms FROM diary_days").fetchone()[0]
        told = [{"text": "A quokka owns a xylophone.", "memories": [hidden]}]
        return sql.put_told(c, "2026-02-23", made_ms, told, "tiny", [(row, secret)], 0)

    assert world.database.write(tell)
    assert world.entry(23).told
    index.wake()
    assert index.settled(LONG_S)
    forgetting.forget(ForgetRequest(memories=[hidden]))
    with world.database.read() as c:
        for table in ("diary_told", "diary_told_from"):
            assert c.execute(f"SELECT count(*) FROM {table}").fetchone()[0] == 0
        left = c.execute("SELECT count(*) FROM diary_quotes q WHERE q.memory = ?", (row,))
        assert left.fetchone()[0] == 0
    entry = world.entry(23)
    assert [line.source_title for line in entry.lines] == ["Trip"] and entry.told == []
    found = traces(world.paths, "xylophone zugzwang quokka")
    forgetting.forget(ForgetRequest(all=True))
    index.stop()
    assert found == {}
    assert world.entry(23).memories == 0
    with world.database.read() as c:
        assert sql.dirty(c) == []
