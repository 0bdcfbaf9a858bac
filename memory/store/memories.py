"""SQL of the memories: the heart of the database. Runs on the caller's connection.

``text_hash`` is of the text as it was read, also after the person edited the memory: so a
file read again recognises its passages, and an edited one keeps the person's words.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from memory.errors import NotFound
from memory.protocol import MemoryKind, MemoryState
from memory.store import embeddings, outbox, suspicions
from memory.store.blanks import blank_document
from memory.store.db import Connection
from memory.store.ids import new_ids
from memory.store.listing import listing as listing
from memory.store.memory_rows import WITH_SOURCE, from_row, with_source
from memory.store.rows import Memory, MemoryWithSource, NewMemory, Strength

Initial = Callable[[NewMemory], Strength]

_IN_PAGE = 2_000


@dataclass(frozen=True, slots=True)
class Replaced:
    """Ids by what became of them; ``kept`` ones have their identity and strength."""

    added: list[str]
    kept: list[str]
    removed: list[str]


@dataclass(frozen=True, slots=True)
class _Old:
    rowid: int
    id: str
    key: bytes
    place: tuple[Any, ...]
    heading: str | None


def text_hash(text: str) -> bytes:
    """What makes two texts the same: the first 16 bytes of their SHA-256."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:16]


# -- writing


def replace_source(
    c: Connection, source_id: str, new: Sequence[NewMemory], now_ms: int, initial: Initial
) -> Replaced:
    """Make the memories of a source what ``new`` says, touching only what changed.

    A memory whose text (and turn id) is unchanged keeps id, strength and vector and gets its
    new place. Equal texts are matched in order. Passages the person has forgotten stay out.
    """
    wanted = without_forgotten(c, source_id, new)
    old = _old_of(c, source_id)
    pairs, fresh, gone = _match(old, wanted)
    remove(c, [row.id for row in gone])
    _move(c, pairs)
    added = _insert(c, source_id, fresh, now_ms, initial)
    return Replaced(added, [row.id for row, _memory in pairs], [row.id for row in gone])


def append(
    c: Connection, source_id: str, new: Sequence[NewMemory], now_ms: int, initial: Initial
) -> list[str]:
    """Add memories to a source (turns of a chat, a note); returns their ids in order."""
    return _insert(c, source_id, new, now_ms, initial)


def remove(c: Connection, ids: Sequence[str]) -> None:
    """Delete memories with everything that hangs on them, and their vectors by the outbox."""
    outbox.delete(c, ids)
    c.executemany("DELETE FROM memories WHERE id = ?", [(id_,) for id_ in ids])


def edit(
    c: Connection,
    memory_id: str,
    *,
    text: str | None = None,
    pinned: bool | None = None,
    importance: float | None = None,
    now_ms: int,
) -> Memory:
    """Change what the person may change; an old text is kept in ``memory_versions``.

    Raises:
        NotFound: there is no such memory.
    """
    memory = get(c, memory_id)
    if text is not None and text != memory.text:
        c.execute(
            "INSERT INTO memory_versions (memory_id, version, text, cause, at_ms)"
            " VALUES (?, ?, ?, 'edit', ?)",
            (memory_id, memory.version, memory.text, now_ms),
        )
        c.execute(
            "UPDATE memories SET text = ?, version = version + 1 WHERE id = ?", (text, memory_id)
        )
        embeddings.drop(c, [memory_id])
        outbox.upsert(c, [memory_id])
        suspicions.reworded(c, memory_id, text, now_ms)
    if pinned is not None:
        c.execute("UPDATE memories SET pinned = ? WHERE id = ?", (int(pinned), memory_id))
    if importance is not None:
        c.execute("UPDATE memories SET importance = ? WHERE id = ?", (importance, memory_id))
    return get(c, memory_id)


def reword(c: Connection, memory_id: str, text: str) -> None:
    """A new wording by the program itself; the old one leaves no trace."""
    c.execute(
        "UPDATE memories SET text = ?, text_hash = ?, version = version + 1 WHERE id = ?",
        (text, text_hash(text), memory_id),
    )
    embeddings.drop(c, [memory_id])
    outbox.upsert(c, [memory_id])


def set_state(c: Connection, ids: Iterable[str], state: MemoryState) -> None:
    c.executemany("UPDATE memories SET state = ? WHERE id = ?", [(state, id_) for id_ in ids])


def set_strength(c: Connection, memory_id: str, strength: Strength) -> None:
    c.execute(
        "UPDATE memories SET stability_days = ?, difficulty = ?, reviewed_ms = ? WHERE id = ?",
        (strength.stability_days, strength.difficulty, strength.reviewed_ms, memory_id),
    )


def set_marked_wrong(c: Connection, memory_id: str, wrong: bool) -> None:
    c.execute("UPDATE memories SET marked_wrong = ? WHERE id = ?", (int(wrong), memory_id))


# -- reading


def get(c: Connection, memory_id: str) -> Memory:
    """One memory.

    Raises:
        NotFound: there is no such memory.
    """
    row = c.execute("SELECT * FROM memories WHERE id = ?", (memory_id,)).fetchone()
    if row is None:
        raise NotFound(
            "This memory is gone",
            "It was forgotten or replaced meanwhile.",
            "Refresh the list.",
            item=memory_id,
        )
    return from_row(row)


def get_many(c: Connection, ids: Sequence[str]) -> dict[str, MemoryWithSource]:
    """Memories with their sources by id; ids that are gone are left out."""
    return {found.memory.id: found for found in _select_in(c, "m.id", ids)}


def by_rowids(c: Connection, rowids: Sequence[int]) -> dict[int, MemoryWithSource]:
    """The same by rowid, as the keyword indexes answer."""
    return {found.memory.rowid: found for found in _select_in(c, "m.rowid", rowids)}


def of_source(c: Connection, source_id: str) -> list[Memory]:
    """All memories of a source in their order."""
    rows = c.execute(
        "SELECT * FROM memories WHERE source_id = ? ORDER BY position, rowid", (source_id,)
    )
    return [from_row(row) for row in rows]


def neighbours(
    c: Connection, memory: Memory, before: int, after: int
) -> tuple[list[Memory], list[Memory]]:
    """What stands before and after a memory in its source, both in reading order. Facts
    and topics stand beside a source, not in it."""
    if memory.kind in (MemoryKind.FACT, MemoryKind.TOPIC):
        return [], []
    earlier = c.execute(
        "SELECT * FROM memories WHERE source_id = ? AND position < ?"
        " AND kind NOT IN ('fact', 'topic') ORDER BY position DESC LIMIT ?",
        (memory.source_id, memory.position, before),
    ).fetchall()
    later = c.execute(
        "SELECT * FROM memories WHERE source_id = ? AND position > ? ORDER BY position LIMIT ?",
        (memory.source_id, memory.position, after),
    ).fetchall()
    return [from_row(row) for row in reversed(earlier)], [from_row(row) for row in later]


def counts(c: Connection) -> dict[MemoryState, int]:
    """How many memories there are in each state."""
    # Most are active: those are the rest of all, which SQLite counts by whole pages.
    found = dict.fromkeys(MemoryState, 0)
    others = [state for state in MemoryState if state is not MemoryState.ACTIVE]
    for state in others:
        found[state] = _count(c, " WHERE state = ?", (state,))
    found[MemoryState.ACTIVE] = _count(c) - sum(found.values())
    return found


def _count(c: Connection, where: str = "", values: Sequence[str] = ()) -> int:
    return int(c.execute(f"SELECT count(*) FROM memories{where}", values).fetchone()[0])


def iterate(c: Connection, after_rowid: int, limit: int) -> list[Memory]:
    """The next memories in order of rowid, for passes over everything."""
    rows = c.execute(
        "SELECT * FROM memories WHERE rowid > ? ORDER BY rowid LIMIT ?", (after_rowid, limit)
    )
    return [from_row(row) for row in rows]


def _select_in(
    c: Connection, column: str, values: Sequence[str] | Sequence[int]
) -> Iterable[MemoryWithSource]:
    for start in range(0, len(values), _IN_PAGE):
        part = values[start : start + _IN_PAGE]
        marks = ",".join("?" * len(part))
        for row in c.execute(f"{WITH_SOURCE} WHERE {column} IN ({marks})", tuple(part)):
            yield with_source(row)


# -- the difference between what a source was and is


def _key(kind: str, ref: str | None, digest: bytes) -> bytes:
    return digest if ref is None else digest + f"{kind}\0{ref}".encode()


def forgotten_hashes(c: Connection, source_id: str) -> frozenset[bytes]:
    """``text_hash`` of the passages of a source that the person has forgotten."""
    rows = c.execute("SELECT text_hash FROM forgotten WHERE source_id = ?", (source_id,))
    return frozenset(bytes(row[0]) for row in rows)


def without_forgotten(
    c: Connection, source_id: str, new: Sequence[NewMemory]
) -> Sequence[NewMemory]:
    """``new`` without the passages the person has forgotten from this source.

    Those are blanked out in its stored document too, which therefore must be stored before.
    """
    gone = forgotten_hashes(c, source_id)
    withheld = [m for m in new if text_hash(m.text) in gone] if gone else []
    if not withheld:
        return new
    blank_document(c, source_id, [(m.start, m.end) for m in withheld])
    return [m for m in new if text_hash(m.text) not in gone]


def _place(memory: NewMemory) -> tuple[Any, ...]:
    return (memory.position, memory.start, memory.end, memory.page, memory.happened_ms)


def _old_of(c: Connection, source_id: str) -> list[_Old]:
    rows = c.execute(
        'SELECT rowid, id, text_hash, kind, ref, position, start, "end", page, happened_ms, heading'
        " FROM memories WHERE source_id = ? AND kind NOT IN ('fact', 'topic')"
        " ORDER BY position, rowid",
        (source_id,),
    )
    return [
        _Old(
            row["rowid"],
            row["id"],
            _key(row["kind"], row["ref"], bytes(row["text_hash"])),
            (row["position"], row["start"], row["end"], row["page"], row["happened_ms"]),
            row["heading"],
        )
        for row in rows
    ]


def _match(
    old: Sequence[_Old], new: Sequence[NewMemory]
) -> tuple[list[tuple[_Old, NewMemory]], list[NewMemory], list[_Old]]:
    """Pair old with new by key: the common head and tail first, the rest in order.

    Head and tail first, so that of several equal passages the one that stayed keeps its
    strength; a passage that only moved is still recognised. O(n).
    """
    keys = [_key(memory.kind, memory.ref, text_hash(memory.text)) for memory in new]
    head = 0
    while head < len(old) and head < len(new) and old[head].key == keys[head]:
        head += 1
    tail = 0
    most = min(len(old), len(new)) - head
    while tail < most and old[-1 - tail].key == keys[-1 - tail]:
        tail += 1
    waiting: defaultdict[bytes, deque[_Old]] = defaultdict(deque)
    for row in old[head : len(old) - tail]:
        waiting[row.key].append(row)
    pairs = list(zip(old[:head], new[:head], strict=True))
    fresh: list[NewMemory] = []
    for index in range(head, len(new) - tail):
        found = waiting[keys[index]]
        if found:
            pairs.append((found.popleft(), new[index]))
        else:
            fresh.append(new[index])
    if tail:
        pairs += zip(old[-tail:], new[-tail:], strict=True)
    gone = [row for rows in waiting.values() for row in rows]
    return pairs, fresh, gone


def _move(c: Connection, pairs: Sequence[tuple[_Old, NewMemory]]) -> None:
    c.executemany(
        'UPDATE memories SET position = ?, start = ?, "end" = ?, page = ?, happened_ms = ?'
        " WHERE rowid = ?",
        [(*_place(new), old.rowid) for old, new in pairs if _place(new) != old.place],
    )
    headed = [(old, new) for old, new in pairs if new.heading != old.heading]
    c.executemany(
        "UPDATE memories SET heading = ? WHERE rowid = ?",
        [(new.heading, old.rowid) for old, new in headed],
    )
    # The heading is part of what is embedded.
    embeddings.drop(c, [old.id for old, _new in headed])
    outbox.upsert(c, [old.id for old, _new in headed])


def _insert(
    c: Connection, source_id: str, new: Sequence[NewMemory], now_ms: int, initial: Initial
) -> list[str]:
    ids = new_ids(now_ms, len(new))
    c.executemany(
        "INSERT INTO memories (id, kind, text, text_hash, source_id, position, start, "
        '"end", page, ref, speaker, role, heading, happened_ms, learnt_ms, stability_days,'
        " difficulty, reviewed_ms, importance, provenance)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            _values(id_, source_id, memory, now_ms, initial(memory))
            for id_, memory in zip(ids, new, strict=True)
        ],
    )
    outbox.upsert(c, ids, fresh=True)
    suspicions.put_new(c, ids, new, now_ms)
    return ids


def _values(
    id_: str, source_id: str, memory: NewMemory, now_ms: int, strength: Strength
) -> tuple[Any, ...]:
    return (
        id_,
        memory.kind,
        memory.text,
        text_hash(memory.text),
        source_id,
        memory.position,
        memory.start,
        memory.end,
        memory.page,
        memory.ref,
        memory.speaker,
        memory.role,
        memory.heading,
        memory.happened_ms,
        now_ms,
        strength.stability_days,
        strength.difficulty,
        strength.reviewed_ms,
        memory.importance,
        json.dumps(memory.provenance, ensure_ascii=False) if memory.provenance else "{}",
    )
