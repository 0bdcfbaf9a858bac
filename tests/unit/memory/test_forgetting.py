"""Forgetting is physical: these tests search every byte of the data folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import Future
from datetime import UTC, datetime

import numpy as np
import pytest

from memory import vectors
from memory.errors import BadRequest, NotFound
from memory.forgetting import Forgetting
from memory.index import Index
from memory.paths import DataPaths
from memory.protocol import ForgetRequest, MemoryKind
from memory.store import db, embeddings, fading, forget, memories, meta
from memory.store.blanks import BLANK
from memory.store.db import Connection, Database
from memory.store.rows import NewMemory
from tests.fakes import FakeClock
from tests.patience import LONG_S
from tests.unit.memory.standin import (
    NOW,
    WordEmbedder,
    add_source,
    first,
    passages,
    remember,
)

SECRET = "xylophone zugzwang quokka"
OTHER = "ordinary words about gardens"


@pytest.fixture
def database(paths: DataPaths, clock: FakeClock) -> Iterator[Database]:
    opened = Database(paths, clock)
    yield opened
    opened.close()


@pytest.fixture
def index(database: Database, paths: DataPaths, clock: FakeClock) -> Iterator[Index]:
    running = Index(database, paths, clock, WordEmbedder)
    running.start()
    assert running.settled(LONG_S)
    yield running
    running.stop()


@pytest.fixture
def forgetting(database: Database, index: Index, paths: DataPaths, clock: FakeClock) -> Forgetting:
    return Forgetting(database, index, paths, clock)


def files_with(paths: DataPaths, needle: bytes) -> list[str]:
    """Every file of the data folder that holds these bytes."""
    return [
        str(path.relative_to(paths.root))
        for path in sorted(paths.root.rglob("*"))
        if path.is_file() and needle in path.read_bytes()
    ]


def traces(paths: DataPaths, text: str) -> dict[str, list[str]]:
    """Where words, stems, word pieces of a text stand, in either encoding."""
    needles = {text.encode(), text.encode("utf-16-le"), text.title().encode()}
    for word in text.split():
        needles |= {word.encode(), word[:-1].encode(), word.upper().encode()}
    found = {needle.decode("utf-8", "replace"): files_with(paths, needle) for needle in needles}
    return {needle: files for needle, files in found.items() if files}


def remember_with_everything(database: Database) -> str:
    """A memory with all that hangs on one: versions, reviews, summary, chat, backup."""
    filler = [f"{OTHER} number {n}" for n in range(300)]
    ids = remember(database, "diary", *filler[:150], SECRET, *filler[150:])

    def hang(c: Connection) -> str:
        memory_id = ids[150]
        fading.offer(c, "2026-03-01", [memory_id], NOW)
        memories.edit(c, memory_id, text=f"{SECRET} edited", now_ms=NOW)
        summary = NewMemory(
            MemoryKind.SUMMARY, f"summary: {SECRET}", 0, 0, 10, provenance={"from": [memory_id]}
        )
        add_source(c, "summaries", kind="note")
        memories.append(c, "summaries", [summary], NOW, first)
        c.execute(
            "INSERT INTO chats (id, title, created_ms, updated_ms)"
            " VALUES ('chat', 'about animals', ?, ?)",
            (NOW, NOW),
        )
        cited = json.dumps([{"n": 1, "memory": memory_id, "quote": SECRET}])
        for id_, role, text, citations in (
            ("m1", "person", "what was in my diary", "[]"),
            ("m2", "assistant", f"It said: {SECRET} [1]", cited),
        ):
            c.execute(
                "INSERT INTO messages (id, chat_id, role, text, at_ms, citations)"
                " VALUES (?, 'chat', ?, ?, ?, ?)",
                (id_, role, text, NOW, citations),
            )
        add_source(c, "talk", kind="conversation")
        turn = NewMemory(MemoryKind.TURN, f"It said: {SECRET}", 0, 0, 8, ref="m2")
        memories.append(c, "talk", [turn], NOW, first)
        return memory_id

    return database.write(hang)


def test_no_byte_is_left(
    database: Database, index: Index, forgetting: Forgetting, paths: DataPaths
) -> None:
    memory_id = remember_with_everything(database)
    index.wake()
    assert index.settled(LONG_S)
    database.backup(paths.backups / "nightly.db")
    with database.read() as c:
        vector = embeddings.get_many(c, [memory_id], "words-1")[memory_id]
    assert traces(paths, SECRET)
    assert files_with(paths, WordEmbedder().embed([f"{SECRET} edited"])[0].tobytes())

    reply = forgetting.forget(ForgetRequest(memories=[memory_id]))

    assert reply.memories == 3  # the passage, the summary of it, the turn that repeated it
    assert traces(paths, SECRET) == {}
    assert files_with(paths, vector.tobytes()) == []
    assert files_with(paths, WordEmbedder().embed([f"{SECRET} edited"])[0].tobytes()) == []
    assert files_with(paths, vector.astype(np.float16).tobytes()) == []
    assert len(list(paths.backups.iterdir())) == 1
    with database.read() as c:
        messages = dict(c.execute("SELECT id, text FROM messages").fetchall())
        assert fading.offered(c, "2026-03-01") == []
        assert c.execute("SELECT count(*) FROM fading_offers").fetchone()[0] == 0
    assert messages == {"m1": "what was in my diary", "m2": forget.REMOVED_ANSWER}


def test_nothing_comes_back_after_a_restart(
    database: Database, index: Index, forgetting: Forgetting, paths: DataPaths, clock: FakeClock
) -> None:
    memory_id = remember_with_everything(database)
    index.wake()
    assert index.settled(LONG_S)
    forgetting.forget(ForgetRequest(memories=[memory_id]))
    index.stop()
    database.close()
    again = Database(paths, clock)
    second = Index(again, paths, clock, WordEmbedder)
    second.start()
    try:
        assert second.settled(LONG_S)
        assert traces(paths, SECRET) == {}
        assert memory_id not in {id_ for id_, _c in second.query(SECRET, 500)}
        assert again.quick_check() == []
    finally:
        second.stop()
        again.close()


def test_the_rest_of_a_document_stays_in_its_place(
    database: Database, forgetting: Forgetting
) -> None:
    ids = remember(database, "a", "keep this", SECRET, "keep that")
    forgetting.forget(ForgetRequest(memories=[ids[1]]))
    with database.read() as c:
        text = c.execute("SELECT text FROM documents").fetchone()[0]
        kept = memories.get_many(c, ids)
    assert text == f"keep this\n{BLANK * len(SECRET)}\nkeep that"
    assert set(kept) == {ids[0], ids[2]}
    for found in kept.values():
        assert text[found.memory.start : found.memory.end] == found.memory.text


def test_reading_the_file_again_does_not_bring_it_back(
    database: Database, forgetting: Forgetting, paths: DataPaths
) -> None:
    ids = remember(database, "a", "keep this", SECRET, "keep that")
    forgetting.forget(ForgetRequest(memories=[ids[1]]))

    def read_again(c: Connection) -> memories.Replaced:
        new = passages("keep this", SECRET, "keep that", "and more")
        c.execute("UPDATE documents SET text = ?", ("\n".join(m.text for m in new),))
        return memories.replace_source(c, "a", new, NOW, first)

    replaced = database.write(read_again)
    assert replaced.kept == [ids[0], ids[2]]
    assert len(replaced.added) == 1
    with database.read() as c:
        assert SECRET not in c.execute("SELECT text FROM documents").fetchone()[0]


def test_source_with_its_conversations(
    database: Database, forgetting: Forgetting, paths: DataPaths
) -> None:
    def work(c: Connection) -> None:
        add_source(c, "export", location="/home/me/export.zip")
        add_source(c, "talk", kind="conversation", location="secret talk", parent="export")
        memories.append(c, "talk", passages(SECRET), NOW, first)
        add_source(c, "other")
        memories.append(c, "other", passages(OTHER), NOW, first)

    database.write(work)
    shown = forgetting.preview(ForgetRequest(source="/home/me/export.zip"))
    assert (shown.memories, shown.sources, shown.preview) == (1, 2, True)
    assert shown.samples == [SECRET]
    forgetting.forget(ForgetRequest(source="/home/me/export.zip"))
    assert traces(paths, SECRET) == {}
    assert files_with(paths, b"export.zip") == []
    with database.read() as c:
        assert [row[0] for row in c.execute("SELECT id FROM sources")] == ["other"]


def test_file_in_a_watched_folder_is_kept_away(database: Database, forgetting: Forgetting) -> None:
    from memory.store import folders

    def work(c: Connection) -> None:
        c.execute("INSERT INTO folders (id, path, added_ms) VALUES ('f', '/notes', 0)")
        add_source(c, "a", location="/notes/a.txt", folder="f")
        memories.append(c, "a", passages(SECRET), NOW, first)

    database.write(work)
    forgetting.forget(ForgetRequest(source="/notes/a.txt"))
    with database.read() as c:
        assert "/notes/a.txt" in folders.kept_away(c, "f")


def test_before_a_date(database: Database, forgetting: Forgetting, paths: DataPaths) -> None:
    old = datetime(2020, 5, 1, tzinfo=UTC)

    def work(c: Connection) -> None:
        add_source(c, "diary")
        dated = [
            NewMemory(MemoryKind.NOTE, SECRET, 0, 0, 5, happened_ms=int(old.timestamp() * 1000)),
            NewMemory(MemoryKind.NOTE, OTHER, 1, 5, 9),
        ]
        memories.append(c, "diary", dated, NOW, first)

    database.write(work)
    reply = forgetting.forget(ForgetRequest(before=datetime(2021, 1, 1, tzinfo=UTC)))
    assert (reply.memories, reply.sources) == (1, 0)
    assert traces(paths, SECRET) == {}
    assert files_with(paths, b"gardens")


def test_everything(
    database: Database, index: Index, forgetting: Forgetting, paths: DataPaths
) -> None:
    remember_with_everything(database)
    index.wake()
    assert index.settled(LONG_S)
    database.backup(paths.backups / "nightly.db")
    reply = forgetting.forget(ForgetRequest(all=True))
    assert reply.memories == 303
    assert traces(paths, SECRET) == {}
    assert files_with(paths, b"gardens") == []
    assert index.query(OTHER, 5) == []
    assert database.quick_check() == []
    # The store works on as new.
    remember(database, "fresh", "a first new memory")
    index.wake()
    assert index.settled(LONG_S)
    assert len(index.query("first memory", 5)) == 1


def test_a_crash_in_between_is_finished_at_the_next_start(
    database: Database, index: Index, paths: DataPaths, clock: FakeClock
) -> None:
    class Dies:
        def start_purge(self) -> Future[int]:
            raise SystemError("as if killed here")

    memory_id = remember_with_everything(database)
    database.backup(paths.backups / "nightly.db")
    index.wake()
    assert index.settled(LONG_S)
    with pytest.raises(SystemError):
        Forgetting(database, Dies(), paths, clock).forget(ForgetRequest(memories=[memory_id]))
    assert traces(paths, SECRET)
    index.stop()

    Forgetting(database, index, paths, clock).resume()
    assert traces(paths, SECRET) == {}
    with database.read() as c:
        assert meta.get(c, "purge_index") is not None
    folder = vectors.current_folder(paths)
    second = Index(database, paths, clock, WordEmbedder)
    second.start()
    try:
        assert second.settled(LONG_S)
        assert vectors.current_folder(paths) != folder
    finally:
        second.stop()
    with database.read() as c:
        assert meta.get(c, "purge_index") is None


@pytest.fixture
def vacuums(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """One entry for each time the database was written anew."""
    done: list[bool] = []
    real = db._vacuum

    def counted(c: Connection, paths: DataPaths) -> None:
        done.append(True)
        real(c, paths)

    monkeypatch.setattr(db, "_vacuum", counted)
    return done


def test_a_small_forgetting_does_not_write_the_database_anew(
    database: Database, forgetting: Forgetting, paths: DataPaths, vacuums: list[bool]
) -> None:
    memory_id = remember_with_everything(database)
    forgetting.forget(ForgetRequest(memories=[memory_id]))
    assert vacuums == []
    assert traces(paths, SECRET) == {}


def test_what_is_left_in_an_unused_part_of_the_file_is_zeroed(
    database: Database, forgetting: Forgetting, paths: DataPaths, vacuums: list[bool]
) -> None:
    ids = remember(database, "a", "keep this", SECRET, "keep that")

    def leave_bytes(c: Connection) -> None:
        """As after cells were moved to another page: their old bytes stay in the gap."""
        c.execute("CREATE TABLE moved (id INTEGER PRIMARY KEY, text TEXT)")
        c.executemany("INSERT INTO moved (text) VALUES (?)", [("stays",), (f"{SECRET} moved",)])
        c.execute("PRAGMA secure_delete = OFF")
        c.execute("DELETE FROM moved WHERE id = 2")
        c.execute("PRAGMA secure_delete = ON")

    database.write(leave_bytes)
    forgetting.forget(ForgetRequest(memories=[ids[1]]))
    assert vacuums == []
    assert traces(paths, SECRET) == {}
    # Nor does it come back from memory when a page is written again.
    database.write(lambda c: c.execute("INSERT INTO moved (text) VALUES ('new row')"))
    database.write(lambda c: c.execute("UPDATE memories SET position = position + 1"))
    assert traces(paths, SECRET) == {}
    assert database.quick_check() == []


def test_where_gaps_cannot_be_told_the_database_is_written_anew(
    database: Database,
    forgetting: Forgetting,
    paths: DataPaths,
    vacuums: list[bool],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ids = remember(database, "a", "keep this", SECRET, "keep that")
    monkeypatch.setattr(db.residue, "_SECONDS", -1.0)  # no child answers in time
    forgetting.forget(ForgetRequest(memories=[ids[1]]))
    assert vacuums == [True]
    assert traces(paths, SECRET) == {}


def test_an_interrupted_forgetting_goes_with_the_next(
    database: Database, forgetting: Forgetting
) -> None:
    ids = remember(database, "a", "keep this", OTHER, "keep that")
    database.write(lambda c: meta.put(c, "scrub", "of an earlier one"))
    forgetting.forget(ForgetRequest(memories=[ids[1]]))
    with database.read() as c:
        assert meta.get(c, "scrub") is None


def talk(database: Database) -> list[str]:
    """Ann and Bob, a note about Ann, a summary of what Ann said, and an answer that cites it."""

    def work(c: Connection) -> list[str]:
        add_source(c, "talk", kind="conversation", location="talk with Ann")
        c.execute("UPDATE sources SET title = 'talk with Ann' WHERE id = 'talk'")
        said = [("Ann", SECRET), ("Bob", OTHER), ("ann ", "me again"), ("Bob", "Ann, see you")]
        text, turns = "", []
        for at, (speaker, words) in enumerate(said):
            text += f"{speaker.strip()}, 4 March\n"
            turns.append(
                NewMemory(MemoryKind.TURN, words, at, len(text), len(text) + len(words),
                          ref=f"t{at}", speaker=speaker)
            )  # fmt: skip
            text += words + "\n"
        c.execute("INSERT INTO documents (source_id, text) VALUES ('talk', ?)", (text,))
        ids = memories.append(c, "talk", turns, NOW, first)
        add_source(c, "note", kind="note")
        ids += memories.append(
            c, "note",
            [NewMemory(MemoryKind.NOTE, "Call Ann about Annapolis", 0, 0, 24),
             NewMemory(MemoryKind.SUMMARY, f"summary: {SECRET}", 1, 24, 30,
                       provenance={"from": [ids[0]]})],
            NOW, first,
        )  # fmt: skip
        c.execute(
            "INSERT INTO chats (id, title, created_ms, updated_ms) VALUES ('c', 'Ann?', 0, 0)"
        )
        cited = json.dumps([{"n": 1, "memory": ids[0], "quote": SECRET}])
        c.execute(
            "INSERT INTO messages (id, chat_id, role, text, at_ms, citations)"
            " VALUES ('m', 'c', 'assistant', ?, 0, ?)",
            (f"They said {SECRET} [1]", cited),
        )
        return ids

    return database.write(work)


def test_what_a_person_said(database: Database, forgetting: Forgetting, paths: DataPaths) -> None:
    ids = talk(database)
    shown = forgetting.preview(ForgetRequest(person="ANN"))
    assert (shown.memories, shown.derived, shown.answers, shown.naming) == (3, 1, 1, 2)
    assert shown.derived_samples == [f"summary: {SECRET}"]
    assert set(shown.naming_samples) == {"Ann, see you", "Call Ann about Annapolis"}
    assert shown.still_named == ["talk with Ann"]
    reply = forgetting.forget(ForgetRequest(person="ANN"))
    assert reply.memories == 3
    assert traces(paths, SECRET) == {}
    with database.read() as c:
        assert set(memories.get_many(c, ids)) == {ids[1], ids[3], ids[4]}
        assert c.execute("SELECT text FROM messages").fetchone()[0] == forget.REMOVED_ANSWER


def test_and_what_names_them(database: Database, forgetting: Forgetting, paths: DataPaths) -> None:
    ids = talk(database)
    shown = forgetting.preview(ForgetRequest(person="Ann", naming=True))
    assert (shown.memories, shown.naming) == (5, 2)
    forgetting.forget(ForgetRequest(person="Ann", naming=True))
    with database.read() as c:
        assert set(memories.get_many(c, ids)) == {ids[1]}
        text = c.execute("SELECT text FROM documents").fetchone()[0]
        titles = [row[0] for row in c.execute("SELECT title FROM chats UNION SELECT title"
                                              " FROM sources WHERE id = 'talk'")]  # fmt: skip
    assert OTHER in text and "Bob, 4 March" in text and "Ann" not in text
    assert titles == [forget.UNTITLED]
    assert traces(paths, SECRET) == {}


def test_nobody_of_that_name(database: Database, forgetting: Forgetting) -> None:
    talk(database)
    with pytest.raises(NotFound):
        forgetting.preview(ForgetRequest(person="Anna"))  # not a part of a name


def test_a_span_of_time(database: Database, forgetting: Forgetting) -> None:
    days = [datetime(2024, 3, day, tzinfo=UTC) for day in (1, 10, 20)]

    def work(c: Connection) -> list[str]:
        add_source(c, "diary")
        dated = [
            NewMemory(MemoryKind.NOTE, f"day {at}", at, 0, 5,
                      happened_ms=int(day.timestamp() * 1000))
            for at, day in enumerate(days)
        ]  # fmt: skip
        c.execute("INSERT INTO chats (id, title, created_ms, updated_ms) VALUES ('c', 'x', 0, 0)")
        for at, day in enumerate(days):
            c.execute(
                "INSERT INTO messages (id, chat_id, role, text, at_ms) VALUES (?, 'c', 'person',"
                " 'said', ?)",
                (f"m{at}", int(day.timestamp() * 1000)),
            )
        return memories.append(c, "diary", dated, NOW, first)

    ids = database.write(work)
    # The end is exclusive, the beginning is not.
    reply = forgetting.forget(ForgetRequest(since=days[1], until=days[2]))
    assert (reply.memories, reply.messages) == (1, 1)
    with database.read() as c:
        assert set(memories.get_many(c, ids)) == {ids[0], ids[2]}
        assert [r[0] for r in c.execute("SELECT id FROM messages ORDER BY id")] == ["m0", "m2"]
    assert forgetting.preview(ForgetRequest(since=days[1])).memories == 1
    assert forgetting.preview(ForgetRequest(until=days[1])).memories == 1


@pytest.mark.parametrize(
    "request_",
    [
        ForgetRequest(),
        ForgetRequest(all=True, source="x"),
        ForgetRequest(memories=["x"], before=datetime(2020, 1, 1, tzinfo=UTC)),
        ForgetRequest(person="x", since=datetime(2020, 1, 1, tzinfo=UTC)),
        ForgetRequest(person="  "),
        ForgetRequest(
            since=datetime(2020, 1, 2, tzinfo=UTC), until=datetime(2020, 1, 1, tzinfo=UTC)
        ),
    ],
)
def test_exactly_one_way_to_say_it(forgetting: Forgetting, request_: ForgetRequest) -> None:
    with pytest.raises(BadRequest):
        forgetting.preview(request_)


@pytest.mark.parametrize("request_", [ForgetRequest(memories=["x"]), ForgetRequest(source="x")])
def test_what_is_not_there(forgetting: Forgetting, request_: ForgetRequest) -> None:
    with pytest.raises(NotFound):
        forgetting.forget(request_)


def test_preview_changes_nothing(database: Database, forgetting: Forgetting) -> None:
    ids = remember(database, "a", SECRET, OTHER)
    reply = forgetting.forget(ForgetRequest(memories=ids[:1], preview=True))
    assert reply.preview
    with database.read() as c:
        assert len(memories.get_many(c, ids)) == 2


def test_a_title_made_of_forgotten_words_goes_with_them(
    database: Database, forgetting: Forgetting, paths: DataPaths
) -> None:
    def work(c: Connection) -> str:
        add_source(c, "chat", kind="conversation", location="chat")
        turns = [
            NewMemory(MemoryKind.TURN, f"{SECRET} and then some", 0, 0, 20, ref="m1"),
            NewMemory(MemoryKind.TURN, OTHER, 1, 20, 40, ref="m2"),
        ]
        c.execute("UPDATE sources SET title = ?", (f"{SECRET}…",))
        c.execute(
            "INSERT INTO chats (id, title, created_ms, updated_ms) VALUES ('chat', ?, ?, ?)",
            (f"{SECRET}…", NOW, NOW),
        )
        c.executemany(
            "INSERT INTO messages (id, chat_id, role, text, at_ms) VALUES (?, 'chat', ?, ?, 0)",
            [("m1", "person", f"{SECRET} and then some"), ("m2", "person", OTHER)],
        )
        return memories.append(c, "chat", turns, NOW, first)[0]

    first_turn = database.write(work)
    forgetting.forget(ForgetRequest(memories=[first_turn]))
    assert traces(paths, SECRET) == {}
    with database.read() as c:
        assert c.execute("SELECT title FROM chats").fetchone()[0] == forget.UNTITLED
        assert [row[0] for row in c.execute("SELECT id FROM messages")] == ["m2"]


def test_several_sources_at_once(
    database: Database, forgetting: Forgetting, paths: DataPaths
) -> None:
    for name in ("a", "b", "c"):
        remember(database, name, f"{SECRET} {name}" if name != "c" else OTHER)
    reply = forgetting.forget_sources(["a", "b"])
    assert (reply.memories, reply.sources) == (2, 2)
    assert traces(paths, SECRET) == {}
    with pytest.raises(NotFound):
        forgetting.forget_sources(["c", "nothing"])
    assert files_with(paths, b"gardens")


def test_caches_elsewhere_are_told(
    database: Database, index: Index, paths: DataPaths, clock: FakeClock
) -> None:
    told: list[bool] = []
    ids = remember(database, "a", SECRET)
    Forgetting(database, index, paths, clock, lambda: told.append(True)).forget(
        ForgetRequest(memories=ids)
    )
    assert told == [True]
