"""Sessions and days as units, on a real store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from memory.clock import to_ms
from memory.protocol import MemoryKind, RecallUnit, SourceKind
from memory.recall.sessions import BREAK_MS, HEARD, _near, cut
from memory.store.times import Placed
from memory.understand import local_day
from tests.unit.memory.recall_home import Home

START = datetime(2023, 5, 5, 12, 0, tzinfo=UTC)
TALK = [
    (0, "Shall we go to Lisbon for the holidays this year?"),
    (1, "Lisbon again? The holidays there were too hot."),
    (2, "The boiler makes noises."),
    (60 * 24 * 9, "I booked the holidays in Norway, by train."),
    (60 * 24 * 9 + 1, "And the plumber comes for the boiler on Friday."),
]


def _talk(home: Home, name: str = "chat") -> list[str]:
    ids = []

    def when(minutes: int) -> int:
        return to_ms(START + timedelta(minutes=minutes))

    def work(c: object) -> None:
        for (minutes, _text), id_ in zip(TALK, ids, strict=True):
            c.execute(  # type: ignore[attr-defined]
                "UPDATE memories SET happened_ms = ? WHERE id = ?", (when(minutes), id_)
            )

    ids += home.add(
        [text for _minutes, text in TALK], kind=MemoryKind.TURN,
        source=SourceKind.CONVERSATION, name=name, speakers=("Ann", "Bob"),
    )  # fmt: skip
    home.database.write(work)
    home.settle()
    return ids


def _placed(*times: int, source: str = "a", kind: MemoryKind = MemoryKind.TURN) -> list[Placed]:
    return [Placed(n, source, kind, ms) for n, ms in enumerate(times)]


def test_a_long_silence_ends_a_session() -> None:
    keys, sessions = cut(_placed(0, 10, 10 + BREAK_MS, 11 + 2 * BREAK_MS))
    assert list(keys.values()) == [("a", 0), ("a", 0), ("a", 0), ("a", 1)]
    assert sessions[("a", 0)].memories == 3 and sessions[("a", 0)].last_ms == 10 + BREAK_MS


def test_sources_are_never_one_session_and_a_file_always_is() -> None:
    keys, _sessions = cut(
        _placed(0, 1) + [Placed(7, "b", MemoryKind.TURN, 2)]
        + [Placed(8, "c", MemoryKind.PASSAGE, 0), Placed(9, "c", MemoryKind.PASSAGE, 9 * BREAK_MS)]
    )  # fmt: skip
    assert keys[1] != keys[7] and keys[8] == keys[9]


def test_a_hit_stands_for_its_session(home: Home) -> None:
    ids = _talk(home)
    home.add(["The holidays of the school begin in July.", "Sports day is in June."])
    home.settle()
    reply = home.ask("Where do we go for the holidays?", unit=RecallUnit.SESSION, explain=True)
    units = [hit.unit for hit in reply.hits]
    assert len(reply.hits) == 3 and None not in units
    by_first = {hit.memory: hit.unit for hit in reply.hits if hit.unit is not None}
    first = next(unit for memory, unit in by_first.items() if memory in ids[:3])
    second = next(unit for memory, unit in by_first.items() if memory in ids[3:])
    assert (first.title, first.memories, second.memories) == ("chat", 3, 2)
    assert first.since == START and first.until == START + timedelta(minutes=2)
    assert set(first.others) < set(ids[:3]) and set(second.others) < set(ids[3:])
    assert reply.trace is not None and "units" in [step.name for step in reply.trace]
    assert [hit.score for hit in reply.hits] == sorted(
        (hit.score for hit in reply.hits), reverse=True
    )


def test_a_day_holds_what_all_sources_tell_of_it(home: Home) -> None:
    _talk(home)
    home.add(["A note about the holidays in Lisbon: bring hats."], kind=MemoryKind.NOTE,
             source=SourceKind.NOTE, name="note", happened_ms=to_ms(START))  # fmt: skip
    home.settle()
    hits = home.ask("holidays in Lisbon", unit=RecallUnit.DAY).hits
    assert hits[0].unit is not None
    assert hits[0].unit.title == local_day(to_ms(START)) and hits[0].unit.memories == 4
    titles = [hit.unit.title for hit in hits if hit.unit is not None]
    assert len(titles) == len(set(titles)) == 2


def test_limit_counts_units_and_single_memories_tell_none(home: Home) -> None:
    _talk(home)
    assert len(home.ask("holidays boiler", 1, unit=RecallUnit.SESSION).hits) == 1
    assert all(hit.unit is None for hit in home.ask("holidays boiler").hits)
    assert home.ask("What happened on 5 May 2023?", unit=RecallUnit.DAY).timeline is False


def test_of_a_long_session_the_turns_around_its_best_are_heard() -> None:
    placed = _placed(*range(HEARD + 30))
    assert [one.rowid for one in _near(placed[:HEARD], 3)] == list(range(HEARD))
    for best in (0, 40, HEARD + 29):
        heard = [one.rowid for one in _near(placed, best)]
        assert len(heard) == HEARD and best in heard
    middle = [one.rowid for one in _near(placed, 40)]
    assert middle[0] == 40 - HEARD // 2


def test_a_session_tells_what_it_is_worth_beside_its_best_memory(home: Home) -> None:
    _talk(home)
    hits = home.ask("Where do we go for the holidays?", unit=RecallUnit.SESSION, explain=True).hits
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert any("session" in (hit.why or {}) for hit in hits)
