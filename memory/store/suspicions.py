"""SQL of memories that give orders to an assistant, or say what many others deny.

A row of ``suspicions`` is a memory that was taken for orders, by which kinds of them. What the
person said is fine keeps its row, so that it is not marked again; another wording is judged anew.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

from memory.errors import NotFound
from memory.protocol import MemoryKind
from memory.store.db import Connection
from memory.store.memory_rows import ORDERS, OUTVOTED
from memory.store.rows import NewMemory
from memory.suspicion.judge import Suspicion
from memory.suspicion.texts import is_own, of_memory


class Text(NamedTuple):
    """What is judged of a memory."""

    rowid: int
    id: str
    source_id: str
    text: str
    heading: str | None
    speaker: str | None
    role: str | None
    kind: str
    title: str


def put_new(c: Connection, ids: Sequence[str], new: Sequence[NewMemory], now_ms: int) -> None:
    """Keep what is suspicious of memories just stored; those not judged before are judged."""
    for memory_id, memory in zip(ids, new, strict=True):
        if memory.kind in (MemoryKind.FACT, MemoryKind.TOPIC):
            continue  # made of sentences that were judged
        own = is_own(memory.kind, memory.role)
        found = memory.suspicion or of_memory(memory.text, memory.heading, memory.speaker)
        if found.is_order(own=own):
            put(c, memory_id, found, now_ms)


def put(c: Connection, memory_id: str, found: Suspicion, now_ms: int) -> None:
    """Mark a memory; one that the person called fine stays so."""
    c.execute(
        "INSERT INTO suspicions (memory_id, score, kinds, judged_ms) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (memory_id) DO UPDATE SET score = excluded.score, kinds = excluded.kinds,"
        " judged_ms = excluded.judged_ms",
        (memory_id, found.score, ",".join(found.kinds), now_ms),
    )


def drop(c: Connection, memory_ids: Sequence[str]) -> None:
    """Take marks away, but not the person's word."""
    c.executemany(
        "DELETE FROM suspicions WHERE memory_id = ? AND cleared_ms IS NULL",
        [(id_,) for id_ in memory_ids],
    )


def reworded(c: Connection, memory_id: str, text: str, now_ms: int) -> None:
    """The person gave a memory other words: whatever was said of the old ones is void."""
    c.execute("DELETE FROM suspicions WHERE memory_id = ?", (memory_id,))
    found = of_memory(text, None, None)
    if found.is_order(own=True):
        put(c, memory_id, found, now_ms)


def clear(c: Connection, memory_id: str, now_ms: int) -> bool:
    """The person says that a memory is fine; whether it was marked.

    Raises:
        NotFound: there is no such memory.
    """
    if c.execute("SELECT 1 FROM memories WHERE id = ?", (memory_id,)).fetchone() is None:
        raise NotFound(
            "This memory is gone", "It was forgotten meanwhile.", "Refresh the list.",
            item=memory_id,
        )  # fmt: skip
    done = c.execute(
        "UPDATE suspicions SET cleared_ms = ? WHERE memory_id = ? AND cleared_ms IS NULL",
        (now_ms, memory_id),
    )
    return done.rowcount > 0


def flagged(c: Connection, rowids: Sequence[int]) -> frozenset[int]:
    """Which of these rows give orders, or say what many others deny."""
    rows = c.execute(
        "SELECT m.rowid FROM json_each(?) j CROSS JOIN memories m ON m.rowid = j.value"
        f" WHERE {ORDERS} IS NOT NULL OR {OUTVOTED}",
        (json.dumps(list(rowids)),),
    )
    return frozenset(row[0] for row in rows)


def marked(c: Connection, memory_ids: Sequence[str]) -> frozenset[str]:
    """Which of these have a row, cleared or not."""
    rows = c.execute(
        "SELECT memory_id FROM suspicions WHERE memory_id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(memory_ids)),),
    )
    return frozenset(row[0] for row in rows)


_TEXTS = (
    "SELECT m.rowid, m.id, m.source_id, m.text, m.heading, m.speaker, m.role, m.kind,"
    " CASE s.kind WHEN 'file' THEN s.title ELSE '' END"
    " FROM memories m JOIN sources s ON s.id = m.source_id"
)


def texts_after(c: Connection, rowid: int, limit: int) -> list[Text]:
    """The next memories to judge, in order of rowid; facts and topics are left out."""
    rows = c.execute(
        f"{_TEXTS} WHERE m.rowid > ? AND m.kind NOT IN ('fact', 'topic') ORDER BY m.rowid LIMIT ?",
        (rowid, limit),
    )
    return [Text(*row) for row in rows]


def texts_before(c: Connection, text: Text) -> Text | None:
    """The memory stored before this one in its source."""
    row = c.execute(
        f"{_TEXTS} WHERE m.source_id = ? AND m.rowid < ? AND m.kind NOT IN ('fact', 'topic')"
        " ORDER BY m.rowid DESC LIMIT 1",
        (text.source_id, text.rowid),
    ).fetchone()
    return None if row is None else Text(*row)


def there(c: Connection, memory_ids: Sequence[str]) -> dict[str, str]:
    """Texts of those memories that are still there."""
    rows = c.execute(
        "SELECT id, text FROM memories WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(memory_ids)),),
    )
    return {row[0]: row[1] for row in rows}
