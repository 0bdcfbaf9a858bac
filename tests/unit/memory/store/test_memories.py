"""Memories: the difference between two readings, editing, listing; keywords kept in step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memory.clock import DAY_MS
from memory.errors import NotFound
from memory.paths import DataPaths
from memory.protocol import MemoryKind, MemoryQuery, MemoryState, ReviewReason
from memory.store import embeddings, ids, memories, outbox, reviews
from memory.store.db import Connection, Database
from memory.store.rows import NewMemory, Review, Strength
from tests.fakes import FakeClock
from tests.unit.memory.standin import NOW, add_source, first, passages, remember


@pytest.fixture
def database(paths: DataPaths, clock: FakeClock) -> Iterator[Database]:
    opened = Database(paths, clock)
    yield opened
    opened.close()


def read_again(database: Database, *texts: str) -> memories.Replaced:
    return database.write(
        lambda c: memories.replace_source(c, "a", passages(*texts), NOW + DAY_MS, first)
    )


def texts_of(database: Database) -> list[str]:
    with database.read() as c:
        return [memory.text for memory in memories.of_source(c, "a")]


def waiting(database: Database) -> list[tuple[str, str]]:
    with database.read() as c:
        return [(entry.memory_id, entry.op) for entry in outbox.take(c, 10_000)]


def test_unchanged_passages_keep_identity_and_strength(database: Database) -> None:
    old = remember(database, "a", "one", "two", "three")
    database.write(lambda c: memories.set_strength(c, old[2], Strength(77.0, 3.0, NOW)))
    replaced = read_again(database, "zero", "one", "three")
    assert replaced.kept == [old[0], old[2]]
    assert replaced.removed == [old[1]]
    assert texts_of(database) == ["zero", "one", "three"]
    with database.read() as c:
        kept = memories.get(c, old[2])
    assert kept.strength.stability_days == 77.0
    assert (kept.position, kept.start, kept.end) == (2, 9, 14)
    assert kept.learnt_ms == NOW


def test_equal_passages_are_matched_in_order(database: Database) -> None:
    old = remember(database, "a", "same", "x", "same", "y", "same")
    replaced = read_again(database, "same", "x", "same", "same")
    assert replaced.kept == [old[0], old[1], old[2], old[4]]
    assert replaced.removed == [old[3]]


def test_a_passage_that_moved_is_recognised(database: Database) -> None:
    old = remember(database, "a", "one", "two", "three", "four")
    replaced = read_again(database, "three", "one", "two", "four")
    assert sorted(replaced.kept) == sorted(old)
    assert replaced.added == [] and replaced.removed == []
    assert texts_of(database) == ["three", "one", "two", "four"]


def test_an_edited_memory_keeps_the_persons_words(database: Database) -> None:
    old = remember(database, "a", "one", "two")
    database.write(lambda c: memories.edit(c, old[0], text="uno", now_ms=NOW))
    assert read_again(database, "one", "two", "three").kept == old
    assert texts_of(database) == ["uno", "two", "three"]


def test_only_changes_reach_the_outbox(database: Database) -> None:
    old = remember(database, "a", "one", "two")
    database.write(lambda c: outbox.done(c, [e.seq for e in outbox.take(c, 10)]))
    replaced = read_again(database, "one", "three")
    assert waiting(database) == [(old[1], "delete"), (replaced.added[0], "upsert")]


def test_turns_with_equal_words_are_told_apart_by_their_ids(database: Database) -> None:
    def turns(*refs: str) -> list[NewMemory]:
        return [
            NewMemory(MemoryKind.TURN, "yes", n, n, n + 3, ref=ref) for n, ref in enumerate(refs)
        ]

    def work(c: Connection) -> memories.Replaced:
        add_source(c, "a", kind="conversation")
        memories.replace_source(c, "a", turns("t1", "t2", "t3"), NOW, first)
        return memories.replace_source(c, "a", turns("t1", "t3"), NOW, first)

    replaced = database.write(work)
    assert (len(replaced.kept), len(replaced.removed), len(replaced.added)) == (2, 1, 0)
    with database.read() as c:
        assert [m.ref for m in memories.of_source(c, "a")] == ["t1", "t3"]


def test_new_heading_asks_for_a_new_vector(database: Database) -> None:
    old = remember(database, "a", "one")
    database.write(lambda c: outbox.done(c, [e.seq for e in outbox.take(c, 10)]))
    database.write(
        lambda c: memories.replace_source(c, "a", passages("one", heading="Top"), NOW, first)
    )
    assert waiting(database) == [(old[0], "upsert")]
    with database.read() as c:
        assert memories.get(c, old[0]).heading == "Top"


WORDS = st.lists(st.sampled_from(["a", "b", "c", "d", "e"]), max_size=12)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(before=WORDS, after=WORDS)
def test_reading_again_always_leads_to_the_new_text(
    database: Database, before: list[str], after: list[str]
) -> None:
    def work(c: Connection) -> None:
        c.execute("DELETE FROM sources")
        c.execute("DELETE FROM outbox")
        add_source(c, "a")
        old = memories.replace_source(c, "a", passages(*before), NOW, first).added
        replaced = memories.replace_source(c, "a", passages(*after), NOW, first)
        found = memories.of_source(c, "a")
        assert [m.text for m in found] == after
        assert [m.position for m in found] == list(range(len(after)))
        assert sorted(replaced.kept + replaced.added) == sorted(m.id for m in found)
        assert sorted(replaced.kept + replaced.removed) == sorted(old)
        common = sum(min(before.count(w), after.count(w)) for w in set(before))
        assert len(replaced.kept) == common
        upserts = {e.memory_id for e in outbox.take(c, 1000) if e.op == "upsert"}
        assert upserts == {m.id for m in found}
        assert _keywords_agree(c)

    database.write(work)


def _keywords_agree(c: Connection) -> bool:
    for table in ("memories_fts", "memories_trigram"):
        if c.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone():
            c.execute(f"INSERT INTO {table}({table}, rank) VALUES ('integrity-check', 1)")
    return True


def test_edit_keeps_the_old_text_and_asks_for_a_new_vector(database: Database) -> None:
    (id_,) = remember(database, "a", "old words")

    def work(c: Connection) -> None:
        (entry,) = embeddings.take(c, 10, "m")
        embeddings.done(c, "m", [embeddings.Done(entry.seq, id_, embeddings.unpack(b"\0\x3c" * 4))])
        edited = memories.edit(c, id_, text="new words", pinned=True, importance=0.9, now_ms=NOW)
        assert (edited.text, edited.version, edited.pinned) == ("new words", 2, True)
        assert edited.importance == 0.9
        assert embeddings.count(c, "m") == 0

    database.write(work)
    assert waiting(database) == [(id_, "upsert")]
    with database.read() as c:
        row = c.execute("SELECT text, version, cause FROM memory_versions").fetchone()
    assert tuple(row) == ("old words", 1, "edit")


def test_edit_of_what_is_gone(database: Database) -> None:
    with pytest.raises(NotFound):
        database.write(lambda c: memories.edit(c, "nothing", text="x", now_ms=NOW))


def test_get_many_by_rowids_and_neighbours(database: Database) -> None:
    made = remember(database, "a", "one", "two", "three", "four", "five")
    with database.read() as c:
        found = memories.get_many(c, [*made, "nothing"])
        middle = found[made[2]]
        assert list(found) == made
        assert (middle.source_title, middle.location) == ("a", "/a")
        assert memories.by_rowids(c, [middle.memory.rowid])[middle.memory.rowid] == middle
        before, after = memories.neighbours(c, middle.memory, 1, 5)
        assert [m.text for m in before] == ["two"]
        assert [m.text for m in after] == ["four", "five"]
        pages = memories.iterate(c, 0, 3)
        assert [m.text for m in pages] == ["one", "two", "three"]
        assert len(memories.iterate(c, pages[-1].rowid, 3)) == 2


def _listed(database: Database, now_ms: int = NOW, **filters: object) -> list[str]:
    with database.read() as c:
        found, total = memories.listing(c, MemoryQuery(**filters), now_ms)  # type: ignore[arg-type]
        assert total >= len(found)
        return [item.memory.text for item in found]


def test_listing_filters(database: Database) -> None:
    made = remember(database, "a", "old oak tree", "young birch tree", "garden shed")

    def work(c: Connection) -> None:
        c.execute(
            "UPDATE memories SET happened_ms = ? WHERE id = ?",
            (int(datetime(2020, 1, 1, tzinfo=UTC).timestamp() * 1000), made[0]),
        )
        memories.edit(c, made[1], pinned=True, now_ms=NOW)
        memories.set_strength(c, made[2], Strength(0.5, 5.0, NOW - 400 * DAY_MS))
        add_source(c, "b", kind="note")
        memories.append(
            c, "b", [replace(passages("a noted tree")[0], kind=MemoryKind.NOTE)], NOW, first
        )
        memories.set_state(c, made[2:], MemoryState.DORMANT)

    database.write(work)
    assert _listed(database)[-1] == "old oak tree"
    assert set(_listed(database, text="tree")) == {
        "old oak tree",
        "young birch tree",
        "a noted tree",
    }
    assert _listed(database, text="bir tre") == ["young birch tree"]
    assert _listed(database, text='"; DROP') == []
    assert _listed(database, text="???") == []
    assert _listed(database, kinds=["note"]) == ["a noted tree"]
    assert len(_listed(database, source="a")) == 2
    assert _listed(database, pinned=True) == ["young birch tree"]
    assert _listed(database, until=datetime(2021, 1, 1, tzinfo=UTC)) == ["old oak tree"]
    assert len(_listed(database, since=datetime(2021, 1, 1, tzinfo=UTC))) == 2
    assert _listed(database, states=["dormant"]) == ["garden shed"]
    assert _listed(database, states=[], max_strength=0.5) == ["garden shed"]
    assert len(_listed(database, states=[], min_strength=0.5)) == 3
    assert len(_listed(database, states=[], limit=2)) == 2
    assert len(_listed(database, states=[], limit=2, offset=3)) == 1


def test_counts(database: Database) -> None:
    made = remember(database, "a", "one", "two")
    database.write(lambda c: memories.set_state(c, made[:1], MemoryState.DORMANT))
    with database.read() as c:
        found = memories.counts(c)
    assert (found[MemoryState.ACTIVE], found[MemoryState.DORMANT]) == (1, 1)
    assert found[MemoryState.SUPERSEDED] == 0


def test_reviews_go_with_their_memory(database: Database) -> None:
    (id_,) = remember(database, "a", "one")
    entry = Review(
        id_, ReviewReason.CITED, NOW, Strength(1.0, 5.0, NOW - DAY_MS), Strength(2.0, 4.0, NOW)
    )
    database.write(lambda c: reviews.add(c, entry))
    with database.read() as c:
        assert reviews.of_memory(c, id_) == [entry]
        assert reviews.last(c, id_, ReviewReason.CITED) == NOW
        assert reviews.last(c, id_, ReviewReason.WRONG) is None
    database.write(lambda c: memories.remove(c, [id_]))
    with database.read() as c:
        assert c.execute("SELECT count(*) FROM reviews").fetchone()[0] == 0


def test_ids_rise_within_a_millisecond_and_when_the_clock_goes_back() -> None:
    made = [*ids.new_ids(NOW, 1000), ids.new_id(NOW), ids.new_id(NOW - 5000), ids.new_id(NOW + 1)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)
    assert {len(id_) for id_ in made} == {26}
