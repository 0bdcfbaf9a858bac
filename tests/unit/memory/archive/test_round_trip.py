"""Out of one memory into another: nothing is lost, nothing doubled."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from memory.archive import layout
from memory.archiving import Archiving
from memory.errors import BadRequest, Cancelled
from memory.facts.statements import Mode, Statement
from memory.paths import DataPaths, data_paths
from memory.protocol import ExportRequest, ImportReply, ImportRequest, MemoryKind
from memory.store import documents, facts, memories, scopes, sources, topics
from memory.store.db import Connection, Database
from memory.store.rows import DocumentText, NewMemory, Strength
from tests.fakes import FakeClock
from tests.unit.memory.archive import full
from tests.unit.memory.standin import NOW, first

Side = tuple[Database, Archiving]


@pytest.fixture
def side(tmp_path: Path, clock: FakeClock) -> Iterator[Callable[[str], Side]]:
    """Memories by name, each with its own folder."""
    opened: list[Database] = []

    def make(name: str) -> Side:
        paths: DataPaths = data_paths(tmp_path / name)
        paths.create()
        database = Database(paths, clock)
        opened.append(database)
        return database, Archiving(database, paths, clock, "test", lambda: (full.MODEL, 64))

    yield make
    for database in opened:
        database.close()


def _export(made: Side, path: Path, **more: object) -> Path:
    made[1].export(ExportRequest(path=str(path), **more))  # type: ignore[arg-type]
    return path


def _import(made: Side, path: Path) -> ImportReply:
    return made[1].take_in(ImportRequest(path=str(path)))


def test_every_row_comes_through(side: Callable[[str], Side], tmp_path: Path) -> None:
    here, there = side("here"), side("there")
    full.fill(here[0])
    file = _export(here, tmp_path / "all.zip")
    done = _import(there, file)
    before = full.everything(here[0])
    assert full.everything(there[0]) == before
    assert all(before.values()), [name for name, rows in before.items() if not rows]
    assert (done.memories_new, done.sources_new, done.chats_new) == (11, 4, 1)
    assert done.folders == ["/papers/lease"]
    with there[0].read() as c:
        found = c.execute("SELECT rowid FROM memories_fts WHERE memories_fts MATCH 'zurich'")
        assert len(found.fetchall()) == 1
        assert c.execute("SELECT count(*) FROM outbox").fetchone()[0] == 11
        assert c.execute("SELECT count(*) FROM folders").fetchone()[0] == 0
    assert there[0].quick_check() == []
    if os.name == "posix":
        assert file.stat().st_mode & 0o777 == 0o600


def test_twice_changes_nothing(side: Callable[[str], Side], tmp_path: Path) -> None:
    here, there = side("here"), side("there")
    full.fill(here[0])
    file = _export(here, tmp_path / "all.zip")
    _import(there, file)
    for made in (here, there):  # also into the memory it came from
        changed = made[0].write(lambda c: c.total_changes)
        again = _import(made, file)
        assert made[0].write(lambda c: c.total_changes) == changed
        assert (again.memories_new, again.sources_new, again.messages_new) == (0, 0, 0)
        assert (again.memories_known, again.sources_known) == (11, 4)


def test_the_unpacked_folder_is_the_same(side: Callable[[str], Side], tmp_path: Path) -> None:
    here, there = side("here"), side("there")
    full.fill(here[0])
    with zipfile.ZipFile(_export(here, tmp_path / "all.zip")) as archive:
        archive.extractall(tmp_path / "unpacked")
    _import(there, tmp_path / "unpacked")
    assert full.everything(there[0]) == full.everything(here[0])


def test_without_vectors_they_are_asked_for(side: Callable[[str], Side], tmp_path: Path) -> None:
    here, there = side("here"), side("there")
    full.fill(here[0])
    file = _export(here, tmp_path / "texts.zip", vectors=False)
    assert "vectors.jsonl" not in zipfile.ZipFile(file).namelist()
    _import(there, file)
    with there[0].read() as c:
        assert c.execute("SELECT count(*) FROM embeddings").fetchone()[0] == 0
        assert c.execute("SELECT count(*) FROM outbox WHERE op = 'upsert'").fetchone()[0] == 11
        states = {row[0] for row in c.execute("SELECT state FROM sources")}
    assert states == {"indexing"}


def test_into_a_memory_with_other_content(side: Callable[[str], Side], tmp_path: Path) -> None:
    here, there = side("here"), side("there")
    full.fill(here[0], "lease")
    full.fill(there[0], "boat")
    there[0].write(
        lambda c: c.execute("UPDATE sources SET content_hash = 'cd' WHERE format = 'pdf'")
    )
    both = {
        name: sorted(full.everything(here[0])[name] + rows, key=repr)
        for name, rows in full.everything(there[0]).items()
    }
    _import(there, _export(here, tmp_path / "all.zip"))
    assert full.everything(there[0]) == both


def test_the_same_file_elsewhere_is_recognised(side: Callable[[str], Side], tmp_path: Path) -> None:
    """The same content under other ids and another path: no second time, but newer use counts."""
    here, there = side("here"), side("there")
    ids = full.fill(here[0], "lease")
    own = full.fill(there[0], "lease")
    there[0].write(
        lambda c: c.execute("UPDATE sources SET location = '/moved.pdf' WHERE format = 'pdf'")
    )
    later = Strength(99.5, 2.0, NOW + 1_000_000)
    here[0].write(lambda c: memories.set_strength(c, ids[3], later))
    done = _import(there, _export(here, tmp_path / "all.zip"))
    assert done.sources_known == 2  # the file, and the conversation that came from it
    with there[0].read() as c:
        assert c.execute("SELECT count(*) FROM sources WHERE format = 'pdf'").fetchone()[0] == 1
        assert len(memories.get_many(c, own)) == 4 and not memories.get_many(c, ids)
        assert memories.get(c, own[3]).strength == later
        cited = [
            json.loads(r[0]) for r in c.execute("SELECT citations FROM messages") if r[0] != "[]"
        ]
        origins = [memories.from_row(r).provenance.get("from") for r in
                   c.execute("SELECT * FROM memories WHERE kind = 'summary'")]  # fmt: skip
    assert {one[0]["memory"] for one in cited} == {own[0]}
    assert origins == [own[:2], own[:2]]


def test_facts_known_on_both_sides(side: Callable[[str], Side], tmp_path: Path) -> None:
    """The same conversation was read here too, and here the person has not said their word; one
    fact was learnt only there."""
    here, there = side("here"), side("there")
    for made in (here, there):
        full.fill(made[0])
    here[0].write(_learn_a_pet)
    there[0].write(lambda c: facts.refold(c, _undecided(c)))
    before = _told(there[0])
    assert ("birthday", "doubtful") in before
    _import(there, _export(here, tmp_path / "all.zip"))
    assert _told(there[0]) == _told(here[0]) != before
    with there[0].read() as c:
        told = c.execute("SELECT count(*) FROM memories WHERE kind = 'fact'").fetchone()[0]
        assert told == 3 and c.execute("SELECT count(*) FROM fact_statements").fetchone()[0] == 4


def test_statements_that_came_are_not_learnt_again(
    side: Callable[[str], Side], tmp_path: Path
) -> None:
    here, there = side("here"), side("there")
    full.fill(here[0])
    _import(there, _export(here, tmp_path / "all.zip"))
    with there[0].read() as c:
        turns = [row[0] for row in c.execute("SELECT id FROM memories WHERE speaker = 'Ann'")]
        known = {row[0] for row in c.execute("SELECT DISTINCT memory_id FROM fact_statements")}
        assert facts.read_elsewhere(c, turns) == known and len(known) == 2


def _learn_a_pet(c: Connection) -> None:
    (turn,) = c.execute("SELECT id FROM memories WHERE ref = 't2'").fetchone()
    said = Statement("Ann", "pet", "Rex", Mode.IS, NOW, 0.9, detail="dog", end=4)
    facts.refold(c, facts.add_statements(c, [(turn, said)], NOW))


def _undecided(c: Connection) -> set[tuple[str, str, str]]:
    c.execute("UPDATE fact_statements SET verdict = ''")
    rows = c.execute("SELECT DISTINCT subject_key, relation, slot_key FROM fact_statements")
    return {(row[0], row[1], row[2]) for row in rows}


def _told(database: Database) -> list[tuple[str, str]]:
    with database.read() as c:
        found, _count = facts.listing(c)
    return sorted((one.relation, one.state.value) for one in found)


def test_another_version_here_stays(side: Callable[[str], Side], tmp_path: Path) -> None:
    here, there = side("here"), side("there")
    full.fill(here[0])
    file = _export(here, tmp_path / "all.zip")
    _import(there, file)

    def read_anew(c: Connection) -> None:
        (source,) = c.execute("SELECT id FROM sources WHERE format = 'pdf'").fetchone()
        c.execute("UPDATE sources SET content_hash = 'ff' WHERE id = ?", (source,))
        new = [NewMemory(MemoryKind.PASSAGE, "written anew", 0, 0, 12)]
        documents.put(c, source, DocumentText("written anew"))
        memories.replace_source(c, source, new, NOW, first)

    there[0].write(read_anew)
    before = full.rows(there[0], layout.MEMORIES)
    done = _import(there, file)
    assert (done.sources_differ, done.memories_left_out) == (1, 4)
    assert full.rows(there[0], layout.MEMORIES) == before


def test_what_was_forgotten_here_stays_forgotten(
    side: Callable[[str], Side], tmp_path: Path
) -> None:
    here, there = side("here"), side("there")
    ids = full.fill(here[0])
    file = _export(here, tmp_path / "all.zip")
    _import(there, file)

    def drop(c: Connection) -> None:
        c.execute(
            "INSERT INTO forgotten SELECT source_id, text_hash FROM memories WHERE id = ?",
            (ids[3],),
        )
        memories.remove(c, [ids[3]])

    there[0].write(drop)
    done = _import(there, file)
    assert (done.memories_new, done.memories_left_out) == (0, 1)


def test_a_chat_that_went_on_elsewhere(side: Callable[[str], Side], tmp_path: Path) -> None:
    here, there = side("here"), side("there")
    full.fill(here[0])
    _import(there, _export(here, tmp_path / "first.zip"))

    def go_on(c: Connection) -> str:
        (chat,) = c.execute("SELECT id FROM chats").fetchone()
        start = documents.append(c, chat, "and when?")
        new = NewMemory(MemoryKind.TURN, "and when?", 1, start, start + 9, ref="later")
        memories.append(c, chat, [new], NOW, first)
        return chat

    chat = here[0].write(go_on)
    there[0].write(go_on)
    here[0].write(lambda c: c.execute("UPDATE memories SET ref = 'other' WHERE ref = 'later'"))
    done = _import(there, _export(here, tmp_path / "second.zip"))
    assert done.memories_new == 1
    with there[0].read() as c:
        text = c.execute("SELECT text FROM documents WHERE source_id = ?", (chat,)).fetchone()[0]
        turns = memories.of_source(c, chat)
    assert [turn.position for turn in turns] == [0, 1, 2]
    assert [text[turn.start : turn.end] for turn in turns] == [turn.text for turn in turns]


def test_a_taken_id_is_not_taken_over(side: Callable[[str], Side], tmp_path: Path) -> None:
    here, there = side("here"), side("there")
    ids = full.fill(here[0])

    def take(c: Connection) -> None:
        source = sources.insert(c, kind=sources.SourceKind.NOTE, title="mine", now_ms=NOW)
        (mine,) = memories.append(
            c, source, [NewMemory(MemoryKind.NOTE, "my own words", 0, 0, 12)], NOW, first
        )
        c.execute("UPDATE memories SET id = ? WHERE id = ?", (ids[0], mine))

    there[0].write(take)
    file = _export(here, tmp_path / "all.zip")
    assert _import(there, file).memories_new == 11
    with there[0].read() as c:
        assert memories.get(c, ids[0]).text == "my own words"
        (made,) = c.execute("SELECT * FROM memories WHERE kind = 'summary'").fetchall()
        origin = memories.from_row(made).provenance["from"]
        assert isinstance(origin, list) and memories.get(c, origin[0]).text == "edited by hand"
    assert _import(there, file).memories_new == 0


def test_one_scope_alone(side: Callable[[str], Side], tmp_path: Path) -> None:
    """The summary of the scope was made of what lies outside: neither goes out."""
    here, there = side("here"), side("there")
    full.fill(here[0])
    file = _export(here, tmp_path / "work.zip", scope="Work")
    _import(there, file)
    told = b"".join(zipfile.ZipFile(file).read(name) for name in zipfile.ZipFile(file).namelist())
    for words in ("costs", "edited by hand", "That much", "turn 1", "lease.pdf", "Berlin"):
        assert words.encode() not in told
    assert b"what does it cost?" in told
    with there[0].read() as c:
        assert [one.name for one in scopes.counts(c)] == ["home", "work"]
        assert [r[0] for r in c.execute("SELECT text FROM memories")] == ["what does it cost?"]
    with pytest.raises(BadRequest):
        _export(here, tmp_path / "none.zip", scope="nobody")


def test_stopping_leaves_nothing(side: Callable[[str], Side], tmp_path: Path) -> None:
    here, there = side("here"), side("there")
    full.fill(here[0])
    file = _export(here, tmp_path / "all.zip")
    for made, do in ((here, lambda: _export(here, tmp_path / "b.zip")),
                     (there, lambda: _import(there, file))):  # fmt: skip
        made[1].stop()
        with pytest.raises(Cancelled):
            do()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["all.zip", "here", "there"]
    assert not any(full.everything(there[0]).values())


def test_the_description_tells_every_part_and_field() -> None:
    text = (Path(__file__).parents[4] / "assets/docs/archive-format.md").read_text("utf-8")
    assert f"version {layout.VERSION}" in text
    for part in layout.PARTS:
        _, _, section = text.partition(f"### {part.file}\n")
        section = section.partition("\n#")[0]
        assert section, part.file
        for field in part.fields:
            told = f"`{field.name}`" + ("?" if field.may_miss else "")
            assert told in section, (part.file, told)


def test_topics_come_through_with_their_turns(side: Callable[[str], Side], tmp_path: Path) -> None:
    here, there = side("here"), side("there")
    full.fill(here[0])

    def make(c: Connection) -> str:
        (talk,) = c.execute("SELECT id FROM sources WHERE title = 'a talk'").fetchone()
        said = topics.said(c, topics.turns_after(c, talk, 0, 9), "")
        made = topics.put(c, talk, said, NOW)
        assert made is not None
        return made

    topic = here[0].write(make)
    file = _export(here, tmp_path / "all.zip")
    for _twice in range(2):
        _import(there, file)
        with here[0].read() as c, there[0].read() as other:
            assert topics.get(other, topic) == topics.get(c, topic)
            assert len(topics.listing(other)) == 1
            queued = other.execute("SELECT memory_id FROM note_queue").fetchall()
    assert topic in {row[0] for row in queued}  # notes and links are found anew
