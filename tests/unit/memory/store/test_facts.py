"""Facts in the database: folded in place, keeping ids; gone with what they rest on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from memory.facts.fold import State
from memory.facts.statements import Mode, Moment, Statement, Verdict
from memory.paths import DataPaths
from memory.protocol import MemoryKind
from memory.store import facts, memories
from memory.store.db import Connection, Database
from tests.fakes import FakeClock
from tests.unit.memory.standin import NOW, remember

DAY = 86_400_000


@pytest.fixture
def database(paths: DataPaths, clock: FakeClock) -> Iterator[Database]:
    opened = Database(paths, clock)
    yield opened
    opened.close()


def _lives(value: str, day: int, **more: object) -> Statement:
    return Statement("you", "lives_in", value, Mode.IS, NOW + day * DAY, 0.9, **more)  # type: ignore[arg-type]


def _keep(database: Database, *said: tuple[str, Statement]) -> list[facts.Stored]:
    def work(c: Connection) -> list[facts.Stored]:
        topics = facts.add_statements(c, said, NOW)
        facts.refold(c, topics)
        return facts.of_topic(c, said[0][1].topic)

    return database.write(work)


def _fact_texts(database: Database) -> list[str]:
    with database.read() as c:
        rows = c.execute("SELECT text FROM memories WHERE kind = 'fact' ORDER BY text")
        return [row[0] for row in rows]


def test_a_newer_value_supersedes_and_the_older_stays(database: Database) -> None:
    one, two = remember(database, "a", "I live in Berlin."), remember(database, "b", "Now Lyon.")
    (berlin,) = _keep(database, (one[0], _lives("Berlin", 0)))
    found = _keep(database, (two[0], _lives("Lyon", 30)))
    assert [(fact.value, fact.state) for fact in found] == [
        ("Berlin", State.PAST), ("Lyon", State.CURRENT),
    ]  # fmt: skip
    assert found[0].id == berlin.id and found[0].memory_id == berlin.memory_id
    assert found[0].superseded_by == found[1].id
    assert found[0].ends == Moment(NOW + 30 * DAY, 30)
    assert _fact_texts(database) == [
        "You live in Lyon (before: Berlin).",
        "You lived in Berlin (until March 2026, then Lyon).",
    ]


def test_its_memory_stands_beside_the_turns_it_was_told_in(database: Database) -> None:
    ids = remember(database, "a", "I live in Berlin.", "Good.")
    (fact,) = _keep(database, (ids[0], _lives("Berlin", 0, end=17)))
    with database.read() as c:
        memory = memories.get(c, fact.memory_id or "")
        first = memories.get(c, ids[0])
        assert (memory.kind, memory.source_id, memory.start, memory.end) == (
            MemoryKind.FACT, "a", first.start, first.start + 17,
        )  # fmt: skip
        assert memories.neighbours(c, first, 2, 2)[0] == []
        assert memories.neighbours(c, memory, 2, 2) == ([], [])


def test_reading_the_source_again_keeps_its_facts(database: Database) -> None:
    from tests.unit.memory.standin import first, passages

    ids = remember(database, "a", "I live in Berlin.", "Good.")
    (fact,) = _keep(database, (ids[0], _lives("Berlin", 0)))
    again = passages("I live in Berlin.", "Better.")
    done = database.write(lambda c: memories.replace_source(c, "a", again, NOW, first))
    assert len(done.kept) == 1 and len(done.removed) == 1
    with database.read() as c:
        assert facts.get(c, fact.id) == fact


def test_a_changed_file_takes_what_rested_on_it(database: Database) -> None:
    from tests.unit.memory.standin import first, passages

    ids = remember(database, "a", "I live in Berlin.", "Good.")
    (fact,) = _keep(database, (ids[0], _lives("Berlin", 0)))
    database.write(lambda c: memories.replace_source(c, "a", passages("Good."), NOW, first))
    database.write(lambda c: facts.refold(c, facts.changed_topics(c)))
    with database.read() as c:
        assert facts.get(c, fact.id) is None and facts.changed_topics(c) == set()
    assert _fact_texts(database) == []


def test_doubtful_and_rejected_ones_are_not_recalled(database: Database) -> None:
    (memory_id,) = remember(database, "a", "I think I live in Berlin.")
    (fact,) = _keep(database, (memory_id, replace(_lives("Berlin", 0), confidence=0.4)))
    assert (fact.state, fact.memory_id) == (State.DOUBTFUL, None) and _fact_texts(database) == []

    def decide(verdict: Verdict) -> facts.Stored | None:
        def work(c: Connection) -> facts.Stored | None:
            facts.decide(c, fact.id, verdict)
            facts.refold(c, [fact.topic])
            return facts.get(c, fact.id)

        return database.write(work)

    accepted = decide(Verdict.ACCEPTED)
    assert accepted is not None and accepted.state is State.CURRENT
    assert _fact_texts(database) == ["You live in Berlin."]
    rejected = decide(Verdict.REJECTED)
    assert rejected is not None and rejected.state is State.REJECTED
    assert _fact_texts(database) == []


def test_the_persons_own_words(database: Database) -> None:
    (memory_id,) = remember(database, "a", "I live in Berlin.")
    (fact,) = _keep(database, (memory_id, _lives("Berlin", 0)))

    def work(c: Connection) -> facts.Stored | None:
        facts.correct(c, fact.id, "Bernau", Moment(NOW - 400 * DAY, 365), Moment(NOW, 1))
        facts.refold(c, [fact.topic])
        return facts.get(c, fact.id)

    edited = database.write(work)
    assert edited is not None and (edited.value, edited.state) == ("Bernau", State.PAST)
    assert _fact_texts(database) == ["You lived in Bernau (from 2025; until 1 March 2026)."]


def test_marks_say_how_far_a_source_was_read(database: Database) -> None:
    remember(database, "a", "One.", "Two.", "Three.")
    kinds = ("passage",)
    with database.read() as c:
        assert facts.waiting(c, 0, NOW, kinds) == ["a"]
        rows = facts.unread(c, "a", 0, kinds, 2)
        assert [row["text"] for row in rows] == ["One.", "Two."]
    database.write(lambda c: facts.set_mark(c, "a", rows[-1]["rowid"]))
    with database.read() as c:
        left = facts.unread(c, "a", facts.mark_of(c, "a"), kinds, 9)
        assert [row["text"] for row in left] == ["Three."]
        assert facts.waiting(c, left[0]["rowid"], NOW, kinds) == []
        assert facts.waiting(c, 0, NOW, ("turn",)) == []
    database.write(lambda c: facts.set_mark(c, "gone", 5))  # forgotten meanwhile: no error
