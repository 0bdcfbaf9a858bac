"""SQL of the answers kept for questions that are asked again.

A question stands there as a hash only, a citation as the memory and the place in it, so that of
a person's words only the answer's own are kept twice. Triggers delete an answer with the first
of its memories that is deleted, changed or marked wrong, and with the message it came from.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from memory.store import memories
from memory.store.db import Connection


@dataclass(frozen=True, slots=True)
class Cited:
    """One citation: its number, the memory, and the characters of it that are quoted."""

    n: int
    memory: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Read:
    """A memory that the answer was made from, as it was then; ``digest`` is of its text."""

    memory: str
    version: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Kept:
    """One kept answer.

    Attributes:
        model: its name; None for a quotation.
        message: of the chat it was given in, None outside of any.
        newest: rowid of the newest memory when the question was asked.
    """

    id: int
    answer: str
    model: str | None
    message: str | None
    newest: int
    answered_ms: int
    citations: tuple[Cited, ...]
    reads: tuple[Read, ...]


def newest(c: Connection) -> int:
    """Rowid of the newest memory; 0 without any."""
    return int(c.execute("SELECT ifnull(max(rowid), 0) FROM memories").fetchone()[0])


def get(c: Connection, key: bytes) -> Kept | None:
    """The answer kept under this key."""
    row = c.execute("SELECT * FROM reservoir WHERE key = ?", (key,)).fetchone()
    if row is None:
        return None
    reads = c.execute(
        "SELECT memory_id, version, digest FROM reservoir_read WHERE answer = ?", (row["id"],)
    )
    return Kept(
        id=row["id"],
        answer=row["text"],
        model=row["model"],
        message=row["message_id"],
        newest=row["newest"],
        answered_ms=row["answered_ms"],
        citations=tuple(Cited(*one) for one in json.loads(row["citations"])),
        reads=tuple(Read(one["memory_id"], one["version"], bytes(one["digest"])) for one in reads),
    )


def put(c: Connection, key: bytes, kept: Kept, most: int) -> bool:
    """Keep an answer in place of the one under this key, and no more than ``most`` in all.

    Not if one of its memories changed or went meanwhile, or the message did. ``kept.id`` is not
    looked at. Returns whether it is kept.
    """
    remove(c, [row[0] for row in c.execute("SELECT id FROM reservoir WHERE key = ?", (key,))])
    if most <= 0 or changed(c, kept.reads) or _is_gone(c, kept.message):
        return False
    citations = [[one.n, one.memory, one.start, one.end] for one in kept.citations]
    made = c.execute(
        "INSERT INTO reservoir (key, text, citations, model, message_id, newest, answered_ms,"
        " used_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (key, kept.answer, json.dumps(citations), kept.model, kept.message, kept.newest,
         kept.answered_ms, kept.answered_ms),
    )  # fmt: skip
    c.executemany(
        "INSERT INTO reservoir_read (answer, memory_id, version, digest) VALUES (?, ?, ?, ?)",
        [(made.lastrowid, one.memory, one.version, one.digest) for one in kept.reads],
    )
    shrink(c, most)
    return True


def touch(c: Connection, id_: int, now_ms: int) -> None:
    """It was of use now."""
    c.execute("UPDATE reservoir SET used_ms = ? WHERE id = ?", (now_ms, id_))


def shrink(c: Connection, most: int) -> None:
    """Delete the answers longest unused, down to ``most``."""
    c.execute(
        "DELETE FROM reservoir WHERE id IN"
        " (SELECT id FROM reservoir ORDER BY used_ms DESC, id DESC LIMIT -1 OFFSET ?)",
        (max(0, most),),
    )


def remove(c: Connection, ids: Iterable[int]) -> None:
    c.executemany("DELETE FROM reservoir WHERE id = ?", [(id_,) for id_ in ids])


def changed(c: Connection, reads: Sequence[Read]) -> bool:
    """Whether one of these memories is not there any more as it was, or is marked wrong."""
    there = memories.get_many(c, [one.memory for one in reads])
    for one in reads:
        row = there.get(one.memory)
        if row is None or row.memory.marked_wrong or row.memory.version != one.version:
            return True
        if memories.text_hash(row.memory.text) != one.digest:
            return True
    return False


def edited_since(c: Connection, ids: Sequence[str], ms: int) -> bool:
    """Whether the person changed the text of one of these memories at this moment or later."""
    query = "SELECT 1 FROM memory_versions WHERE memory_id = ? AND at_ms >= ? LIMIT 1"
    return any(c.execute(query, (id_, ms)).fetchone() for id_ in ids)


def doomed(c: Connection, memory_ids: Sequence[str], message_ids: Sequence[str]) -> list[int]:
    """Kept answers that go with these memories and messages."""
    found = [
        row[0]
        for sql, ids in (
            ("SELECT answer FROM reservoir_read WHERE memory_id = ?", memory_ids),
            ("SELECT id FROM reservoir WHERE message_id = ?", message_ids),
        )
        for id_ in ids
        for row in c.execute(sql, (id_,))
    ]
    return list(dict.fromkeys(found))


def before(c: Connection, ms: int) -> list[int]:
    """Kept answers given before a moment."""
    return [row[0] for row in c.execute("SELECT id FROM reservoir WHERE answered_ms < ?", (ms,))]


def _is_gone(c: Connection, message_id: str | None) -> bool:
    if message_id is None:
        return False
    return c.execute("SELECT 1 FROM messages WHERE id = ?", (message_id,)).fetchone() is None
